"""Whether targets are good ones: a unit's people by risk, and one person's target with everything that speaks for and against it."""

from collections import Counter

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.period_names import month_name, name_of
from common.periods import Period, month_of
from targets import access, rules
from targets.queries.judgement import Judge, by_risk
from targets.queries.plans import sheet_of, unit_key
from targets.rules import Tier, chances
from teams.access import unit_for
from teams.rules import TenureStage


@require_GET
def unit(request, plan_id, unit_id):
    """List the people below a unit, those whose target is too high or too low first."""
    plan, found = access.plan_for(request, plan_id), unit_for(request, unit_id)
    sheet = _sheet(plan, request)
    if unit_key(found.pk) not in sheet.nodes:
        raise Http404
    judge = Judge(sheet, company=request.company, on=timezone.localdate())
    below = [sheet.nodes[key] for key in sheet.sheet.below(unit_key(found.pk))]
    rows = by_risk([judge.judge(node) for node in below if node.is_person and sheet.sheet.year_of(node.key).stretch])
    counts = Counter((row.verdict_label, row.tone) for row in rows)
    context = {
        "plan": plan,
        "unit": found,
        "year": name_of(sheet.year, plan.year_starts_on.month),
        "rows": rows,
        "counts": [(label, tone, number) for (label, tone), number in counts.items()],
        "whole": judge.chances_of(unit_key(found.pk)),
        "asked": sheet.sheet.year_of(unit_key(found.pk)),
    }
    return render(request, "targets/judgement.html", context)


@require_GET
def person(request, plan_id, person_id):
    """Show one person's target beside their own months, comparable people, capacity and last year; nobody else is named."""
    plan, found = access.judged_plan_for(request, plan_id, person_id)
    sheet = _sheet(plan, request)
    seats = [node for node in sheet.nodes.values() if node.person_id == found.pk]
    if not seats:
        raise Http404
    judge = Judge(sheet, company=request.company, on=timezone.localdate())
    # Who moved within the year stands in two teams: the larger part is judged, both are asked for.
    seat = max(seats, key=lambda node: sheet.sheet.year_of(node.key).commit)
    judged = judge.judge(seat)
    context = {
        "plan": plan,
        "person": found,
        "is_own": request.person is not None and request.person.pk == found.pk,
        "year": name_of(sheet.year, plan.year_starts_on.month),
        "judged": judged,
        "stage": TenureStage(judged.stage).label,
        "elsewhere": [
            sheet.nodes[node.parent].name for node in seats if node is not seat and sheet.sheet.year_of(node.key).stretch
        ],
        "tiers": [(Tier(name).label, getattr(judged.year, name), getattr(judged.chances, name)) for name in rules.TIER_NAMES],
        "periods": _periods(judge, seat),
        "chart": _chart(judge, seat),
        "factors": dict(judged.capacity.factors) if judged.capacity else None,
        "draws": chances.DRAWS,
    }
    return render(request, "targets/person_judgement.html", context)


def _sheet(plan, request):
    # A rate is set, not earned month by month: nothing adds up that could be drawn.
    if not plan.metric.adds_up:
        raise Http404
    return sheet_of(plan, company=request.company, with_leaders=True)


def _periods(judge, node):
    """Return the year, its quarters and months with what is asked, done, and how likely each tier is."""
    sheet, first_month = judge.sheet, judge.plan.year_starts_on.month
    cells, done = judge.of(node.key), judge.outlooks.done_of(node.person_id)
    spans = [(name_of(sheet.year, first_month), range(12), "year")]
    for quarter in range(4):
        positions = range(quarter * 3, quarter * 3 + 3)
        span = Period(sheet.months[positions[0]], month_of(sheet.months[positions[-1]]).ends_before)
        spans.append((name_of(span, first_month), positions, "quarter"))
        spans += [(month_name(sheet.months[i]), (i,), "month") for i in positions]
    return [
        {
            "name": name,
            "kind": kind,
            "tiers": rules.total(cells[i] for i in positions),
            "done": sum(done[i] for i in positions if i in done) if any(i in done for i in positions) else None,
            "is_over": all(i in done for i in positions),
            "chances": judge.chances_of(node.key, tuple(positions)),
        }
        for name, positions, kind in spans
    ]


def _chart(judge, node):
    """Return the own months, the target, and the range in which four in five futures lie."""
    outlooks, sheet = judge.outlooks, judge.sheet
    record = {row.month: row.amount for row in outlooks.records.get(node.person_id, ())}
    months = sorted({*record, *sheet.months})
    asked = dict(zip(sheet.months, (cell.commit or None for cell in judge.of(node.key)), strict=True))
    outlook, low, high = outlooks.of(node.person_id), {}, {}
    if outlook is not None:
        for i in outlooks.ahead:
            drawn = outlook.sums({i: float(node.presence[i])})
            low[sheet.months[i]], high[sheet.months[i]] = (max(0, chances.amount_at(drawn, part)) for part in (0.9, 0.1))
    series = [
        (_("Own months"), [record.get(month) for month in months]),
        (_("Target"), [asked.get(month) for month in months]),
        (_("Nine in ten futures reach"), [low.get(month) for month in months]),
        (_("One in ten futures reaches"), [high.get(month) for month in months]),
    ]
    return {
        "unit": "MONEY" if judge.metric.scale else "COUNT",
        "scale": judge.metric.scale,
        "labels": [f"{month:%Y-%m}" for month in months],
        "series": [{"name": str(name), "values": values} for name, values in series],
        "ghost": [str(name) for name, _values in series[2:]],
    }
