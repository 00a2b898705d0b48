"""Reminding by itself whoever owes an answer in a talk about targets: once a day, on their first page and by e-mail."""

from datetime import datetime, time

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.rules import PERMISSIONS, Permission, Role
from targets.models import NegotiationMove, NegotiationRound, Plan
from teams.models import Assignment
from teams.queries import calendar_of, parents_on

Kind, Status = NegotiationMove.Kind, NegotiationRound.Status


@transaction.atomic
def remind_by_itself(*, today, now, by):
    """
    Remind whoever has let the last day for an answer come or pass, and who has a counter-proposal of an earlier day to answer.

    Only on working days, and nobody twice on one: what was noted for the day, also by hand, is not noted again. The letters
    leave once that is stored.

    :returns: how many people and managers were reminded, by name of the summary.
    """
    # In their order, as whoever answers or reminds by hand holds one of them.
    drafts = list(Plan.objects.filter(status=Plan.Status.DRAFT).select_for_update(of=("self",)).order_by("pk"))
    rounds = NegotiationRound.objects.filter(plan__in=drafts).order_by("answer_by", "pk")
    rounds = rounds.select_related("plan__metric", "plan__company", "person__membership__user")
    late = list(rounds.filter(status=Status.PROPOSED, answer_by__lte=today))
    since = timezone.make_aware(datetime.combine(today, time.min))
    earlier = NegotiationMove.objects.filter(round=OuterRef("pk"), kind=Kind.COUNTER, made_at__lt=since)
    countered = list(rounds.filter(Exists(earlier), status=Status.COUNTERED))
    if not (late or countered):
        return {"people": 0, "managers": 0}
    company = (late or countered)[0].plan.company
    if not calendar_of(company).is_working(today):
        return {"people": 0, "managers": 0}
    return _remind(late, countered, company=company, today=today, now=now, by=by)


def write_reminders(*, round_ids, by):
    """
    Send the reminder to those whom somebody has just reminded of their rounds, if they still owe an answer; returns to how many.

    :param by: who reminded them; what is noted about it stands in the rounds already.
    """
    rounds = NegotiationRound.objects.filter(pk__in=round_ids, status=Status.PROPOSED).order_by("answer_by", "pk")
    by_person = {}
    for found in rounds.select_related("plan__metric", "plan__company", "person__membership__user"):
        by_person.setdefault(found.person.membership, []).append(found)
    return sum(
        _write(membership, own, "targets/reminder.txt", company=own[0].plan.company) for membership, own in by_person.items()
    )


def _remind(late, countered, *, company, today, now, by):
    by_person, by_leader = {}, {}
    for found in _fresh(late, Kind.REMIND, today=today, now=now, by=by):
        by_person.setdefault(found.person.membership, []).append(found)
    owed = _fresh(countered, Kind.NUDGE, today=today, now=now, by=by)
    leaders = _leaders(today) if owed else {}
    parents = parents_on(today) if owed else {}
    for found in owed:
        for membership in _who_answers(found, leaders, parents):
            by_leader.setdefault(membership, []).append(found)
    for told, template in ((by_person, "targets/reminder.txt"), (by_leader, "targets/reminder_leader.txt")):
        for membership, own in told.items():
            _write(membership, own, template, company=company)
    return {"people": len(by_person), "managers": len(by_leader)}


def _fresh(rounds, kind, *, today, now, by):
    """Note a reminder of today in rounds and return those in which none was yet."""
    known = set(NegotiationMove.objects.filter(round__in=rounds, kind=kind, day=today).values_list("round_id", flat=True))
    fresh = [found for found in rounds if found.pk not in known]
    NegotiationMove.objects.bulk_create(
        NegotiationMove(round=found, kind=kind, day=today, made_by=by, made_at=now) for found in fresh
    )
    return fresh


def _leaders(today):
    """Return unit id → the memberships of those who lead it and set targets."""
    roles = [role for role in (Role.MANAGER, Role.DIRECTOR) if Permission.TARGETS_EDIT in PERMISSIONS[role]]
    found = {}
    rows = Assignment.objects.on(today).filter(role__in=roles).select_related("person__membership__user")
    for row in rows.order_by("pk"):
        if row.person.membership is not None:
            found.setdefault(row.unit_id, []).append(row.person.membership)
    return found


def _who_answers(found, leaders, parents):
    """Return who leads the unit of a round, without the person themself; where nobody else does, the unit above it."""
    unit_id = found.unit_id
    while unit_id is not None:
        others = [membership for membership in leaders.get(unit_id, ()) if membership.pk != found.person.membership_id]
        if others:
            return others
        unit_id = parents.get(unit_id)
    return []


def _write(membership, rounds, template, *, company):
    """Send one letter about some rounds, in the reader's language, once what was noted is stored; returns whether there is an address."""
    if membership is None or not membership.is_active or not membership.user.is_active or not membership.user.email:
        return False
    user = membership.user
    with translation.override(user.language):
        lines = [(found, f"{settings.BASE_URL}/{company.slug}{_path(found)}") for found in rounds]
        body = render_to_string(template, {"name": str(user), "company": company, "lines": lines})
        subject = " ".join((_("%(company)s: targets wait for your answer") % {"company": company.name}).split())
    # The first page says it too: a mail server that is away must not undo that.
    transaction.on_commit(
        lambda: send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email], fail_silently=True), robust=True
    )
    return True


def _path(found):
    return reverse("targets:talk", urlconf=settings.COMPANY_URLCONF, args=[found.pk])
