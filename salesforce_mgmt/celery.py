"""The Celery application; schedules and routes are named in `settings` and in each app's `tasks`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesforce_mgmt.settings")
app = Celery("salesforce_mgmt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
