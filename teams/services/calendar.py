"""The company's own exceptions to the working calendar."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.services import change, record
from common.refusals import Refusal
from common.tenancy import require_company_id
from teams import signals
from teams.models import CalendarException


class CalendarRefused(Refusal):
    """A day that cannot become another one."""

    sentences = {"period_closed": _("The books are closed before %(day)s. What was worked until then stays as it is.")}


@transaction.atomic
def set_calendar_exception(*, day, is_working, name, by):
    """
    Say that the company works on a day, or does not, whatever the calendar says; replaces what was said before.

    :raises CalendarRefused: for a day in a closed period.
    """
    signals.calendar_changing.send(sender=CalendarException, day=day)
    # Two admins naming the same day at once: the second one changes the first one's row.
    Company.objects.select_for_update(of=("self",)).get(pk=require_company_id())
    exception = CalendarException.objects.filter(day=day).first()
    if exception is None:
        exception = CalendarException.objects.create(day=day, is_working=is_working, name=name.strip())
        after = {"day": day, "is_working": is_working, "name": exception.name}
        record("teams.calendar.exception_set", about=exception, by=by, after=after)
    elif not change(exception, action="teams.calendar.exception_set", by=by, is_working=is_working, name=name.strip()):
        return exception
    signals.calendar_changed.send(sender=CalendarException, days=[day], by=by)
    return exception


@transaction.atomic
def remove_calendar_exception(*, exception, by):
    """
    Let a day be what the calendar says again.

    :raises CalendarRefused: for a day in a closed period.
    """
    signals.calendar_changing.send(sender=CalendarException, day=exception.day)
    before = {"day": exception.day, "is_working": exception.is_working, "name": exception.name}
    record("teams.calendar.exception_removed", about=exception, by=by, before=before)
    exception.delete()
    signals.calendar_changed.send(sender=CalendarException, days=[before["day"]], by=by)
