"""Making the demo: a lifelike company and a small rival beside it, each in one transaction, the same for the same day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import Company, User
from accounts.rules import Role
from accounts.services import found_company
from common.money import to_minor
from common.periods import fiscal_year_of
from common.tenancy import company_scope
from credits.models import DailyTotal
from credits.rules import Measure
from demo import adjusted, afterwards, asked, contests, honours, names, pay, rules_of_team, spending, talks, voices
from demo.facts import Story, plant_catalogue
from demo.people import PASSWORD, Rep, Staff, Temper, plant_units, staff_company
from targets.models import Metric
from targets.services.weights import set_weights
from teams.models import Unit
from teams.queries import calendar_of


@dataclass(frozen=True)
class Size:
    """How much of the story is told; tests tell less of it."""

    working_days: int = 400
    teams: int = 12


def seed(*, until, size=Size(), tell=lambda step: None):
    """
    Make both demo companies unless they are there; return whether anything was made.

    :param until: the last day of the story, the companies' "today".
    :param tell: called with a sentence for each step.
    """
    made = False
    for (name, slug), fill in ((names.COMPANY, _fill_company), (names.RIVAL, _fill_rival)):
        if Company.objects.filter(slug=slug).exists():
            continue
        with transaction.atomic():
            tell(f"{name} …")
            email = f"admin@{slug}.example"
            company = found_company(
                name=name, slug=slug, admin_name=Staff.admin_name(slug), admin_email=email, is_demo=True, by=None
            )
            User.objects.filter(email=email).update(password=make_password(PASSWORD))
            with company_scope(company):
                fill(company, until=until, size=size, tell=tell)
            made = True
    return made


def _fill_company(company, *, until, size, tell):
    days = _working_days(company, until, size.working_days)
    root, regions, teams = plant_units(Unit.objects.get(parent=None), teams=size.teams)
    reps = staff_company(
        regions=regions, teams=teams, root=root, first_day=days[0], until=until, domain=f"{company.slug}.example"
    )
    story = Story(company=company, catalogue=plant_catalogue(), days=days, until=until)
    afterwards.name_metrics(catalogue=story.catalogue, since=days[0])
    for rep in reps:
        story.tell(rep)
    tell(
        f"{len(story.customers)} customers, {len(story.visits)} visits, {len(story.deals)} deals, {len(story.payments)} payments"
    )
    story.store()
    voices.complain(company=company, deals=story.deals, until=until)
    voices.answer(company=company, deals=story.deals, until=until)
    spending.spend(company=company, reps=reps, days=days, until=until)
    afterwards.post()
    tell("the ledger is posted")
    _ask(company, reps, days, until)
    asked.divide_by_line(company=company, until=until)
    afterwards.follow_up(company=company, reps=reps, first_day=days[0], until=until, tell=tell)
    afterwards.keep_books(company=company, reps=reps, until=until, tell=tell)
    adjusted.adjust_targets(company=company, until=until)
    talks.hold_talks(company=company, until=until, tell=tell)
    talks.plan_actions(company=company, until=until, tell=tell)
    # Awards before pay: what was decided in a month stands on its statement.
    honours.honour(company=company, until=until)
    pay.pay_everybody(company=company, until=until, tell=tell)
    contests.hold_contests(until=until, tell=tell)
    rules_of_team.hold(company=company, until=until)


def _fill_rival(company, *, until, size, tell):
    days = _working_days(company, until, max(40, size.working_days // 5))
    root = Unit.objects.get(parent=None)
    staff = Staff(domain=f"{company.slug}.example", prefix="BC", seed=company.slug)
    reps = []
    for position, name in enumerate(names.RIVAL_TEAMS, 1):
        team = Unit.objects.create(name=name, kind=Unit.Kind.TEAM, parent=root, position=position)
        staff.hire(Role.MANAGER, team, days[0] - timedelta(days=200), login="manager" if position == 1 else None)
        for place in range(3):
            hired_on = days[0] - timedelta(days=90 + 40 * place)
            person = staff.hire(Role.REP, team, hired_on, login="rep" if (position, place) == (1, 0) else None)
            reps.append(Rep(person, Temper(1.0, 1.0), team, hired_on, None))
    story = Story(company=company, catalogue=plant_catalogue(), days=days, until=until, prefix="BC")
    for rep in reps:
        story.tell(rep)
    story.store()
    voices.complain(company=company, deals=story.deals, until=until)
    voices.answer(company=company, deals=story.deals, until=until)
    spending.spend(company=company, reps=reps, days=days, until=until)
    afterwards.post()
    _ask(company, reps, days, until)
    afterwards.follow_up(company=company, reps=reps, first_day=days[0], until=until, tell=tell)


def _working_days(company, until, count):
    """Return the last working days up to and including `until`."""
    calendar = calendar_of(company)
    days, day = [], until
    while len(days) < count:
        if calendar.is_working(day):
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def _ask(company, reps, days, until):
    """Publish targets for money, profit, cash, visits and the collection rate, and say how much each metric counts."""
    done = defaultdict(lambda: defaultdict(int))
    rows = DailyTotal.objects.filter(is_overlay=False, person__isnull=False).values_list("measure", "person_id", "amount")
    for measure, person_id, amount in rows.iterator():
        done[measure][person_id] += amount
    thousand = to_minor(1000)
    for code, measure, unit, growth in (
        ("revenue", Measure.REVENUE, thousand, Fraction(118, 100)),
        ("gross_profit", Measure.GROSS_PROFIT, thousand, Fraction(116, 100)),
        ("cash_collected", Measure.CASH_COLLECTED, thousand, Fraction(112, 100)),
        ("visits", Measure.VISITS, 1, Fraction(112, 100)),
    ):
        metric = Metric.objects.get(code=code)
        asked.publish(
            asked=asked.Asked(metric, unit, growth, dict(done[measure])), reps=reps, days=days, until=until, company=company
        )
    asked.publish_rate(metric=Metric.objects.get(code="collection_rate"), percent=92, days=days, until=until, company=company)
    says = {"revenue": 60, "cash_collected": 20, "collection_rate": 10, "visits": 10}
    metrics = {metric: says[metric.code] for metric in Metric.objects.filter(code__in=says)}
    year = fiscal_year_of(until, company.fiscal_year_starts_in)
    set_weights(year=year, unit=Unit.objects.get(parent=None), weights=metrics, by=None)
