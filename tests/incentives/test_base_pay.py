"""Bonuses that are a share of each person's base pay: what they come to, and what is said where base pay is not on record."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from common.periods import Period
from common.tenancy import company_scope
from incentives.exports.payroll import rows_of
from incentives.models import KpiPart, PayTerms, Statement, StatementLine
from incentives.queries.ahead import Ahead
from incentives.queries.base_pays import base_pays
from incentives.queries.plan_checks import checks_of
from incentives.queries.trials import try_version
from incentives.rules import base_pay, telling
from incentives.rules.terms import Kind, Span, Steps
from incentives.services import corrections
from targets.models import Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from teams.queries import calendar_of
from tests.incentives.paying import MARCH, make_component, make_version, pay, publish, sell
from tests.incentives.test_ahead import open_deal
from tests.signing_in import BACKEND
from tests.targets.test_rollups import ask

JANUARY_1 = date(2026, 1, 1)
CURVE = [(80, 100, 50), (100, None, 100)]


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        ask("revenue", MARCH.starts_on, commit=1_000_00, person=cast.asha.person, within=cast.one)
        yield cast


def earns(member, base_pay, on=JANUARY_1, **fields):
    return PayTerms.objects.create(person=member.person, starts_on=on, base_pay=base_pay, **fields)


def promise(factor, *, version=None, kind=Kind.BONUS, **fields):
    metric = Metric.objects.get(code="revenue")
    fields = {"curve": CURVE, "steps_read": Steps.INTERPOLATED, "metric": metric} | fields
    return make_component(version or make_version(), kind=kind, base_pay_factor=Decimal(factor), **fields)


def bonus_of(member):
    return StatementLine.objects.get(statement__person=member.person, statement__starts_on=MARCH.starts_on)


def reach(cast, amount):
    """Let Asha reach so much of the 1,000 that she is asked for in March."""
    sell(cast.asha.person, amount)
    refresh_everything()


class TestBonus:
    def test_is_so_many_times_base_pay_by_attainment(self, lantern):
        earns(lantern.asha, 8_000_00)
        promise("2")
        reach(lantern, 1100)
        pay(by=lantern.hana.user)
        line = bonus_of(lantern.asha)
        assert line.amount == 16_000_00
        assert telling.tell(line.facts)[1:] == ["Base pay: 8,000 × 2 = 16,000", "16,000 × 100 % = 16,000"]

    def test_takes_each_base_pay_for_its_working_days(self, lantern):
        """March 2026 has 22 working days, 12 of them from the 16th on: (8,000 × 10 + 9,100 × 12) ÷ 22 = 8,600."""
        earns(lantern.asha, 8_000_00)
        earns(lantern.asha, 9_100_00, on=date(2026, 3, 16))
        promise("0.2")
        reach(lantern, 1000)
        pay(by=lantern.hana.user)
        line = bonus_of(lantern.asha)
        assert line.amount == 1_720_00
        assert telling.tell(line.facts)[1:3] == [
            "Base pay a month, by working days: (8,000 × 10 + 9,100 × 12) ÷ 22 = 8,600",
            "Base pay: 8,600 × 20 % = 1,720",
        ]

    def test_gives_who_joins_the_part_of_their_working_days(self, lantern):
        """Half-way: their own days alone make the base pay, 12 of 22 days the bonus: 8,800 × 12 ÷ 22 = 4,800."""
        person = lantern.asha.person
        person.assignments.update(starts_on=date(2026, 3, 16))
        type(person).objects.filter(pk=person.pk).update(hired_on=date(2026, 3, 16))
        earns(lantern.asha, 8_800_00, on=date(2026, 3, 16))
        promise("1", is_prorated=True)
        sell(person, 1000, date(2026, 3, 20))
        refresh_everything()
        pay(by=lantern.hana.user)
        line = bonus_of(lantern.asha)
        assert (line.amount, line.facts["base_pay"]["missing"]) == (4_800_00, 0)

    def test_of_a_quarter_takes_the_months_it_has(self, lantern):
        """Of 8,000 until February and 9,000 in March, by the working days of the three months."""
        earns(lantern.asha, 8_000_00)
        earns(lantern.asha, 9_000_00, on=MARCH.starts_on)
        quarter = Period(JANUARY_1, MARCH.ends_before)
        days = [calendar_of(lantern.lantern).working_day_count(part) for part in (quarter, MARCH)]
        promise("2", span=Span.QUARTER, curve=[(0, None, 100)], steps_read=Steps.FLAT)
        reach(lantern, 1000)
        pay(by=lantern.hana.user)
        mean = Fraction(8_000_00 * (days[0] - days[1]) + 9_000_00 * days[1], days[0])
        assert bonus_of(lantern.asha).amount == round(2 * mean)

    def test_by_weighted_attainment_is_a_share_too(self, lantern):
        earns(lantern.asha, 10_000_00)
        component = promise("0.2", kind=Kind.KPI, metric=None, curve=[(0, 100, 0), (100, None, 100)])
        KpiPart.objects.create(component=component, metric=Metric.objects.get(code="revenue"), weight=1)
        reach(lantern, 900)
        pay(by=lantern.hana.user)
        # 90 % of the target on the straight line pays 90 % of 2,000.
        assert bonus_of(lantern.asha).amount == 1_800_00

    def test_stands_in_the_payroll(self, lantern):
        earns(lantern.asha, 8_000_00)
        promise("2")
        reach(lantern, 1000)
        publish(lantern, MARCH, days=1)
        (row,) = [row for row in rows_of(MARCH) if row.name == "Asha"]
        assert (row.total, row.by_kind["EARNED"]) == (16_000_00, 16_000_00)

    def test_is_foretold_with_the_persons_own_base_pay(self, lantern):
        earns(lantern.asha, 8_000_00)
        promise("2")
        reach(lantern, 900)
        deal = open_deal(lantern.asha.person, lines=[(None, 1, 100, 100, 0)])
        won, _collected = Ahead(person=lantern.asha.person, on=date(2026, 3, 18), company=lantern.lantern).deal(deal)
        assert (won.now, won.then) == (12_000_00, 16_000_00)


class TestMissing:
    def test_is_said_in_the_line(self, lantern):
        promise("2")
        reach(lantern, 1000)
        pay(by=lantern.hana.user)
        line = bonus_of(lantern.asha)
        assert line.amount == 0
        assert "On 22 of 22 working days there is no base pay on record; they count nothing." in telling.tell(line.facts)

    def test_for_some_days_counts_the_others(self, lantern):
        earns(lantern.asha, 8_800_00, on=date(2026, 3, 16))
        promise("1")
        reach(lantern, 1000)
        pay(by=lantern.hana.user)
        line = bonus_of(lantern.asha)
        assert (line.amount, line.facts["base_pay"]["missing"]) == (4_800_00, 10)

    @pytest.mark.parametrize(("who", "is_link"), [("hana", True), ("bela", False)])
    def test_is_said_where_the_month_is_prepared_to_who_sees_the_person(self, lantern, client, who, is_link):
        earns(lantern.ada, 8_000_00)
        promise("2")
        client.force_login(getattr(lantern, who).user, backend=BACKEND)
        page = client.get("/lantern/pay/?month=2026-03").content.decode()
        said = page[page.index('id="lacking"') :].split("</div>")[0]
        assert "Asha" in said and "Ada" not in said and ("Ben" in said) == (who == "hana")
        assert (f"?person={lantern.asha.person.pk}#set" in said) == is_link and "8,000" not in said

    def test_is_not_spoken_of_where_nothing_rests_on_it(self, lantern, client):
        make_component(make_version(), (0, None, 3))
        client.force_login(lantern.hana.user, backend=BACKEND)
        assert 'id="lacking"' not in client.get("/lantern/pay/?month=2026-03").content.decode()

    def test_is_told_before_a_plan_is_published(self, lantern):
        earns(lantern.ada, 8_000_00)
        version = make_version()
        promise("2", version=version)
        (check,) = [check for check in checks_of(version) if check.code == "base_pay"]
        assert check.state == "WARNING" and "Asha" in check.text and "Ada" not in check.text


class TestTerms:
    def test_that_change_ask_for_a_new_calculation_of_drafts_that_rest_on_them(self, lantern):
        earns(lantern.asha, 8_000_00)
        promise("2", span=Span.QUARTER)
        pay(by=lantern.hana.user)
        # After the month, within its quarter's span: nothing of it changes.
        corrections.set_terms(person=lantern.asha.person, starts_on=MARCH.ends_before, base_pay=9_000_00, by=lantern.hana.user)
        assert not Statement.objects.get(person=lantern.asha.person).is_stale
        corrections.set_terms(person=lantern.asha.person, starts_on=date(2026, 3, 16), base_pay=9_000_00, by=lantern.hana.user)
        assert Statement.objects.get(person=lantern.asha.person).is_stale
        assert not Statement.objects.get(person=lantern.ada.person).is_stale

    def test_are_taken_as_they_were_known(self, lantern):
        earns(lantern.asha, 8_000_00, recorded_at=timezone.now() - timedelta(days=2))
        moment = timezone.now() - timedelta(days=1)
        earns(lantern.asha, 9_000_00)
        calendar, about = calendar_of(lantern.lantern), (lantern.asha.person.pk, (MARCH,))
        assert base_pays(before=MARCH.ends_before, known_at=moment).parts(*about, calendar) == [(8_000_00, 22)]
        assert base_pays(before=MARCH.ends_before).parts(*about, calendar) == [(9_000_00, 22)]

    def test_entered_since_are_counted_by_what_is_only_tried(self, lantern):
        make_component(version := make_version(), (0, None, 1))
        reach(lantern, 1000)
        publish(lantern, MARCH, days=1)
        earns(lantern.asha, 8_000_00, recorded_at=timezone.now() + timedelta(days=3))
        draft = version.plan.versions.create(number=2, starts_on=JANUARY_1, roles=["REP"], status="DRAFT")
        promise("2", version=draft)
        told = try_version(version=draft, on=date(2026, 5, 4), company=lantern.lantern)
        assert (told["paid"], told["cost"]) == (10_00, 16_000_00)


PAYS = st.integers(0, 10**9)
PARTS = st.lists(st.tuples(st.one_of(st.none(), PAYS), st.integers(0, 31)), max_size=6)


class TestRule:
    @given(parts=PARTS, data=st.data())
    def test_does_not_depend_on_the_order_of_the_days(self, parts, data):
        other = data.draw(st.permutations(parts))
        assert base_pay.share_of(parts, 2)[0] == base_pay.share_of(other, 2)[0]

    @given(pay=PAYS, days=st.lists(st.integers(1, 31), min_size=1, max_size=6))
    def test_of_one_base_pay_is_that_however_its_days_are_cut(self, pay, days):
        assert base_pay.weigh_pay([(pay, count) for count in days]) == pay

    @given(parts=PARTS.filter(lambda parts: any(days for _pay, days in parts)))
    def test_lies_between_the_least_and_the_most_of_its_days(self, parts):
        there = [pay or 0 for pay, days in parts if days]
        assert min(there) <= base_pay.weigh_pay(parts) <= max(there)

    @pytest.mark.parametrize(("factor", "said"), [("2.0000", "2"), ("1.5", "1.5"), ("0.2000", "20 %"), ("0.125", "12.5 %")])
    def test_is_written_as_people_say_it(self, factor, said):
        assert base_pay.times(factor) == said
