"""What comes back later: of whom it is taken, by which plan, and by whom not."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from common.periods import Period
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing, Credit, Recounting
from deals.models import Deal, ProductLine
from incentives.models import PayPlanUnit, PaySettings, PayTerms, Statement, StatementLine
from incentives.queries.sources import sources_of
from incentives.rules.telling import tell
from incentives.rules.terms import Base, Customers, Kind, LineKind, Release, Sharing, Span, Status
from incentives.services.calculating import calculate
from teams.models import Assignment
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import APRIL, MARCH, NOW, lines_of, make_component, make_version, pay, sell

DECEMBER = Period(date(2025, 12, 1), date(2026, 1, 1))
JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
MAY = Period(date(2026, 5, 1), date(2026, 6, 1))
JUNE = Period(date(2026, 6, 1), date(2026, 7, 1))
EARNED, CLAWBACK, CAPPED = LineKind.EARNED, LineKind.CLAWBACK, LineKind.CAPPED


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        PaySettings.objects.create(deduction_percent=100)
        for member in (cast.asha, cast.ada):
            PayTerms.objects.create(person=member.person, starts_on=date(2026, 1, 1), base_pay=10_000_00)
        yield cast


def of_unit(unit, *rates, **fields):
    version = make_version(name=str(unit))
    PayPlanUnit.objects.create(version=version, unit=unit)
    return make_component(version, *rates, **fields)


def move(person, unit, on):
    person.assignments.update(ends_before=on)
    Assignment.objects.create(person=person, unit=unit, role="REP", starts_on=on)


def sell_and_take_back(person, pieces, *, sold_on, back_on):
    """Sell ten pieces at 100 and take some of them back."""
    deal = sell(person, 0, lines=[(make_product(), 10, 100, 40)], on=sold_on)
    make_return(deal.lines.get(), pieces, back_on)
    credits.post_deals([deal.pk])


def pay_february(cast):
    pay(FEBRUARY, by=cast.hana.user)
    Statement.objects.filter(starts_on=FEBRUARY.starts_on).update(status=Status.PUBLISHED)


def test_whoever_has_left_the_plan_gives_back_what_it_paid(lantern):
    asha = lantern.asha.person
    of_unit(lantern.one, (0, None, 3))
    sell_and_take_back(asha, 4, sold_on=date(2026, 2, 10), back_on=date(2026, 3, 20))
    move(asha, lantern.two, date(2026, 3, 1))
    pay_february(lantern)
    assert lines_of(asha, FEBRUARY) == [(EARNED, 30_00)]
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(asha) == [(CLAWBACK, -12_00)]
    # Once more the same, and nobody else loses anything by it.
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(asha) == [(CLAWBACK, -12_00)]
    assert lines_of(lantern.ada.person) == [(EARNED, 0)]


def test_what_a_plan_paid_that_has_ended_is_given_back(lantern):
    asha = lantern.asha.person
    component = of_unit(lantern.one, (0, None, 3))
    sell_and_take_back(asha, 4, sold_on=date(2026, 2, 10), back_on=date(2026, 3, 20))
    pay_february(lantern)
    component.version.ends_before = date(2026, 3, 1)
    component.version.save()
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(asha) == [(CLAWBACK, -12_00)]


def test_whoever_left_the_company_in_another_year_has_a_statement_of_what_comes_back(lantern):
    asha = lantern.asha.person
    version = make_version(starts_on=date(2025, 1, 1))
    PayPlanUnit.objects.create(version=version, unit=lantern.one)
    make_component(version, (0, None, 3))
    PayTerms.objects.create(person=asha, starts_on=date(2025, 1, 1), base_pay=10_000_00)
    sell_and_take_back(asha, 4, sold_on=date(2025, 12, 10), back_on=date(2026, 1, 20))
    asha.assignments.update(ends_before=date(2026, 1, 1))
    pay(DECEMBER, by=lantern.hana.user)
    Statement.objects.filter(starts_on=DECEMBER.starts_on).update(status=Status.PUBLISHED)
    statement = pay(JANUARY, by=lantern.hana.user)[asha.pk]
    assert lines_of(asha, JANUARY)[0] == (CLAWBACK, -12_00)
    assert statement.unit == lantern.one


def test_a_published_month_is_written_no_more(lantern):
    of_unit(lantern.one, (0, None, 3))
    sell(lantern.asha.person, 1000, on=date(2026, 2, 10))
    pay_february(lantern)
    assert calculate(month=FEBRUARY, now=NOW, by=lantern.hana.user).written == 0


def test_what_was_sold_before_the_plan_lowers_nothing_of_it(lantern):
    asha = lantern.asha.person
    of_unit(lantern.two, (0, None, 3))
    move(asha, lantern.two, date(2026, 3, 15))
    sell_and_take_back(asha, 10, sold_on=date(2026, 3, 3), back_on=date(2026, 3, 20))
    sell(asha, 500, date(2026, 3, 18))
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(asha) == [(EARNED, 15_00)]


def test_credit_on_top_is_not_taken_back_from_who_was_paid_for_shares(lantern):
    asha, ada = lantern.asha.person, lantern.ada.person
    of_unit(lantern.one, (0, None, 3))
    sell(ada, 200, date(2026, 2, 3))
    deal = sell(
        asha, 0, lines=[(make_product(), 10, 100, 40)], on=date(2026, 2, 10), shares=[(asha, 100, False), (ada, 50, True)]
    )
    pay_february(lantern)
    make_return(deal.lines.get(), 10, date(2026, 3, 20))
    credits.post_deals([deal.pk])
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(asha) == [(EARNED, 0), (CLAWBACK, -30_00)]
    assert lines_of(ada) == [(EARNED, 0)]


def test_a_pool_is_lowered_by_what_comes_back_later(lantern):
    of_unit(lantern.one, (0, None, 2), kind=Kind.POOL, sharing=Sharing.EQUAL)
    sell_and_take_back(lantern.asha.person, 5, sold_on=date(2026, 2, 10), back_on=date(2026, 3, 20))
    sell(lantern.ada.person, 2000, date(2026, 3, 2))
    pay_february(lantern)
    assert lines_of(lantern.asha.person, FEBRUARY) == [(EARNED, 10_00)]
    pay(MARCH, by=lantern.hana.user)
    # 2 % of 2,000 less 500, in two parts.
    assert lines_of(lantern.asha.person) == [(EARNED, 15_00)]


def test_a_measure_that_is_being_counted_anew_is_paid_as_it_was(lantern):
    of_unit(lantern.one, (0, None, 3))
    sell(lantern.asha.person, 1000)
    Recounting.objects.create(code="REVENUE", last_id=Credit.objects.latest("pk").pk)
    sell(lantern.asha.person, 500)
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(lantern.asha.person) == [(EARNED, 30_00)]
    Recounting.objects.all().delete()
    pay(MARCH, by=lantern.hana.user)
    assert lines_of(lantern.asha.person) == [(EARNED, 45_00)]


def test_what_comes_back_in_the_same_span_once_its_seller_is_gone_lowers_what_was_earned(lantern):
    asha = lantern.asha.person
    version = of_unit(lantern.one, (0, None, 3), span=Span.QUARTER).version
    make_component(version, (0, 700, 1), (700, None, 2), span=Span.QUARTER, base=Base.DEAL)
    by_customers = [{"starts_at": 0, "value": 5}, {"starts_at": 0, "value": 4, "customers": Customers.NEW}]
    make_component(version, *by_customers, span=Span.QUARTER)
    sell_and_take_back(asha, 4, sold_on=date(2026, 2, 10), back_on=date(2026, 3, 20))
    move(asha, lantern.two, date(2026, 3, 1))
    pay_february(lantern)
    assert lines_of(asha, FEBRUARY) == [(EARNED, 30_00), (EARNED, 20_00), (EARNED, 50_00)]
    pay(MARCH, now=timezone.now(), by=lantern.hana.user)
    # 3 % and 5 % less of 400; the deal is worth 600 and has fallen into the lower step: 6 instead of 20.
    assert lines_of(asha) == [(EARNED, -12_00), (EARNED, -14_00), (EARNED, -20_00)]
    for line in StatementLine.objects.filter(statement__person=asha, statement__starts_on=MARCH.starts_on):
        sources = sources_of(line)
        assert (line.base, sources.total, sources.is_exact) == (600_00, 600_00, True), line.name


def test_what_comes_back_of_another_plan_takes_nothing_of_ones_share_of_the_pool(lantern):
    asha, ada = lantern.asha.person, lantern.ada.person
    of_unit(lantern.one, (0, None, 3))
    of_unit(lantern.two, (0, None, 10), kind=Kind.POOL, sharing=Sharing.RESULT)
    sell_and_take_back(asha, 4, sold_on=date(2026, 2, 10), back_on=date(2026, 3, 20))
    pay_february(lantern)
    move(asha, lantern.two, date(2026, 3, 1))
    move(ada, lantern.two, date(2026, 3, 1))
    sell(asha, 1000, date(2026, 3, 10))
    sell(ada, 1000, date(2026, 3, 10))
    pay(MARCH, by=lantern.hana.user)
    # Both brought the same into the pool; that plan One is owed something is said in its own line.
    assert lines_of(ada) == [(EARNED, 100_00)]
    assert lines_of(asha) == [(EARNED, 100_00), (CLAWBACK, -12_00)]


class TestASaleThatChangedHands:
    """Sold by Asha in a month that was closed, and Ada's since."""

    @pytest.fixture
    def deal(self, lantern):
        of_unit(lantern.one, (0, None, 3))
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 100, 40)], on=date(2026, 2, 10))
        pay_february(lantern)
        Closing.objects.create(starts_on=date(2020, 1, 1), ends_before=date(2026, 3, 1), closed_by=lantern.hana.user)
        Deal.objects.filter(pk=deal.pk).update(owner=lantern.ada.person)
        credits.post_deals([deal.pk])
        return deal

    def test_lowers_what_it_earned_whoever_has_it_now(self, lantern, deal):
        make_return(deal.lines.get(), 10, date(2026, 3, 20))
        credits.post_deals([deal.pk])
        pay(MARCH, by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (CLAWBACK, -30_00)]
        assert lines_of(lantern.ada.person) == [(EARNED, 0)]

    def test_is_taken_back_from_who_was_paid_for_it_last(self, lantern, deal):
        pay(MARCH, by=lantern.hana.user)
        Statement.objects.filter(starts_on=MARCH.starts_on).update(status=Status.PUBLISHED)
        assert lines_of(lantern.ada.person) == [(EARNED, 30_00)]
        make_return(deal.lines.get(), 4, date(2026, 4, 20))
        credits.post_deals([deal.pk])
        pay(APRIL, by=lantern.hana.user)
        assert lines_of(lantern.ada.person, APRIL) == [(EARNED, 0), (CLAWBACK, -12_00)]
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 0)]


class TestByTheRateThatWasPaid:
    @pytest.fixture
    def doors(self, lantern):
        return ProductLine.objects.create(name="Doors")

    def sell_doors(self, cast, doors, *, back_on):
        deal = sell(cast.asha.person, 0, lines=[(make_product(doors), 10, 100, 40)], on=date(2026, 2, 10))
        make_return(deal.lines.get(), 4, back_on)
        credits.post_deals([deal.pk])

    def test_also_when_the_product_line_is_called_otherwise_since(self, lantern, doors):
        rate = {"starts_at": 0, "value": 3, "product_line": doors}
        of_unit(lantern.one, rate)
        self.sell_doors(lantern, doors, back_on=date(2026, 3, 20))
        pay_february(lantern)
        ProductLine.objects.update(name="Gates")
        pay(MARCH, by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (CLAWBACK, -12_00)]

    def test_also_when_the_plan_names_product_lines_only_since(self, lantern, doors):
        component = of_unit(lantern.one, (0, None, 3))
        self.sell_doors(lantern, doors, back_on=date(2026, 3, 20))
        pay_february(lantern)
        component.version.ends_before = date(2026, 3, 1)
        component.version.save()
        version = make_version(name=component.version.plan.name, starts_on=date(2026, 3, 1))
        PayPlanUnit.objects.create(version=version, unit=lantern.one)
        make_component(version, {"starts_at": 0, "value": 9, "product_line": doors}, key=component.key)
        pay(MARCH, by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (CLAWBACK, -12_00)]


def test_whoever_was_not_in_the_plan_after_all_gives_back_no_more_than_was_paid(lantern):
    asha = lantern.asha.person
    of_unit(lantern.one, (0, None, 10), paid_at_once=80, release=Release.YEAR_END)
    sell(asha, 1000, on=date(2026, 2, 10))
    pay_february(lantern)
    assert lines_of(asha, FEBRUARY) == [(EARNED, 100_00), (LineKind.HELD, -20_00)]
    asha.assignments.update(unit=lantern.two)  # as it should have been entered
    found = pay(MARCH, by=lantern.hana.user)[asha.pk]
    assert lines_of(asha) == [(EARNED, -100_00), (LineKind.HELD, 20_00)]
    assert (found.total, found.held) == (-80_00, 0)


class TestOverTheCap:
    """Eighty earned in February, of which the plan pays fifty."""

    @pytest.fixture
    def deal(self, lantern):
        version = make_version(cap=50_00)
        PayPlanUnit.objects.create(version=version, unit=lantern.one)
        make_component(version, (0, None, 8))
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 100, 40)], on=date(2026, 2, 10))
        pay_february(lantern)
        assert lines_of(lantern.asha.person, FEBRUARY) == [(EARNED, 80_00), (CAPPED, -30_00)]
        return deal

    def returned(self, cast, deal, pieces, on):
        make_return(deal.lines.get(), pieces, on)
        credits.post_deals([deal.pk])
        return pay(MARCH, by=cast.hana.user)[cast.asha.person.pk].total

    def test_what_was_never_paid_is_not_taken_back(self, lantern, deal):
        assert self.returned(lantern, deal, 3, date(2026, 3, 20)) == 0
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (CLAWBACK, -24_00), (CAPPED, 24_00)]

    def test_a_sale_and_its_full_return_leave_nothing(self, lantern, deal):
        assert self.returned(lantern, deal, 10, date(2026, 3, 20)) == -50_00
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (CLAWBACK, -80_00), (CAPPED, 30_00)]

    def test_nor_is_it_when_the_month_itself_is_corrected(self, lantern, deal):
        deal.status = Deal.Status.CANCELLED
        deal.save()
        credits.post_deals([deal.pk])
        sell(lantern.asha.person, 2000, on=date(2026, 3, 5))
        found = pay(MARCH, by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person) == [(EARNED, 160_00), (EARNED, -80_00), (CAPPED, 30_00), (CAPPED, -60_00)]
        assert found.total == 50_00


@pytest.mark.parametrize(("rounding", "price", "taken"), [(1, "0.10", [0, -1, 0]), (100, "10.00", [0, -100, 0])])
def test_nothing_is_left_of_a_sale_that_comes_back_piece_by_piece(lantern, rounding, price, taken):
    asha = lantern.asha.person
    PaySettings.objects.update(rounding=rounding)
    of_unit(lantern.one, (0, None, 3))
    deal = sell(asha, 0, lines=[(make_product(), 3, Decimal(price), 0)], on=date(2026, 2, 10))
    pay_february(lantern)
    assert lines_of(asha, FEBRUARY) == [(EARNED, rounding)]
    for month, told in zip((MARCH, APRIL, MAY), taken, strict=True):
        make_return(deal.lines.get(), 1, month.starts_on)
        credits.post_deals([deal.pk])
        pay(month, by=lantern.hana.user)
        assert lines_of(asha, month) == [(EARNED, 0), (CLAWBACK, told)]
        # Once more the same; and it is told of what was rounded together with what.
        assert pay(month, by=lantern.hana.user) and lines_of(asha, month) == [(EARNED, 0), (CLAWBACK, told)]
        Statement.objects.filter(starts_on=month.starts_on).update(status=Status.PUBLISHED)
    pay(JUNE, by=lantern.hana.user)
    assert lines_of(asha, JUNE) == [(EARNED, 0)]
    said = tell(
        StatementLine.objects.get(statement__person=asha, statement__starts_on=APRIL.starts_on, kind=CLAWBACK).facts, {}
    )
    assert any("came back before" in text for text in said)
