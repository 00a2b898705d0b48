"""A plan as a table that adds up: seen whole, a level at a time, and changed cell by cell."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from common.money import NoWeights
from common.period_names import month_name, name_of
from common.periods import PeriodKind, format_code, months_in, quarters_in, year_before
from common.tables.answers import table_response
from targets import access, exports, forms, rules
from targets.choices import lineage_url
from targets.models import Plan
from targets.queries import workbench
from targets.queries.plans import sheet_of, unit_key
from targets.rules import Tier
from targets.services import splits as services
from targets.services.plans import PlanRefused
from teams.access import require


def chosen_tier(request):
    """Return the tier that the address names; commit without one."""
    tier = request.GET.get("tier", Tier.COMMIT.value)
    if tier not in Tier.values:
        raise Http404
    return tier


@require_GET
def plan(request, plan_id):
    """
    Show a plan: the whole part in sight as a grid, and one level of it for phones and without scripts.

    As a file with `?as=xlsx` or `csv`: a row a unit or person and tier, a column a month.
    """
    found, tier, reach = access.plan_for(request, plan_id), chosen_tier(request), access.reach_of(request)
    if not found.metric.adds_up:
        return redirect("targets:rates", found.pk)
    sheet = sheet_of(found, company=request.company)
    tops, year = workbench.tops_in_sight(sheet, reach), name_of(sheet.year, found.year_starts_on.month)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        rows = exports.rows_of(sheet, tops, last_year=workbench.last_year_of(sheet))
        return table_response(request, exports.columns_of(sheet), rows, name=f"{found.metric.label} {year}")
    context = {"plan": found, "tier": tier, "tiers": Tier, "year": year}
    if not tops:
        return render(request, "targets/plan_empty.html", context)
    node = _chosen_node(request, sheet, reach) or tops[0]
    last_year = workbench.last_year_of(sheet)

    def level(row):
        return workbench.level_row(sheet, row, tier=tier, last_year=last_year, reach=reach)

    whole = sum((getattr(sheet.sheet.year_of(top.key), tier) for top in tops), 0)
    past = sum(last_year.get(top.key, 0) for top in tops)
    is_draft = found.status == Plan.Status.DRAFT
    back, again = services.steps_to_undo(plan=found, user=request.user) if is_draft and reach.edits else (None, None)
    year_past = year_before(sheet.year, PeriodKind.YEAR)
    code = format_code(year_past, sheet.year.starts_on.month)
    context |= {
        "node": node,
        "tops": tops,
        "part": tops[0] if len(tops) == 1 and tops[0].parent else None,
        "path": _path(sheet, node, tops),
        "here": level(node),
        "moved": [(row, month_name(row.first), month_name(row.last)) for row in workbench.moved_around(sheet, tops)],
        "rows": [level(child) for child in sheet.children_of(node.key)],
        "tier_tabs": tier_tabs(request, tier),
        "whole": whole,
        "last_year": past or None,
        "last_year_code": code,
        # Next year is planned while this one runs: what it did is not yet what it will have done.
        "is_past_running": year_past.ends_before > timezone.localdate(),
        "last_year_url": lineage_url(found.metric, f"period={code}", unit_id=tops[0].unit_id) if tops[0].parent is None else "",
        "growth": rules.growth(whole, past),
        "carried": rules.percent_of(_carried(sheet, tops, tier), whole) if whole else None,
        "gaps": workbench.count_of_gaps(sheet, tops),
        "reach": reach,
        "is_draft": is_draft,
        "may_edit": reach.edits and is_draft,
        "may_adjust": reach.edits and not is_draft,
        "may_export": request.membership.may(Permission.EXPORT),
        "may_split_here": is_draft and bool(sheet.sheet.children.get(node.key)) and reach.may_split(node.unit_id),
        "back": back,
        "again": again,
        "grid": {
            "plan": found.pk,
            "tier": tier,
            "scale": found.metric.scale,
            "rounding": found.rounding_unit,
            "isOpen": reach.edits and is_draft,
            "quarters": _columns(sheet),
            "rows": workbench.grid_rows(sheet, tops, last_year=last_year, reach=reach),
            "cells": reverse("targets:cells", args=[found.pk]),
            "split": reverse("targets:split", args=[found.pk, 0]),
            "lock": reverse("targets:lock", args=[found.pk]),
            "history": reverse("targets:cell_history", args=[found.pk, "KEY"]),
            "adjust": reverse("targets:adjust", args=[found.pk, "KEY"]) if reach.edits and not is_draft else "",
            "undo": back and back.pk,
            "redo": again and again.pk,
        },
    }
    return render(request, "targets/plan.html", context)


def _chosen_node(request, sheet, reach):
    """Return the unit that `?unit=` names, if it is in sight."""
    text = request.GET.get("unit", "")
    if not text:
        return None
    node = sheet.nodes.get(unit_key(text)) if text.isascii() and text.isdigit() else None
    if node is None or not reach.sees(node.unit_id):
        raise Http404
    return node


def _path(sheet, node, tops):
    """Return the units above a node down from the top of what is in sight, for the way back."""
    path, top_keys = [], {top.key for top in tops}
    while node.key not in top_keys:
        node = sheet.nodes[node.parent]
        path.insert(0, node)
    return path


def tier_tabs(request, tier):
    tabs = []
    for choice in Tier:
        given = request.GET.copy()
        given["tier"] = choice.value
        tabs.append({"key": choice.value, "label": choice.label, "url": f"?{given.urlencode()}", "active": choice == tier})
    return tabs


def _carried(sheet, tops, tier):
    people = [key for top in tops for key in sheet.sheet.below(top.key) if sheet.nodes[key].is_person]
    return sum(getattr(sheet.sheet.year_of(key), tier) for key in people)


def _columns(sheet):
    """Return the quarters with their months, each with its code (for the server) and its name."""
    return [
        {
            "code": f"{sheet.plan.year_starts_on.year}-Q{number}",
            "label": f"Q{number}",
            "months": [
                {
                    "code": f"{month.starts_on:%Y-%m}",
                    "label": month_name(month.starts_on),
                    "days": sheet.working_days[month.starts_on],
                }
                for month in months_in(quarter)
            ],
        }
        for number, quarter in enumerate(quarters_in(sheet.year), start=1)
    ]


@require_http_methods(["GET", "POST"])
def row(request, plan_id, key):
    """Edit the months of one row in one tier, on a phone or without scripts."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    key = access.require_set(request, key)
    tier = request.POST.get("tier") or chosen_tier(request)
    if tier not in Tier.values:
        raise Http404
    sheet = sheet_of(found, company=request.company, with_leaders=True)
    if (node := sheet.nodes.get(key)) is None:
        raise Http404
    amounts = [getattr(cell, tier) for cell in sheet.sheet.of(key)]
    absent = {i for i, there in enumerate(node.presence) if node.is_person and not there and not amounts[i]}
    closed = absent | sheet.locked_of(key)
    initial = {"tier": tier} | {f"m{i}": amount for i, amount in enumerate(amounts)}
    initial |= {f"seen{i}": amount for i, amount in enumerate(amounts)}
    form = forms.RowForm(
        request.POST or None,
        metric=found.metric,
        currency=request.company.currency,
        months=sheet.months,
        closed=closed,
        initial=initial,
    )
    back = f"{reverse('targets:plan', args=[found.pk])}?unit={_unit_behind(sheet, node)}&tier={tier}"
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        months = months_in(sheet.year)
        wanted = {months[i]: given[f"m{i}"] or 0 for i in range(12) if i not in closed}
        seen = {month: given[f"seen{months.index(month)}"] for month in wanted}
        changed = {month: amount for month, amount in wanted.items() if amount != seen[month]}
        try:
            if changed:
                services.set_cells(plan=found, key=key, tier=tier, amounts=changed, seen=seen, by=request.user)
                messages.success(request, _("Saved. What is missing or over is shown at the unit above."))
            return redirect(back)
        except (PlanRefused, rules.BadTiers, NoWeights) as refusal:
            form.add_error(None, refusal.reason)
    context = {
        "plan": found,
        "sheet": sheet,
        "node": node,
        "form": form,
        "tier": tier,
        "tier_label": Tier(tier).label,
        "absent": absent,
        "locked": sheet.locked_of(key),
        "back": back,
        "year": name_of(sheet.year, found.year_starts_on.month),
        "total": sum(amounts),
        "others": [Tier(name) for name in Tier.values if name != tier],
        "is_draft": found.status == Plan.Status.DRAFT,
        "reach": reach,
    }
    return render(request, "targets/row.html", context, status=422 if form.errors else 200)


def _unit_behind(sheet, node):
    return node.unit_id if node.is_person or node.parent is None else sheet.nodes[node.parent].unit_id
