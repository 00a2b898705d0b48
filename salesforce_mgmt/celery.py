"""The Celery application; schedules and routes are named in `settings` and in each app's `tasks`."""

import os

from celery import Celery, signals
from django.db import close_old_connections, connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesforce_mgmt.settings")
app = Celery("salesforce_mgmt")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.task_prerun.connect
def look_at_connections(*, task, **_newer):
    """Let go of connections that ended or grew old, as every request does; the others serve message after message."""
    if not task.request.is_eager:
        close_old_connections()


@signals.task_failure.connect
def begin_anew(*, sender, **_newer):
    """Leave nothing of what failed to the next message."""
    if not sender.request.is_eager:
        connections.close_all()
