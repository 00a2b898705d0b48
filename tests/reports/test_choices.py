"""What a page may be switched to: periods, metrics, and nothing else."""

from datetime import date

import pytest
from django.core.exceptions import BadRequest
from django.http import Http404
from django.test import RequestFactory

from common.periods import Period, PeriodKind
from reports.choices import metric_choice, one_of, period_choice, refuse_unknown
from targets.models import Metric

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
            ("2026-03", PeriodKind.MONTH, date(2026, 3, 1), date(2026, 4, 1)),
            ("2025-Q4", PeriodKind.QUARTER, date(2025, 10, 1), date(2026, 1, 1)),
            ("2025", PeriodKind.YEAR, date(2025, 1, 1), date(2026, 1, 1)),
        ],
    )
    def test_reads_months_quarters_and_years(self, asking, code, kind, starts_on, ends_before):
        choice = period_choice(asking(f"?period={code}"), on=TODAY)
        assert (choice.kind, choice.period) == (kind, Period(starts_on, ends_before))

    def test_the_switch_keeps_what_else_was_chosen_and_leads_to_the_neighbours(self, asking):
        switch = period_choice(asking("?period=2026-02&metric=visits&page=3"), on=TODAY).switch
        assert switch.previous_url == "?metric=visits&period=2026-01"
        assert switch.next_url == "?metric=visits&period=2026-03"
        assert [(link.url.rpartition("=")[2], link.active) for link in switch.kinds] == [
            ("2026-02", True),
            ("2026-Q1", False),
            ("2026", False),
        ]

    def test_a_past_month_leads_to_the_quarter_it_lies_in_not_to_the_running_one(self, asking):
        switch = period_choice(asking("?period=2025-05"), on=TODAY).switch
        assert [link.url for link in switch.kinds] == ["?period=2025-05", "?period=2025-Q2", "?period=2025"]
        assert switch.current_url == "?period=2026-03"

    def test_the_last_day_of_a_month_still_belongs_to_it(self, asking):
        assert period_choice(asking(), on=date(2026, 3, 31)).code == "2026-03"
        assert period_choice(asking(), on=date(2026, 4, 1)).code == "2026-04"

    def test_knows_fiscal_years(self, asking, lantern):
        lantern.lantern.fiscal_year_starts_in = 4
        choice = period_choice(asking(), on=TODAY, default=PeriodKind.YEAR)
        assert choice.period == Period(date(2025, 4, 1), date(2026, 4, 1))

    @pytest.mark.parametrize(
        "code", ["2026-04", "2027", "2026-W10", "2026-03-20", "2026-13", "2026-Q5", "x", "", "%00", "9" * 40, "-1", "2026-03 "]
    )
    def test_anything_else_or_to_come_is_not_found(self, asking, code):
        with pytest.raises(Http404):
            period_choice(asking(f"?period={code}"), on=TODAY)


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
