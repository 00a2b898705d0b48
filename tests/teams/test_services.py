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
def lantern(cast):
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
    def test_come_after_their_siblings(self, lantern):
        three = services.add_unit(name=" Three ", kind=Unit.Kind.TEAM, parent=lantern.east, by=lantern.amir.user)
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
    def test_are_not_added_where_they_cannot_be(self, lantern, code, wanted):
        parent = wanted["parent"] and getattr(lantern, wanted["parent"])
        refused(services.UnitRefused, code, services.add_unit, **wanted | {"parent": parent, "by": lantern.amir.user})
        assert Unit.objects.count() == 5

    def test_move_with_everything_below(self, lantern):
        services.move_unit(unit=lantern.one, parent=lantern.west, from_day=APRIL, today=APRIL, by=lantern.amir.user)
        assert Unit.objects.get(pk=lantern.one.pk).parent == lantern.west
        entry = AuditEntry.objects.get()
        assert (entry.before["parent"], entry.after["parent"]) == ("East", "West")

    @pytest.mark.parametrize(
        ("unit", "parent", "code"), [("east", "one", "loop"), ("one", "one", "loop"), ("root", "east", "root_stays")]
    )
    def test_never_make_a_loop(self, lantern, unit, parent, code):
        unit, parent = getattr(lantern, unit), getattr(lantern, parent)
        when = {"from_day": APRIL, "today": APRIL}
        refused(services.UnitRefused, code, services.move_unit, unit=unit, parent=parent, **when, by=lantern.amir.user)
        assert Unit.objects.get(pk=unit.pk).parent_id == unit.parent_id

    def test_close_only_when_nobody_is_left(self, lantern):
        close = {"closed_on": MAY, "by": lantern.amir.user}
        refused(services.UnitRefused, "has_people", services.close_unit, unit=lantern.two, **close)
        refused(services.UnitRefused, "has_units", services.close_unit, unit=lantern.east, **close)
        for member in (lantern.ben, lantern.boris):
            services.transfer(person=member.person, unit=lantern.one, role=Role.REP, from_day=MAY, by=lantern.amir.user)
        services.close_unit(unit=lantern.two, **close)
        assert Unit.objects.get(pk=lantern.two.pk).closed_on == MAY


class TestHire:
    def hire(self, cast, **replaced):
        wanted = {"name": "Nia", "employee_number": "E-9", "unit": cast.one, "role": Role.REP, "hired_on": APRIL}
        return services.hire(**wanted | {"by": cast.hana.user} | replaced)

    def test_places_somebody_and_announces_it(self, lantern, announced):
        nia = self.hire(lantern, phone="138 0013 8000")
        assert nia.phone == "+8613800138000"
        assert list(nia.assignments.values_list("unit", "starts_on", "ends_before")) == [(lantern.one.pk, APRIL, None)]
        assert announced == [([nia.pk], APRIL)]
        assert "13800138000" not in str(AuditEntry.objects.values().get())

    def test_refuses_a_number_that_is_taken(self, lantern, announced):
        refused(services.PersonRefused, "number_taken", self.hire, cast=lantern, employee_number="E-asha")
        assert (Person.objects.count(), announced) == (7, [])

    def test_refuses_a_closed_unit(self, lantern):
        services.close_unit(unit=lantern.west, closed_on=APRIL, by=None)
        with pytest.raises(services.PersonRefused):
            self.hire(lantern, unit=lantern.west)
        assert Person.objects.count() == 7


class TestTransfer:
    def transfer(self, cast, **replaced):
        wanted = {"person": cast.asha.person, "unit": cast.two, "role": Role.REP, "from_day": APRIL, "by": cast.hana.user}
        return services.transfer(**wanted | replaced)

    def test_ends_one_assignment_and_begins_the_next(self, lantern, announced):
        self.transfer(lantern)
        assert places(lantern.asha) == [
            ("Team One", "REP", date(2024, 1, 1), APRIL),
            ("Team Two", "REP", APRIL, None),
        ]
        assert announced == [([lantern.asha.person.pk], APRIL)]
        assert actions() == ["teams.person.transferred"]

    def test_corrects_an_assignment_that_begins_on_the_same_day(self, lantern):
        self.transfer(lantern)
        self.transfer(lantern, unit=lantern.west, role=Role.MANAGER)
        assert places(lantern.asha)[1:] == [("West", "MANAGER", APRIL, None)]

    def test_lasts_no_longer_than_the_employment(self, lantern):
        services.end_employment(person=lantern.asha.person, left_on=MAY, reason="", by=None)
        self.transfer(lantern)
        assert places(lantern.asha)[-1] == ("Team Two", "REP", APRIL, MAY)

    @pytest.mark.parametrize(
        ("code", "replaced"),
        [("before_hire", {"from_day": date(2023, 12, 31)}), ("nothing_changes", {"unit": "one"})],
    )
    def test_refuses_what_cannot_be(self, lantern, announced, code, replaced):
        if "unit" in replaced:
            replaced = replaced | {"unit": getattr(lantern, replaced["unit"])}
        refused(services.PersonRefused, code, self.transfer, cast=lantern, **replaced)
        assert places(lantern.asha) == [("Team One", "REP", date(2024, 1, 1), None)]
        assert announced == []

    def test_refuses_to_slip_under_a_later_one(self, lantern):
        self.transfer(lantern, from_day=MAY)
        before = places(lantern.asha)
        with pytest.raises(services.PersonRefused) as refusal:
            self.transfer(lantern, unit=lantern.west)
        assert (refusal.value.code, refusal.value.params) == ("later_assignment", {"day": "2026-05-01"})
        assert places(lantern.asha) == before

    def test_can_be_withdrawn(self, lantern, announced):
        moved = self.transfer(lantern)
        services.withdraw_transfer(assignment=moved, by=lantern.hana.user)
        assert places(lantern.asha) == [("Team One", "REP", date(2024, 1, 1), None)]
        assert announced[-1] == ([lantern.asha.person.pk], APRIL)

    def test_the_first_assignment_cannot_be_withdrawn(self, lantern):
        only = Assignment.objects.get(person=lantern.asha.person)
        refused(services.PersonRefused, "first_assignment", services.withdraw_transfer, assignment=only, by=None)
        assert Assignment.objects.filter(person=lantern.asha.person).count() == 1


class TestLeaving:
    def test_ends_what_runs_and_drops_what_was_planned(self, lantern, announced):
        services.transfer(person=lantern.asha.person, unit=lantern.two, role=Role.REP, from_day=MAY, by=None)
        services.end_employment(person=lantern.asha.person, left_on=APRIL, reason="moved away", by=lantern.hana.user)
        assert places(lantern.asha) == [("Team One", "REP", date(2024, 1, 1), APRIL)]
        assert announced[-1] == ([lantern.asha.person.pk], APRIL)

    def test_happens_once_and_not_before_the_hiring_date(self, lantern):
        leave = {"person": lantern.asha.person, "reason": "", "by": None}
        refused(services.PersonRefused, "leaves_before_hire", services.end_employment, left_on=date(2024, 1, 1), **leave)
        services.end_employment(left_on=APRIL, **leave)
        with pytest.raises(services.PersonRefused):
            services.end_employment(left_on=MAY, **leave)
        assert Person.objects.get(pk=lantern.asha.person.pk).left_on == APRIL

    def test_can_be_followed_by_a_new_start(self, lantern):
        again = {"person": lantern.asha.person, "unit": lantern.two, "role": Role.REP, "by": None}
        refused(services.PersonRefused, "has_not_left", services.rehire, from_day=MAY, **again)
        services.end_employment(person=lantern.asha.person, left_on=APRIL, reason="", by=None)
        person = services.rehire(from_day=MAY, **again)
        assert (person.hired_on, person.left_on) == (MAY, None)
        assert [row[2:] for row in places(lantern.asha)] == [(date(2024, 1, 1), APRIL), (MAY, None)]


class TestAlignMemberships:
    def test_follows_promotions_and_leavers_but_not_ahead_of_the_day(self, lantern):
        services.transfer(person=lantern.asha.person, unit=lantern.one, role=Role.MANAGER, from_day=APRIL, by=None)
        services.end_employment(person=lantern.ben.person, left_on=APRIL, reason="", by=None)
        assert services.align_memberships(on=date(2026, 3, 31), by=None) == 0
        assert services.align_memberships(on=APRIL, by=None) == 2
        assert services.align_memberships(on=APRIL, by=None) == 0
        assert Membership.objects.get(pk=lantern.asha.membership.pk).role == Role.MANAGER
        assert not Membership.objects.get(pk=lantern.ben.membership.pk).is_active


class TestChangePerson:
    def test_says_that_personal_data_changed_but_not_what_they_were(self, lantern):
        services.change_person(person=lantern.asha.person, name="Asha N.", birthday=date(1990, 2, 3), by=lantern.hana.user)
        entry = AuditEntry.objects.get()
        assert (entry.before, entry.after) == (
            {"name": "Asha", "birthday": "•••"},
            {"name": "Asha N.", "birthday": "•••"},
        )


class TestInvitePerson:
    def test_links_who_accepts_to_the_person(self, lantern):
        nia = services.hire(name="Nia", employee_number="9", unit=lantern.one, role=Role.REP, hired_on=APRIL, by=None)
        from accounts.services import accept_invitation, add_user

        invitation, _token = services.invite_person(
            person=nia, role=Role.REP, email="nia@example.com", now=NOW, by=lantern.hana.user
        )
        membership = accept_invitation(invitation=invitation, user=add_user(name="Nia", email="nia@example.com"), now=NOW)
        assert Person.objects.get(pk=nia.pk).membership == membership

    def test_refuses_who_signs_in_already(self, lantern):
        asked = {"person": lantern.asha.person, "role": Role.REP, "email": "new@example.com", "now": NOW, "by": None}
        refused(services.PersonRefused, "has_sign_in", services.invite_person, **asked)


class TestCalendarExceptions:
    def test_are_set_changed_and_removed(self, lantern):
        services.set_calendar_exception(day=MAY, is_working=True, name="Stocktaking", by=lantern.amir.user)
        exception = services.set_calendar_exception(day=MAY, is_working=False, name="Outing", by=lantern.amir.user)
        assert CalendarException.objects.get().is_working is False
        services.remove_calendar_exception(exception=exception, by=lantern.amir.user)
        assert not CalendarException.objects.exists()
        assert len(actions()) == 3


class TestTasks:
    def assign(self, cast, **replaced):
        wanted = {"title": "Call back", "owner": cast.asha.person, "due_on": APRIL, "by": cast.bela.user}
        return services.assign_task(**wanted | replaced)

    def test_are_the_same_for_the_same_press(self, lantern):
        ref = uuid4()
        assert self.assign(lantern, client_ref=ref) == self.assign(lantern, client_ref=ref)
        assert Task.objects.count() == 1
        assert actions() == ["teams.task.assigned"]

    def test_are_done_once_and_can_be_opened_again(self, lantern):
        task = self.assign(lantern)
        services.complete_task(task=task, now=NOW, by=lantern.asha.user)
        with pytest.raises(services.TaskRefused):
            services.cancel_task(task=task, by=lantern.bela.user)
        assert Task.objects.get().status == Task.Status.DONE
        services.reopen_task(task=task, by=lantern.asha.user)
        assert (Task.objects.get().status, Task.objects.get().done_at) == (Task.Status.OPEN, None)

    def test_are_not_given_to_who_will_be_gone(self, lantern):
        person = services.end_employment(person=lantern.asha.person, left_on=APRIL, reason="", by=None)
        with pytest.raises(services.TaskRefused):
            self.assign(lantern, owner=person)
        assert not Task.objects.exists()
