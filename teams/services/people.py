"""People come, move and leave. Assignments are rows with dates: they are ended, never overwritten."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.rules import HIDDEN, Role
from accounts.services import change_role, deactivate_member, invite, reactivate_member, record
from accounts.services.users import normal_addresses
from common.refusals import Refusal
from teams import queries, signals
from teams.models import Assignment, Person, Unit

#: Kept out of the audit trail, which nobody can erase: it says that they changed, not what they were.
PERSONAL = frozenset({"phone", "email", "birthday", "hobbies", "strengths"})
EDITABLE = PERSONAL | {"name", "employee_number"}


class PersonRefused(Refusal):
    """Somebody cannot be hired, moved or let go so."""

    sentences = {
        "number_taken": _("Somebody already has this employee number."),
        "unit_closed": _("This unit is closed by then."),
        "before_hire": _("That is before the hiring date."),
        "has_left": _("They have left by then."),
        "has_not_left": _("They have not left."),
        "not_before_leaving": _("That is before their last day."),
        "nothing_changes": _("They are in this unit in this role already."),
        "later_assignment": _("They are already planned to move on %(day)s. Withdraw that transfer first."),
        "first_assignment": _("This is their first assignment; there is nothing to go back to."),
        "not_the_last": _("Only the latest transfer can be withdrawn."),
        "leaves_before_hire": _("The first day away must be after the hiring date."),
        "has_sign_in": _("This person signs in already."),
    }


@transaction.atomic
def hire(
    *,
    name,
    employee_number,
    unit,
    role,
    hired_on,
    phone="",
    email="",
    birthday=None,
    hobbies="",
    strengths="",
    membership=None,
    by,
):
    """
    Add somebody to the organisation with their first assignment; return the person.

    :raises PersonRefused: if the employee number is taken or the unit is closed by then.
    :raises UserRefused: if the phone number is none.
    """
    unit = _open_unit(unit, on=hired_on)
    person = Person(
        name=name.strip(),
        employee_number=employee_number.strip(),
        phone=_normal_phone(phone),
        email=email,
        birthday=birthday,
        hobbies=hobbies,
        strengths=strengths,
        hired_on=hired_on,
        membership=membership,
    )
    _save_with_free_number(person.save)
    Assignment.objects.create(person=person, unit=unit, role=Role(role), starts_on=hired_on)
    record(
        "teams.person.hired",
        about=person,
        by=by,
        after={"employee_number": person.employee_number, "unit": unit.name, "role": Role(role), "hired_on": hired_on},
    )
    _announce(person, hired_on, by)
    return person


@transaction.atomic
def change_person(*, person, by, **fields):
    """
    Change what is known about somebody; return the names of the fields that differ now.

    The audit trail says which personal data changed, not what they were.

    :raises PersonRefused: if the employee number is taken.
    :raises UserRefused: if the phone number is none.
    """
    if unknown := fields.keys() - EDITABLE:
        raise TypeError(f"Not to be changed here: {', '.join(sorted(unknown))}")
    if "phone" in fields:
        fields["phone"] = _normal_phone(fields["phone"])
    person = _locked(person)
    changed = {name: getattr(person, name) for name, value in fields.items() if getattr(person, name) != value}
    for name in changed:
        setattr(person, name, fields[name])
    if changed:
        _save_with_free_number(lambda: person.save(update_fields=list(changed)))
        record(
            "teams.person.changed",
            about=person,
            by=by,
            before={name: HIDDEN if name in PERSONAL else value for name, value in changed.items()},
            after={name: HIDDEN if name in PERSONAL else fields[name] for name in changed},
        )
    return list(changed)


@transaction.atomic
def transfer(*, person, unit, role, from_day, by):
    """
    Move somebody to a unit or a role from a day on, past or future; return the new assignment.

    The assignment that runs on that day ends, the new one lasts as long as that one would have. If it would begin on the very
    same day it is corrected in place, for a day cannot be split.

    :raises PersonRefused: before the hiring date or after the last day, into a closed unit, if nothing changes, or if a
        later assignment exists.
    """
    person, role = _locked(person), Role(role)
    unit = _open_unit(unit, on=from_day)
    if from_day < person.hired_on:
        raise PersonRefused("before_hire")
    if person.left_on and from_day >= person.left_on:
        raise PersonRefused("has_left")
    later = person.assignments.filter(starts_on__gt=from_day).order_by("starts_on").first()
    if later:
        raise PersonRefused("later_assignment", day=later.starts_on.isoformat())
    running = person.assignments.on(from_day).select_related("unit").select_for_update(of=("self",)).get()
    if (running.unit_id, running.role) == (unit.pk, role):
        raise PersonRefused("nothing_changes")
    before = {"unit": running.unit.name, "role": running.role}
    if running.starts_on == from_day:
        moved = running
        moved.unit, moved.role = unit, role
        moved.save(update_fields=["unit", "role"])
    else:
        moved = Assignment(person=person, unit=unit, role=role, starts_on=from_day, ends_before=running.ends_before)
        running.ends_before = from_day
        running.save(update_fields=["ends_before"])
        moved.save()
    record(
        "teams.person.transferred",
        about=person,
        by=by,
        before=before,
        after={"unit": unit.name, "role": role, "from_day": from_day},
    )
    _announce(person, from_day, by)
    return moved


@transaction.atomic
def withdraw_transfer(*, assignment, by):
    """
    Take the latest transfer back: the assignment before it runs on as if nothing had been said.

    :raises PersonRefused: if it is not the latest, or the first one.
    """
    person = _locked(assignment.person)
    rows = list(person.assignments.select_related("unit").order_by("-starts_on")[:2])
    if rows[0].pk != assignment.pk:
        raise PersonRefused("not_the_last")
    if len(rows) == 1 or rows[1].ends_before != rows[0].starts_on:
        raise PersonRefused("first_assignment")
    withdrawn, earlier = rows
    withdrawn.delete()
    earlier.ends_before = withdrawn.ends_before
    earlier.save(update_fields=["ends_before"])
    record(
        "teams.person.transfer_withdrawn",
        about=person,
        by=by,
        before={"unit": withdrawn.unit.name, "role": withdrawn.role, "from_day": withdrawn.starts_on},
        after={"unit": earlier.unit.name, "role": earlier.role},
    )
    _announce(person, withdrawn.starts_on, by)
    return earlier


@transaction.atomic
def end_employment(*, person, left_on, reason, by):
    """
    Let somebody go. What was planned for them from that day on falls away.

    :param left_on: the first day they no longer work here.
    :raises PersonRefused: if they have left already, or not after the hiring date.
    """
    person = _locked(person)
    if person.left_on:
        raise PersonRefused("has_left")
    if left_on <= person.hired_on:
        raise PersonRefused("leaves_before_hire")
    person.assignments.filter(starts_on__gte=left_on).delete()
    person.assignments.on(left_on).update(ends_before=left_on)
    person.left_on, person.leaving_reason = left_on, reason.strip()
    person.save(update_fields=["left_on", "leaving_reason"])
    last_day = left_on - timedelta(days=1)
    record("teams.person.left", about=person, by=by, after={"last_day": last_day, "leaving_reason": person.leaving_reason})
    _announce(person, left_on, by)
    return person


@transaction.atomic
def rehire(*, person, unit, role, from_day, by):
    """
    Take somebody back who left, and let them sign in again; the tenure stage begins anew, the earlier assignments stay.

    :raises PersonRefused: if they have not left, or only after that day, or the unit is closed by then.
    """
    person, unit = _locked(person), _open_unit(unit, on=from_day)
    if person.left_on is None:
        raise PersonRefused("has_not_left")
    if from_day < person.left_on:
        raise PersonRefused("not_before_leaving")
    before = {"last_day": person.left_on - timedelta(days=1), "hired_on": person.hired_on}
    person.hired_on, person.left_on, person.leaving_reason = from_day, None, ""
    person.save(update_fields=["hired_on", "left_on", "leaving_reason"])
    Assignment.objects.create(person=person, unit=unit, role=Role(role), starts_on=from_day)
    after = {"unit": unit.name, "role": Role(role), "hired_on": from_day}
    record("teams.person.rehired", about=person, by=by, before=before, after=after)
    if person.membership_id:
        reactivate_member(membership=person.membership, by=by)
    _announce(person, from_day, by)
    return person


@transaction.atomic
def invite_person(*, person, role, email="", phone="", now, by):
    """
    Invite somebody who works here to sign in; return the invitation and the secret of its link.

    :raises PersonRefused: if they sign in already.
    :raises UserRefused: as `accounts.services.invite` does.
    :raises InvitationRefused: as `accounts.services.invite` does.
    """
    person = _locked(person)
    if person.membership_id:
        raise PersonRefused("has_sign_in")
    invitation, token = invite(name=person.name, email=email, phone=phone, role=role, now=now, by=by)
    person.invitation = invitation
    person.save(update_fields=["invitation"])
    record("teams.person.invited", about=person, by=by, after={"role": invitation.role})
    return invitation, token


@transaction.atomic
def align_memberships(*, on, by):
    """
    Let sign-ins follow the organisation on a day: who was promoted gets the new role, who has left is kept out.

    HR and admins keep their role, whatever their place. Safe to run twice; return how many memberships changed.
    """
    changed = 0
    people = queries.with_place(Person.objects.exclude(membership=None), on=on).select_related("membership").order_by("pk")
    for person in people:
        membership = person.membership
        if person.left_on and person.left_on <= on:
            if membership.is_active and membership.role != Role.ADMIN:
                deactivate_member(membership=membership, by=by)
                changed += 1
        elif (
            person.hired_on <= on and membership.role != person.unit_role and {membership.role, person.unit_role} <= _FOLLOWING
        ):
            change_role(membership=membership, role=person.unit_role, by=by)
            changed += 1
    return changed


_FOLLOWING = frozenset({Role.REP, Role.MANAGER, Role.DIRECTOR})


def _locked(person):
    return Person.objects.select_for_update(of=("self",)).get(pk=person.pk)


def _open_unit(unit, *, on):
    # A shared lock on the row: the unit cannot be closed while somebody is moving in.
    unit = Unit.objects.select_for_update(of=("self",)).get(pk=unit.pk)
    if unit.closed_on and on >= unit.closed_on:
        raise PersonRefused("unit_closed")
    return unit


def _normal_phone(phone):
    return normal_addresses(phone=phone)[1] if phone.strip() else ""


def _save_with_free_number(save):
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        if "one_person_per_employee_number" in str(error):
            raise PersonRefused("number_taken") from error
        raise


def _announce(person, from_day, by):
    signals.assignments_changed.send(sender=Assignment, person_ids=[person.pk], from_day=from_day, by=by)
