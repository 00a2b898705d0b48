"""The demo's talks about next year, and how this quarter's targets are to be reached."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from accounts.rules import Role
from common.periods import add_months, fiscal_year_of, quarter_of
from customers.models import Channel
from demo import names
from targets import rollups
from targets.models import Metric, NegotiationRound, Plan, Target
from targets.queries.actions import target_of
from targets.queries.pledges import wording_of
from targets.rules import MonthMethod, SplitMethod, Tiers
from targets.services import answering, negotiation, plans, reminding, splits
from targets.services.actions import Goal, add_action_task, write_action_plan
from teams.models import Assignment, Person, Unit
from teams.services import complete_task

#: How long ago everybody was asked, and in how many days the answers are due; of the last team they were due earlier.
ASKED_DAYS_AGO, DUE_IN_DAYS, LATE_DAYS = 9, 5, 2
GROWTH_PERCENT = 110


def hold_talks(*, company, until, tell):
    """Plan next year's revenue, propose it to everybody, and let people answer: sign, counter, or keep silent."""
    zone, chance = ZoneInfo(company.time_zone), random.Random(f"{company.slug}-talks")
    root = Unit.objects.get(parent=None)
    teams = list(Unit.objects.filter(kind=Unit.Kind.TEAM).order_by("pk"))
    asked_on = until - timedelta(days=ASKED_DAYS_AGO)
    now = datetime.combine(asked_on, time(10), tzinfo=zone)
    with translation.override("zh-hans"):
        plan = _plan(company, root, until)
        for unit, due in ((teams[-1], until - timedelta(days=LATE_DAYS)), (root, until + timedelta(days=DUE_IN_DAYS))):
            negotiation.propose(
                plan=plan, unit=unit, answer_by=due, note=names.TALK_NOTE, now=now, today=asked_on, by=_leader(root, until)
            )
        rounds = NegotiationRound.objects.select_related("person__membership__user", "plan__metric", "plan__company", "unit")
        rounds = list(rounds.filter(plan=plan).order_by("pk"))
        own = next((found for found in rounds if _is_rep(found, company)), None)
        colleague = own and next((found for found in rounds if found.unit_id == own.unit_id and found != own), None)
        for found in rounds:
            _answer(found, chance, company, until, now + timedelta(days=1), is_first_colleague=found == colleague)
        reminding.mark_overdue(today=until, now=datetime.combine(until, time(7), tzinfo=zone), by=None)
    tell("next year is talked about")


def _plan(company, root, until):
    this_year = fiscal_year_of(until, company.fiscal_year_starts_in)
    year = fiscal_year_of(add_months(this_year.starts_on, 12), company.fiscal_year_starts_in)
    metric, leader = Metric.objects.get(code="revenue"), _leader(root, until)
    now = Target.objects.filter(plan__metric=metric, plan__year_starts_on=this_year.starts_on, unit=root)
    months = list(now.values_list("commit", flat=True))
    thousand = 100_000
    commit = sum(months) * 12 // len(months) * GROWTH_PERCENT // 100 // (thousand * 1000) * (thousand * 1000)
    plan = plans.start_plan(metric=metric, year=year, rounding_unit=thousand, by=leader)
    tiers = Tiers(commit * 85 // 100, commit, commit * 120 // 100)
    splits.set_year(plan=plan, tiers=tiers, method=MonthMethod.SEASON, on=until, by=leader)
    splits.split_down(plan=plan, unit=root, method=SplitMethod.HISTORY, whole_subtree=True, on=until, by=leader)
    return plan


def _leader(unit, day):
    """Return the user who leads a unit; for one that nobody leads, some director or manager."""
    places = (
        Assignment.objects.on(day).filter(role__in=[Role.DIRECTOR, Role.MANAGER]).select_related("person__membership__user")
    )
    own = places.filter(unit=unit).first()
    return (own or places.order_by("role", "unit__position", "pk").first()).person.membership.user


def _is_rep(found, company):
    member = found.person.membership
    return member is not None and member.user.email == f"rep@{company.slug}.example"


def _answer(found, chance, company, until, now, *, is_first_colleague):
    """Let somebody answer as people do; the demo's own rep has yet to, and a colleague offers their manager another amount."""
    member, luck = found.person.membership, chance.random()
    if is_first_colleague:
        luck = 0.5
    if member is None or _is_rep(found, company) or found.answer_by < until:
        return
    if luck < 0.4:
        wording = wording_of(found, currency=company.currency)
        negotiation.accept(round=found, signed_name=found.person.name, wording=wording, now=now, by=member.user)
    elif luck < 0.55:
        less = found.commit * chance.randrange(82, 96) // 100 // 100_000 * 100_000
        reason = chance.choice(names.COUNTER_REASONS)
        negotiation.counter(round=found, year=less, reason=reason, now=now, by=member.user)
        if luck < 0.45:
            leader = _leader(found.unit, until)
            answering.hold(round=found, reason=names.HOLD_REASON, now=now + timedelta(days=1), by=leader)


def plan_actions(*, company, until, tell):
    """Give the demo's rep and their team an action plan for the running quarter, with tasks that are done and open."""
    quarter = quarter_of(until, company.fiscal_year_starts_in)
    plan = Plan.objects.select_related("metric").get(
        metric__code="revenue", year_starts_on__lte=until, year_starts_on__gt=add_months(until, -12)
    )
    rep = Person.objects.get(membership__user__email=f"rep@{company.slug}.example")
    team = Assignment.objects.on(until).get(person=rep).unit
    manager = _leader(team, until)
    for about, heads in (({"person": rep}, 1), ({"unit": team}, 6)):
        target = target_of(plan=plan, period=quarter, **about)
        goals = {}
        for channel, share in zip(Channel.objects.order_by("position"), (40, 25, 12, 8), strict=False):
            orders = max(1, share // 8) * heads
            amount = target * share // 100 // 100_000 * 100_000
            goals[channel] = Goal(invitations=orders * 20, visits=orders * 5, orders=orders, amount=amount)
        place = {"plan": plan, "quarter": quarter.starts_on} | about
        write_action_plan(goals=goals, prospects=names.PROSPECTS, resources=names.RESOURCES, by=manager, **place)
        for number, title in enumerate(names.ACTION_TASKS):
            due_on = until + timedelta(days=7 * number - 10)
            task = add_action_task(title=title, owner=rep, due_on=due_on, by=manager, **place)
            if due_on < until:
                complete_task(task=task, now=datetime.combine(due_on, time(17), tzinfo=ZoneInfo(company.time_zone)), by=manager)
    rollups.refresh_dirty(today=until)
    tell("action plans are written")
