import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_prerun
from django.db import OperationalError, connection, connections

from accounts.models import Company
from common.tenancy import company_scope
from jobs import services, tasks
from jobs.models import Job
from salesforce_mgmt.celery import app
from tests.cast import make_cast


@pytest.fixture
def lantern(committed, monkeypatch):
    monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", lambda **_: None)
    return make_cast().lantern


def test_a_tick_starts_the_nightly_run_and_the_ranking_of_every_active_company_once(lantern):
    Company.objects.filter(slug="rival").update(is_active=False)
    tasks.tick()
    tasks.tick()
    with company_scope(lantern):
        kinds = list(Job.objects.values_list("kind", flat=True))
        assert {"targets.ranking", "targets.rollup"} <= set(kinds)
        assert len(kinds) == len(set(kinds))
    with company_scope(Company.objects.get(slug="rival")):
        assert not Job.objects.exists()


def test_what_a_tick_started_is_done_by_the_message(lantern):
    tasks.tick()
    with company_scope(lantern):
        waiting = [[lantern.pk, pk] for pk in Job.objects.values_list("pk", flat=True)]
    tasks.run_jobs(jobs=waiting, something_new=True)
    with company_scope(lantern):
        assert set(Job.objects.values_list("status", flat=True)) == {"DONE"}


def test_what_becomes_of_one_job_does_not_matter_to_the_next_of_its_message(lantern, monkeypatch):
    tasks.tick()
    with company_scope(lantern):
        first, *others = Job.objects.order_by("pk").values_list("pk", flat=True)
    run = services.run

    def fall_once(*, company_id, job_id):
        if job_id == first:
            raise OperationalError("the server closed the connection")
        return run(company_id=company_id, job_id=job_id)

    monkeypatch.setattr(services, "run", fall_once)
    tasks.run_jobs(jobs=[[lantern.pk, pk] for pk in (first, *others)])
    with company_scope(lantern):
        assert Job.objects.get(pk=first).status == "QUEUED"
        assert set(Job.objects.filter(pk__in=others).values_list("status", flat=True)) == {"DONE"}


def test_a_sweep_asks_for_the_refresh_of_days_that_were_marked_when_the_bell_was_lost(lantern):
    from credits.models import DirtyDay

    with company_scope(lantern):
        DirtyDay.objects.create(day="2026-03-03")
    tasks.sweep_jobs()
    with company_scope(lantern):
        assert list(Job.objects.values_list("kind", "status")) == [("targets.refresh", "QUEUED")]


def test_a_connection_serves_message_after_message_until_it_is_gone(lantern):
    around = DjangoWorkerFixup(app)
    tasks.sweep_jobs()
    kept = connection.connection
    around.close_database()
    task_prerun.send(sender=tasks.sweep_jobs, task=tasks.sweep_jobs)
    assert connection.connection is kept
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [kept.info.backend_pid])
    other.close()
    task_prerun.send(sender=tasks.sweep_jobs, task=tasks.sweep_jobs)
    tasks.sweep_jobs()
    assert connection.connection is not kept
