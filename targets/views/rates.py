"""Plans of targets that do not add up: rates that hold for everybody below, and numbers to stand at the end."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from common import figures
from common.period_names import month_name, name_of
from common.periods import PeriodKind, format_code, year_before
from common.tables import Column, ColumnKind
from common.tables.answers import table_response
from targets import access, forms, rules
from targets.choices import lineage_url
from targets.models import Plan
from targets.queries.plans import sheet_of
from targets.queries.rates import rate_rows
from targets.queries.workbench import tops_in_sight
from targets.rules import Tier
from targets.services import rates as services
from targets.services import splits
from targets.services.plans import PlanRefused
from targets.views.grid import chosen_tier, tier_tabs
from teams.access import require


@require_GET
def rates(request, plan_id):
    """Show a plan of rates: every row in sight with its months, its own ones marked. As a file with `?as=xlsx` or `csv`."""
    found, tier, reach = access.plan_for(request, plan_id), chosen_tier(request), access.reach_of(request)
    if found.metric.adds_up:
        return redirect("targets:plan", found.pk)
    sheet = sheet_of(found, company=request.company)
    tops, year = tops_in_sight(sheet, reach), name_of(sheet.year, found.year_starts_on.month)
    if not tops:
        return render(request, "targets/plan_empty.html", {"plan": found, "year": year})
    rows = rate_rows(sheet, tops, tier=tier, reach=reach)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, _columns(sheet), rows, name=f"{found.metric.label} {year}")
    is_draft = found.status == Plan.Status.DRAFT
    shows_all = request.GET.get("people") == "all"
    # Most people follow their unit: what is worth reading is who does not.
    shown = rows if shows_all else [row for row in rows if not row.node.is_person or row.is_own]
    context = {
        "plan": found,
        "year": year,
        "shows_all": shows_all,
        "following": len(rows) - len(shown),
        "tier": tier,
        "tier_tabs": tier_tabs(request, tier),
        "months": [month_name(month) for month in sheet.months],
        "rows": [(row, _last_year_url(sheet, row.node)) for row in shown],
        "has_any": any(row.year is not None for row in rows),
        "root": sheet.root,
        "is_draft": is_draft,
        "may_edit": reach.edits and is_draft,
        "may_export": request.membership.may(Permission.EXPORT),
        "reach": reach,
        "step": splits.steps_to_undo(plan=found, user=request.user)[0] if is_draft else None,
    }
    return render(request, "targets/rates.html", context)


def _last_year_url(sheet, node):
    """Return where the figure of the year before comes from."""
    about = {"person_id": node.person_id} if node.is_person else {"unit_id": node.unit_id}
    code = format_code(year_before(sheet.year, PeriodKind.YEAR), sheet.year.starts_on.month)
    return lineage_url(sheet.plan.metric, f"period={code}", **about)


def _columns(sheet):
    metric = sheet.plan.metric

    def amount(title, read):
        return Column(
            title, lambda row: figures.as_decimal(read(row), scale=metric.scale), ColumnKind.MONEY, scale=metric.scale
        )

    return [
        Column(_("Unit and person"), "node.name", width=24),
        amount(_("Year"), lambda row: row.year),
        *(amount(month_name(month), lambda row, i=i: row.months[i].amount) for i, month in enumerate(sheet.months)),
        Column(_("Last year"), lambda row: row.last_year, ColumnKind.MONEY, scale=metric.scale),
    ]


@require_http_methods(["GET", "POST"])
def rate(request, plan_id, key):
    """Set the months of one row in one tier, or let them follow the unit above again."""
    found = access.plan_for(request, plan_id)
    key = access.require_set(request, key)
    if found.metric.adds_up:
        raise Http404
    tier = request.POST.get("tier") or chosen_tier(request)
    sheet = sheet_of(found, company=request.company, with_leaders=True)
    if (node := sheet.nodes.get(key)) is None or tier not in Tier.values:
        raise Http404
    form = _form(request, sheet, node, tier)
    back = f"{reverse('targets:rates', args=[found.pk])}?tier={tier}#row-{key}"
    if request.method == "POST" and form.is_valid():
        try:
            step = services.set_rate(
                plan=found,
                key=key,
                tier=tier,
                amounts=form.amounts,
                seen=form.cleaned_data["seen"] or None,
                client_ref=form.cleaned_data["client_ref"],
                by=request.user,
            )
            messages.success(request, _("Saved.") if step else _("Nothing was changed."))
            return redirect(back)
        except (PlanRefused, rules.BadTiers) as refusal:
            form.add_error(None, refusal.reason)
    context = {
        "plan": found,
        "node": node,
        "form": form,
        "tier_label": Tier(tier).label,
        "others": [Tier(name) for name in Tier.values if name != tier] if not found.metric.is_lower_better else [],
        "above": sheet.nodes[node.parent] if node.parent and found.metric.is_ratio else None,
        "back": back,
        "year": name_of(sheet.year, found.year_starts_on.month),
        "is_draft": found.status == Plan.Status.DRAFT,
    }
    return render(request, "targets/rate.html", context, status=422 if form.errors else 200)


def _form(request, sheet, node, tier):
    """Return the form of a row: its own months filled in, beside each empty one what it follows."""
    metric, currency = sheet.plan.metric, request.company.currency
    own, above = sheet.by_hand.get(node.key, frozenset()), sheet.sheet.of(node.parent) if node.parent else ()
    shown = {"kind": metric.kind, "scale": metric.scale, "language": get_language(), "currency": currency}
    follows = above if metric.is_ratio and above else (rules.NO_TARGET,) * len(sheet.months)
    handed = [figures.amount(getattr(cell, tier), **shown) if cell.stretch else "" for cell in follows]
    initial = {f"m{i}": getattr(sheet.sheet.of(node.key)[i], tier) for i in own}
    initial |= {"tier": tier, "seen": sheet.stamp(node.key)}
    return forms.RateForm(
        request.POST or None, metric=metric, currency=currency, months=sheet.months, handed=handed, initial=initial
    )
