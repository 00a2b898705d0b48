"""Joiners, leavers, transfers and moved units in a published plan; and carrying over what is undone."""

from datetime import date
from fractions import Fraction

import pytest
import time_machine
from django.utils import translation

from accounts.rules import Role
from common.periods import Period
from common.tenancy import company_scope
from targets.models import Attainment
from targets.queries.carrying import propose_carrying, undone_below
from targets.queries.plans import person_key, unit_key
from targets.queries.prorating import cases_in, propose_case
from targets.rules import Balance
from targets.services import adjustments
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from teams.models import Unit
from teams.queries import calendar_of
from tests.targets.published import JUNE, MAY, NOW, TODAY, commits, key_of, publish_2026, table


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern), translation.override("en"), time_machine.travel(NOW):
        add_builtin_metrics()
        yield cast


@pytest.fixture
def plan(lantern):
    return publish_2026(lantern)


def cases(plan):
    return cases_in(table(plan), since=date(2026, 5, 1), until=date(2026, 8, 1))


def settle(cast, plan, case, balance, **also):
    """Propose what a case asks for, and let it hold."""
    proposed = propose_case(table(plan), case, balance=balance, **also)
    return put_in_force(cast, plan, proposed, kind=case.kind, balance=balance, from_on=case.on, subject=case.key)


def put_in_force(cast, plan, proposed, *, kind, balance, from_on, subject=""):
    asked = adjustments.request_adjustment(
        plan=plan,
        proposed=proposed,
        kind=kind,
        balance=balance,
        from_on=from_on,
        reason="because",
        about="somebody",
        subject=subject,
        now=NOW,
        today=TODAY,
        by=cast.bela.user,
    )
    return adjustments.approve(adjustment=asked, now=NOW, today=TODAY, by=cast.amir.user)


def gaps(plan):
    sheet = table(plan)
    return sheet.sheet.gaps(sheet.root.key)


def part_before(cast, day):
    calendar = calendar_of(cast.lantern)
    month = Period(day.replace(day=1), date(day.year, day.month + 1, 1))
    return Fraction(calendar.working_day_count(Period(month.starts_on, day)), calendar.working_day_count(month))


class TestLeavers:
    def test_are_found_once_and_keep_the_days_they_worked(self, lantern, plan):
        assert cases(plan) == []
        teams.end_employment(person=lantern.asha.person, left_on=TODAY, reason="moved away", by=lantern.amir.user)
        [case] = cases(plan)
        assert (case.kind, case.name, case.on) == ("LEFT", "Asha", TODAY)
        was = commits(plan, case.key)
        settle(lantern, plan, case, Balance.SIBLINGS)
        worked = part_before(lantern, TODAY)
        assert commits(plan, case.key)[MAY:] == [was[MAY] - round(was[MAY] * (1 - worked)), *[0] * 7]
        assert commits(plan, case.key)[:MAY] == was[:MAY]
        assert commits(plan, key_of(lantern.ada, lantern.one))[JUNE] == 2 * was[JUNE]
        assert not gaps(plan)
        assert cases(plan) == []

    def test_leave_a_vacancy_by_choice(self, lantern, plan):
        teams.end_employment(person=lantern.asha.person, left_on=TODAY, reason="moved away", by=lantern.amir.user)
        [case] = cases(plan)
        freed = commits(plan, case.key)[JUNE]
        settle(lantern, plan, case, Balance.DIFFERENCE)
        assert {gap.missing for gap in gaps(plan) if gap.month == date(2026, 6, 1) and gap.tier == "commit"} == {freed}


class TestTransfers:
    def test_take_the_target_along_from_the_day_on(self, lantern, plan):
        teams.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=TODAY, by=lantern.amir.user)
        [case] = cases(plan)
        new = person_key(lantern.asha.person.pk, lantern.two.pk)
        assert (case.kind, case.to_key) == ("MOVED", new)
        was, whole = commits(plan, case.key), commits(plan, unit_key(lantern.east.pk))
        settle(lantern, plan, case, Balance.PARENTS)
        old_now, new_now = commits(plan, case.key), commits(plan, new)
        assert [a + b for a, b in zip(old_now, new_now, strict=True)] == was
        assert (old_now[JUNE], new_now[JUNE]) == (0, was[JUNE])
        assert 0 < new_now[MAY] < was[MAY]
        assert commits(plan, unit_key(lantern.east.pk)) == whole
        assert not gaps(plan)


class TestWhatWasClosedBeforeAnybodyKnew:
    """A transfer or a last day entered late lies in months that are closed: targets follow from the first open month on."""

    def test_a_transfer_takes_the_target_along_from_the_first_open_month(self, lantern, plan):
        late = date(2026, 4, 13)
        teams.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=late, by=lantern.amir.user)
        [case] = cases(plan)
        assert (case.kind, case.on, case.happened_on) == ("MOVED", date(2026, 5, 1), late)
        was = commits(plan, case.key)
        settle(lantern, plan, case, Balance.PARENTS)
        assert commits(plan, case.key) == [*was[:4], *[0] * 8]
        assert commits(plan, case.to_key) == [*[0] * 4, *was[4:]]
        assert cases(plan) == [] and not gaps(plan)

    def test_a_leaver_asks_nothing_from_then_on(self, lantern, plan):
        teams.end_employment(person=lantern.asha.person, left_on=date(2026, 3, 31), reason="late", by=lantern.amir.user)
        [case] = cases(plan)
        assert (case.kind, case.on) == ("LEFT", date(2026, 5, 1))
        settle(lantern, plan, case, Balance.SIBLINGS)
        assert commits(plan, case.key)[4:] == [0] * 8
        assert cases(plan) == []

    def test_a_joiner_gets_a_target_from_then_on(self, lantern, plan):
        hired_on = date(2026, 4, 20)
        teams.hire(
            name="Nina", employee_number="E-nina", unit=lantern.one, role=Role.REP, hired_on=hired_on, by=lantern.amir.user
        )
        [case] = cases(plan)
        assert (case.kind, case.on, case.happened_on) == ("JOINED", date(2026, 5, 1), hired_on)
        settle(lantern, plan, case, Balance.SIBLINGS, share="WHOLE")
        assert commits(plan, case.key)[:4] == [0] * 4 and all(commits(plan, case.key)[4:])
        assert cases(plan) == []

    def test_in_a_year_that_is_closed_nothing_follows(self, lantern, plan):
        teams.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=TODAY, by=lantern.amir.user)
        assert cases_in(table(plan), since=date(2027, 2, 1), until=date(2027, 5, 1)) == []

    def test_of_a_month_that_is_half_closed_the_next_one_is_the_first(self, lantern, plan):
        teams.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=TODAY, by=lantern.amir.user)
        [case] = cases_in(table(plan), since=TODAY, until=date(2026, 8, 1))
        assert (case.on, case.happened_on) == (date(2026, TODAY.month + 1, 1), TODAY)


class TestJoiners:
    @pytest.mark.parametrize(("share", "june"), [("RAMP", Fraction(60, 100)), ("WHOLE", 1), ("NOTHING", 0)])
    def test_get_a_usual_target_by_the_ramp_and_their_days(self, lantern, plan, share, june):
        teams.hire(name="Nina", employee_number="E-nina", unit=lantern.one, role=Role.REP, hired_on=TODAY, by=lantern.amir.user)
        [case] = cases(plan)
        usual = commits(plan, key_of(lantern.asha, lantern.one))[JUNE]
        proposed = propose_case(table(plan), case, balance=Balance.SIBLINGS, share=share)
        if share == "NOTHING":
            assert not proposed.changes
            return
        put_in_force(lantern, plan, proposed, kind=case.kind, balance=Balance.SIBLINGS, from_on=TODAY)
        assert commits(plan, case.key)[JUNE] == round(usual * june)
        assert commits(plan, case.key)[:MAY] == [0] * MAY
        assert not gaps(plan)


class TestMovedUnits:
    def test_move_their_months_to_the_new_regions_side(self, lantern, plan):
        north = Unit.objects.create(name="North", kind=Unit.Kind.REGION, parent=lantern.root, position=3)
        teams.move_unit(unit=lantern.one, parent=north, from_day=TODAY, today=TODAY, by=lantern.amir.user)
        [case] = [case for case in cases(plan) if case.kind == "UNIT_MVD"]
        team, east = commits(plan, case.key), commits(plan, unit_key(lantern.east.pk))
        settle(lantern, plan, case, Balance.PARENTS)
        assert commits(plan, case.key) == team
        assert commits(plan, unit_key(north.pk))[JUNE:] == team[JUNE:]
        assert commits(plan, unit_key(lantern.east.pk))[JUNE] == east[JUNE] - team[JUNE]
        assert commits(plan, unit_key(lantern.east.pk))[:MAY] == east[:MAY]
        mixed = commits(plan, unit_key(north.pk))[MAY], commits(plan, unit_key(lantern.east.pk))[MAY]
        assert sum(mixed) == east[MAY]
        assert 0 < mixed[0] < team[MAY]
        assert not [case for case in cases(plan) if case.kind == "UNIT_MVD"]


class TestCarryingOver:
    @pytest.fixture
    def behind(self, lantern, plan):
        """Asha did a quarter's target less 900; Ada more than hers."""
        amounts = {
            ("person", lantern.asha.person.pk): -900,
            ("person", lantern.ada.person.pk): 500,
            ("unit", lantern.one.pk): -400,
        }
        keys = [key_of(lantern.asha, lantern.one), key_of(lantern.ada, lantern.one), unit_key(lantern.one.pk)]
        for ((kind, subject_id), extra), key in zip(amounts.items(), keys, strict=True):
            Attainment.objects.create(
                metric=plan.metric,
                span="QUARTER",
                starts_on=date(2026, 1, 1),
                ends_before=date(2026, 4, 1),
                numerator=sum(commits(plan, key)[:3]) + extra,
                **{f"{kind}_id": subject_id},
            )
        return plan

    def test_shows_what_each_left_undone(self, lantern, behind):
        rows = {row.node.name: row for row in undone_below(table(behind), unit_key(lantern.one.pk), on=TODAY)}
        assert (rows["Asha"].missing, rows["Ada"].missing, rows["Ada"].over) == (900, 0, 500)
        assert rows["Team One"].missing == 400

    @pytest.mark.parametrize(("way", "months"), [("REST", 7), ("NEXT", 1)])
    def test_adds_it_to_the_months_that_are_left(self, lantern, behind, way, months):
        asha = key_of(lantern.asha, lantern.one)
        was = commits(behind, asha)
        proposed = propose_carrying(
            table(behind),
            {asha: 900},
            way=way,
            from_on=date(2026, 6, 1),
            balance=Balance.PARENTS,
            calendar=calendar_of(lantern.lantern),
        )
        put_in_force(lantern, behind, proposed, kind="CARRY", balance=Balance.PARENTS, from_on=date(2026, 6, 1))
        more = [new - old for old, new in zip(was, commits(behind, asha), strict=True)]
        assert sum(more) == 900
        assert sum(map(bool, more)) == months
        assert more[JUNE] > 0
        assert not gaps(behind)
