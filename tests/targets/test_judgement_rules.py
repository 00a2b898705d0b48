"""Judging targets: findings and verdicts, ratchet, capacity, and chances that are what they say."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.periods import add_months
from targets.rules import chances, judgement
from targets.rules.chances import OwnMonth
from targets.rules.judgement import Capacity, Subject, Verdict, capacity_of, judge, ratchet_of, verdict_of

BEGIN = date(2024, 1, 1)
SUBJECT = Subject(
    name="Asha",
    unit="Team One",
    metric="Revenue",
    first="2026-01-01",
    last="2026-12-31",
    days=248,
    asked=1_200_000,
    asked_level=100_000,
    chance=Fraction(1, 2),
    own_months=12,
    own_level=90_000,
    levels=(60_000, 80_000, 100_000, 120_000),
    best=150_000,
    capacity=Capacity((("days", Fraction(248)), ("visits_per_day", Fraction(3)), ("average_order", Fraction(10_000)))),
)


def codes(**changes):
    return {finding.code for finding in judge(replace(SUBJECT, **changes))}


class TestFindings:
    def test_say_something_about_every_aspect(self):
        assert [finding.aspect for finding in judge(SUBJECT)] == sorted(
            (finding.aspect for finding in judge(SUBJECT)), key=judgement.Aspect.values.index
        )
        assert {finding.aspect for finding in judge(SUBJECT)} == set(judgement.Aspect.values)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"absent": "March"}, "absent"),
            ({"is_measured": False}, "unmeasured"),
            ({"own_months": 0, "own_level": None}, "new"),
            ({"asked_level": 80_000}, "own_history_less"),
            ({"levels": (1, 2)}, "no_peers"),
            ({"capacity": None}, "no_capacity"),
            ({"potential_share": Fraction(1, 2), "usual_share": Fraction(1, 4)}, "potential"),
            ({"break_even": 1_200_001}, "below_break_even"),
            ({"break_even": 1_200_000}, "above_break_even"),
            ({"gap": -5}, "gap"),
            ({"without_days": "February"}, "no_days"),
            ({"is_over": True, "has_begun": True}, "over"),
            ({"asked": 0}, "nothing_asked"),
        ],
    )
    def test_name_what_stands_out(self, changes, code):
        assert code in codes(**changes)
        assert code not in codes()

    def test_have_a_sentence_for_each_and_none_too_many(self):
        said = {
            finding.code: judgement.SENTENCES[finding.code] % dict.fromkeys(finding.facts, "x")
            for changes in (
                {},
                {"absent": "x", "without_days": "x", "gap": 1, "break_even": 1, "capacity": None, "levels": ()},
                {
                    "chance": None,
                    "own_months": 0,
                    "own_level": None,
                    "potential_share": Fraction(1),
                    "usual_share": Fraction(1),
                },
                {"asked": 0},
                {"asked_level": 1, "is_measured": False, "break_even": 10**9},
                {"asked_level": 10**6},
                {"is_over": True},
                *({"chance": Fraction(part, 100), "has_begun": begun} for part in (1, 10, 90, 99) for begun in (True, False)),
            )
            for finding in judge(replace(SUBJECT, **changes))
        }
        assert set(said) == set(judgement.SENTENCES)


class TestVerdict:
    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({"chance": Fraction(1, 2)}, Verdict.FINE),
            ({"chance": Fraction(20, 100)}, Verdict.FINE),
            ({"chance": Fraction(19, 100)}, Verdict.DEMANDING),
            ({"chance": Fraction(81, 100)}, Verdict.EASY),
            ({"chance": Fraction(95, 100)}, Verdict.TOO_LOW),
            ({"chance": Fraction(5, 100)}, Verdict.TOO_HIGH),
            ({"chance": Fraction(1, 2), "asked_level": 150_001}, Verdict.TOO_HIGH),
            ({"chance": Fraction(1, 2), "asked_level": 150_001, "own_level": 150_001}, Verdict.FINE),
            ({"chance": Fraction(1, 100), "has_begun": True}, Verdict.LOST),
            ({"chance": Fraction(99, 100), "has_begun": True}, Verdict.SAFE),
            ({"chance": None}, Verdict.UNKNOWN),
            ({"chance": Fraction(1), "is_over": True, "has_begun": True}, Verdict.OVER),
        ],
    )
    def test_follows_from_the_findings(self, changes, verdict):
        assert verdict_of(judge(replace(SUBJECT, **changes))) == verdict


class TestCapacity:
    WORK = {"days": Fraction(20), "visits": 300, "days_worked": 100, "won": 30, "closed": 60, "amount": 3_000_000}

    @pytest.mark.parametrize(("measure", "amount"), [("REVENUE", 20 * 3 * 100_000 // 2), ("DEALS_WON", 30), ("VISITS", 60)])
    def test_is_days_by_visits_by_win_rate_by_order(self, measure, amount):
        assert capacity_of(**self.WORK, measure=measure).amount == amount

    @pytest.mark.parametrize("missing", ["visits", "days_worked", "won", "closed", "amount", "days"])
    def test_is_not_said_when_something_is_missing(self, missing):
        assert capacity_of(**(self.WORK | {missing: 0}), measure="REVENUE") is None

    def test_counts_really_won_deals_by_visits(self):
        assert capacity_of(**self.WORK, measure="REVENUE").deals_per_visit == Fraction(1, 10)


class TestRatchet:
    @pytest.mark.parametrize(
        ("asked", "then_and_done", "team", "carried", "percent"),
        [
            (150, (100, 140), 110, 40, 80),  # 50 more, 10 of it as everybody; 40 of the own raise were done beyond
            (150, (100, 110), 110, 10, 20),
            (110, (100, 190), 110, 0, 0),  # no more than everybody
            (150, (100, 90), 110, 0, 0),  # nothing was done beyond
            (90, (100, 190), 110, 0, None),  # no growth
        ],
    )
    def test_is_the_over_performance_in_the_own_raise(self, asked, then_and_done, team, carried, percent):
        then, done = then_and_done
        found = ratchet_of(asked=asked, last_asked=then, last_done=done, team_asked=team, team_last_asked=100)
        assert (found.carried, found.percent) == (carried, percent)

    def test_needs_something_that_was_asked(self):
        assert ratchet_of(asked=5, last_asked=0, last_done=5, team_asked=5, team_last_asked=5) is None

    @given(*[st.integers(0, 10**12)] * 3, st.integers(0, 10**13), st.integers(1, 10**13))
    def test_is_never_more_than_the_growth_or_the_over_performance(self, asked, then, done, team_asked, team_then):
        found = ratchet_of(asked=asked, last_asked=then, last_done=done, team_asked=team_asked, team_last_asked=team_then)
        if found is not None and found.growth > 0:
            assert 0 <= found.carried <= min(found.growth, found.over)
            assert 0 <= found.percent <= 100


def company(seed, *, people=60, months=24, ability=0.4, luck=0.6):
    """Return records and season of a made-up company: gamma ability, lognormal months, a plain season."""
    chance = np.random.default_rng(seed)
    first = [add_months(BEGIN, i) for i in range(months)]
    season = {add_months(BEGIN, i): 1 + 0.3 * np.sin(i / 12 * 2 * np.pi) for i in range(months + 12)}
    abilities = chance.gamma(1 / ability**2, ability**2, people)
    records = {}
    for who in range(people):
        parts = chance.lognormal(-(luck**2) / 2, luck, months)
        records[who] = [
            OwnMonth(month, round(1_000_000 * season[month] * abilities[who] * part), "MATURE")
            for month, part in zip(first, parts, strict=True)
        ]
    return records, season


def look(records, season, *, until, length):
    """Return each person's outlook on some months, from what lay before them."""
    months = [add_months(until, i) for i in range(length)]
    past = {who: [row for row in rows if row.month < until] for who, rows in records.items()}
    crowd = chances.understand(past, season, frozenset(records))
    shared = chances.draw_shared(crowd, months)
    given_ = {"crowd": crowd, "season": season, "months": months, "stages": ["MATURE"] * length, "shared": shared}
    return {who: chances.foresee(who, rows, **given_) for who, rows in past.items()}


class TestChances:
    @pytest.mark.parametrize("length", [1, 3])
    def test_come_true_as_often_as_they_say(self, length):
        met = dict.fromkeys((0.3, 0.5, 0.7, 0.9), 0)
        asked = 0
        for seed in range(4):
            records, season = company(seed)
            for start in (9, 15, 20):
                until = add_months(BEGIN, start)
                for who, outlook in look(records, season, until=until, length=length).items():
                    done = sum(row.amount for row in records[who] if until <= row.month < add_months(until, length))
                    sums, asked = outlook.sums(range(length)), asked + 1
                    for part in met:
                        met[part] += done >= chances.amount_at(sums, part)
        for part, number in met.items():
            assert abs(number / asked - part) < 0.08, (part, number / asked)

    def test_are_the_same_for_the_same_record_whatever_is_asked(self):
        records, season = company(1, people=8)
        until = add_months(BEGIN, 20)
        first, again = (look(records, season, until=until, length=3)[0] for _ in range(2))
        assert (first.paths == again.paths).all()

    @settings(max_examples=20, deadline=None)
    @given(st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=5))
    def test_fall_as_more_is_asked(self, amounts):
        records, season = company(2, people=8, months=12)
        sums = look(records, season, until=add_months(BEGIN, 12), length=3)[0].sums(range(3))
        said = [chances.chance_of(sums, amount) for amount in sorted(amounts)]
        assert said == sorted(said, reverse=True)

    def test_lean_on_comparable_people_as_long_as_ones_own_record_is_short(self):
        records, season = company(3)
        until, strong = add_months(BEGIN, 24), [add_months(BEGIN, i) for i in range(24)]
        abilities = []
        for count in (0, 3, 12, 24):
            records[0] = [OwnMonth(month, round(3_000_000 * season[month]), "MATURE") for month in strong[24 - count :]]
            abilities.append(look(records, season, until=until, length=1)[0].ability)
        assert abilities == sorted(abilities)
        assert abilities[0] == pytest.approx(1)
        assert 2 < abilities[-1] < 3.5

    def test_are_not_said_without_enough_to_go_by(self):
        records, season = company(4, people=3, months=4)
        assert set(look(records, season, until=add_months(BEGIN, 4), length=1).values()) == {None}
        assert look({}, season, until=BEGIN, length=1) == {}

    def test_stand_up_to_months_without_season_results_or_sign(self):
        records, season = company(5, people=8, months=12)
        records[0] = [OwnMonth(add_months(BEGIN, i), 0, "MATURE") for i in range(12)]
        records[1] = [OwnMonth(add_months(BEGIN, i), -5000, "MATURE") for i in range(12)]
        season = season | {add_months(BEGIN, 12): 0.0}
        for outlook in look(records, season, until=add_months(BEGIN, 12), length=2).values():
            assert np.isfinite(outlook.paths).all()
            assert (outlook.paths[:, 0] == 0).all()

    def test_units_add_up_what_their_people_may_do(self):
        records, season = company(6, people=8)
        found = look(records, season, until=add_months(BEGIN, 24), length=2)
        both = found[0].sums({0: 0.5, 1: 1}) + found[1].sums([0, 1])
        assert both.mean() == pytest.approx(
            found[0].paths[:, 0].mean() / 2 + found[0].paths[:, 1].mean() + found[1].paths.sum(axis=1).mean()
        )
