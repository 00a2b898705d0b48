"""
Talking about targets: proposing, accepting with a signature, countering, answering.

Every round holds its numbers frozen. Who accepts or counters does so under the plan's lock, against numbers that the plan still
asks for; what the manager concedes becomes a step of the plan and a round of its own.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.money import LIMIT, from_minor
from common.refusals import Refusal
from targets import rules
from targets.models import NegotiationMove, NegotiationRound, Plan, Pledge
from targets.queries.negotiation import bases_of, frozen_now, live_rounds, rows_by_person
from targets.queries.plans import sheet_of, unit_key
from targets.queries.signed import changes_since_signing
from targets.rules.negotiation import SHORTEST_REASON, freeze, months_of, quarters_of, same_name
from targets.services.plans import PlanRefused, locked
from teams.models import Person

Status, Kind = NegotiationRound.Status, NegotiationMove.Kind


class TalkRefused(Refusal):
    """Something that cannot be said in a talk as it stands."""

    sentences = {
        "nobody": _("Nobody below this unit has a target to talk about."),
        "past": _("The last day for an answer must not be over."),
        "too_far": _("The last day for an answer must lie within a year."),
        "not_waiting": _("This proposal does not wait for an answer any more. Look at it as it is now."),
        "changed": _("The numbers have changed since they were proposed, so this proposal does not hold. A new one is needed."),
        "not_your_name": _("Type your full name as it stands above: %(name)s."),
        "short_reason": _("Give the reason in a sentence: at least %(letters)s letters."),
        "same_amount": _("This is what is asked already. Accept it, or name another amount."),
        "no_amount": _("Name an amount above zero."),
        "too_large": _("The amount is too large."),
        "no_counter": _("There is no counter-proposal to answer."),
        "oneself": _("Nobody agrees with themselves: whoever leads the unit above talks about your target."),
        "below_closed": _("Closed and locked months alone ask for more than that."),
        "not_there": _("They are not in the team in the months that this amount is for."),
        "nothing_to_note": _("Nothing that you signed was changed since you last took note."),
        "changed_again": _("What you signed was changed once more meanwhile. Look at it as it is now."),
        "no_difference": _("Rounded to the plan's unit, this changes nothing."),
    }


@dataclass(frozen=True)
class Proposed:
    """How many people were asked anew, and how many had been asked for the same before."""

    asked: int
    unchanged: int


@transaction.atomic
def propose(*, plan, unit, answer_by, note="", client_ref=None, now, today, by):
    """
    Ask everybody below a unit for their year as the plan has it now.

    Whoever was asked for the same numbers already is left in peace; other numbers end the earlier round and begin a new one.

    :param answer_by: the last day for an answer.
    :raises PlanRefused: ``published``, ``not_in_plan``.
    :raises TalkRefused: ``nobody``, ``past``, ``too_far``.
    """
    plan = locked(plan)
    if client_ref and (done := NegotiationMove.objects.filter(client_ref=client_ref).count()):
        return Proposed(done, 0)
    require_day(answer_by, today)
    sheet = sheet_of(plan, company=plan.company)
    key = unit_key(unit.pk)
    if key not in sheet.nodes:
        raise PlanRefused("not_in_plan")
    below = {sheet.nodes[row].person_id for row in sheet.sheet.below(key)} - {None, person_behind(by)}
    rows = {person_id: own for person_id, own in rows_by_person(sheet).items() if person_id in below}
    if not rows:
        raise TalkRefused("nobody")
    current, bases = live_rounds(plan), bases_of(sheet, on=today)
    fresh = {person_id: freeze(own) for person_id, own in rows.items()}
    fresh = {pk: figures for pk, figures in fresh.items() if pk not in current or current[pk].figures != figures}
    NegotiationRound.objects.filter(pk__in=[current[pk].pk for pk in fresh if pk in current]).update(status=Status.REPLACED)
    last = _last_numbers(plan, fresh)
    rounds = NegotiationRound.objects.bulk_create(
        new_round(
            sheet,
            pk,
            figures,
            number=last.get(pk, 0) + 1,
            basis=bases[pk],
            answer_by=answer_by,
            note=note,
            now=now,
            proposed_by=by,
        )
        for pk, figures in fresh.items()
    )
    NegotiationMove.objects.bulk_create(
        NegotiationMove(
            round=found,
            kind=Kind.PROPOSE,
            text=note.strip(),
            amount=found.commit,
            day=answer_by,
            client_ref=client_ref,
            made_by=by,
            made_at=now,
        )
        for found in rounds
    )
    if rounds:
        after = {"unit": str(unit), "people": len(rounds), "answer_by": answer_by}
        record("targets.plan.proposed", about=plan, by=by, after=after)
    return Proposed(len(rounds), len(rows) - len(rounds))


@transaction.atomic
def accept(*, round, signed_name, wording, now, by):
    """
    Accept what was asked, with a signed pledge; the same person accepting again gets the same pledge.

    :param wording: what is signed, with its figures, in the signer's language.
    :raises TalkRefused: ``not_waiting``, ``changed``, ``not_your_name``.
    """
    current = locked_round(round)
    if done := Pledge.objects.filter(round=current).first():
        return done
    if current.status not in {Status.PROPOSED, Status.HELD}:
        raise TalkRefused("not_waiting")
    require_same_numbers(current)
    if not same_name(signed_name, current.person.name):
        raise TalkRefused("not_your_name", name=current.person.name)
    pledge = Pledge.objects.create(
        round=current,
        person=current.person,
        signed_name=" ".join(signed_name.split()),
        wording=wording,
        months=[[cell.floor, cell.commit, cell.stretch] for cell in months_of(current.figures)],
        signed_by=by,
        signed_at=now,
    )
    turn(current, Status.ACCEPTED)
    note_move(current, Kind.ACCEPT, amount=current.commit, now=now, made_by=by)
    record("targets.negotiationround.accepted", about=current, by=by, after={"status": Status.ACCEPTED})
    return pledge


@transaction.atomic
def counter(*, round, year=None, quarters=None, reason, client_ref=None, now, by):
    """
    Offer another amount instead of what was asked, with the reason.

    :param year, quarters: the commit target of the year, or of each of the four quarters, in minor units.
    :raises PlanRefused: ``published``.
    :raises TalkRefused: ``not_waiting``, ``changed``, ``short_reason``, ``no_amount``, ``too_large``, ``same_amount``.
    """
    locked(round.plan)
    current = locked_round(round)
    if client_ref and (done := NegotiationMove.objects.filter(client_ref=client_ref, round=current).first()):
        return done
    if current.status != Status.PROPOSED:
        raise TalkRefused("not_waiting")
    require_same_numbers(current)
    reason = reason_of(reason)
    amount = amount_of(sum(quarters) if quarters else year)
    asked = [quarter.commit for quarter in quarters_of(months_of(current.figures))]
    if amount == current.commit and (quarters is None or list(quarters) == asked):
        raise TalkRefused("same_amount")
    current.offered, current.offered_quarters = amount, list(quarters) if quarters else None
    turn(current, Status.COUNTERED, also=["offered", "offered_quarters"])
    offered = str(from_minor(amount, current.plan.metric.scale))
    after = {"status": Status.COUNTERED, "offered": offered, "reason": reason}
    record("targets.negotiationround.countered", about=current, by=by, after=after)
    return note_move(current, Kind.COUNTER, amount=amount, text=reason, client_ref=client_ref, now=now, made_by=by)


@transaction.atomic
def note_change(*, round, seen, now, by):
    """
    Take note of what adjustments made of the numbers that one has signed; of the same changes once.

    :param seen: the id of the last adjustment that was on the screen.
    :raises TalkRefused: ``nothing_to_note``; ``changed_again`` if there is a later one.
    """
    current = locked_round(round)
    changes = changes_since_signing([current]).get(current.pk, ())
    if not any(each.noted_at is None for each in changes):
        raise TalkRefused("nothing_to_note")
    if changes[-1].adjustment.pk != seen:
        raise TalkRefused("changed_again")
    amount = changes[-1].becomes
    after = {"commit": str(from_minor(amount, current.plan.metric.scale))}
    record("targets.negotiationround.acknowledged", about=current, by=by, after=after)
    return note_move(current, Kind.SEEN, amount=amount, now=now, made_by=by)


def new_round(sheet, person_id, figures, *, number, basis, answer_by, note, now, proposed_by):
    """Return a new round, not stored yet; it belongs to the unit in which most is asked."""
    years = {key: sum(cell[1] for cell in cells) for key, cells in figures.items()}
    main = max(sorted(years), key=years.get)
    year = rules.total(months_of(figures))
    return NegotiationRound(
        plan=sheet.plan,
        person_id=person_id,
        unit_id=sheet.nodes[main].unit_id,
        number=number,
        figures=figures,
        floor=year.floor,
        commit=year.commit,
        stretch=year.stretch,
        basis=basis,
        answer_by=answer_by,
        note=note.strip(),
        proposed_by=proposed_by,
        proposed_at=now,
    )


def _last_numbers(plan, person_ids):
    """Return person → the number of their last round about a plan."""
    rounds = NegotiationRound.objects.filter(plan=plan, person__in=person_ids).order_by("number")
    return dict(rounds.values_list("person_id", "number"))


def locked_round(round):
    """Return a round as it is now, under the lock of its plan."""
    Plan.objects.select_for_update(of=("self",)).get(pk=round.plan_id)
    return NegotiationRound.objects.select_related("plan__metric", "person").get(pk=round.pk)


def is_made(current, client_ref):
    """Return whether a form with this reference was carried out in a round before."""
    return bool(client_ref) and NegotiationMove.objects.filter(client_ref=client_ref, round=current).exists()


def person_behind(user):
    """Return the person behind a user in the active company, or None."""
    return user and Person.objects.filter(membership__user=user).values_list("pk", flat=True).first()


def require_same_numbers(current):
    """Refuse a round whose numbers the plan does not ask for any more."""
    if frozen_now(current) != current.figures:
        raise TalkRefused("changed")


def require_day(answer_by, today):
    """Refuse a last day for an answer that is over or more than a year away."""
    if answer_by < today:
        raise TalkRefused("past")
    if (answer_by - today).days > 366:
        raise TalkRefused("too_far")


def reason_of(text):
    """Return a reason; refuse one that is too short."""
    text = text.strip()
    if len(text) < SHORTEST_REASON:
        raise TalkRefused("short_reason", letters=SHORTEST_REASON)
    return text


def amount_of(amount):
    """Return an amount; refuse none, and one that is too large."""
    if not amount or amount < 0:
        raise TalkRefused("no_amount")
    if amount > LIMIT:
        raise TalkRefused("too_large")
    return amount


def turn(current, status, also=()):
    """Bring a round into another status."""
    current.status = status
    current.save(update_fields=["status", *also])


def note_move(current, kind, *, now, made_by, **said):
    """Write down what was said or done in a round."""
    return NegotiationMove.objects.create(round=current, kind=kind, made_by=made_by, made_at=now, **said)
