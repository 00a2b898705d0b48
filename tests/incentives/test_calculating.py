"""A month's statements from facts: what is earned, corrected, held back, taken back and settled."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from common.periods import month_of
from credits import services as credits
from deals.models import ProductLine
from incentives.models import (
    Award,
    AwardPrize,
    Component,
    PayAdjustment,
    PayPlanPerson,
    PayPlanVersion,
    PaySettings,
    PayTerms,
    Statement,
    StatementLine,
    Step,
)
from incentives.queries.degrees import degree_of
from incentives.queries.drafting import drafting_of, work_out
from incentives.rules import telling
from incentives.rules.terms import (
    Base,
    ChosenBy,
    Clawback,
    Draw,
    Kind,
    LineKind,
    Pays,
    Release,
    Sharing,
    Span,
    Status,
    Steps,
    Whose,
)
from incentives.services import calculating
from incentives.services.calculating import Calculated, calculate
from targets.models import Attainment, Metric
from targets.queries.attainment import AttainmentRow
from targets.services.metrics import add_builtin_metrics
from teams.models import Person
from tests.credits.stories import make_customer, make_deal, make_instalment, make_payment, make_product, make_return
from tests.incentives.paying import APRIL, MARCH, NOW, lines_of, make_component, make_version, pay, sell
from tests.targets.published import publish_2026

EARNED, HELD, RELEASED = LineKind.EARNED, LineKind.HELD, LineKind.RELEASED


def publish(month=MARCH):
    Statement.objects.filter(starts_on=month.starts_on).update(status=Status.PUBLISHED)


class TestCommission:
    def test_a_rate_on_what_somebody_sold(self, lantern):
        make_component(make_version(), (0, None, 3), name="Commission")
        sell(lantern.asha.person, 62_000)
        found = pay(by=lantern.hana.user)
        line = StatementLine.objects.get(statement=found[lantern.asha.person.pk])
        assert (line.amount, line.base, found[lantern.asha.person.pk].total) == (1_860_00, 62_000_00, 1_860_00)
        assert telling.tell(line.facts) == ["62,000 × 3 % = 1,860"]
        # Whoever is in the plan and sold nothing reads so; the manager is not in it.
        assert found[lantern.ada.person.pk].total == 0
        assert lantern.bela.person.pk not in found

    def test_calculating_again_changes_nothing_and_a_late_deal_is_added(self, lantern):
        make_component(make_version(), (0, None, 3))
        sell(lantern.asha.person, 1000)
        pay(by=lantern.hana.user)
        before = list(StatementLine.objects.order_by("pk").values())
        pay(by=lantern.hana.user)
        assert list(StatementLine.objects.order_by("pk").values()) == before
        sell(lantern.asha.person, 500)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 45_00

    def test_what_is_calculated_anew_keeps_its_lines_and_loses_those_that_are_none_any_more(self, lantern):
        make_component(make_version(), (0, None, 3))
        award = Award.objects.create(
            kind="SERVICE", starts_on=MARCH.starts_on, ends_before=MARCH.ends_before, person=lantern.asha.person, reason="Well done",
            decided_on=date(2026, 3, 20),
        )  # fmt: skip
        AwardPrize.objects.create(award=award, person=lantern.asha.person, amount=200_00)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (LineKind.PRIZE, 200_00)]
        before = dict(StatementLine.objects.filter(position=0).values_list("statement__person", "pk"))
        Award.objects.update(withdrawn_on=date(2026, 3, 25), withdrawn_reason="A mistake")
        sell(lantern.asha.person, 500)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 15_00)]
        assert dict(StatementLine.objects.values_list("statement__person", "pk")) == before

    def test_whoever_leaves_the_plan_keeps_an_empty_draft_that_is_written_once(self, lantern):
        version = make_version()
        make_component(version, (0, None, 3))
        pay(by=lantern.hana.user)
        people = Statement.objects.count()
        PayPlanPerson.objects.create(version=version, person=lantern.asha.person, is_left_out=True)
        assert calculate(month=MARCH, now=NOW, by=lantern.hana.user) == Calculated(1, people - 1, 0)
        assert lines_of(lantern.asha.person) == []
        assert calculate(month=MARCH, now=NOW, by=lantern.hana.user) == Calculated(0, people, 0)

    def test_what_is_published_is_not_counted_as_written(self, lantern):
        make_component(make_version(), (0, None, 3))
        pay(by=lantern.hana.user)
        publish()
        sell(lantern.asha.person, 1000)
        assert calculate(month=MARCH, now=NOW, by=lantern.hana.user) == Calculated(0, 0, 0)

    def test_slices_over_a_quarter_pay_what_is_new_each_month(self, lantern):
        make_component(make_version(), (0, 1000, 3), (1000, None, 5), steps_read=Steps.MARGINAL, span=Span.QUARTER)
        sell(lantern.asha.person, 800, date(2026, 2, 3))
        february = pay(month=_month(2), by=lantern.hana.user)
        publish(_month(2))
        sell(lantern.asha.person, 700)
        march = pay(by=lantern.hana.user)
        asha = lantern.asha.person.pk
        assert (february[asha].total, march[asha].total) == (24_00, 1000 * 3 + 500 * 5 - 24_00)
        facts = StatementLine.objects.get(statement=march[asha]).facts
        assert (facts["entitled"], facts["posted"]) == (55_00, 24_00)

    def test_the_most_specific_rate_first(self, lantern):
        line = ProductLine.objects.create(name="Premium")
        version = make_version()
        make_component(version, {"value": 3}, {"value": 7, "product_line": line}, {"value": 1, "customers": "NEW"})
        premium, plain = make_product(line), make_product()
        customer = make_customer()
        sell(lantern.asha.person, 0, lines=[(premium, 1, 100, 50), (plain, 1, 200, 50)], customer=customer)
        sell(lantern.asha.person, 0, lines=[(plain, 1, 400, 50)], customer=customer, on=date(2026, 3, 9))
        pay(by=lantern.hana.user)
        # 100 of the premium line at 7 %, 200 of a new customer at 1 %, 400 of one who came back at 3 %.
        assert lines_of(lantern.asha.person) == [(EARNED, 7_00 + 2_00 + 12_00)]

    def test_every_deal_by_itself(self, lantern):
        make_component(make_version(), (0, 500, 2), (500, None, 4), steps_read=Steps.MARGINAL, base=Base.DEAL)
        for amount in (400, 400, 900):
            sell(lantern.asha.person, amount)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 8_00 + 8_00 + 10_00 + 16_00)]

    def test_between_the_points_by_deal(self, lantern):
        make_component(make_version(), (0, None, 2), (1000, None, 4), steps_read=Steps.INTERPOLATED, base=Base.DEAL)
        for amount in (250, 500, 2000):
            sell(lantern.asha.person, amount)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 6_25 + 15_00 + 80_00)]

    def test_by_the_discount_that_was_given(self, lantern):
        make_component(make_version(), (0, 10, 10), (10, None, 5), chosen_by=ChosenBy.DISCOUNT, base=Base.DEAL)
        product = make_product()
        for price in (100, 80):
            deal = sell(lantern.asha.person, 0, lines=[(product, 1, price, 50)])
            deal.lines.update(list_price=100)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 10_00 + 4_00)]

    def test_an_amount_by_the_discount_is_not_for_a_deal_below_zero(self, lantern):
        about = {"measure": "GROSS_PROFIT", "chosen_by": ChosenBy.DISCOUNT, "base": Base.DEAL, "pays": Pays.AMOUNT}
        make_component(make_version(), (0, 10, 500), (10, None, 200), **about)
        for price, cost in ((100, 50), (70, 40), (80, 90)):
            deal = sell(lantern.asha.person, 0, lines=[(make_product(), 1, price, cost)])
            deal.lines.update(list_price=100)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 500_00 + 200_00)]

    def test_a_managers_share_of_the_team_counts_an_order_once(self, lantern):
        version = make_version(roles=("MANAGER",))
        make_component(version, (0, None, 1), whose=Whose.TEAM)
        make_component(version, (0, None, 1), whose=Whose.OTHERS)
        people = (lantern.asha.person, 60, False), (lantern.ada.person, 40, False), (lantern.ben.person, 50, True)
        sell(lantern.asha.person, 1000, shares=people)
        sell(lantern.bela.person, 500)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.bela.person) == [(EARNED, 15_00), (EARNED, 10_00)]
        assert lines_of(lantern.boris.person) == [(EARNED, 0), (EARNED, 0)]

    def test_cash_that_comes_late_counts_less(self, lantern):
        make_component(make_version(), (0, None, 10), measure="CASH_COLLECTED", decay=[(0, 30, 100), (30, None, 50)])
        deal = sell(lantern.asha.person, 1000, date(2026, 2, 1))
        paid = [make_payment(deal, 300, date(2026, 3, 1)), make_payment(deal, 200, date(2026, 3, 20))]
        credits.post_payments([payment.pk for payment in paid])
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 30_00 + 10_00)]

    def test_an_order_of_any_size_is_added_up_exactly(self, lantern):
        make_component(make_version(), (0, None, 10), base=Base.DEAL)
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 3, Decimal("70000000000.07"), 60)])
        credits.post_returns([make_return(deal.lines.get(), 2, date(2026, 3, 20)).pk])
        found = pay(by=lantern.hana.user)[lantern.asha.person.pk]
        assert (found.total, found.lines.get().base) == (7_000_000_000_01, 70_000_000_000_07)


class TestTakingBack:
    def make(self, **fields):
        make_component(make_version(), (0, None, 3), **fields)

    def returned(self, cast, on, **asked):
        product = make_product()
        deal = sell(cast.asha.person, 0, lines=[(product, 10, 100, 60)])
        pay(by=cast.hana.user)
        publish()
        back = make_return(deal.lines.get(), 4, on)
        credits.post_returns([back.pk])
        return deal

    def test_a_return_inside_the_span_lowers_the_base(self, lantern):
        self.make()
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 100, 60)])
        back = make_return(deal.lines.get(), 10, date(2026, 3, 20))
        credits.post_returns([back.pk])
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0)]

    def test_a_later_one_is_taken_back_at_the_rate_that_was_paid(self, lantern):
        self.make()
        self.returned(lantern, date(2026, 4, 10))
        PaySettings.objects.create(deduction_percent=100)
        sell(lantern.asha.person, 1000, date(2026, 4, 3))
        found = pay(APRIL, by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 30_00), (LineKind.CLAWBACK, -12_00)]
        assert found.total == 18_00
        line = StatementLine.objects.get(statement=found, kind=LineKind.CLAWBACK)
        assert telling.tell(line.facts)[0].endswith(": 400 × 30 ÷ 1,000 = 12")

    def test_by_what_was_not_served_of_the_term(self, lantern):
        self.make(clawback=Clawback.UNSERVED, clawback_months=12)
        PaySettings.objects.create(deduction_percent=100)
        self.returned(lantern, date(2026, 4, 3))
        sell(lantern.asha.person, 1000, date(2026, 4, 3))
        pay(APRIL, by=lantern.hana.user)
        assert lines_of(lantern.asha.person, APRIL)[1] == (LineKind.CLAWBACK, -11_00)

    def test_no_more_than_a_fifth_goes_in_a_month_and_the_rest_comes_back(self, lantern):
        self.make()
        self.returned(lantern, date(2026, 4, 10))
        sell(lantern.asha.person, 1000, date(2026, 4, 3))
        april = pay(APRIL, by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person, APRIL)[1:] == [(LineKind.CLAWBACK, -12_00), (LineKind.CARRIED, 6_00)]
        assert (april.total, april.carried) == (24_00, 6_00)
        publish(APRIL)
        sell(lantern.asha.person, 2000, date(2026, 5, 4))
        may = pay(_month(5), by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person, _month(5)) == [(EARNED, 60_00), (LineKind.BROUGHT, -6_00)]
        assert may.carried == 0

    def test_a_sale_that_is_cancelled_in_an_open_month_corrects_that_month(self, lantern):
        self.make()
        deal = sell(lantern.asha.person, 1000)
        pay(by=lantern.hana.user)
        publish()
        deal.status = "CANCELLED"
        deal.save()
        credits.post_deals([deal.pk])
        PayTerms.objects.create(person=lantern.asha.person, starts_on=date(2026, 1, 1), base_pay=5_000_00)
        found = pay(APRIL, by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 0), (EARNED, -30_00)]
        assert found.total == -30_00


class TestHoldingBack:
    def test_a_fifth_waits_for_the_years_end(self, lantern):
        make_component(make_version(), (0, None, 10), paid_at_once=80, release=Release.YEAR_END)
        sell(lantern.asha.person, 1000)
        march = pay(by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person) == [(EARNED, 100_00), (HELD, -20_00)]
        assert (march.total, march.held) == (80_00, 20_00)
        publish()
        december = pay(_month(12), by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person, _month(12)) == [(EARNED, 0), (RELEASED, 20_00)]
        assert (december.total, december.held) == (20_00, 0)

    def test_half_waits_for_the_customer(self, lantern):
        make_component(make_version(), (0, None, 10), paid_at_once=50, release=Release.COLLECTION)
        deal = sell(lantern.asha.person, 1000)
        credits.post_payments([make_payment(deal, 300, date(2026, 3, 25)).pk])
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 100_00), (HELD, -50_00), (RELEASED, 15_00)]
        publish()
        credits.post_payments([make_payment(deal, 700, date(2026, 4, 25)).pk])
        pay(APRIL, by=lantern.hana.user)
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 0), (RELEASED, 35_00)]

    def test_what_customers_have_paid_is_taken_to_the_cent(self, lantern):
        make_component(make_version(), (0, None, "10.02"), paid_at_once=50, release=Release.COLLECTION)
        deal = sell(lantern.asha.person, 300)
        credits.post_payments([make_payment(deal, 250, date(2026, 3, 25)).pk])
        pay(by=lantern.hana.user)
        # 1,503 × 5 ÷ 6 = 1,252.5: a part that goes on for ever would fall short of the middle.
        assert lines_of(lantern.asha.person) == [(EARNED, 30_06), (HELD, -15_03), (RELEASED, 12_53)]


class TestGuaranteesAndPools:
    def test_a_recoverable_guarantee_keeps_a_balance(self, lantern):
        version = make_version()
        make_component(version, (0, None, 10))
        make_component(version, kind=Kind.DRAW, draw=Draw.RECOVERABLE, amount=2_000_00)
        PaySettings.objects.create(deduction_percent=100)
        sell(lantern.asha.person, 15_000)
        march = pay(by=lantern.hana.user)[lantern.asha.person.pk]
        assert (march.total, march.draw_balance) == (2_000_00, 500_00)
        publish()
        sell(lantern.asha.person, 23_750, date(2026, 4, 7))
        april = pay(APRIL, by=lantern.hana.user)[lantern.asha.person.pk]
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 2_375_00), (LineKind.DRAW_RECOVERY, -375_00)]
        assert (april.total, april.draw_balance) == (2_000_00, 125_00)

    def test_a_guarantee_of_the_first_months_of_service_has_ended(self, lantern):
        version = make_version()
        make_component(version, kind=Kind.DRAW, draw=Draw.NON_RECOVERABLE, amount=2_000_00, draw_months=6)
        make_component(version, kind=Kind.DRAW, draw=Draw.NON_RECOVERABLE, amount=1_000_00, draw_months=36)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == 1_000_00

    @pytest.mark.parametrize(("is_prorated", "total"), [(True, 1_000_00), (False, 2_200_00)])
    def test_the_month_in_which_its_months_of_service_end_has_it_for_their_working_days(self, lantern, is_prorated, total):
        # Two months from 14 January end before 14 March: ten of its 22 working days.
        Person.objects.filter(pk=lantern.asha.person.pk).update(hired_on=date(2026, 1, 14))
        about = {"draw": Draw.NON_RECOVERABLE, "amount": 2_200_00, "draw_months": 2, "is_prorated": is_prorated}
        make_component(make_version(), kind=Kind.DRAW, **about)
        assert pay(by=lantern.hana.user)[lantern.asha.person.pk].total == total

    def test_a_teams_pool_is_shared_by_what_each_brought_in(self, lantern):
        make_component(make_version(), (0, None, 1), kind=Kind.POOL, whose=Whose.TEAM, sharing=Sharing.RESULT)
        sell(lantern.asha.person, 600)
        sell(lantern.ada.person, 300)
        sell(lantern.bela.person, 100)
        found = pay(by=lantern.hana.user)
        # Ten yuan of the team's thousand; the manager is in no plan and takes no share.
        assert [found[member.person.pk].total for member in (lantern.asha, lantern.ada, lantern.ben)] == [667, 333, 0]

    def test_one_person_alone_gets_the_same_share(self, lantern):
        make_component(make_version(), (0, None, 1), kind=Kind.POOL, sharing=Sharing.EQUAL)
        sell(lantern.asha.person, 1000)
        found = pay(by=lantern.hana.user, person_ids=[lantern.ada.person.pk])
        assert {person_id: statement.total for person_id, statement in found.items()} == {lantern.ada.person.pk: 333}

    def test_a_plan_pays_at_most_its_cap(self, lantern):
        version = make_version(cap=50_00)
        make_component(version, (0, None, 3))
        make_component(version, (0, None, 3))
        sell(lantern.asha.person, 1000)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 30_00), (EARNED, 30_00), (LineKind.CAPPED, -10_00)]


class TestBesideThePlans:
    def test_a_correction_stands_in_its_month_once(self, lantern):
        make_component(make_version(), (0, None, 3))
        PayAdjustment.objects.create(person=lantern.asha.person, holds_from=date(2026, 3, 1), amount=7_00, reason="Agreed")
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (LineKind.ADJUSTMENT, 7_00)]
        publish()
        pay(APRIL, by=lantern.hana.user)
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 0)]

    def test_one_that_comes_too_late_stands_in_the_next(self, lantern):
        make_component(make_version(), (0, None, 3))
        pay(by=lantern.hana.user)
        publish()
        PayAdjustment.objects.create(person=lantern.bela.person, holds_from=date(2026, 3, 1), amount=7_00, reason="Agreed")
        assert pay(APRIL, by=lantern.hana.user)[lantern.bela.person.pk].total == 7_00

    def test_an_award_stands_on_the_statement_and_is_taken_off_when_it_is_withdrawn(self, lantern):
        make_component(make_version(), (0, None, 3))
        award = Award.objects.create(
            kind="SERVICE", starts_on=MARCH.starts_on, ends_before=MARCH.ends_before, person=lantern.asha.person, reason="Well done",
            decided_on=date(2026, 3, 20),
        )  # fmt: skip
        AwardPrize.objects.create(award=award, person=lantern.asha.person, amount=200_00)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 0), (LineKind.PRIZE, 200_00)]
        publish()
        PayTerms.objects.create(person=lantern.asha.person, starts_on=date(2026, 1, 1), base_pay=5_000_00)
        Award.objects.update(withdrawn_on=date(2026, 4, 9), withdrawn_reason="A mistake")
        pay(APRIL, by=lantern.hana.user)
        assert lines_of(lantern.asha.person, APRIL) == [(EARNED, 0), (LineKind.PRIZE, -200_00)]


class TestLifeOfAStatement:
    def test_what_is_past_drafting_is_marked_and_what_is_published_never_looked_at(self, lantern):
        make_component(make_version(), (0, None, 3))
        sell(lantern.asha.person, 1000)
        pay(by=lantern.hana.user)
        Statement.objects.filter(person=lantern.asha.person).update(status=Status.APPROVED)
        Statement.objects.filter(person=lantern.ben.person).update(status=Status.PUBLISHED)
        sell(lantern.asha.person, 1000)
        sell(lantern.ben.person, 1000)
        found = pay(by=lantern.hana.user)
        asha, ben = found[lantern.asha.person.pk], found[lantern.ben.person.pk]
        assert (asha.total, asha.is_stale, ben.total, ben.is_stale) == (30_00, True, 0, False)

    @pytest.mark.parametrize("more", [0, 1000])
    def test_what_is_past_drafting_differs_by_its_figures_and_not_by_its_digest(self, lantern, more):
        """As one that was calculated before there were digests, or in other words."""
        asha = lantern.asha.person
        make_component(make_version(), (0, None, 3))
        sell(asha, 1000)
        pay(by=lantern.hana.user)
        Statement.objects.filter(person=asha).update(status=Status.APPROVED, digest="", is_stale=True)
        sell(asha, more)
        assert pay(by=lantern.hana.user)[asha.pk].is_stale == bool(more)

    @pytest.mark.parametrize("cause", ["rates", "guarantee"])
    def test_what_is_past_drafting_differs_by_its_cause_too(self, lantern, cause):
        """The amount is the same, but what is taken back later, or worked off, would be another."""
        asha, version = lantern.asha.person, make_version()
        make_component(version, (0, None, 3))
        make_component(version, kind=Kind.DRAW, draw=Draw.NON_RECOVERABLE, amount=2_000_00)
        sell(asha, 1000)
        pay(by=lantern.hana.user)
        Statement.objects.filter(person=asha).update(status=Status.APPROVED)
        if cause == "rates":
            Step.objects.update(ends_before=5_000)
        else:
            Component.objects.filter(kind=Kind.DRAW).update(draw=Draw.RECOVERABLE)
        statement = pay(by=lantern.hana.user)[asha.pk]
        assert (statement.total, statement.is_stale) == (2_000_00, True)

    def test_a_statement_is_the_same_whoever_calculates_in_whichever_language(self, lantern):
        asha = lantern.asha.person
        add_builtin_metrics()
        make_component(make_version(), kind=Kind.BONUS, amount=1000_00, metric=Metric.objects.get(code="revenue"))
        before = pay(by=lantern.hana.user)[asha.pk]
        Statement.objects.filter(person=asha).update(status=Status.APPROVED)
        with translation.override("zh-hans"):
            assert not pay(by=lantern.hana.user)[asha.pk].is_stale
        Statement.objects.filter(person=asha).update(status=Status.DRAFT)
        with translation.override("zh-hans"):
            assert pay(by=lantern.hana.user)[asha.pk].digest == before.digest

    def test_months_to_come_begin_with_nothing_yet(self, lantern):
        """What customers owe is brought into months that have begun by the day of the calculation, as every night does it."""
        add_builtin_metrics()
        publish_2026(lantern)
        make_component(make_version(), (0, None, 3))
        deal = make_deal(lantern.asha.person, amount=1000)
        make_instalment(deal, 1000, date(2026, 3, 20))
        credits.post_deals([deal.pk], recorded_at=datetime(2026, 4, 1, tzinfo=UTC))
        pay(by=lantern.hana.user, now=datetime(2026, 4, 2, 1, tzinfo=UTC))
        stored = Attainment.objects.filter(span=Attainment.Span.MONTH, brought__gt=0)
        assert set(stored.values_list("starts_on", flat=True)) == {date(2026, 4, 1)}

    def test_what_is_recorded_while_it_is_calculated_is_left_to_the_next_time(self, lantern, monkeypatch):
        asha = lantern.asha.person
        make_component(make_version(), (0, None, 3))
        sell(asha, 1000)
        refreshed = calculating.refresh_dirty

        def and_meanwhile(**given):
            refreshed(**given)
            sell(asha, 500, recorded_at=NOW + timedelta(seconds=1))

        monkeypatch.setattr(calculating, "refresh_dirty", and_meanwhile)
        assert pay(by=lantern.hana.user)[asha.pk].total == 30_00
        monkeypatch.undo()
        assert pay(by=lantern.hana.user, now=NOW + timedelta(minutes=1))[asha.pk].total == 45_00

    def test_what_is_new_is_stored_beside_what_is_written_over(self, lantern):
        version = make_version(roles=(), cap=10_00)
        make_component(version, (0, None, 3))
        for member in (lantern.asha, lantern.ben):
            sell(member.person, 1000)
        PayPlanPerson.objects.create(version=version, person=lantern.asha.person)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == [(EARNED, 30_00), (LineKind.CAPPED, -20_00)]
        PayPlanPerson.objects.create(version=version, person=lantern.ben.person)
        PayPlanVersion.objects.update(cap=None)
        pay(by=lantern.hana.user)
        assert lines_of(lantern.asha.person) == lines_of(lantern.ben.person) == [(EARNED, 30_00)]

    def test_nobody_is_paid_twice_for_a_month_whose_draft_waits(self, lantern):
        make_component(make_version(), (0, None, 3))
        sell(lantern.asha.person, 1000)
        pay(by=lantern.hana.user)
        assert pay(APRIL, by=lantern.hana.user)[lantern.asha.person.pk].total == 0

    def test_working_out_stores_nothing(self, lantern):
        make_component(make_version(), (0, None, 3))
        sell(lantern.asha.person, 1000)
        drafts = work_out(month=MARCH, company=lantern.lantern)
        assert drafts[lantern.asha.person.pk].total == 30_00
        assert not Statement.objects.exists()

    def test_nobody_is_in_a_version_that_says_nobody(self, lantern):
        make_component(make_version(roles=()), (0, None, 3))
        assert pay(by=lantern.hana.user) == {}


class TestLaws:
    def test_sale_and_full_return_leave_nothing(self, lantern):
        make_component(make_version(), (0, 100, 3), (100, None, 7), steps_read=Steps.MARGINAL)
        PaySettings.objects.create(deduction_percent=100)
        deal = sell(lantern.asha.person, 0, lines=[(make_product(), 3, Decimal("99.99"), 60)])
        pay(by=lantern.hana.user)
        publish()
        for quantity, day in ((1, date(2026, 4, 4)), (2, date(2026, 5, 6))):
            back = make_return(deal.lines.get(), quantity, day)
            credits.post_returns([back.pk])
        PayTerms.objects.create(person=lantern.asha.person, starts_on=date(2026, 1, 1), base_pay=9_000_00)
        for month in (APRIL, _month(5)):
            pay(month, by=lantern.hana.user)
            publish(month)
        assert sum(Statement.objects.filter(person=lantern.asha.person).values_list("total", flat=True)) == 0

    @pytest.mark.parametrize(("kind", "value"), [("PERCENT", "250/3"), ("COUNT_RATIO", "5/6"), ("MONEY_RATIO", "1/120")])
    def test_a_rate_is_as_exact_as_what_it_is_made_of(self, kind, value):
        nobody = dict.fromkeys(("person_id", "unit_id", "floor", "stretch", "reached_on"))
        row = AttainmentRow(1, starts_on=MARCH.starts_on, numerator=5, denominator=6, commit=100, kind=kind, scale=0, **nobody)
        assert degree_of(row, Metric(kind=kind)).value == Fraction(value)

    def test_a_month_costs_the_same_statements_for_one_and_for_many(self, lantern):
        make_component(make_version(), (0, None, 3))
        counts = set()
        for member in (lantern.asha, lantern.ada, lantern.ben):
            sell(member.person, 1000)
            with CaptureQueriesContext(connection) as sent:
                work_out(month=MARCH, company=lantern.lantern)
            counts.add(len(sent))
        assert len(counts) == 1

    def test_once_the_first_draft_is_there_nothing_more_is_read(self, lantern):
        add_builtin_metrics()
        version = make_version(cap=50_00)
        make_component(version, (0, None, 3))
        make_component(version, (0, None, 2), base=Base.DEAL)
        make_component(version, kind=Kind.BONUS, amount=1_00, metric=Metric.objects.get(code="revenue"), curve=[(0, None, 100)])
        for member in (lantern.asha, lantern.ada, lantern.ben):
            sell(member.person, 9000)
        drafts = drafting_of(month=MARCH, company=lantern.lantern).each_draft()
        next(drafts)
        with CaptureQueriesContext(connection) as sent:
            assert len(list(drafts)) >= 2
        assert list(sent) == []


def _month(number):
    return month_of(date(2026, number, 1))
