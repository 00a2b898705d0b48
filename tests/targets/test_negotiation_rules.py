"""The arithmetic of talks: amounts over rows and months, ranges among peers, signatures."""

from decimal import Decimal

import pytest

from common.money import NoWeights
from targets.rules import NO_TARGET, TierRule, Tiers, total
from targets.rules.negotiation import Tally, freeze, months_of, peer_range, same_name, set_amounts

YEAR = tuple(range(12))
THERE = (1,) * 12


def row(commit):
    return (Tiers(commit * 85 // 100, commit, commit * 120 // 100),) * 12


@pytest.mark.parametrize(
    ("growths", "expected"),
    [([], None), ([1, 2, 3], None), ([4, 1, 3, 2], (1, Decimal("2.5"), 4)), ([5, 1, 9, 2, 3], (1, 3, 9))],
)
def test_the_range_among_peers_is_shown_from_four_on(growths, expected):
    found = peer_range(map(Decimal, growths))
    assert (found and (found.low, found.middle, found.high)) == expected


@pytest.mark.parametrize(
    ("typed", "name", "is_same"),
    [("王 小明", "王小明", True), (" asha ", "Asha", True), ("Asha B", "Asha", False), ("", "", False), ("  ", "Asha", False)],
)
def test_a_signature_is_ones_own_name(typed, name, is_same):
    assert same_name(typed, name) is is_same


@pytest.mark.parametrize("amount", [0, 1, 999, 240_001, 10**12])
def test_an_amount_is_shared_exactly_among_rows_and_months(amount):
    rows = {"p1-1": row(1000), "p1-2": row(3000)}
    changed = set_amounts(rows, {YEAR: amount}, presence=dict.fromkeys(rows, THERE), rule=TierRule(rounding=100))
    assert sum(total(cells).commit for cells in changed.values()) == amount


def test_an_amount_for_a_quarter_leaves_the_others():
    changed = set_amounts({"p1-1": row(1000)}, {(3, 4, 5): 600}, presence={"p1-1": THERE}, rule=TierRule())
    assert [cell.commit for cell in changed["p1-1"]] == [1000] * 3 + [200] * 3 + [1000] * 6


def test_an_amount_goes_where_somebody_is_when_nothing_is_asked_yet():
    presence = {"p1-1": (0,) * 6 + (1,) * 6}
    changed = set_amounts({"p1-1": (NO_TARGET,) * 12}, {YEAR: 600}, presence=presence, rule=TierRule())
    assert [cell.commit for cell in changed["p1-1"]] == [0] * 6 + [100] * 6


def test_an_amount_for_months_in_which_nobody_is_there_is_refused():
    with pytest.raises(NoWeights):
        set_amounts({"p1-1": (NO_TARGET,) * 12}, {YEAR: 600}, presence={"p1-1": (0,) * 12}, rule=TierRule())


def test_frozen_rows_give_the_same_months_back():
    rows = {"p1-2": row(500), "p1-1": row(700), "p1-3": (NO_TARGET,) * 12}
    assert list(freeze(rows)) == ["p1-1", "p1-2"]
    assert total(months_of(freeze(rows))).commit == 12 * 1200
    assert months_of({}) == (NO_TARGET,) * 12


def test_tallies_add_up():
    both = Tally(asked=10, offered=8, people=1, countered=1) + Tally(asked=5, open=5, people=1, unanswered=1)
    assert (both.asked, both.difference, both.people) == (15, -2, 2)
