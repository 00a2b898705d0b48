import pytest
from django.db import transaction
from django.utils import translation

from accounts.services import change_company, found_company
from accounts.signals import company_settings_changed
from common.tenancy import company_scope
from credits import rollups as totals
from credits import services as credits
from jobs.models import Job
from targets.models import Metric
from targets.services.metrics import BUILT_IN, TO_BE_NAMED, add_builtin_metrics
from teams.signals import units_changed
from tests.cast import make_cast
from tests.credits.stories import make_deal


@pytest.fixture
def lantern(committed, monkeypatch):
    monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", lambda **_: None)
    return make_cast()


def asked(cast):
    with company_scope(cast.lantern):
        return list(Job.objects.values_list("kind", "status"))


def test_many_postings_in_one_transaction_ask_for_one_refresh_after_it(lantern):
    with company_scope(lantern.lantern):
        for _time in range(3):
            credits.post_deals([make_deal(lantern.asha.person, amount=1).pk])
        assert len([func for _ids, func, *_ in transaction.get_connection().run_on_commit if "refresh" in repr(func)]) == 1
        assert not Job.objects.exists()
    assert asked(lantern) == [("targets.refresh", "QUEUED")]


def test_a_transaction_that_was_rolled_back_asks_for_nothing(lantern):
    with pytest.raises(RuntimeError), company_scope(lantern.lantern):
        credits.post_deals([make_deal(lantern.asha.person, amount=1).pk])
        raise RuntimeError
    assert asked(lantern) == []


def test_nothing_is_asked_for_when_the_totals_followed_at_once(lantern):
    with company_scope(lantern.lantern):
        credits.post_deals([make_deal(lantern.asha.person, amount=1).pk])
        totals.take_dirty_days()
    assert asked(lantern) == []


def test_a_change_of_the_tree_asks_for_the_whole_roll_up(lantern):
    with company_scope(lantern.lantern):
        units_changed.send(sender=None, unit=lantern.one, by=None)
    assert asked(lantern) == [("targets.rollup", "QUEUED")]


def test_another_fiscal_year_asks_for_the_whole_roll_up_and_another_name_does_not(lantern):
    for changed in (["name"], ["fiscal_year_starts_in"]):
        with company_scope(lantern.lantern):
            company_settings_changed.send(sender=None, company=lantern.lantern, changed=changed, by=None)
    assert asked(lantern) == [("targets.rollup", "QUEUED")]


def test_another_calendar_or_clock_asks_for_everything_to_be_counted_anew(lantern):
    with company_scope(lantern.lantern):
        change_company(company=lantern.lantern, working_weekdays=[1, 2, 3, 4, 5, 6], by=None)
    assert ("targets.recount", "QUEUED") in asked(lantern)


def test_a_new_company_gets_its_metrics_once(committed):
    company = found_company(name="New", slug="new", admin_name="Ann", admin_email="ann@example.com", by=None)
    with company_scope(company):
        add_builtin_metrics()
        assert Metric.objects.count() == len(BUILT_IN) + len(TO_BE_NAMED)
        with translation.override("zh-hans"):
            assert str(Metric.objects.get(code="revenue")) == "销售额"
        with translation.override("en"):
            assert str(Metric.objects.get(code="revenue")) == "Revenue"
