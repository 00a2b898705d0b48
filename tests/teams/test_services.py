"""Units, people, tasks: what changes, what is refused, and what is announced."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from accounts.models import AuditEntry, Membership
from accounts.rules import Role
from common.tenancy import company_scope
from teams import services, signals
from teams.models import Assignment, CalendarException, Person, Task, Unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
APRIL = date(2026, 4, 1)
MAY = date(2026, 5, 1)


@pytest.fixture
def inside(cast):
    """Work inside Lantern Ltd."""
    with company_scope(cast.lantern):
        yield cast


@pytest.fixture
def announced():
    """What was announced about assignments: a list of (person ids, day)."""
    heard = []

    def hear(*, person_ids, from_day, **_):
        heard.append((person_ids, from_day))

    signals.assignments_changed.connect(hear)
    yield heard
    signals.assignments_changed.disconnect(hear)


def places(member):
    rows = Assignment.objects.filter(person=member.person).order_by("starts_on")
    return list(rows.values_list("unit__name", "role", "starts_on", "ends_before"))


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def refused(errors, code, verb, **arguments):
    with pytest.raises(errors) as refusal:
        verb(**arguments)
    assert refusal.value.code == code
    assert actions() == []


class TestUnits:
    def test_come_after_their_siblings(self, inside):
        three = services.add_unit(name=" Three ", kind=Unit.Kind.TEAM, parent=inside.east, by=inside.amir.user)
        assert (three.name, three.position) == ("Three", 3)
        assert actions() == ["teams.unit.added"]

    @pytest.mark.parametrize(
        ("code", "wanted"),
        [
            ("name_taken", {"name": "Team One", "parent": "east", "kind": "TEAM"}),
            ("needs_parent", {"name": "Other", "parent": None, "kind": "COMPANY"}),
            ("needs_parent", {"name": "Other", "parent": None, "kind": "TEAM"}),
        ],
    )
    def test_are_not_added_where_they_cannot_be(self, inside, code, wanted):
        parent = wanted["parent"] and getattr(inside, wanted["parent"])
        refused(services.UnitRefused, code, services.add_unit, **wanted | {"parent": parent, "by": inside.amir.user})
        assert Unit.objects.count() == 5

    def test_move_with_everything_below(self, inside):
        services.move_unit(unit=inside.one, parent=inside.west, from_day=APRIL, today=APRIL, by=inside.amir.user)
        assert Unit.objects.get(pk=inside.one.pk).parent == inside.west
        entry = AuditEntry.objects.get()
        assert (entry.before["parent"], entry.after["parent"]) == ("East", "West")

    @pytest.mark.parametrize(
        ("unit", "parent", "code"), [("east", "one", "loop"), ("one", "one", "loop"), ("root", "east", "root_stays")]
    )
    def test_never_make_a_loop(self, inside, unit, parent, code):
        unit, parent = getattr(inside, unit), getattr(inside, parent)
        when = {"from_day": APRIL, "today": APRIL}
        refused(services.UnitRefused, code, services.move_unit, unit=unit, parent=parent, **when, by=inside.amir.user)
        assert Unit.objects.get(pk=unit.pk).parent_id == unit.parent_id

    def test_close_only_when_nobody_is_left(self, inside):
        close = {"closed_on": MAY, "by": inside.amir.user}
        refused(services.UnitRefused, "has_people", services.close_unit, unit=inside.two, **close)
        refused(services.UnitRefused, "has_units", services.close_unit, unit=inside.east, **close)
        for member in (inside.ben, inside.boris):
            services.transfer(person=member.person, unit=inside.one, role=Role.REP, from_day=MAY, by=inside.amir.user)
        services.close_unit(unit=inside.two, **close)
        assert Unit.objects.get(pk=inside.two.pk).closed_on == MAY


class TestHire:
    def hire(self, cast, **replaced):
        wanted = {"name": "Nia", "employee_number": "E-9", "unit": cast.one, "role": Role.REP, "hired_on": APRIL}
        return services.hire(**wanted | {"by": cast.hana.user} | replaced)

    def test_places_somebody_and_announces_it(self, inside, announced):
        nia = self.hire(inside, phone="138 0013 8000")
        assert nia.phone == "+8613800138000"
        assert list(nia.assignments.values_list("unit", "starts_on", "ends_before")) == [(inside.one.pk, APRIL, None)]
        assert announced == [([nia.pk], APRIL)]
        assert "13800138000" not in str(AuditEntry.objects.values().get())

    def test_refuses_a_number_that_is_taken(self, inside, announced):
        refused(services.PersonRefused, "number_taken", self.hire, cast=inside, employee_number="E-asha")
        assert (Person.objects.count(), announced) == (7, [])

    def test_refuses_a_closed_unit(self, inside):
        services.close_unit(unit=inside.west, closed_on=APRIL, by=None)
        with pytest.raises(services.PersonRefused):
            self.hire(inside, unit=inside.west)
        assert Person.objects.count() == 7


class TestTransfer:
    def transfer(self, cast, **replaced):
        wanted = {"person": cast.asha.person, "unit": cast.two, "role": Role.REP, "from_day": APRIL, "by": cast.hana.user}
        return services.transfer(**wanted | replaced)

    def test_ends_one_assignment_and_begins_the_next(self, inside, announced):
        self.transfer(inside)
        assert places(inside.asha) == [
            ("Team One", "REP", date(2024, 1, 1), APRIL),
            ("Team Two", "REP", APRIL, None),
        ]
        assert announced == [([inside.asha.person.pk], APRIL)]
        assert actions() == ["teams.person.transferred"]

    def test_corrects_an_assignment_that_begins_on_the_same_day(self, inside):
        self.transfer(inside)
        self.transfer(inside, unit=inside.west, role=Role.MANAGER)
        assert places(inside.asha)[1:] == [("West", "MANAGER", APRIL, None)]

    def test_lasts_no_longer_than_the_employment(self, inside):
        services.end_employment(person=inside.asha.person, left_on=MAY, reason="", by=None)
        self.transfer(inside)
        assert places(inside.asha)[-1] == ("Team Two", "REP", APRIL, MAY)

    @pytest.mark.parametrize(
        ("code", "replaced"),
        [("before_hire", {"from_day": date(2023, 12, 31)}), ("nothing_changes", {"unit": "one"})],
    )
    def test_refuses_what_cannot_be(self, inside, announced, code, replaced):
        if "unit" in replaced:
            replaced = replaced | {"unit": getattr(inside, replaced["unit"])}
        refused(services.PersonRefused, code, self.transfer, cast=inside, **replaced)
        assert places(inside.asha) == [("Team One", "REP", date(2024, 1, 1), None)]
        assert announced == []

    def test_refuses_to_slip_under_a_later_one(self, inside):
        self.transfer(inside, from_day=MAY)
        before = places(inside.asha)
        with pytest.raises(services.PersonRefused) as refusal:
            self.transfer(inside, unit=inside.west)
        assert (refusal.value.code, refusal.value.params) == ("later_assignment", {"day": "2026-05-01"})
        assert places(inside.asha) == before

    def test_can_be_withdrawn(self, inside, announced):
        moved = self.transfer(inside)
        services.withdraw_transfer(assignment=moved, by=inside.hana.user)
        assert places(inside.asha) == [("Team One", "REP", date(2024, 1, 1), None)]
        assert announced[-1] == ([inside.asha.person.pk], APRIL)

    def test_the_first_assignment_cannot_be_withdrawn(self, inside):
        only = Assignment.objects.get(person=inside.asha.person)
        refused(services.PersonRefused, "first_assignment", services.withdraw_transfer, assignment=only, by=None)
        assert Assignment.objects.filter(person=inside.asha.person).count() == 1


class TestLeaving:
    def test_ends_what_runs_and_drops_what_was_planned(self, inside, announced):
        services.transfer(person=inside.asha.person, unit=inside.two, role=Role.REP, from_day=MAY, by=None)
        services.end_employment(person=inside.asha.person, left_on=APRIL, reason="moved away", by=inside.hana.user)
        assert places(inside.asha) == [("Team One", "REP", date(2024, 1, 1), APRIL)]
        assert announced[-1] == ([inside.asha.person.pk], APRIL)

    def test_happens_once_and_not_before_the_hiring_date(self, inside):
        leave = {"person": inside.asha.person, "reason": "", "by": None}
        refused(services.PersonRefused, "leaves_before_hire", services.end_employment, left_on=date(2024, 1, 1), **leave)
        services.end_employment(left_on=APRIL, **leave)
        with pytest.raises(services.PersonRefused):
            services.end_employment(left_on=MAY, **leave)
        assert Person.objects.get(pk=inside.asha.person.pk).left_on == APRIL

    def test_can_be_followed_by_a_new_start(self, inside):
        again = {"person": inside.asha.person, "unit": inside.two, "role": Role.REP, "by": None}
        refused(services.PersonRefused, "has_not_left", services.rehire, from_day=MAY, **again)
        services.end_employment(person=inside.asha.person, left_on=APRIL, reason="", by=None)
        person = services.rehire(from_day=MAY, **again)
        assert (person.hired_on, person.left_on) == (MAY, None)
        assert [row[2:] for row in places(inside.asha)] == [(date(2024, 1, 1), APRIL), (MAY, None)]


class TestAlignMemberships:
    def test_follows_promotions_and_leavers_but_not_ahead_of_the_day(self, inside):
        services.transfer(person=inside.asha.person, unit=inside.one, role=Role.MANAGER, from_day=APRIL, by=None)
        services.end_employment(person=inside.ben.person, left_on=APRIL, reason="", by=None)
        assert services.align_memberships(on=date(2026, 3, 31), by=None) == 0
        assert services.align_memberships(on=APRIL, by=None) == 2
        assert services.align_memberships(on=APRIL, by=None) == 0
        assert Membership.objects.get(pk=inside.asha.membership.pk).role == Role.MANAGER
        assert not Membership.objects.get(pk=inside.ben.membership.pk).is_active


class TestChangePerson:
    def test_says_that_personal_data_changed_but_not_what_they_were(self, inside):
        services.change_person(person=inside.asha.person, name="Asha N.", birthday=date(1990, 2, 3), by=inside.hana.user)
        entry = AuditEntry.objects.get()
        assert (entry.before, entry.after) == (
            {"name": "Asha", "birthday": "•••"},
            {"name": "Asha N.", "birthday": "•••"},
        )


class TestInvitePerson:
    def test_links_who_accepts_to_the_person(self, inside):
        nia = services.hire(name="Nia", employee_number="9", unit=inside.one, role=Role.REP, hired_on=APRIL, by=None)
        from accounts.services import accept_invitation, add_user

        invitation, _token = services.invite_person(
            person=nia, role=Role.REP, email="nia@example.com", now=NOW, by=inside.hana.user
        )
        membership = accept_invitation(invitation=invitation, user=add_user(name="Nia", email="nia@example.com"), now=NOW)
        assert Person.objects.get(pk=nia.pk).membership == membership

    def test_refuses_who_signs_in_already(self, inside):
        asked = {"person": inside.asha.person, "role": Role.REP, "email": "new@example.com", "now": NOW, "by": None}
        refused(services.PersonRefused, "has_sign_in", services.invite_person, **asked)


class TestCalendarExceptions:
    def test_are_set_changed_and_removed(self, inside):
        services.set_calendar_exception(day=MAY, is_working=True, name="Stocktaking", by=inside.amir.user)
        exception = services.set_calendar_exception(day=MAY, is_working=False, name="Outing", by=inside.amir.user)
        assert CalendarException.objects.get().is_working is False
        services.remove_calendar_exception(exception=exception, by=inside.amir.user)
        assert not CalendarException.objects.exists()
        assert len(actions()) == 3


class TestTasks:
    def assign(self, cast, **replaced):
        wanted = {"title": "Call back", "owner": cast.asha.person, "due_on": APRIL, "by": cast.bela.user}
        return services.assign_task(**wanted | replaced)

    def test_are_the_same_for_the_same_press(self, inside):
        ref = uuid4()
        assert self.assign(inside, client_ref=ref) == self.assign(inside, client_ref=ref)
        assert Task.objects.count() == 1
        assert actions() == ["teams.task.assigned"]

    def test_are_done_once_and_can_be_opened_again(self, inside):
        task = self.assign(inside)
        services.complete_task(task=task, now=NOW, by=inside.asha.user)
        with pytest.raises(services.TaskRefused):
            services.cancel_task(task=task, by=inside.bela.user)
        assert Task.objects.get().status == Task.Status.DONE
        services.reopen_task(task=task, by=inside.asha.user)
        assert (Task.objects.get().status, Task.objects.get().done_at) == (Task.Status.OPEN, None)

    def test_are_not_given_to_who_will_be_gone(self, inside):
        person = services.end_employment(person=inside.asha.person, left_on=APRIL, reason="", by=None)
        with pytest.raises(services.TaskRefused):
            self.assign(inside, owner=person)
        assert not Task.objects.exists()
