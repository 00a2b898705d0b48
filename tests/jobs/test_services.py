from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Company
from common.locks import LockSpace
from common.tenancy import company_scope
from jobs import registry, services
from jobs.models import Job
from jobs.queries import progress_key
from jobs.rules import MOST_ATTEMPTS, Daily
from tests.cast import make_cast


@pytest.fixture
def bells(monkeypatch):
    """Messages that would go to workers."""
    rung = []
    monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", lambda **message: rung.append(message))
    return rung


@pytest.fixture
def kind(monkeypatch):
    """Let a test register a kind of job of its own; the product's own kinds stay out of it."""
    monkeypatch.setattr(registry, "_kinds", {})

    def register(handler=lambda **_: {"said": "done"}, **options):
        registry.job("tests.work", title="Work", queue="rollup", **options)(handler)
        return "tests.work"

    return register


@pytest.fixture
def lantern(committed):
    return make_cast().lantern


def jobs_of(company):
    with company_scope(company):
        return list(Job.objects.order_by("pk"))


def ask(company, code, **kwargs):
    with company_scope(company):
        return services.enqueue(code, by=None, **kwargs)


class TestEnqueue:
    def test_rings_after_commit_only(self, lantern, kind, bells):
        with company_scope(lantern):
            job = services.enqueue(kind(), by=None)
            assert bells == []
        assert bells == [{"kwargs": {"jobs": [[lantern.pk, job.pk]]}, "queue": "rollup", "retry": False}]

    def test_asks_once_for_the_same_key_while_it_waits(self, lantern, kind, bells):
        code = kind()
        first, second = ask(lantern, code, key="a"), ask(lantern, code, key="a")
        other = ask(lantern, code, key="b")
        assert first.pk == second.pk != other.pk
        services.run(company_id=lantern.pk, job_id=first.pk)
        assert ask(lantern, code, key="a").pk != first.pk

    def test_keeps_the_job_when_the_broker_is_away(self, lantern, kind, monkeypatch):
        def refuse(**_):
            raise ConnectionError

        monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", refuse)
        assert ask(lantern, kind()).status == Job.Status.QUEUED


class TestRun:
    def test_keeps_the_result_and_does_nothing_the_second_time(self, lantern, kind, bells):
        calls = []
        job = ask(lantern, kind(lambda **_: calls.append(1) or {"rows": 3}))
        assert services.run(company_id=lantern.pk, job_id=job.pk)
        assert not services.run(company_id=lantern.pk, job_id=job.pk)
        (done,) = jobs_of(lantern)
        assert (done.status, done.result, done.attempts, calls) == (Job.Status.DONE, {"rows": 3}, 1, [1])

    def test_leaves_nothing_of_a_handler_that_raises_but_what_it_said(self, lantern, kind, bells):
        def fall(**_):
            Company.objects.filter(pk=lantern.pk).update(name="Half done")
            raise ValueError("the third row is wrong")

        job = ask(lantern, kind(fall))
        services.run(company_id=lantern.pk, job_id=job.pk)
        (failed,) = jobs_of(lantern)
        assert (failed.status, failed.error) == (Job.Status.FAILED, "the third row is wrong")
        assert Company.objects.get(pk=lantern.pk).name == "Lantern Ltd."

    def test_does_what_comes_ahead_in_transactions_of_their_own_which_stay(self, lantern, kind, bells):
        def rename(name):
            Company.objects.filter(pk=lantern.pk).update(name=name)
            return name

        def fall(*, ahead, **_):
            raise ValueError(f"after {ahead}")

        job = ask(lantern, kind(fall, ahead=lambda job: [partial(rename, "One"), partial(rename, f"Two of {job.pk}")]))
        services.run(company_id=lantern.pk, job_id=job.pk)
        (failed,) = jobs_of(lantern)
        assert (failed.status, failed.error) == (Job.Status.FAILED, f"after ['One', 'Two of {job.pk}']")
        assert Company.objects.get(pk=lantern.pk).name == f"Two of {job.pk}"

    def test_works_on_the_companys_clock(self, lantern, kind, bells):
        Company.objects.filter(pk=lantern.pk).update(time_zone="Pacific/Kiritimati")
        job = ask(lantern, kind(lambda **_: {"zone": timezone.get_current_timezone_name()}))
        services.run(company_id=lantern.pk, job_id=job.pk)
        assert jobs_of(lantern)[0].result == {"zone": "Pacific/Kiritimati"}

    def test_leaves_a_job_alone_that_somebody_else_is_doing(self, lantern, kind, bells):
        job = ask(lantern, kind())
        other = connections.create_connection("default")
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LockSpace.JOB, job.pk])
            assert not services.run(company_id=lantern.pk, job_id=job.pk)
            other.rollback()
            assert services.run(company_id=lantern.pk, job_id=job.pk)
        finally:
            other.close()

    def test_leaves_a_job_alone_that_somebody_else_did_just_before_us(self, lantern, kind, bells, monkeypatch):
        calls, scope, entered = [], services.visitor_scope, []
        job = ask(lantern, kind(lambda **_: calls.append(1)))

        def come_between():
            entered.append(1)
            if len(entered) == 2:
                assert services.run(company_id=lantern.pk, job_id=job.pk)
            return scope()

        monkeypatch.setattr(services, "visitor_scope", come_between)
        assert not services.run(company_id=lantern.pk, job_id=job.pk)
        assert calls == [1]

    def test_waits_for_the_sweeper_when_the_database_goes_away(self, lantern, kind, bells):
        left = ["SELECT pg_terminate_backend(pg_backend_pid())"]

        def work(**_):
            with connection.cursor() as cursor:
                cursor.execute(left.pop() if left else "SELECT 1")

        job = ask(lantern, kind(work))
        assert not services.run(company_id=lantern.pk, job_id=job.pk)
        assert jobs_of(lantern)[0].status == Job.Status.RUNNING
        assert services.sweep(now=timezone.now() + timedelta(minutes=2)) >= 1
        assert services.run(company_id=lantern.pk, job_id=job.pk)
        assert [(done.status, done.attempts) for done in jobs_of(lantern)] == [(Job.Status.DONE, 2)]

    def test_gives_up_what_never_comes_to_an_end(self, lantern, kind, bells):
        job = ask(lantern, kind())
        with company_scope(lantern):
            Job.objects.update(attempts=MOST_ATTEMPTS, status=Job.Status.RUNNING)
        assert not services.run(company_id=lantern.pk, job_id=job.pk)
        assert jobs_of(lantern)[0].status == Job.Status.FAILED

    @pytest.mark.usefixtures("bells")
    @pytest.mark.parametrize(("every", "told"), [(0, (2, 5, "adding up")), (60, (0, 0, ""))])
    def test_tells_how_far_it_is_unless_it_began_just_now(self, lantern, kind, monkeypatch, every, told):
        monkeypatch.setattr(services, "PROGRESS_EVERY_SECONDS", every)
        job = ask(lantern, kind(lambda progress, **_: progress(2, 5, "adding up")))
        # The cache outlives the database of an earlier run, which had a job of this number too.
        services.cache.delete(progress_key(job.pk))
        services.run(company_id=lantern.pk, job_id=job.pk)
        assert services.progress_of(job) == told

    def test_tells_that_all_is_done_however_soon(self, lantern, kind, bells):
        job = ask(lantern, kind(lambda progress, **_: progress(5, 5, "added up")))
        services.run(company_id=lantern.pk, job_id=job.pk)
        assert services.progress_of(job) == (5, 5, "added up")


class TestSweep:
    def test_rings_for_lost_bells_and_dead_workers_but_not_for_what_waits_its_turn(self, lantern, kind, bells):
        code = kind()
        jobs = {name: ask(lantern, code) for name in ("lost", "dead", "waiting", "young", "done")}
        now = timezone.now()
        with company_scope(lantern):
            Job.objects.exclude(pk=jobs["young"].pk).update(created_at=now - timedelta(minutes=9))
            Job.objects.filter(pk=jobs["lost"].pk).update(rung_at=now - timedelta(minutes=9))
            Job.objects.filter(pk=jobs["dead"].pk).update(status=Job.Status.RUNNING)
            Job.objects.filter(pk=jobs["done"].pk).update(status=Job.Status.DONE)
        bells.clear()
        assert services.sweep(now=now) == 2
        assert {pk for message in bells for _company, pk in message["kwargs"]["jobs"]} == {jobs["lost"].pk, jobs["dead"].pk}
        with company_scope(lantern):
            Job.objects.filter(pk=jobs["dead"].pk).update(status=Job.Status.DONE)
        assert services.sweep(now=now) == 0

    def test_asks_for_work_that_is_wanted_once(self, lantern, kind, bells):
        kind(is_wanted=lambda: True)
        assert services.sweep(now=timezone.now()) == 2, "one for each company"
        assert services.sweep(now=timezone.now()) == 0
        assert len(jobs_of(lantern)) == 1


class TestStartDue:
    def start(self, company, text):
        return services.start_due(company_ids=[company.pk], now=datetime.fromisoformat(text).replace(tzinfo=UTC))

    def test_starts_once_a_local_day(self, lantern, kind, bells):
        kind(schedule=Daily(time(2)))
        assert self.start(lantern, "2026-03-04T17:59") == 1, "01:59 in Shanghai: yesterday's run was missed"
        assert self.start(lantern, "2026-03-04T17:59") == 0
        assert self.start(lantern, "2026-03-04T18:00") == 1
        assert self.start(lantern, "2026-03-05T17:59") == 0
        assert [job.key for job in jobs_of(lantern)] == ["2026-03-04", "2026-03-05"]

    def test_does_not_start_again_what_failed_or_was_done(self, lantern, kind, bells):
        kind(schedule=Daily(time(2)))
        self.start(lantern, "2026-03-04T20:00")
        for status in (Job.Status.FAILED, Job.Status.DONE):
            with company_scope(lantern):
                Job.objects.update(status=status)
            assert self.start(lantern, "2026-03-04T21:00") == 0

    def test_leaves_it_to_whoever_is_looking_already(self, lantern, kind, bells):
        kind(schedule=Daily(time(2)))
        other = connections.create_connection("default")
        try:
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LockSpace.SCHEDULE, lantern.pk])
            assert self.start(lantern, "2026-03-04T20:00") == 0
        finally:
            other.close()

    def test_rings_for_ten_companies_a_message(self, committed, kind, bells):
        kind(schedule=Daily(time(2)))
        companies = [Company.objects.create(name=f"C{n}", slug=f"c{n}") for n in range(23)]
        services.start_due(company_ids=[c.pk for c in companies], now=timezone.now())
        assert [len(message["kwargs"]["jobs"]) for message in bells] == [10, 10, 3]


class TestDoNow:
    def test_returns_the_job_as_it_ended_without_ringing(self, lantern, kind, bells):
        job = services.do_now(kind(), company=lantern, by=None)
        assert (job.status, job.result) == (Job.Status.DONE, {"said": "done"})
        assert bells == []
        assert not transaction.get_connection().in_atomic_block
        assert connection.in_atomic_block is False


class TestForgetOld:
    def test_forgets_only_old_finished_runs_of_what_starts_by_itself_all_day(self, lantern, kind, bells):
        often = kind(is_wanted=lambda: False)
        registry.job("tests.rare", title="Rare")(lambda **_: None)
        now = timezone.now()
        with company_scope(lantern):
            old = {"finished_at": now - timedelta(days=31)}
            Job.objects.create(kind=often, status=Job.Status.DONE, **old)
            kept = [
                Job.objects.create(kind=often, status=Job.Status.DONE, finished_at=now - timedelta(days=29)),
                Job.objects.create(kind=often, status=Job.Status.FAILED, **old),
                Job.objects.create(kind="tests.rare", status=Job.Status.DONE, **old),
            ]
            assert services.forget_old(now=now) == 1
            assert set(Job.objects.all()) == set(kept)
