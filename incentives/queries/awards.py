"""Reads about awards: who stands first for one, who was nominated, and the money that goes with those given."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q

from common.periods import Period, PeriodKind, period_of, previous
from incentives.models import Award, AwardPrize, HonourSettings, Nomination
from incentives.rules.honours import PROPOSED_KINDS, AwardKind, period_kind
from targets.models import Ranking
from targets.queries.metrics import headline_metric
from targets.queries.rankings import BY_ATTAINMENT, BY_VALUE, live_ranking
from targets.queries.windows import Window
from teams.models import Person, Unit
from teams.queries import subtree_ids, with_place

#: How many of the first are shown for an award.
SHOWN = 3


def honour_settings():
    """Return how the company honours; what it has not chosen is as the product comes."""
    return HonourSettings.objects.first() or HonourSettings()


@dataclass(frozen=True)
class PrizeDue:
    """
    Money of an award for a statement, minor units. (`person_id`, `award_id`) comes once in a period.

    Negative where an award of an earlier period was withdrawn: `decided_on` is then the day of the withdrawal.
    """

    person_id: int
    award_id: int
    name: str
    amount_minor: int
    decided_on: date


def prizes_due(period):
    """
    Return the prizes of awards decided in a period, and those of earlier ones withdrawn in it, in a stable order.

    What was withdrawn in the period of its decision is in neither; what a past period gave never changes.
    """
    inside = Q(award__decided_on__gte=period.starts_on, award__decided_on__lt=period.ends_before)
    stands = Q(award__withdrawn_on=None) | Q(award__withdrawn_on__gte=period.ends_before)
    taken = Q(
        award__decided_on__lt=period.starts_on,
        award__withdrawn_on__gte=period.starts_on,
        award__withdrawn_on__lt=period.ends_before,
    )
    rows = AwardPrize.objects.filter((inside & stands) | taken).select_related("award").order_by("person_id", "award_id")
    return [_due(row, is_taken=row.award.decided_on < period.starts_on) for row in rows]


def _due(row, *, is_taken):
    award = row.award
    return PrizeDue(
        row.person_id,
        row.award_id,
        award.get_kind_display(),
        -row.amount if is_taken else row.amount,
        award.withdrawn_on if is_taken else award.decided_on,
    )


@dataclass(frozen=True)
class Candidate:
    """Who may be honoured: a person or a unit; the figure for what is proposed, reasons where people were nominated."""

    key: str  # "p12" or "u3"
    name: str
    place: int | None = None
    value: object = None
    attainment: object = None
    numerator: int | None = None
    home_id: int | None = None
    reasons: tuple[tuple[str, str], ...] = ()  # (who, why)


@dataclass(frozen=True)
class Proposal:
    """An award to be given for a period: who stands first among whom, and those given already."""

    kind: AwardKind
    period: Period
    candidates: tuple[Candidate, ...]
    given: tuple[Award, ...]
    metric: object = None
    is_over: bool = True


def scope_unit(sight):
    """
    Return the unit among whose people a member gives awards: None for the whole company, else the topmost they lead.

    Whoever leads the company's own unit compares the same people as HR: the award of a period is one and the same.
    """
    if sight.sees_everybody:
        return None
    tops = Unit.objects.filter(pk__in=sight.unit_ids).exclude(parent_id__in=sight.unit_ids)
    top = tops.order_by("position", "pk").first()
    return None if top is not None and top.parent_id is None else top


def proposals(*, sight, on, first_month):
    """Return what a member may give now: the last month and quarter that are over, and the quarter's nominations."""
    among = scope_unit(sight)
    return [proposal(kind=kind, period=last_period(kind, on, first_month), among=among, on=on) for kind in AwardKind]


def last_period(kind, on, first_month):
    """Return the last period of an award that is over."""
    wanted = period_kind(kind)
    return previous(period_of(on, wanted, first_month), wanted)


def proposal(*, kind, period, among, on):
    """
    Return who stands first for an award.

    :param among: the unit inside which is compared; None for the whole company.
    """
    given = Award.objects.standing().filter(kind=kind, starts_on=period.starts_on, among=among).select_related("person", "unit")
    metric = headline_metric() if kind in PROPOSED_KINDS else None
    found = _ranked(kind, period, among, metric) if metric else _nominated(kind, period, among)
    return Proposal(kind, period, tuple(found), tuple(given), metric, period.ends_before <= on)


def _ranked(kind, period, among, metric):
    is_team = kind == AwardKind.BEST_TEAM
    rows = live_ranking(
        metric=metric,
        window=Window(period, period_kind(kind)),
        on=period.last_day,
        subject=Ranking.Subject.TEAM if is_team else Ranking.Subject.PERSON,
        by=BY_ATTAINMENT if is_team else BY_VALUE,
        among_unit_ids=None if among is None else set(subtree_ids([among.pk], on=period.last_day)),
    )
    # A team that has no target in the quarter cannot have reached more of it than others.
    rows = [row for row in rows if row.place is not None and row.place <= SHOWN and row.numerator > 0]
    letter = "u" if is_team else "p"
    return [
        Candidate(f"{letter}{row.subject_id}", row.name, row.place, row.value, row.attainment, row.numerator, row.team_id)
        for row in rows
    ]


def _nominated(kind, period, among):
    rows = Nomination.objects.filter(kind=kind, starts_on=period.starts_on).select_related("person", "by")
    if among is not None:
        inside = with_place(Person.objects.all(), on=period.last_day).filter(unit_id__in=subtree_ids([among.pk]))
        rows = rows.filter(person__in=inside)
    found = {}
    for row in rows.order_by("person__name", "person_id", "pk"):
        found.setdefault(row.person, []).append((row.by.name, row.reason))
    ordered = sorted(found.items(), key=lambda pair: -len(pair[1]))  # most voices first; equals stay in order of name
    return [Candidate(f"p{person.pk}", person.name, reasons=tuple(reasons)) for person, reasons in ordered]


def nominations_open(on, first_month):
    """Return the quarters for which people may be nominated: the running one, and the last."""
    running = period_of(on, PeriodKind.QUARTER, first_month)
    return [running, previous(running, PeriodKind.QUARTER)]


def awards_of(person, *, unit_ids=()):
    """Return a person's awards and those of teams, newest first."""
    return (
        Award.objects.standing().filter(Q(person=person) | Q(unit_id__in=list(unit_ids))).order_by(F("starts_on").desc(), "pk")
    )
