"""The doors to pay plans as they are read: the list, a plan in words with its versions, the people in it, its name and its end."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.periods import month_of
from incentives.access import plans as access
from incentives.forms.plans import EndPlan, RenamePlan
from incentives.models import PayPlan, PayPlanVersion
from incentives.queries import plan_people
from incentives.queries.plan_pictures import pictures_of
from incentives.queries.plans import names_for, state_of, terms_of, told, version_on, versions_of
from incentives.rules.wording import differences
from incentives.services import plans as services
from incentives.services.plans import PlanRefused
from teams.access import require
from teams.queries import people_in_sight


@require_GET
def plans(request):
    """List the plans a member sees: in force, in the making, ended."""
    on = timezone.localdate()
    seen = access.plans_for(request, on=on)
    is_archive = "archive" in request.GET
    rows = [
        {
            "plan": one.row.plan,
            "state": one.row.state,
            "version": one.row.version,
            "last_day": _last_day(one.row.version),
            "draft": one.row.draft if access.may_plan(request) else None,
            "whom": plan_people.whom_in_words(one.row.terms) if one.row.terms else "",
            "people": one.everybody if access.may_plan(request) else len(one.people),
            "components": [component.name for component, _steps, _parts in one.row.terms.components] if one.row.terms else [],
        }
        for one in seen
        if (one.row.state == "ARCHIVED") == is_archive
    ]
    context = {
        "rows": rows,
        "is_archive": is_archive,
        "has_archive": any(one.row.state == "ARCHIVED" for one in seen),
        "may_plan": access.may_plan(request),
        "leads": request.sight.sees_others,
        "may_release": request.membership.may(Permission.PAY_RELEASE),
    }
    return render(request, "incentives/plans.html", context)


@require_GET
def plan(request, plan_id):
    """Show a plan in words: one version of it, how it pays, and how the versions differ."""
    on = timezone.localdate()
    found = access.plan_for(request, plan_id, on=on)
    may_plan = access.may_plan(request)
    versions = [v for v in versions_of(found) if may_plan or v.status == PayPlanVersion.Status.PUBLISHED]
    version = _version_asked_for(request, versions, on=on)
    if version is None:
        return render(request, "incentives/plan_empty.html", {"plan": found, "may_plan": may_plan})
    before = next((v for v in versions if v.number < version.number), None)
    said = terms_of([version, *([before] if before else [])])
    names = names_for(request.company, tuple(said.values()))
    components = told(said[version.pk], names=names)
    is_draft = version.status == PayPlanVersion.Status.DRAFT
    context = {
        "plan": found,
        "version": version,
        "versions": versions,
        "state": state_of(found, version if not is_draft else None, on=on),
        "is_draft": is_draft,
        "draft": next((v for v in versions if v.status == PayPlanVersion.Status.DRAFT), None),
        "components": list(zip([c for c, _s, _p in said[version.pk].components], components, strict=True)),
        "pictures": pictures_of(said[version.pk], names=names),
        "whom": plan_people.whom_in_words(said[version.pk]),
        "cap": names.minor(version.cap) if version.cap else "",
        "before": before,
        "differences": differences(told(said[before.pk], names=names), components) if before else [],
        "whom_before": plan_people.whom_in_words(said[before.pk]) if before else "",
        "may_plan": may_plan,
        "last_day": _last_day(version),
        "leads": request.sight.sees_others,
    }
    return render(request, "incentives/plan.html", context)


def _version_asked_for(request, versions, *, on):
    """Return the version that the address names, else the one in force, else the latest."""
    if (asked := request.GET.get("version", "")).isascii() and asked.isdigit() and len(asked) < 6:
        version = next((v for v in versions if v.number == int(asked)), None)
        if version is None:
            raise Http404
        return version
    return version_on(versions, on) or next(iter(versions), None)


def _last_day(version):
    return version.ends_before - timedelta(days=1) if version is not None and version.ends_before else None


@require_GET
def people(request, plan_id):
    """Show who is in a plan: on a day, of those in sight, with where they stand."""
    on = timezone.localdate()
    found = access.plan_for(request, plan_id, on=on)
    if not request.sight.sees_others:
        raise Http404
    versions = [v for v in versions_of(found) if access.may_plan(request) or v.status == PayPlanVersion.Status.PUBLISHED]
    version = _version_asked_for(request, versions, on=on)
    if version is None:
        raise Http404
    said = terms_of([version])[version.pk]
    everybody = plan_people.member_rows(said, on=on)
    seen = None if request.sight.sees_everybody else set(people_in_sight(request.sight).values_list("pk", flat=True))
    rows = [row for row in everybody if seen is None or row.person.pk in seen]
    context = {
        "plan": found,
        "version": version,
        "rows": rows,
        "here": sum(row.is_here for row in rows),
        "hidden": sum(row.is_here for row in everybody) - sum(row.is_here for row in rows),
        "whom": plan_people.whom_in_words(said),
        "left_out": [person for person in said.left_out if seen is None or person.pk in seen],
    }
    return render(request, "incentives/plan_people.html", context)


@require_http_methods(["GET", "POST"])
def rename(request, plan_id):
    """Call a plan otherwise."""
    require(request, Permission.PAY_PLAN)
    found = access.plan_for(request, plan_id, on=timezone.localdate())
    form = RenamePlan(request.POST or None, initial={"name": found.name, "note": found.note})
    if request.method == "POST" and form.is_valid():
        try:
            services.rename_plan(plan=found, by=request.user, **form.cleaned_data)
        except PlanRefused as refusal:
            form.add_error("name", refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("incentives:plan", found.pk)
    context = {"form": form, "plan": PayPlan.objects.get(pk=found.pk), "title": _("Rename the plan"), "verb": _("Save")}
    return render(request, "incentives/plan_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def end(request, plan_id):
    """Let a plan end."""
    require(request, Permission.PAY_PLAN)
    on = timezone.localdate()
    found = access.plan_for(request, plan_id, on=on)
    form = EndPlan(request.POST or None, initial={"last_day": month_of(on).last_day})
    if request.method == "POST" and form.is_valid():
        try:
            ends_before = form.cleaned_data["last_day"] + timedelta(days=1)
            services.end_plan(plan=found, ends_before=ends_before, by=request.user)
        except PlanRefused as refusal:
            form.add_error("last_day", refusal.reason)
        else:
            messages.success(request, _("The plan ends then. What was earned until that day is still paid."))
            return redirect("incentives:plan", found.pk)
    context = {
        "form": form,
        "plan": found,
        "title": _("End the plan"),
        "verb": _("End the plan"),
        "lead": _("From the day after on it pays nobody. What was earned until then, also what is still held back, is paid."),
    }
    return render(request, "incentives/plan_form.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def archive(request, plan_id):
    """Put a plan that pays nobody any more out of the way."""
    require(request, Permission.PAY_PLAN)
    on = timezone.localdate()
    found = access.plan_for(request, plan_id, on=on)
    try:
        services.archive_plan(plan=found, on=on, by=request.user)
    except PlanRefused as refusal:
        messages.warning(request, refusal.reason)
        return redirect("incentives:plan", found.pk)
    messages.success(request, _("The plan is in the archive."))
    return redirect("incentives:plans")
