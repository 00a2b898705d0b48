"""Talks about a plan's targets: who was asked, what they said, whether it still holds, and what adds up from below."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q

from common.money import apportion
from common.periods import months_in
from common.questions import Question
from targets import rules
from targets.models import NegotiationMove, NegotiationRound, Plan, Pledge, Target
from targets.queries.plans import Node, person_key, year_of
from targets.queries.proposals import record_of
from targets.queries.signed import SignedChange, changes_not_noted, changes_since_signing
from targets.rules.negotiation import Tally, freeze, is_overdue, peer_range
from teams.models import Person
from teams.rules import tenure_stage

Status = NegotiationRound.Status
#: In which order people are shown: whoever waits for the manager, then whoever lets the manager wait.
STATES = ("COUNTERED", "OVERDUE", "CHANGED", "ADJUSTED", "NOT_ASKED", "PROPOSED", "HELD", "ACCEPTED")


@dataclass(frozen=True)
class Talk:
    """
    A person's row of a plan and where the talk about it stands. Amounts in minor units of the commit target.

    :ivar asked: what the plan asks in this row now.
    :ivar offered: what the person offers for this row instead; None while they have not countered.
    :ivar state: one of `STATES`.
    """

    node: Node
    asked: int
    round: NegotiationRound | None
    offered: int | None
    state: str
    has_sign_in: bool
    # What adjustments made of what they had signed, since the plan counts.
    changes: tuple[SignedChange, ...] = ()

    @property
    def difference(self):
        return None if self.offered is None else self.offered - self.asked

    @property
    def growth(self):
        text = self.round and self.round.basis.get("growth")
        return Decimal(text) if text else None


def rows_by_person(sheet):
    """
    Return person → {key: twelve Tiers} of everybody who is asked for something, in the shown order.

    Nobody is in a plan of rates: these are set for a unit and handed down, and nobody's is talked about.
    """
    found = defaultdict(dict)
    if not sheet.plan.metric.adds_up:
        return found
    for node in sheet.nodes.values():
        if node.is_person and sheet.sheet.year_of(node.key) != rules.NO_TARGET:
            found[node.person_id][node.key] = sheet.sheet.of(node.key)
    return found


def live_rounds(plan):
    """Return person → the round that stands."""
    rounds = NegotiationRound.objects.live().filter(plan=plan).select_related("proposed_by", "unit")
    return {found.person_id: found for found in rounds}


def talks_of(sheet, *, on):
    """Return key → Talk of every person who is asked for something, in a fixed number of statements."""
    rows, rounds = rows_by_person(sheet), live_rounds(sheet.plan)
    signed_in = set(Person.objects.filter(pk__in=rows, membership__isnull=False).values_list("pk", flat=True))
    found, changes = {}, {}
    if sheet.plan.status == Plan.Status.PUBLISHED:
        changes = changes_since_signing(rounds.values())
    for person_id, own in rows.items():
        current = rounds.get(person_id)
        state = state_of(current, freeze(own), on=on)
        changed = tuple(changes.get(current.pk, ())) if current else ()
        if state == "CHANGED" and changed:
            state = "ADJUSTED"
        years = {key: rules.total(cells).commit for key, cells in own.items()}
        offers = dict.fromkeys(own)
        if state in {Status.COUNTERED, Status.HELD} and current.offered is not None and any(years.values()):
            offers = dict(zip(years, apportion(current.offered, list(years.values())), strict=True))
        for key in own:
            found[key] = Talk(
                node=sheet.nodes[key],
                asked=years[key],
                round=current,
                offered=offers[key],
                state=state,
                has_sign_in=person_id in signed_in,
                changes=changed,
            )
    return found


def state_of(current, figures, *, on):
    """
    Return where a talk stands: one of `STATES`.

    :param current: the round that stands, or None.
    :param figures: what the plan asks of the person now, frozen.
    """
    if current is None:
        return "NOT_ASKED"
    if current.figures != figures:
        return "CHANGED"
    if current.status == Status.PROPOSED and is_overdue(current.answer_by, on=on):
        return "OVERDUE"
    return current.status


def tallies_of(sheet, talks):
    """Return key → Tally of every unit, with everybody below it."""
    found = defaultdict(Tally)
    for key, talk in talks.items():
        found[sheet.nodes[key].parent] += _tally(talk)
    # Parents come before their children, so the way up is the way back.
    for node in reversed(list(sheet.nodes.values())):
        if not node.is_person and node.parent is not None:
            found[node.parent] += found[node.key]
    return found


def _tally(talk):
    answered = talk.asked if talk.state in {Status.ACCEPTED, "ADJUSTED"} else talk.offered
    return Tally(
        asked=talk.asked,
        offered=answered or 0,
        open=talk.asked if answered is None else 0,
        people=1,
        accepted=talk.state == Status.ACCEPTED,
        countered=talk.state == Status.COUNTERED,
        held=talk.state == Status.HELD,
        unanswered=talk.state in {Status.PROPOSED, "OVERDUE"},
        overdue=talk.state == "OVERDUE",
        not_asked=talk.state in {"NOT_ASKED", "CHANGED"},
    )


def not_accepted(sheet, *, on):
    """Return a talk of each person with a target who has not accepted what the plan asks now, in the shown order."""
    left = {talk.node.person_id: talk for talk in talks_of(sheet, on=on).values() if talk.state != Status.ACCEPTED}
    return list(left.values())


def bases_of(sheet, *, on):
    """
    Return person → what is known about what they are asked for: their own record, growth, and the range among peers, JSON-ready.

    Growth is a month of the target against a month on record; peers are of the same tenure stage on the day, oneself left out.
    """
    record, rows = record_of(sheet, on=on), rows_by_person(sheet)
    known, growths = {}, defaultdict(dict)
    for person_id, own in rows.items():
        nodes = [sheet.nodes[key] for key in own]
        hired_on = nodes[0].hired_on
        stage = tenure_stage(hired_on, on) if hired_on else None
        months = record.of(nodes[0], sheet)
        year = sum(rules.total(cells).commit for cells in own.values())
        there = sum((sum(node.presence) for node in nodes), Fraction(0))
        done = sum(months.values())
        growth = None
        if done > 0 and there:
            share = rules.percent_of(year * len(months) * there.denominator, done * there.numerator)
            growth = round(share - 100, 1)
        known[person_id] = {
            "record": done if months else None,
            "months": len(months),
            "growth": None if growth is None else str(growth),
            "stage": stage.value if stage else "",
        }
        if growth is not None and stage:
            growths[stage.value][person_id] = growth
    for person_id, basis in known.items():
        peers = [growth for other, growth in growths[basis["stage"]].items() if other != person_id]
        if span := peer_range(peers):
            basis["peers"] = {
                "people": span.people,
                "low": str(span.low),
                "middle": str(round(span.middle, 1)),
                "high": str(span.high),
            }
    return known


def frozen_now(current):
    """Return what the plan asks of a round's person now, frozen as the round's figures are; one statement."""
    months = [month.starts_on for month in months_in(year_of(current.plan))]
    position = {month: i for i, month in enumerate(months)}
    found = {}
    rows = Target.objects.filter(plan_id=current.plan_id, person_id=current.person_id)
    for within_id, month, *tiers in rows.values_list("within_id", "month", "floor", "commit", "stretch"):
        cells = found.setdefault(person_key(current.person_id, within_id), [[0, 0, 0] for _month in months])
        cells[position[month]] = tiers
    return {key: cells for key, cells in sorted(found.items()) if any(map(any, cells))}


def moves_of(rounds):
    """Return what was said in rounds, newest first."""
    return NegotiationMove.objects.filter(round__in=rounds).select_related("made_by", "round").order_by("-pk")


def counters_of(rounds):
    """Return round → the reason of its counter-proposal."""
    moves = NegotiationMove.objects.filter(round__in=rounds, kind=NegotiationMove.Kind.COUNTER).order_by("pk")
    return dict(moves.values_list("round_id", "text"))


def rounds_with(person, *, plan):
    """Return every round with a person about a plan, newest first."""
    return list(NegotiationRound.objects.filter(person=person, plan=plan).order_by("-number"))


@dataclass(frozen=True)
class Asked:
    """A round that waits for the person, or whose signed numbers were changed: on their home and their page of targets."""

    round: NegotiationRound
    days_left: int
    is_reminded: bool
    changes: tuple[SignedChange, ...] = ()  # those that they have not taken note of yet

    @property
    def is_overdue(self):
        return self.days_left < 0 and self.round.status == Status.PROPOSED


def waiting_for(person, *, on):
    """
    Return the rounds that wait for a person's answer, that they may still accept, or of whose changed numbers they have not taken
    note, most urgent first; one statement, three more for who has signed something.
    """
    nudged = NegotiationMove.objects.filter(round=OuterRef("pk"), kind__in=["REMIND", "OVERDUE"])
    signed = Q(status=Status.ACCEPTED, plan__status=Plan.Status.PUBLISHED)
    rounds = NegotiationRound.objects.filter(Q(status__in=[Status.PROPOSED, Status.HELD]) | signed, person=person)
    rounds = rounds.select_related("plan__metric", "proposed_by").annotate(is_reminded=Exists(nudged))
    rounds = list(rounds.order_by("answer_by", "pk"))
    changes = changes_not_noted(rounds)
    return [
        Asked(found, (found.answer_by - on).days, found.is_reminded, tuple(changes.get(found.pk, ())))
        for found in rounds
        if found.status != Status.ACCEPTED or found.pk in changes
    ]


@dataclass(frozen=True)
class Waiting:
    """What a leader's home says about the talks of one plan."""

    plan: Plan
    countered: int
    overdue: int
    unanswered: int


def waiting_by_plan(*, unit_ids, besides, on):
    """
    Return what waits in units, by plan: one statement.

    :param unit_ids: the units one leads, with everything below; None for all.
    :param besides: the person whose own rounds are left out, or None: somebody else answers these.
    """

    def waiting():
        rounds = NegotiationRound.objects.filter(
            status__in=[Status.COUNTERED, Status.PROPOSED], plan__status=Plan.Status.DRAFT
        ).select_related("plan__metric")
        if unit_ids is not None:
            rounds = rounds.filter(unit__in=unit_ids)
        return rounds.exclude(person=besides) if besides else rounds

    by_plan = {}
    for found in Question("waiting talks", (unit_ids, besides and besides.pk), waiting):
        by_plan.setdefault(found.plan_id, []).append(found)
    return [
        Waiting(
            plan=own[0].plan,
            countered=sum(found.status == Status.COUNTERED for found in own),
            overdue=sum(found.status == Status.PROPOSED and is_overdue(found.answer_by, on=on) for found in own),
            unanswered=sum(found.status == Status.PROPOSED for found in own),
        )
        for own in by_plan.values()
    ]


def pledges_of(person, *, plans):
    """Return plan → the pledge that stands for what a person accepted, with its round."""
    pledges = Pledge.objects.filter(person=person, round__plan__in=plans, round__status=Status.ACCEPTED)
    return {pledge.round.plan_id: pledge for pledge in pledges.select_related("round")}


def sums_below(sheet, key) -> int:
    """Return by how much a unit's commit target of the year is more (negative: less) than what is below it."""
    return sum(left[1] for left in sheet.sheet.left_over(key))
