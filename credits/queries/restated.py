"""What arrived after its period was closed, as people tell it: a deal with everything that counts of it, then its credits."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import BigIntegerField, Case, F, Max, Min, OuterRef, Q, Subquery, Value, When

from credits.models import Credit
from credits.queries.lineage import CreditRow, rows_of
from credits.rules import is_own
from deals.models import DealReturn, Payment

Source = Credit.Source
_OF_DEALS = (Source.DEAL, Source.RETURN, Source.PAYMENT, Source.RECEIVABLE)


@dataclass(frozen=True, slots=True)
class MeasureSum:
    """
    What a fact brought to a measure, in minor units of `scale`.

    Overlay, which no unit has, is left out; so is what own metrics make of the same, unless nothing else arrived.
    """

    label: str
    scale: int
    amount: int


@dataclass(frozen=True, slots=True)
class RestatedFact:
    """A deal, visit or other fact with all credits that arrived of it at one moment; `day` to `last_day` are when it happened."""

    credit: CreditRow  # that names the fact
    day: date
    last_day: date
    counts_on: date
    recorded_at: datetime
    people: list[str]
    measures: list[MeasureSum]
    credits: list[CreditRow]

    @property
    def source_label(self):
        return Source(Source.DEAL if self.credit.source in _OF_DEALS else self.credit.source).label


def facts_behind(credits):
    """
    Return what caused these credits, each with what arrived of it at one moment, latest first: a queryset to be paged.

    What a deal's returns, payments and instalments credit belongs to the deal.
    """
    groups = _with_fact(credits).order_by().values("fact_kind", "fact_id", "recorded_at")
    return groups.annotate(first_day=Min("day"), last_day=Max("day"), latest=Max("counts_on"), last_id=Max("pk")).order_by(
        "-latest", "-recorded_at", "-last_id"
    )


def facts_of(groups, credits, *, sight):
    """Return groups of `facts_behind`, already narrowed to a page, with their credits; a few queries in all."""
    keys = [(group["fact_kind"], group["fact_id"], group["recorded_at"]) for group in groups]
    there = Q(fact_id__in={fact_id for _kind, fact_id, _at in keys}, recorded_at__in={at for _kind, _id, at in keys})
    found = _with_fact(credits).filter(there).order_by("pk")
    by_key = {key: [] for key in keys}
    told = zip(found.values_list("fact_kind", "fact_id", "recorded_at"), rows_of(found, sight=sight), strict=True)
    for key, row in told:
        if key in by_key:
            by_key[key].append(row)
    return [
        RestatedFact(
            credit=rows[0],
            day=group["first_day"],
            last_day=group["last_day"],
            counts_on=group["latest"],
            recorded_at=group["recorded_at"],
            people=sorted({row.person for row in rows if row.person}),
            measures=_sums(rows),
            credits=rows,
        )
        for group, rows in zip(groups, by_key.values(), strict=True)
    ]


def _sums(rows):
    sums, has_built_in = {}, any(not is_own(row.measure) for row in rows)
    for row in rows:
        if not row.is_overlay and not (has_built_in and is_own(row.measure)):
            label, scale, amount = sums.get(row.measure, (row.measure_label, row.scale, 0))
            sums[row.measure] = (label, scale, amount + row.amount)
    return [MeasureSum(*found) for found in sums.values()]


def _with_fact(credits):
    """Return credits with the fact that people know: the deal of a return or payment, else what posted them."""

    def deal_of(model):
        return Subquery(model.objects.filter(pk=OuterRef("source_id")).values("deal_id")[:1])

    return credits.annotate(
        fact_kind=Case(When(source__in=_OF_DEALS, then=Value(Source.DEAL.value)), default=F("source")),
        fact_id=Case(
            When(source=Source.RETURN, then=deal_of(DealReturn)),
            When(source=Source.PAYMENT, then=deal_of(Payment)),
            default=F("source_id"),
            output_field=BigIntegerField(),
        ),
    )
