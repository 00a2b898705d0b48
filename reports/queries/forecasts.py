"""The forecast page: where a unit's period will end, what that rests on, how it moved, and how near earlier ones came."""

from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.urls import reverse
from django.utils.translation import gettext as _

from common.period_names import name_of
from deals.models import Deal
from reports.queries.boards import children_of
from reports.queries.courses import chart_unit
from targets.choices import lineage_url
from targets.models import Attainment
from targets.queries.forecasts import KeptForecast, Outlook, accuracies, kept_forecasts, outlooks
from targets.queries.pipeline import FORETOLD, Experience, OpenDeal, experience, open_deals_of
from targets.rules import forecasting
from teams.queries import people_employed_in

DEALS_SHOWN = 10
#: Kept at cut-offs; of a year only today's forecast is known.
KEPT_SPANS = (Attainment.Span.MONTH, Attainment.Span.QUARTER)


@dataclass(frozen=True, slots=True)
class Line:
    """A unit or person below, with the outlook of the same period; `outlook` None where nothing was done, asked or is open."""

    name: str
    url: str
    lineage_url: str
    outlook: Outlook | None
    status: str

    @property
    def has_range(self):
        return self.outlook is not None and self.outlook.end is not None

    @property
    def attainment(self):
        return self.outlook.attainment if self.outlook else None


@dataclass(frozen=True, slots=True)
class WeighedDeal:
    """An open deal with its chance in per cent and what it is therefore given."""

    deal: OpenDeal
    stage: str
    chance: Decimal
    given: int | Decimal
    url: str


@dataclass(frozen=True, slots=True)
class StageLine:
    """The open deals of one stage, the conversion they are weighed by, and what they are given."""

    stage: str
    deals: int
    amount: int
    conversion: forecasting.Conversion
    chance: Decimal
    given: int | Decimal


@dataclass(frozen=True, slots=True)
class CutOff:
    """An earlier forecast of a period that is over, with the period's name and its accuracy in per cent."""

    kept: KeptForecast
    period: str
    accuracy: Decimal | None


@dataclass(frozen=True)
class Page:
    """Everything the page shows of one unit, metric and period."""

    own: Outlook | None
    status: str
    attainment: Decimal | None
    kept: list[KeptForecast]
    lines: list[Line]
    stages: list[StageLine]
    deals: list[WeighedDeal]
    more_deals: int
    experience: Experience
    past: list[CutOff]
    hits: int
    middle_accuracy: Decimal | None
    lineage: str

    is_foretold: bool  # whether open deals say anything about the metric at all

    @property
    def end(self):
        return self.own.end if self.own else None

    @property
    def weighs(self):
        """Whether there is experience enough to weigh open deals."""
        return self.is_foretold and bool(self.experience.conversion)

    @property
    def expected_percent(self):
        return _percent(self.own.expected)

    @property
    def known_percent(self):
        return forecasting.as_percent(self.own.timing.known)

    @property
    def in_time_percent(self):
        return forecasting.as_percent(self.own.timing.in_time)


def outlook_of(*, metric, choice, on, calendar, unit=None, person=None):
    """
    Return the outlook of a unit or a person in the chosen period.

    None for a ratio, for a period that is over or has free dates, and through a lens: nobody forecasts the past.
    """
    if not metric.adds_up or on not in choice.period or choice.span is None:
        return None
    span, subject = choice.span, {"unit_ids": [unit.pk]} if unit else {"person_ids": [person.pk]}
    found = outlooks(
        metrics=[metric],
        periods={span: choice.period},
        on=on,
        calendar=calendar,
        known_from=experience(on=on),
        **subject,
    )
    return next(iter(found.values()), None)


def page_of(*, unit, metric, choice, on, calendar, fiscal_start_month):
    """
    Return the forecast page of a unit.

    :param on: the company's day; for a period that is over there is no outlook, only what was kept.
    """
    span, period, is_open = choice.span, choice.period, on in choice.period
    known_from = experience(on=on)
    children = children_of(unit, on=on)
    people = [] if children else list(people_employed_in([unit.pk], on=on).values_list("pk", "name", "unit_role"))
    found = {}
    if is_open:
        found = outlooks(
            metrics=[metric],
            periods={span: period},
            on=on,
            calendar=calendar,
            known_from=known_from,
            unit_ids=[unit.pk, *(child.pk for child in children)],
            person_ids=[pk for pk, _name, _role in people],
        )
    own = found.get((metric.pk, span, -unit.pk))
    about = {"metric": metric, "span": span, "unit_id": unit.pk}
    past = accuracies(on=on, **about) if span in KEPT_SPANS else []
    cut_offs = [CutOff(k, name_of(k.period, fiscal_start_month), _percent(k.accuracy)) for k in past]
    deals = _deals(own, metric=metric, on=on, known_from=known_from) if own and own.open_deals else []
    return Page(
        own=own,
        status=_status(own),
        attainment=own.attainment if own else None,
        kept=kept_forecasts(starts_on=period.starts_on, **about) if span in KEPT_SPANS else [],
        lines=_lines(found, metric=metric, choice=choice, children=children, people=people),
        stages=_stages(own, known_from, metric=metric),
        deals=deals[:DEALS_SHOWN],
        more_deals=max(0, len(deals) - DEALS_SHOWN),
        experience=known_from,
        past=cut_offs,
        hits=sum(k.is_inside for k in past),
        middle_accuracy=median(accuracy) if (accuracy := [c.accuracy for c in cut_offs if c.accuracy is not None]) else None,
        lineage=lineage_url(metric, choice.query, unit_id=unit.pk),
        is_foretold=metric.numerator in FORETOLD,
    )


def _status(outlook):
    return "neutral" if outlook is None else outlook.status


def _percent(share):
    return None if share is None else share * 100


def _lines(found, *, metric, choice, children, people):
    span = choice.span
    query = f"?metric={metric.code}&period={choice.code}"
    rows = [(u.name, f"{reverse('reports:forecast')}{query}&unit={u.pk}", {"unit_id": u.pk}, -u.pk, True) for u in children]
    rows += [
        (name, f"{reverse('reports:person', args=[pk])}{query}", {"person_id": pk}, pk, role == "REP")
        for pk, name, role in people
    ]
    lines = [
        Line(name, url, lineage_url(metric, choice.query, **subject), outlook, _status(outlook))
        for name, url, subject, key, is_always in rows
        if (outlook := found.get((metric.pk, span, key))) or is_always
    ]
    return lines if found else []


def _stages(own, known_from, *, metric):
    if own is None:
        return []
    rows = []
    for deals in own.open_deals:
        conversion = known_from.conversion[deals.stage]
        chance = conversion.rate * own.timing.in_time
        rows.append(
            StageLine(
                str(Deal.Stage(deals.stage).label),
                deals.deals,
                deals.amount,
                conversion,
                forecasting.as_percent(chance),
                _given(deals.amount, chance, metric),
            )
        )
    return rows


def _given(amount, chance, metric):
    """Return what an open deal is given: minor units, and of counts tenths, since a chance of one deal is less than one."""
    return round(amount * chance) if metric.scale else Decimal(round(amount * chance * 10)) / 10


def _deals(own, *, metric, on, known_from):
    weighed = []
    for deal in open_deals_of(
        measure=metric.numerator, on=on, ends_before=own.period.ends_before, unit_id=own.unit_id, person_id=own.person_id
    ):
        chance = known_from.conversion[deal.stage].rate * own.timing.in_time
        weighed.append(
            WeighedDeal(
                deal,
                str(Deal.Stage(deal.stage).label),
                forecasting.as_percent(chance),
                _given(deal.amount, chance, metric),
                reverse("deals:deal", args=[deal.deal_id]),
            )
        )
    return weighed


def course_chart(page, *, metric, on):
    """Return how the forecast moved for the `cumulative` chart, cut-off by cut-off up to today; None without two points."""
    points = [(k.cut_on, k.achieved, k.commit, k.low, k.middle, k.high) for k in page.kept]
    if page.end:
        points = [point for point in points if point[0] < on]
        own, end = page.own, page.end
        points.append((on, own.achieved, own.commit, end.low, end.middle, end.high))
    if len(points) < 2:
        return None
    days, achieved, targets, low, middle, high = (list(column) for column in zip(*points, strict=True))
    return chart_unit(metric) | {
        "labels": [day.isoformat() for day in days],
        "actual": achieved,
        "target": targets,
        "forecast": middle,
        "low": low,
        "high": high,
    }


def parts_chart(page, *, metric):
    """Return what the forecast is made of for the `waterfall` chart; None without one."""
    if not page.end:
        return None
    end = page.end
    steps = [{"name": _("Achieved"), "value": page.own.achieved, "is_total": True}]
    if page.own.open_deals:
        steps.append({"name": _("Open deals"), "value": end.from_pipeline, "url": "#deals"})
    steps.append({"name": _("Pace"), "value": end.middle - page.own.achieved - end.from_pipeline})
    return chart_unit(metric) | {
        "steps": [*steps, {"name": _("Forecast"), "value": end.middle, "is_total": True}],
        # What is achieved is a part of it, and is to look like it.
        "from_zero": end.middle >= 0,
    }


def accuracy_chart(page):
    """Return the accuracy of each cut-off, oldest first, for the `line` chart; None where none can be judged yet."""
    rows = [row for row in reversed(page.past) if row.accuracy is not None]
    if not rows:
        return None
    return {
        "unit": "PERCENT",
        "labels": [row.kept.cut_on.isoformat() for row in rows],
        "series": [{"name": _("Accuracy"), "values": [round(float(row.accuracy), 1) for row in rows]}],
    }
