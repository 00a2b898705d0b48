"""Sums of a plan of which a unit moved in the middle of the year: each month adds up in the tree of that month."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone, translation

from common.periods import Period
from common.tenancy import company_scope
from targets import rules
from targets.models import Adjustment, Metric
from targets.queries.adjusting import propose_change
from targets.queries.plans import unit_key
from targets.queries.prorating import cases_in, propose_case
from targets.queries.workbench import grid_rows, missing_of, moved_around
from targets.rules import Balance, Sheet, SplitMethod, Tier, TierRule, Tiers
from targets.services import adjustments, plans, splits
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from teams.models import Unit
from teams.queries import calendar_of
from tests.targets.published import MAY, MILLION, NOW, TODAY, YEAR, commits, publish_2026, table

FEBRUARY = 1


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern), translation.override("en"), time_machine.travel(NOW):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    return publish_2026(lantern)


@pytest.fixture
def north(lantern):
    return Unit.objects.create(name="North", kind=Unit.Kind.REGION, parent=lantern.root, position=3)


@pytest.fixture
def moved(lantern, plan, north):
    """Team One belongs to North from 18 May on; the plan does not know yet."""
    teams.move_unit(unit=lantern.one, parent=north, from_day=TODAY, today=TODAY, by=lantern.amir.user)
    return plan


def gaps(plan):
    sheet = table(plan)
    return sheet.sheet.gaps(sheet.root.key)


def adjust(cast, plan, proposed, *, kind=Adjustment.Kind.CHANGE, from_on, subject=""):
    about = {"kind": kind, "balance": Balance.PARENTS, "from_on": from_on, "subject": subject, "reason": "so", "about": "it"}
    asked = adjustments.request_adjustment(plan=plan, proposed=proposed, **about, now=NOW, today=TODAY, by=cast.bela.user)
    return adjustments.approve(adjustment=asked, now=NOW, today=TODAY, by=cast.amir.user)


def settled(cast, plan):
    """Let the moved team take its months from the day on along."""
    [case] = [case for case in cases_in(table(plan), since=TODAY, until=date(2026, 8, 1)) if case.kind == "UNIT_MVD"]
    proposed = propose_case(table(plan), case, balance=Balance.PARENTS)
    adjust(cast, plan, proposed, kind=case.kind, from_on=case.on, subject=case.key)


class TestAMoveInThePublishedYear:
    def test_leaves_the_months_before_it_whole(self, lantern, moved):
        assert {gap.month for gap in gaps(moved)} == {date(2026, month, 1) for month in range(6, 13)}

    def test_leaves_nothing_open_once_the_months_have_moved(self, lantern, north, moved):
        settled(lantern, moved)
        assert not gaps(moved)
        assert commits(moved, unit_key(north.pk))[:MAY] == [0] * MAY
        assert not missing_of(table(moved), unit_key(north.pk), Tier.COMMIT).months

    def test_is_told_where_a_region_is_later_lifted_alone(self, lantern, moved):
        settled(lantern, moved)
        sheet, east = table(moved), unit_key(lantern.east.pk)
        about = {"wanted": {FEBRUARY: 9 * MILLION}, "from_on": date(2026, 2, 1), "calendar": calendar_of(lantern.lantern)}
        adjust(lantern, moved, propose_change(sheet, east, balance=Balance.PARENTS, with_below=False, **about), from_on=TODAY)
        found = {(gap.key, gap.month) for gap in gaps(moved)}
        assert found == {(east, date(2026, 2, 1))}

    def test_lifts_the_region_that_had_the_team_in_the_month(self, lantern, north, moved):
        settled(lantern, moved)
        one, east = unit_key(lantern.one.pk), unit_key(lantern.east.pk)
        was = commits(moved, east)[FEBRUARY], commits(moved, one)[FEBRUARY]
        about = {"wanted": {FEBRUARY: was[1] + 700}, "from_on": date(2026, 2, 1), "calendar": calendar_of(lantern.lantern)}
        adjust(
            lantern,
            moved,
            propose_change(table(moved), one, balance=Balance.PARENTS, with_below=True, **about),
            from_on=date(2026, 2, 1),
        )
        assert commits(moved, east)[FEBRUARY] == was[0] + 700
        assert commits(moved, unit_key(north.pk))[FEBRUARY] == 0
        assert not gaps(moved)

    def test_adds_up_in_the_browser_too(self, lantern, north, moved):
        settled(lantern, moved)
        sheet = table(moved)
        rows = {row["key"]: row for row in grid_rows(sheet, [sheet.root], last_year={}, reach=_Everything())}
        for row in rows.values():
            below = [rows[key] for key in sheet.sheet.children.get(row["key"], ())]
            for tier in rules.TIER_NAMES if below else ():
                given = [sum(months) for months in zip(*(child["tiers"][tier] for child in below), strict=True)]
                more = (row["elsewhere"] or {tier: [0] * 12})[tier]
                assert row["tiers"][tier] == [a - b for a, b in zip(given, more, strict=True)]

    def test_is_said_at_both_regions(self, lantern, north, moved):
        sheet = table(moved)
        for unit in (lantern.east, north):
            [row] = moved_around(sheet, [sheet.nodes[unit_key(unit.pk)]])
            assert (row.name, row.counted_for, row.first.month, row.last.month) == ("Team One", "East", 1, 5)
        assert not moved_around(sheet, [sheet.nodes[unit_key(lantern.west.pk)]])


class _Everything:
    def may_set(self, node, sheet):
        return True

    def may_split(self, unit_id):
        return True


class TestAWithdrawnPlan:
    """A plan that counted, and is made over: what the team was asked for elsewhere stays."""

    @pytest.fixture
    def draft(self, lantern, moved):
        settled(lantern, moved)
        return plans.withdraw(plan=moved, reason="a new year", by=lantern.amir.user)

    @pytest.mark.parametrize("way", ["split", "spread", "sum"])
    def test_adds_up_after_every_way_of_dividing(self, lantern, north, draft, way):
        team, by = commits(draft, unit_key(lantern.one.pk)), lantern.amir.user
        if way == "split":
            splits.set_year(plan=draft, tiers=24 * MILLION, method="EQUAL", on=TODAY, by=by)
            about = {"method": SplitMethod.EQUAL, "whole_subtree": True, "on": TODAY, "by": by}
            splits.split_down(plan=draft, unit=lantern.root, **about)
        elif way == "spread":
            splits.set_year(plan=draft, tiers=24 * MILLION, method="EQUAL", on=TODAY, by=by)
            splits.spread_remainder(plan=draft, unit=lantern.root, keep_by_hand=False, by=by)
        else:
            splits.sum_up(plan=draft, unit=lantern.root, by=by)
        assert not gaps(draft)
        assert commits(draft, unit_key(lantern.one.pk))[: MAY + 1] == team[: MAY + 1]

    def test_adds_up_with_other_percentages(self, draft):
        sheet = table(draft)
        made = sheet.sheet.with_changes(rules.retier(sheet.sheet, sheet.root.key, TierRule(50, 150, 1)))
        assert not made.gaps(sheet.root.key)
        assert made.year_of(sheet.root.key).floor * 2 == made.year_of(sheet.root.key).commit


class TestAPlanNotYetPublished:
    def test_is_made_in_the_tree_of_today(self, lantern, north):
        teams.move_unit(unit=lantern.one, parent=north, from_day=TODAY, today=TODAY, by=lantern.amir.user)
        by, metric = lantern.amir.user, Metric.objects.get(code="revenue")
        made = plans.start_plan(metric=metric, year=YEAR, rounding_unit=1, by=by)
        splits.set_year(plan=made, tiers=12 * MILLION, method="EQUAL", on=TODAY, by=by)
        splits.split_down(plan=made, unit=lantern.root, method=SplitMethod.EQUAL, whole_subtree=True, on=TODAY, by=by)
        plans.publish(plan=made, now=timezone.now(), by=by)
        assert commits(made, unit_key(north.pk))[FEBRUARY] == commits(made, unit_key(lantern.one.pk))[FEBRUARY] > 0
        assert not gaps(made)

    def test_knows_a_move_that_is_dated_ahead_only_when_it_has_come(self, lantern, north, plan):
        teams.move_unit(unit=lantern.one, parent=north, from_day=date(2026, 7, 1), today=TODAY, by=lantern.amir.user)
        assert not gaps(plan)


class TestTheMonthOfTheMove:
    """A hundred of a team that moved within the month, between a unit asked for 70 and one asked for 90."""

    def sheet(self, old=70, new=90, team=100):
        cells = {"old": old, "new": new, "team": team, "a": 30, "b": 30}
        return Sheet(
            (Period(date(2026, 5, 1), date(2026, 6, 1)).starts_on,),
            1,
            {"old": ("a",), "new": ("team", "b"), "top": ("old", "new")},
            {key: (Tiers(0, amount, amount),) for key, amount in cells.items()} | {"top": (Tiers(0, old + new, old + new),)},
            above={"team": {0: ("old", "new")}},
        )

    def test_counts_for_each_what_it_asks_for_of_it(self):
        assert not self.sheet().gaps("top")
        assert self.sheet().apart() == {("team", "old", 0): (0, 40, 0), ("team", "new", 0): (0, 60, 0)}

    @pytest.mark.parametrize(("old", "new", "missing"), [(70, 95, {"new": 5}), (135, 90, {"old": 5, "new": 60})])
    def test_tells_what_is_missing_in_all(self, old, new, missing):
        found = {gap.key: gap.missing for gap in self.sheet(old, new).gaps("top") if gap.tier == "commit"}
        assert found == missing
