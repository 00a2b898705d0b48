"""Who wins a contest, and how much."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck

from incentives.rules import contests as rules
from incentives.rules.contest_kinds import Apart, Form, Leagues, PotBy, TieRule, Yardstick
from incentives.rules.contest_terms import BadTerms, check_days, check_terms
from incentives.rules.contests import Entry, Prize, Terms
from tests.properties import given, settings, st

#: Timing never decides, also not how long it takes to think of an example.
unhurried = settings(suppress_health_check=[HealthCheck.too_slow])
THREE = (Prize(1, 1000), Prize(2, 600), Prize(3, 300, "Cup"))


def of(*values, **about):
    """Return entries called A, B, … with these values."""
    return [Entry(key=n, name=chr(65 + n), numerator=value, **about) for n, value in enumerate(values)]


def stands(lines):
    return {line.entry.name: (line.place, line.amount) for line in lines}


def won(entries, terms):
    return {line.entry.name: line.amount for line in rules.standing(entries, terms) if line.wins}


class TestRanking:
    def test_gives_the_prizes_to_the_first_places(self):
        terms = Terms(Form.RANK, THREE)
        assert stands(rules.standing(of(10, 40, 30, 20), terms)) == {
            "B": (1, 1000),
            "C": (2, 600),
            "D": (3, 300),
            "A": (4, 0),
        }

    @pytest.mark.parametrize(
        ("tie_rule", "amounts"),
        [
            (TieRule.SHARE, {"A": 1000, "B": 450, "C": 450}),
            (TieRule.FULL, {"A": 1000, "B": 600, "C": 600}),
            (TieRule.FIRST, {"A": 1000, "B": 300, "C": 600}),
        ],
    )
    def test_equals_share_places_1_2_2_4_and_prizes_as_declared(self, tie_rule, amounts):
        entries = of(9, 5, 5, 4)
        entries[1] = replace(entries[1], reached_on=date(2026, 3, 9))
        entries[2] = replace(entries[2], reached_on=date(2026, 3, 2))
        lines = rules.standing(entries, Terms(Form.RANK, THREE, tie_rule))
        assert {line.entry.name: line.amount for line in lines if line.wins} == amounts
        assert [line.place for line in lines] == ([1, 2, 3, 4] if tie_rule == TieRule.FIRST else [1, 2, 2, 4])

    def test_equals_of_the_same_day_share_even_where_the_first_is_ahead(self):
        entries = [replace(entry, reached_on=date(2026, 3, 2)) for entry in of(5, 5, 1)]
        assert won(entries, Terms(Form.RANK, THREE, TieRule.FIRST)) == {"A": 800, "B": 800, "C": 300}

    def test_a_shared_cent_goes_to_the_earlier_name(self):
        assert won(of(5, 5), Terms(Form.RANK, (Prize(1, 101),))) == {"A": 51, "B": 50}

    def test_nobody_below_the_minimum_wins(self):
        terms = Terms(Form.RANK_MINIMUM, THREE, minimum=30)
        assert won(of(50, 29, 30), terms) == {"A": 1000, "C": 600}

    def test_who_has_nothing_or_has_left_has_no_place(self):
        entries = [*of(5, 0, -3), Entry(9, "Z", 99, is_eligible=False)]
        lines = rules.standing(entries, Terms(Form.RANK, THREE))
        assert [(line.entry.name, line.place, line.apart) for line in lines] == [
            ("A", 1, None),
            ("B", None, Apart.NOTHING_YET),
            ("C", None, Apart.NOTHING_YET),
            ("Z", None, Apart.HAS_LEFT),
        ]

    def test_the_least_wins_where_less_is_better(self):
        terms = Terms(Form.RANK, THREE[:1], is_lower_better=True, minimum=2)
        assert won(of(0, 3, 1), terms) == {"A": 1000}

    def test_leagues_have_winners_of_their_own(self):
        entries = [*of(10, 20, league="G"), *[replace(e, key=e.key + 9, name=f"x{e.name}", league="S") for e in of(1, 2)]]
        assert won(entries, Terms(Form.RANK, THREE[:1])) == {"B": 1000, "xB": 1000}

    def test_a_handicap_ranks_by_what_one_reached_of_ones_own(self):
        entries = [Entry(1, "A", 900, yardstick=1000), Entry(2, "B", 200, yardstick=100), Entry(3, "C", 5000)]
        lines = rules.standing(entries, Terms(Form.RANK, THREE, has_yardstick=True))
        assert [(line.entry.name, line.score, line.apart) for line in lines] == [
            ("B", 2000, None),
            ("A", 900, None),
            ("C", None, Apart.NO_YARDSTICK),
        ]

    def test_a_rate_is_formed_of_its_parts(self):
        entries = [Entry(1, "A", 1, 3), Entry(2, "B", 2, 4), Entry(3, "C", 0, 0)]
        lines = rules.standing(entries, Terms(Form.RANK, THREE, scale=1000))
        assert [(line.entry.name, line.score) for line in lines] == [("B", 500), ("A", Fraction(1000, 3)), ("C", None)]


class TestOtherForms:
    def test_the_highest_step_counts(self):
        steps = (Prize(1, 100, threshold=10), Prize(2, 300, "Watch", 20))
        terms = Terms(Form.STEPS, steps)
        lines = {line.entry.name: (line.amount, line.thing, line.number) for line in rules.standing(of(9, 10, 25), terms)}
        assert lines == {"A": (0, "", None), "B": (100, "", 1), "C": (300, "Watch", 2)}

    def test_a_pot_is_shared_in_proportion_or_equally(self):
        terms = Terms(Form.POT, (Prize(1, 100),), minimum=10)
        assert won(of(10, 20, 9), terms) == {"A": 33, "B": 67}
        assert won(of(10, 20, 9), replace(terms, pot_by=PotBy.EQUAL)) == {"A": 50, "B": 50}
        assert won(of(1, 2), terms) == {}

    def test_everybody_who_reaches_the_goal_wins(self):
        entries = [Entry(1, "A", 99, yardstick=100), Entry(2, "B", 100, yardstick=100), Entry(3, "C", 300, yardstick=100)]
        assert won(entries, Terms(Form.PERSONAL, (Prize(1, 500),), minimum=1000, has_yardstick=True)) == {"B": 500, "C": 500}


class TestRelay:
    RUNNERS = (
        Entry(1, "A", 10, team=1),
        Entry(2, "B", 90, team=1),
        Entry(3, "C", 30, team=2),
        Entry(4, "D", 30, team=2),
        Entry(5, "E", 60, team=3, is_eligible=False),
    )

    def test_goes_by_what_is_reached_per_head(self):
        lines = rules.standing(self.RUNNERS, Terms(Form.RELAY, THREE[:1]))
        assert [(line.entry.key, line.place, line.score) for line in lines] == [(1, 1, 50), (2, 2, 30), (3, None, 0)]

    def test_a_team_that_brings_everybody_round_beats_one_with_a_star(self):
        lines = rules.standing(self.RUNNERS, Terms(Form.RELAY, THREE[:1], minimum=20))
        assert [(line.entry.key, line.place, line.legs, line.heads) for line in lines[:2]] == [(2, 1, 2, 2), (1, 2, 1, 2)]
        assert [(m.entry.name, m.amount) for m in lines[0].members] == [("C", 500), ("D", 500)]
        assert not any(m.wins for m in lines[1].members)


class TestDistance:
    def test_says_what_is_missing_to_the_next_step_and_place(self):
        steps = Terms(Form.STEPS, (Prize(1, 1, threshold=1000), Prize(2, 2, threshold=1200)), has_yardstick=True)
        entries = [Entry(1, "A", 1050, yardstick=1000), Entry(2, "B", 100, yardstick=1000)]
        lines = rules.standing(entries, steps)
        ahead = rules.distance_of(lines[0], lines, steps)
        assert (ahead.to, ahead.number, rules.amount_of_score(ahead.score, 1000)) == ("STEP", 2, 150)
        ranked = Terms(Form.RANK, THREE)
        lines = rules.standing(of(10, 7, 7), ranked)
        assert rules.distance_of(lines[2], lines, ranked) == rules.Distance("PLACE", 1, Fraction(3))
        assert rules.distance_of(lines[0], lines, ranked) is None

    def test_rounds_up_so_that_doing_it_is_enough(self):
        assert rules.amount_of_score(Fraction(1), 1001) == 2


class TestYardsticks:
    def test_the_past_counts_per_working_day(self):
        assert rules.past_yardstick(1000, past_days=20, days=10) == 500
        assert rules.past_yardstick(1000, past_days=3, days=2, least_days=3) == 667

    def test_too_short_or_empty_a_past_says_nothing(self):
        assert rules.past_yardstick(1000, past_days=4, days=10) is None
        assert rules.past_yardstick(0, past_days=20, days=10) is None

    def test_leagues_by_potential_keep_equals_together(self):
        leagues = rules.potential_leagues({n: Fraction(v) for n, v in enumerate([9, 8, 8, 7, 5, 1])} | {6: None})
        assert leagues == {0: "A", 1: "A", 2: "A", 6: "B", 3: "B", 4: "C", 5: "C"}
        assert set(rules.potential_leagues({1: Fraction(3), 2: None}).values()) == {"A"}


class TestTerms:
    @pytest.mark.parametrize(
        ("terms", "more", "code", "field"),
        [
            (Terms(Form.STEPS, (Prize(1, 5, threshold=9), Prize(2, 6, threshold=9))), {}, "steps_not_ascending", "prizes"),
            (Terms(Form.STEPS, (Prize(1, 5, threshold=9), Prize(3, 6, threshold=12))), {}, "gap_in_steps", "prizes"),
            (Terms(Form.STEPS, (Prize(1, 5),)), {}, "no_threshold", "prizes"),
            (Terms(Form.STEPS, (Prize(1, 0, "", 5),)), {}, "empty_step", "prizes"),
            (Terms(Form.POT, ()), {}, "no_pot", "prizes"),
            (Terms(Form.POT, (Prize(1, 0, "Cake"),)), {}, "no_pot", "prizes"),
            (Terms(Form.RANK, ()), {}, "no_prize", "prizes"),
            (Terms(Form.RANK, (Prize(1, 5), Prize(3, 1))), {}, "gap_in_places", "prizes"),
            (Terms(Form.RANK, (Prize(1, 5), Prize(2, 6))), {}, "prizes_not_falling", "prizes"),
            (Terms(Form.RANK_MINIMUM, THREE), {}, "no_minimum", "minimum"),
            (Terms(Form.RANK, THREE, minimum=-1), {}, "negative", "minimum"),
            (Terms(Form.PERSONAL, THREE[:1], minimum=1000), {}, "goal_needs_yardstick", "yardstick"),
            (Terms(Form.PERSONAL, THREE[:1], has_yardstick=True), {"yardstick": Yardstick.TARGET}, "no_goal", "minimum"),
            (Terms(Form.STEPS, (Prize(1, 5, threshold=9),)), {"leagues": Leagues.STAGE}, "leagues_only_ranked", "leagues"),
            (Terms(Form.POT, THREE[:1], TieRule.FIRST), {}, "first_only_ranked", "tie_rule"),
            (Terms(Form.RANK, THREE), {"adds_up": False, "yardstick": Yardstick.YEAR}, "level_has_no_past", "yardstick"),
            (Terms(Form.POT, THREE[:1], is_lower_better=True), {}, "pot_of_less", "pot_by"),
        ],
    )
    def test_refuses_terms_by_which_nobody_could_race_at_their_field(self, terms, more, code, field):
        with pytest.raises(BadTerms) as refused:
            check_terms(terms, **{"yardstick": Yardstick.NONE, "leagues": Leagues.NONE, "adds_up": True} | more)
        assert (refused.value.code, refused.value.field) == (code, field)

    def test_refuses_an_end_before_the_start(self):
        with pytest.raises(BadTerms, match="before the first"):
            check_days(starts_on=date(2026, 3, 2), ends_before=date(2026, 3, 2))


entries_of_any = st.lists(
    st.builds(
        Entry,
        key=st.integers(0, 10_000),
        name=st.sampled_from("ABCDE"),
        numerator=st.integers(-50, 10**9),
        yardstick=st.one_of(st.none(), st.integers(0, 10**6)),
        reached_on=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 9))),
        league=st.sampled_from(["", "S"]),
        team=st.integers(1, 4),
        is_eligible=st.booleans(),
    ),
    unique_by=lambda entry: entry.key,
    max_size=15,
)
terms_of_any = st.builds(
    Terms,
    form=st.sampled_from(Form),
    prizes=st.lists(st.integers(1, 10**7), min_size=1, max_size=5).map(
        lambda amounts: tuple(Prize(n, a, "", n * 700) for n, a in enumerate(sorted(amounts, reverse=True), start=1))
    ),
    tie_rule=st.sampled_from(TieRule),
    pot_by=st.sampled_from(PotBy),
    minimum=st.one_of(st.none(), st.integers(0, 10**5)),
    has_yardstick=st.booleans(),
)


class TestProperties:
    @unhurried
    @given(entries_of_any, terms_of_any, st.randoms())
    def test_the_order_in_which_entries_come_changes_nothing(self, entries, terms, chance):
        shuffled = list(entries)
        chance.shuffle(shuffled)
        before, after = (list(rules.flat(rules.standing(given, terms))) for given in (entries, shuffled))
        assert before == after

    @unhurried
    @given(entries_of_any, terms_of_any)
    def test_a_pot_adds_up_and_nobody_wins_below_the_minimum(self, entries, terms):
        terms = replace(terms, form=Form.POT)
        for league in {entry.league for entry in entries}:
            lines = rules.standing([entry for entry in entries if entry.league == league], terms)
            winners = [line for line in lines if line.wins]
            assert sum(line.amount for line in lines) == (terms.prizes[0].amount if winners else 0)
            assert all(line.score >= (terms.minimum or 0) and line.entry.is_eligible for line in winners)

    @unhurried
    @given(entries_of_any, terms_of_any)
    def test_shared_prizes_of_places_pay_no_more_than_was_promised(self, entries, terms):
        terms = replace(terms, form=Form.RANK_MINIMUM, tie_rule=TieRule.SHARE)
        entries = [replace(entry, league="") for entry in entries]
        lines = rules.standing(entries, terms)
        qualified = sum(line.place is not None and line.score >= (terms.minimum or 0) for line in lines)
        assert sum(line.amount for line in lines) == sum(prize.amount for prize in terms.prizes[:qualified])

    @unhurried
    @given(entries_of_any, terms_of_any)
    def test_who_reached_more_never_wins_less(self, entries, terms):
        terms = replace(terms, form=Form.STEPS)
        steps = tuple(replace(prize, amount=prize.number * 100) for prize in terms.prizes)
        lines = rules.standing(entries, replace(terms, prizes=steps))
        placed = sorted((line for line in lines if line.place is not None), key=lambda line: line.score)
        assert [line.amount for line in placed] == sorted(line.amount for line in placed)

    @unhurried
    @given(entries_of_any, terms_of_any)
    def test_a_teams_prize_is_shared_to_the_cent(self, entries, terms):
        for line in rules.standing(entries, replace(terms, form=Form.RELAY)):
            assert line.amount == sum(member.amount for member in line.members)


class TestCost:
    @pytest.mark.parametrize(
        ("terms", "most"),
        [
            (Terms(Form.RANK, THREE), 1900),
            (Terms(Form.RANK, THREE, tie_rule=TieRule.FULL), 4000),
            (Terms(Form.STEPS, (Prize(1, 50, threshold=1), Prize(2, 80, threshold=9))), 320),
            (Terms(Form.PERSONAL, (Prize(1, 50),)), 200),
            (Terms(Form.POT, (Prize(1, 500),)), 500),
        ],
        ids=["places", "all first", "all on the highest step", "everybody", "the pot"],
    )
    def test_is_what_everybody_may_win_together(self, terms, most):
        assert rules.most_paid(of(1, 2, 3, 4), terms) == most

    def test_counts_places_once_in_each_league_and_no_more_than_there_are_people(self):
        entries = [*of(1, 2, league="A"), *of(3, league="B")]
        assert rules.most_paid(entries, Terms(Form.RANK, THREE)) == 1600 + 1000
        assert rules.most_paid([], Terms(Form.RANK, THREE)) == 0

    @unhurried
    @given(
        values=st.lists(st.integers(0, 6), max_size=8),
        leagues=st.lists(st.sampled_from("AB"), min_size=8, max_size=8),
        form=st.sampled_from([Form.RANK, Form.POT, Form.STEPS, Form.PERSONAL, Form.RELAY]),
        tie_rule=st.sampled_from(TieRule),
        amounts=st.lists(st.integers(0, 999), min_size=1, max_size=3),
    )
    def test_is_never_less_than_what_is_won(self, values, leagues, form, tie_rule, amounts):
        amounts = sorted(amounts, reverse=form != Form.STEPS)
        prizes = tuple(Prize(n, amount, threshold=n) for n, amount in enumerate(amounts, start=1))
        terms = Terms(form, prizes, tie_rule=tie_rule)
        entries = [
            replace(entry, league="" if form == Form.RELAY else league, team=entry.key % 3)
            for entry, league in zip(of(*values), leagues, strict=False)
        ]
        lines = rules.standing(entries, terms)
        paid = sum(line.amount for line in lines if not line.is_team) + sum(m.amount for line in lines for m in line.members)
        assert paid <= rules.most_paid(entries, terms)
