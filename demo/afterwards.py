"""What follows from the demo's facts: the ledger, the roll-up, praise, tasks."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from credits import services as ledger
from credits.rollups import refresh_daily_totals
from demo import names, weeks
from incentives.models import Praise
from targets import rollups
from targets.rules import cut_offs_between
from targets.services.forecasts import store_forecasts
from teams.models import Task

#: For how many days back forecasts are kept: a whole quarter and what is gone of this one.
FORECAST_DAYS = 120


def post():
    """Post every fact to the ledger and add up the days, so that targets can be set from what people bring."""
    ledger.post_all()
    refresh_daily_totals()


def follow_up(*, company, reps, first_day, until, tell):
    """Roll up, rank, and add what people say, promise and give each other."""
    rollups.refresh_everything()
    tell("attainment is rolled up")
    weeks.rank_weeks(until=until, first_day=first_day)
    tell("rankings are published")
    _forecast(first_day, until)
    tell("forecasts are kept")
    zone = ZoneInfo(company.time_zone)
    chance = random.Random(f"{company.slug}-after")
    present = [r for r in reps if r.works_on(until)]
    _praise(chance, present, until)
    _tasks(chance, present, until, zone)
    weeks.hold_reviews(company=company, until=until, first_day=first_day)
    weeks.score_quarters(until=until, company=company)
    tell("reviews are held")


def _forecast(first_day, until):
    """Keep what would have been forecast at the latest cut-offs, so that it can be seen how near it came."""
    for day in cut_offs_between(max(first_day, until - timedelta(days=FORECAST_DAYS)), until):
        store_forecasts(on=day, today=until, by=None)


def _praise(chance, present, until):
    for ahead in range(0, 60, 2):
        given_on = until - timedelta(days=ahead)
        to, by = chance.sample(present, 2)
        if to.works_on(given_on) and by.works_on(given_on):
            Praise.objects.create(to=to.person, by=by.person, text=chance.choice(names.PRAISES), given_on=given_on)


def _tasks(chance, present, until, zone):
    for rep in present:
        for _n in range(chance.randrange(0, 3)):
            due_on = until + timedelta(days=chance.randrange(-6, 12))
            done = due_on <= until and chance.random() < 0.6
            Task.objects.create(
                title=chance.choice(names.TASKS),
                owner=rep.person,
                due_on=due_on,
                status=Task.Status.DONE if done else Task.Status.OPEN,
                is_urgent=chance.random() < 0.15,
                done_at=datetime.combine(due_on, time(17), tzinfo=zone) if done else None,
            )
