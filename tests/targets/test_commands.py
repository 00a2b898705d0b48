from datetime import date

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from common.tenancy import company_scope
from credits.models import Credit
from jobs.models import Job
from targets.models import Attainment, Ranking
from targets.services.metrics import BUILT_IN, add_builtin_metrics
from tests.cast import make_cast
from tests.credits.stories import make_deal


@pytest.fixture
def lantern(committed):
    cast = make_cast()
    with company_scope(cast.lantern):
        add_builtin_metrics()
        make_deal(cast.asha.person, amount=100, closed_on=date(2026, 1, 5))
    return cast.lantern


def test_rebuild_posts_what_was_never_posted_and_leaves_a_row_like_the_nightly_run(lantern, capsys):
    call_command("rollup", company="lantern", rebuild=True)
    assert "credits 4" in capsys.readouterr().out
    with company_scope(lantern):
        assert Attainment.objects.filter(metric__code="revenue", span="YEAR", numerator=100_00).count() == 4
        assert Job.objects.get().status == "DONE"


def test_rollup_without_rebuild_leaves_the_ledger_alone(lantern):
    call_command("rollup")
    with company_scope(lantern):
        assert not Credit.objects.exists()


def test_rank_publishes_last_week_once(lantern):
    call_command("rank", company="lantern")
    call_command("rank", company="lantern")
    with company_scope(lantern):
        assert Ranking.objects.values("week_starts_on").distinct().count() == 1
        assert [job.result["boards"] for job in Job.objects.order_by("pk")] == [len(BUILT_IN) * 9, 0]


def test_rank_publishes_a_named_week_and_replaces_it_only_in_somebodys_name(lantern):
    call_command("rank", company="lantern", week="2026-W02")
    with pytest.raises(CommandError, match="--by"):
        call_command("rank", company="lantern", week="2026-W02", replace=True)
    with pytest.raises(CommandError, match="no week"):
        call_command("rank", company="lantern", week="2026-02")
    call_command("rank", company="lantern", week="2026-W02", replace=True, by="dora@example.com")
    with company_scope(lantern):
        assert set(Ranking.objects.values_list("week_starts_on", flat=True)) == {date(2026, 1, 5)}
        assert AuditEntry.objects.get(action="targets.ranking.replaced").by.name == "Dora"
        assert [job.result["boards"] for job in Job.objects.order_by("pk")] == [len(BUILT_IN) * 9] * 2


def test_fails_when_the_job_fails(lantern, monkeypatch, capsys):
    def refuse(**_):
        raise RuntimeError("no room")

    monkeypatch.setattr("targets.rollups.refresh_everything", refuse)
    with pytest.raises(CommandError, match="lantern"):
        call_command("rollup", company="lantern")
    assert "no room" in capsys.readouterr().err
