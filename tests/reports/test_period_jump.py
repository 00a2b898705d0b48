"""From one period to any other that has figures, in one press."""

from datetime import date

from common.periods import PeriodKind, format_code, parse_code
from common.tenancy import company_scope
from targets.period_jump import jump_rows

ON = date(2026, 3, 20)


def rows_of(story, code, first_month=1):
    shown = parse_code(code, first_month)
    kind = PeriodKind.YEAR if len(code) == 4 else PeriodKind.QUARTER if "Q" in code else PeriodKind.MONTH
    with company_scope(story.lantern):
        return jump_rows(shown=shown, kind=kind, on=ON, first_month=first_month, url=lambda p: format_code(p, first_month))


def test_the_running_year_stops_at_today(quarter_story):
    row = rows_of(quarter_story, "2026-03")[0]
    assert [jump.url for jump in row.jumps] == ["2026-01", "2026-02", "2026-03"]
    assert [jump.active for jump in row.jumps] == [False, False, True]


def test_a_shown_year_without_figures_stays_on_the_way(quarter_story):
    rows = rows_of(quarter_story, "2017-Q2")
    assert [jump.url for jump in rows[-1].jumps] == ["2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"]


def test_years_stand_in_one_row_latest_first(quarter_story):
    (row,) = rows_of(quarter_story, "2017")
    assert [jump.url for jump in row.jumps][0] == "2026"
    assert [jump.url for jump in row.jumps][-1] == "2017"


def test_the_board_leads_to_every_quarter_with_figures(quarter_story, as_):
    client = as_(quarter_story.dora)
    page = client.get("/lantern/leaderboard/?period=2026-Q1").content.decode()
    assert 'hx-get="/lantern/figures/periods/?period=2026-Q1"' in page
    unfolded = client.get("/lantern/figures/periods/?period=2026-Q1").content.decode()
    assert 'class="dropdown-item period-cell" href="?period=2026-Q1"' in unfolded
