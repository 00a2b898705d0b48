"""The board of a unit is read in two statements and says what its parts say when each is asked for alone."""

from datetime import date

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from reports.queries import board_people, boards, branches, courses
from reports.queries.unit_board import UnitBoard, frame_of
from targets.choices import period_choice
from targets.models import Metric
from teams.models import Unit
from teams.services import move_unit
from tests.credits.stories import make_customer, make_deal, make_visit
from tests.reports.conftest import MARCH, roll_up
from tests.reports.test_boards import TODAY, inside  # noqa: F401 (a fixture)
from tests.targets.test_rollups import ask

MOVED = date(2026, 3, 16)
LENSES = ("as_of=2026-03-12", "known=2026-03-18", "basis=territory", "as_of=2026-03-18&basis=territory")


def choice_of(cast, query):
    request = RequestFactory().get(f"/?{query}")
    request.company = cast.lantern
    return period_choice(request, on=TODAY)


def board_of(cast, unit, query="period=2026-03", code="revenue"):
    choice = choice_of(cast, query)
    frame = frame_of(choice, company=cast.lantern)
    metric = next(metric for metric in frame.metrics if metric.code == code)
    return UnitBoard(frame.units[unit.pk], frame=frame, choice=choice, metric=metric, company=cast.lantern)


def asked_alone(board):
    """Return the parts of a board, each asked for by itself."""
    unit, choice, metric, on, calendar = board.unit, board.choice, board.metric, board.on, board.calendar
    last = min(on, choice.period.last_day)
    about = {"metric": metric, "on": on, "calendar": calendar}
    alike = {"unit": unit, "choice": choice, "on": on, "calendar": calendar}
    below = branches.below(unit, choice=choice, on=on, fiscal_start_month=1)
    lines = branches.branch_lines(below.branches, **about)
    names = {u.pk: u.name for u in below.units} if lines else None
    own = boards.headline_figures(**alike)
    chosen = next((f for f in own if f.metric == metric), None)
    chosen = chosen or boards.headline_figures(codes=(metric.code,), **alike)[0]
    course = courses.course(window=choice, end=board.forecast, unit_ids=[unit.pk], **about)
    teams = [u for u in below.units if u.kind == Unit.Kind.TEAM]
    people = board_people.person_lines(unit_ids=[u.pk for u in below.units], unit_names=names, choice=choice, **about)
    return {
        "own": own,
        "chosen": chosen,
        "course": course,
        "months": courses.months_of_ratio(metric=metric, unit=unit, on=last, lens=choice.lens) if course is None else None,
        "lines": lines,
        "people": list(people),
        "panels": courses.panels(unit=unit, below=below, window=choice, **about),
        "gap": courses.gap_by_unit(own=chosen, lines=lines) if lines else None,
        "heat": courses.heat(units=teams, metric=metric, on=last, lens=choice.lens) if lines else None,
    }


def parts_of(board):
    return {name: getattr(board, name) for name in asked_alone(board)} | {"people": list(board.people)}


@pytest.fixture
def story(quarter_story):
    """Team One moves from East to West in mid-March; a year ago there was something, and somebody helps another team."""
    asha, ada, ben = (getattr(quarter_story, name).person for name in ("asha", "ada", "ben"))
    make_deal(ben, amount=400, closed_on=date(2025, 3, 18))
    make_deal(ada, amount=300, closed_on=date(2025, 12, 1))
    make_deal(ben, amount=90, shares=[(asha, 50, True)], closed_on=date(2026, 2, 27))
    make_deal(ada, amount=7, closed_on=MOVED)
    make_deal(None, amount=5, closed_on=MOVED)
    make_visit(ada, make_customer(owner=ada))
    ask("revenue", MARCH, commit=900_00, unit=quarter_story.two)
    ask("revenue", date(2026, 2, 1), commit=100_00, unit=quarter_story.east)
    ask("revenue", date(2026, 2, 1), commit=60_00, unit=quarter_story.two)
    move_unit(unit=quarter_story.one, parent=quarter_story.west, from_day=MOVED, today=TODAY, by=None)
    roll_up()
    return quarter_story


@pytest.mark.parametrize("code", ["revenue", "visits", "win_rate"])
@pytest.mark.parametrize("period", ["2026-03", "2026-02", "2026-Q1", "2026", "2025", "2026-W12", "2026-03-10..2026-03-18"])
def test_says_what_its_parts_say_alone(story, period, code):
    for unit in (story.root, story.east, story.west, story.one):
        board = board_of(story, unit, f"period={period}", code)
        assert parts_of(board) == asked_alone(board), unit


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("period", ["2026-03", "2026-Q1", "2026-W12"])
def test_says_the_same_through_a_lens(story, period, lens):
    for unit in (story.root, story.east):
        board = board_of(story, unit, f"period={period}&{lens}")
        assert parts_of(board) == asked_alone(board), unit
        assert board.key is None


def test_takes_two_statements_while_its_figures_are_stored(story, django_assert_num_queries):
    with django_assert_num_queries(2):
        board = board_of(story, story.root, "period=2026-02")
        parts = [board.own, board.chosen, board.course, board.people, board.rest_and_total, board.heat, board.has_targets]
    assert all(parts)


def test_works_out_once_what_is_not_stored(story):
    with CaptureQueriesContext(connection) as sent:
        board = board_of(story, story.one, "period=2026-03-10..2026-03-18")
        assert all([board.own, board.course, board.people])
    # The name of the period, two to read; then what units and people did in it, and whether a campaign asked them for it.
    assert len(sent) == 7, [query["sql"][:100] for query in sent]


class TestTheKey:
    """What a board is kept by differs as soon as anything on it would."""

    def key(self, story, **kwargs):
        return board_of(story, story.one, **kwargs).key

    def test_is_the_same_while_nothing_changes(self, story):
        assert self.key(story) == self.key(story)
        assert hash(self.key(story)) is not None

    @pytest.mark.parametrize(
        "change",
        [
            lambda story: make_deal(story.ada.person, amount=1) and roll_up(),
            lambda story: ask("gross_profit", MARCH, commit=1, unit=story.one) and roll_up(),
            lambda story: make_visit(story.ada.person, make_customer(owner=story.ada.person), TODAY),
            lambda story: Unit.objects.filter(pk=story.one.pk).update(name="Team Uno"),
            lambda story: Metric.objects.filter(code="visits").update(is_active=False),
            lambda story: setattr(story.lantern, "working_weekdays", [1, 2, 3]),
            lambda story: type(story.ada.person).objects.filter(pk=story.ada.person.pk).update(name="Ida"),
        ],
        ids=["deal", "target", "visit", "unit", "metrics", "weekdays", "name"],
    )
    def test_is_another_one_after_a_change(self, story, change):
        before = self.key(story)
        change(story)
        assert self.key(story) != before

    @pytest.mark.parametrize("kwargs", [{"code": "visits"}, {"query": "period=2026-02"}, {"query": "period=2026-Q1"}])
    def test_is_another_one_of_another_page(self, story, kwargs):
        assert self.key(story, **kwargs) != self.key(story)


class TestThePage:
    def test_shows_a_new_figure_the_next_time(self, story, as_):
        client, address = as_(story.dora), f"/lantern/units/{story.two.pk}/"
        pages = [client.get(address).content.decode() for _again in range(2)]
        assert ["¥800.00" in page for page in pages] == [True, True]
        make_deal(story.ben.person, amount=1_200)
        roll_up()
        page = client.get(address).content.decode()
        assert ("¥800.00" in page, "¥2,000.00" in page) == (False, True)
