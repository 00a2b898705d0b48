"""The manager's answers in a talk: adopting what somebody offers, asking for another amount, holding to it, taking it back."""

from dataclasses import dataclass

from django.db import transaction

from accounts.services import record
from common.money import from_minor
from targets import rules
from targets.models import NegotiationMove, NegotiationRound, PlanStep
from targets.queries.closings import final_months_of
from targets.queries.negotiation import bases_of, rows_by_person, sums_below
from targets.queries.plans import sheet_of, unit_key
from targets.rules.negotiation import freeze, set_amounts
from targets.services.negotiation import (
    TalkRefused,
    amount_of,
    is_made,
    locked_round,
    new_round,
    note_move,
    person_behind,
    reason_of,
    require_day,
    require_same_numbers,
    turn,
)
from targets.services.plans import locked
from targets.services.steps import take_step

Status, Kind = NegotiationRound.Status, NegotiationMove.Kind
QUARTERS = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (9, 10, 11))
YEAR = tuple(range(12))


@dataclass(frozen=True)
class Conceded:
    """What a concession left: the round that follows, and what is missing at the unit then, in minor units (negative: over)."""

    round: NegotiationRound
    missing: int


@transaction.atomic
def adopt(*, round, answer_by, client_ref=None, now, today, by):
    """
    Give the person what they offered: their cells change in one step, and the new numbers wait for their signature.

    :raises TalkRefused: ``no_counter``, ``changed``, ``oneself`` and those of `offer`.
    """
    current = locked_round(round)
    if current.status != Status.COUNTERED and not is_made(current, client_ref):
        raise TalkRefused("no_counter")
    quarters = current.offered_quarters
    amounts = dict(zip(QUARTERS, quarters, strict=True)) if quarters else {YEAR: current.offered}
    return _concede(
        current, amounts, Kind.ADOPT, text="", answer_by=answer_by, client_ref=client_ref, now=now, today=today, by=by
    )


@transaction.atomic
def offer(*, round, amount, reason="", answer_by, client_ref=None, now, today, by):
    """
    Ask for another amount of the year: the person's cells change in one step and a new round begins.

    :raises PlanRefused: ``published``, ``month_closed``.
    :raises TalkRefused: ``not_waiting``, ``changed``, ``oneself``, ``no_amount``, ``below_closed``, ``not_there``, ``past``.
    """
    return _concede(
        round,
        {YEAR: amount_of(amount)},
        Kind.OFFER,
        text=reason.strip(),
        answer_by=answer_by,
        client_ref=client_ref,
        now=now,
        today=today,
        by=by,
    )


@transaction.atomic
def hold(*, round, reason, client_ref=None, now, by):
    """
    Stay with what was asked, saying why; the person may still accept.

    :raises TalkRefused: ``no_counter``, ``changed``, ``short_reason``, ``oneself``.
    """
    current = _to_answer(round, by, client_ref)
    if is_made(current, client_ref):
        return current
    if current.status != Status.COUNTERED:
        raise TalkRefused("no_counter")
    require_same_numbers(current)
    reason = reason_of(reason)
    turn(current, Status.HELD)
    note_move(current, Kind.HOLD, text=reason, amount=current.commit, client_ref=client_ref, now=now, made_by=by)
    record("targets.negotiationround.held", about=current, by=by, after={"status": Status.HELD, "reason": reason})
    return current


@transaction.atomic
def take_back(*, round, reason="", client_ref=None, now, by):
    """
    Withdraw a proposal, a signed one too: its pledge stays on record and counts no more.

    :raises TalkRefused: ``not_waiting``, ``oneself``.
    """
    current = _to_answer(round, by, client_ref)
    if is_made(current, client_ref):
        return current
    if current.status in {Status.WITHDRAWN, Status.REPLACED}:
        raise TalkRefused("not_waiting")
    turn(current, Status.WITHDRAWN)
    note_move(current, Kind.WITHDRAW, text=reason.strip(), client_ref=client_ref, now=now, made_by=by)
    record("targets.negotiationround.withdrawn", about=current, by=by, after={"status": Status.WITHDRAWN, "reason": reason})
    return current


def _concede(round, amounts, kind, *, text, answer_by, client_ref, now, today, by):
    plan = locked(round.plan)
    current = _to_answer(round, by, client_ref)
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    if is_made(current, client_ref):
        last = NegotiationRound.objects.filter(plan=plan, person=current.person).first()
        return Conceded(last, sums_below(sheet, unit_key(last.unit_id)))
    if current.status not in {Status.PROPOSED, Status.COUNTERED, Status.HELD}:
        raise TalkRefused("not_waiting")
    require_day(answer_by, today)
    rows = {key: sheet.sheet.of(key) for key in current.figures if key in sheet.nodes}
    if freeze(rows) != current.figures:
        raise TalkRefused("changed")
    changes = _changed_rows(sheet, rows, amounts)
    by_hand = {key: frozenset(sheet.by_hand.get(key, ())) | _differing(rows[key], cells) for key, cells in changes.items()}
    node = sheet.nodes[unit_key(current.unit_id)]
    inputs = {"talk": kind.value, "name": current.person.name, "round": current.pk}
    inputs["year"] = [current.commit, sum(rules.total(cells).commit for cells in (rows | changes).values())]
    take_step(sheet, node, PlanStep.Verb.CELL, changes, by_hand=by_hand, inputs=inputs, by=by)
    turn(current, Status.REPLACED)
    note_move(current, kind, text=text, amount=inputs["year"][1], client_ref=client_ref, now=now, made_by=by)
    sheet = sheet_of(plan, company=plan.company)
    figures = freeze(rows_by_person(sheet)[current.person_id])
    following = new_round(
        sheet,
        current.person_id,
        figures,
        number=current.number + 1,
        basis=bases_of(sheet, on=today)[current.person_id],
        answer_by=answer_by,
        note=text,
        now=now,
        proposed_by=by,
    )
    following.save()
    note_move(following, Kind.PROPOSE, text=text, amount=following.commit, day=answer_by, now=now, made_by=by)
    after = {"commit": str(from_minor(following.commit, plan.metric.scale)), "reason": text}
    record("targets.negotiationround.answered", about=following, by=by, after=after)
    return Conceded(following, sums_below(sheet, unit_key(following.unit_id)))


def _changed_rows(sheet, rows, amounts):
    """Return the rows that differ once the amounts are set; months that are final or locked keep their part of the amount."""
    plan, final = sheet.plan, {sheet.months.index(month) for month in final_months_of(sheet.plan)}
    final = final.union(*(sheet.locked_of(key) for key in rows))
    rule = rules.TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
    presence = {
        key: [there * (sheet.working_days[month] or 1) for there, month in zip(node.presence, sheet.months, strict=True)]
        for key, node in ((key, sheet.nodes[key]) for key in rows)
    }
    wanted = {}
    for positions, amount in amounts.items():
        rest = amount - sum(rows[key][i].commit for key in rows for i in positions if i in final)
        free = tuple(i for i in positions if i not in final)
        if rest < 0 or (rest and not free):
            raise TalkRefused("below_closed")
        if free:
            wanted[free] = rest
    try:
        changed = set_amounts(rows, wanted, presence=presence, rule=rule)
    except rules.NoWeights:
        raise TalkRefused("not_there") from None
    changed = {key: cells for key, cells in changed.items() if cells != rows[key]}
    if not changed:
        raise TalkRefused("no_difference")
    return changed


def _differing(before, after):
    return frozenset(i for i, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)


def _to_answer(round, by, client_ref):
    current = locked_round(round)
    if current.person_id == person_behind(by) and not is_made(current, client_ref):
        raise TalkRefused("oneself")
    return current
