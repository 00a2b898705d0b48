from datetime import date

import pytest

from accounts.models import Company
from common.tenancy import company_scope
from credits import services as credits
from credits.models import DailyTotal, DirtyDay
from deals.models import Deal
from targets import rollups
from targets.models import Attainment, Metric, Plan, Target
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import MARCH_3, make_customer, make_deal, make_product, make_return, make_visit

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def ask(code, month, *, commit, person=None, within=None, unit=None, status=Plan.Status.PUBLISHED):
    """Ask for `commit` in a month; floor is half of it, stretch double."""
    published = {"published_at": "2026-01-01T00:00Z"} if status == Plan.Status.PUBLISHED else {}
    plan, _new = Plan.objects.get_or_create(
        metric=Metric.objects.get(code=code),
        year_starts_on=date(2026, 1, 1),
        defaults={"name": code, "status": status, **published},
    )
    return Target.objects.create(
        plan=plan,
        person=person,
        within=within,
        unit=unit,
        month=month,
        floor=commit // 2,
        commit=commit,
        stretch=commit * 2,
        # A rate is set, or handed down from what is set above it.
        is_by_hand=not plan.metric.adds_up,
    )


def cell(code, span, starts_on, *, person=None, unit=None):
    return Attainment.objects.get(metric__code=code, span=span, starts_on=starts_on, person=person, unit=unit)


def everything():
    """Return all stored figures, comparable."""
    fields = [f.attname for f in Attainment._meta.local_fields if f.name != "id"]
    totals = [f.attname for f in DailyTotal._meta.local_fields if f.name != "id"]
    return set(Attainment.objects.values_list(*fields)), set(DailyTotal.objects.values_list(*totals))


class TestRefreshEverything:
    def test_sums_months_into_quarters_and_years_for_people_units_and_the_company(self, lantern):
        asha, ben = lantern.asha.person, lantern.ben.person
        make_deal(asha, amount=100)
        make_deal(asha, amount=50, closed_on=APRIL)
        make_deal(ben, amount=30, closed_on=date(2026, 1, 31))
        credits.post_all()
        rollups.refresh_everything()
        assert cell("revenue", "MONTH", MARCH, person=asha).numerator == 100_00
        assert cell("revenue", "QUARTER", date(2026, 1, 1), person=asha).numerator == 100_00
        assert cell("revenue", "YEAR", date(2026, 1, 1), person=asha).numerator == 150_00
        assert cell("revenue", "QUARTER", date(2026, 1, 1), unit=lantern.two).numerator == 30_00
        assert cell("revenue", "YEAR", date(2026, 1, 1), unit=lantern.east).numerator == 180_00
        assert cell("revenue", "YEAR", date(2026, 1, 1), unit=lantern.root).numerator == 180_00
        assert not Attainment.objects.filter(unit=lantern.west).exists()

    def test_reaches_back_to_the_first_day_that_can_be_entered(self, lantern):
        Company.objects.filter(pk=lantern.lantern.pk).update(fiscal_year_starts_in=4)
        make_deal(None, amount=900, closed_on=date(1990, 1, 1))
        credits.post_all()
        rollups.refresh_everything()
        assert cell("revenue", "QUARTER", date(1990, 1, 1), unit=lantern.root).numerator == 900_00
        assert cell("revenue", "YEAR", date(1989, 4, 1), unit=lantern.root).numerator == 900_00

    def test_follows_the_companys_fiscal_year(self, lantern):
        Company.objects.filter(pk=lantern.lantern.pk).update(fiscal_year_starts_in=4)
        make_deal(lantern.asha.person, amount=100)
        make_deal(lantern.asha.person, amount=7, closed_on=APRIL)
        credits.post_all()
        rollups.refresh_everything()
        assert cell("revenue", "YEAR", date(2025, 4, 1), person=lantern.asha.person).numerator == 100_00
        assert cell("revenue", "YEAR", APRIL, person=lantern.asha.person).numerator == 7_00

    def test_forgets_years_that_began_in_another_month(self, lantern):
        make_deal(lantern.asha.person, amount=100)
        credits.post_all()
        rollups.refresh_everything()
        Company.objects.filter(pk=lantern.lantern.pk).update(fiscal_year_starts_in=2)
        rollups.refresh_everything()
        assert set(Attainment.objects.filter(span="YEAR").values_list("starts_on", flat=True)) == {date(2026, 2, 1)}

    def test_forms_ratios_from_summed_parts(self, lantern):
        asha, ada = lantern.asha.person, lantern.ada.person
        make_deal(asha, amount=100)
        for _lost in range(3):
            make_deal(ada, amount=100, status=Deal.Status.LOST)
        credits.post_all()
        rollups.refresh_everything()
        team = cell("win_rate", "MONTH", MARCH, unit=lantern.one)
        assert (team.numerator, team.denominator) == (1, 4)
        nobody_won = cell("win_rate", "MONTH", MARCH, person=ada)
        assert (nobody_won.numerator, nobody_won.denominator) == (0, 3)
        assert cell("average_order", "MONTH", MARCH, person=asha).denominator == 1

    def test_counts_overlay_for_the_person_and_for_no_unit(self, lantern):
        asha, dora = lantern.asha.person, lantern.dora.person
        make_deal(asha, amount=100, shares=[(dora, 50, True)])
        credits.post_all()
        rollups.refresh_everything()
        assert cell("revenue", "MONTH", MARCH, person=dora).numerator == 50_00
        assert cell("revenue", "MONTH", MARCH, unit=lantern.east).numerator == 100_00

    def test_shows_what_credits_nobody_in_the_companys_own_row(self, lantern):
        make_deal(None, amount=100)
        credits.post_all()
        rollups.refresh_everything()
        assert list(Attainment.objects.filter(metric__code="revenue", span="MONTH").values_list("unit", "numerator")) == [
            (lantern.root.pk, 100_00)
        ]

    def test_puts_published_targets_beside_and_sums_them_up(self, lantern):
        asha = lantern.asha.person
        ask("revenue", MARCH, commit=1000, person=asha, within=lantern.one)
        ask("revenue", MARCH, commit=200, person=asha, within=lantern.two)
        ask("revenue", date(2026, 2, 1), commit=300, person=asha, within=lantern.one)
        ask("revenue", MARCH, commit=5000, unit=lantern.one)
        ask("visits", MARCH, commit=9, person=asha, within=lantern.one, status=Plan.Status.DRAFT)
        make_deal(asha, amount=100)
        credits.post_all()
        rollups.refresh_everything()
        month = cell("revenue", "MONTH", MARCH, person=asha)
        assert (month.floor, month.commit, month.stretch, month.numerator) == (600, 1200, 2400, 100_00)
        quarter = cell("revenue", "QUARTER", date(2026, 1, 1), person=asha)
        assert (quarter.floor, quarter.commit, quarter.stretch) == (750, 1500, 3000)
        assert cell("revenue", "MONTH", MARCH, unit=lantern.one).commit == 5000
        assert cell("revenue", "MONTH", date(2026, 2, 1), person=asha).numerator == 0
        assert not Attainment.objects.filter(metric__code="visits").exists()

    def test_takes_the_mean_of_monthly_targets_for_a_ratio(self, lantern):
        for month, percent in ((date(2026, 1, 1), 30), (date(2026, 2, 1), 41)):
            ask("win_rate", month, commit=percent, unit=lantern.one)
        rollups.refresh_everything()
        quarter = cell("win_rate", "QUARTER", date(2026, 1, 1), unit=lantern.one)
        assert (quarter.commit, quarter.denominator) == (36, 0)

    def test_remembers_the_last_day_that_moved_the_figure(self, lantern):
        make_deal(lantern.asha.person, amount=1)
        make_deal(lantern.asha.person, amount=1, closed_on=date(2026, 2, 7))
        credits.post_all()
        rollups.refresh_everything()
        assert cell("revenue", "QUARTER", date(2026, 1, 1), person=lantern.asha.person).reached_on == MARCH_3

    def test_writes_nothing_when_nothing_changed(self, lantern):
        make_deal(lantern.asha.person, amount=100, customer=make_customer())
        ask("revenue", MARCH, commit=1000, unit=lantern.one)
        credits.post_all()
        assert rollups.refresh_everything()["attainments"] > 0
        assert rollups.refresh_everything() == {"days": 0, "totals": 0, "attainments": 0}

    def test_rebuilds_the_same_rows_from_nothing(self, lantern):
        deal = make_deal(lantern.asha.person, lines=[(make_product(), 2, 100, 30)], customer=make_customer())
        make_return(deal.lines.get(), 1, APRIL)
        make_visit(lantern.ben.person, make_customer())
        credits.post_all()
        rollups.refresh_everything()
        before = everything()
        Attainment.objects.all().delete()
        DailyTotal.objects.all().delete()
        rollups.refresh_everything()
        assert everything() == before

    def test_leaves_nothing_of_a_sale_that_came_back(self, lantern):
        deal = make_deal(lantern.asha.person, lines=[(make_product(), 2, 100, 30)], customer=make_customer())
        make_return(deal.lines.get(), 2, MARCH_3)
        credits.post_all()
        rollups.refresh_everything()
        assert everything() == (set(), set())

    def test_knows_only_the_active_company(self, lantern):
        with company_scope(lantern.rival):
            add_builtin_metrics()
            make_deal(lantern.chandra.person, amount=999)
            credits.post_all()
        rollups.refresh_everything()
        assert not Attainment.objects.exists()
        with company_scope(lantern.rival):
            assert DirtyDay.objects.exists()

    def test_costs_the_same_number_of_statements_for_one_person_and_for_six(
        self, lantern, django_assert_max_num_queries, django_assert_num_queries
    ):
        make_deal(lantern.asha.person, amount=1)
        credits.post_all()
        rollups.refresh_everything()
        make_deal(lantern.asha.person, amount=2)
        credits.post_all()
        with django_assert_max_num_queries(20) as one:
            rollups.refresh_everything()
        for member in (lantern.ada, lantern.ben, lantern.bela, lantern.boris, lantern.dora):
            make_deal(member.person, amount=1)
        credits.post_all()
        with django_assert_num_queries(len(one.captured_queries)):
            rollups.refresh_everything()


class TestRefreshDirty:
    def test_touches_only_the_periods_of_marked_days_and_ends_as_a_rebuild(self, lantern):
        asha = lantern.asha.person
        old = make_deal(asha, amount=100, closed_on=date(2025, 5, 5))
        credits.post_all()
        rollups.refresh_everything()
        Attainment.objects.filter(starts_on=date(2025, 5, 1)).update(numerator=1)
        new = make_deal(asha, amount=40)
        credits.post_deals([new.pk])
        assert rollups.refresh_dirty()["days"] == 1
        assert cell("revenue", "YEAR", date(2026, 1, 1), unit=lantern.root).numerator == 40_00
        assert cell("revenue", "MONTH", date(2025, 5, 1), person=asha).numerator == 1, old
        after = everything()
        rollups.refresh_everything()
        assert cell("revenue", "MONTH", date(2025, 5, 1), person=asha).numerator == 100_00
        assert after[1] == everything()[1]

    def test_removes_figures_of_a_deal_that_was_cancelled(self, lantern):
        deal = make_deal(lantern.asha.person, amount=100)
        credits.post_deals([deal.pk])
        rollups.refresh_dirty()
        Deal.objects.filter(pk=deal.pk).update(status=Deal.Status.CANCELLED)
        credits.post_deals([deal.pk])
        rollups.refresh_dirty()
        assert everything() == (set(), set())

    def test_does_nothing_without_marks(self, lantern):
        assert rollups.refresh_dirty() == {"days": 0, "totals": 0, "attainments": 0}


def test_a_last_month_that_is_emptied_leaves_its_quarter_and_year_too(lantern):
    """Months of which nothing is left go before quarters are added up from them, not after."""
    february = make_deal(lantern.asha.person, amount=7, closed_on=date(2026, 2, 1))
    january = make_deal(lantern.asha.person, status="LOST", closed_on=date(2026, 1, 5))
    credits.post_deals([february.pk, january.pk])
    rollups.refresh_everything()
    Deal.objects.filter(pk=february.pk).update(status="CANCELLED")
    credits.post_deals([february.pk])
    rollups.refresh_everything()
    assert not any(Attainment.objects.filter(metric__code="revenue").values_list("numerator", flat=True))
