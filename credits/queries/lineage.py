"""Down to the fact: the credits behind a figure, each with the deal, payment, visit or customer that caused it."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Case, Count, Exists, OuterRef, Q, Sum, When

from credits.models import Credit
from credits.queries.brought import stock_behind
from credits.queries.lens import PLAIN, credits_through, lies_in
from credits.queries.measures import shapes_of
from credits.rules import BROUGHT_FORWARD, SCALE, Measure, is_own
from customers.models import Complaint, Customer, Survey
from customers.queries import complaints_in_sight, customers_in_sight, surveys_in_sight
from deals.models import Deal, DealReturn, Payment
from deals.queries import deals_in_sight
from teams.models import Assignment, Task
from teams.queries import below_during
from visits.models import Expense, Visit
from visits.queries import expenses_in_sight, visits_in_sight

Source = Credit.Source


@dataclass(frozen=True, slots=True)
class CreditRow:
    """
    One credit for a page. `route` and `route_id` lead to the fact, "" where there is no page or it is out of sight.

    `amount` is in minor units of `scale`.
    """

    day: date
    counts_on: date
    person: str
    unit: str
    territory: str
    source: str
    label: str
    route: str
    route_id: int | None
    is_out_of_sight: bool
    product_line: str
    channel: str
    measure: str
    measure_label: str
    scale: int
    amount: int
    is_overlay: bool
    rule_version: int
    recorded_at: datetime

    @property
    def is_restated(self):
        """Whether its own day lay in a closed period when it arrived, so that it counts later."""
        return self.counts_on != self.day

    @property
    def own_version(self):
        """The number of the own metric's version that counted it; None for what is built in."""
        return self.rule_version if is_own(self.measure) else None

    @property
    def source_label(self):
        return Source(self.source).label


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that a figure does not hold: why (a code), how many facts, and how much in minor units."""

    reason: str
    count: int
    amount: int


def credits_behind(*, measure, period, lens=PLAIN, person_id=None, unit_id=None):
    """
    Return the credits that a figure adds up: of a person, or of a unit and all below it without overlay, as a lens lets them through.

    The company's own unit, the root, has everything, also what credits nobody. Those behind a stock are counted with a sign of their
    own (`stock_behind`).
    """
    if measure in BROUGHT_FORWARD:
        return stock_behind(measure=measure, period=period, lens=lens, person_id=person_id, unit_id=unit_id)
    credits = _of_subject(credits_through(lens), period, lens, person_id, unit_id).filter(measure=measure)
    return credits if person_id is not None else credits.filter(is_overlay=False)


def left_out_of(*, measure, period, lens=PLAIN, person_id=None, unit_id=None):
    """
    Return what a figure does not hold although somebody might look for it there; a few queries whatever the number of credits.

    Overlay of a unit's people; what counts later than one looks; what was recorded since; other product lines and channels;
    deals that were cancelled and complaints entered by mistake, whose credits add up to nothing; visits that failed the company's rules.
    """
    subject = (period, lens, person_id, unit_id)
    shown = _of_subject(credits_through(lens), *subject).filter(measure=measure)
    own = Q() if unit_id is None else Q(is_overlay=False)
    found = [] if unit_id is None else [("overlay", shown.filter(is_overlay=True))]
    if lens.as_of is not None:
        later = credits_through(replace(lens, as_of=None)).filter(counts_on__gt=lens.as_of)
        found.append(("later", _of_subject(later, *subject).filter(own, measure=measure)))
    if lens.is_as_known:
        since = credits_through(replace(lens, known_at=None, until=None)).filter(recorded_at__gte=lens.known_before)
        found.append(("recorded_since", _of_subject(since, *subject).filter(own, measure=measure)))
    if lens.product_line_id or lens.channel_id:
        everything = credits_through(replace(lens, product_line_id=None, channel_id=None)).exclude(pk__in=shown.values("pk"))
        found.append(("other", _of_subject(everything, *subject).filter(own, measure=measure)))
    found += [(reason, shown.filter(own, taken_back, amount__gt=0)) for reason, taken_back in _taken_back(measure)]
    rows = [(reason, *_sum_up(credits)) for reason, credits in found]
    if measure == Measure.VISITS:
        invalid = _invalid_visits(*subject)
        rows.append(("invalid", invalid, invalid))
    return [LeftOut(reason, count, amount) for reason, count, amount in rows if count]


def beside_people(*, measure, period, unit_id, person_ids, lens=PLAIN):
    """
    Return what a unit's figure and the sum of these people's figures do not have in common, as two sets of credits.

    The unit's credits of others or of nobody; the people's credits elsewhere, or on top (overlay).
    """
    inside = credits_behind(measure=measure, period=period, lens=lens, unit_id=unit_id)
    own = credits_through(lens).counting_in(period).filter(measure=measure, person_id__in=list(person_ids))
    return inside.exclude(person_id__in=list(person_ids)), own.exclude(pk__in=inside.values("pk"))


def beside_units(*, measure, period, unit_id, parts, lens=PLAIN):
    """
    Return the credits of a unit's figure that lie in none of the units right below it.

    :param parts: (Period, ids) of everything that hung in those units in each part of the period.
    """
    inside = credits_behind(measure=measure, period=period, lens=lens, unit_id=unit_id)
    below = Q()
    for part, ids in parts:
        # What a stock begins with lies before the first part.
        since = Q() if part.starts_on == period.starts_on else Q(counts_on__gte=part.starts_on)
        below |= since & Q(counts_on__lt=part.ends_before, place_id__in=list(ids))
    return inside.exclude(pk__in=inside.filter(below).values("pk")) if below else inside


def uncredited(*, measure=""):
    """Return the credits that stand for no person or for no unit, of one measure or all: money first, then the latest."""
    credits = Credit.objects.filter(Q(person=None) | Q(unit=None))
    is_count = Case(When(measure__in=list(SCALE), then=0), default=1)
    return (credits.filter(measure=measure) if measure else credits).order_by(is_count, "-day", "-pk")


def sum_of(credits):
    """Return what credits add up to."""
    return credits.aggregate(total=Sum(_amount_of(credits)))["total"] or 0


def count_and_sum_of(credits):
    """Return of how many facts credits are, and what they add up to."""
    return _sum_up(credits)


def rule_versions_of(credits):
    """Return by which versions of the crediting rules these were posted."""
    return sorted(credits.order_by().values_list("rule_version", flat=True).distinct())


def rows_of(credits, *, sight):
    """
    Return credits, already narrowed to a page, as rows with the names of their facts; a few queries in all.

    What a member of this sight may not open has no route, and of what it is about no more than a deal's number.
    """
    given = list(
        credits.values_list(
            "day", "counts_on", "person__name", "unit__name", "territory__name", "source", "source_id", "product_line__name",
            "channel__name", "measure", _amount_of(credits), "is_overlay", "rule_version", "recorded_at",
        )
    )  # fmt: skip
    ids = {source: [row[6] for row in given if row[5] == source] for source in Source.values}
    shapes = shapes_of({row[9] for row in given})
    facts = _facts(ids, sight)
    return [
        CreditRow(
            day,
            counts_on,
            person or "",
            unit or "",
            territory or "",
            source,
            *facts[source].get(source_id, ("" if source == Source.WORK_DAY else f"#{source_id}", "", None, False)),
            line or "",
            channel or "",
            measure,
            *shapes[measure],
            *rest,
        )
        for day, counts_on, person, unit, territory, source, source_id, line, channel, measure, *rest in given
    ]


def _taken_back(measure):
    """Yield why credits of a measure may add up to nothing, and which those are: deals cancelled, complaints entered by mistake."""
    if measure == Measure.COMPLAINTS:
        mistaken = Complaint.objects.filter(status=Complaint.Status.CANCELLED).values("pk")
        yield "mistaken", Q(source=Source.COMPLAINT, source_id__in=mistaken)
    else:
        cancelled = Deal.objects.filter(status=Deal.Status.CANCELLED).values("pk")
        yield "cancelled", Q(source=Source.DEAL, source_id__in=cancelled)


def _amount_of(credits):
    """Return under which name credits have what they put into a figure."""
    return "counted" if "counted" in credits.query.annotations else "amount"


def _facts(ids, sight):
    """Return by source {fact id: (label, route, route id, whether it is out of sight)}; no query for none."""
    deals = {
        Source.DEAL: _deals(Deal.objects.filter(pk__in=ids[Source.DEAL]), "pk", ""),
        Source.RETURN: _deals(DealReturn.objects.filter(pk__in=ids[Source.RETURN]), "deal_id", "deal__"),
        Source.PAYMENT: _deals(Payment.objects.filter(pk__in=ids[Source.PAYMENT]), "deal_id", "deal__"),
        Source.RECEIVABLE: _deals(Deal.objects.filter(pk__in=ids[Source.RECEIVABLE]), "pk", ""),
    }
    asked = {deal for found in deals.values() for deal, _number, _customer in found.values()}
    seen = _seen(deals_in_sight, asked, sight)
    found = {
        source: {
            pk: (" · ".join(filter(None, (number, customer))), "deals:deal", deal, False)
            if deal in seen
            else (number, "", None, True)
            for pk, (deal, number, customer) in rows.items()
        }
        for source, rows in deals.items()
    }
    visits = Visit.objects.filter(pk__in=ids[Source.VISIT]).values_list("pk", "customer__name")
    customers = Customer.objects.filter(pk__in=ids[Source.CUSTOMER]).values_list("pk", "name")
    surveys = Survey.objects.filter(pk__in=ids[Source.SURVEY]).values_list("pk", "customer__name")
    expenses = Expense.objects.filter(pk__in=ids[Source.EXPENSE]).values_list("pk", "category__name")
    complaints = Complaint.objects.filter(pk__in=ids[Source.COMPLAINT]).values_list("pk", "customer__name")
    for source, rows, route, in_sight in (
        (Source.VISIT, visits, "visits:visit", visits_in_sight),
        (Source.CUSTOMER, customers, "customers:customer", customers_in_sight),
        (Source.COMPLAINT, complaints, "customers:complaint", complaints_in_sight),
        (Source.SURVEY, surveys, "customers:survey", surveys_in_sight),
        (Source.EXPENSE, expenses, "visits:expense", expenses_in_sight),
    ):
        seen = _seen(in_sight, ids[source], sight)
        found[source] = {pk: (name, route, pk, False) if pk in seen else ("", "", None, True) for pk, name in rows}
    tasks = Task.objects.filter(pk__in=ids[Source.TASK]).values_list("pk", "title")
    return found | {Source.TASK: {pk: (title, "", None, False) for pk, title in tasks}, Source.WORK_DAY: {}}


def _deals(facts, deal_id, path):
    """Return {fact id: (deal id, number, customer)} of deals or of rows that belong to one; no query for none."""
    rows = facts.values_list("pk", deal_id, f"{path}number", f"{path}customer__name")
    return {pk: (deal, number, customer) for pk, deal, number, customer in rows}


def _seen(in_sight, ids, sight):
    """Return which of these ids are in sight; asks only for members who do not see everybody, and of something."""
    ids = set(ids)
    return ids if sight.sees_everybody or not ids else set(in_sight(sight).filter(pk__in=ids).values_list("pk", flat=True))


def _of_subject(credits, period, lens, person_id, unit_id):
    """Return those of `credits_through` that count in a period for a person, or in a unit or below it, as the tree was on their day."""
    credits = credits.filter(counts_on__gte=period.starts_on, counts_on__lt=period.ends_before)
    if person_id is not None:
        return credits.filter(person_id=person_id)
    return credits.filter(lies_in([unit_id], period, lens=lens))


def _sum_up(credits):
    sums = credits.aggregate(facts=Count("source_id", distinct=True), total=Sum("amount"))
    return sums["facts"], sums["total"] or 0


def _invalid_visits(period, lens, person_id, unit_id):
    """Return how many visits of a period failed the rules, of a person or of whoever was in a unit on that day."""
    visits = Visit.objects.filter(is_valid=False).within(period)
    if lens.as_of is not None:
        visits = visits.filter(visited_on__lte=lens.as_of)
    if person_id is not None:
        return visits.filter(person_id=person_id).count()
    below = Q()
    for part, ids in below_during([unit_id], period, known_at=lens.last_known):
        there = Assignment.objects.on(OuterRef("visited_on")).filter(person_id=OuterRef("person_id"), unit_id__in=ids)
        below |= Q(Exists(there), visited_on__gte=part.starts_on, visited_on__lt=part.ends_before)
    return visits.filter(below).count()
