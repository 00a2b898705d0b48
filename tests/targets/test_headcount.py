"""Splitting by headcount: by people, the days they are there, and the ramp of newcomers."""

from datetime import date
from fractions import Fraction

import pytest

from targets import rules
from targets.queries.plans import unit_key
from targets.queries.proposals import heads_of
from targets.rules import SplitMethod
from targets.services import splits
from teams.models import Assignment, Person
from tests.targets.test_plans import TODAY, key_of, lantern, plan, sheet, split_all  # noqa: F401 - two are fixtures

YEAR = 12_000_000_00


@pytest.fixture
def newcomer(lantern):  # noqa: F811
    """Ben begins in March, in the team where Asha and another one have sold for years."""
    Person.objects.filter(pk=lantern.ben.person.pk).update(hired_on=date(2026, 3, 2))
    Assignment.objects.filter(person=lantern.ben.person).update(unit=lantern.one, starts_on=date(2026, 3, 1))
    return lantern


def months_of(cells, member, unit):
    return [tiers.commit for tiers in cells.of(key_of(member, unit))]


@pytest.mark.parametrize(
    ("hired_on", "month", "served"),
    [
        (date(2026, 3, 31), date(2026, 3, 1), 0),
        (date(2026, 3, 1), date(2026, 4, 1), 1),
        (date(2025, 12, 15), date(2026, 2, 1), 2),
        (date(2026, 3, 1), date(2026, 1, 1), 0),
    ],
)
def test_service_is_counted_in_calendar_months(hired_on, month, served):
    assert rules.months_of_service(hired_on, month) == served


def test_a_newcomer_is_asked_for_less_until_the_ramp_is_over(newcomer, plan):  # noqa: F811
    split_all(plan, newcomer, commit=YEAR, method=SplitMethod.HEADCOUNT)
    cells = sheet(plan).sheet
    old, new = (months_of(cells, member, newcomer.one) for member in (newcomer.asha, newcomer.ben))
    assert new[:2] == [0, 0]
    assert [round(Fraction(b, a), 2) for a, b in zip(old[2:], new[2:], strict=True)] == [
        Fraction(30, 100), Fraction(60, 100), Fraction(80, 100), *[1] * 7
    ]  # fmt: skip
    assert not cells.gaps(unit_key(newcomer.root.pk))


def test_a_unit_counts_everybody_below_it_by_their_days(newcomer, plan):  # noqa: F811
    shown = sheet(plan)
    heads = heads_of(shown, shown.nodes[unit_key(newcomer.one.pk)])
    assert heads[0] == 2
    # Two whole; Ben from the first working day of March on, in the first month of the ramp.
    assert heads[2:6] == (Fraction(230, 100), Fraction(260, 100), Fraction(280, 100), 3)


def test_a_company_without_a_ramp_counts_newcomers_whole(newcomer, plan):  # noqa: F811
    shown = sheet(plan)
    shown.ramp_percents = ()
    assert heads_of(shown, shown.nodes[unit_key(newcomer.one.pk)])[2:] == (3,) * 10


def test_combines_with_other_methods(newcomer, plan):  # noqa: F811
    splits.set_year(plan=plan, tiers=YEAR, on=TODAY, by=None)
    key = unit_key(newcomer.one.pk)
    splits.split_down(plan=plan, unit=newcomer.root, method=SplitMethod.EQUAL, whole_subtree=True, on=TODAY, by=None)
    shares = {SplitMethod.EQUAL: 50, SplitMethod.HEADCOUNT: 50}
    step = splits.split_down(plan=plan, unit=newcomer.one, shares=shares, on=TODAY, by=None)
    shown = sheet(plan)
    march = [tiers.commit for tiers in (shown.sheet.of(key_of(m, newcomer.one))[2] for m in (newcomer.asha, newcomer.ben))]
    # Half of thirds, half of 1 : 1 : 0.3.
    expected = (Fraction(1, 6) + Fraction(3, 46)) / (Fraction(1, 6) + Fraction(10, 46))
    assert abs(Fraction(march[1], march[0]) - expected) < Fraction(1, 1000)
    assert step.inputs["shares"] == {"EQUAL": "50", "HEADCOUNT": "50"}
    assert len(step.inputs["units"][key][key_of(newcomer.ben, newcomer.one)]) == 5
