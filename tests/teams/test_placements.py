"""Units that move: the tree on a day, planned moves, and what is refused."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits.models import Closing
from teams import queries, services
from teams.models import Unit, UnitPlacement

MARCH_1, APRIL_1, MAY_1 = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


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
    def test_leaves_the_tree_of_days_before_as_it_was(self, lantern):
        move(lantern.one, lantern.west, MARCH_1)
        assert lantern.one.pk in queries.subtree_ids([lantern.west.pk])
        assert set(queries.subtree_ids([lantern.east.pk], on=date(2026, 2, 28))) == {
            lantern.east.pk,
            lantern.one.pk,
            lantern.two.pk,
        }
        assert set(queries.subtree_ids([lantern.east.pk], on=MARCH_1)) == {lantern.east.pk, lantern.two.pk}
        assert set(queries.subtree_ids([lantern.west.pk], on=MARCH_1)) == {lantern.west.pk, lantern.one.pk}

    def test_of_a_day_to_come_is_carried_out_by_the_night_of_that_day(self, lantern):
        move(lantern.one, lantern.west, MAY_1)
        assert Unit.objects.get(pk=lantern.one.pk).parent == lantern.east
        assert services.carry_out_moves(today=date(2026, 4, 30)) == 0
        assert services.carry_out_moves(today=MAY_1) == 1
        assert Unit.objects.get(pk=lantern.one.pk).parent == lantern.west
        assert services.carry_out_moves(today=MAY_1) == 0

    def test_can_be_taken_back_before_its_day(self, lantern):
        move(lantern.one, lantern.west, MAY_1)
        move(lantern.one, lantern.east, MAY_1)
        assert services.carry_out_moves(today=MAY_1) == 0
        assert [place.parent for place in queries.places_of(lantern.one)] == ["East", "East"]

    def test_is_refused_before_the_latest_one(self, lantern):
        move(lantern.one, lantern.west, MARCH_1)
        assert refused(lantern.one, lantern.root, date(2026, 2, 1)) == "later_move"

    def test_is_refused_for_a_loop_on_a_later_day(self, lantern):
        # East will be below West in May; from now on West would be below East.
        move(lantern.east, lantern.west, MAY_1)
        assert refused(lantern.west, lantern.one, APRIL_1) == "loop"

    def test_is_refused_in_a_closed_period(self, lantern):
        Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=MARCH_1)
        assert refused(lantern.one, lantern.west, date(2026, 2, 28)) == "period_closed"
        move(lantern.one, lantern.west, MARCH_1)

    def test_keeps_names_apart_that_will_meet(self, lantern):
        west_one = services.add_unit(name="Team One", kind="TEAM", parent=lantern.west, by=None)
        assert refused(lantern.one, lantern.west, MAY_1) == "name_taken"
        services.rename_unit(unit=west_one, name="Team Uno", by=None)
        move(lantern.one, lantern.west, MAY_1)
        for verb in (
            lambda: services.add_unit(name="Team One", kind="TEAM", parent=lantern.west, by=None),
            lambda: services.rename_unit(unit=west_one, name="Team One", by=None),
            lambda: services.rename_unit(unit=lantern.one, name="Team Uno", by=None),
        ):
            with pytest.raises(services.UnitRefused, match="of this name"), transaction.atomic():
                verb()

    def test_lets_no_unit_close_that_another_will_move_to(self, lantern):
        move(lantern.one, lantern.west, MAY_1)
        with pytest.raises(services.UnitRefused, match="planned to move here"):
            services.close_unit(unit=lantern.west, closed_on=MAY_1, by=None)

    def test_is_kept_for_ever(self, lantern):
        move(lantern.one, lantern.west, MARCH_1)
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            UnitPlacement.objects.all().delete()


class TestTheTreeAsKnown:
    def test_is_what_was_recorded_by_then(self, lantern):
        move(lantern.one, lantern.west, MARCH_1)
        before = datetime(2026, 1, 1, tzinfo=UTC)
        assert lantern.one.pk in queries.subtree_ids_on(APRIL_1, [lantern.east.pk], known_at=before)
        assert lantern.one.pk not in queries.subtree_ids_on(APRIL_1, [lantern.east.pk])


days = st.integers(0, 60).map(lambda n: date.fromordinal(MARCH_1.toordinal() + n))
UNITS = ("east", "west", "one", "two")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(moves=st.lists(st.tuples(st.sampled_from(UNITS), st.sampled_from(("root", *UNITS)), days), max_size=10))
def test_the_tree_never_has_a_loop_on_any_day(lantern, moves):
    with transaction.atomic():
        taken = 0
        for unit, parent, day in moves:
            try:
                with transaction.atomic():
                    move(getattr(lantern, unit), getattr(lantern, parent), day)
                taken += 1
            except services.UnitRefused:
                pass
        everybody = set(Unit.objects.values_list("pk", flat=True))
        for day in {date(2026, 1, 1), date(2027, 1, 1), *UnitPlacement.objects.values_list("from_day", flat=True)}:
            assert set(queries.subtree_ids([lantern.root.pk], on=day)) == everybody, (taken, day)
        transaction.set_rollback(True)
