"""Boards, rankings, the sales analysis and their files through a lens, and the way down from each figure."""

from datetime import UTC, date, datetime

import pytest

from credits import services as credits
from tests.credits.stories import make_deal
from tests.reports.conftest import roll_up

KNOWN_SINCE_10 = datetime(2026, 3, 10, 4, tzinfo=UTC)
LOOK = "period=2026-03&as_of=2026-03-12&known=2026-03-10"


@pytest.fixture
def march(lantern):
    """Asha sells 100 known by the 10th, 7 on the 13th, and 30 on the 5th that nobody enters before today."""
    asha = lantern.asha.person
    early = [make_deal(asha, amount=100), make_deal(asha, amount=7, closed_on=date(2026, 3, 13))]
    credits.post_deals([deal.pk for deal in early], recorded_at=KNOWN_SINCE_10)
    make_deal(asha, amount=30, closed_on=date(2026, 3, 5))
    roll_up()
    return lantern


def look(as_, member, path):
    return as_(member).get(f"/lantern/{path}")


class TestPages:
    def test_a_board_shows_what_was_known_and_says_so(self, march, as_):
        response = look(as_, march.bela, f"units/{march.one.pk}/?{LOOK}")
        assert response.context["chosen"].value == 100_00
        assert {line.name: line.value for line in response.context["person_lines"]} == {"Asha": 100_00, "Ada": 0}
        page = response.content.decode()
        assert "Shown as of 2026-03-12, as known on 2026-03-10." in page
        assert f"person={march.asha.person.pk}&amp;{LOOK.replace('&', '&amp;')}" in page

    def test_so_do_a_person_the_leaderboard_and_the_sales_analysis(self, march, as_):
        assert look(as_, march.bela, f"figures-of/{march.asha.person.pk}/?{LOOK}").context["chosen"].value == 100_00
        assert look(as_, march.bela, f"leaderboard/?{LOOK}").context["board"].lines[0].row.value == 100_00
        cells = {name: text for name, text, _url in look(as_, march.bela, f"sales/?by=person&{LOOK}").context["totals"]}
        assert cells["Revenue"] == "¥100.00"

    def test_the_files_say_the_view_and_where_each_figure_comes_from(self, march, as_):
        figure = f"/lantern/figures/?metric=revenue&person={march.asha.person.pk}&{LOOK}"
        of_sales = f"/lantern/sales/figure/?by=person&{LOOK.partition('&')[2]}&key={march.asha.person.pk}&figure=revenue&period=2026-03"
        for path, origin in (("leaderboard/?", figure), (f"units/{march.one.pk}/?", figure), ("sales/?by=person&", of_sales)):
            lines = look(as_, march.bela, f"{path}{LOOK}&as=csv").content.decode("utf-8-sig").splitlines()
            assert lines[0].endswith("Where it comes from,View")
            (asha,) = [line for line in lines if "Asha" in line]
            assert "100.00" in asha
            assert origin in asha
            assert "as known on 2026-03-10" in asha

    def test_a_week_and_free_days_have_places_too(self, march, as_):
        week = look(as_, march.bela, "leaderboard/?period=2026-W11")
        assert [(x.row.name, x.row.value) for x in week.context["board"].lines][:1] == [("Asha", 7_00)]
        assert week.context["weeks"] == ()


class TestLineage:
    def test_adds_up_and_says_what_is_left_out(self, march, as_):
        response = look(as_, march.bela, f"figures/?metric=revenue&person={march.asha.person.pk}&{LOOK}")
        figure = response.context["figure"]
        assert figure.parts[0].is_exact
        assert (figure.row.value, [row.amount for row in response.context["rows"]]) == (100_00, [100_00])
        assert {(left.reason, left.count, left.amount) for left, _why in figure.left_out} == {
            ("later", 1, 7_00),
            ("recorded_since", 1, 30_00),
        }

    def test_every_figure_of_every_metric_adds_up_through_every_lens(self, march, as_):
        for subject in (f"person={march.asha.person.pk}", f"unit={march.one.pk}"):
            for metric in ("revenue", "deals_won", "average_order", "win_rate", "new_customers"):
                for how in (LOOK, "period=2026-W10", "period=2026-03&basis=territory", "first=2026-02-20&last=2026-03-12"):
                    response = look(as_, march.bela, f"figures/?metric={metric}&{subject}&{how}")
                    assert all(part.is_exact for part in response.context["figure"].parts), (metric, subject, how)


class TestMenus:
    def test_the_form_of_the_view_keeps_what_else_was_chosen(self, march, as_):
        page = look(as_, march.bela, f"figures/view/?{LOOK}&metric=visits").content.decode()
        assert '<input type="hidden" name="metric" value="visits">' in page
        assert 'value="2026-03-12"' in page
        assert look(as_, march.bela, "figures/view/?as_of=x").status_code == 404
