"""Changes to visits and to what is planned. A visit that fails the company's rules is kept and marked, never dropped."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.cleaning import clean_values
from common.refusals import Refusal
from common.repeats import made_before
from customers.models import Customer
from visits import rules, signals
from visits.models import Visit, VisitPlan

CHANGEABLE = frozenset(["kind", "visited_on", "outcome", "next_step", "next_on", "checked_in_at", "checked_out_at"])


class VisitRefused(Refusal):
    """A visit or plan that cannot be kept as it is."""

    sentences = {
        "next_before_visit": _("The next step cannot lie before the visit."),
        "left_before_arrived": _("You cannot leave before you arrived."),
        "arrival_missing": _("Say when you arrived, too."),
        "not_arrived": _("There is no arrival to this visit."),
        "already_left": _("This visit is already over."),
        "already_done": _("This plan is already done."),
    }


@transaction.atomic
def log_visit(
    *,
    person,
    customer,
    visited_on,
    today,
    kind=Visit.Kind.FOLLOW_UP,
    outcome="",
    next_step="",
    next_on=None,
    checked_in_at=None,
    checked_out_at=None,
    latitude=None,
    longitude=None,
    client_ref=None,
    by,
) -> Visit:
    """
    Log a visit, judge whether it counts, and plan the next one if it has a date.

    A repeated `client_ref` returns the visit that it made before and changes nothing.

    :param today: the company's day, against which a date in the future is judged.
    :raises VisitRefused: for dates or times in an impossible order.
    :raises ValidationError: for values that do not fit.
    """
    if made := made_before(Visit.objects, client_ref):
        return made
    visit = Visit(
        person=person,
        customer=customer,
        kind=kind,
        visited_on=visited_on,
        outcome=outcome,
        next_step=next_step,
        next_on=next_on,
        checked_in_at=checked_in_at,
        checked_out_at=checked_out_at,
        latitude=latitude,
        longitude=longitude,
        client_ref=client_ref,
    )
    _check(visit)
    # One visit of a customer at a time, so that of two on a day exactly one counts.
    Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    _judge(visit, today=today)
    visit.save()
    _follow(visit, by=by)
    record("visits.visit.logged", about=visit, by=by, after=_facts_of(visit))
    signals.visit_changed.send(sender=Visit, visit_ids=[visit.pk])
    return visit


@transaction.atomic
def change_visit(*, visit, today, by, **changes) -> Visit:
    """
    Correct a visit (any of `CHANGEABLE`) and judge it again, together with the others of that customer and day.

    :raises VisitRefused: for dates or times in an impossible order.
    """
    if unknown := changes.keys() - CHANGEABLE:
        raise TypeError(f"Not changeable: {sorted(unknown)}")
    Customer.objects.select_for_update(of=("self",)).get(pk=visit.customer_id)
    visit = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    before, day_before, next_before = _facts_of(visit), visit.visited_on, visit.next_on
    for field, value in changes.items():
        setattr(visit, field, value)
    _check(visit)
    _judge(visit, today=today)
    visit.save()
    judged_again = [visit.pk, *_judge_others(visit, days={day_before, visit.visited_on}, today=today)]
    if next_before != visit.next_on:
        VisitPlan.objects.filter(
            person_id=visit.person_id, customer_id=visit.customer_id, planned_on=next_before, visit=None
        ).delete()
    _follow(visit, by=by)
    after = _facts_of(visit)
    changed = [name for name in after if after[name] != before[name]]
    record(
        "visits.visit.changed",
        about=visit,
        by=by,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    signals.visit_changed.send(sender=Visit, visit_ids=judged_again)
    return visit


def check_in(
    *, person, customer, at, visited_on, today, kind=Visit.Kind.FOLLOW_UP, latitude=None, longitude=None, client_ref=None, by
):
    """Begin a visit: note the arrival and, if given, the position. It counts until `check_out` finds it too short."""
    return log_visit(
        person=person,
        customer=customer,
        visited_on=visited_on,
        today=today,
        kind=kind,
        checked_in_at=at,
        latitude=latitude,
        longitude=longitude,
        client_ref=client_ref,
        by=by,
    )


def check_out(*, visit, at, today, by, **learned) -> Visit:
    """
    End a visit that was begun by `check_in`; `learned` may bring outcome, next_step, next_on and kind.

    :raises VisitRefused: if it was not begun, or is over.
    """
    if visit.checked_in_at is None:
        raise VisitRefused("not_arrived")
    if visit.checked_out_at is not None:
        raise VisitRefused("already_left")
    return change_visit(visit=visit, today=today, checked_out_at=at, by=by, **learned)


@transaction.atomic
def plan_visit(*, person, customer, planned_on, purpose="", by) -> VisitPlan:
    """Plan to visit a customer on a day; the same customer and day is one plan, whose purpose is replaced if one is given."""
    clean_values(VisitPlan(person=person, customer=customer, planned_on=planned_on, purpose=purpose))
    plan, is_new = VisitPlan.objects.get_or_create(
        company_id=person.company_id,
        person=person,
        customer=customer,
        planned_on=planned_on,
        defaults={"purpose": purpose},
    )
    if is_new or (purpose and purpose != plan.purpose):
        before = {} if is_new else {"purpose": plan.purpose}
        plan.purpose = purpose
        plan.save(update_fields=["purpose"])
        after = {"planned_on": str(planned_on), "purpose": purpose}
        record("visits.plan.made" if is_new else "visits.plan.changed", about=plan, by=by, before=before, after=after)
    return plan


@transaction.atomic
def drop_plan(*, plan, by):
    """
    Take a plan back.

    :raises VisitRefused: `already_done` if a visit answered it.
    """
    plan = VisitPlan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if plan.visit_id is not None:
        raise VisitRefused("already_done")
    record("visits.plan.dropped", about=plan, by=by, before={"planned_on": str(plan.planned_on), "purpose": plan.purpose})
    plan.delete()


def _check(visit):
    clean_values(visit)
    if visit.next_on and visit.next_on < visit.visited_on:
        raise VisitRefused("next_before_visit")
    if visit.checked_out_at and not visit.checked_in_at:
        raise VisitRefused("arrival_missing")
    if visit.checked_out_at and visit.checked_out_at < visit.checked_in_at:
        raise VisitRefused("left_before_arrived")


def _judge(visit, *, today):
    others = Visit.objects.valid().filter(person_id=visit.person_id, customer_id=visit.customer_id, visited_on=visit.visited_on)
    reason = rules.invalid_reason(
        visited_on=visit.visited_on,
        today=today,
        arrived_at=visit.checked_in_at,
        left_at=visit.checked_out_at,
        minimum_minutes=visit.person.company.visit_minimum_minutes,
        is_repeated=others.exclude(pk=visit.pk).exists(),
    )
    visit.is_valid, visit.invalid_reason = not reason, reason


def _judge_others(visit, *, days, today):
    """Judge again what was a duplicate of a visit that moved or stopped counting; return the ids that changed."""
    changed = []
    others = Visit.objects.filter(
        person_id=visit.person_id,
        customer_id=visit.customer_id,
        visited_on__in=days,
        invalid_reason=rules.InvalidReason.DUPLICATE,
    ).exclude(pk=visit.pk)
    for other in others.order_by("pk"):
        _judge(other, today=today)
        if other.is_valid or other.invalid_reason != rules.InvalidReason.DUPLICATE:
            other.save(update_fields=["is_valid", "invalid_reason"])
            changed.append(other.pk)
    return changed


def _follow(visit, *, by):
    """Answer the plans that the visit fulfils, and plan the next step."""
    if visit.is_valid:
        VisitPlan.objects.filter(
            person_id=visit.person_id, customer_id=visit.customer_id, planned_on__lte=visit.visited_on, visit=None
        ).update(visit=visit)
    else:
        VisitPlan.objects.filter(visit=visit).update(visit=None)
    if visit.next_on and visit.next_on > visit.visited_on:
        plan_visit(person=visit.person, customer=visit.customer, planned_on=visit.next_on, purpose=visit.next_step, by=by)


def _facts_of(visit):
    names = sorted(CHANGEABLE | {"is_valid", "invalid_reason"})
    return {name: None if getattr(visit, name) in (None, "") else str(getattr(visit, name)) for name in names}
