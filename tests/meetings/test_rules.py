"""What goes on an agenda, decided on plain values."""

from decimal import Decimal

import pytest

from meetings.rules import Standing, behind, merits


def standing(name, *, status="ON_PACE", missing=0, actual=0, attainment=None, movement=None, visits=0):
    return Standing(
        person_id=hash(name) % 1000,
        name=name,
        place=1,
        movement=movement,
        actual=actual,
        target=100,
        attainment=None if attainment is None else Decimal(attainment),
        status=status,
        missing=missing,
        needed_per_day=None,
        visits=visits,
    )


class TestBehind:
    def test_names_who_is_behind_first_and_the_largest_gap_first(self):
        rows = [
            standing("Asha", status="AT_RISK", missing=90),
            standing("Ada", status="BEHIND", missing=10),
            standing("Ben", status="BEHIND", missing=50),
            standing("Bela"),
        ]
        assert [s.name for s in behind(rows)] == ["Ben", "Ada", "Asha"]

    def test_leaves_out_who_has_no_pace(self):
        assert behind([standing("Asha", status="NEUTRAL", missing=5)]) == []


class TestMerits:
    def test_names_all_equals_for_the_best_result(self):
        rows = [standing("Asha", actual=70), standing("Ada", actual=70), standing("Ben", actual=60)]
        assert [m.name for m in merits(rows) if m.reason == "best"] == ["Asha", "Ada"]

    @pytest.mark.parametrize(("attainment", "named"), [("99.99", False), ("100", True), ("130", True), (None, False)])
    def test_praises_a_reached_target_only(self, attainment, named):
        assert any(m.reason == "reached" for m in merits([standing("Asha", attainment=attainment)])) is named

    def test_a_small_climb_is_no_news(self):
        assert merits([standing("Asha", movement=2)]) == []
        assert merits([standing("Asha", movement=3)])[0].reason == "climbed"

    def test_says_nothing_of_nobody(self):
        assert merits([]) == []
