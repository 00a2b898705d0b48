"""The doors to meetings: the list, calling one, the page it is run on."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.rules import Permission
from common.lists import page_of
from meetings import access, forms, queries, services, words
from meetings.models import AgendaItem, Decision, Meeting
from meetings.rules import next_review_day
from targets.models import Metric
from teams.access import require
from teams.queries import calendar_of, people_employed_in, subtree_ids
from teams.services import TaskRefused

PER_PAGE = 20


@require_GET
def meetings(request):
    """List the meetings in sight, newest first."""
    found = queries.with_counts(queries.meetings_in_sight(request.sight)).order_by("-week_starts_on", "unit__position", "pk")
    page = page_of(found, request, size=PER_PAGE)
    may_call = request.membership.may(Permission.MEETINGS_RUN)
    return render(request, "meetings/meetings.html", {"page": page, "may_call": may_call, "today": timezone.localdate()})


def call(request):
    """Call a meeting and write its agenda at once."""
    require(request, Permission.MEETINGS_RUN)
    on = timezone.localdate()
    units = queries.units_to_meet(request.sight)
    next_day = next_review_day(on, request.company.review_weekday, calendar_of(request.company).is_working)
    form = forms.CallMeeting(
        request.POST or None, units=units, initial={"day": next_day, "time": "09:00", "unit": units.first()}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        starts_at = datetime.combine(given["day"], given["time"], tzinfo=ZoneInfo(request.company.time_zone))
        meeting = services.call_meeting(
            unit=given["unit"], week_starts_on=form.week_starts_on, starts_at=starts_at, place=given["place"], by=request.user
        )
        if meeting.written_at is None:
            _write(request, meeting)
        return redirect("meetings:meeting", meeting.pk)
    return render(request, "meetings/call.html", {"form": form})


@require_GET
def meeting(request, meeting_id):
    """Show a meeting: its agenda to run it on, or its closed minutes."""
    found = access.meeting_for(request, meeting_id)
    return render(request, "meetings/meeting.html", _page(request, found))


@require_POST
def rewrite(request, meeting_id):
    """Write the agenda anew from today's figures; notes stay."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    _write(request, found)
    messages.success(request, _("The agenda shows today's figures; your notes are still there."))
    return redirect("meetings:meeting", found.pk)


@require_POST
def note(request, meeting_id, item_id):
    """Keep the notes on one point."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    item = access.item_for(request, found, item_id)
    form = forms.ItemNote(request.POST, people=_people(found))
    if not form.is_valid():
        context = _page(request, found)
        next(point for point in context["points"] if point["item"].pk == item.pk)["form"] = form
        return render(request, "meetings/meeting.html", context, status=422)
    services.note(item=item, notes=form.cleaned_data["notes"], owner=form.cleaned_data["owner"], by=request.user)
    if request.htmx:
        return render(request, "meetings/_partials/saved.html")
    return redirect("meetings:meeting", found.pk)


@require_POST
def add_point(request, meeting_id):
    """Add a point of one's own."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    form = forms.AddPoint(request.POST)
    if not form.is_valid():
        return render(request, "meetings/meeting.html", _page(request, found) | {"point_form": form}, status=422)
    services.add_point(meeting=found, by=request.user, **form.cleaned_data)
    return redirect("meetings:meeting", found.pk)


@require_POST
def remove_point(request, meeting_id, item_id):
    """Take a point of one's own off the agenda."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    services.remove_point(item=access.item_for(request, found, item_id), by=request.user)
    return redirect("meetings:meeting", found.pk)


@require_POST
def decide(request, meeting_id):
    """Record a decision and the task that follows."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    form = forms.Decide(request.POST, people=_people(found), on=timezone.localdate())
    if form.is_valid():
        try:
            services.decide(meeting=found, by=request.user, **form.cleaned_data)
        except TaskRefused as refused:
            form.add_error("owner", refused.reason)
        else:
            return redirect("meetings:meeting", found.pk)
    return render(request, "meetings/meeting.html", _page(request, found) | {"decide_form": form}, status=422)


@require_POST
def withdraw(request, meeting_id, decision_id):
    """Strike a decision recorded by mistake."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    services.withdraw_decision(
        decision=get_object_or_404(Decision.objects.filter(meeting=found), pk=decision_id), by=request.user
    )
    messages.success(request, _("The decision was struck. Its task stays with its owner."))
    return redirect("meetings:meeting", found.pk)


@require_POST
def minutes(request, meeting_id):
    """Keep the minutes, or keep and close them."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    form = forms.Minutes(request.POST)
    if not form.is_valid():
        return render(request, "meetings/meeting.html", _page(request, found) | {"minutes_form": form}, status=422)
    services.write_minutes(meeting=found, minutes=form.cleaned_data["minutes"], by=request.user)
    if "close" in request.POST:
        services.close_minutes(meeting=found, now=timezone.now(), by=request.user)
        messages.success(request, _("The minutes are closed."))
    return redirect("meetings:meeting", found.pk)


@require_POST
def reopen(request, meeting_id):
    """Open closed minutes again."""
    require(request, Permission.MEETINGS_RUN)
    found = access.meeting_for(request, meeting_id)
    if request.sight.sees_everybody or found.unit_id in request.sight.unit_ids:
        services.reopen_minutes(meeting=found, by=request.user)
    return redirect("meetings:meeting", found.pk)


def _page(request, found):
    on = timezone.localdate()
    people = _people(found)
    choices = [("", "---------"), *((person.pk, person.name) for person in people)]
    may_run = access.may_run(request, found)
    items = list(AgendaItem.objects.filter(meeting=found).select_related("owner"))
    return {
        "meeting": found,
        "week_ends_on": found.week_starts_on + timedelta(days=6),
        "points": [
            {
                "item": item,
                "title": words.title_of(item),
                "question": words.question_of(item),
                "rows": [_readable(row) for row in item.figures],
                "form": forms.ItemNote(
                    initial={"notes": item.notes, "owner": item.owner_id},
                    people=people,
                    choices=choices,
                    auto_id=f"id_{item.pk}_%s",
                )
                if may_run
                else None,
            }
            for item in items
        ],
        "decisions": list(Decision.objects.filter(meeting=found).select_related("task__owner", "item")),
        "metric": Metric.objects.filter(code="revenue").first(),
        "may_run": may_run,
        "may_reopen": found.status == Meeting.Status.MINUTED
        and request.membership.may(Permission.MEETINGS_RUN)
        and (request.sight.sees_everybody or found.unit_id in request.sight.unit_ids),
        "decide_form": forms.Decide(people=people, on=on),
        "point_form": forms.AddPoint(),
        "minutes_form": forms.Minutes(initial={"minutes": found.minutes}),
        "today": on,
    }


def _readable(row):
    """Return a frozen row with its days as days again, and its verdict as the components take it."""
    row = dict(row)
    if row.get("due_on"):
        row["due_on"] = date.fromisoformat(row["due_on"])
    if "attainment" in row and row["attainment"] is not None:
        row["attainment"] = Decimal(row["attainment"])
    row["verdict"] = str(row.get("status", "")).lower()
    return row


def _people(found):
    return people_employed_in(subtree_ids([found.unit_id]), on=timezone.localdate())


def _write(request, found):
    """Write an agenda: a review of a day that is over looks at the figures of that day, not of today."""
    today = timezone.localdate()
    day = timezone.localdate(found.starts_at)
    services.write_agenda(
        meeting=found,
        company=request.company,
        on=min(today, day),
        now=timezone.now(),
        as_published=day < today,
        by=request.user,
    )
