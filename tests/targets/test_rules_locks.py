"""Dividing a tree round locked cells: sums exact, locks kept, and what cannot be met is said with its cells."""

from datetime import date

import pytest
from hypothesis import assume

from common.money import apportion
from common.periods import add_months
from targets.rules import NO_TARGET, KeptRefused, Sheet, Tiers, split_grid, split_tree, spread_rest, spread_row, sum_up, total
from tests.properties import given, settings, st

MONTHS = tuple(add_months(date(2026, 1, 1), i) for i in range(12))
units = st.sampled_from([1, 100, 1000])
cells = st.tuples(*[st.integers(0, 10**6)] * 3).map(lambda steps: Tiers.from_steps(*steps))
rows = st.lists(cells, min_size=12, max_size=12).map(tuple)


def month(commit, floor=None, stretch=None):
    return Tiers(commit if floor is None else floor, commit, commit if stretch is None else stretch)


def year(*commits):
    return tuple(month(commit) for commit in commits) + (NO_TARGET,) * (12 - len(commits))


def sheet_of(parent, *children, locked=None, rounding=1):
    keys = tuple(f"p{i}-1" for i in range(len(children)))
    return Sheet(MONTHS, rounding, {"u1": keys}, {"u1": parent} | dict(zip(keys, children, strict=True)), locked or {})


def equally(sheet):
    return {unit: dict.fromkeys(children, (1,) * 12) for unit, children in sheet.children.items()}


@st.composite
def trees(draw):
    """A tree of up to five levels with a weight for every child and locks here and there; amounts as they happen to stand."""
    children, weights, level, number = {}, {}, ["u1"], 1
    for depth in range(draw(st.integers(1, 4))):
        below = []
        for unit in level:
            count = draw(st.integers(1, 3))
            children[unit] = tuple(f"u{number + i + 1}" for i in range(count))
            number += count
            weights[unit] = {child: (draw(st.integers(0, 9)),) * 12 for child in children[unit]}
            below += children[unit]
        level = below if depth < 2 else below[:2]
    named = ["u1", *(child for kin in children.values() for child in kin)]
    stand = {key: draw(rows) for key in draw(st.sets(st.sampled_from(named), max_size=4))} | {"u1": draw(rows)}
    locked = {key: draw(st.frozensets(st.integers(0, 11), max_size=4)) for key in stand if key != "u1"}
    return Sheet(MONTHS, draw(units), children, stand, locked), weights


class TestSplitTree:
    @settings(deadline=None, max_examples=150)
    @given(trees())
    def test_adds_up_and_keeps_every_lock_or_changes_nothing(self, drawn):
        sheet, weights = drawn
        assume(all(any(row[0] for row in given.values()) for given in weights.values()))
        try:
            changed = sheet.with_changes(split_tree(sheet, "u1", weights))
        except KeptRefused as refusal:
            assert refusal.conflicts
            assert all(conflict.amount and conflict.cells for conflict in refusal.conflicts)
            return
        assert changed.gaps("u1") == []
        for key, positions in sheet.locked.items():
            assert all(changed.of(key)[i] == sheet.of(key)[i] for i in positions)

    @settings(deadline=None, max_examples=60)
    @given(trees(), st.randoms(use_true_random=False))
    def test_does_not_care_in_which_order_locks_and_weights_are_given(self, drawn, chance):
        sheet, weights = drawn

        def shuffled(mapping):
            items = list(mapping.items())
            chance.shuffle(items)
            return dict(items)

        def outcome(sheet, weights):
            try:
                return split_tree(sheet, "u1", weights)
            except ValueError as refusal:
                return str(refusal)

        other = Sheet(sheet.months, sheet.rounding, sheet.children, shuffled(sheet.cells), shuffled(sheet.locked))
        again = {unit: shuffled(given) for unit, given in shuffled(weights).items()}
        assert outcome(sheet, weights) == outcome(other, again)

    @settings(deadline=None, max_examples=60)
    @given(st.integers(0, 10**7), st.lists(st.integers(1, 99), min_size=2, max_size=8), st.data(), units)
    def test_the_rest_is_shared_as_if_the_locked_were_not_there(self, whole, weights, data, unit):
        held = data.draw(st.integers(0, whole))
        sheet = sheet_of(
            year(whole), year(held), *[year()] * len(weights), locked={"p0-1": frozenset(range(12))}, rounding=unit
        )
        by_child = {f"p{i}-1": (weight,) * 12 for i, weight in enumerate([5, *weights])}
        changed = split_tree(sheet, "u1", {"u1": by_child})
        given_out = [changed[f"p{i}-1"][0].commit for i in range(len(weights) + 1)]
        assert given_out == [held, *apportion(whole - held, weights, unit)]

    def test_two_are_locked_and_the_rest_is_split(self):
        sheet = sheet_of(year(1000), year(400), year(100), year(), year(), locked={"p0-1": {0}, "p1-1": {0}})
        changed = split_tree(sheet, "u1", equally(sheet))
        assert [cells[0].commit for cells in changed.values()] == [400, 100, 250, 250]

    def test_a_team_gets_at_least_what_is_locked_in_it(self):
        children = {"u1": ("u2", "u3"), "u2": ("p1-2", "p2-2"), "u3": ("p3-3",)}
        stand = {"u1": year(100), "p1-2": year(90)}
        sheet = Sheet(MONTHS, 1, children, stand, {"p1-2": frozenset({0})})
        changed = split_tree(sheet, "u1", equally(sheet))
        assert {key: cells[0].commit for key, cells in changed.items()} == {
            "u2": 90,
            "u3": 10,
            "p1-2": 90,
            "p2-2": 0,
            "p3-3": 10,
        }

    def test_says_by_how_much_the_locked_are_too_much_in_each_month_and_tier(self):
        sheet = sheet_of(year(10, 10), year(8, 3), year(7, 9), locked={"p0-1": {0, 1}, "p1-1": {0, 1}})
        with pytest.raises(KeptRefused) as refused:
            split_tree(sheet, "u1", equally(sheet))
        assert refused.value.code == "locked_too_much"
        found = [(conflict.month, conflict.tier, conflict.amount) for conflict in refused.value.conflicts]
        assert found == [(MONTHS[0], "floor", 5), (MONTHS[1], "floor", 2)]
        assert refused.value.conflicts[0].cells == (("p0-1", MONTHS[0], 8), ("p1-1", MONTHS[0], 7))

    def test_says_of_every_tier_its_own_amount_not_what_it_adds_to_the_tier_below(self):
        whole, held = Tiers(8, 10, 12), Tiers(9, 12, 15)
        sheet = sheet_of((whole,), (held,), (NO_TARGET,), locked={"p0-1": {0}})
        with pytest.raises(KeptRefused) as refused:
            split_tree(sheet, "u1", equally(sheet))
        found = [(conflict.tier, conflict.amount) for conflict in refused.value.conflicts]
        assert found == [("floor", 1), ("commit", 2), ("stretch", 3)]

    def test_says_what_has_nowhere_to_go(self):
        sheet = sheet_of(year(10), year(3), year(4), locked={"p0-1": {0}, "p1-1": {0}})
        with pytest.raises(KeptRefused) as refused:
            split_tree(sheet, "u1", equally(sheet))
        assert (refused.value.code, refused.value.conflicts[0].amount) == ("all_locked", -3)

    def test_finds_a_locked_team_that_cannot_hold_its_locked_people(self):
        children = {"u1": ("u2", "u3"), "u2": ("p1-2", "p2-2"), "u3": ("p3-3",)}
        stand = {"u1": year(100), "u2": year(50), "p1-2": year(60)}
        sheet = Sheet(MONTHS, 1, children, stand, {"u2": frozenset({0}), "p1-2": frozenset({0})})
        with pytest.raises(KeptRefused) as refused:
            split_tree(sheet, "u1", equally(sheet))
        assert [(conflict.key, conflict.amount) for conflict in refused.value.conflicts] == [("u2", 10)]

    def test_a_stretch_that_does_not_fit_is_a_conflict_of_its_own_tier(self):
        sheet = sheet_of((month(10, 8, 12), *year()[1:]), (month(5, 4, 9), *year()[1:]), year(), locked={"p0-1": {0}})
        with pytest.raises(KeptRefused) as refused:
            split_tree(sheet, "u1", equally(sheet))
        assert [(conflict.tier, conflict.amount) for conflict in refused.value.conflicts] == [("stretch", 2)]


class TestQuota:
    @settings(deadline=None, max_examples=80)
    @given(
        st.lists(st.integers(0, 10**9), min_size=1, max_size=12),
        st.lists(st.integers(1, 500), min_size=1, max_size=10),
        units,
    )
    def test_nobody_is_further_than_a_unit_from_their_exact_share_of_a_month(self, totals, weights, unit):
        grid = split_grid(totals, [[weight] * len(totals) for weight in weights], unit)
        for column, whole in enumerate(totals):
            for row, weight in enumerate(weights):
                exact = whole * weight / sum(weights)
                below_unit = whole % unit
                assert abs(grid[row][column] - exact) <= unit + below_unit


class TestSpreadRow:
    @settings(deadline=None, max_examples=80)
    @given(rows, cells, st.frozensets(st.integers(0, 11), max_size=12), units)
    def test_keeps_locked_months_and_adds_up_or_refuses(self, now, more, locked, unit):
        sheet = Sheet(MONTHS, unit, {}, {"u1": now}, {"u1": locked})
        aim = total(now[i] for i in locked) + more
        try:
            cells = spread_row(sheet, "u1", aim, [1] * 12)
        except KeptRefused as refused:
            assert len(locked) == 12
            assert refused.conflicts[0].month is None
            return
        assert total(cells) == aim
        assert all(cells[i] == now[i] for i in locked)

    def test_says_when_the_locked_months_hold_more_than_the_year(self):
        sheet = Sheet(MONTHS, 1, {}, {"u1": year(8, 5)}, {"u1": frozenset({0, 1})})
        with pytest.raises(KeptRefused) as refused:
            spread_row(sheet, "u1", month(10), [1] * 12)
        assert (refused.value.code, refused.value.params["amount"]) == ("year_too_small", 3)


class TestOthers:
    def test_spreading_a_rest_leaves_locked_cells_alone(self):
        sheet = sheet_of(year(10), year(2), year(2), locked={"p0-1": {0}})
        changed = spread_rest(sheet, "u1", {}, equally(sheet))
        assert {key: cells[0].commit for key, cells in changed.items()} == {"p1-1": 8}

    def test_spreading_tells_of_every_month(self):
        sheet = sheet_of(year(1, 1), year(2, 2), year(2, 0), locked={"p0-1": {0, 1}})
        with pytest.raises(KeptRefused) as refused:
            spread_rest(sheet, "u1", {}, equally(sheet))
        assert [conflict.month for conflict in refused.value.conflicts] == [MONTHS[0], MONTHS[1]]

    def test_summing_up_leaves_a_locked_month(self):
        sheet = sheet_of(year(5, 5), year(2, 2), year(1, 1), locked={"u1": {0}})
        assert [cell.commit for cell in sum_up(sheet, "u1")["u1"][:2]] == [5, 3]
