"""Background work of this floor."""

from datetime import date, time, timedelta
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.periods import iso_week_of
from credits import services as credits
from credits.queries.recounting import is_anything_recounted
from credits.rollups import has_dirty_days, hold_company
from jobs.models import Job
from jobs.registry import job
from jobs.rules import Daily, Weekly
from jobs.services import enqueue
from targets import rollups
from targets.rules import latest_cut_off
from targets.services.corrections import note_corrections
from targets.services.forecasts import store_forecasts
from targets.services.nudging import remind_by_itself, write_reminders
from targets.services.rankings import last_finished_week, publish_weekly_ranking
from targets.services.rates import hand_down_rates
from targets.services.reminding import mark_overdue

#: The night in which closed periods are looked at too.
SUNDAY = 7


def _post_ahead(job):
    """Return what a roll-up finds done: the days that went by posted, rates handed down, for a rebuild the whole ledger posted."""
    today = timezone.localdate()
    # Today counts among the days worked once it is over.
    days = [
        partial(credits.post_days_worked, through=today - timedelta(days=1)),
        partial(credits.post_lapsed, through=today),
        partial(_hand_down_rates, today),
    ]
    return days + (credits.parts_of_ledger() if job.arguments.get("rebuild") else [])


def _hand_down_rates(today):
    hand_down_rates(today=today)
    return 0  # no credits


@job(
    "targets.rollup",
    title=_("Nightly roll-up"),
    about=_("Adds up what was credited per person, unit and company, for every month, quarter and year."),
    queue="rollup",
    schedule=Daily(at=time(2)),
    may_be_started=True,
    ahead=_post_ahead,
    summary=_("Daily totals corrected: %(totals)s. Figures corrected: %(attainments)s."),
)
def roll_up(*, job, progress, ahead=(), **_newer):
    """
    Refresh totals and attainment: by the clock of what is open, in the night to Sunday and for whoever asks of everything.

    With `{"rebuild": true}` the ledger too, and the rest from nothing.
    """
    _recount_again(job)
    if job.arguments.get("rebuild"):
        return {"credits": sum(ahead)} | rollups.rebuild(today=timezone.localdate(), progress=progress)
    slot = job.arguments.get("slot")
    if slot and date.fromisoformat(slot).isoweekday() != SUNDAY:
        return rollups.refresh_open(today=timezone.localdate(), progress=progress)
    return rollups.refresh_everything(today=timezone.localdate(), progress=progress)


def _recount_again(job):
    """Ask for the counting anew that came to no end, at night or by hand: its figures are still those from before."""
    if is_anything_recounted() and not Job.objects.unfinished().of_kind("targets.recount").exists():
        enqueue("targets.recount", key="rules", by=job.requested_by)


@job(
    "targets.recount",
    title=_("Counting everything anew"),
    about=_("Posts whatever the ledger lacks by the rules in force; starts by itself when an own metric has a new version."),
    queue="rollup",
    may_be_started=True,
    ahead=lambda _job: credits.parts_of_ledger(),
    summary=_("Credits added: %(credits)s. Figures corrected: %(attainments)s."),
)
def recount(*, job, progress, ahead=(), **_newer):
    """
    Follow with the figures, once every fact is posted by the rules in force: all at once, until then they stay as they were.

    Where a rule was changed again meanwhile, whoever counts by that one lets the figures follow.
    """
    hold_company()
    if credits.lock_held_back() and not Job.objects.of_kind(job.kind).filter(status=Job.Status.QUEUED).exists():
        credits.release()
    return {"credits": sum(ahead)} | rollups.refresh_dirty(today=timezone.localdate())


@job(
    "targets.refresh",
    title=_("Refresh of what changed"),
    about=_("Follows deals, payments and visits during the day; starts by itself."),
    is_wanted=has_dirty_days,
    summary=_("Days refreshed: %(days)s. Figures corrected: %(attainments)s."),
)
def refresh(*, job, progress, **_newer):
    """Refresh the days that were marked."""
    return rollups.refresh_dirty(today=timezone.localdate(), progress=progress)


@job(
    "targets.ranking",
    title=_("Weekly ranking"),
    about=_("Publishes who stood where at the end of last week, and keeps it."),
    queue="rollup",
    schedule=Weekly(weekday=1, at=time(6)),
    may_be_started=True,
    summary=_("Week %(week)s, rankings published: %(boards)s, corrections noted: %(corrections)s."),
)
def rank(*, job, progress, **_newer):
    """
    Publish the ranking of the week that ended before the job's slot, or before today.

    Arguments: "slot", or "week" (its Monday) and "is_replacing".
    """
    today, given = timezone.localdate(), job.arguments
    week = last_finished_week(date.fromisoformat(given["slot"]) if "slot" in given else today)
    if "week" in given:
        week = iso_week_of(date.fromisoformat(given["week"]))
    # Whatever was not refreshed yet belongs into the ranking.
    written = rollups.refresh_dirty(today=timezone.localdate())
    boards = publish_weekly_ranking(
        week_starts_on=week.starts_on, today=today, is_replacing=given.get("is_replacing", False), by=job.requested_by
    )
    corrections = note_corrections(by=job.requested_by)
    return {"week": week.label, "boards": boards, "days": written["days"], "corrections": corrections}


@job(
    "targets.forecast",
    title=_("Forecasts of the period's end"),
    about=_("Keeps, every Monday and in the middle of each month, where month and quarter are expected to end."),
    queue="rollup",
    schedule=Daily(at=time(3)),
    may_be_started=True,
    summary=_("Cut-off %(cut_off)s, forecasts kept: %(forecasts)s."),
)
def forecast(*, job, progress, **_newer):
    """Keep the forecasts of the latest cut-off, also one that a night without a worker left out; a second run adds nothing."""
    today = timezone.localdate()
    cut_off = latest_cut_off(today)
    # What was not refreshed yet belongs to the days gone by.
    rollups.refresh_dirty(today=timezone.localdate())
    return {"cut_off": cut_off.isoformat(), "forecasts": store_forecasts(on=cut_off, today=today, by=job.requested_by)}


@job(
    "targets.talks",
    title=_("Talks about targets without an answer"),
    about=_(
        "Notes each morning, once for each deadline, who has let it pass, and reminds on working days whoever owes an answer: "
        "the person from the last day on, and their manager after a counter-proposal. On their first page and by e-mail, once a day."
    ),
    queue="notify",
    schedule=Daily(at=time(7)),
    may_be_started=True,
    summary=_("Deadlines that passed without an answer: %(overdue)s. People reminded: %(people)s, managers: %(managers)s."),
)
def note_overdue(*, job, progress, **_newer):
    """Mark the proposals whose last day is over and remind who owes an answer; a second run on the day adds nothing."""
    given = {"today": timezone.localdate(), "now": timezone.now(), "by": job.requested_by}
    return {"overdue": mark_overdue(**given)} | remind_by_itself(**given)


@job(
    "targets.remind",
    title=_("Reminders of an answer about a target"),
    about=_("Writes to whoever a manager has reminded; starts by itself."),
    queue="notify",
    summary=_("Letters sent: %(letters)s."),
)
def remind(*, job, progress, **_newer):
    """Send the letters of one click on the reminder. Arguments: "rounds", the ids of the rounds it was about."""
    return {"letters": write_reminders(round_ids=job.arguments["rounds"], by=job.requested_by)}
