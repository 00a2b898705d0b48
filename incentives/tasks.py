"""Background work of incentives."""

from datetime import date, time
from functools import partial
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from common.periods import Period, add_months, month_of, months_in, quarter_of
from common.tenancy import require_company_id
from incentives.models import PlanTrial
from incentives.queries.rerun import check_published
from incentives.rules.robots import is_time_to_post
from incentives.services import disputes, penalties, robots, victories
from incentives.services.calculating import calculate
from incentives.services.contest_results import freeze_over
from incentives.services.trials import TRIAL_JOB, run_trial
from jobs.registry import job
from jobs.rules import Daily
from teams.queries import calendar_of


@job(
    "incentives.victories",
    title=_("Victory reports of targets"),
    about=_(
        "Writes a victory report for every person, team and region that reached its target, and takes down what no longer holds."
    ),
    summary=_("%(written)s victory reports written, %(taken)s taken off the wall"),
    queue="rollup",
    schedule=Daily(at=time(6)),
    may_be_started=True,
)
def report_targets(*, job, progress, **_newer):
    """Follow the targets with what the night has added up; running again gives the same reports."""
    company = Company.objects.get(pk=require_company_id())
    written, taken = victories.follow_targets(on=timezone.localdate(), first_month=company.fiscal_year_starts_in)
    progress(1, 1)
    return {"written": written, "taken": taken}


@job(
    "incentives.calculate",
    title=_("Calculation of pay"),
    about=_("Works out what everybody earned in a month and writes it into draft statements."),
    queue="rollup",
    summary=_("Statements written: %(written)s. As they were: %(unchanged)s. Past drafting and different now: %(stale)s."),
)
def calculate_pay(*, job, progress, **_newer):
    """Calculate the month of the job's arguments (`month`, its first day), for everybody or for `people`."""
    month = month_of(date.fromisoformat(job.arguments["month"]))
    done = calculate(
        month=month, person_ids=job.arguments.get("people"), now=timezone.now(), progress=progress, by=job.requested_by
    )
    return {"month": month.label, "written": done.written, "unchanged": done.unchanged, "stale": done.stale}


@job(
    "incentives.contests",
    title=_("Contests that are over"),
    about=_("Fixes the standing of every contest in the night after its last day, as it is known then."),
    queue="rollup",
    # After the roll-up, which posts the last day worked; phones without a network have had the night to send.
    schedule=Daily(at=time(4)),
    may_be_started=True,
    summary=_("Standings fixed: %(contests)s."),
)
def fix_contests(*, job, progress, **_newer):
    """Fix what is over; a second run adds nothing, and one that was killed left nothing half."""
    given = {"on": timezone.localdate(), "now": timezone.now(), "by": job.requested_by}
    return {"contests": freeze_over(**given, progress=progress)}


@job(
    "incentives.questions",
    title=_("Questions about pay without an answer"),
    about=_(
        "Notes each morning which questions about statements have passed their deadline; they top HR's and the managers' lists."
    ),
    schedule=Daily(at=time(7)),
    may_be_started=True,
    summary=_("Deadlines that passed without an answer: %(overdue)s."),
)
def note_overdue_questions(*, job, progress, **_newer):
    """Note the deadlines that passed; a second run adds nothing."""
    return {"overdue": disputes.mark_overdue(today=timezone.localdate(), by=job.requested_by)}


@job(
    "incentives.cases",
    title=_("Cases under rules of the team"),
    about=_(
        "Proposes what last month's records set off under published rules, and makes final what nobody appealed against in time."
    ),
    summary=_("%(proposed)s cases proposed, %(settled)s made final"),
    queue="rollup",
    schedule=Daily(at=time(6, 30)),
    may_be_started=True,
)
def follow_rules(*, job, progress, **_newer):
    """Settle what is over and propose what is new; running again gives the same cases."""
    on, company = timezone.localdate(), Company.objects.get(pk=require_company_id())
    settled = penalties.settle_cases(on=on)
    proposed = penalties.propose_cases(on=on, calendar=calendar_of(company))
    progress(1, 1)
    return {"proposed": proposed, "settled": settled}


@job(
    "incentives.rerun",
    title=_("Check of what was paid"),
    about=_("Works the published statements of the last four quarters out again, from what was known then, and compares."),
    queue="rollup",
    may_be_started=True,
    summary=_("Published statements worked out again: %(statements)s. Different: %(different)s. Months: %(months)s."),
)
def check_paid(*, job, progress, **_newer):
    """Compare what was published with what the same facts and plans give; nothing is changed."""
    company = Company.objects.get(pk=require_company_id())
    this = month_of(timezone.localdate())
    since = add_months(quarter_of(this.starts_on, company.fiscal_year_starts_in).starts_on, -12)
    count, differing = check_published(months=months_in(Period(since, this.starts_on)), company=company, progress=progress)
    # Whoever may start jobs reads this: no amounts, and nobody's name.
    months = sorted({each.starts_on.isoformat()[:7] for each in differing})
    return {"statements": count, "different": len(differing), "months": ", ".join(months) or "–"}


@job(
    TRIAL_JOB,
    title=_("Trial of a pay plan"),
    about=_("Works the last four quarters out as if a version of a plan had been in force, and compares with what was paid."),
    queue="rollup",
    summary=_("Months: %(months)s. People: %(people)s."),
)
def try_plan(*, job, progress, **_newer):
    """Work out the trial of the job's arguments (`trial`); nothing that was paid is changed."""
    trial = PlanTrial.objects.select_related("version").get(pk=job.arguments["trial"])
    company = Company.objects.get(pk=require_company_id())
    result = run_trial(trial=trial, company=company, now=timezone.now(), on=timezone.localdate(), progress=progress)
    # Whoever may look at jobs reads this: no amounts, and nobody's name.
    return {"months": len(result["months"]), "people": len(result.get("people", ()))}


def _is_news():
    """Return whether a group robot has something to post at this hour of the company's day."""
    now = timezone.localtime(timezone=ZoneInfo(Company.objects.get(pk=require_company_id()).time_zone))
    return is_time_to_post(now.hour) and robots.is_anything_due(on=now.date(), now=now)


def _post_one_by_one(job):
    """Return the steps of posting: of each message that it leaves is committed before it leaves."""
    now, on = timezone.now(), timezone.localdate()
    for message_id in robots.collect(on=on, now=now):
        yield partial(robots.let_leave, message_id=message_id)
        yield partial(robots.deliver, message_id=message_id, on=on, now=now)


@job(
    "incentives.robots",
    title=_("Messages to groups"),
    about=_("Posts victory reports, contests, awards and praise to the groups whose robots are set up, once each."),
    queue="notify",
    ahead=_post_one_by_one,
    is_wanted=_is_news,
    summary=_("Messages looked at: %(messages)s."),
)
def post_news(*, job, progress, ahead, **_newer):
    """Say how many were looked at; all that is done was done ahead, message by message."""
    return {"messages": len(ahead) // 2}
