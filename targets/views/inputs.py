"""What a plan's methods go by, entered below a unit: the grid of numbers, and one row's dealers."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.period_names import name_of
from customers.models import Customer
from targets import access, forms
from targets.models import Plan
from targets.queries.inputs import about_key
from targets.queries.plans import sheet_of, unit_key
from targets.queries.proposals import record_of
from targets.rules import BadInput, InputKind
from targets.services import inputs as services
from targets.services.plans import PlanRefused
from targets.views.choosing import choice_of

#: How many names are offered while typing.
MOST_OFFERED = 200


def opened(request, plan_id, unit_id):
    """Return the plan, the unit, the sheet, what was entered, and the rows below the unit, each person once."""
    plan, unit = access.plan_for(request, plan_id), access.unit_to_split(request, unit_id)
    sheet = sheet_of(plan, company=request.company, with_leaders=True)
    if unit_key(unit.pk) not in sheet.nodes:
        raise Http404
    nodes = {}
    for key in sheet.sheet.below(unit_key(unit.pk)):
        node = sheet.nodes[key]
        if key != unit_key(unit.pk) and any(node.presence):
            nodes.setdefault(about_key(node), node)
    given = record_of(sheet, on=timezone.localdate()).given
    return plan, unit, sheet, given, list(nodes.values())


def closed_because(plan):
    """Return why nothing can be entered any more; "" while it can."""
    return "" if plan.status == Plan.Status.DRAFT else PlanRefused("published").reason


@require_http_methods(["GET", "POST"])
def inputs(request, plan_id, unit_id):
    """Show and keep potential, fixed cost and margin of everything below a unit."""
    plan, unit, sheet, given, nodes = opened(request, plan_id, unit_id)
    initial = {f"{kind}_{about_key(node)}": given.entered(kind, node) for node in nodes for kind in forms.GRID_KINDS}
    form = forms.InputsForm(
        request.POST if request.method == "POST" else None,
        nodes=nodes,
        currency=request.company.currency,
        initial=initial | {"seen": given.stamp},
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.set_inputs(
                plan=plan,
                entries=[services.Entry(*entry) for entry in form.entries()],
                seen=form.cleaned_data["seen"],
                by=request.user,
            )
        except (PlanRefused, BadInput) as error:
            refusal = error.reason
            # What was typed stays, beside the numbers as they are now; who sends it again has seen that.
            form.data = form.data.copy()
            form.data["seen"] = given.stamp
        else:
            messages.success(
                request, _("%(number)s numbers were kept.") % {"number": changed} if changed else _("Nothing was different.")
            )
            page = "targets:split" if "_split" in request.POST else "targets:inputs"
            return redirect(reverse(page, args=[plan.pk, unit.pk]) + choice_of(request.GET))
    context = {
        "plan": plan,
        "unit": unit,
        "year": name_of(sheet.year, plan.year_starts_on.month),
        "form": form,
        "refusal": refusal,
        "closed": closed_because(plan),
        "choice": choice_of(request.GET),
        "kinds": [(kind, form[f"source_{kind}"]) for kind in forms.GRID_KINDS],
        "rows": [_row(form, node, given, sheet, depth=sheet.nodes[unit_key(unit.pk)].depth) for node in nodes],
    }
    return render(request, "targets/inputs.html", context, status=422 if request.method == "POST" else 200)


def _row(form, node, given, sheet, *, depth):
    """Return what the grid shows of one row."""
    dealers = given.rows.get((InputKind.INTENTION, about_key(node)), ())
    margin = given.margin_of(node, sheet)
    return {
        "node": node,
        "about": about_key(node),
        "depth": node.depth - depth - 1,
        "cells": [
            {
                "field": form[f"{kind}_{about_key(node)}"],
                "label": kind.label,
                "row": given.rows.get((kind, about_key(node))),
                "margin": margin if kind == InputKind.MARGIN and margin and margin.source != "typed" else None,
            }
            for kind in forms.GRID_KINDS
        ],
        "dealers": len(dealers),
        "intended": sum(row.value for row in dealers) if dealers else None,
    }


def _customers_of(node):
    """Return the names that are offered while typing: the customers of a person."""
    if not node.is_person:
        return []
    return list(Customer.objects.current().filter(owner_id=node.person_id).values_list("name", flat=True)[:MOST_OFFERED])


@require_http_methods(["GET", "POST"])
def intentions(request, plan_id, unit_id, about):
    """Show and keep what the dealers of one row below a unit say they want to buy."""
    plan, unit, sheet, given, nodes = opened(request, plan_id, unit_id)
    node = next((row for row in nodes if about_key(row) == about), None)
    if node is None:
        raise Http404
    kept = given.rows.get((InputKind.INTENTION, about), [])
    form = forms.IntentionsForm(
        request.POST if request.method == "POST" else None,
        rows=kept,
        currency=request.company.currency,
        initial={"seen": given.stamp},
    )
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            services.set_intentions(
                plan=plan, node=node, intentions=form.intentions, seen=form.cleaned_data["seen"], by=request.user
            )
        except (PlanRefused, BadInput, services.IntentionRefused) as error:
            refusal = error.reason
            form.data = form.data.copy()
            form.data["seen"] = given.stamp
        else:
            messages.success(request, _("The intentions of %(name)s's dealers were kept.") % {"name": node.name})
            return redirect("targets:inputs", plan.pk, unit.pk)
    context = {
        "plan": plan,
        "unit": unit,
        "node": node,
        "year": name_of(sheet.year, plan.year_starts_on.month),
        "form": form,
        "refusal": refusal,
        "closed": closed_because(plan),
        "total": sum((row.value for row in kept), start=0),
        "customers": _customers_of(node),
    }
    return render(request, "targets/intentions.html", context, status=422 if request.method == "POST" else 200)
