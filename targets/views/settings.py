"""The settings of a plan, with what they would change shown first."""

from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.period_names import name_of
from targets import access, rules
from targets.forms.settings import PlanSettingsForm
from targets.models import Plan
from targets.queries.conflicts import conflict_rows
from targets.queries.plans import buffers_of, sheet_of
from targets.queries.proposals import named, propose_spread
from targets.rules import Tier
from targets.services import settings as services
from targets.services.plans import PlanRefused


@dataclass(frozen=True)
class Effect:
    """What the settings would change: the year's tiers now and then, the cells that differ, the units' months that would not add up."""

    tiers: list
    cells: int
    gaps: int
    people: int
    people_then: int | None  # once it is spread again


@require_http_methods(["GET", "POST"])
def settings(request, plan_id):
    """Change the percentages of floor and stretch, and what units plan over."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    sheet = sheet_of(found, company=request.company)
    if sheet.root is None or not reach.may_set(sheet.root, sheet):
        raise PermissionDenied
    if found.status != Plan.Status.DRAFT:
        messages.info(request, PlanRefused("published").reason)
        return redirect("targets:plan", found.pk)
    given = request.POST if request.method == "POST" else request.GET if "floor_percent" in request.GET else None
    initial = {name: getattr(found, name) for name in services.FIELDS} | {"version": found.version}
    form, effect, refusal, conflicts = PlanSettingsForm(given, initial=initial), None, None, []
    if form.is_valid():
        wanted = {name: form.cleaned_data[name] for name in services.FIELDS}
        is_retiered = form.cleaned_data["is_retiered"]
        try:
            if request.method == "POST":
                version = form.cleaned_data["version"]
                services.change_settings(
                    plan=found, given=wanted, is_retiered=is_retiered, seen_version=version, by=request.user
                )
                messages.success(request, _("The settings are changed."))
                return redirect("targets:plan", found.pk)
            effect = _effect(sheet, wanted, is_retiered)
        except rules.KeptRefused as error:
            refusal, conflicts = named(sheet, error).reason, conflict_rows(sheet, error)
        except PlanRefused as error:
            refusal = error.reason
    context = {
        "plan": found,
        "form": form,
        "effect": effect,
        "refusal": refusal,
        "conflicts": conflicts,
        "year": name_of(sheet.year, found.year_starts_on.month),
    }
    template = (
        "targets/_partials/settings_preview.html" if request.htmx and request.method == "GET" else "targets/settings.html"
    )
    return render(request, template, context, status=422 if request.method == "POST" else 200)


def _effect(sheet, wanted, is_retiered):
    """Return what a plan would be with other settings; nothing is stored."""
    plan, table = sheet.plan, sheet.sheet
    asked = Plan(**{name: wanted[name] for name in services.FIELDS})
    then = replace(table, over=buffers_of(asked, sheet.nodes))
    if is_retiered:
        rule = rules.TierRule(wanted["floor_percent"], wanted["stretch_percent"], plan.rounding_unit)
        then = then.with_changes(rules.retier(then, sheet.root.key, rule))
    now, later = table.year_of(sheet.root.key), then.year_of(sheet.root.key)
    people = [key for key, node in sheet.nodes.items() if node.is_person]
    return Effect(
        tiers=[(Tier(tier).label, getattr(now, tier), getattr(later, tier)) for tier in rules.TIER_NAMES],
        cells=sum(a != b for key in sheet.nodes for a, b in zip(table.of(key), then.of(key), strict=True)),
        gaps=sum(gap.tier == Tier.COMMIT for gap in then.gaps(sheet.root.key)),
        people=sum(table.year_of(key).commit for key in people),
        people_then=_once_spread(replace(sheet, sheet=then), people),
    )


def _once_spread(sheet, people):
    """Return what people would be asked for together once everything adds up again; None where locks do not let it."""
    try:
        changes = propose_spread(sheet, sheet.root.key, keep_by_hand=False).changes
    except rules.SheetRefused:
        return None
    table = sheet.sheet.with_changes(changes)
    return sum(table.year_of(key).commit for key in people)
