"""Periods: half-open spans, fiscal years, codes in URLs."""

from datetime import date

import pytest

from common.periods import (
    Period,
    PeriodKind,
    add_months,
    fiscal_year_of,
    following,
    format_code,
    iso_week_of,
    kind_of,
    month_of,
    months_in,
    parse_code,
    period_of,
    previous,
    quarter_of,
    quarters_in,
    year_before,
)
from tests.properties import given, st

days = st.dates(min_value=date(1991, 1, 1), max_value=date(2099, 12, 31))
fiscal_months = st.integers(min_value=1, max_value=12)
kinds = st.sampled_from(list(PeriodKind))


class TestPeriod:
    def test_has_its_first_day_and_not_its_end(self):
        november = Period(date(2026, 11, 1), date(2026, 12, 1))
        assert date(2026, 11, 1) in november
        assert date(2026, 11, 30) in november
        assert date(2026, 12, 1) not in november
        assert november.days == 30
        assert november.last_day == date(2026, 11, 30)

    @pytest.mark.parametrize("end", [date(2026, 11, 1), date(2026, 10, 31)])
    def test_refuses_to_hold_no_day(self, end):
        with pytest.raises(ValueError, match="at least one day"):
            Period(date(2026, 11, 1), end)

    def test_neighbours_do_not_overlap(self):
        october, november = month_of(date(2026, 10, 9)), month_of(date(2026, 11, 9))
        quarter = quarter_of(date(2026, 11, 9))
        assert not october.overlaps(november)
        assert october.overlap(november) is None
        assert quarter.overlaps(october)
        assert quarter.overlap(october) == october

    def test_is_cut_at_a_day_that_stays_in(self):
        november = month_of(date(2026, 11, 9))
        assert november.until(date(2026, 10, 31)) is None
        assert november.until(date(2026, 11, 1)).days == 1
        assert november.until(date(2027, 1, 1)) == november

    def test_sorts_by_start(self):
        assert sorted([month_of(date(2026, 2, 1)), month_of(date(2025, 12, 1))])[0].starts_on == date(2025, 12, 1)


class TestConstructors:
    @pytest.mark.parametrize(
        ("day", "start_month", "quarter", "year"),
        [
            (date(2026, 11, 21), 1, ("2026-10-01", "2027-01-01"), ("2026-01-01", "2027-01-01")),
            (date(2026, 1, 1), 1, ("2026-01-01", "2026-04-01"), ("2026-01-01", "2027-01-01")),
            (date(2027, 2, 28), 4, ("2027-01-01", "2027-04-01"), ("2026-04-01", "2027-04-01")),
            (date(2026, 4, 1), 4, ("2026-04-01", "2026-07-01"), ("2026-04-01", "2027-04-01")),
            (date(2026, 1, 31), 12, ("2025-12-01", "2026-03-01"), ("2025-12-01", "2026-12-01")),
            (date(2026, 1, 31), 2, ("2025-11-01", "2026-02-01"), ("2025-02-01", "2026-02-01")),
        ],
    )
    def test_quarters_and_years_count_from_the_fiscal_start(self, day, start_month, quarter, year):
        assert quarter_of(day, start_month) == Period(*map(date.fromisoformat, quarter))
        assert fiscal_year_of(day, start_month) == Period(*map(date.fromisoformat, year))

    def test_a_week_runs_over_the_turn_of_the_year(self):
        assert iso_week_of(date(2027, 1, 1)) == Period(date(2026, 12, 28), date(2027, 1, 4))

    def test_months_and_quarters_of_a_year(self):
        year = fiscal_year_of(date(2026, 5, 5), 4)
        assert [month.label for month in months_in(year)][:2] == ["2026-04", "2026-05"]
        assert len(months_in(year)) == 12
        assert [format_code(quarter, 4) for quarter in quarters_in(year)] == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]

    def test_months_of_a_ragged_span_are_whole(self):
        assert [m.label for m in months_in(parse_code("2026-04-25..2026-05-07"))] == ["2026-04", "2026-05"]

    def test_a_month_has_no_quarters(self):
        with pytest.raises(ValueError, match="Not a year"):
            quarters_in(month_of(date(2026, 4, 1)))

    @pytest.mark.parametrize("year", [1989, 2101])
    def test_refuses_years_out_of_bounds(self, year):
        for kind in PeriodKind:
            with pytest.raises(ValueError, match="Year out of"):
                period_of(date(year, 6, 1), kind)

    @pytest.mark.parametrize("month", [0, 13, -1])
    def test_refuses_a_fiscal_start_that_is_no_month(self, month):
        for build in (quarter_of, fiscal_year_of):
            with pytest.raises(ValueError, match="Not a month"):
                build(date(2026, 1, 1), month)


class TestCodes:
    @pytest.mark.parametrize(
        ("code", "start_month", "starts_on", "ends_before"),
        [
            ("2026-11", 1, "2026-11-01", "2026-12-01"),
            ("2026-12", 7, "2026-12-01", "2027-01-01"),
            ("2026-Q4", 1, "2026-10-01", "2027-01-01"),
            ("2026-Q4", 4, "2027-01-01", "2027-04-01"),
            ("2026", 1, "2026-01-01", "2027-01-01"),
            ("2026", 4, "2026-04-01", "2027-04-01"),
            ("2026-W47", 1, "2026-11-16", "2026-11-23"),
            ("2026-W53", 1, "2026-12-28", "2027-01-04"),
            ("2026-11-02", 1, "2026-11-02", "2026-11-03"),
            ("2026-04-25..2026-04-30", 1, "2026-04-25", "2026-05-01"),
        ],
    )
    def test_a_code_is_read_and_written_back(self, code, start_month, starts_on, ends_before):
        period = parse_code(code, start_month)
        assert period == Period(date.fromisoformat(starts_on), date.fromisoformat(ends_before))
        assert format_code(period, start_month) == code

    @pytest.mark.parametrize(
        "nonsense",
        ["", " ", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2027-W53", "2026-W00", "1989", "2101", "2026-02-30", "26-11",
         "2026-1", "２０２６", "2026-11 ", "2026-11\n", "..", "2026-04-30..2026-04-25", "2026-04-30..", "-2026", "nan",
         "2026-11-02\x00", "9" * 10_000],
    )  # fmt: skip
    def test_refuses_nonsense(self, nonsense):
        with pytest.raises(ValueError):  # noqa: PT011 - several messages, one type
            parse_code(nonsense)

    @given(days, kinds, fiscal_months)
    def test_every_named_period_survives_its_code(self, day, kind, start_month):
        period = period_of(day, kind, start_month)
        assert day in period
        assert parse_code(format_code(period, start_month), start_month) == period
        assert kind_of(period, start_month) == kind

    @given(days, days)
    def test_every_span_survives_its_code(self, one, other):
        if one != other:
            span = Period(min(one, other), max(one, other))
            assert parse_code(span.label) == span


class TestSteps:
    @given(days, kinds, fiscal_months)
    def test_previous_and_following_touch_and_undo_each_other(self, day, kind, start_month):
        period = period_of(day, kind, start_month)
        assert previous(period, kind).ends_before == period.starts_on
        assert following(period, kind).starts_on == period.ends_before
        assert following(previous(period, kind), kind) == period

    @given(days, fiscal_months)
    def test_quarters_and_months_tile_the_year(self, day, start_month):
        year = fiscal_year_of(day, start_month)
        for parts in (quarters_in(year), months_in(year)):
            assert parts[0].starts_on == year.starts_on
            assert parts[-1].ends_before == year.ends_before
            assert all(a.ends_before == b.starts_on for a, b in zip(parts, parts[1:], strict=False))

    def test_refuses_a_step_of_another_kind(self):
        with pytest.raises(ValueError, match="Not a QUARTER"):
            previous(month_of(date(2026, 3, 3)), PeriodKind.QUARTER)
        with pytest.raises(ValueError, match="Not a WEEK"):
            following(month_of(date(2026, 3, 3)), PeriodKind.WEEK)

    @pytest.mark.parametrize(
        ("code", "before"), [("2026-11", "2025-11"), ("2026-Q1", "2025-Q1"), ("2026", "2025"), ("2026-W47", "2025-W47")]
    )
    def test_a_year_before(self, code, before):
        period = parse_code(code)
        assert year_before(period, kind_of(period)).label == before


class TestAddMonths:
    @pytest.mark.parametrize(
        ("day", "months", "then"),
        [
            ("2025-08-31", 6, "2026-02-28"),
            ("2023-08-31", 6, "2024-02-29"),
            ("2026-01-31", 1, "2026-02-28"),
            ("2026-03-31", -1, "2026-02-28"),
            ("2026-11-15", 18, "2028-05-15"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-05-05", 0, "2026-05-05"),
        ],
    )
    def test_keeps_the_day_or_takes_the_months_last(self, day, months, then):
        assert add_months(date.fromisoformat(day), months) == date.fromisoformat(then)
