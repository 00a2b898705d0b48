"""
What may be deducted from pay, over months: the limit, the minimum wage, guarantees worked off, notice and confirmation.

Every month is calculated, approved, checked and published in its turn; the amounts were worked out by hand.
"""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from incentives.models import PayEntry, PayPlanVersion, PaySettings, PayTerms, Statement, StatementEvent
from incentives.queries.pay_news import pay_news_of
from incentives.rules.terms import Draw, Kind, LineKind
from incentives.services import corrections, statements
from teams.models import Person
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import make_component, make_version, publish, sell
from tests.signing_in import browser

YEAR = 2026
JANUARY, FEBRUARY, MARCH, APRIL, MAY, JUNE = (month_of(date(YEAR, number, 1)) for number in range(1, 7))
RATE = 3


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        yield cast


def employ(cast, *, base_pay, minimum_wage=None):
    """Have Asha begin with the year, at a base pay; amounts in whole currency."""
    Person.objects.filter(pk=cast.asha.person.pk).update(hired_on=JANUARY.starts_on)
    PayTerms.objects.create(
        person=cast.asha.person,
        starts_on=JANUARY.starts_on,
        base_pay=base_pay * 100,
        minimum_wage=None if minimum_wage is None else minimum_wage * 100,
    )


def commission(*, guarantee=None, months=None, kind=Draw.RECOVERABLE):
    """Pay three per cent of what is sold in a month; with a guarantee a month, in whole currency, for the first months."""
    version = make_version(starts_on=JANUARY.starts_on)
    make_component(version, (0, None, RATE))
    if guarantee is not None:
        make_component(version, kind=Kind.DRAW, amount=guarantee * 100, draw=kind, draw_months=months)


def earn(cast, month, amount):
    """Sell as much as earns an amount of commission; return the deal."""
    sold = amount * 100 // RATE
    assert sold * RATE == amount * 100
    return sell(cast.asha.person, 0, lines=[(make_product(), 1, sold, 0)], on=month.starts_on + timedelta(days=9))


def give_back(deal, month):
    make_return(deal.lines.get(), 1, month.starts_on + timedelta(days=19))
    credits.post_deals([deal.pk])


def correct(cast, month, amount):
    corrections.correct(
        person=cast.asha.person,
        month=month.starts_on,
        amount=amount * 100,
        reason="Paid too much",
        decider=None,
        by=cast.hana.user,
    )


class Months:
    """Months that are paid one after the other; what each came to, in whole currency."""

    def __init__(self, cast):
        self.cast, self.paid = cast, 0

    def pay(self, month):
        """Publish a month; return its total, what was carried and what is owed of a guarantee after it, in whole currency."""
        self.paid += 1
        publish(self.cast, month, days=self.paid)
        found = self.statement(month)
        return tuple(amount / 100 for amount in (found.total, found.carried, found.draw_balance))

    def statement(self, month):
        return Statement.objects.get(person=self.cast.asha.person, starts_on=month.starts_on)

    def line(self, month, kind):
        """Return what the lines of a kind come to, in whole currency."""
        amounts = self.statement(month).lines.filter(kind=kind).values_list("amount", flat=True)
        return sum(amounts) / 100


@pytest.fixture
def months(lantern):
    return Months(lantern)


def test_a_fifth_of_the_months_pay_is_deducted_at_most_and_the_rest_is_carried_on(lantern, months):
    employ(lantern, base_pay=3_000)
    commission()
    deal = earn(lantern, JANUARY, 3_000)
    assert months.pay(JANUARY) == (3_000, 0, 0)
    give_back(deal, FEBRUARY)
    earn(lantern, FEBRUARY, 600)
    # 20 % of 3,000 + 600: 720 of 3,000 go now.
    assert months.pay(FEBRUARY) == (600 - 720, 2_280, 0)
    earn(lantern, MARCH, 1_500)
    # 20 % of 4,500.
    assert months.pay(MARCH) == (1_500 - 900, 1_380, 0)
    # Nothing was sold: 20 % of base pay.
    assert months.pay(APRIL) == (-600, 780, 0)
    earn(lantern, MAY, 1_200)
    # 20 % of 4,200 would be 840: the last 780.
    assert months.pay(MAY) == (1_200 - 780, 0, 0)
    assert (months.line(MAY, LineKind.BROUGHT), months.line(MAY, LineKind.CARRIED)) == (-780, 0)
    # In the end exactly what was kept has been paid.
    assert sum(PayEntry.objects.values_list("amount", flat=True)) == (600 + 1_500 + 1_200) * 100


def test_never_so_much_that_less_than_the_minimum_wage_is_left(lantern, months):
    # The one of the person's own place counts, not the company's.
    PaySettings.objects.create(minimum_wage=1_000_00)
    employ(lantern, base_pay=2_000, minimum_wage=2_490)
    commission()
    deal = earn(lantern, JANUARY, 3_000)
    months.pay(JANUARY)
    give_back(deal, FEBRUARY)
    earn(lantern, FEBRUARY, 600)
    # 20 % of 2,600 would be 520, but then less than 2,490 would be left.
    assert months.pay(FEBRUARY) == (490, 2_890, 0)
    earn(lantern, MARCH, 300)
    # 2,300 is less than the minimum wage already.
    assert months.pay(MARCH) == (300, 2_890, 0)
    earn(lantern, APRIL, 1_800)
    # 20 % of 3,800 leaves more than that.
    assert months.pay(APRIL) == (1_800 - 760, 2_130, 0)
    earn(lantern, MAY, 6_000)
    assert months.pay(MAY) == (6_000 - 1_600, 530, 0)
    earn(lantern, JUNE, 900)
    # 20 % of 2,900 would be 580; 2,900 − 2,490 = 410.
    assert months.pay(JUNE) == (490, 120, 0)
    for month in (FEBRUARY, APRIL, MAY, JUNE):
        assert 2_000 + months.statement(month).total / 100 >= 2_490


def test_a_recoverable_guarantee_is_worked_off_by_what_is_earned_above_it(lantern, months):
    employ(lantern, base_pay=4_000, minimum_wage=2_490)
    commission(guarantee=3_000, months=3)
    earn(lantern, JANUARY, 1_200)
    assert months.pay(JANUARY) == (3_000, 0, 1_800)
    earn(lantern, FEBRUARY, 2_400)
    assert months.pay(FEBRUARY) == (3_000, 0, 2_400)
    earn(lantern, MARCH, 5_100)
    # 2,100 above the guarantee; 20 % of 9,100 is 1,820.
    assert months.pay(MARCH) == (5_100 - 1_820, 0, 580)
    earn(lantern, APRIL, 300)
    # It has ended: all that is earned repays, within 20 % of 4,300.
    assert months.pay(APRIL) == (0, 0, 280)
    earn(lantern, MAY, 2_100)
    assert months.pay(MAY) == (2_100 - 280, 0, 0)
    assert sum(PayEntry.objects.values_list("amount", flat=True)) == (1_200 + 2_400 + 5_100 + 300 + 2_100) * 100


def test_an_advance_is_paid_on_top_and_taken_from_the_months_after_it(lantern, months):
    employ(lantern, base_pay=4_000, minimum_wage=2_490)
    commission(guarantee=2_000, months=2, kind=Draw.ADVANCE)
    earn(lantern, JANUARY, 1_200)
    assert months.pay(JANUARY) == (3_200, 0, 2_000)
    earn(lantern, FEBRUARY, 3_000)
    # 3,000 + 2,000, less 20 % of 9,000 of the first 2,000.
    assert months.pay(FEBRUARY) == (5_000 - 1_800, 0, 2_200)
    earn(lantern, MARCH, 2_100)
    # 20 % of 6,100.
    assert months.pay(MARCH) == (2_100 - 1_220, 0, 980)
    # Nothing earned: from base pay, 20 % of 4,000.
    assert months.pay(APRIL) == (-800, 0, 180)
    earn(lantern, MAY, 5_100)
    assert months.pay(MAY) == (5_100 - 180, 0, 0)
    assert sum(PayEntry.objects.values_list("amount", flat=True)) == (1_200 + 3_000 + 2_100 + 5_100) * 100


def test_what_was_overpaid_goes_before_a_guarantee_that_is_owed(lantern, months):
    employ(lantern, base_pay=4_000, minimum_wage=2_490)
    commission(guarantee=3_000, months=2)
    earn(lantern, JANUARY, 900)
    assert months.pay(JANUARY) == (3_000, 0, 2_100)
    earn(lantern, FEBRUARY, 6_000)
    correct(lantern, FEBRUARY, -1_500)
    # 20 % of 10,000: the 1,500 first, 500 of the guarantee with what is left.
    assert months.pay(FEBRUARY) == (6_000 - 1_500 - 500, 0, 1_600)
    earn(lantern, MARCH, 2_100)
    correct(lantern, MARCH, -3_000)
    # 20 % of 6,100: nothing of the guarantee.
    assert months.pay(MARCH) == (2_100 - 1_220, 1_780, 1_600)
    earn(lantern, APRIL, 3_900)
    # 20 % of 7,900: what was carried still goes first.
    assert months.pay(APRIL) == (3_900 - 1_580, 200, 1_600)
    earn(lantern, MAY, 8_100)
    # 20 % of 12,100 is 2,420: the 200, and all of the guarantee.
    assert months.pay(MAY) == (8_100 - 200 - 1_600, 0, 0)
    earned, taken = 900 + 6_000 + 2_100 + 3_900 + 8_100, 1_500 + 3_000
    assert sum(PayEntry.objects.values_list("amount", flat=True)) == (earned - taken) * 100


class TestGuaranteesOfPlansThatHaveEnded:
    """Two plans guarantee 1,000 each in January, beside one that pays commission for longer."""

    @pytest.fixture(autouse=True)
    def ended(self, lantern, months):
        employ(lantern, base_pay=6_000)
        commission()
        for name in ("Start", "Move"):
            version = make_version(name=name, starts_on=JANUARY.starts_on, ends_before=FEBRUARY.starts_on)
            make_component(version, kind=Kind.DRAW, amount=1_000_00, draw=Draw.RECOVERABLE)
        assert months.pay(JANUARY) == (2_000, 0, 2_000)

    def test_are_worked_off_together_by_no_more_than_is_earned(self, lantern, months):
        earn(lantern, FEBRUARY, 300)
        # 20 % of 6,300 would leave room for 1,260.
        assert months.pay(FEBRUARY) == (0, 0, 1_700)

    def test_are_not_worked_off_by_what_a_cap_has_taken(self, lantern, months):
        PayPlanVersion.objects.filter(plan__name="Reps").update(cap=200_00)
        earn(lantern, FEBRUARY, 300)
        assert months.pay(FEBRUARY) == (0, 0, 1_800)


class TestNotice:
    @pytest.fixture
    def told(self, lantern, months):
        """Pay a year's beginning in which deductions begin, wait because of the minimum wage, and go on."""
        employ(lantern, base_pay=2_400, minimum_wage=2_490)
        commission()
        deal = earn(lantern, JANUARY, 3_000)
        months.pay(JANUARY)
        give_back(deal, FEBRUARY)
        earn(lantern, FEBRUARY, 600)
        assert months.pay(FEBRUARY) == (600 - 510, 2_490, 0)
        assert months.pay(MARCH) == (0, 2_490, 0)
        earn(lantern, APRIL, 900)
        correct(lantern, APRIL, -60)
        assert months.pay(APRIL) == (900 - 660, 2_490 + 60 - 660, 0)
        earn(lantern, MAY, 12_600)
        months.pay(MAY)
        return lantern

    def noticed(self, kind=StatementEvent.Kind.NOTICE):
        rows = StatementEvent.objects.filter(kind=kind).order_by("statement__starts_on")
        return [month_of(day) for day in rows.values_list("statement__starts_on", flat=True)]

    def test_is_given_where_something_is_deducted_and_not_where_all_of_it_waits(self, told, months):
        assert self.noticed() == [FEBRUARY, APRIL, MAY]

    def test_names_what_is_deducted_and_what_waits(self, told, months):
        for month, said, carried in (
            (FEBRUARY, "¥510.00 is deducted", "¥2,490.00 more may not be deducted this month"),
            (APRIL, "¥660.00 is deducted", "¥1,890.00 more may not be deducted this month"),
            (MAY, "¥1,890.00 is deducted", None),
        ):
            page = self._page(told.asha, months.statement(month))
            assert said in page and (carried is None or carried in page)
            assert ("may not be deducted this month" in page) == (carried is not None)
        for month in (JANUARY, MARCH):
            assert "is deducted in this statement" not in self._page(told.asha, months.statement(month))

    def test_is_confirmed_once_each_and_kept(self, told, months):
        asha = told.asha
        waits = []
        for day in (10, 11, 12):
            found = pay_news_of(person=asha.person, on=date(YEAR, 6, day)).to_confirm
            waits.append(month_of(found.starts_on))
            for _press in range(2):
                statements.acknowledge(statement=found, now=timezone.now() + timedelta(days=day), by=asha.user)
        assert waits == self.noticed(StatementEvent.Kind.ACKNOWLEDGED) == [FEBRUARY, APRIL, MAY]
        assert pay_news_of(person=asha.person, on=date(YEAR, 6, 13)).to_confirm is None
        assert AuditEntry.objects.filter(action="incentives.statement.acknowledged").count() == 3

    def _page(self, member, statement):
        return browser(member).get(f"/lantern/pay/statements/{statement.pk}/").content.decode()
