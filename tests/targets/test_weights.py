"""How much each metric says, for whom, and what that makes of their attainments."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from credits.services import close_period
from targets.models import Metric, MetricWeight
from targets.queries.weights import WeightBook, combined_of
from targets.rules.combined import Asked, combined_attainment, weights_that_count
from targets.services.weights import WeightsRefused, set_weights, stamp_of
from tests.targets.test_plans import YEAR, lantern  # noqa: F401 - a fixture

degrees = st.none() | st.decimals(0, 500, places=1)
asked = st.lists(st.builds(Asked, st.integers(1, 100), degrees, st.booleans()), min_size=1, max_size=6)


def metric(code):
    return Metric.objects.get(code=code)


class TestCombined:
    def test_weighs_what_has_a_value_and_lets_the_rest_grow(self):
        parts = [Asked(60, Decimal(110)), Asked(20, Decimal(50)), Asked(20, None)]
        assert combined_attainment(parts) == Decimal(95)
        assert weights_that_count(parts) == [75, 25, None]

    def test_counts_less_as_more_where_less_is_better(self):
        assert Asked(1, Decimal(90), is_lower_better=True).degree == 110
        assert Asked(1, Decimal(250), is_lower_better=True).degree == 0
        assert combined_attainment([Asked(50, Decimal(100)), Asked(50, Decimal(80), is_lower_better=True)]) == 110

    def test_says_nothing_of_nothing(self):
        assert combined_attainment([Asked(100, None)]) is None

    @given(asked)
    def test_lies_between_the_least_and_the_most_and_does_not_know_an_order(self, parts):
        value = combined_attainment(parts)
        assert value == combined_attainment(parts[::-1]) or abs(value - combined_attainment(parts[::-1])) < Decimal("1e-20")
        there = [part.degree for part in parts if part.degree is not None]
        assert (value is None) == (not there)
        if there:
            assert min(there) - Decimal("1e-20") <= value <= max(there) + Decimal("1e-20")


class TestSetWeights:
    def test_the_second_of_two_is_told(self, lantern):  # noqa: F811
        one, by = lantern.one, lantern.amir.user
        first = {metric("revenue"): 60, metric("visits"): 40}
        seen = stamp_of({})
        set_weights(year=YEAR, weights=first, unit=one, seen=seen, by=by)
        with pytest.raises(WeightsRefused) as refused:
            set_weights(year=YEAR, weights={metric("revenue"): 100}, unit=one, seen=seen, by=lantern.bela.user)
        assert refused.value.code == "changed"
        assert MetricWeight.objects.count() == 2
        set_weights(year=YEAR, weights={metric("revenue"): 100}, unit=one, seen=stamp_of(first), by=lantern.bela.user)
        assert [row.percent for row in MetricWeight.objects.all()] == [100]

    def test_the_nearest_holds(self, lantern):  # noqa: F811
        set_weights(year=YEAR, unit=lantern.root, weights={metric("revenue"): 70, metric("visits"): 30}, by=lantern.amir.user)
        set_weights(year=YEAR, person=lantern.asha.person, weights={metric("revenue"): 100}, by=lantern.amir.user)
        book = WeightBook(YEAR)
        assert book.of(person_id=lantern.asha.person.pk, unit_id=lantern.one.pk).by_metric == {metric("revenue"): 100}
        ben = book.of(person_id=lantern.ben.person.pk, unit_id=lantern.one.pk)
        assert list(ben.by_metric.values()) == [70, 30]
        assert (ben.followed, ben.is_own) == ("Lantern", False)
        set_weights(year=YEAR, person=lantern.asha.person, weights={}, by=lantern.amir.user)
        assert WeightBook(YEAR).of(person_id=lantern.asha.person.pk, unit_id=lantern.one.pk).followed == "Lantern"
        assert AuditEntry.objects.filter(action="targets.weights.changed").count() == 3

    @pytest.mark.parametrize("weights", [{"revenue": 99}, {"revenue": 60, "visits": 60}, {"revenue": -1, "visits": 101}])
    def test_refuses_what_makes_no_whole(self, lantern, weights):  # noqa: F811
        with pytest.raises(WeightsRefused):
            set_weights(year=YEAR, unit=lantern.root, weights={metric(c): p for c, p in weights.items()}, by=lantern.amir.user)
        assert not MetricWeight.objects.exists()

    def test_another_year_has_its_own(self, lantern):  # noqa: F811
        set_weights(year=YEAR, unit=lantern.root, weights={metric("revenue"): 100}, by=lantern.amir.user)
        next_year = type(YEAR)(date(2027, 1, 1), date(2028, 1, 1))
        assert WeightBook(next_year).of(unit_id=lantern.root.pk).by_metric == {}

    def test_stay_once_the_books_of_the_year_are_closed(self, lantern):  # noqa: F811
        set_weights(year=YEAR, unit=lantern.root, weights={metric("revenue"): 100}, by=lantern.amir.user)
        close_period(ends_before=YEAR.ends_before, today=date(2027, 2, 1), by=None)
        with pytest.raises(WeightsRefused) as refused:
            set_weights(year=YEAR, unit=lantern.root, weights={metric("visits"): 100}, by=lantern.amir.user)
        assert refused.value.code == "year_closed"
        assert MetricWeight.objects.get().metric == metric("revenue")

    def test_brings_rows_together(self, lantern):  # noqa: F811
        class Row:
            attainment = Decimal(80)

        whole = combined_of({metric("revenue"): 60, metric("visits"): 40}, {metric("revenue").pk: Row})
        assert whole.value == 80
        assert [part[2] for part in whole.parts] == [100, None]


class TestPage:
    def test_says_at_the_form_what_is_missing(self, client, lantern):  # noqa: F811
        client.force_login(lantern.amir.user)
        where = f"/{lantern.lantern.slug}/targets/weights/units/{lantern.root.pk}/"
        answer = client.post(where, {f"w{metric('revenue').pk}": "60"})
        assert answer.status_code == 422
        assert "60" in answer.context["form"].non_field_errors()[0]
        answer = client.post(where, {f"w{metric('revenue').pk}": "60", f"w{metric('visits').pk}": "40"})
        assert answer.status_code == 302
        page = client.get(f"/{lantern.lantern.slug}/targets/weights/")
        assert "60%" in page.content.decode()
