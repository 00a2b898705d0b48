"""Background work of meetings: the agendas of the coming day write themselves."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from common.periods import iso_week_of
from common.tenancy import require_company_id
from jobs.registry import job
from meetings import services
from teams.models import Unit

MEETING_TIME = time(9)


@job("meetings.agendas", title=_("Agendas of the weekly review"), queue="rollup")
def write_agendas(*, job, progress, **_newer):
    """
    Call the next review of every team that has none yet and write its agenda from tonight's figures.

    Writing again gives the same meetings; agendas whose meeting has begun stay as they are.
    """
    company = Company.objects.get(pk=require_company_id())
    now = timezone.now()
    today = now.astimezone(ZoneInfo(company.time_zone)).date()
    day = today + timedelta(days=(company.review_weekday - today.isoweekday()) % 7)
    starts_at = datetime.combine(day, MEETING_TIME, tzinfo=ZoneInfo(company.time_zone))
    teams = list(Unit.objects.filter(children=None, closed_on=None).exclude(parent=None))
    for done, team in enumerate(teams, 1):
        meeting = services.call_meeting(unit=team, week_starts_on=iso_week_of(day).starts_on, starts_at=starts_at, by=None)
        if meeting.status == meeting.Status.PLANNED:
            services.write_agenda(meeting=meeting, company=company, on=today, now=now, by=None)
        progress(done, len(teams), team.name)
    return {"teams": len(teams)}
