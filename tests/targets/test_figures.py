from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from credits.queries.lens import PLAIN, Lens
from credits.rules import Measure
from credits.rules.own import Part
from targets import rollups
from targets.queries.figures import figure_of
from targets.queries.windows import Window
from targets.services.metrics import activate_version, add_builtin_metrics, add_own_metric
from teams.queries import calendar_of
from tests.credits.stories import make_customer, make_deal, make_payment, make_product, make_return, make_visit
from tests.signing_in import BACKEND
from tests.targets.test_rollups import ask

MARCH = date(2026, 3, 1)


@pytest.fixture
def lantern(cast, client):
    client.force_login(cast.bela.user, backend=BACKEND)
    with company_scope(cast.lantern):
        add_builtin_metrics()
    return cast


def roll_up(cast):
    with company_scope(cast.lantern):
        credits.post_all()
        rollups.refresh_everything()


def look(client, query):
    return client.get(f"/lantern/figures/?{query}")


class TestShowFigure:
    def test_does_not_know_a_metric_whose_meaning_nobody_has_said(self, lantern, client):
        for page in ("", "rest/"):
            where = f"/lantern/figures/{page}?metric=product_mix&unit={lantern.one.pk}&rows=people"
            assert client.get(where).status_code == 404

    def test_lists_the_credits_that_add_up_to_the_figure(self, lantern, client):
        asha = lantern.asha.person
        with company_scope(lantern.lantern):
            deal = make_deal(asha, lines=[(make_product(), 2, 100, 30)], customer=make_customer(name_key=""))
            make_return(deal.lines.get(), 1, date(2026, 3, 9))
            make_payment(deal, 55, MARCH)
            make_visit(asha, make_customer(), MARCH)
            ask("revenue", MARCH, commit=500_00, person=asha, within=lantern.one)
        roll_up(lantern)
        response = look(client, f"metric=revenue&person={asha.pk}&period=2026-03")
        page = response.content.decode()
        for text in ("¥200.00", "−¥100.00", "¥100.00", "¥500.00", deal.number, "they add up"):
            assert text in page
        assert [row.amount for row in response.context["rows"]] == [-100_00, 200_00]
        for metric in ("cash_collected", "visits", "new_customers", "average_order", "days_to_close"):
            assert "they add up" in look(client, f"metric={metric}&person={asha.pk}&period=2026").content.decode()

    def test_shows_a_units_subtree_and_what_overlay_was_left_out(self, lantern, client):
        client.force_login(lantern.dora.user, backend=BACKEND)
        with company_scope(lantern.lantern):
            make_deal(lantern.ben.person, amount=100, shares=[(lantern.asha.person, 50, True)])
        roll_up(lantern)
        page = look(client, f"metric=revenue&unit={lantern.east.pk}&period=2026-Q1").content.decode()
        assert "they add up" in page
        assert "<strong>¥50.00</strong> in 1 case: Overlay credit" in page

    def test_shows_the_company_with_what_credits_nobody(self, lantern, client):
        client.force_login(lantern.amir.user, backend=BACKEND)
        with company_scope(lantern.lantern):
            make_deal(None, amount=100)
        roll_up(lantern)
        response = look(client, f"metric=revenue&unit={lantern.root.pk}&period=2026-03")
        assert [(row.person, row.unit, row.amount) for row in response.context["rows"]] == [("", "", 100_00)]
        assert response.context["part"].is_exact

    def test_says_when_a_figure_is_about_to_follow(self, lantern, client):
        asha = lantern.asha.person
        with company_scope(lantern.lantern):
            credits.post_deals([make_deal(asha, amount=100).pk])
        assert "about to follow" in look(client, f"metric=revenue&person={asha.pk}&period=2026-03").content.decode()

    def test_opens_the_other_part_of_a_ratio(self, lantern, client):
        asha = lantern.asha.person
        with company_scope(lantern.lantern):
            make_deal(asha, amount=100)
        roll_up(lantern)
        response = look(client, f"metric=average_order&person={asha.pk}&period=2026-03&of=DEALS_WON")
        assert [(row.measure, row.amount) for row in response.context["rows"]] == [("DEALS_WON", 1)]

    def test_costs_the_same_for_one_credit_and_for_twenty(
        self, lantern, client, django_assert_num_queries, django_assert_max_num_queries
    ):
        asha = lantern.asha.person
        with company_scope(lantern.lantern):
            make_deal(asha, amount=1, customer=make_customer())
        roll_up(lantern)
        with django_assert_max_num_queries(40) as one:
            look(client, f"metric=revenue&person={asha.pk}&period=2026")
        with company_scope(lantern.lantern):
            for _deal in range(20):
                make_deal(asha, amount=1, customer=make_customer())
        roll_up(lantern)
        with django_assert_num_queries(len(one.captured_queries)):
            look(client, f"metric=revenue&person={asha.pk}&period=2026")

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "metric=revenue",
            "metric=nothing&person={asha}",
            "metric=%00&person={asha}",
            "metric=revenue&person=x",
            "metric=revenue&person=99999999999999999999999",
            "metric=revenue&person={asha}&period=2026-W54",
            "metric=revenue&person={asha}&period=9999-99",
            "metric=revenue&person={asha}&period=%00",
            "metric=revenue&person={ben}",
            "metric=revenue&unit={east}",
            "metric=revenue&person={chandra}",
        ],
    )
    def test_knows_nothing_of_what_is_nonsense_or_out_of_sight(self, lantern, client, query):
        ids = {
            "asha": lantern.asha.person.pk,
            "ben": lantern.ben.person.pk,
            "east": lantern.east.pk,
            "chandra": lantern.chandra.person.pk,
        }
        assert look(client, query.format(**ids)).status_code == 404

    def test_a_rep_sees_their_own(self, lantern, client):
        client.force_login(lantern.asha.user, backend=BACKEND)
        roll_up(lantern)
        page = look(client, f"metric=revenue&person={lantern.asha.person.pk}").content.decode()
        assert "Nothing was credited" in page


@pytest.mark.parametrize("moment", ["until", "known_at"])
def test_an_own_metrics_versions_are_those_that_were_known(lantern, moment):
    """Of a published ranking too, which stands at an exact moment (`Lens.until`)."""
    with company_scope(lantern.lantern):
        metric = add_own_metric(name="X", numerator=Part(Measure.REVENUE), starts_on=date(2026, 1, 1), by=None)
        first = metric.versions.get()
        with time_machine.travel(first.recorded_at + timedelta(days=2), tick=False):
            activate_version(metric=metric, numerator=Part(Measure.GROSS_PROFIT), starts_on=MARCH, by=None)
        then = {"until": first.recorded_at + timedelta(days=1), "known_at": timezone.localdate(first.recorded_at)}
        calendar = calendar_of(lantern.lantern)
        for lens, numbers in ((PLAIN, [2]), (Lens(**{moment: then[moment]}), [1])):
            window = Window(month_of(MARCH), "MONTH", lens)
            figure = figure_of(metric=metric, window=window, calendar=calendar, unit_id=lantern.root.pk)
            assert [version.number for version in figure.metric_versions] == numbers
