"""Campaigns on the page of one's own targets, in the plan's history, and as they stood on a day."""

from datetime import date, timedelta

import pytest
import time_machine

from credits import services as credits
from targets import rollups
from targets.queries.own_campaigns import own_campaigns
from targets.queries.stage_versions import stage_sheet_on, stages_counted_on
from targets.services import stages
from targets.services.stages import StageEdit
from teams.queries import calendar_of
from tests.credits.stories import make_deal
from tests.targets.published import NOW, TODAY, key_of
from tests.targets.test_stages import CAMPAIGN, begun, commits, lantern, publish  # noqa: F401 - fixtures

IN_THE_MIDDLE = date(2026, 6, 5)


@pytest.fixture
def running(begun):  # noqa: F811
    publish(begun)
    make_deal(begun.asha.person, amount=1_000, closed_on=CAMPAIGN.starts_on)
    make_deal(begun.asha.person, amount=30, closed_on=date(2026, 6, 2))
    credits.post_all()
    rollups.refresh_everything()
    return begun


def shown(cast, on, member=None):
    return own_campaigns((member or cast.asha).person, on=on, calendar=calendar_of(cast.lantern))


class TestMyTargets:
    def test_show_each_stage_with_what_was_done_in_it(self, running):
        [own] = shown(running, IN_THE_MIDDLE)
        found = [(each.stage.name, each.actual, each.is_now) for each in own.stages]
        assert found == [("Opening", 1_000_00, False), ("", 30_00, False), ("Finish", 0, True)]
        assert own.actual == 1_030_00
        # The Friday itself is left; Saturday and Sunday are no working days.
        assert (own.pace.remaining_days, own.pace.needed_per_day) == (1, own.tiers.commit - own.actual)
        asked = dict(zip(("Opening", "Finish", ""), commits(running, key_of(running.asha, running.one)), strict=True))
        assert {each.stage.name: each.tiers.commit for each in own.stages} == asked
        assert own.tiers.commit == sum(asked.values())

    def test_show_what_begins_soon_without_a_figure(self, running):
        [own] = shown(running, TODAY)
        assert [each.actual for each in own.stages] == [None, None, None]
        assert not shown(running, TODAY - timedelta(days=30))

    def test_show_nothing_that_is_over_or_not_published_or_somebody_elses(self, running):
        assert not shown(running, CAMPAIGN.ends_before)
        assert not shown(running, IN_THE_MIDDLE, running.bela)
        stages.withdraw_stages(stage_plan=running.begun, reason="no", by=running.amir.user)
        assert not shown(running, IN_THE_MIDDLE)

    def test_are_shown_on_the_page(self, running, client):
        with time_machine.travel(NOW.replace(month=6, day=5)):
            client.force_login(running.asha.user)
            page = client.get("/lantern/targets/mine/").text
        assert "Spring" in page
        assert "Opening" in page
        assert "Other days" in page


class TestThePlansPast:
    def test_tells_when_a_campaign_counted(self, running):
        with time_machine.travel(NOW + timedelta(days=2)):
            stages.withdraw_stages(stage_plan=running.begun, reason="too early", by=running.amir.user)
        running.begun.refresh_from_db()
        counted = [stages_counted_on(running.begun, TODAY + timedelta(days=days)) for days in (-1, 0, 1, 2)]
        assert counted == [False, True, True, False]

    def test_tells_it_in_the_history(self, running, client):
        client.force_login(running.amir.user)
        page = client.get(f"/lantern/targets/{running.plan.pk}/history/").text
        assert "Spring · Targets by stage published" in page
        assert page.index("Targets by stage published") < page.index("Targets by stage started")

    def test_shows_a_campaign_as_it_stood_on_a_day_and_what_differs(self, begun, client):  # noqa: F811
        asha = key_of(begun.asha, begun.one)
        before = commits(begun, asha)
        with time_machine.travel(NOW + timedelta(days=2)):
            edits = [StageEdit(asha, 0, before[0] + 500_00)]
            stages.set_stages(stage_plan=begun.begun, edits=edits, tier="commit", by=begun.amir.user)
        begun.begun.refresh_from_db()
        stood = {
            days: stage_sheet_on(begun.begun, TODAY + timedelta(days=days), company=begun.lantern).sheet.of(asha)[0].commit
            for days in (0, 1, 2)
        }
        assert stood == {0: before[0], 1: before[0], 2: before[0] + 500_00}
        client.force_login(begun.amir.user)
        with time_machine.travel(NOW + timedelta(days=3)):
            where = f"/lantern/targets/{begun.plan.pk}/versions/?stages={begun.begun.pk}&day=2026-05-18"
            page = client.get(f"{where}&against=2026-05-21").text
            whole = client.get(where).text
            wrong = client.get(where.replace(f"stages={begun.begun.pk}", "stages=99999"))
        assert "Opening" in page
        assert "Finish" not in page.partition("<table")[2]
        assert "Finish" in whole.partition("<table")[2]
        assert wrong.status_code == 404
