"""The doors to a day: what was planned against what was done."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import Permission
from common.periods import FIRST_YEAR, LAST_YEAR
from common.refusals import Refusal
from customers.queries import customers_in_sight, overdue_customers
from teams.access import person_for
from visits import access, queries, services
from visits.forms import PlanForm

SUGGESTED = 5
_SUMMED = ("planned", "done", "missed", "unplanned", "visits", "valid", "invalid")


@require_safe
def day(request):
    """Show a person's day; to who leads others and names nobody, everybody's."""
    today = timezone.localdate()
    shown = _day(request.GET.get("day"), today)
    leads = request.sight.sees_everybody or bool(request.sight.unit_ids)
    person = request.person
    if wanted := request.GET.get("person"):
        if not wanted.isdecimal() or len(wanted) > 18:
            raise Http404
        person = person_for(request, int(wanted))
    steps = {"today": today, "shown": shown, "switch": _switch(shown, today, request.GET.get("person")), "leads": leads}
    if (leads and not wanted) or person is None:
        rows = queries.team_day(request.sight, shown)
        totals = {name: sum(getattr(row, name) for row in rows) for name in _SUMMED}
        return render(request, "visits/team_day.html", steps | {"rows": rows, "totals": totals})
    is_own = request.person is not None and person.pk == request.person.pk
    its = queries.day_of(person, shown)
    overdue = overdue_customers(person, today) if shown >= today else []
    planned = {plan.customer_id for plan in its.plans}
    context = steps | {
        "its": its,
        "shown_person": person,
        "may_log": is_own and request.membership.may(Permission.VISITS_LOG),
        "suggested": [item for item in overdue if item.customer.pk not in planned][:SUGGESTED],
        "overdue_count": len(overdue),
    }
    return render(request, "visits/day.html", context)


def plan(request):
    """Plan a visit."""
    person = access.logger_of(request)
    today = timezone.localdate()
    initial = {"planned_on": _day(request.GET.get("day"), today), "customer": request.GET.get("customer")}
    customers = customers_in_sight(request.sight).current()
    form = PlanForm(request.POST or None, initial=initial, customers=customers, today=today, back=reverse("visits:day"))
    if request.POST and form.is_valid():
        made = services.plan_visit(person=person, by=request.user, **form.cleaned_data)
        messages.success(request, _("Planned: %(customer)s.") % {"customer": made.customer})
        return redirect(_address(made.planned_on))
    return render(request, "visits/plan.html", {"form": form}, status=422 if request.POST else 200)


@require_POST
def drop_plan(request, plan_id):
    """Take a plan back."""
    found = access.own_plan_for(request, plan_id)
    planned_on = found.planned_on
    try:
        services.drop_plan(plan=found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("The plan is taken back."))
    return redirect(_address(planned_on))


def _day(text, today):
    """Return the day that an address names, today without one."""
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise Http404
    return day


def _switch(shown, today, person_id):
    def address(day):
        return "?" + urlencode({"day": day.isoformat()} | ({"person": person_id} if person_id else {}))

    return {
        "label": shown,
        "previous_url": address(shown - timedelta(days=1)),
        "next_url": address(shown + timedelta(days=1)),
        "current_url": None if shown == today else address(today),
    }


def _address(day):
    return f"{reverse('visits:day')}?{urlencode({'day': day.isoformat()})}"
