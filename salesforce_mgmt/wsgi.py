"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesforce_mgmt.settings")
application = get_wsgi_application()

# What was made until here stays for good: the garbage collector need not walk through it during requests, which
# would hold up every twentieth page, and it is shared between forked processes.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
