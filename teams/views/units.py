"""The tree of units, one unit, and changes to the tree."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.again import shown_again
from teams import forms, queries, services
from teams.access import require, unit_for


@require_GET
@shown_again
def organisation(request):
    """Show the units in sight as a tree."""
    with_closed = request.GET.get("closed") == "yes"
    nodes = queries.tree(sight=request.sight, company=request.company, with_closed=with_closed)
    context = {
        "nodes": nodes,
        "warnings": sum(_warnings(node) for node in nodes),
        "headcount": sum(node.headcount for node in nodes),
        "units": sum(_size(node) for node in nodes),
        "with_closed": with_closed,
        "may_edit": request.membership.may(Permission.COMPANY_SETTINGS),
        "may_hire": request.membership.may(Permission.PEOPLE_EDIT),
    }
    return render(request, "teams/organisation.html", context)


@require_GET
@shown_again
def unit(request, unit_id):
    """Show a unit: where it hangs, who leads it, who works in it, what is below."""
    found = unit_for(request, unit_id)
    nodes = queries.tree(sight=request.sight, company=request.company, with_closed=True)
    people = queries.with_unit_name(queries.people_employed_in([found.pk], on=request.sight.on))
    context = {
        "unit": found,
        "node": _find(nodes, found.pk),
        "above": queries.path_of(found),
        "seen_ids": None if request.sight.sees_everybody else request.sight.unit_ids,
        "rows": queries.rows_of(queries.values_of(people), on=request.sight.on),
        "is_closed": bool(found.closed_on and found.closed_on <= request.sight.on),
        "places": queries.places_of(found),
        "may_edit": request.membership.may(Permission.COMPANY_SETTINGS),
        "may_hire": request.membership.may(Permission.PEOPLE_EDIT),
    }
    return render(request, "teams/unit.html", context)


@require_http_methods(["GET", "POST"])
def add(request):
    """Add a unit."""
    require(request, Permission.COMPANY_SETTINGS)
    nodes = queries.tree(sight=request.sight, company=request.company)
    form = forms.UnitForm(request.POST or None, nodes=nodes, initial={"parent": request.GET.get("parent"), "kind": "TEAM"})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_unit(by=request.user, **form.cleaned_data)
        except services.UnitRefused as refusal:
            form.add_error("name" if refusal.code == "name_taken" else "parent", refusal.reason)
        else:
            messages.success(request, _("%(unit)s was added.") % {"unit": made})
            return redirect("teams:organisation")
    return render(request, "teams/unit_form.html", {"form": form, "title": _("Add a unit")})


@require_http_methods(["GET", "POST"])
def rename(request, unit_id):
    """Give a unit another name."""
    found = unit_for(request, unit_id, needing=Permission.COMPANY_SETTINGS)
    form = forms.RenameUnitForm(request.POST or None, initial={"name": found.name})
    return _change(request, found, form, services.rename_unit, field="name", title=_("Rename %(unit)s") % {"unit": found})


@require_http_methods(["GET", "POST"])
def move(request, unit_id):
    """Hang a unit elsewhere."""
    found = unit_for(request, unit_id, needing=Permission.COMPANY_SETTINGS)
    nodes = queries.tree(sight=request.sight, company=request.company)
    initial = {"parent": found.parent_id, "from_day": request.sight.on}
    form = forms.MoveUnitForm(request.POST or None, nodes=nodes, initial=initial)
    lead = _(
        "Everything below moves along. Figures by person and team stay; those of the units above count it"
        " in the old place before that day and in the new one from then on."
    )
    title = _("Move %(unit)s") % {"unit": found}

    def move_from(*, unit, by, **given):
        services.move_unit(unit=unit, today=request.sight.on, by=by, **given)

    fields = {"later_move": "from_day", "period_closed": "from_day"}
    return _change(request, found, form, move_from, field="parent", fields=fields, title=title, lead=lead)


@require_http_methods(["GET", "POST"])
def close(request, unit_id):
    """Close a unit."""
    found = unit_for(request, unit_id, needing=Permission.COMPANY_SETTINGS)
    form = forms.CloseUnitForm(request.POST or None, initial={"closed_on": request.sight.on})
    lead = _("Nobody can be placed here any more. Its figures stay, and it can be opened again.")
    title = _("Close %(unit)s") % {"unit": found}
    return _change(request, found, form, services.close_unit, field="closed_on", title=title, lead=lead)


@require_POST
def reopen(request, unit_id):
    """Open a closed unit again."""
    found = unit_for(request, unit_id, needing=Permission.COMPANY_SETTINGS)
    try:
        services.reopen_unit(unit=found, by=request.user)
    except services.UnitRefused as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("%(unit)s is open again.") % {"unit": found})
    return redirect("teams:unit", found.pk)


def _change(request, found, form, service, *, field, fields=None, title, lead=""):
    if request.method == "POST" and form.is_valid():
        try:
            service(unit=found, by=request.user, **form.cleaned_data)
        except services.UnitRefused as refusal:
            form.add_error((fields or {}).get(refusal.code, field), refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("teams:unit", found.pk)
    return render(request, "teams/unit_form.html", {"form": form, "title": title, "lead": lead, "unit": found})


def _warnings(node):
    return bool(node.span_warning or node.is_headless) + sum(_warnings(child) for child in node.children)


def _size(node):
    return 1 + sum(_size(child) for child in node.children)


def _find(nodes, unit_id):
    for node in nodes:
        if node.unit.pk == unit_id:
            return node
        if found := _find(node.children, unit_id):
            return found
    return None
