"""What a page may be switched to: periods, metrics, and nothing else."""

from datetime import date

import pytest
from django.core.exceptions import BadRequest
from django.http import Http404
from django.test import RequestFactory

from common.periods import Period, PeriodKind
from credits.queries.lens import PLAIN, Basis, Lens
from deals.models import ProductLine
from reports.choices import metric_choice, one_of, refuse_unknown
from targets.choices import period_choice
from targets.models import Metric
from targets.services.periods import add_quota_period

TODAY = date(2026, 3, 20)


@pytest.fixture
def asking(lantern):
    """Return a request of Lantern with an address."""

    def ask(query=""):
        request = RequestFactory().get(f"/{query}")
        request.company = lantern.lantern
        return request

    return ask


class TestPeriodChoice:
    def test_is_the_running_month_without_a_word(self, asking):
        choice = period_choice(asking(), on=TODAY)
        assert (choice.period, choice.kind, choice.code) == (
            Period(date(2026, 3, 1), date(2026, 4, 1)),
            PeriodKind.MONTH,
            "2026-03",
        )
        assert choice.is_current
        assert choice.switch.next_url is choice.switch.current_url is None

    @pytest.mark.parametrize(
        ("code", "kind", "starts_on", "ends_before"),
        [
            ("2026-W10", PeriodKind.WEEK, date(2026, 3, 2), date(2026, 3, 9)),
            ("2026-03-20", PeriodKind.DAY, date(2026, 3, 20), date(2026, 3, 21)),
            ("2025-05-31..2025-08-30", None, date(2025, 5, 31), date(2025, 8, 31)),
            ("2026-03-01..2026-03-31", PeriodKind.MONTH, date(2026, 3, 1), date(2026, 4, 1)),
            ("2026-03", PeriodKind.MONTH, date(2026, 3, 1), date(2026, 4, 1)),
            ("2025-Q4", PeriodKind.QUARTER, date(2025, 10, 1), date(2026, 1, 1)),
            ("2025", PeriodKind.YEAR, date(2025, 1, 1), date(2026, 1, 1)),
        ],
    )
    def test_reads_every_kind_of_period_and_free_days(self, asking, code, kind, starts_on, ends_before):
        choice = period_choice(asking(f"?period={code}"), on=TODAY)
        assert (choice.kind, choice.period) == (kind, Period(starts_on, ends_before))

    def test_the_switch_keeps_what_else_was_chosen_and_leads_to_the_neighbours(self, asking):
        switch = period_choice(asking("?period=2026-02&metric=visits&page=3"), on=TODAY).switch
        assert switch.previous_url == "?metric=visits&period=2026-01"
        assert switch.next_url == "?metric=visits&period=2026-03"
        assert [(link.url.rpartition("=")[2], link.active) for link in switch.kinds] == [
            ("2026-W09", False),
            ("2026-02", True),
            ("2026-Q1", False),
            ("2026", False),
        ]

    def test_a_past_month_leads_to_the_quarter_it_lies_in_not_to_the_running_one(self, asking):
        switch = period_choice(asking("?period=2025-05"), on=TODAY).switch
        assert [link.url for link in switch.kinds] == ["?period=2025-W22", "?period=2025-05", "?period=2025-Q2", "?period=2025"]
        assert switch.current_url == "?period=2026-03"

    def test_the_last_day_of_a_month_still_belongs_to_it(self, asking):
        assert period_choice(asking(), on=date(2026, 3, 31)).code == "2026-03"
        assert period_choice(asking(), on=date(2026, 4, 1)).code == "2026-04"

    def test_knows_fiscal_years(self, asking, lantern):
        lantern.lantern.fiscal_year_starts_in = 4
        choice = period_choice(asking(), on=TODAY, default=PeriodKind.YEAR)
        assert choice.period == Period(date(2025, 4, 1), date(2026, 4, 1))

    @pytest.mark.parametrize(
        "code",
        [
            "2026-04",
            "2027",
            "2026-W13",
            "2026-03-21",
            "2020-01-01..2026-01-01",
            "2026-03-05..2026-03-04",
            "2026-W54",
            "2026-13",
            "2026-Q5",
            "x",
            "",
            "%00",
            "9" * 40,
            "-1",
            "2026-03 ",
        ],
    )
    def test_anything_else_or_to_come_is_not_found(self, asking, code):
        with pytest.raises(Http404):
            period_choice(asking(f"?period={code}"), on=TODAY)


class TestFreeDates:
    def test_are_taken_from_two_fields_and_stay_in_the_address_as_one_code(self, asking):
        choice = period_choice(asking("?first=2025-05-31&last=2025-08-30&metric=visits"), on=TODAY)
        assert choice.code == "2025-05-31..2025-08-30"
        assert choice.switch.previous_url == "?metric=visits&period=2025-02-28..2025-05-30"

    @pytest.mark.parametrize("query", ["?first=2025-05-31", "?first=x&last=2025-08-30", "?first=2025-09-01&last=2025-08-30"])
    def test_that_are_none_are_not_found(self, asking, query):
        with pytest.raises(Http404):
            period_choice(asking(query), on=TODAY)

    def test_of_the_companys_own_periods_have_their_name(self, asking):
        fair = add_quota_period(
            name="Fair", kind="CAMPAIGN", starts_on=date(2026, 3, 9), ends_before=date(2026, 3, 30), by=None
        )
        add_quota_period(
            name="Opening", kind="STAGE", campaign=fair, starts_on=date(2026, 3, 9), ends_before=date(2026, 3, 12), by=None
        )
        choice = period_choice(asking("?period=2026-03-09..2026-03-11"), on=TODAY)
        assert choice.name == "Fair · Opening"

    def test_are_not_for_a_page_of_quarters(self, asking):
        for code in ("2025-05-31..2025-08-30", "2025-05", "2025"):
            with pytest.raises(Http404):
                period_choice(asking(f"?period={code}"), on=TODAY, kinds=(PeriodKind.QUARTER,))


class TestLens:
    def test_is_plain_without_a_word_and_leaves_the_address_alone(self, asking):
        choice = period_choice(asking("?period=2026-02"), on=TODAY)
        assert choice.lens == PLAIN
        assert (choice.query, choice.view.is_on, choice.view.sentence) == ("period=2026-02", False, "")

    def test_is_read_said_kept_and_taken_off(self, asking):
        floors = ProductLine.objects.create(name="Floors")
        query = f"?period=2026-02&as_of=2026-02-10&known=2026-02-12&basis=territory&line={floors.pk}&sort=name"
        choice = period_choice(asking(query), on=TODAY)
        assert choice.lens == Lens(date(2026, 2, 10), date(2026, 2, 12), Basis.TERRITORY, floors.pk)
        assert choice.on == date(2026, 2, 10)
        for word in ("2026-02-10", "2026-02-12", "territory", "Floors"):
            assert word in choice.view.sentence
        assert choice.query == f"period=2026-02&as_of=2026-02-10&known=2026-02-12&basis=territory&line={floors.pk}"
        assert "as_of" not in choice.view.chips[0]["remove_url"]
        assert "known=2026-02-12" in choice.view.chips[0]["remove_url"]
        assert choice.view.clear_url == "?period=2026-02&sort=name"
        assert "as_of=2026-02-10" in choice.switch.previous_url

    def test_stands_on_the_day_looked_back_to(self, asking):
        choice = period_choice(asking("?as_of=2025-11-05"), on=TODAY)
        assert (choice.code, choice.is_current, choice.is_live) == ("2025-11", True, False)

    @pytest.mark.parametrize(
        "query",
        [
            "as_of=x",
            "known=2026-02-30",
            "basis=salary",
            "line=0",
            "channel=x",
            "as_of=0001-01-01",
            "line=%00",
            "known=9999-12-31",
        ],
    )
    def test_that_is_none_is_not_found(self, asking, query):
        with pytest.raises(Http404):
            period_choice(asking(f"?{query}"), on=TODAY)


class TestMetricChoice:
    def test_is_revenue_without_a_word_and_offers_every_metric_in_use(self, asking):
        Metric.objects.filter(code="units_sold").update(is_active=False)
        chosen, links = metric_choice(asking())
        assert chosen.code == "revenue"
        assert [link.code for link in links if link.active] == ["revenue"]
        assert "units_sold" not in {link.code for link in links}
        assert {"visits", "win_rate"} <= {link.code for link in links}

    def test_is_the_first_in_use_where_revenue_is_not(self, asking):
        Metric.objects.filter(code="revenue").update(is_active=False)
        chosen, links = metric_choice(asking())
        assert chosen.code == links[0].code == "gross_profit"

    @pytest.mark.parametrize("code", ["units_sold", "nothing", "", "%00", "revenue'--"])
    def test_a_metric_that_is_not_in_use_is_not_found(self, asking, code):
        Metric.objects.filter(code="units_sold").update(is_active=False)
        with pytest.raises(Http404):
            metric_choice(asking(f"?metric={code}"))


class TestOneOf:
    def test_takes_the_first_when_nothing_was_chosen(self, asking):
        assert one_of(asking(), "order", ("value", "attainment")) == "value"
        assert one_of(asking("?order=attainment"), "order", ("value", "attainment")) == "attainment"

    def test_refuses_what_is_not_offered(self, asking):
        with pytest.raises(Http404):
            one_of(asking("?order=salary"), "order", ("value", "attainment"))


class TestRefuseUnknown:
    def test_lets_known_parameters_pass_and_no_others(self, asking):
        refuse_unknown(asking("?period=2026&metric=visits"), "period", "metric")
        with pytest.raises(BadRequest):
            refuse_unknown(asking("?period=2026&secret=1"), "period", "metric")
