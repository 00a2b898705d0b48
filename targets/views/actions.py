"""The action plan behind a target: how it is to be reached, by whom and until when, and how far it is."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import Permission
from common.links import Link
from common.period_names import name_of
from common.periods import format_code, quarters_in
from common.templatetags.pages import query_string
from targets import access, forms, rules
from targets.choices import lineage_url
from targets.models import Plan
from targets.queries import actions as queries
from targets.queries.plans import sheet_of, unit_key, year_of
from targets.services import actions as services
from targets.services.actions import Goal
from teams.cards import Card
from teams.models import Person
from teams.queries import people_in_sight
from teams.services import TaskRefused


@require_http_methods(["GET", "POST"])
def action_plan(request, plan_id, key):
    """Show and write the action plan of a unit or person for the plan's year or one of its quarters."""
    place = _place(request, plan_id, key)
    form = _form(request, place, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        _require_write(request, place)
        if form.is_valid() and _written(request, place, form):
            messages.success(request, _("The action plan is saved."))
            return redirect(place["url"])
    return _page(request, place, form=form)


def _written(request, place, form):
    """Store what a form says; False with the reason at the field where it cannot be."""
    given = form.cleaned_data
    try:
        services.write_action_plan(
            plan=place["plan"],
            unit=place["unit"],
            person=place["person"],
            quarter=place["quarter"],
            goals={line.channel: Goal(**form.numbers_of(line.channel)) for line in form.lines},
            prospects=given["prospects"],
            resources=given["resources"],
            seen_version=given["version"],
            by=request.user,
        )
    except services.ActionRefused as refusal:
        channel = refusal.params.get("channel")
        form.add_error(f"orders_{channel}" if channel else None, refusal.reason)
        return False
    return True


@require_POST
def add_task(request, plan_id, key):
    """Give somebody a task that serves the action plan."""
    place = _place(request, plan_id, key)
    _require_write(request, place)
    form = _task_form(request, place, request.POST)
    if form.is_valid():
        try:
            services.add_action_task(
                plan=place["plan"],
                unit=place["unit"],
                person=place["person"],
                quarter=place["quarter"],
                by=request.user,
                **form.cleaned_data,
            )
        except TaskRefused as refusal:
            form.add_error("due_on", refusal.reason)
        else:
            messages.success(request, _("The task was added."))
            return redirect(f"{place['url']}#tasks")
    return _page(request, place, task_form=form)


def _place(request, plan_id, key):
    """Return what an address speaks of: the plan, whose target, and which span of the year."""
    plan, unit, person = access.target_about(request, plan_id, key)
    if not plan.metric.adds_up:
        raise Http404
    year, text = year_of(plan), request.GET.get("quarter", "")
    if text not in {"", "1", "2", "3", "4"}:
        raise Http404
    period = quarters_in(year)[int(text) - 1] if text else year
    return {
        "plan": plan,
        "unit": unit,
        "person": person,
        "key": key,
        "period": period,
        "quarter": period.starts_on if text else None,
        "number": text,
        "url": reverse("targets:actions", args=[plan.pk, key]) + (f"?quarter={text}" if text else ""),
    }


def _done_url(place, channel):
    """Return where what a channel brought comes from."""
    about = {"person_id": place["person"].pk} if place["person"] else {"unit_id": place["unit"].pk}
    code = format_code(place["period"], place["plan"].year_starts_on.month)
    return lineage_url(place["plan"].metric, f"period={code}&channel={channel.pk}", **about)


def _require_write(request, place):
    if not access.may_plan_actions(request, place["person"]):
        raise PermissionDenied


def _form(request, place, data=None):
    about = {name: place[name] for name in ("plan", "unit", "person")}
    found = queries.find_action_plan(**about, quarter=place["quarter"])
    place["found"] = found
    place["lines"] = queries.channel_lines(found, **about, period=place["period"])
    initial = {"version": found.version - 1 if found else 0}
    if found:
        initial |= {"prospects": found.prospects, "resources": found.resources}
    return forms.ActionPlanForm(
        data, lines=place["lines"], metric=place["plan"].metric, currency=request.company.currency, initial=initial
    )


def _task_form(request, place, data=None):
    today = timezone.localdate()
    owners = Person.objects.employed_on(today).order_by("name", "pk")
    if request.membership.may(Permission.TASKS_ASSIGN):
        owners = owners.filter(pk__in=people_in_sight(request.sight).values("pk"))
    else:
        owners = owners.filter(pk=request.sight.person_id or 0)
    initial = {"owner": place["person"] or request.person}
    return forms.ActionTaskForm(data, owners=owners, on=today, initial=initial)


def _page(request, place, *, form=None, task_form=None):
    form, is_refused = form or _form(request, place), bool((form and form.errors) or (task_form and task_form.errors))
    plan, lines = place["plan"], place["lines"]
    about = {name: place[name] for name in ("plan", "unit", "person")}
    target = queries.target_of(**about, period=place["period"])
    planned, done = sum(line.amount or 0 for line in lines), sum(line.amount_done for line in lines)
    tasks, may_write = queries.tasks_of(place["found"]), access.may_plan_actions(request, place["person"])
    year = name_of(year_of(plan), plan.year_starts_on.month)
    names = [("", year), *((str(number), f"Q{number}") for number in range(1, 5))]
    context = place | {
        "year": year,
        "subject": place["person"] or place["unit"],
        "is_own": place["person"] is not None and place["person"] == request.person,
        "spans": [Link(name, query_string(request.GET, quarter=code or None), code == place["number"]) for code, name in names],
        "form": form,
        "task_form": task_form or (_task_form(request, place) if may_write else None),
        "shown": [
            (line, _done_url(place, line.channel)) for line in lines if line.is_planned or line.amount_done or line.orders_done
        ],
        "asked": target,
        "planned": planned,
        "done": done,
        "covered": rules.percent_of(planned, target or None),
        "reached": rules.percent_of(done, target or None),
        "missing": max(0, target - planned),
        "totals": [sum(getattr(line, name) or 0 for line in lines) for name in ("invitations", "visits", "orders")],
        "tasks": tasks,
        "tasks_done": sum(task.status == task.Status.DONE for task in tasks),
        "may_write": may_write,
        "may_tick": may_write,
        "below": _below(request, place),
        "sees_plan": access.plans_for(request).filter(pk=plan.pk).exists(),
        "today": timezone.localdate(),
    }
    return render(request, "targets/actions.html", context, status=422 if is_refused else 200)


def _below(request, place):
    """Return what stands below a unit, with its action plans; nothing for a person."""
    if place["unit"] is None:
        return []
    sheet = sheet_of(place["plan"], company=request.company)
    if (node := sheet.nodes.get(unit_key(place["unit"].pk))) is None:
        return []
    number = int(place["number"] or 0)
    positions = range(3 * (number - 1), 3 * number) if number else range(12)
    return queries.below(sheet, node, positions=positions, quarter=place["quarter"])


def person_card(*, request, person):
    """Return the card of a person's page that leads to the action plans behind their targets of this year."""
    plans = Plan.objects.filter(status=Plan.Status.PUBLISHED, targets__person=person, year_starts_on__lte=request.sight.on)
    newest = plans.select_related("metric").distinct().order_by("-year_starts_on", "metric__position")[:8]
    shown = [plan for plan in newest if plan.metric.adds_up and request.sight.on in year_of(plan)]
    if not shown:
        return None
    return Card("targets/_partials/person_card.html", {"plans": shown, "key": f"p{person.pk}"})
