"""A plan's past: as it stood on a day, the difference of two days, and every change of a row."""

import re
from datetime import date
from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from accounts.rules import Permission
from common.period_names import month_name, name_of
from common.tables import Column, ColumnKind
from common.tables.answers import table_response
from targets import access, exports
from targets.forms.adjustments import DayForm
from targets.models import Metric, Plan
from targets.queries import stage_versions, workbench
from targets.queries import versions as queries
from targets.queries.plans import sheet_of, year_of
from targets.rules import Tier
from targets.views.grid import chosen_tier
from teams.access import require

_MONTH = re.compile(r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])", re.ASCII)


@require_GET
def versions(request, plan_id):
    """Show a plan as it stood on a day, or what differs between two days; as a file with `?as=xlsx` or `csv`."""
    found, reach, tier = access.plan_for(request, plan_id), access.reach_of(request), chosen_tier(request)
    today = timezone.localdate()
    form = DayForm(request.GET if "day" in request.GET else None, initial={"day": today}, today=today)
    day = form.cleaned_data["day"] if form.is_valid() else today
    against = form.cleaned_data.get("against") if form.is_valid() else None
    campaigns = stage_versions.stage_plans_on(found, max(day, against or day))
    campaign = _chosen_campaign(request, campaigns)
    table_on = partial(_table_on, found, campaign, company=request.company)
    sheet = table_on(day)
    tops = workbench.tops_in_sight(sheet, reach)
    columns = _columns(sheet)
    context = {
        "plan": found,
        "year": _year_name(found),
        "form": form,
        "day": day,
        "against": against,
        "tier": tier,
        "tiers": Tier,
        "was_published": stage_versions.stages_counted_on(campaign, day) if campaign else queries.was_published(found, day),
        "campaigns": campaigns,
        "campaign": campaign,
        "columns": columns,
        "may_export": request.membership.may(Permission.EXPORT) and campaign is None,
    }
    if against:
        earlier, later = map(table_on, sorted([day, against]))
        rows = queries.differences_between(earlier, later, tier=tier, tops=tops)
        if request.GET.get("as") and campaign is None:
            require(request, Permission.EXPORT)
            return _differences_file(request, found, rows, day=day, against=against)
        names = dict(zip(sheet.months, columns, strict=True))
        context |= {"differences": [(row, [(names[cell.month], cell) for cell in row.cells]) for row in rows]}
    else:
        if request.GET.get("as") and campaign is None:
            require(request, Permission.EXPORT)
            rows = exports.rows_of(sheet, tops, last_year={})
            return table_response(request, exports.columns_of(sheet), rows, name=f"{found.metric.label} {day:%Y-%m-%d}")
        context |= {"rows": _rows(sheet, tops, tier)}
    return render(request, "targets/versions.html", context)


def _rows(sheet, tops, tier):
    """Return the rows that a version shows: the node, its depth below what is in sight, its year and its months."""
    rows = []
    for top in tops:
        for key in sheet.sheet.below(top.key):
            amounts = [getattr(cell, tier) for cell in sheet.sheet.of(key)]
            if any(amounts) or not sheet.nodes[key].is_person:
                rows.append((sheet.nodes[key], sheet.nodes[key].depth - top.depth, sum(amounts), amounts))
    return rows


def _chosen_campaign(request, campaigns):
    """Return the campaign that `?stages=` names; None for the plan's months."""
    if not (text := request.GET.get("stages", "")):
        return None
    chosen = next((row for row in campaigns if str(row.pk) == text), None)
    if chosen is None:
        raise Http404
    return chosen


def _table_on(plan, campaign, day, *, company):
    if campaign is None:
        return queries.sheet_on(plan, day, company=company)
    campaign.plan.company = company
    return stage_versions.stage_sheet_on(campaign, day, company=company)


def _columns(sheet):
    """Return what the columns of a table are called: months, or the stages of a campaign."""
    stages = getattr(sheet, "stages", None)
    return (
        [stage.name or gettext("Other days") for stage in stages] if stages else [month_name(month) for month in sheet.months]
    )


def _differences_file(request, plan, rows, *, day, against):
    is_money = plan.metric.kind == Metric.Kind.MONEY
    number = {"kind": ColumnKind.MONEY if is_money else ColumnKind.COUNT, "scale": plan.metric.scale}
    first, last = sorted([day, against])
    columns = [
        Column(pgettext_lazy("plan", "Unit and person"), lambda line: line[0].name),
        Column(gettext_lazy("Month"), lambda line: f"{line[1]:%Y-%m}" if line[1] else f"{plan.year_starts_on.year}"),
        Column(first.isoformat(), lambda line: line[2], **number),
        Column(last.isoformat(), lambda line: line[3], **number),
        Column(gettext_lazy("Difference"), lambda line: line[3] - line[2], **number),
    ]
    lines = [
        line
        for row in rows
        for line in [(row.node, None, row.was, row.becomes), *((row.node, c.month, c.was, c.becomes) for c in row.cells)]
    ]
    return table_response(request, columns, lines, name=f"{plan.metric.label} {first} {last}")


@require_GET
def cell_history(request, plan_id, key):
    """Show every change of a row, or of one month of it: who, when, how, from what to what, why."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    sheet = sheet_of(found, company=request.company, with_leaders=True)
    if (node := sheet.nodes.get(key)) is None or not reach.sees(node.unit_id):
        raise Http404
    month = _month_of(request)
    context = _history(request, found, [key], month=month) | {
        "name": node.name,
        "node": node,
        "back": "plan",
        "may_adjust": reach.may_set(node, sheet) and found.status == Plan.Status.PUBLISHED,
    }
    return render(request, "targets/cell_history.html", context)


@require_GET
def own_history(request, plan_id):
    """Show a person every change of their own targets, and what they were on a day."""
    if request.person is None:
        raise PermissionDenied
    found = get_object_or_404(Plan.objects.select_related("metric", "company"), pk=plan_id)
    keys = queries.keys_of_person(found, request.person)
    context = _history(request, found, keys, month=_month_of(request)) | {"name": request.person.name, "back": "mine"}
    # What was never asked of them is nobody's business; a draft is not asked of anybody yet.
    if found.status != Plan.Status.PUBLISHED or not (context["changes"] or context["whole"] or context["now"]):
        raise Http404
    return render(request, "targets/cell_history.html", context)


def _history(request, plan, keys, *, month):
    today = timezone.localdate()
    form = DayForm(request.GET if "day" in request.GET else None, initial={"day": today}, today=today)
    day = form.cleaned_data["day"] if form.is_valid() else today
    sheet = queries.sheet_on(plan, day, company=request.company)
    now = sheet if day >= today else sheet_of(plan, company=request.company)
    cells = [_sum(sheet, keys, i) for i in range(12)]
    return {
        "plan": plan,
        "year": _year_name(plan),
        "form": form,
        "day": day,
        "month": month,
        "changes": queries.changes_of(plan, keys, month=month),
        "months": [
            (month_name(start), start, cell) for start, cell in zip(sheet.months, cells, strict=True) if month in (None, start)
        ],
        "whole": sum(cell[1] for cell in cells),
        "now": sum(_sum(now, keys, i)[1] for i in range(12)),
        "was_published": queries.was_published(plan, day),
        "tier_words": {tier.value: tier.label for tier in Tier},
    }


def _sum(sheet, keys, position):
    cells = [sheet.sheet.of(key)[position] for key in keys]
    return tuple(sum(getattr(cell, tier) for cell in cells) for tier in ("floor", "commit", "stretch"))


def _month_of(request):
    text = request.GET.get("month", "")
    if not text:
        return None
    if not (match := _MONTH.fullmatch(text)):
        raise Http404
    return date(int(match["year"]), int(match["month"]), 1) if match["year"] != "0000" else None


def _year_name(plan):
    return name_of(year_of(plan), plan.year_starts_on.month)
