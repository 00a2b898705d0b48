"""Reads of jobs: the last run of each kind, and how far one is."""

from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils.translation import gettext as _

from common.again import told
from jobs import registry
from jobs.models import Job


@dataclass(frozen=True)
class KindRow:
    """A kind of job with its last run and the next one that the clock will start."""

    kind: registry.Kind
    last: Job | None
    next_run: datetime | None
    progress: "JobProgress | None"

    @property
    def element_id(self):
        return f"job-{self.last.pk}"


@dataclass(frozen=True)
class JobProgress:
    """How far a job is, as the progress component shows it."""

    done: int
    total: int | None
    doing: str
    is_over: bool
    is_failed: bool
    message: str


def kind_rows(*, local_now):
    """Return every kind of job, those that run by the clock first; two queries."""
    last = {
        job.kind: job
        for job in Job.objects.order_by("kind", "-created_at", "-pk").distinct("kind").select_related("requested_by")
    }
    rows = [
        KindRow(
            kind,
            last.get(kind.code),
            kind.schedule.next_run(local_now) if kind.schedule else None,
            job_progress(last[kind.code]) if kind.code in last and last[kind.code].is_unfinished else None,
        )
        for kind in registry.kinds().values()
    ]
    return sorted(rows, key=lambda row: (row.next_run is None, not row.kind.may_be_started, row.kind.code))


def job_progress(job):
    """Return how far a job is and what it says."""
    done, total, step = progress_of(job)
    if job.is_unfinished:
        doing = _(step) if step else _("Working") if job.status == Job.Status.RUNNING else _("Waiting for its turn")
        return JobProgress(done, total or None, doing, False, False, "")
    is_failed = job.status == Job.Status.FAILED
    message = job.error if is_failed else job.summary or _("Done")
    return JobProgress(done or total or 1, total or 1, message, True, is_failed, message)


def progress_of(job):
    """Return (done, total, step) as last told by a running job; (0, 0, "") when nothing was told."""
    return told(_told_of, job.pk)


def _told_of(job_id):
    return tuple(cache.get(progress_key(job_id)) or (0, 0, ""))


def progress_key(job_id):
    """Return under which key of the cache a job tells how far it is."""
    return f"job-progress:{job_id}"


def runs(*, kind="", status=""):
    """Return the runs of the company, latest first, narrowed by kind and status."""
    jobs = Job.objects.select_related("requested_by")
    if kind:
        jobs = jobs.of_kind(kind)
    return jobs.filter(status=status) if status else jobs
