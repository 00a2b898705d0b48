"""The doors to how much each metric says for a unit or a person."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from common.period_names import name_of
from common.periods import fiscal_year_of
from targets import access, forms
from targets.choices import asked_year
from targets.queries import weights as queries
from targets.queries.plans import unit_key
from targets.services import weights as services
from teams.access import person_for, require, unit_for
from teams.queries import people_in_sight, units_by_depth


@require_GET
def weights(request):
    """List what counts how much for each unit in sight, and the people with weights of their own."""
    if not (request.sight.sees_everybody or request.sight.unit_ids):
        raise Http404
    year, query = _year(request)
    units = units_by_depth(request.sight)
    people = {person.pk: person for person in people_in_sight(request.sight).order_by("name")}
    book = queries.WeightBook(year)
    may_edit = request.membership.may(Permission.TARGETS_EDIT)
    rows = [
        _row(name, book.of(unit_id=pk), depth, reverse("targets:unit_weights", args=[pk]) + query)
        for pk, name, depth in units
        if depth == 0 or may_edit or book.has_own(unit_id=pk)
    ]
    exceptions = [
        _row(person.name, book.of(person_id=pk), 0, reverse("targets:person_weights", args=[pk]) + query)
        for pk, person in people.items()
        if book.has_own(person_id=pk)
    ]
    context = {
        "year": name_of(year, request.company.fiscal_year_starts_in),
        "years": _years(request, year),
        "rows": rows,
        "exceptions": exceptions,
        "people": []
        if not may_edit
        else [(pk, person.name) for pk, person in people.items() if not book.has_own(person_id=pk)],
        "query": query,
        "may_edit": may_edit,
    }
    return render(request, "targets/weights.html", context)


def _row(name, found, depth, url):
    return {"name": name, "found": found, "depth": depth, "url": url}


@require_http_methods(["GET", "POST"])
def unit_weights(request, unit_id):
    """Set the weights of a unit with everybody below it."""
    unit = unit_for(request, unit_id)
    access.require_set(request, unit_key(unit.pk))
    return _edit(request, unit.name, unit=unit, place_id=unit.pk)


@require_http_methods(["GET", "POST"])
def person_weights(request, person_id):
    """Set the weights of one person, or let them follow their unit again."""
    person = person_for(request, person_id, needing=Permission.TARGETS_EDIT)
    if not (request.sight.sees_everybody or person.unit_id in request.sight.unit_ids):
        raise Http404
    return _edit(request, person.name, person=person, place_id=person.unit_id)


@require_GET
def choose_person(request):
    """Lead to the weights of the person chosen in the list."""
    require(request, Permission.TARGETS_EDIT)
    given = request.GET.get("person", "")
    if not (given.isascii() and given.isdigit() and len(given) < 18):
        return redirect("targets:weights")
    _found, query = _year(request)
    return redirect(reverse("targets:person_weights", args=[int(given)]) + query)


def _edit(request, name, *, place_id, unit=None, person=None):
    year, query = _year(request)
    metrics = queries.weighable_metrics()
    found = queries.WeightBook(year).of(person_id=person and person.pk, unit_id=place_id)
    initial = {f"w{metric.pk}": percent for metric, percent in found.by_metric.items()} if found.is_own else {}
    initial["seen"] = services.stamp_of(found.by_metric if found.is_own else {})
    form = forms.WeightsForm(request.POST if request.method == "POST" else None, metrics=metrics, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_weights(
                year=year,
                weights=form.weights,
                unit=unit,
                person=person,
                seen=form.cleaned_data["seen"] or None,
                by=request.user,
            )
            messages.success(request, _("Saved."))
            return redirect(reverse("targets:weights") + query)
        except services.WeightsRefused as refusal:
            form.add_error(None, refusal.reason)
            # What was typed stays; who sends it again has seen what stands there now.
            form.data = form.data.copy()
            form.data["seen"] = initial["seen"]
    context = {
        "name": name,
        "year": name_of(year, request.company.fiscal_year_starts_in),
        "form": form,
        "found": found,
        "is_root": unit is not None and unit.parent_id is None,
        "back": reverse("targets:weights") + query,
    }
    return render(request, "targets/weights_form.html", context, status=422 if form.errors else 200)


def _year(request):
    """Return the fiscal year of `?year=`, this one without it, and the query that says so."""
    asked = asked_year(request)
    if asked is None:
        return fiscal_year_of(timezone.localdate(), request.company.fiscal_year_starts_in), ""
    return asked, f"?year={asked.starts_on.year}"


def _years(request, shown):
    """Return the years to choose from: last, this and next, each with its number and whether it is shown."""
    this = fiscal_year_of(timezone.localdate(), request.company.fiscal_year_starts_in).starts_on.year
    return [(year, year == shown.starts_on.year) for year in (this - 1, this, this + 1)]
