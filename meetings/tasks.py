"""Background work of meetings: the agendas of the coming review write themselves."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from common.periods import iso_week_of
from common.tenancy import require_company_id
from jobs.registry import job
from jobs.rules import Daily
from meetings import rules, services
from meetings.queries import teams_that_meet
from teams.queries import calendar_of

MEETING_TIME = time(9)


@job(
    "meetings.agendas",
    title=_("Agendas of the weekly review"),
    about=_("Writes the agenda of every team from tonight's figures, the evening before the weekly review."),
    summary=_("%(teams)s agendas written"),
    queue="rollup",
    schedule=Daily(at=time(19)),
    may_be_started=True,
)
def write_agendas(*, job, progress, **_newer):
    """
    Call the review of every team and write its agenda, on the evening before it; started by hand, for the next review.

    Writing again gives the same meetings; agendas whose meeting has begun stay as they are.
    """
    company = Company.objects.get(pk=require_company_id())
    zone = ZoneInfo(company.time_zone)
    now = timezone.now()
    today = now.astimezone(zone).date()
    slot = job.arguments.get("slot")
    evening = date.fromisoformat(slot) if slot else today
    day = rules.next_review_day(evening + timedelta(days=bool(slot)), company.review_weekday, calendar_of(company).is_working)
    if slot and day != evening + timedelta(days=1):
        return {"teams": 0}
    starts_at = datetime.combine(day, MEETING_TIME, tzinfo=zone)
    teams = list(teams_that_meet(on=day))
    for done, team in enumerate(teams, 1):
        meeting = services.call_meeting(unit=team, week_starts_on=iso_week_of(day).starts_on, starts_at=starts_at, by=None)
        if meeting.status == meeting.Status.PLANNED:
            services.write_agenda(meeting=meeting, company=company, on=today, now=now, by=None)
        progress(done, len(teams), team.name)
    return {"teams": len(teams)}
