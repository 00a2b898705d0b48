"""Asking for background work, and doing it: at least once, never two at a time, with the same end state."""

import json
import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.queries import active_companies
from common.locks import LockSpace, hold_if_free
from common.tenancy import company_scope, require_company_id, visitor_scope
from jobs import registry
from jobs.models import Job
from jobs.queries import progress_key, progress_of
from jobs.rules import MOST_ATTEMPTS

__all__ = [
    "do_now",
    "enqueue",
    "forget_old",
    "kind_being_done",
    "progress_of",
    "retry",
    "ring",
    "ring_many",
    "run",
    "start_due",
    "sweep",
]
log = logging.getLogger(__name__)
PROGRESS_KEPT_SECONDS = 24 * 3600
#: Whoever waits is told no sooner and no more often; a night has thousands of jobs over in less.
PROGRESS_EVERY_SECONDS = 0.25
#: After so long a waiting job is rung for again: its bell may be lost, or only a long queue before it.
RING_AGAIN_AFTER = timedelta(minutes=1)
#: How long a finished run of work that starts by itself all day is kept.
KEPT = timedelta(days=30)
#: Companies whose jobs one message rings for; a message costs about a millisecond whatever it holds.
COMPANIES_A_MESSAGE = 10

_doing = ContextVar("kind of the job being done", default=None)
#: In the order in which `_CLAIM` returns their columns.
_FIELDS = tuple(
    Job._meta.get_field(name)
    for name in (
        "id",
        "company",
        "kind",
        "key",
        "arguments",
        "status",
        "requested_by",
        "attempts",
        "created_at",
        "rung_at",
        "started_at",
        "finished_at",
        "result",
        "error",
    )
)
#: In one breath with the statement that follows.
_ENTER = "SELECT set_config('app.company_id', %(company)s::text, true);"
_LOCKED = "pg_try_advisory_xact_lock(%(space)s, (%(job)s %% 2147483648)::int)"
_THIS = "company_id = %(company)s AND id = %(job)s"
_UNFINISHED = f"{_THIS} AND status IN ('QUEUED', 'RUNNING')"
#: One statement says that the job is being done, and reads all that has to be known. A crash of the server may forget what
#: it said: then the job waits as it did before. So nobody waits for the disk.
_CLAIM = f"""
{_ENTER} UPDATE jobs_job SET status = 'RUNNING', started_at = %(now)s, attempts = attempts + 1
WHERE {_UNFINISHED} AND attempts < %(most)s AND {_LOCKED}
RETURNING set_config('synchronous_commit', 'off', true), (SELECT time_zone FROM accounts_company company WHERE company.id = company_id),
    id, company_id, kind, key, arguments, status, requested_by_id, attempts, created_at, rung_at, started_at, finished_at, result, error
"""
#: The row is looked at again once it is held: whoever had the lock before may have done the job.
_HOLD = f"{_ENTER} SELECT id FROM jobs_job WHERE {_THIS} AND status = 'RUNNING' AND {_LOCKED} FOR NO KEY UPDATE"
_FINISH = f"""
UPDATE jobs_job SET status = 'DONE', finished_at = %(now)s, result = %(result)s::jsonb, error = '' WHERE {_THIS} RETURNING id
"""
_GIVE_UP = f"""
UPDATE jobs_job SET status = 'FAILED', finished_at = %(now)s, error = %(error)s
WHERE {_UNFINISHED} AND attempts >= %(most)s AND {_LOCKED} RETURNING id
"""


def enqueue(kind, *, arguments=None, key="", by):
    """
    Ask for a job in the active company; the row is written with the caller's transaction, the bell rings after commit.

    Two transactions that ask for the same key at once wait for each other: ask for keyed jobs in short ones, or after commit.

    :param kind: a registered kind's code.
    :param key: names the work; while a job of this kind and key waits, that one is returned instead of a new one.
    :param by: the user who asked, or None for the clock.
    """
    queue, company_id = registry.kind_of(kind).queue, require_company_id()
    job = _create(kind, arguments=arguments, key=key, by=by)
    transaction.on_commit(lambda: ring(company_id=company_id, job_id=job.pk, queue=queue), robust=True)
    return job


def do_now(kind, *, company, arguments=None, by):
    """
    Do a job here and now, as a command does, and return it as it ended: DONE or FAILED. Not to be called in a transaction.

    Nobody is rung for; if this process dies the sweeper sees to it.
    """
    with company_scope(company):
        job = _create(kind, arguments=arguments, key="", by=by)
    run(company_id=company.pk, job_id=job.pk)
    with company_scope(company):
        return Job.objects.get(pk=job.pk)


def ring(*, company_id, job_id, queue):
    """Tell a worker that a job waits. A lost bell is rung again by the sweeper."""
    ring_many({queue: [(company_id, job_id)]})


def ring_many(by_queue):
    """Tell workers of many jobs, given as {queue: [(company id, job id)]}; ten companies a message."""
    from jobs.tasks import run_jobs

    for queue, waiting in by_queue.items():
        for start in range(0, len(waiting), COMPANIES_A_MESSAGE):
            batch = [list(pair) for pair in waiting[start : start + COMPANIES_A_MESSAGE]]
            try:
                run_jobs.apply_async(kwargs={"jobs": batch}, queue=queue, retry=False)
            except Exception:  # noqa: BLE001 - whatever the broker says, the rows are written and the sweeper will ring
                log.warning("jobs %s wait for the sweeper: the broker did not answer", batch, exc_info=True)


def run(*, company_id, job_id):
    """
    Do a job, unless it is done already or somebody else is at it; return whether this call did it.

    The handler's writes and the job's DONE are one transaction: a worker killed in the middle leaves nothing half,
    and the sweeper rings again. A handler that raises leaves the job FAILED with what it said. If the database goes away, the
    job waits for the sweeper too.
    """
    with visitor_scope():
        claimed = _claim(company_id, job_id)
    if claimed is None:
        return False
    job, clock = claimed
    doing = _doing.set(job.kind)
    try:
        kind, progress = registry.kind_of(job.kind), _progress_of(job_id)
        given = {"ahead": _do_ahead(kind, job, clock, progress)} if kind.ahead else {}
        with _held(job, clock):
            result = kind.handler(job=job, progress=progress, **given)
            _execute(_FINISH, company=company_id, job=job_id, now=timezone.now(), result=json.dumps(result or {}))
    except _NotOurs:
        return False
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is the job's outcome, told to who waits
        log.exception("job %s failed", job_id)
        with company_scope(company_id):
            _fail(job_id, str(error)[:2000] or type(error).__name__)
    finally:
        _doing.reset(doing)
    return True


def kind_being_done():
    """Return the kind of the job that is being done here, None outside of any: for whoever would ask for what it does anyway."""
    return _doing.get()


def sweep(*, now):
    """
    Ring again for what nobody is doing: jobs whose worker died, whose bell was lost, and work that nobody has asked for.

    :returns: how many jobs were rung for.
    """
    by_queue = {}
    for company_id in active_companies().values_list("pk", flat=True):
        with company_scope(company_id):
            for job in _create_wanted() + _forgotten(now):
                by_queue.setdefault(registry.kind_of(job.kind).queue, []).append((company_id, job.pk))
    ring_many(by_queue)
    return sum(map(len, by_queue.values()))


def start_due(*, company_ids, now):
    """
    Start what is due by the schedule at each company's local time; a missed time is caught up, and twice makes one.

    Due is decided by the rows, not by when it is asked: whichever run of a slot exists, however it ended, was its run.

    :param now: the instant, aware.
    :returns: how many jobs were started.
    """
    by_queue = {}
    for company in active_companies().filter(pk__in=company_ids):
        with company_scope(company):
            # Whoever looks at the same company's schedule at the same moment leaves it to us.
            if not hold_if_free(LockSpace.SCHEDULE, company.pk):
                continue
            local_now = now.astimezone(ZoneInfo(company.time_zone))
            for kind in registry.kinds().values():
                if kind.schedule is None:
                    continue
                slot = kind.schedule.last_slot(local_now).isoformat()
                if not Job.objects.of_kind(kind.code).filter(key=slot).exists():
                    job = _create(kind.code, arguments={"slot": slot}, key=slot, by=None)
                    by_queue.setdefault(kind.queue, []).append((company.pk, job.pk))
    ring_many(by_queue)
    return sum(map(len, by_queue.values()))


def forget_old(*, now):
    """
    Forget the active company's finished runs of work that starts by itself whenever it is wanted, after a month.

    Such runs are many and say little; all others are kept. Returns how many were forgotten.
    """
    often = [kind.code for kind in registry.kinds().values() if kind.is_wanted]
    old = Job.objects.filter(kind__in=often, status=Job.Status.DONE, finished_at__lt=now - KEPT)
    return old.delete()[0]


def retry(*, job, by):
    """Ask for a failed job's work again; while that waits, asking twice is asking once."""
    return enqueue(job.kind, arguments=job.arguments, key=f"retry of {job.pk}", by=by)


def _create(kind, *, arguments, key, by):
    while True:
        try:
            with transaction.atomic():
                return Job.objects.create(kind=kind, key=key, arguments=arguments or {}, requested_by=by)
        except IntegrityError:
            # The one that waited may have begun meanwhile; then this is new work.
            if job := Job.objects.filter(kind=kind, key=key, status=Job.Status.QUEUED).first():
                return job


def _create_wanted():
    wanted = [kind for kind in registry.kinds().values() if kind.is_wanted]
    return [
        _create(kind.code, arguments=None, key="wanted", by=None)
        for kind in wanted
        if not Job.objects.unfinished().of_kind(kind.code).exists() and kind.is_wanted()
    ]


def _forgotten(now):
    """Return the active company's jobs to ring for, and remember that they were."""
    forgotten = [
        job
        for job in Job.objects.unfinished().filter(created_at__lt=now - timedelta(seconds=30))
        if job.kind in registry.kinds()
        and (job.status == Job.Status.RUNNING or job.rung_at < now - RING_AGAIN_AFTER)
        and hold_if_free(LockSpace.JOB, job.pk)
    ]
    Job.objects.filter(pk__in=[job.pk for job in forgotten]).update(rung_at=now)
    return forgotten


def _claim(company_id, job_id):
    """Mark a job as being done; return it and the company's time zone, or None where there is nothing to do."""
    given = {"company": company_id, "job": job_id, "now": timezone.now(), "space": LockSpace.JOB, "most": MOST_ATTEMPTS}
    if found := _execute(_CLAIM, **given):
        _synchronous, clock, *row = found
        values = [
            field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
            for field, value in zip(_FIELDS, row, strict=True)
        ]
        return Job.from_db(connection.alias, [field.attname for field in _FIELDS], values), clock
    error = _("Given up after %(count)d attempts that did not come to an end.") % {"count": MOST_ATTEMPTS}
    _execute(_GIVE_UP, error=error, **given)
    return None


def _do_ahead(kind, job, clock, progress):
    """Do what a kind of job wants done before it, each piece in a transaction of its own; return what they returned."""
    with _held(job, clock):
        pieces = list(kind.ahead(job))
    done = []
    for piece in pieces:
        with _held(job, clock):
            done.append(piece())
        progress(len(done), len(pieces) + 1)
    return done


class _NotOurs(Exception):
    """Somebody else is at the job, or has done it, or the database went away: whoever comes next sees to it."""


@contextmanager
def _held(job, clock):
    """
    Hold a job that was claimed for one transaction, on its company's clock.

    :raises _NotOurs: if between our transactions another worker has come; also if the database goes away meanwhile.
    """
    link = None
    try:
        with visitor_scope() as entered, timezone.override(clock):
            link = connection.connection
            if _execute(_HOLD, company=job.company_id, job=job.pk, space=LockSpace.JOB) is None:
                raise _NotOurs
            entered(company_id=job.company_id, user_id=None)
            yield
    except Error as error:
        if link is None or link.closed:
            log.exception("job %s waits for the sweeper: the database went away", job.pk)
            raise _NotOurs from error
        raise


def _execute(statement, **given):
    """Return the row that a statement about one job returns, None if it found nothing to do."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchone()


def _fail(job_id, error):
    Job.objects.filter(pk=job_id).update(status=Job.Status.FAILED, finished_at=timezone.now(), error=error)


def _progress_of(job_id):
    told_at = time.monotonic()

    def tell(done, total, step=""):
        nonlocal told_at
        if done < total and time.monotonic() - told_at < PROGRESS_EVERY_SECONDS:
            return
        # Shown while the job's own transaction is still open, so it cannot be kept in the same database rows.
        cache.set(progress_key(job_id), (done, total, str(step)), PROGRESS_KEPT_SECONDS)
        told_at = time.monotonic()

    return tell
