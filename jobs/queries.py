"""Reads of jobs: the last run of each kind, and how far one is."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.core.cache import cache
from django.utils.translation import gettext as _

from common.again import told
from common.lists import in_words
from common.questions import Question
from jobs import registry
from jobs.models import Job


@dataclass(frozen=True)
class JobProgress:
    """How far a job is, as the progress component shows it."""

    done: int
    total: int | None
    doing: str
    is_over: bool
    is_failed: bool
    message: str


class Run(NamedTuple):
    """A run as lists show it: who asked for it ("" if nobody did), how long it took in seconds, and what it says of its end."""

    job_id: int
    kind: str
    title: str
    created_at: datetime
    requested_by: str
    seconds: float | None
    status: str
    status_label: str
    says: str


class KindRow(NamedTuple):
    """A kind of job with its last run, how far that is if it has not ended, and the next one that the clock will start."""

    code: str
    title: str
    about: str
    may_be_started: bool
    last: Run | None
    progress: JobProgress | None
    next_run: datetime | None

    @property
    def element_id(self):
        return f"job-{self.last.job_id}"


def kind_rows(*, local_now):
    """Return every kind of job, those that run by the clock first."""
    asked = Question("last jobs", (), lambda: _listed(Job.objects.order_by("kind", "-created_at", "-pk").distinct("kind")))
    jobs = {job.kind: job for job in asked}
    last = {run.kind: run for run in runs_of(jobs.values())}
    rows = [
        KindRow(
            kind.code,
            str(kind.title),
            str(kind.about),
            kind.may_be_started,
            last.get(kind.code),
            job_progress(jobs[kind.code]) if kind.code in jobs and jobs[kind.code].is_unfinished else None,
            kind.schedule.next_run(local_now) if kind.schedule else None,
        )
        for kind in registry.kinds().values()
    ]
    return sorted(rows, key=lambda row: (row.next_run is None, not row.may_be_started, row.code))


def runs_of(jobs):
    """Return jobs as lists show them."""
    labels = in_words(dict(Job.Status.choices))
    return [
        Run(
            job.pk,
            job.kind,
            str(job.title),
            job.created_at,
            str(job.requested_by or ""),
            job.seconds,
            job.status,
            labels[job.status],
            job.error if job.status == Job.Status.FAILED else job.summary,
        )
        for job in jobs
    ]


def _listed(jobs):
    return jobs.select_related("requested_by").only(
        *("kind", "status", "created_at", "started_at", "finished_at", "result", "error"),
        *("requested_by__name", "requested_by__email", "requested_by__phone"),
    )


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
    """Return the runs of the company, latest first, narrowed by kind and status, as a `Question`."""

    def narrowed():
        jobs = _listed(Job.objects.all())
        if kind:
            jobs = jobs.of_kind(kind)
        return jobs.filter(status=status) if status else jobs

    return Question("runs", (kind, status), narrowed)
