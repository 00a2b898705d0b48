"""The catalogue of metrics for its page, and what an own metric would have shown in a period that is over."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from credits.queries.measures import words_of
from credits.queries.own_preview import counted_by
from credits.rules import Measure
from credits.rules.own import Part
from targets.models import Metric, MetricVersion
from targets.queries.attainment import value_of
from teams.models import Person, Unit


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A line of the catalogue; `counts` says in words what is counted, "" where nobody has said it yet."""

    pk: int
    code: str
    label: str
    kind: str
    counts: str
    since: date | None
    is_lower_better: bool
    is_active: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version for people."""

    number: int
    starts_on: date
    counts: str
    by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A unit or person with what the metric says now and what it would say; None where it has no value."""

    name: str
    is_unit: bool
    depth: int
    now: int | Decimal | None
    then: int | Decimal | None


def catalogue():
    """Return every metric in order, in five queries whatever their number."""
    metrics = list(Metric.objects.order_by("position", "code"))
    latest = {}
    for version in MetricVersion.objects.select_related("numerator", "denominator").order_by("number"):
        latest[version.metric_id] = version
    words = dict(zip(latest, _words(latest.values()), strict=True))
    rows = []
    for metric in metrics:
        version = latest.get(metric.pk)
        counts = words.get(metric.pk, "") if metric.is_own else _built_in_words(metric)
        rows.append(
            MetricRow(
                pk=metric.pk,
                code=metric.code,
                label=metric.label,
                kind=metric.get_kind_display(),
                counts=counts,
                since=version and version.starts_on,
                is_lower_better=metric.is_lower_better,
                is_active=metric.is_active,
                is_own=metric.is_own,
            )
        )
    return rows


def versions_of(metric):
    """Return an own metric's versions, newest first."""
    versions = list(
        MetricVersion.objects.filter(metric=metric)
        .select_related("numerator", "denominator", "recorded_by")
        .order_by("-number")
    )
    return [
        VersionRow(
            version.number,
            version.starts_on,
            words,
            version.recorded_by.name if version.recorded_by else "",
            version.recorded_at,
        )
        for version, words in zip(versions, _words(versions), strict=True)
    ]


def formula_of(numerator: Part, denominator: Part | None):
    """Return parts in words, divided by each other if there are two."""
    return " ÷ ".join(words_of([part for part in (numerator, denominator) if part]))


def preview(*, kind, then, now=None, period):
    """
    Return what parts would have shown in a period, beside what holds now: units in the tree of today, then people.

    :param then, now: (numerator, denominator) each, the second None for a sum; `now` is None before the first version.
    """
    parts = {f"{side}{n}": part for side, given in (("then", then), ("now", now)) for n, part in enumerate(given or ()) if part}
    units = {unit.pk: unit for unit in Unit.objects.order_by("position", "name")}
    root = next(unit.pk for unit in units.values() if unit.parent_id is None)
    of_units, of_people = (defaultdict(lambda: defaultdict(int)) for _ in range(2))
    for row in counted_by(parts, period=period):
        if row.person_id:
            of_people[row.person_id][row.code] += row.amount
        if not row.is_overlay:
            at = row.unit_id or root
            while at:
                of_units[at][row.code] += row.amount
                at = units[at].parent_id
    names = dict(Person.objects.filter(pk__in=of_people).order_by("name").values_list("pk", "name"))

    def row_of(name, sums, *, is_unit, depth=0):
        values = [
            value_of(kind, sums[f"{side}0"], sums[f"{side}1"] if given[1] else None) if given else None
            for side, given in (("now", now), ("then", then))
        ]
        return PreviewRow(name, is_unit, depth, *values)

    below = defaultdict(list)
    for unit in units.values():
        below[unit.parent_id].append(unit)

    def walk(parent_id, depth):
        for unit in below[parent_id]:
            if unit.pk in of_units:
                yield row_of(unit.name, of_units[unit.pk], is_unit=True, depth=depth)
                yield from walk(unit.pk, depth + 1)

    return [*walk(None, 0), *(row_of(name, of_people[pk], is_unit=False) for pk, name in names.items())]


def _words(versions):
    parts = [[v.numerator.part, *([v.denominator.part] if v.denominator else [])] for v in versions]
    words = iter(words_of([part for pair in parts for part in pair]))
    return [" ÷ ".join(next(words) for _part in pair) for pair in parts]


def _built_in_words(metric):
    return " ÷ ".join(str(Measure(code).label) for code in (metric.numerator, metric.denominator) if code)
