"""One person: place, stage, story, tasks, profile; and one's own page."""

from datetime import timedelta

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from teams import forms, queries, rules, services
from teams.access import person_for
from teams.cards import cards_for
from teams.models import Task, Unit
from teams.views.tasks import just_ended

TASKS_SHOWN = 8


@require_GET
def person(request, person_id):
    """Show somebody in sight."""
    found = person_for(request, person_id)
    on = request.sight.on
    is_self = request.person is not None and found.pk == request.person.pk
    has_left = bool(found.left_on and found.left_on <= on)
    unit = Unit.objects.filter(pk=found.unit_id).first()
    stories = queries.story_of(found, on=on)
    tasks = list(queries.tasks_of([found.pk], status=Task.Status.OPEN)[: TASKS_SHOWN + 1])
    decision = next((d for d in queries.survival_decisions(sight=request.sight, person_id=found.pk)), None)
    context = {
        "shown": found,
        "unit": unit,
        "above": queries.path_of(unit) if unit else [],
        "role": dict(forms.Role.choices).get(found.unit_role, ""),
        "stage": None if has_left else rules.tenure_stage(found.hired_on, on),
        "months": rules.months_of_service(found.hired_on, found.left_on if has_left else on),
        "has_left": has_left,
        "last_day": found.left_on and found.left_on - timedelta(days=1),
        "is_coming": found.hired_on > on,
        "stations": stories,
        "seen_ids": None if request.sight.sees_everybody else request.sight.unit_ids,
        "tasks": tasks[:TASKS_SHOWN],
        "has_more_tasks": len(tasks) > TASKS_SHOWN,
        "decision": None if is_self else decision,
        "is_self": is_self,
        "may_see_profile": is_self or request.membership.may(Permission.PEOPLE_SEE_PROFILE),
        "may_edit": request.membership.may(Permission.PEOPLE_EDIT),
        "may_assign": is_self or request.membership.may(Permission.TASKS_ASSIGN),
        "may_invite": request.membership.may(Permission.COMPANY_SETTINGS) and found.membership_id is None and not has_left,
        "may_withdraw": request.membership.may(Permission.PEOPLE_EDIT) and len(stories) > 1,
        "undo": just_ended(request),
        "cards": cards_for(request=request, person=found),
    }
    return render(request, "teams/person.html", context)


@require_http_methods(["GET", "POST"])
def edit(request, person_id):
    """Change what is known about somebody."""
    found = person_for(request, person_id, needing=Permission.PEOPLE_EDIT)
    return _edit(request, found, forms.PersonForm, back_to=("teams:person", found.pk))


@require_http_methods(["GET", "POST"])
def edit_own(request):
    """Change one's own profile."""
    if request.person is None:
        return redirect("teams:me")
    return _edit(request, request.person, forms.OwnProfileForm, back_to=("teams:me",))


@require_GET
def me(request):
    """Show one's own page; members without a place in the organisation see their account."""
    if request.person is not None:
        return person(request, request.person.pk)
    return render(request, "teams/me_without_person.html")


def _edit(request, found, form_class, *, back_to):
    initial = {name: getattr(found, name) for name in form_class.base_fields}
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_person(person=found, by=request.user, **form.cleaned_data)
        except services.PersonRefused as refusal:
            form.add_error("employee_number", refusal.reason)
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing had changed."))
            return redirect(*back_to)
    return render(request, "teams/person_form.html", {"form": form, "shown": found})
