"""Down to the fact: the credits behind a figure, each with the deal, payment, visit or customer that caused it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, Sum

from credits.models import Credit
from credits.queries.measures import shapes_of
from customers.models import Customer
from deals.models import Deal, DealReturn, Payment
from teams.models import Task, Unit
from teams.queries import below_during
from visits.models import Visit

Source = Credit.Source


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One credit for a page. `route` and `route_id` lead to the fact; `amount` is in minor units of `scale`."""

    day: date
    person: str
    unit: str
    source: str
    label: str
    route: str
    route_id: int | None
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
    def source_label(self):
        return Source(self.source).label


def credits_behind(*, measure, period, person_id=None, unit_id=None):
    """
    Return the credits that a figure adds up: of a person, or of a unit and all below it without overlay.

    The company's own unit, the root, has everything, also what credits nobody.
    """
    credits = Credit.objects.counting_in(period).filter(measure=measure)
    if person_id is not None:
        return credits.filter(person_id=person_id)
    below = _below(unit_id, period)
    return credits.filter(below | Q(unit=None) if _is_root(unit_id) else below, is_overlay=False)


def uncredited(*, measure=""):
    """Return the credits that stand for no person or for no unit, of one measure or all."""
    credits = Credit.objects.filter(Q(person=None) | Q(unit=None))
    return credits.filter(measure=measure) if measure else credits


def sum_of(credits):
    """Return what credits add up to."""
    return credits.aggregate(total=Sum("amount"))["total"] or 0


def overlay_of(*, measure, period, unit_id):
    """Return what overlay credits of people in a unit add up to: counted for them and left out of the unit."""
    return sum_of(Credit.objects.counting_in(period).filter(_below(unit_id, period), measure=measure, is_overlay=True))


def rows_of(credits):
    """Return credits, already narrowed to a page, as rows with the names of their facts; a few queries in all."""
    given = list(
        credits.values_list(
            "day", "person__name", "unit__name", "source", "source_id", "product_line__name", "channel__name",
            "measure", "amount", "is_overlay", "rule_version", "recorded_at",
        )
    )  # fmt: skip
    ids = {source: [row[4] for row in given if row[3] == source] for source in Source.values}
    shapes = shapes_of({row[7] for row in given})
    facts = {
        Source.DEAL: _deals(Deal.objects.filter(pk__in=ids[Source.DEAL]), "pk", ""),
        Source.RETURN: _deals(DealReturn.objects.filter(pk__in=ids[Source.RETURN]), "deal_id", "deal__"),
        Source.PAYMENT: _deals(Payment.objects.filter(pk__in=ids[Source.PAYMENT]), "deal_id", "deal__"),
        Source.VISIT: {
            pk: (name, "visits:visit", pk)
            for pk, name in Visit.objects.filter(pk__in=ids[Source.VISIT]).values_list("pk", "customer__name")
        },
        Source.CUSTOMER: {
            pk: (name, "customers:customer", pk)
            for pk, name in Customer.objects.filter(pk__in=ids[Source.CUSTOMER]).values_list("pk", "name")
        },
        Source.TASK: {
            pk: (title, "", None) for pk, title in Task.objects.filter(pk__in=ids[Source.TASK]).values_list("pk", "title")
        },
        Source.WORK_DAY: {},
    }
    return [
        CreditRow(
            day,
            person or "",
            unit or "",
            source,
            *facts[source].get(source_id, ("" if source == Source.WORK_DAY else f"#{source_id}", "", None)),
            line or "",
            channel or "",
            measure,
            *shapes[measure],
            amount,
            is_overlay,
            rule_version,
            recorded_at,
        )
        for day, person, unit, source, source_id, line, channel, measure, amount, is_overlay, rule_version, recorded_at in given
    ]


def _deals(facts, deal_id, path):
    """Return {fact id: (label, route, deal id)} of deals or of rows that belong to one; no query for none."""
    return {
        pk: (" · ".join(filter(None, (number, customer))), "deals:deal", deal)
        for pk, deal, number, customer in facts.values_list("pk", deal_id, f"{path}number", f"{path}customer__name")
    }


def _below(unit_id, period):
    """Return the condition that a credit's unit was below another one on the day on which it counts."""
    condition = Q()
    for part, ids in below_during([unit_id], period):
        condition |= Q(counts_on__gte=part.starts_on, counts_on__lt=part.ends_before, unit_id__in=ids)
    return condition


def _is_root(unit_id):
    return Unit.objects.filter(pk=unit_id, parent=None).exists()
