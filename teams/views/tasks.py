"""Tasks: mine and those of the people I see."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.links import Link
from common.lists import page_of
from teams import forms, queries, services
from teams.models import Person, Task

TASKS_PER_PAGE = 50
VERBS = ("complete", "cancel", "reopen")
#: Session key of the task that the last press ended, for the page that offers to undo it.
JUST_ENDED = "just_ended_task"


@require_GET
def tasks(request):
    """List tasks, mine or my people's, open or done."""
    is_team = request.GET.get("of") == "team" or request.person is None
    form = forms.TaskFilter(request.GET)
    form.is_valid()
    status = form.cleaned_data.get("status") or Task.Status.OPEN
    ids = queries.people_in_sight(request.sight).values("pk") if is_team else [request.person.pk]
    found = queries.tasks_of(ids, status=None if status == "all" else status)
    if is_team and request.person:
        found = found.exclude(owner=request.person)
    if status == Task.Status.DONE:
        found = found.order_by("-done_at", "pk")
    base = reverse("teams:tasks")
    tabs = [Link(_("My people's tasks"), f"{base}?of=team", is_team)]
    if request.person:
        tabs.insert(0, Link(_("My tasks"), base, not is_team))
    context = {
        "page": page_of(found, request, size=TASKS_PER_PAGE),
        "tabs": tabs if _leads(request) or is_team else [],
        "is_team": is_team,
        "form": form,
        "today": request.sight.on,
        "may_add": _may_add(request),
        "may_act": not is_team or request.membership.may(Permission.TASKS_ASSIGN),
        "undo": just_ended(request),
    }
    return render(request, "teams/tasks.html", context)


@require_http_methods(["GET", "POST"])
def add(request):
    """Add a task for oneself or somebody in sight."""
    if not _may_add(request):
        raise PermissionDenied
    initial = {"due_on": request.sight.on, "owner": request.GET.get("owner") or request.person}
    form = forms.TaskForm(request.POST or None, owners=_possible_owners(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            task = services.assign_task(by=request.user, **form.cleaned_data)
        except services.TaskRefused as refusal:
            form.add_error("due_on", refusal.reason)
        else:
            messages.success(request, _("The task was added."))
            is_mine = request.person is not None and task.owner_id == request.person.pk
            return redirect(reverse("teams:tasks") + ("" if is_mine else "?of=team"))
    return render(request, "teams/task_form.html", {"form": form})


@require_POST
def act(request, task_id, verb):
    """Tick off, drop or open again; goes back to where it was pressed."""
    if verb not in VERBS:
        raise Http404
    in_sight = queries.people_in_sight(request.sight).values("pk")
    task = get_object_or_404(Task.objects.filter(owner__in=in_sight), pk=task_id)
    is_mine = request.person is not None and task.owner_id == request.person.pk
    if not is_mine and not request.membership.may(Permission.TASKS_ASSIGN):
        raise PermissionDenied
    try:
        match verb:
            case "complete":
                services.complete_task(task=task, now=timezone.now(), by=request.user)
                request.session[JUST_ENDED] = task.pk
            case "cancel":
                services.cancel_task(task=task, by=request.user)
                request.session[JUST_ENDED] = task.pk
            case "reopen":
                services.reopen_task(task=task, by=request.user)
                messages.success(request, _("Open again: %(task)s") % {"task": task})
    except services.TaskRefused as refusal:
        messages.error(request, refusal.reason)
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        onward = reverse("teams:tasks")
    return HttpResponseRedirect(onward)  # not `redirect`: what was sent is an address, never the name of a route


def just_ended(request):
    """Return the task that the last press ended, once, or None."""
    task_id = request.session.pop(JUST_ENDED, None)
    return Task.objects.filter(pk=task_id).exclude(status=Task.Status.OPEN).first() if task_id else None


def _leads(request):
    return request.sight.sees_everybody or bool(request.sight.unit_ids)


def _may_add(request):
    return request.person is not None or request.membership.may(Permission.TASKS_ASSIGN)


def _possible_owners(request):
    employed = Person.objects.employed_on(request.sight.on).order_by("name", "pk")
    if request.membership.may(Permission.TASKS_ASSIGN):
        return employed.filter(pk__in=queries.people_in_sight(request.sight).values("pk"))
    return employed.filter(pk=request.person.pk)
