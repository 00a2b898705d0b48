"""Transfer, leave, come back: each says beforehand what will happen."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission, Role
from teams import forms, queries, services
from teams.access import person_for, require
from teams.models import Assignment, Unit

TO_FIELD = {
    "unit_closed": "unit",
    "nothing_changes": "unit",
    "before_hire": "from_day",
    "has_left": "from_day",
    "later_assignment": "from_day",
    "not_before_leaving": "from_day",
}


@require_http_methods(["GET", "POST"])
def transfer(request, person_id):
    """Move somebody to another unit or role."""
    found = person_for(request, person_id, needing=Permission.PEOPLE_EDIT)
    nodes = queries.tree(sight=request.sight, company=request.company)
    initial = {"role": found.unit_role, "from_day": request.sight.on}
    form = forms.TransferForm(request.POST or None, nodes=nodes, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            moved = services.transfer(person=found, by=request.user, **form.cleaned_data)
        except services.PersonRefused as refusal:
            form.add_error(TO_FIELD.get(refusal.code), refusal.reason)
        else:
            _follow(request)
            messages.success(
                request, _("%(name)s belongs to %(unit)s from %(day)s on.") % _words(found, moved.unit, moved.starts_on)
            )
            return redirect("teams:person", found.pk)
    return render(request, "teams/transfer.html", _context(request, found, form))


@require_GET
def transfer_preview(request, person_id):
    """Say what a transfer as typed so far would do."""
    found = person_for(request, person_id, needing=Permission.PEOPLE_EDIT)
    form = forms.TransferForm(request.GET, nodes=queries.tree(sight=request.sight, company=request.company))
    return render(request, "teams/_partials/transfer_effect.html", _context(request, found, form))


@require_POST
def withdraw_transfer(request, assignment_id):
    """Take the latest transfer back."""
    require(request, Permission.PEOPLE_EDIT)
    assignment = get_object_or_404(Assignment.objects.select_related("person"), pk=assignment_id)
    found = person_for(request, assignment.person_id)
    try:
        services.withdraw_transfer(assignment=assignment, by=request.user)
    except services.PersonRefused as refusal:
        messages.error(request, refusal.reason)
    else:
        _follow(request)
        messages.success(request, _("The transfer was withdrawn."))
    return redirect("teams:person", found.pk)


@require_http_methods(["GET", "POST"])
def leave(request, person_id):
    """End somebody's employment."""
    found = person_for(request, person_id, needing=Permission.PEOPLE_EDIT)
    form = forms.LeaveForm(request.POST or None, initial={"last_day": request.sight.on})
    if request.method == "POST" and form.is_valid():
        # People say the last day at work; kept is the first day away.
        left_on = form.cleaned_data["last_day"] + timedelta(days=1)
        try:
            services.end_employment(person=found, left_on=left_on, reason=form.cleaned_data["reason"], by=request.user)
        except services.PersonRefused as refusal:
            form.add_error("last_day", refusal.reason)
        else:
            _follow(request)
            messages.success(
                request,
                _("The employment of %(name)s ends on %(day)s.") % {"name": found, "day": form.cleaned_data["last_day"]},
            )
            return redirect("teams:person", found.pk)
    return render(request, "teams/leave.html", {"form": form, "shown": found})


@require_http_methods(["GET", "POST"])
def rehire(request, person_id):
    """Take somebody back."""
    found = person_for(request, person_id, needing=Permission.PEOPLE_EDIT)
    nodes = queries.tree(sight=request.sight, company=request.company)
    initial = {"role": found.unit_role, "from_day": request.sight.on}
    form = forms.RehireForm(request.POST or None, nodes=nodes, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.rehire(person=found, by=request.user, **form.cleaned_data)
        except services.PersonRefused as refusal:
            form.add_error(TO_FIELD.get(refusal.code), refusal.reason)
        else:
            messages.success(request, _("%(name)s is in the organisation again.") % {"name": found})
            return redirect("teams:person", found.pk)
    return render(request, "teams/rehire.html", {"form": form, "shown": found})


def _context(request, found, form):
    """What the page and its preview say: from where, to where, and what a promotion brings."""
    here = Unit.objects.filter(pk=found.unit_id).first()
    given = form.cleaned_data if form.is_bound and form.is_valid() else {}
    role = given.get("role")
    return {
        "form": form,
        "shown": found,
        "here": here,
        "role_here": Role(found.unit_role).label if found.unit_role else "",
        "there": given.get("unit"),
        "from_day": given.get("from_day"),
        "is_past": bool(given) and given["from_day"] < request.sight.on,
        "role_there": Role(role).label if role and role != found.unit_role else "",
        "is_other_unit": bool(given) and here is not None and given["unit"].pk != here.pk,
    }


def _follow(request):
    services.align_memberships(on=request.sight.on, by=request.user)


def _words(found, unit, day):
    return {"name": found, "unit": unit, "day": day.isoformat()}
