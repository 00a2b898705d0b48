"""Setting a year, splitting a unit's target with a preview, and settling what is missing."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from common.money import NoWeights
from common.period_names import name_of
from common.periods import PeriodKind, year_before
from targets import access, forms, rules
from targets.models import Plan
from targets.queries.conflicts import conflict_rows
from targets.queries.history import past_of
from targets.queries.judgement import Judge
from targets.queries.plans import sheet_of, unit_key
from targets.queries.previews import proposed_months, proposed_rows, rows_below
from targets.queries.proposals import month_weights, named, propose_split, record_of, season_of
from targets.queries.workbench import last_year_of, missing_of
from targets.rules import InputKind, MonthMethod, SplitMethod, Tier
from targets.services import splits as services
from targets.services.plans import PlanRefused
from targets.views.choosing import choice_of

REFUSALS = (PlanRefused, rules.SheetRefused, rules.BadTiers, NoWeights)


@require_http_methods(["GET", "POST"])
def year(request, plan_id):
    """Set the company's year and spread it over the months."""
    found = access.plan_for(request, plan_id)
    reach, sheet = access.reach_of(request), sheet_of(found, company=request.company)
    if sheet.root is None or not reach.may_set(sheet.root, sheet):
        raise PermissionDenied
    if found.status != Plan.Status.DRAFT:
        messages.info(request, PlanRefused("published").reason)
        return redirect("targets:plan", found.pk)
    today, now = timezone.localdate(), sheet.sheet.year_of(sheet.root.key)
    past = past_of(found.metric.numerator, year_before(sheet.year, PeriodKind.YEAR)).of(sheet.root, sheet)
    given = request.POST if request.method == "POST" else request.GET if "commit" in request.GET else None
    form = forms.YearForm(
        given,
        plan=found,
        months=sheet.months,
        currency=request.company.currency,
        initial={"seen": sheet.stamp(sheet.root.key), "commit": now.commit or None, "floor": now.floor, "stretch": now.stretch},
    )
    preview, refusal, conflicts, season = None, None, [], None
    if not form.is_bound or form.data.get("method") == MonthMethod.SEASON:
        season = season_of(sheet, sheet.root.key, company=request.company, on=today)
    if form.is_valid():
        try:
            if request.method == "POST":
                services.set_year(
                    plan=found,
                    tiers=form.cleaned_data["year_tiers"],
                    method=form.cleaned_data["method"],
                    weights=form.weights,
                    seen=form.cleaned_data["seen"],
                    client_ref=form.cleaned_data["client_ref"],
                    on=today,
                    by=request.user,
                )
                messages.success(request, _("The year is set. Now split it among the units."))
                return redirect("targets:plan", found.pk)
            weights = month_weights(
                sheet,
                sheet.root.key,
                method=form.cleaned_data["method"],
                weights=form.weights,
                season=season,
                company=request.company,
                on=today,
            )
            preview = rules.spread_row(sheet.sheet, sheet.root.key, form.cleaned_data["year_tiers"], weights)
        except NoWeights as error:
            form.add_error("method", error.reason)
        except rules.SheetRefused as error:
            refusal, conflicts = named(sheet, error).reason, conflict_rows(sheet, error)
        except REFUSALS as error:
            refusal = error.reason
    context = {
        "plan": found,
        "form": form,
        "refusal": refusal,
        "conflicts": conflicts,
        "year": name_of(sheet.year, found.year_starts_on.month),
        "months": proposed_months(sheet, sheet.root.key, preview or sheet.sheet.of(sheet.root.key), past=past),
        "totals": rules.total(preview) if preview else now,
        "is_preview": preview is not None,
        "season": season and {"years": len(rules.whole_years(season[0])), "months": len(season[0])},
        "last_year": sum(past.values()) if past else None,
        "growth": rules.growth(year, sum(past.values()))
        if (year := rules.total(preview).commit if preview else now.commit)
        else None,
        "MonthMethod": MonthMethod,
    }
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/year_preview.html", context)
    return render(request, "targets/year.html", context, status=_status(request, form, refusal))


def _status(request, form, refusal):
    return 422 if request.method == "POST" and (refusal or form.errors) else 200


@require_http_methods(["GET", "POST"])
def split(request, plan_id, unit_id):
    """Propose how a unit's target is divided, beside today's numbers; apply it when posted."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    given = request.POST if request.method == "POST" else request.GET
    sheet = sheet_of(found, company=request.company, with_leaders=True)
    key, today = unit_key(unit.pk), timezone.localdate()
    if key not in sheet.nodes or found.status != Plan.Status.DRAFT:
        messages.info(request, PlanRefused("published" if key in sheet.nodes else "not_in_plan").reason)
        return redirect("targets:plan", found.pk)
    record = record_of(sheet, on=today)
    children = [child for child in sheet.children_of(key) if any(child.presence)]
    form = forms.SplitForm(
        given if "method" in given else None,
        children=children,
        entered={
            child.key: weight for child in children if (weight := record.given.entered(InputKind.WEIGHT, child)) is not None
        },
        initial={
            "method": SplitMethod.HISTORY if record.months else SplitMethod.EQUAL,
            "seen": sheet.stamp(key),
            "whole_subtree": any(not child.is_person for child in children),
        },
    )
    proposal = refusal = code = None
    conflicts = []
    if form.is_valid() or not form.is_bound:
        try:
            if request.method == "POST" and form.is_valid():
                services.split_down(
                    plan=found,
                    unit=unit,
                    shares=form.shares,
                    weights=form.weights,
                    whole_subtree=form.cleaned_data["whole_subtree"],
                    with_leaders=form.cleaned_data["with_leaders"],
                    seen=form.cleaned_data["seen"],
                    client_ref=form.cleaned_data["client_ref"],
                    on=today,
                    by=request.user,
                )
                messages.success(request, _("%(unit)s is split.") % {"unit": unit.name})
                return redirect(f"{reverse('targets:plan', args=[found.pk])}?unit={unit.pk}#row-{key}")
            proposal = _propose(form, sheet, key, record)
        except rules.SheetRefused as error:
            code = error.code
            refusal = named(sheet, error).reason if "month" in error.params or "node" in error.params else error.reason
            conflicts = conflict_rows(sheet, error)
        except NoWeights as error:
            refusal = error.reason
        except PlanRefused as error:
            refusal = error.reason
            # What was typed stays on the page, beside the numbers as they are now.
            proposal = _propose(form, sheet, key, record)
            form.data = form.data.copy()
            form.data["seen"] = sheet.stamp(key)
    context = {
        "plan": found,
        "unit": unit,
        "node": sheet.nodes[key],
        "form": form,
        "refusal": refusal,
        "refusal_code": code,
        "inputs_url": reverse("targets:inputs", args=[found.pk, unit.pk]) + choice_of(given),
        "conflicts": conflicts,
        "year": name_of(sheet.year, found.year_starts_on.month),
        "own": sheet.sheet.year_of(key),
        "missing": missing_of(sheet, key, Tier.COMMIT),
        "has_below": bool(children),
        "has_units": any(not child.is_person for child in children),
        "has_leaders": any(child.is_leader for child in children) or any(node.is_leader for node in sheet.nodes.values()),
        "people": sum(_carries(sheet, below) for below in sheet.sheet.below(key)),
        "record": record,
        "ramp": pgettext("between names", ", ").join(f"{percent} %" for percent in sheet.ramp_percents),
        "COMBINATION": forms.COMBINATION,
        "spread": forms.SpreadForm(initial={"whole_subtree": True, "seen": sheet.stamp(key)}),
        "may_sum": access.reach_of(request).may_set(sheet.nodes[key], sheet),
    }
    if proposal:
        last_year = last_year_of(sheet)
        rows = proposed_rows(sheet, key, proposal, last_year=last_year)
        judge = Judge(sheet, company=request.company, on=today, cells=proposal.changes, given=record.given)
        entered = list(dict.fromkeys(method for row in rows if row.source for method in row.source.given))
        context |= {
            "rows": [_shown(row, form, entered, judge) for row in rows],
            "entered": entered,
            "lacking": proposal.lacking,
            "sum_today": sum(row.today.commit for row in rows),
            "sum_proposed": sum(row.proposed.commit for row in rows),
            "sum_last_year": last_year.get(key),
            "has_history": any(row.source is not None and row.source.history is not None for row in rows),
            "has_heads": any(row.heads is not None for row in rows),
            "without_history": [sheet.nodes[lacking].name for lacking in proposal.without_history],
            "below": rows_below(sheet, key, proposal, last_year=last_year),
            "types_weights": not form.is_bound
            or form.cleaned_data["method"] == SplitMethod.WEIGHTS
            or SplitMethod.WEIGHTS in form.shares,
            "changed": sum(cells != sheet.sheet.of(row_key) for row_key, cells in proposal.changes.items()),
        }
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/split_preview.html", context)
    return render(request, "targets/split.html", context, status=_status(request, form, refusal))


def _shown(row, form, entered, judge):
    """Return a row with the field of its weight, if it has one, what each method that goes by numbers knew, and its judgement."""
    name, node = f"w_{row.node.key}", row.node
    given = row.source.given if row.source else {}
    judged = judge.judge(node) if node.is_person and row.proposed.commit else None
    chances = judged.chances if judged else judge.chances_of(node.key)
    return (
        row,
        form[name] if name in form.fields else None,
        [(method, given.get(method)) for method in entered],
        chances,
        judged,
    )


def _carries(sheet, key):
    """Return whether a row is somebody who carries a target or could: a leader only who does."""
    node = sheet.nodes[key]
    return node.is_person and (not node.is_leader or key in sheet.sheet.cells)


def _propose(form, sheet, key, record):
    is_chosen = form.is_bound and form.is_valid()
    return propose_split(
        sheet,
        key,
        shares=form.shares if is_chosen else {SplitMethod(form["method"].value()): 1},
        weights=form.weights if is_chosen else None,
        whole_subtree=form.cleaned_data["whole_subtree"] if is_chosen else bool(form["whole_subtree"].value()),
        with_leaders=is_chosen and form.cleaned_data["with_leaders"],
        record=record,
    )


@require_POST
def spread(request, plan_id, unit_id):
    """Spread what is missing at a unit over what is below it."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    form = forms.SpreadForm(request.POST)
    if form.is_valid():
        try:
            services.spread_remainder(
                plan=found,
                unit=unit,
                whole_subtree=form.cleaned_data["whole_subtree"],
                keep_by_hand=not form.cleaned_data["may_change_typed"],
                seen=form.cleaned_data["seen"],
                client_ref=form.cleaned_data["client_ref"],
                by=request.user,
            )
            messages.success(request, _("%(unit)s adds up again.") % {"unit": unit.name})
        except REFUSALS as refusal:
            messages.error(request, refusal.reason)
            return redirect("targets:split", found.pk, unit.pk)
    return redirect(f"{reverse('targets:plan', args=[found.pk])}?unit={unit.pk}#row-{unit_key(unit.pk)}")


@require_POST
def sum_up(request, plan_id, unit_id):
    """Let a unit's target be what its units and people add up to."""
    found, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    access.require_set(request, unit_key(unit.pk))
    form = forms.SheetForm(request.POST)
    if form.is_valid():
        try:
            services.sum_up(
                plan=found,
                unit=unit,
                seen=form.cleaned_data["seen"],
                client_ref=form.cleaned_data["client_ref"],
                by=request.user,
            )
            messages.success(request, _("%(unit)s is now what is below it.") % {"unit": unit.name})
        except REFUSALS as refusal:
            messages.error(request, refusal.reason)
    return redirect(f"{reverse('targets:plan', args=[found.pk])}?unit={unit.pk}#row-{unit_key(unit.pk)}")
