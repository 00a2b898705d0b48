from datetime import date

import pytest

from common.tenancy import company_scope
from targets.services.forecasts import store_forecasts
from tests.targets.test_forecasts import make_history, open_deal, roll_up, sell_daily
from tests.targets.test_rollups import ask

PAGE = "/lantern/forecast/?period=2026-03"


@pytest.fixture
def story(cast, time_machine):
    """March: Asha sells every day, has one open deal, and the team is asked for a little more than that."""
    from targets.services.metrics import add_builtin_metrics

    time_machine.move_to("2026-03-16T03:00Z", tick=False)
    with company_scope(cast.lantern):
        add_builtin_metrics()
        make_history(cast.asha.person)
        sell_daily(cast.asha.person)
        open_deal(cast.asha.person, title="The great one")
        ask("revenue", date(2026, 3, 1), commit=2000_00, unit=cast.east)
        roll_up()
        store_forecasts(on=date(2026, 3, 9), today=date(2026, 3, 16), by=None)
        yield cast


def shown(client, member, address=PAGE):
    client.force_login(member.user)
    return client.get(address)


class TestForecastPage:
    def test_shows_the_directors_forecast_and_opens_to_its_deals(self, story, client):
        page = shown(client, story.dora).content.decode()
        assert "East ends " in page
        assert "The great one" in page
        assert "50.0%" in page  # half of the closed deals were won

    def test_the_parts_add_up_to_the_forecast(self, story, client):
        end = shown(client, story.dora).context["page"].end
        assert abs(1000_00 + end.from_pipeline + end.from_pace - end.middle) <= 1

    def test_of_a_count_an_open_deal_is_given_a_part_of_one(self, story, client):
        page = shown(client, story.dora, f"{PAGE}&metric=deals_won").context["page"]
        assert 0 < page.deals[0].given < 1
        assert page.deals[0].given == round(page.deals[0].chance / 100, 1)

    def test_shows_how_the_forecast_moved_with_today_last(self, story, client):
        course = shown(client, story.dora).context["course"]
        assert course["labels"] == ["2026-03-09", "2026-03-16"]
        assert course["actual"] == [500_00, 1000_00]

    def test_the_board_says_the_same(self, story, client):
        forecast = shown(client, story.dora).context["page"].end
        board = shown(client, story.dora, f"/lantern/units/{story.east.pk}/?period=2026-03")
        assert board.context["forecast"] == forecast
        assert "Covered by open deals" in board.content.decode()

    def test_holds_what_was_forecast_against_what_came(self, story, client, time_machine):
        time_machine.move_to("2026-04-02T03:00Z", tick=False)
        response = shown(client, story.dora)
        (row,) = response.context["page"].past
        assert row.kept.actual == 1000_00
        assert row.accuracy == 100 * row.kept.accuracy
        assert "East ends " not in response.content.decode()

    def test_a_manager_sees_the_people_of_the_own_team_only(self, story, client):
        names = [line.name for line in shown(client, story.bela).context["page"].lines]
        assert names == ["Ada", "Asha"]
        assert shown(client, story.bela, f"{PAGE}&unit={story.two.pk}").status_code == 404

    @pytest.mark.parametrize("query", ["metric=win_rate", "metric=nothing", "unit=0", "unit=a", "period=2026-W12x"])
    def test_refuses_what_has_no_forecast(self, story, client, query):
        assert shown(client, story.dora, f"/lantern/forecast/?{query}").status_code == 404
