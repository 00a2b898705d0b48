"""Asking for background work, and doing it: at least once, never two at a time, with the same end state."""

import logging

from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Company
from common.tenancy import company_scope, require_company_id
from jobs import registry
from jobs.models import Job

log = logging.getLogger(__name__)
#: First key of the advisory locks that say "this job is being done right now".
_LOCK_SPACE = 7301
PROGRESS_KEPT_SECONDS = 24 * 3600


def enqueue(kind, *, arguments=None, key="", by):
    """
    Ask for a job in the active company; the row is written with the caller's transaction, the bell rings after commit.

    :param kind: a registered kind's code.
    :param key: names the work; while a job of this kind and key waits, that one is returned instead of a new one.
    :param by: the user who asked, or None for the clock.
    """
    registered = registry.kind_of(kind)
    company_id = require_company_id()
    try:
        with transaction.atomic():
            job = Job.objects.create(kind=kind, key=key, arguments=arguments or {}, requested_by=by)
    except IntegrityError:
        job = Job.objects.get(kind=kind, key=key, status=Job.Status.QUEUED)
    transaction.on_commit(lambda: ring(company_id=company_id, job_id=job.pk, queue=registered.queue))
    return job


def ring(*, company_id, job_id, queue):
    """Tell a worker that a job waits. A lost bell is rung again by the sweeper."""
    from jobs.tasks import run_job

    try:
        run_job.apply_async(kwargs={"company_id": company_id, "job_id": job_id}, queue=queue, retry=False)
    except Exception:  # noqa: BLE001 - whatever the broker says, the row is written and the sweeper will ring
        log.warning("job %s waits for the sweeper: the broker did not answer", job_id, exc_info=True)


def run(*, company_id, job_id):
    """
    Do a job, unless it is done already or somebody else is at it; return whether this call did it.

    The handler's writes and the job's DONE are one transaction: a worker killed in the middle leaves nothing half,
    and the sweeper rings again. A handler that raises leaves the job FAILED with what it said.
    """
    with company_scope(company_id):
        job = Job.objects.filter(pk=job_id).first()
        if job is None or job.status not in {Job.Status.QUEUED, Job.Status.RUNNING} or not _lock(job_id):
            return False
        Job.objects.filter(pk=job_id).update(status=Job.Status.RUNNING, started_at=timezone.now(), attempts=job.attempts + 1)
    try:
        with company_scope(company_id):
            # Between the two transactions another worker may have come: whoever holds the lock now is the one.
            if not _lock(job_id):
                return False
            job = Job.objects.select_for_update(of=("self",)).get(pk=job_id)
            if job.status != Job.Status.RUNNING:
                return False
            result = registry.kind_of(job.kind).handler(job=job, progress=_progress_of(job_id))
            job.status, job.finished_at, job.result, job.error = Job.Status.DONE, timezone.now(), result or {}, ""
            job.save(update_fields=["status", "finished_at", "result", "error"])
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is the job's outcome, told to who waits
        log.exception("job %s failed", job_id)
        with company_scope(company_id):
            Job.objects.filter(pk=job_id).update(
                status=Job.Status.FAILED, finished_at=timezone.now(), error=str(error)[:2000] or type(error).__name__
            )
    return True


def sweep(*, older_than):
    """Ring again for every unfinished job of every company that nobody is doing; return how many."""
    rung = 0
    for company_id in Company.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        with company_scope(company_id):
            waiting = [
                (job.pk, job.kind)
                for job in Job.objects.unfinished().filter(created_at__lt=older_than)
                if job.kind in registry.kinds() and _lock(job.pk)
            ]
        for job_id, kind in waiting:
            ring(company_id=company_id, job_id=job_id, queue=registry.kind_of(kind).queue)
            rung += 1
    return rung


def retry(*, job, by):
    """Put a failed job back in the queue."""
    return enqueue(job.kind, arguments=job.arguments, key=job.key, by=by)


def progress_of(job):
    """Return (done, total, step) as last told by a running job; (0, 0, "") when nothing was told."""
    return tuple(cache.get(_progress_key(job.pk)) or (0, 0, ""))


def _progress_of(job_id):
    def tell(done, total, step=""):
        # Shown while the job's own transaction is still open, so it cannot be kept in the same database rows.
        cache.set(_progress_key(job_id), (done, total, str(step)), PROGRESS_KEPT_SECONDS)

    return tell


def _progress_key(job_id):
    return f"job-progress:{job_id}"


def _lock(job_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK_SPACE, job_id % 2**31])
        return cursor.fetchone()[0]
