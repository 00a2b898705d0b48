"""Background work: checking a large file, importing one."""

from contextlib import contextmanager
from datetime import time, timedelta

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from exchange import services
from jobs.registry import job as background_job
from jobs.rules import Daily


@background_job("exchange.preview", title=_("Check a file"), queue="interactive")
def preview(*, job, progress):
    with _as_asked(job):
        upload = services.check(
            upload_id=job.arguments["import_id"],
            today=timezone.localdate(),
            progress=lambda done, total: progress(done, total, _("Checking the rows")),
        )
    return upload.counts


@background_job("exchange.import", title=_("Import a file"), queue="interactive")
def import_file(*, job, progress):
    with _as_asked(job):
        upload = services.run(
            upload_id=job.arguments["import_id"],
            today=timezone.localdate(),
            now=timezone.now(),
            by=job.requested_by,
            progress=lambda done, total: progress(done, total, _("Importing the rows")),
        )
    return upload.counts


@background_job(
    "exchange.tidy",
    title=_("Removal of imported files"),
    about=_("Removes uploaded files some weeks after their import."),
    schedule=Daily(at=time(3, 40)),
    summary=_("Files removed: %(removed)s, uploads forgotten: %(forgotten)s."),
)
def tidy(*, job, progress, **_newer):
    """Remove uploaded files that were needed long enough."""
    now = timezone.now()
    removed, forgotten = services.remove_old_files(before=now - timedelta(days=settings.IMPORT_FILES_KEPT_DAYS), now=now)
    return {"removed": removed, "forgotten": forgotten}


@contextmanager
def _as_asked(job):
    """Work on the company's day and in the language of who asked: both find their way into what is stored."""
    with (
        timezone.override(job.company.time_zone),
        translation.override(job.requested_by.language if job.requested_by else None),
    ):
        yield
