"""The leaderboard taken away as a file: the page's own rows, for whoever may export."""

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from python_calamine import CalamineWorkbook

from accounts.models import Company
from common.tenancy import company_scope
from targets.services.metrics import add_builtin_metrics
from targets.services.rankings import publish_weekly_ranking
from teams.models import Assignment, Person
from tests.cast import HIRED
from tests.credits.stories import make_deal
from tests.reports.conftest import roll_up

BOARD = "/lantern/leaderboard/?period=2026-03"
TODAY = date(2026, 3, 20)


class TestExport:
    def test_the_workbook_holds_the_places_of_the_page(self, quarter_story, as_):
        client = as_(quarter_story.dora)
        shown = [(line.row.place, line.row.name) for line in client.get(BOARD).context["board"].lines]
        workbook = CalamineWorkbook.from_filelike(BytesIO(client.get(f"{BOARD}&as=xlsx").content))
        rows = workbook.get_sheet_by_index(0).to_python()
        assert [(row[0], row[1]) for row in rows[1:]] == shown
        assert [row[3] for row in rows[1:]] == [1200, 800, 250]

    def test_the_text_file_says_the_same(self, quarter_story, as_):
        text = as_(quarter_story.dora).get(f"{BOARD}&as=csv").content.decode("utf-8-sig")
        assert [row[1] for row in csv.reader(StringIO(text))][1:] == ["Asha", "Ben", "Ada"]

    @pytest.mark.parametrize(("who", "query", "status"), [("asha", "as=xlsx", 403), ("dora", "as=pdf", 404)])
    def test_is_refused(self, quarter_story, as_, who, query, status):
        assert as_(getattr(quarter_story, who)).get(f"{BOARD}&{query}").status_code == status


def test_shows_fifty_lines_a_page_and_ones_own_wherever_it_stands(as_, cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        for number in range(60):
            person = Person.objects.create(name=f"{number:02d}", employee_number=f"N{number}", hired_on=HIRED)
            Assignment.objects.create(person=person, unit=cast.two, role="REP", starts_on=HIRED)
    client = as_(cast.ben)
    first, second = client.get("/lantern/leaderboard/").context, client.get("/lantern/leaderboard/?page=2").context
    assert (len(first["page"].object_list), len(second["page"].object_list)) == (50, 13)
    assert [line.row.name for line in first["mine_elsewhere"]] == ["Ben"]
    assert first["mine_url"] == "?page=2#my-row"
    assert second["mine_elsewhere"] == ()


def test_the_page_writes_the_reason_once_over_all_who_stand_apart(quarter_story, as_):
    answer = as_(quarter_story.asha).get(f"{BOARD}&order=attainment").content.decode()
    assert answer.count("Without a place: no target, by amount") == 1


@pytest.mark.parametrize("period", ["period=2026-W12", "first=2026-03-03&last=2026-03-12"])
def test_opens_for_weeks_and_free_dates_and_as_a_file(quarter_story, as_, period):
    client = as_(quarter_story.dora)
    shown = [line.row.name for line in client.get(f"/lantern/leaderboard/?{period}").context["board"].lines]
    text = client.get(f"/lantern/leaderboard/?{period}&as=csv").content.decode("utf-8-sig")
    assert [row[1] for row in csv.reader(StringIO(text))][1:] == shown


@pytest.mark.parametrize(
    ("metric", "word"),
    [("revenue", "By amount"), ("average_order", "By amount"), ("win_rate", "By figure"), ("visits", "By figure")],
)
def test_the_order_is_named_after_what_is_ranked(quarter_story, as_, metric, word):
    assert as_(quarter_story.asha).get(f"{BOARD}&metric={metric}").context["order_links"][0].label == word


def test_who_has_too_few_cases_stands_beneath_what_was_published_as_in_what_is_live(quarter_story, as_):
    Company.objects.filter(pk=quarter_story.lantern.pk).update(ranking_minimum=2)
    for day in (10, 11):
        make_deal(quarter_story.ada.person, amount=50, closed_on=date(2026, 3, day))
    roll_up()
    publish_weekly_ranking(week_starts_on=date(2026, 3, 9), today=TODAY, by=None)
    Company.objects.filter(pk=quarter_story.lantern.pk).update(ranking_minimum=7)
    published = as_(quarter_story.asha).get(f"{BOARD}&metric=average_order&week=2026-03-09")
    lines = published.context["board"].lines
    short = [(line.row.name, line.apart) for line in lines if line.row.place is None]
    assert lines[0].row.name == "Ada"
    assert short
    assert {apart for _name, apart in short} == {"Without a place: fewer than 2 cases"}
    assert "takes at least 2 cases" in published.content.decode()
