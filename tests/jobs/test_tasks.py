import pytest

from accounts.models import Company
from common.tenancy import company_scope
from jobs import tasks
from jobs.models import Job
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


def test_a_sweep_asks_for_the_refresh_of_days_that_were_marked_when_the_bell_was_lost(lantern):
    from credits.models import DirtyDay

    with company_scope(lantern):
        DirtyDay.objects.create(day="2026-03-03")
    tasks.sweep_jobs()
    with company_scope(lantern):
        assert list(Job.objects.values_list("kind", "status")) == [("targets.refresh", "QUEUED")]
