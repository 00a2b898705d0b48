"""A plan divided by product line or sales channel: looked at, chosen, divided with a preview, typed, fitted, undone."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.money import NoWeights
from common.period_names import month_name, name_of, quarter_number
from common.periods import PeriodKind, format_code, kind_of, months_in, parse_code, quarters_in
from common.tables.answers import table_response
from common.templatetags.pages import query_string
from targets import access, exports, forms, rules
from targets.models import PartStep, Plan
from targets.queries import part_pages, workbench
from targets.queries.parts import dimensions_of, divided, gap_rows, mix_of, propose_parts, refusal_in_words
from targets.queries.plans import sheet_of, unit_key
from targets.rules import Tier
from targets.rules.parts import PartMethod, PartsRefused
from targets.services import parts as services
from targets.services.plans import PlanRefused
from targets.views.grid import chosen_tier
from teams.access import require

REFUSALS = (PlanRefused, services.NotDivided, PartsRefused, rules.BadTiers, NoWeights)
#: How many lines tell what does not add up, before the rest is only counted.
SHOWN_GAPS = 6


@require_GET
def parts(request, plan_id):
    """
    Show a plan's parts: the tree down, parts across for a period, or the months of one part across.

    `?period=2026-Q1&tier=floor&unit=3&part=7`; as a file with `?as=xlsx` or `csv`.
    """
    found = access.plan_for(request, plan_id)
    plan = divided(sheet_of(found, company=request.company))
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        tops = workbench.tops_in_sight(plan.plan_sheet, access.reach_of(request))
        year = name_of(plan.plan_sheet.year, found.year_starts_on.month)
        return table_response(
            request, exports.part_columns_of(plan), exports.part_rows_of(plan, tops), name=f"{found.metric.label} {year}"
        )
    return render(request, "targets/parts.html", _context(request, plan))


def _context(request, plan, *, error=""):
    """Return what the page and its table show, as the address asks."""
    found, reach, tier = plan.plan, access.reach_of(request), chosen_tier(request)
    tops = workbench.tops_in_sight(plan.plan_sheet, reach)
    context = {
        "plan": found,
        "year": name_of(plan.plan_sheet.year, found.year_starts_on.month),
        "reach": reach,
        "is_draft": found.status == Plan.Status.DRAFT,
        "dimensions": dimensions_of(found.metric),
        "parts": plan.parts,
        "tops": tops,
        "error": error,
    }
    if not plan.parts or not tops:
        return context
    node = _chosen_node(request, plan, reach)
    period = _chosen_period(request, plan)
    positions = tuple(i for i, month in enumerate(plan.plan_sheet.months) if month in period)
    code = format_code(period, found.year_starts_on.month)
    shown = part_pages.Shown(tier, positions, code, context["is_draft"] and reach.edits)
    starts = [node] if node else tops
    keys, is_cut = part_pages.keys_below(plan, starts)
    part = _chosen_part(request, plan)
    about = {"reach": reach, "base": min(top.depth for top in starts)}
    across = part_pages.part_rows if part is None else partial(part_pages.month_rows, part=part.pk)
    gaps = [row for top in starts for row in gap_rows(plan, top.key)]
    step = services.last_part_step(plan=found, user=request.user) if shown.is_open else None
    one = starts[0] if len(starts) == 1 else None
    return context | {
        "node": node,
        "path": _path(plan, node, tops),
        "period": name_of(period, found.year_starts_on.month),
        "period_choices": _period_choices(plan),
        "code": code,
        "tier": tier,
        "tier_tabs": [
            {"label": each.label, "url": query_string(request.GET, tier=each.value), "active": each == tier} for each in Tier
        ],
        "part": part,
        "heads": part_pages.month_heads(plan) if part else [each.name for each in plan.parts],
        "rows": across(plan, keys, shown=shown, **about),
        "is_cut": is_cut,
        "is_empty": plan.is_empty,
        "gaps": gaps[:SHOWN_GAPS],
        "more_gaps": max(0, len(gaps) - SHOWN_GAPS),
        "gap_count": len(gaps),
        "step": step,
        "redo": step is not None and step.verb == PartStep.Verb.UNDO,
        "divide": one if one and context["is_draft"] and reach.may_split(one.unit_id) else None,
        "may_choose": context["is_draft"] and reach.edits and reach.leads_company,
        "may_export": request.membership.may(Permission.EXPORT),
        "moved": [(row, month_name(row.first), month_name(row.last)) for row in workbench.moved_around(plan.plan_sheet, tops)],
        "closed": [month_name(plan.plan_sheet.months[i]) for i in sorted(plan.table.final)],
    }


def _chosen_node(request, plan, reach):
    text = request.GET.get("unit", "")
    if not text:
        return None
    node = plan.nodes.get(unit_key(text)) if text.isascii() and text.isdigit() else None
    if node is None or not reach.sees(node.unit_id):
        raise Http404
    return node


def _chosen_part(request, plan):
    text = request.GET.get("part", "")
    if not text:
        return None
    part = plan.part_by_id.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    if part is None:
        raise Http404
    return part


def _chosen_period(request, plan):
    text, year = request.GET.get("period", ""), plan.plan_sheet.year
    return _period(text, plan) if text else year


def _period(text, plan):
    """Return a month, a quarter or the year of the plan by its code."""
    first_month = plan.plan.year_starts_on.month
    try:
        period = parse_code(text, first_month)
    except ValueError:
        raise Http404 from None
    kinds = {PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR}
    if kind_of(period, first_month) not in kinds or plan.plan_sheet.year.overlap(period) != period:
        raise Http404
    return period


def _period_choices(plan):
    first, year = plan.plan.year_starts_on.month, plan.plan_sheet.year
    return [
        (format_code(year, first), name_of(year, first)),
        *((format_code(each, first), f"Q{quarter_number(each.starts_on, first)}") for each in quarters_in(year)),
        *((format_code(each, first), month_name(each.starts_on)) for each in months_in(year)),
    ]


def _path(plan, node, tops):
    """Return the units above a node, down from the top of what is in sight."""
    path, top_keys = [], {top.key for top in tops}
    while node is not None and node.key not in top_keys:
        node = plan.nodes[node.parent]
        path.insert(0, node)
    return path


@require_http_methods(["GET", "POST"])
def choose(request, plan_id):
    """Say what a plan is divided into, with deadlines."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    if not (reach.edits and reach.leads_company):
        raise PermissionDenied
    plan = divided(sheet_of(found, company=request.company))
    form = forms.PartChoiceForm(request.POST or None, dimensions=dimensions_of(found.metric), parts=plan.parts)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose_parts(plan=found, dimension=form.cleaned_data["dimension"], chosen=form.chosen, by=request.user)
            if not form.chosen:
                messages.success(request, _("The plan is not divided any more."))
                return redirect("targets:parts", found.pk)
            messages.success(request, _("Saved. Now divide the targets."))
            root = plan.plan_sheet.root
            return (
                redirect("targets:divide_parts", found.pk, root.unit_id)
                if plan.is_empty
                else redirect("targets:parts", found.pk)
            )
        except REFUSALS as refusal:
            form.add_error(None, refusal.reason)
    year = name_of(plan.plan_sheet.year, found.year_starts_on.month)
    context = {"plan": found, "form": form, "year": year, "is_divided": bool(plan.parts)}
    return render(request, "targets/parts_choose.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def divide(request, plan_id, unit_id):
    """Propose how a unit's target is divided among the parts, beside what is there; apply it when posted."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    given = request.POST if request.method == "POST" else request.GET
    plan, today, key = divided(sheet_of(found, company=request.company)), timezone.localdate(), unit_key(unit.pk)
    if key not in plan.nodes or not plan.parts or found.status != Plan.Status.DRAFT:
        refusal = PlanRefused("published") if found.status != Plan.Status.DRAFT else services.NotDivided("no_parts")
        messages.info(request, refusal.reason)
        return redirect("targets:parts", found.pk)
    mix, is_top = mix_of(found, plan.parts, on=today), plan.nodes[key].parent is None
    has_history = any(mix.of(plan.nodes[key], plan.plan_sheet).values())
    initial = {
        "method": PartMethod.HISTORY if has_history else PartMethod.EQUAL,
        "seen": plan.stamp(key),
        "each_own": has_history,
    }
    form = forms.DivideForm(given if "method" in given else None, parts=plan.parts, initial=initial)
    changes, refusal = {}, None
    if form.is_valid() or not form.is_bound:
        chosen = _division(form, initial)
        if chosen["keep_by_hand"] is False:
            plan = divided(plan.plan_sheet, keep_by_hand=False)
        try:
            if request.method == "POST" and form.is_valid():
                about = {"seen": form.cleaned_data["seen"], "client_ref": form.cleaned_data["client_ref"]}
                services.divide_parts(plan=found, unit=unit, **chosen, **about, on=today, by=request.user)
                messages.success(request, _("%(unit)s is divided.") % {"unit": unit.name})
                return redirect(f"{reverse('targets:parts', args=[found.pk])}?unit={unit.pk}")
            asked = {name: chosen[name] for name in ("method", "weights", "each_own")}
            changes = propose_parts(plan, key, **asked, mix=mix)
        except PartsRefused as error:
            refusal = error.reason if isinstance(error.params.get("month"), str) else refusal_in_words(plan, error).reason
        except REFUSALS as error:
            refusal = error.reason
            form.data = form.data.copy()
            form.data["seen"] = plan.stamp(key)
    context = {
        "plan": found,
        "unit": unit,
        "form": form,
        "refusal": refusal,
        "is_top": is_top,
        "year": name_of(plan.plan_sheet.year, found.year_starts_on.month),
        "own": plan.plan_sheet.sheet.year_of(key),
        "record": name_of(mix.period, found.year_starts_on.month),
        "heads": plan.parts,
        "rows": [(each, form[f"w_{each.part.pk}"]) for each in part_pages.proposed_parts(plan, key, changes, mix=mix)],
        "children": [
            (
                child,
                plan.plan_sheet.sheet.year_of(child.key).commit,
                part_pages.proposed_parts(plan, child.key, changes, mix=mix),
            )
            for child in plan.plan_sheet.children_of(key)
            if plan.plan_sheet.sheet.year_of(child.key).stretch
        ],
        "has_history": has_history,
        "closed": [month_name(plan.plan_sheet.months[i]) for i in sorted(plan.table.final)],
    }
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/parts_preview.html", context)
    is_wrong = request.method == "POST" and (refusal or form.errors)
    return render(request, "targets/parts_divide.html", context, status=422 if is_wrong else 200)


def _division(form, initial):
    """Return how to divide: as the form says, or as it is first shown."""
    if not form.is_bound:
        return {"method": initial["method"], "weights": {}, "each_own": initial["each_own"], "keep_by_hand": True}
    given = form.cleaned_data
    return {
        "method": PartMethod(given["method"]),
        "weights": form.weights,
        "each_own": given["each_own"],
        "keep_by_hand": not given["may_change_typed"],
    }


@require_POST
def set_cell(request, plan_id):
    """Set one cell as typed; answers with the table as it is now, and what is wrong if anything is."""
    found = access.plan_for(request, plan_id)
    form, error = forms.PartCellForm(request.POST), ""
    plan = divided(sheet_of(found, company=request.company))
    if form.is_valid():
        given = form.cleaned_data
        key, period = access.require_set(request, given["key"]), _period(given["period"], plan)
        try:
            amount = forms.amount_of(given["amount"], metric=found.metric, currency=request.company.currency) or 0
            services.set_part(
                plan=found,
                key=key,
                part_id=given["part"],
                period=period,
                tier=given["tier"],
                amount=amount,
                seen=given["seen"],
                by=request.user,
            )
            plan = divided(plan.plan_sheet)
        except ValidationError as refusal:
            error = " ".join(refusal.messages)
        except REFUSALS as refusal:
            error = refusal.reason
            plan = divided(sheet_of(access.plan_for(request, plan_id), company=request.company))
    else:
        error = " ".join(message for errors in form.errors.values() for message in errors)
    return render(
        request, "targets/_partials/parts_table.html", _context(request, plan, error=error), status=422 if error else 200
    )


@require_POST
def fit(request, plan_id, unit_id):
    """Make the parts of a unit and everything below it add up again."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    form = forms.SpreadForm(request.POST)
    if form.is_valid():
        try:
            given = form.cleaned_data
            keep = not given["may_change_typed"]
            services.fit_parts(plan=found, unit=unit, keep_by_hand=keep, client_ref=given["client_ref"], by=request.user)
            messages.success(request, _("The parts of %(unit)s add up again.") % {"unit": unit.name})
        except REFUSALS as refusal:
            messages.error(request, refusal.reason)
    return redirect(f"{reverse('targets:parts', args=[found.pk])}?unit={unit.pk}")


@require_POST
def undo(request, plan_id):
    """Take one's own last step back, or do it again."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    if not reach.edits:
        raise PermissionDenied
    form, step = forms.UndoForm(request.POST), services.last_part_step(plan=found, user=request.user)
    if not form.is_valid() or step is None:
        messages.warning(request, PlanRefused("nothing_to_undo").reason)
    elif not reach.may_split(step.unit_id):
        raise PermissionDenied
    else:
        try:
            services.undo_parts(plan=found, step_id=form.cleaned_data["step"], by=request.user)
            messages.success(request, _("Done again.") if step.verb == PartStep.Verb.UNDO else _("Taken back."))
        except REFUSALS as refusal:
            messages.warning(request, refusal.reason)
    return redirect("targets:parts", found.pk)
