"""Units that move: the tree on a day, planned moves, and what is refused."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.tenancy import company_scope
from credits.models import Closing
from teams import queries, services
from teams.models import Unit, UnitPlacement

MARCH_1, APRIL_1, MAY_1 = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def inside(cast):
    with company_scope(cast.lantern):
        yield cast


def move(unit, parent, from_day, today=APRIL_1):
    return services.move_unit(unit=unit, parent=parent, from_day=from_day, today=today, by=None)


def refused(unit, parent, from_day):
    """Try a move that cannot be; return the code of the refusal, having seen that nothing changed."""
    before = UnitPlacement.objects.count(), Unit.objects.get(pk=unit.pk).parent_id
    with pytest.raises(services.UnitRefused) as refusal, transaction.atomic():
        move(unit, parent, from_day)
    assert (UnitPlacement.objects.count(), Unit.objects.get(pk=unit.pk).parent_id) == before
    return refusal.value.code


class TestMoveUnit:
    def test_leaves_the_tree_of_days_before_as_it_was(self, inside):
        move(inside.one, inside.west, MARCH_1)
        assert inside.one.pk in queries.subtree_ids([inside.west.pk])
        assert set(queries.subtree_ids([inside.east.pk], on=date(2026, 2, 28))) == {
            inside.east.pk,
            inside.one.pk,
            inside.two.pk,
        }
        assert set(queries.subtree_ids([inside.east.pk], on=MARCH_1)) == {inside.east.pk, inside.two.pk}
        assert set(queries.subtree_ids([inside.west.pk], on=MARCH_1)) == {inside.west.pk, inside.one.pk}

    def test_of_a_day_to_come_is_carried_out_by_the_night_of_that_day(self, inside):
        move(inside.one, inside.west, MAY_1)
        assert Unit.objects.get(pk=inside.one.pk).parent == inside.east
        assert services.carry_out_moves(today=date(2026, 4, 30)) == 0
        assert services.carry_out_moves(today=MAY_1) == 1
        assert Unit.objects.get(pk=inside.one.pk).parent == inside.west
        assert services.carry_out_moves(today=MAY_1) == 0

    def test_can_be_taken_back_before_its_day(self, inside):
        move(inside.one, inside.west, MAY_1)
        move(inside.one, inside.east, MAY_1)
        assert services.carry_out_moves(today=MAY_1) == 0
        assert [place.parent for place in queries.places_of(inside.one)] == ["East", "East"]

    def test_is_refused_before_the_latest_one(self, inside):
        move(inside.one, inside.west, MARCH_1)
        assert refused(inside.one, inside.root, date(2026, 2, 1)) == "later_move"

    def test_is_refused_for_a_loop_on_a_later_day(self, inside):
        # East will be below West in May; from now on West would be below East.
        move(inside.east, inside.west, MAY_1)
        assert refused(inside.west, inside.one, APRIL_1) == "loop"

    def test_is_refused_in_a_closed_period(self, inside):
        Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=MARCH_1)
        assert refused(inside.one, inside.west, date(2026, 2, 28)) == "period_closed"
        move(inside.one, inside.west, MARCH_1)

    def test_keeps_names_apart_that_will_meet(self, inside):
        west_one = services.add_unit(name="Team One", kind="TEAM", parent=inside.west, by=None)
        assert refused(inside.one, inside.west, MAY_1) == "name_taken"
        services.rename_unit(unit=west_one, name="Team Uno", by=None)
        move(inside.one, inside.west, MAY_1)
        for verb in (
            lambda: services.add_unit(name="Team One", kind="TEAM", parent=inside.west, by=None),
            lambda: services.rename_unit(unit=west_one, name="Team One", by=None),
            lambda: services.rename_unit(unit=inside.one, name="Team Uno", by=None),
        ):
            with pytest.raises(services.UnitRefused, match="of this name"), transaction.atomic():
                verb()

    def test_lets_no_unit_close_that_another_will_move_to(self, inside):
        move(inside.one, inside.west, MAY_1)
        with pytest.raises(services.UnitRefused, match="planned to move here"):
            services.close_unit(unit=inside.west, closed_on=MAY_1, by=None)

    def test_is_kept_for_ever(self, inside):
        move(inside.one, inside.west, MARCH_1)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            UnitPlacement.objects.all().delete()


class TestTheTreeAsKnown:
    def test_is_what_was_recorded_by_then(self, inside):
        move(inside.one, inside.west, MARCH_1)
        before = datetime(2026, 1, 1, tzinfo=UTC)
        assert inside.one.pk in queries.subtree_ids_on(APRIL_1, [inside.east.pk], known_at=before)
        assert inside.one.pk not in queries.subtree_ids_on(APRIL_1, [inside.east.pk])


days = st.integers(0, 60).map(lambda n: date.fromordinal(MARCH_1.toordinal() + n))
UNITS = ("east", "west", "one", "two")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moves=st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(("root", *UNITS)), days), max_size=10))
def test_the_tree_never_has_a_loop_on_any_day(inside, moves):
    with transaction.atomic():
        taken = 0
        for unit, parent, day in moves:
            try:
                with transaction.atomic():
                    move(getattr(inside, unit), getattr(inside, parent), day)
                taken += 1
            except services.UnitRefused:
                pass
        everybody = set(Unit.objects.values_list("pk", flat=True))
        for day in {date(2026, 1, 1), date(2027, 1, 1), *UnitPlacement.objects.values_list("from_day", flat=True)}:
            assert set(queries.subtree_ids([inside.root.pk], on=day)) == everybody, (taken, day)
        transaction.set_rollback(True)
