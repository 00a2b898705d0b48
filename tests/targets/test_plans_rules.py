"""A plan's sheet as plain values: whatever is done to it, parents and children add up to the unit of money."""

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.periods import add_months
from targets.rules import (
    NO_TARGET,
    BadTiers,
    Sheet,
    SheetRefused,
    TierRule,
    Tiers,
    derive_tiers,
    set_span,
    set_tier,
    split_unit,
    spread_rest,
    spread_year,
    sum_up,
    total,
)
from targets.rules.sheets import gaps_by_unit

MONTHS = tuple(add_months(date(2026, 1, 1), i) for i in range(12))
ALL = range(12)

amounts = st.integers(0, 10**11)
roundings = st.sampled_from([1, 7, 100, 100_000])
tiers = st.tuples(amounts, amounts, amounts).map(lambda steps: Tiers.from_steps(*steps))
rows = st.lists(tiers, min_size=12, max_size=12).map(tuple)
weights = st.lists(st.integers(0, 50), min_size=12, max_size=12).map(tuple)


def sheet_of(parent, children, rounding=1):
    keys = tuple(f"p{i}-1" for i in range(len(children)))
    cells = {"u1": parent} | dict(zip(keys, children, strict=True))
    return Sheet(MONTHS, rounding, {"u1": keys}, cells)


def month(commit, *, floor=None, stretch=None):
    return Tiers(commit if floor is None else floor, commit, commit if stretch is None else stretch)


def year(*commits):
    return tuple(month(commit) for commit in commits) + (NO_TARGET,) * (12 - len(commits))


class TestSplitUnit:
    @settings(deadline=None, max_examples=60)
    @given(parent=rows, given_weights=st.lists(weights, min_size=1, max_size=8), rounding=roundings)
    def test_every_month_and_tier_adds_up(self, parent, given_weights, rounding):
        sheet = sheet_of(parent, [(NO_TARGET,) * 12] * len(given_weights), rounding)
        by_child = dict(zip(sheet.children["u1"], given_weights, strict=True))
        assume(all(any(row[i] for row in given_weights) for i in ALL if parent[i] != NO_TARGET))
        changed = sheet.with_changes(split_unit(sheet, "u1", by_child))
        assert changed.gaps("u1") == []

    @settings(deadline=None, max_examples=40)
    @given(parent=rows, given_weights=st.lists(weights, min_size=2, max_size=6))
    def test_who_is_not_there_gets_nothing(self, parent, given_weights):
        sheet = sheet_of(parent, [(NO_TARGET,) * 12] * len(given_weights))
        assume(all(any(row[i] for row in given_weights) for i in ALL if parent[i] != NO_TARGET))
        cells = split_unit(sheet, "u1", dict(zip(sheet.children["u1"], given_weights, strict=True)))
        for row, given_row in zip(cells.values(), given_weights, strict=True):
            assert all(cell == NO_TARGET for cell, weight in zip(row, given_row, strict=True) if not weight)

    def test_names_the_month_in_which_nobody_has_a_weight(self):
        sheet = sheet_of(year(5, 5), [year(), year()])
        with pytest.raises(SheetRefused) as refused:
            split_unit(sheet, "u1", {"p0-1": (1, 0) + (1,) * 10, "p1-1": (0,) * 12})
        assert (refused.value.code, refused.value.params["month"]) == ("no_weight", MONTHS[1])

    def test_a_unit_without_anybody_cannot_be_split(self):
        with pytest.raises(SheetRefused, match="no_children|nothing|没有"):
            split_unit(sheet_of(year(5), []), "u1", {})


class TestSpreadRest:
    @settings(deadline=None, max_examples=60)
    @given(parent=rows, children=st.lists(rows, min_size=1, max_size=6), rounding=roundings)
    def test_makes_everything_add_up_when_all_may_change(self, parent, children, rounding):
        sheet = sheet_of(parent, children, rounding)
        there = dict.fromkeys(sheet.children["u1"], (1,) * 12)
        assert sheet.with_changes(spread_rest(sheet, "u1", {}, {"u1": there})).gaps("u1") == []

    @settings(deadline=None, max_examples=60)
    @given(parent=rows, children=st.lists(rows, min_size=2, max_size=5), data=st.data())
    def test_keeps_what_must_stay_or_refuses_as_a_whole(self, parent, children, data):
        sheet = sheet_of(parent, children)
        positions = st.frozensets(st.integers(0, 11))
        kept = {key: data.draw(positions) for key in sheet.children["u1"]}
        there = dict.fromkeys(sheet.children["u1"], (1,) * 12)
        try:
            changed = sheet.with_changes(spread_rest(sheet, "u1", kept, {"u1": there}))
        except SheetRefused as refused:
            assert refused.code in {"kept_too_much", "all_kept"}
            return
        assert changed.gaps("u1") == []
        assert all(changed.of(key)[i] == sheet.of(key)[i] for key, stay in kept.items() for i in stay)

    def test_leaves_months_alone_that_add_up(self):
        sheet = sheet_of(year(10, 10), [year(7, 2), year(3, 2)])
        changed = spread_rest(sheet, "u1", {}, {"u1": {"p0-1": (1,) * 12, "p1-1": (1,) * 12}})
        assert [cells[0].commit for cells in changed.values()] == [7, 3]
        assert [cells[1].commit for cells in changed.values()] == [5, 5]

    def test_gives_nothing_to_who_has_left(self):
        sheet = sheet_of(year(10), [year(4), year(4)])
        changed = spread_rest(sheet, "u1", {}, {"u1": {"p0-1": (0,) * 12, "p1-1": (1,) * 12}})
        assert total(changed["p1-1"]).commit == 10

    def test_says_by_how_much_hands_went_too_far(self):
        sheet = sheet_of(year(10), [year(12), year(4)])
        with pytest.raises(SheetRefused) as refused:
            spread_rest(sheet, "u1", {"p0-1": frozenset({0})}, {"u1": {"p0-1": (1,) * 12, "p1-1": (1,) * 12}})
        assert (refused.value.code, refused.value.params["amount"]) == ("kept_too_much", 2)


class TestSetSpan:
    @settings(deadline=None, max_examples=80)
    @given(
        cells=rows,
        amount=amounts,
        positions=st.sampled_from([(0, 1, 2), tuple(ALL), (4,), (9, 10, 11)]),
        rule=st.builds(TierRule, st.integers(0, 100), st.integers(100, 300), roundings),
    )
    def test_a_sum_is_exact_and_other_months_stay(self, cells, amount, positions, rule):
        changed = set_span(cells, positions, tier="commit", amount=amount, fallback=[1] * 12, rule=rule)
        assert sum(changed[i].commit for i in positions) == amount
        assert all(changed[i] == cells[i] for i in ALL if i not in positions)

    @settings(deadline=None, max_examples=60)
    @given(cells=rows, tier=st.sampled_from(["floor", "stretch"]), amount=amounts)
    def test_floor_and_stretch_stay_on_their_side_or_are_refused(self, cells, tier, amount):
        commits = sum(cell.commit for cell in cells)
        try:
            changed = set_span(cells, tuple(ALL), tier=tier, amount=amount, fallback=[1] * 12, rule=TierRule())
        except BadTiers:
            assert (tier == "floor") == (amount > commits)
            return
        assert sum(getattr(cell, tier) for cell in changed) == amount
        assert [cell.commit for cell in changed] == [cell.commit for cell in cells]

    def test_a_year_gets_its_percentages_to_the_unit(self):
        empty = (NO_TARGET,) * 12
        changed = set_span(empty, tuple(ALL), tier="commit", amount=1_000_000, fallback=[7] * 12, rule=TierRule(85, 120, 1000))
        assert total(changed) == Tiers(850_000, 1_000_000, 1_200_000)

    def test_every_month_of_every_tier_keeps_to_the_unit_where_it_has_room(self):
        rule = TierRule(85, 120, 1000)
        year = set_span((NO_TARGET,) * 12, tuple(ALL), tier="commit", amount=335_000, fallback=range(5, 17), rule=rule)
        changed = set_span(year, tuple(ALL), tier="commit", amount=300_000, fallback=[1] * 12, rule=rule)
        changed = set_span(changed, tuple(ALL), tier="floor", amount=240_000, fallback=[1] * 12, rule=rule)
        assert total(changed) == Tiers(240_000, 300_000, 360_000)
        assert {amount % 1000 for cell in changed for amount in (cell.floor, cell.commit, cell.stretch)} == {0}

    def test_a_unit_too_coarse_for_a_month_gives_way(self):
        cells = (Tiers(0, 400, 800),) * 12
        changed = set_span(cells, tuple(ALL), tier="floor", amount=4_000, fallback=[1] * 12, rule=TierRule(85, 120, 1000))
        assert total(changed).floor == 4_000
        assert all(cell.floor <= cell.commit for cell in changed)

    def test_a_new_commit_takes_the_typed_proportions_along(self):
        assert set_tier(Tiers(50, 100, 150), "commit", 200, TierRule()) == Tiers(100, 200, 300)
        assert set_tier(NO_TARGET, "commit", 200, TierRule(80, 110)) == Tiers(160, 200, 220)
        assert set_tier(Tiers(50, 100, 150), "commit", 0, TierRule()) == NO_TARGET


class TestSumUp:
    @settings(deadline=None, max_examples=40)
    @given(leaves=st.lists(rows, min_size=3, max_size=6), own=rows)
    def test_every_level_becomes_what_is_below_it(self, leaves, own):
        teams = {"u2": tuple(f"p{i}-2" for i in range(2)), "u3": tuple(f"p{i}-3" for i in range(len(leaves) - 2))}
        cells = dict(zip([*teams["u2"], *teams["u3"]], leaves, strict=True)) | {"u1": own, "u2": own}
        sheet = Sheet(MONTHS, 1, {"u1": ("u2", "u3"), **teams}, cells)
        changed = sheet.with_changes(sum_up(sheet, "u1"))
        assert changed.gaps("u1") == []
        assert changed.year_of("u1") == total(total(row) for row in leaves)

    def test_a_unit_without_anybody_keeps_its_own(self):
        sheet = Sheet(MONTHS, 1, {"u1": ("u2",), "u2": ()}, {"u2": year(5)})
        assert sum_up(sheet, "u1") == {"u1": year(5)}


@given(commit=amounts, rounding=roundings)
def test_a_year_spread_over_months_is_whole_in_every_tier(commit, rounding):
    aim = derive_tiers(commit, 85, 120, rounding)
    assert total(spread_year(aim, [20, 16, 23, 21, 19, 21, 22, 22, 21, 18, 22, 23], rounding)) == aim


def test_a_sheet_tells_what_is_missing_and_what_is_too_much():
    sheet = sheet_of((month(10, floor=8, stretch=12), *year()[1:]), [(month(9, floor=9, stretch=12), *year()[1:])])
    assert sheet.left_over("u1")[0] == (-1, 1, 0)
    assert [(gap.tier, gap.missing) for gap in sheet.gaps("u1")] == [("floor", -1), ("commit", 1)]
    (found,) = gaps_by_unit(sheet.gaps("u1"))
    assert (found.key, found.months, found.tiers) == ("u1", MONTHS[:1], ("floor", "commit"))
    assert (found.parent, found.children, found.missing, found.excess) == (10, 9, 1, 0)


def test_what_does_not_add_up_is_one_row_for_each_unit():
    below = year(9, 9, 11, 11, *[10] * 8)
    (found,) = gaps_by_unit(sheet_of(year(*[10] * 12), [below]).gaps("u1"))
    assert found.months == MONTHS[:4]
    assert (found.parent, found.children, found.missing, found.excess) == (40, 40, 2, 2)
    assert gaps_by_unit([]) == []
