"""What a company's weeks leave behind: published rankings, reviews with decisions and minutes, scores given by hand."""

import random
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import User
from accounts.rules import Role
from common.periods import PeriodKind, iso_week_of, previous, quarter_of
from demo import names
from meetings import rules, services
from meetings.models import AgendaItem
from meetings.queries import teams_that_meet
from reports.models import Indicator
from reports.services import give_scores
from targets.services.rankings import last_finished_week, publish_weekly_ranking
from teams.models import Assignment
from teams.queries import calendar_of, people_employed_in
from teams.services import complete_task

RANKED_WEEKS = 12
REVIEWED_WEEKS = 4
AGENDA_TIME, MEETING_TIME = time(19), time(9)


def rank_weeks(*, until, first_day):
    """Publish the rankings of the last weeks, the oldest first, as the clock would have done."""
    week = last_finished_week(until)
    weeks = [week.starts_on - timedelta(days=7 * back) for back in range(RANKED_WEEKS)]
    for monday in sorted(weeks):
        if monday >= first_day:
            publish_weekly_ranking(week_starts_on=monday, today=until, by=None)


def hold_reviews(*, company, until, first_day):
    """Hold the reviews of the last weeks in every team, and write the agendas of the next one."""
    is_working = calendar_of(company).is_working
    heads = _heads(until)
    for back in range(REVIEWED_WEEKS, 0, -1):
        monday = iso_week_of(until).starts_on - timedelta(days=7 * (back - 1))
        day = rules.review_day(monday, company.review_weekday, is_working)
        if day is None or not first_day < day <= until:
            continue
        for team in teams_that_meet(on=day):
            _hold(company, team, day, until, heads.get(team.pk))
    day = rules.next_review_day(until + timedelta(days=1), company.review_weekday, is_working)
    for team in teams_that_meet(on=day):
        meeting = _call(company, team, day, heads.get(team.pk))
        # Written last evening: that of the demo's last day may still be to come.
        written_at = _at(company, until - timedelta(days=1), AGENDA_TIME)
        services.write_agenda(meeting=meeting, company=company, on=until, now=written_at, by=None)


def _hold(company, team, day, until, head):
    chance = random.Random(f"{company.slug}-{team.name}-{day}")
    meeting = _call(company, team, day, head)
    services.write_agenda(
        meeting=meeting,
        company=company,
        on=day,
        now=_at(company, day - timedelta(days=1), AGENDA_TIME),
        as_published=True,
        by=None,
    )
    people = list(people_employed_in([team.pk], on=until).filter(unit_role=Role.REP))
    if not people:
        return
    behind = AgendaItem.objects.get(meeting=meeting, kind=AgendaItem.Kind.BEHIND)
    if behind.figures:
        services.note(item=behind, notes=chance.choice(names.CAUSES), owner=chance.choice(people), by=head)
    for text in chance.sample(names.DECISIONS, chance.choice((1, 2, 2))):
        due_on = day + timedelta(days=chance.choice((3, 4, 7)))
        decision = services.decide(meeting=meeting, item=behind, text=text, owner=chance.choice(people), due_on=due_on, by=head)
        if due_on <= until and chance.random() < 0.75:
            complete_task(task=decision.task, now=_at(company, due_on, time(17)), by=head)
    services.write_minutes(meeting=meeting, minutes=chance.choice(names.MINUTES), by=head)
    services.close_minutes(meeting=meeting, now=_at(company, day, time(10)), by=head)


def _call(company, team, day, head):
    return services.call_meeting(
        unit=team,
        week_starts_on=iso_week_of(day).starts_on,
        starts_at=_at(company, day, MEETING_TIME),
        place=names.MEETING_PLACE,
        by=head,
    )


def score_quarters(*, until, company):
    """Score the last quarter for everybody, and the running one in every second team: so much is still due."""
    indicators = list(Indicator.objects.filter(metric=None, is_active=True))
    heads = _heads(until)
    this_quarter = quarter_of(until, company.fiscal_year_starts_in)
    last_quarter = previous(this_quarter, PeriodKind.QUARTER)
    for number, team in enumerate(teams_that_meet(on=until)):
        for quarter in (last_quarter, this_quarter) if number % 2 == 0 else (last_quarter,):
            chance = random.Random(f"{company.slug}-{team.name}-{quarter.starts_on}")
            people = people_employed_in([team.pk], on=min(until, quarter.last_day)).filter(unit_role=Role.REP)
            scores = {
                (pk, indicator.pk): Decimal(chance.randrange(68, 99))
                for pk in people.values_list("pk", flat=True)
                for indicator in indicators
            }
            if scores and heads.get(team.pk):
                give_scores(quarter=quarter, scores=scores, remarks={}, by=heads[team.pk])


def _heads(on):
    """Return the user who leads each unit on a day."""
    rows = Assignment.objects.on(on).filter(role=Role.MANAGER).values_list("unit_id", "person__membership__user_id")
    users = User.objects.in_bulk([user_id for _unit_id, user_id in rows])
    return {unit_id: users[user_id] for unit_id, user_id in rows if user_id in users}


def _at(company, day, hour):
    return datetime.combine(day, hour, tzinfo=ZoneInfo(company.time_zone))
