"""Dividing a plan among product lines or channels: exact over time, organisation and part at once."""

from datetime import date
from fractions import Fraction

import pytest

from common.money import NoWeights, apportion
from targets.rules import NO_TARGET, Sheet, Tiers, split_tier_grid
from targets.rules.fitting import NoRoom, fit_table
from targets.rules.parts import (
    PartSheet,
    PartsRefused,
    divide_below,
    divide_own,
    divide_subtree,
    find_part_gaps,
    refit_own,
)
from tests.properties import given, settings, st

MONTHS = tuple(date(2026, number, 1) for number in range(1, 13))
units = st.sampled_from([1, 100, 100_000])


@st.composite
def tables(draw):
    """A table that can be filled: its sums come from cells, and so do the kept ones."""
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    amount = st.one_of(st.just(0), st.integers(0, 10**9))
    cells = draw(st.lists(st.lists(amount, min_size=width, max_size=width), min_size=height, max_size=height))
    places = [(i, j) for i in range(height) for j in range(width)]
    kept = {place: cells[place[0]][place[1]] for place in draw(st.sets(st.sampled_from(places), max_size=6))}
    weight = st.one_of(st.just(0), st.integers(1, 10**6))
    weights = draw(st.lists(st.lists(weight, min_size=width, max_size=width), min_size=height, max_size=height))
    return [sum(row) for row in cells], [sum(column) for column in zip(*cells, strict=True)], weights, kept


class TestFitTable:
    @given(tables(), units)
    def test_keeps_both_margins_and_every_kept_cell(self, table, unit):
        rows, columns, weights, kept = table
        filled = fit_table(rows, columns, weights, kept, unit)
        assert [sum(row) for row in filled] == rows
        assert [sum(column) for column in zip(*filled, strict=True)] == columns
        assert all(cell >= 0 for row in filled for cell in row)
        assert all(filled[i][j] == amount for (i, j), amount in kept.items())

    @given(st.lists(st.lists(st.integers(0, 900), min_size=3, max_size=3), min_size=1, max_size=6), units)
    def test_gives_whole_units_where_the_sums_are_whole(self, counts, unit):
        rows, columns = [sum(row) * unit for row in counts], [sum(column) * unit for column in zip(*counts, strict=True)]
        filled = fit_table(rows, columns, [[1, 2, 3]] * len(rows), unit=unit)
        assert all(cell % unit == 0 for row in filled for cell in row)

    def test_follows_the_weights_where_both_margins_allow_it(self):
        assert fit_table([300, 700], [500, 500], [[1, 1], [1, 1]]) == [[150, 150], [350, 350]]
        assert fit_table([400, 600], [460, 540], [[1, 3], [3, 2]]) == [[100, 300], [360, 240]]

    def test_bends_a_mix_no_further_than_the_margins_ask(self):
        # Of 2 × 2 tables with these margins, the one whose odds are those of the weights (3 × 3 to 1 × 1).
        [[a, b], [c, d]] = fit_table([1000, 1000], [1200, 800], [[3, 1], [1, 3]])
        assert (a + b, c + d, a + c) == (1000, 1000, 1200)
        assert abs(Fraction(a * d, b * c) - 9) < Fraction(1, 10)

    @given(st.permutations(range(4)))
    def test_treats_rows_alike_whatever_their_order(self, order):
        rows, columns = [4111, 1302, 2003, 997], [3001, 5412]
        weights = [[5, 1], [2, 9], [1, 1], [7, 3]]
        usual = fit_table(rows, columns, weights)
        turned = fit_table([rows[i] for i in order], columns, [weights[i] for i in order])
        assert turned == [usual[i] for i in order]

    def test_divides_a_line_that_nobody_has_a_weight_for_by_the_sums_across(self):
        assert fit_table([100, 300], [200, 200], [[1, 0], [1, 0]]) == [[50, 50], [150, 150]]

    def test_names_the_kept_cells_in_the_way_and_the_amount(self):
        with pytest.raises(NoRoom) as refusal:
            fit_table([100, 100], [150, 50], [[1, 1], [1, 1]], {(0, 1): 60})
        assert (refusal.value.cells, refusal.value.amount) == (((0, 1),), 10)
        with pytest.raises(NoRoom) as refusal:
            # Rows 0 and 1 may only use column 0, which has less than they bring.
            fit_table([100, 100, 100], [150, 150], [[1, 1]] * 3, {(0, 1): 0, (1, 1): 0})
        assert (refusal.value.cells, refusal.value.amount) == (((0, 1), (1, 1)), 50)

    def test_refuses_margins_that_differ(self):
        with pytest.raises(ValueError, match="add up to"):
            fit_table([1], [2], [[1]])


@st.composite
def plans(draw):
    """A plan of up to five levels over twelve months that adds up by itself, with up to four parts."""
    unit, children, frontier, number = draw(units), {}, ["n0"], 0
    for _level in range(draw(st.integers(1, 4))):
        below = []
        for key in frontier:
            names = [f"n{number + i + 1}" for i in range(draw(st.integers(1, 3)))]
            number += len(names)
            children[key] = tuple(names)
            below += names
        frontier = below[:2]
    step = st.one_of(st.just(0), st.integers(0, 10**10))
    year = draw(st.lists(st.tuples(step, step, step), min_size=12, max_size=12))
    cells = {"n0": tuple(Tiers.from_steps(*steps) for steps in year)}
    for key, names in children.items():
        weights = draw(st.lists(st.integers(1, 9), min_size=len(names), max_size=len(names)))
        for child, row in zip(names, split_tier_grid(cells[key], weights, unit), strict=True):
            cells[child] = tuple(row)
    parts = tuple(range(1, draw(st.integers(1, 4)) + 1))
    weight = st.dictionaries(st.sampled_from(parts), st.integers(0, 1000))
    seeds = {key: draw(weight) for key in cells}
    own = {part: draw(st.integers(0, 20)) for part in parts} | {parts[0]: 1}
    return PartSheet(Sheet(MONTHS, unit, children, cells), parts, {}), own, seeds


class TestThreeDimensionsAtOnce:
    @given(plans())
    @settings(max_examples=40)
    def test_every_month_tier_unit_and_part_adds_up(self, plan):
        sheet, own, seeds = plan
        sheet = sheet.with_changes(divide_own(sheet, "n0", own))
        sheet = sheet.with_changes(divide_subtree(sheet, "n0", seeds))
        assert find_part_gaps(sheet, "n0") == []
        for key in sheet.sheet.cells:
            for index, cell in enumerate(sheet.sheet.of(key)):
                assert sheet.given(key, index) == cell.steps
        for key, below in sheet.sheet.children.items():
            for part in sheet.parts:
                for index in range(12):
                    whole = sum((sheet.of(child, part)[index] for child in below), NO_TARGET)
                    assert whole == sheet.of(key, part)[index]

    @given(plans(), st.data())
    @settings(max_examples=40)
    def test_kept_cells_stay_when_it_is_fitted_again(self, plan, data):
        sheet, own, seeds = plan
        sheet = sheet.with_changes(divide_own(sheet, "n0", own))
        sheet = sheet.with_changes(divide_subtree(sheet, "n0", seeds))
        rows = [(key, part) for key in sheet.sheet.cells for part in sheet.parts]
        chosen = data.draw(st.sets(st.sampled_from(rows), max_size=3))
        kept = {row: frozenset(data.draw(st.sets(st.integers(0, 11), max_size=4))) for row in chosen}
        held = PartSheet(sheet.sheet, sheet.parts, sheet.cells, kept)
        # Keeping what the division made leaves a way: itself.
        again = held.with_changes(divide_own(held, "n0", own)) if not any(row[0] == "n0" for row in kept) else held
        again = again.with_changes(divide_subtree(again, "n0", seeds))
        assert find_part_gaps(again, "n0") == []
        for row, positions in kept.items():
            assert all(again.of(*row)[i] == sheet.of(*row)[i] for i in positions)


def small(**cells):
    """A unit of two people over one month, with parts 1 and 2 of which cells are given as commit targets."""
    sheet = Sheet(MONTHS[:1], 1, {"u": ("a", "b")}, {"u": (flat(100),), "a": (flat(40),), "b": (flat(60),)})
    return PartSheet(sheet, (1, 2), {(name[0], int(name[1])): (flat(amount),) for name, amount in cells.items()})


def flat(amount):
    return Tiers(0, amount, amount)


def commits(sheet, *keys):
    return [[sheet.of(key, part)[0].commit for part in sheet.parts] for key in keys]


class TestDivide:
    def test_gives_each_part_its_exact_share_of_the_year(self):
        year = tuple(flat(amount) for amount in (101, 99, 100, 0, 7, 13, 100, 100, 100, 100, 100, 100))
        sheet = PartSheet(Sheet(MONTHS, 1, {}, {"u": year}), (1, 2, 3), {})
        changes = divide_own(sheet, "u", {1: 5, 2: 3, 3: 2})
        years = [sum(cell.commit for cell in changes["u", part]) for part in (1, 2, 3)]
        assert years == apportion(sum(cell.commit for cell in year), [5, 3, 2])

    def test_refuses_weights_that_are_all_zero(self):
        with pytest.raises(NoWeights):
            divide_own(small(), "u", {1: 0, 2: 0})

    def test_divides_children_by_their_own_mix_as_far_as_the_unit_allows(self):
        sheet = small(u1=50, u2=50)
        after = sheet.with_changes(divide_below(sheet, "u", {"a": {1: 1}, "b": {1: 1, 2: 5}}))
        assert commits(after, "a", "b") == [[40, 0], [10, 50]]

    def test_leaves_closed_months_alone(self):
        sheet = small(u1=50, u2=50)
        closed = PartSheet(sheet.sheet, sheet.parts, sheet.cells, final=frozenset([0]))
        assert divide_below(closed, "u", {}) == {}
        assert divide_own(closed, "u", {1: 1}) == {}
        assert find_part_gaps(closed, "u") == []

    def test_divides_what_a_deliberate_buffer_gives_out_in_the_same_proportion(self):
        sheet = small(u1=30, u2=70)
        more = Sheet(MONTHS[:1], 1, sheet.sheet.children, {**sheet.sheet.cells, "b": (flat(70),)})
        sheet = PartSheet(more, sheet.parts, sheet.cells)
        after = sheet.with_changes(divide_below(sheet, "u"))
        assert [sum(column) for column in zip(*commits(after, "a", "b"), strict=True)] == [33, 77]
        assert find_part_gaps(after, "u") == []


class TestGaps:
    def test_says_both_that_parts_miss_a_target_and_that_children_miss_a_part(self):
        found = find_part_gaps(small(u1=60, u2=40, a1=20, a2=20, b1=30, b2=30), "u")
        told = [(gap.key, gap.part, gap.tier, gap.missing) for gap in found]
        # The floor is nothing everywhere.
        assert told == [
            ("u", 1, "commit", 10),
            ("u", 1, "stretch", 10),
            ("u", 2, "commit", -10),
            ("u", 2, "stretch", -10),
        ]
        short = find_part_gaps(small(u1=60, u2=30, a1=40, b1=20, b2=30), "u")
        assert [(gap.key, gap.part, gap.missing) for gap in short if gap.tier == "commit"] == [("u", None, 10), ("b", None, 10)]

    def test_fits_a_target_that_changed_close_to_what_was(self):
        sheet = small(u1=60, u2=20, a1=30, a2=10, b1=30, b2=10)
        after = sheet.with_changes(refit_own(sheet, "u"))
        assert commits(after, "u") == [[75, 25]]
        after = after.with_changes(divide_subtree(after, "u"))
        assert find_part_gaps(after, "u") == []
        assert commits(after, "a") == [[30, 10]]

    def test_does_not_touch_what_adds_up(self):
        sheet = small(u1=50, u2=50, a1=40, b1=10, b2=50)
        assert refit_own(sheet, "u") == {}
        assert divide_subtree(sheet, "u") == {}

    def test_refuses_what_is_kept_beyond_its_room_and_names_it(self):
        sheet = small(u1=50, u2=50, a1=55)
        held = PartSheet(sheet.sheet, sheet.parts, sheet.cells, {("a", 1): frozenset([0])})
        with pytest.raises(PartsRefused) as refusal:
            divide_below(held, "u", {})
        assert refusal.value.params == {"node": "u", "month": MONTHS[0], "amount": 15, "cells": (("a", 1),)}
        own = PartSheet(sheet.sheet, sheet.parts, {("u", 1): (flat(120),)}, {("u", 1): frozenset([0])})
        with pytest.raises(PartsRefused) as refusal:
            refit_own(own, "u")
        assert refusal.value.params["amount"] == 20
