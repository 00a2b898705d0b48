"""The working calendar: a year of days with their kinds, and the company's own exceptions."""

import calendar as months
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.rules import Permission
from common.periods import Period
from teams import forms, queries, services
from teams.access import require
from teams.models import CalendarException


@dataclass(frozen=True)
class Day:
    """A day of the year's picture."""

    day: date
    is_working: bool
    kind: str  # working, free, holiday, make_up, own
    note: str


@dataclass(frozen=True)
class Month:
    """A month of the year's picture: weeks from Monday, None where another month's days stand."""

    first: date
    weeks: list
    working_days: int


@require_GET
def calendar(request):
    """Show a year."""
    return render(request, "teams/calendar.html", _context(request, _year(request)))


@require_POST
def set_exception(request):
    """Say that a day is worked, or free, whatever the calendar says."""
    require(request, Permission.COMPANY_SETTINGS)
    form = forms.ExceptionForm(request.POST)
    if not form.is_valid():
        return render(request, "teams/calendar.html", _context(request, _year(request), form), status=422)
    try:
        services.set_calendar_exception(by=request.user, **form.cleaned_data)
    except services.CalendarRefused as refusal:
        form.add_error("day", refusal.reason)
        return render(request, "teams/calendar.html", _context(request, _year(request), form), status=422)
    messages.success(request, _("The calendar was changed."))
    return redirect(f"{reverse('teams:calendar')}?year={form.cleaned_data['day'].year}")


@require_POST
def remove_exception(request, exception_id):
    """Let a day be what the calendar says."""
    require(request, Permission.COMPANY_SETTINGS)
    exception = get_object_or_404(CalendarException.objects.all(), pk=exception_id)
    year = exception.day.year
    try:
        services.remove_calendar_exception(exception=exception, by=request.user)
        messages.success(request, _("The calendar was changed."))
    except services.CalendarRefused as refusal:
        messages.error(request, refusal.reason)
    return redirect(f"{reverse('teams:calendar')}?year={year}")


def _year(request):
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else request.sight.on.year
    return min(max(year, forms.FIRST_CALENDAR_YEAR), forms.LAST_CALENDAR_YEAR)


def _context(request, year, form=None):
    working = queries.calendar_of(request.company)
    first, last = date(year, 1, 1), date(year, 12, 31)
    exceptions = list(CalendarException.objects.filter(day__range=(first, last)))
    language = "zh_CN" if get_language() == "zh-hans" else "en_US"
    special = {entry.day: entry for entry in working.special_days(year, language=language)}
    names = {exception.day: exception.name for exception in exceptions}
    counts = working.working_days_by_month(Period(first, date(year + 1, 1, 1)))
    return {
        "year": year,
        "months": [_month(date(year, number, 1), working, special, names, counts) for number in range(1, 13)],
        "total": sum(counts.values()),
        "exceptions": exceptions,
        "is_published": working.is_published(year),
        "today": request.sight.on,
        "previous": year - 1 if year > forms.FIRST_CALENDAR_YEAR else None,
        "following": year + 1 if year < forms.LAST_CALENDAR_YEAR else None,
        "form": form or forms.ExceptionForm(initial={"is_working": "free"}),
        "may_edit": request.membership.may(Permission.COMPANY_SETTINGS),
    }


def _month(first, working, special, names, counts):
    weeks = [
        [_day(first.replace(day=day), working, special, names) if day else None for day in week]
        for week in months.Calendar().monthdayscalendar(first.year, first.month)
    ]
    return Month(first, weeks, counts[first])


def _day(day, working, special, names):
    is_working = working.is_working(day)
    if (entry := special.get(day)) is None:
        return Day(day, is_working, "working" if is_working else "free", "")
    if entry.is_own:
        return Day(day, is_working, "own", names.get(day, ""))
    if is_working:
        return Day(day, is_working, "make_up", _("Make-up day"))
    return Day(day, is_working, "holiday", entry.name or _("Public holiday"))
