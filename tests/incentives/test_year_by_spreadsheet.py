"""
A year of three plans, paid month by month, against a spreadsheet that knows nothing of the ledger.

The sheet is made of the facts themselves – deals with their shares, payments, returns, targets – in data frames, to date at the end
of each month. Late orders, late payments, returns in the month and after it, shared deals and a transfer are among the facts.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from random import Random

import pandas as pd
import pytest
from django.db.models import Sum
from django.utils import timezone

from common.periods import Period, month_of
from common.tenancy import company_scope
from credits import services as credits
from incentives.models import PayEntry, PayPlanUnit, PaySettings, PayTerms, Statement
from incentives.rules.terms import ChosenBy, Kind, Release, Sharing, Span, Steps
from incentives.services import statements as services
from incentives.services.calculating import calculate
from targets.models import Metric, Plan, Target
from targets.services.metrics import add_builtin_metrics
from teams.models import Assignment
from tests.credits.stories import make_deal, make_instalment, make_payment, make_product, make_return
from tests.incentives.paying import make_component, make_version

YEAR = 2025
MONTHS = [month_of(date(YEAR, number, 1)) for number in range(1, 13)]
MOVES_ON = date(YEAR, 5, 15)
RETAIL = ((0, 50_000, 2), (50_000, 100_000, 3), (100_000, None, 5))
CURVE = ((60, 100, 5), (100, 130, 10), (130, None, 14))
GATE = ((0, 70, 0), (70, 85, 50), (85, None, 100))
POOL_RATE, GUARANTEE = 3, 2_000_00
PROFIT_ASKED = 25_000_00
RETURNED, SHARED = 0.3, 0.3


def rounded(value):
    return int((2 * abs(value) + 1) // 2) * (1 if value >= 0 else -1)


def quarter_of(month):
    first = (month.starts_on.month - 1) // 3 * 3
    return Period(MONTHS[first].starts_on, MONTHS[first + 2].ends_before)


@dataclass
class Facts:
    """What happened, as rows of a sheet; `known` is the month in which it was entered."""

    sold: list = field(default_factory=list)  # one row per deal and person, as the others
    paid: list = field(default_factory=list)
    back: list = field(default_factory=list)

    def frames(self, month):
        """Return the three tables as known at the end of a month, of what had happened by then."""
        frames = (pd.DataFrame(rows) for rows in (self.sold, self.paid, self.back))
        return [frame[(frame.known <= month.starts_on.month) & (frame.day < month.ends_before)] for frame in frames]


@dataclass
class Story:
    """The company with its facts: made in the database, and written down beside."""

    random: Random
    facts: Facts = field(default_factory=Facts)
    waiting: dict = field(default_factory=lambda: {month.starts_on.month: [] for month in MONTHS})

    def plan(self, person, day, *, shares=None, known=None):
        """Have a deal entered in the month of its day, or later."""
        self.waiting[known or day.month].append((person, day, shares))

    def enter(self, month):
        """Enter a month's deals with all that ever becomes of them, and credit them."""
        deals = [self._sell(month.starts_on.month, *each) for each in self.waiting[month.starts_on.month]]
        credits.post_deals(deals)

    def _sell(self, known, person, day, shares):
        price, cost = self.random.randrange(30, 120) * 100, self.random.randrange(10, 28) * 100
        quantity = self.random.randrange(2, 6)
        line = (make_product(), quantity, price, cost)
        deal = make_deal(person, lines=[line], closed_on=day, opened_on=day, shares=shares or ())
        parts = [(who.pk, Fraction(percent, 100)) for who, percent, _top in shares or [(person, 100, False)]]
        amount, due_on = quantity * price * 100, day + timedelta(days=20)
        make_instalment(deal, Decimal(amount) / 100, due_on)
        common = {"deal": deal.pk, "known": known, "sold_on": day, "due_on": due_on, "whole": amount}
        self._write(self.facts.sold, parts, common | {"day": day}, profit=quantity * (price - cost) * 100)
        returned = 0
        if self.random.random() < RETURNED:
            pieces, on = self.random.choice((1, quantity)), self._later(day, (3, 40, 100))
            make_return(deal.lines.get(), pieces, on)
            returned = pieces * price * 100
            self._write(self.facts.back, parts, common | {"day": on}, profit=pieces * (price - cost) * 100, amount=returned)
        if amount > returned:
            on = self._later(day, (1, 15, 25, 70))
            make_payment(deal, Decimal(amount - returned) / 100, on)
            self._write(self.facts.paid, parts, common | {"day": on}, amount=amount - returned)
        return deal.pk

    def _later(self, day, days):
        return min(day + timedelta(days=self.random.choice(days)), MONTHS[-1].last_day)

    def _write(self, rows, parts, common, **amounts):
        for who, part in parts:
            rows.append(common | {"who": who} | {name: amount * part for name, amount in amounts.items()})


class Sheet:
    """What everybody is to get to date at the end of a month, from the facts alone."""

    def __init__(self, facts, month, team_on):
        self.month, self.team_on = month, team_on
        self.sold, self.paid, self.back = facts.frames(month)
        self.months = [each for each in MONTHS if each.starts_on <= month.starts_on]

    def retail(self):
        """Cash by slices, of whoever was in team One when it came; four fifths at once, the rest in December."""
        found = defaultdict(int)
        for month in self.months:
            rows = self._of_team(_within(self.paid, month), "day", "one")
            for who, cash in _sums(rows, "amount").items():
                slices = (
                    max(min(cash, cash if upper is None else upper * 100) - lower * 100, 0) * Fraction(rate, 100)
                    for lower, upper, rate in RETAIL
                )
                earned = rounded(sum(slices))
                found[who] += earned if self.month == MONTHS[-1] else rounded(Fraction(earned * 80, 100))
        return found

    def pool(self):
        """A part of team One's profit, by what each brought in; what comes back takes from the team that had sold it."""
        found = defaultdict(int)
        for month in self.months:
            profit = _sums(self._of_team(_within(self.sold, month), "day", "one"), "profit")
            for who, amount in _sums(self._of_team(_within(self.back, month), "sold_on", "one"), "profit").items():
                profit[who] = profit.get(who, 0) - amount
            whole = rounded(sum(profit.values()) * Fraction(POOL_RATE, 100))
            for who, amount in _divided(whole, {who: max(amount, 0) for who, amount in profit.items()}).items():
                found[who] += amount
        return found

    def b2b(self):
        """Profit by the attainment of its target, of whoever was in team Two; what came back later at the rate it was paid."""
        found = defaultdict(int)
        quarters = sorted({quarter_of(month) for month in self.months}, key=lambda span: span.starts_on)
        for span in quarters:
            for who, base in _sums(self._sold_and_kept(span), "profit").items():
                found[who] += rounded(base * self._rate(who, span))
            late = self._of_team(_within(self.back, span), "sold_on", "two")
            for who, rows in late[late.sold_on < span.starts_on].groupby("who"):
                taken = (
                    amount * self._rate(who, quarter_of(month_of(day)))
                    for amount, day in zip(rows.profit, rows.sold_on, strict=True)
                )
                found[who] -= rounded(sum(taken))
        return found

    def _sold_and_kept(self, span):
        sold = self._of_team(_within(self.sold, span), "day", "two")
        back = self._of_team(_within(self.back, span), "sold_on", "two")
        back = back[back.sold_on >= span.starts_on].copy()
        back["profit"] = -back.profit
        return pd.concat([sold, back])

    def _rate(self, who, span):
        """Return the rate on profit: between the points of the curve, through the gate of the collection rate."""
        mine = [frame[frame.who == who] for frame in (self.sold, self.back)]
        actual = sum(_within(mine[0], span).profit) - sum(_within(mine[1], span).profit)
        attained = Fraction(actual * 100) / (3 * PROFIT_ASKED)
        rate = Fraction(0)
        for (start, _end, value), (until, _next, after) in pairwise([*CURVE, (10**9, None, CURVE[-1][2])]):
            if start <= attained < until:
                rate = value + (after - value) * (attained - start) / (until - start)
        collected = self._collection_rate(who, span)
        passes = (
            100
            if collected is None
            else next(value for lower, upper, value in GATE if lower <= collected and (upper is None or collected < upper))
        )
        return rate / 100 * Fraction(passes, 100)

    def _collection_rate(self, who, span):
        """Return what was collected of what fell due, and of what was overdue before, in per cent."""
        (_due, before), (due, collected) = (
            self._owed(who, day) for day in (span.starts_on, min(span.ends_before, self.month.ends_before))
        )
        return (collected - before) * 100 / (due - before) if due != before else None

    def _owed(self, who, before):
        """Return what of somebody's deals had fallen due before a day, and what of that was collected."""
        due = collected = Fraction(0)
        for row in self.sold[(self.sold.who == who) & (self.sold.day < before)].itertuples():
            share = next(iter(self._share(row)))
            back = sum(self._of_deal(self.back, row, before).amount)
            fallen = Fraction(row.whole) * share if row.due_on < before else Fraction(0)
            due += min(fallen, row.whole * share - back)
            collected += min(sum(self._of_deal(self.paid, row, before).amount), fallen, row.whole * share - back)
        return due, collected

    def _share(self, row):
        whole = self.sold[self.sold.deal == row.deal].profit.sum()
        yield Fraction(row.profit) / whole

    def _of_deal(self, frame, row, before):
        return frame[(frame.deal == row.deal) & (frame.who == row.who) & (frame.day < before)]

    def _of_team(self, frame, day, team):
        mine = [self.team_on(who, on) == team for who, on in zip(frame.who, frame[day], strict=True)]
        return frame[pd.Series(mine, index=frame.index, dtype=bool)]


def _within(frame, span):
    return frame[(frame.day >= span.starts_on) & (frame.day < span.ends_before)]


def _sums(frame, column):
    return {who: sum(rows[column]) for who, rows in frame.groupby("who")}


def _divided(whole, weights):
    """Divide by largest remainder."""
    if not (total := Fraction(sum(weights.values()))):
        return {}
    exact = {who: abs(whole) * weight / total for who, weight in weights.items()}
    parts = {who: int(value) for who, value in exact.items()}
    rest = abs(whole) - sum(parts.values())
    for who in sorted(exact, key=lambda each: (parts[each] - exact[each], each))[:rest]:
        parts[who] += 1
    return {who: part if whole >= 0 else -part for who, part in parts.items()}


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        ada = cast.ada.person
        ada.assignments.filter(unit=cast.one).update(ends_before=MOVES_ON)
        Assignment.objects.create(person=ada, unit=cast.two, role="REP", starts_on=MOVES_ON)
        # Asha begins with the year, so that her guarantee holds in its first months.
        type(ada).objects.filter(pk=cast.asha.person.pk).update(hired_on=date(YEAR, 1, 1))
        cast.asha.person.assignments.update(starts_on=date(YEAR, 1, 1))
        yield cast


def make_plans(cast):
    """Three plans as sales forces have them: cash by slices, profit by attainment with a gate, a pool with a guarantee."""
    codes = {metric.code: metric for metric in Metric.objects.filter(code__in=["gross_profit", "collection_rate"])}
    starts_on = date(YEAR, 1, 1)
    retail, b2b, pool = (make_version(name=name, starts_on=starts_on) for name in ("Retail", "B2B", "Pool"))
    for version, unit in ((retail, cast.one), (b2b, cast.two), (pool, cast.one)):
        PayPlanUnit.objects.create(version=version, unit=unit)
    make_component(
        retail, *RETAIL, measure="CASH_COLLECTED", steps_read=Steps.MARGINAL, paid_at_once=80, release=Release.YEAR_END
    )
    make_component(
        b2b, *CURVE, measure="GROSS_PROFIT", span=Span.QUARTER, steps_read=Steps.INTERPOLATED, chosen_by=ChosenBy.ATTAINMENT,
        metric=codes["gross_profit"], gate_metric=codes["collection_rate"], gate=GATE,
    )  # fmt: skip
    make_component(pool, (0, None, POOL_RATE), kind=Kind.POOL, measure="GROSS_PROFIT", sharing=Sharing.RESULT)
    make_component(pool, kind=Kind.DRAW, amount=GUARANTEE, draw="NON_REC", draw_months=3)


def ask_for_profit(cast):
    """Ask Ben and Ada for the same gross profit in every month."""
    plan = Plan.objects.create(
        metric=Metric.objects.get(code="gross_profit"), year_starts_on=date(YEAR, 1, 1), name="Profit", status="PUBLISHED",
        published_at=datetime(YEAR, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    tiers = {"floor": PROFIT_ASKED, "commit": PROFIT_ASKED, "stretch": PROFIT_ASKED}
    for month in MONTHS:
        for person, unit in (
            (cast.ben.person, cast.two),
            (cast.ada.person, cast.two if month.starts_on >= MOVES_ON else cast.one),
        ):
            Target.objects.create(plan=plan, person=person, within=unit, month=month.starts_on, **tiers)


def tell(cast, random):
    """Plan the year: each sells every month, some deals are shared, one of team One's is entered two months late."""
    story = Story(random)
    for month in MONTHS:
        for member in (cast.asha, cast.ada, cast.ben):
            for _deal in range(random.randrange(1, 5)):
                person, day = member.person, month.starts_on + timedelta(days=random.randrange(28))
                together = member is not cast.ben and day < MOVES_ON and random.random() < SHARED
                story.plan(
                    person, day, shares=[(cast.asha.person, 60, False), (cast.ada.person, 40, False)] if together else None
                )
    story.plan(cast.asha.person, date(YEAR, 3, 20), known=5)
    return story


def publish(month, cast):
    now = timezone.now()
    calculate(month=month, now=now, by=cast.hana.user)
    ids = list(Statement.objects.filter(starts_on=month.starts_on).values_list("pk", flat=True))
    for step in (services.approve, services.check):
        step(statements=ids, decider=None, now=now, by=cast.hana.user)
    services.publish(statements=ids, now=now, by=cast.hana.user)
    assert set(Statement.objects.filter(pk__in=ids).values_list("status", flat=True)) == {"PUBLISHED"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_statement_of_the_year_is_what_the_spreadsheet_says(lantern, seed):
    cast, people = lantern, {member.person.pk: member for member in (lantern.asha, lantern.ada, lantern.ben)}
    # Nothing is carried to another month: how much may be deducted has its own stories.
    PaySettings.objects.create(deduction_percent=100)
    for who in people:
        PayTerms.objects.create(person_id=who, starts_on=date(YEAR, 1, 1), base_pay=10**9)
    make_plans(cast)
    ask_for_profit(cast)
    story = tell(cast, Random(seed))

    def team_on(who, day):
        return "two" if who == cast.ben.person.pk or (who == cast.ada.person.pk and day >= MOVES_ON) else "one"

    before, granted = defaultdict(lambda: defaultdict(int)), defaultdict(int)
    for month in MONTHS:
        story.enter(month)
        publish(month, cast)
        sheet = Sheet(story.facts, month, team_on)
        to_date = {"retail": sheet.retail(), "b2b": sheet.b2b(), "pool": sheet.pool()}
        totals = dict(Statement.objects.filter(starts_on=month.starts_on).values_list("person_id", "total"))
        for who, member in people.items():
            now = {name: amounts.get(who, 0) - before[name][who] for name, amounts in to_date.items()}
            if member is cast.asha and month in MONTHS[:3]:
                now["guarantee"] = max(GUARANTEE - max(now["pool"], 0), 0)
            assert totals[who] == sum(now.values()), (month.label, member.person.name, now)
            granted[who] += sum(now.values())
        before = defaultdict(lambda: defaultdict(int), {name: defaultdict(int, amounts) for name, amounts in to_date.items()})
    entries = PayEntry.objects.order_by().values_list("person_id").annotate(total=Sum("amount"))
    assert dict(entries) == granted
