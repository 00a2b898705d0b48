"""Where a plan makes pay jump, and what it costs at 80, 100 and 120 % of the targets: by hand, and by the rules themselves."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.utils import timezone

from common.tenancy import company_scope
from customers.models import Customer
from incentives.models import KpiPart, Step
from incentives.queries.trials import try_version
from incentives.rules.cliffs import jumps_in, near, worth_of
from incentives.rules.earning import Table, rate_whole
from incentives.rules.tables import Row
from incentives.rules.terms import Base, ChosenBy, Kind, Pays, Release, Steps, Use
from incentives.services import plans
from incentives.services import statements as services
from targets.models import Attainment, Metric
from targets.rollups import refresh_dirty
from targets.services.metrics import add_builtin_metrics
from tests.incentives.paying import APRIL, MARCH, make_component, make_version, pay, sell
from tests.properties import given, st

ON = date(2026, 5, 20)
HAIR = Fraction(1, 10**9)


@st.composite
def tables(draw):
    """Tables as people make them: bounds in order, rates up and down, with and without an end."""
    bounds = sorted(draw(st.sets(st.integers(0, 1000), min_size=2, max_size=6)))
    values = draw(st.lists(st.integers(0, 50), min_size=len(bounds), max_size=len(bounds)))
    ends = [*bounds[1:], draw(st.one_of(st.none(), st.just(bounds[-1] + 100)))]
    rows = tuple(Row(start, end, value) for start, end, value in zip(bounds, ends, values, strict=True))
    return rows, draw(st.sampled_from(Steps.values)), draw(st.sampled_from(Pays.values))


class TestJumps:
    @given(tables())
    def test_are_where_the_rules_pay_something_else_from_one_side_to_the_other(self, made):
        rows, reads, pays = made
        table = Table(rows, reads, pays=pays)
        jumps = {jump.at: worth_of(table, jump, jump.at) for jump in jumps_in(rows, reads, pays)}
        places = {row.starts_at for row in rows} | {row.ends_before for row in rows if row.ends_before is not None}
        for at in places - {0}:
            step = rate_whole(table, at).amount - rate_whole(table, at - HAIR).amount
            # What a hair more earns by its own rate is no jump.
            assert abs(step - jumps.get(at, 0)) < Fraction(1, 10**6)

    def test_are_looked_for_at_both_ends_of_a_flat_table(self):
        rows = (Row(10, 20, 3), Row(20, 30, 5))
        assert [(jump.at, jump.before, jump.after) for jump in jumps_in(rows, Steps.FLAT)] == [
            (10, 0, 3),
            (20, 3, 5),
            (30, 5, 0),
        ]

    def test_have_people_just_below_and_just_above(self):
        assert near([94, 95, 99, 100, 104, 105], 100, 5) == (2, 2)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def revenue():
    return Metric.objects.get(code="revenue")


def publish(cast, month, *, days):
    now = timezone.now() + timedelta(days=days)
    ids = [statement.pk for statement in pay(month, by=cast.hana.user, now=now).values()]
    given = {"statements": ids, "now": now, "by": cast.hana.user}
    services.approve(decider=None, **given)
    services.check(decider=None, **given)
    services.publish(**given)


def attain(person, month, *, done, asked, span="MONTH"):
    """Ask somebody for an amount, after everything was sold: what was posted is added up first."""
    refresh_dirty()
    Attainment.objects.update_or_create(
        metric=revenue(), person=person, unit=None, span=span, starts_on=month.starts_on,
        defaults={"numerator": done * 100, "commit": asked * 100},
    )  # fmt: skip


def tried(version, lantern):
    return try_version(version=version, on=ON, company=lantern.lantern)


class TestCliffsOfATrial:
    def test_are_told_with_what_they_are_worth_and_who_ended_near(self, lantern):
        version = make_version()
        make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.FLAT)
        sell(lantern.asha.person, 1020)
        sell(lantern.ada.person, 960)
        publish(lantern, MARCH, days=1)
        sell(lantern.ada.person, 1049, on=date(2026, 4, 12))
        publish(lantern, APRIL, days=2)
        (cliff,) = tried(version, lantern)["cliffs"]
        # 1,000 at 5 instead of 3 %.
        assert (cliff["at"], cliff["before"], cliff["after"], cliff["jump"]) == (1000_00, 3, 5, 20_00)
        assert (cliff["below"], cliff["above"]) == (1, 2)

    def test_of_deals_count_deals(self, lantern):
        version = make_version()
        make_component(version, (0, 100, 3), (100, None, 5), steps_read=Steps.FLAT, base=Base.DEAL)
        for amount in (96, 99, 100, 104, 300):
            sell(lantern.asha.person, amount)
        publish(lantern, MARCH, days=1)
        (cliff,) = tried(version, lantern)["cliffs"]
        assert (cliff["jump"], cliff["below"], cliff["above"]) == (2_00, 2, 2)

    def test_of_a_step_that_gives_an_amount_are_worth_that(self, lantern):
        version = make_version()
        make_component(version, (500, 1000, 100), (1000, None, 250), steps_read=Steps.MARGINAL, pays=Pays.AMOUNT)
        sell(lantern.asha.person, 1020)
        publish(lantern, MARCH, days=1)
        found = tried(version, lantern)["cliffs"]
        assert [(row["at"], row["after"], row["jump"]) for row in found] == [
            (500_00, 100_00, 100_00),
            (1000_00, 350_00, 250_00),
        ]

    def test_of_a_bonus_and_a_gate_are_told_apart(self, lantern):
        metric = revenue()
        version = make_version()
        make_component(
            version, kind=Kind.BONUS, metric=metric, amount=1000_00, steps_read=Steps.FLAT,
            curve=[(80, 100, 50), (100, None, 100)], gate_metric=metric, gate_by_attainment=True, gate=[(0, 60, 0), (60, None, 100)],
        )  # fmt: skip
        sell(lantern.asha.person, 970)
        attain(lantern.asha.person, MARCH, done=970, asked=1000)
        publish(lantern, MARCH, days=1)
        found = tried(version, lantern)["cliffs"]
        assert [(row["use"], row["at"], row["jump"]) for row in found] == [
            (Use.CURVE, 80, 500_00), (Use.CURVE, 100, 500_00), (Use.GATE, 60, 500_00),
        ]  # fmt: skip
        assert [row["below"] for row in found] == [0, 1, 0]

    def test_of_a_score_are_worth_what_the_bonus_pays_more_for_the_mean(self, lantern):
        metric, version = revenue(), make_version()
        deals = Metric.objects.get(code="deals_won")
        component = make_component(version, kind=Kind.KPI, amount=1000_00)
        KpiPart.objects.create(component=component, metric=metric, weight=60, reads=Steps.FLAT)
        KpiPart.objects.create(component=component, metric=deals, weight=40, reads=Steps.FLAT, by_value=True)
        for of, position, *row in ((metric, 0, 0, 100, 50), (metric, 1, 100, None, 100), (deals, 0, 0, None, 100)):
            step = dict(zip(("starts_at", "ends_before", "value"), row, strict=True))
            Step.objects.create(component=component, use=Use.SCORE, metric=of, position=position, **step)
        sell(lantern.asha.person, 970)
        attain(lantern.asha.person, MARCH, done=970, asked=1000)
        publish(lantern, MARCH, days=1)
        (cliff,) = [row for row in tried(version, lantern)["cliffs"] if row["metric"] == metric.pk]
        # 50 more of its 60 parts in a hundred of 1,000.
        assert (cliff["use"], cliff["by"], cliff["at"], cliff["jump"]) == (Use.SCORE, ChosenBy.ATTAINMENT, 100, 300_00)
        assert (cliff["below"], cliff["above"]) == (1, 0)

    def test_are_none_in_a_marginal_table(self, lantern):
        version = make_version()
        make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.MARGINAL)
        sell(lantern.asha.person, 1020)
        publish(lantern, MARCH, days=1)
        assert tried(version, lantern)["cliffs"] == []


class TestCostByAttainment:
    @pytest.fixture
    def version(self, lantern):
        """A bend at 1,000 and a bonus; Asha asked for 2,000 and did 1,400, Ada asked for 500 and did 600."""
        metric = revenue()
        version = make_version()
        make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.MARGINAL)
        make_component(
            version, kind=Kind.BONUS, metric=metric, amount=100_00, steps_read=Steps.FLAT, curve=[(0, 100, 0), (100, None, 100)]
        )
        sell(lantern.asha.person, 1400)
        sell(lantern.ada.person, 600)
        attain(lantern.asha.person, MARCH, done=1400, asked=2000)
        attain(lantern.ada.person, MARCH, done=600, asked=500)
        publish(lantern, MARCH, days=1)
        return version

    def test_is_what_one_works_out_by_hand(self, lantern, version):
        found = {row["percent"]: row for row in tried(version, lantern)["attained"]["rows"]}
        # 80 %: 1,600 and 400 – 30 + 30 + 12, no bonus. 100 %: 2,000 and 500 – 30 + 50 + 15, two bonuses. 120 %: 2,400 and 600.
        assert found[80]["live"] == 72_00
        assert found[100]["live"] == 95_00 + 200_00
        assert found[120]["live"] == 30_00 + 70_00 + 18_00 + 200_00
        assert {row["cost"] - row["live"] for row in found.values()} == {0}

    def test_sets_a_changed_version_beside_the_one_in_force(self, lantern, version):
        draft = plans.begin_version(plan=version.plan, starts_on=date(2026, 7, 1), by=lantern.hana.user)
        Step.objects.filter(component__version=draft, starts_at=1000).update(value=6)
        found = {row["percent"]: row["cost"] - row["live"] for row in tried(draft, lantern)["attained"]["rows"]}
        # One per cent more of what lies above 1,000.
        assert found == {80: 6_00, 100: 10_00, 120: 14_00}

    def test_brings_the_revenue_along(self, lantern, version):
        found = {row["percent"]: row["revenue"] for row in tried(version, lantern)["attained"]["rows"]}
        assert found == {80: 2000_00, 100: 2500_00, 120: 3000_00}

    def test_leaves_who_has_no_target_as_they_were(self, lantern, version):
        Attainment.objects.filter(person=lantern.ada.person).update(commit=None)
        found = tried(version, lantern)["attained"]
        assert found["without"] >= 1
        # Ada's 600 at 3 % and no bonus, whatever the others reach.
        assert {row["percent"]: row["live"] for row in found["rows"]}[80] == 60_00 + 18_00

    def test_changes_no_rate_of_deals_looked_at_one_by_one(self, lantern):
        version = make_version()
        make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.FLAT, base=Base.DEAL)
        sell(lantern.asha.person, 400)
        sell(lantern.asha.person, 1000)
        attain(lantern.asha.person, MARCH, done=1400, asked=1400)
        publish(lantern, MARCH, days=1)
        found = {row["percent"]: row["live"] for row in tried(version, lantern)["attained"]["rows"]}
        # As many times the deals as there were: 62 at 100 %.
        assert found == {80: 49_60, 100: 62_00, 120: 74_40}

    def test_keeps_the_age_of_each_customer(self, lantern):
        version = make_version()
        make_component(version, (0, 12, 10), (12, None, 2), chosen_by=ChosenBy.AGE)
        old = Customer.objects.create(name="Old Mill")
        sell(lantern.ada.person, 50, on=date(2024, 3, 3), customer=old)
        sell(lantern.asha.person, 1000, customer=old)
        sell(lantern.asha.person, 500, customer=Customer.objects.create(name="New Mill"))
        attain(lantern.asha.person, MARCH, done=1500, asked=1500)
        publish(lantern, MARCH, days=1)
        found = {row["percent"]: row["live"] for row in tried(version, lantern)["attained"]["rows"]}
        # 20 for the old one and 50 for the new one at 100 %.
        assert found == {80: 56_00, 100: 70_00, 120: 84_00}

    def test_adds_up_over_a_quarter_and_releases_what_was_held(self, lantern):
        metric = revenue()
        version = make_version()
        make_component(
            version, (0, 100, 2), (100, None, 4), steps_read=Steps.FLAT, chosen_by=ChosenBy.ATTAINMENT, metric=metric,
            span="QUARTER", paid_at_once=80, release=Release.YEAR_END,
        )  # fmt: skip
        sell(lantern.asha.person, 500, on=date(2026, 4, 5))
        attain(lantern.asha.person, APRIL, done=500, asked=1000)
        attain(lantern.asha.person, APRIL, done=500, asked=1000, span="QUARTER")
        publish(lantern, APRIL, days=1)
        found = {row["percent"]: row["live"] for row in tried(version, lantern)["attained"]["rows"]}
        # Four fifths of 2 % of 800, 4 % of 1,000, 4 % of 1,200.
        assert found == {80: 12_80, 100: 32_00, 120: 38_40}
