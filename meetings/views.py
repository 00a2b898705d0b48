"""The doors to meetings: the list, calling one, the page it is run on."""

from datetime import datetime, timedelta
from functools import wraps
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.rules import Permission
from common.again import shown_again
from common.lists import page_of
from common.questions import Question
from common.refusals import Refusal
from meetings import access, forms, pages, queries, services
from meetings.models import Decision, Meeting
from meetings.rules import next_review_day
from teams.access import require
from teams.queries import calendar_of

PER_PAGE = 20
#: A meeting that began so long ago is still the next one.
STILL_ON = timedelta(hours=3)
#: The fields in which people write sentences, which must not be lost.
WRITTEN = ("title", "question", "text", "notes", "minutes")


def _while_open(view):
    """Hand a view the meeting that the member leads; if its minutes were closed meanwhile, show what was not kept."""

    @wraps(view)
    def door(request, meeting_id, **also):
        found = access.meeting_for(request, meeting_id, to_run=True)
        try:
            return view(request, found, **also)
        except services.MinutesClosed as refusal:
            found.refresh_from_db()
            return _too_late(request, found, refusal)

    return door


@require_GET
@shown_again(each_minute=True)
def meetings(request):
    """List the meetings in sight, newest first."""
    on, this_minute = timezone.localdate(), timezone.now().replace(second=0, microsecond=0)
    sight = request.sight
    form = forms.MeetingFilter(request.GET, sight=sight)
    in_sight = Question("meetings", form.asked and (sight, form.asked), lambda: queries.meetings_in_sight(sight))
    narrowed = in_sight.then("narrowed", form.narrow)
    shown = narrowed.then("shown", lambda rows: queries.with_counts(rows).order_by(*queries.NEWEST_FIRST))
    context = {
        "form": form,
        "chips": form.chips(),
        "upcoming": queries.upcoming(in_sight, since=this_minute - STILL_ON) if not form.is_filtered else [],
        "page": page_of(shown, request, size=PER_PAGE, count=narrowed.count()),
        "may_call": request.membership.may(Permission.MEETINGS_RUN),
        "today": on,
    }
    return render(request, "meetings/meetings.html", context)


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
        if meeting.written_at is None and meeting.status != Meeting.Status.MINUTED:
            _write(request, meeting)
        return redirect("meetings:meeting", meeting.pk)
    return render(request, "meetings/call.html", {"form": form})


@require_GET
def meeting(request, meeting_id):
    """Show a meeting: its agenda to run it on, or its closed minutes."""
    found = access.meeting_for(request, meeting_id)
    return render(request, "meetings/meeting.html", pages.meeting_page(request, found))


@require_POST
@_while_open
def rewrite(request, found):
    """Write the agenda anew from today's figures; notes stay."""
    _write(request, found)
    messages.success(request, _("The agenda shows today's figures; your notes are still there."))
    return redirect("meetings:meeting", found.pk)


@require_POST
@_while_open
def note(request, found, item_id):
    """Keep the notes on one point."""
    item = access.item_for(request, found, item_id)
    form = forms.ItemNote(request.POST, people=pages.people_of(found))
    if not form.is_valid():
        if request.htmx:
            return _not_saved(request, found, " ".join(str(text) for texts in form.errors.values() for text in texts))
        return _refused(request, found, note_form=(item.pk, form))
    services.note(item=item, notes=form.cleaned_data["notes"], owner=form.cleaned_data["owner"], by=request.user)
    if request.htmx:
        return render(request, "meetings/_partials/saved.html", {"item": item})
    return redirect("meetings:meeting", found.pk)


@require_POST
@_while_open
def add_point(request, found):
    """Add a point of one's own."""
    form = forms.AddPoint(request.POST)
    if not form.is_valid():
        return _refused(request, found, point_form=form)
    services.add_point(meeting=found, by=request.user, **form.cleaned_data)
    return redirect("meetings:meeting", found.pk)


@require_POST
@_while_open
def remove_point(request, found, item_id):
    """Take a point of one's own off the agenda."""
    services.remove_point(item=access.item_for(request, found, item_id), by=request.user)
    return redirect("meetings:meeting", found.pk)


@require_POST
@_while_open
def decide(request, found):
    """Record a decision and the task that follows."""
    item = access.item_for(request, found, request.POST["item"]) if request.POST.get("item") else None
    form = forms.Decide(request.POST, people=pages.people_of(found), on=timezone.localdate())
    if form.is_valid():
        try:
            services.decide(meeting=found, item=item, by=request.user, **form.cleaned_data)
        except services.MinutesClosed:
            raise
        except Refusal as refused:
            form.add_error("owner", refused.reason)
        else:
            return redirect(f"{reverse('meetings:meeting', args=[found.pk])}#{f'point-{item.pk}' if item else 'decisions'}")
    return _refused(request, found, decide_form=(item and item.pk, form))


@require_POST
@_while_open
def withdraw(request, found, decision_id):
    """Strike a decision recorded by mistake."""
    services.withdraw_decision(
        decision=get_object_or_404(Decision.objects.filter(meeting=found), pk=decision_id), by=request.user
    )
    messages.success(request, _("The decision was struck. Its task stays with its owner."))
    return redirect("meetings:meeting", found.pk)


@require_POST
@_while_open
def minutes(request, found):
    """Keep the minutes, or keep and close them."""
    form = forms.Minutes(request.POST)
    if not form.is_valid():
        return _refused(request, found, minutes_form=form)
    services.write_minutes(meeting=found, minutes=form.cleaned_data["minutes"], by=request.user)
    if "close" in request.POST:
        services.close_minutes(meeting=found, now=timezone.now(), by=request.user)
        messages.success(request, _("The minutes are closed."))
    return redirect("meetings:meeting", found.pk)


@require_POST
def reopen(request, meeting_id):
    """Open closed minutes again."""
    found = access.meeting_for(request, meeting_id, to_run=True)
    services.reopen_minutes(meeting=found, by=request.user)
    return redirect("meetings:meeting", found.pk)


def _too_late(request, found, refusal):
    written = [text for name in WRITTEN if (text := request.POST.get(name, "").strip()) and text != found.minutes]
    if request.htmx:
        return _not_saved(request, found, refusal.reason)
    if not written:
        messages.warning(request, refusal.reason)
        return redirect("meetings:meeting", found.pk)
    context = pages.meeting_page(request, found) | {"not_kept": "\n".join(written)}
    return render(request, "meetings/meeting.html", context, status=409)


def _not_saved(request, found, reason):
    """Say so beside the field, in which what was typed still stands."""
    return render(request, "meetings/_partials/not_saved.html", {"reason": reason, "meeting": found}, status=422)


def _refused(request, found, **with_errors):
    return render(request, "meetings/meeting.html", pages.meeting_page(request, found, **with_errors), status=422)


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
