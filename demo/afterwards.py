"""What follows from the demo's facts: the ledger, the roll-up, praise, tasks."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from credits import services as ledger
from credits.rollups import refresh_daily_totals
from credits.rules import Measure
from credits.rules.own import Customers, Part
from demo import books, names, weeks
from incentives.models import Praise
from targets import rollups
from targets.models import Metric
from targets.rules import cut_offs_between
from targets.services import metrics
from targets.services.forecasts import store_forecasts
from teams.models import Task

#: For how many days back forecasts are kept: a whole quarter and what is gone of this one.
FORECAST_DAYS = 120


def name_metrics(*, catalogue, since):
    """Say which product lines the product mix and the attach rate mean, and add a metric of the company's own."""
    accessories = frozenset(product.line_id for product in catalogue.accessories)
    main = frozenset(product.line_id for product in catalogue.products) - accessories
    premium = frozenset([max(catalogue.products, key=lambda product: product.list_price).line_id])
    revenue = Part(Measure.REVENUE)
    for code, numerator, denominator in (
        ("product_mix", Part(Measure.REVENUE, product_lines=premium), revenue),
        (
            "attach_rate",
            Part(Measure.DEALS_WON, product_lines=accessories),
            Part(Measure.DEALS_WON, product_lines=main),
        ),
    ):
        metric = Metric.objects.get(code=code)
        metrics.activate_version(metric=metric, numerator=numerator, denominator=denominator, starts_on=since, by=None)
        metrics.change_metric(metric=metric, is_active=True, by=None)
    metrics.add_own_metric(
        name=names.OWN_METRIC[0],
        name_en=names.OWN_METRIC[1],
        numerator=Part(Measure.REVENUE, customers=Customers.NEW),
        starts_on=since,
        by=None,
    )


def post():
    """Post every fact to the ledger and add up the days, so that targets can be set from what people bring."""
    ledger.post_all(recorded_at=ledger.ON_ITS_DAY)
    refresh_daily_totals()


def follow_up(*, company, reps, first_day, until, tell):
    """Roll up, rank, and add what people say, promise and give each other."""
    zone = ZoneInfo(company.time_zone)
    chance = random.Random(f"{company.slug}-after")
    _tasks(chance, [r for r in reps if r.works_on(until)], until, zone)
    ledger.post_days_worked(through=until - timedelta(days=1), recorded_at=ledger.ON_ITS_DAY)
    ledger.post_lapsed(through=until, recorded_at=ledger.ON_ITS_DAY)
    rollups.refresh_everything(today=until)
    tell("attainment is rolled up")
    weeks.rank_weeks(until=until, first_day=first_day)
    tell("rankings are published")
    _forecast(first_day, until)
    tell("forecasts are kept")
    present = [r for r in reps if r.works_on(until)]
    _praise(chance, present, until)
    weeks.hold_reviews(company=company, until=until, first_day=first_day)
    weeks.score_quarters(until=until, company=company)
    rollups.refresh_dirty(today=until)
    tell("reviews are held")


def keep_books(*, company, reps, until, tell):
    """Close what is over, and let the running month show what comes after a closing."""
    books.plan_campaign(until=until)
    boundary = books.close_months(company=company, until=until)
    tell("the books are closed")
    if boundary:
        books.live_on(reps=reps, company=company, boundary=boundary, until=until)
        rollups.refresh_dirty(today=until)


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
    """What people promised: over the last quarter, most of it done in time, and what is due these days."""
    tasks = []
    for rep in present:
        due = [until + timedelta(days=chance.randrange(-6, 12)) for _n in range(chance.randrange(0, 3))]
        due += [until - timedelta(days=chance.randrange(7, 100)) for _n in range(chance.randrange(3, 7))]
        for due_on in due:
            is_old = (until - due_on).days > 6
            done = due_on <= until and chance.random() < (0.97 if is_old else 0.6)
            late = chance.choice((0, 0, 0, 0, 1, 3)) if is_old else 0
            tasks.append(
                Task(
                    title=chance.choice(names.TASKS),
                    owner=rep.person,
                    due_on=due_on,
                    status=Task.Status.DONE if done else Task.Status.OPEN,
                    is_urgent=chance.random() < 0.15,
                    done_at=datetime.combine(due_on + timedelta(days=late), time(17), tzinfo=zone) if done else None,
                )
            )
    Task.objects.bulk_create(tasks)
    ledger.post_tasks([task.pk for task in tasks], recorded_at=ledger.ON_ITS_DAY)
