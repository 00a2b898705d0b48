"""Surveys: a link for the customer, one answer to it, and what it counts."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db.models import Sum
from django.test import Client

from accounts.models import AuditEntry
from common.periods import month_of
from common.tenancy import company_scope
from credits.models import Credit
from credits.queries.reconciliation import reconcile
from customers import services
from customers.models import Survey
from targets import rollups
from targets.models import Metric
from targets.queries.windows import Window, figures_in
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_customer
from tests.signing_in import BACKEND

NOW = datetime(2026, 3, 18, 2, tzinfo=UTC)
TODAY = date(2026, 3, 18)


@pytest.fixture(autouse=True)
def world(cast, time_machine):
    time_machine.move_to(NOW)
    cache.clear()


def ask(cast, *, customer=None, now=NOW):
    with company_scope(cast.lantern):
        customer = customer or make_customer(owner=cast.asha.person, contact_name="Mr Secret")
        return services.ask_customer(customer=customer, about="D-1", now=now, today=TODAY, by=cast.asha.user)


def address(token):
    return f"/survey/{token}/"


def send(token, **given):
    return Client().post(address(token), {"score": "4", "comment": ""} | given)


def kept(cast):
    with company_scope(cast.lantern):
        return list(Survey.objects.order_by("pk").values_list("score", "comment"))


def counted(*keys):
    rows = Credit.objects.filter(source="SURVEY").order_by().values_list(*keys).annotate(total=Sum("amount"))
    return {row[:-1] if len(keys) > 1 else row[0]: row[-1] for row in rows}


class TestCounting:
    def test_counts_the_points_and_those_that_could_have_been_on_the_day_of_the_answer(self, cast):
        survey, token = ask(cast)
        send(token, score="3")
        with company_scope(cast.lantern):
            assert counted("person", "unit", "day", "measure") == {
                (cast.asha.person.pk, cast.one.pk, TODAY, "SURVEY_POINTS"): 3,
                (cast.asha.person.pk, cast.one.pk, TODAY, "SURVEY_BEST"): 5,
            }
            assert all(row.is_exact for row in reconcile() if row.measure.startswith("SURVEY"))

    def test_one_without_an_answer_counts_nothing(self, lantern):
        ask(lantern)
        assert counted("measure") == {}

    def test_the_units_satisfaction_is_of_all_points_and_not_the_mean_of_means(self, lantern):
        add_builtin_metrics()
        for who, scores in ((lantern.asha, (5, 5, 5)), (lantern.ada, (1,))):
            for score in scores:
                survey, _token = ask(lantern, customer=make_customer(owner=who.person))
                services.answer_survey(survey=survey, score=score, now=NOW, today=TODAY)
        rollups.refresh_everything(today=TODAY)
        metric, month = Metric.objects.get(code="satisfaction"), month_of(TODAY)
        figure = figures_in(metrics=[metric], window=Window(month, "MONTH"), unit_ids=[lantern.one.pk])[
            (metric.pk, lantern.one.pk)
        ]
        assert (figure.numerator, figure.denominator) == (16, 20), "80 %, where the mean of 100 % and 20 % would be 60 %"

    def test_counts_for_who_had_the_customer_when_it_was_asked(self, cast):
        survey, token = ask(cast)
        with company_scope(cast.lantern):
            services.reassign_customers(customers=[survey.customer_id], owner=cast.ben.person, by=None)
        send(token)
        with company_scope(cast.lantern):
            assert set(counted("person")) == {cast.asha.person.pk}

    def test_an_answer_shortly_before_midnight_counts_on_the_companys_day(self, cast, time_machine):
        _survey, token = ask(cast)
        time_machine.move_to(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))
        send(token)
        with company_scope(cast.lantern):
            assert set(counted("day")) == {date(2026, 3, 31)}


class TestTheCustomersPage:
    def test_opens_without_an_account_and_names_the_company_only(self, cast):
        survey, token = ask(cast)
        response = Client().get(address(token))
        page = response.content.decode()
        assert response.status_code == 200
        assert "Lantern Ltd." in page
        with company_scope(cast.lantern):
            names = [survey.customer.name, "Mr Secret", "Asha", "D-1"]
        assert not [name for name in names if name in page]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]

    def test_takes_one_answer_and_no_second(self, cast):
        _survey, token = ask(cast)
        assert send(token, score="5", comment="Fine").status_code == 302
        assert Client().get(address(token)).status_code == 200
        send(token, score="1", comment="Changed my mind")
        assert kept(cast) == [(5, "Fine")]

    def test_is_over_after_thirty_days(self, cast, time_machine):
        _survey, token = ask(cast)
        time_machine.move_to(NOW + timedelta(days=30))
        assert Client().get(address(token)).status_code == 410
        assert send(token).status_code == 410
        assert kept(cast) == [(None, "")]

    def test_a_newer_link_ends_the_older_one(self, cast):
        survey, token = ask(cast)
        _newer, other = ask(cast, customer=survey.customer)
        assert send(token).status_code == 410
        assert send(other).status_code == 302
        assert kept(cast) == [(None, ""), (4, "")]

    def test_a_link_that_was_tampered_with_is_unknown(self, cast):
        _survey, token = ask(cast)
        body, _dot, signature = token.rpartition(".")
        company, _sign, secret = body.partition("~")
        for forged in (f"{cast.rival.pk}~{secret}.{signature}", f"{body}x.{signature}", f"{body}.", "x", "%00", "é" * 50):
            assert Client().get(address(forged)).status_code == 404, forged
        with company_scope(cast.rival):
            assert not Survey.objects.exists()

    def test_a_well_signed_link_of_another_company_finds_nothing(self, cast):
        survey, token = ask(cast)
        secret = token.rpartition(".")[0].partition("~")[2]
        assert send(services.token_of(cast.rival.pk, secret)).status_code == 404
        assert kept(cast) == [(None, "")]

    def test_only_the_hash_of_the_secret_is_kept(self, cast):
        _survey, token = ask(cast)
        secret = token.rpartition(".")[0].partition("~")[2]
        with company_scope(cast.lantern):
            row = Survey.objects.values().get()
            trail = str(list(AuditEntry.objects.values()))
        assert secret not in str(row) + trail

    @pytest.mark.parametrize(
        "given", [{"score": "6"}, {"score": ""}, {"score": "x"}, {"comment": "a\0b"}, {"comment": "x" * 2001}]
    )
    def test_what_makes_no_sense_is_said_and_not_kept(self, cast, given):
        _survey, token = ask(cast)
        assert send(token, **given).status_code == 422
        assert kept(cast) == [(None, "")]

    def test_markup_in_the_comment_is_shown_as_text(self, cast):
        survey, token = ask(cast)
        send(token, comment="<script>alert(1)</script>")
        bela = Client()
        bela.force_login(cast.bela.user, backend=BACKEND)
        page = bela.get(f"/lantern/customers/surveys/{survey.pk}/").content.decode()
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert(1)" not in page

    def test_needs_the_pages_own_token(self, cast):
        _survey, token = ask(cast)
        assert Client(enforce_csrf_checks=True).post(address(token), {"score": "5"}).status_code == 403
        assert kept(cast) == [(None, "")]

    def test_who_is_signed_in_sees_it_and_cannot_answer(self, cast):
        _survey, token = ask(cast)
        asha = Client()
        asha.force_login(cast.asha.user, backend=BACKEND)
        assert "what the customer sees" in asha.get(address(token)).content.decode()
        assert asha.post(address(token), {"score": "5"}).status_code == 403
        assert kept(cast) == [(None, "")]

    @time_machine.travel("2026-03-20T02:00:00Z", tick=False)
    def test_too_many_knocks_have_to_wait(self, cast, settings):
        # A cache of its own: the shared one is emptied by whatever is tested beside this.
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        _survey, token = ask(cast)
        statuses = {Client().get(address("x")).status_code for _n in range(31)}
        assert statuses == {404, 429}
        assert send(token).status_code == 429

    def test_of_a_company_that_is_no_more_nothing_is_asked(self, cast):
        _survey, token = ask(cast)
        cast.lantern.is_active = False
        cast.lantern.save()
        assert Client().get(address(token)).status_code == 404


class TestPages:
    @pytest.fixture
    def bela(self, cast):
        client = Client()
        client.force_login(cast.bela.user, backend=BACKEND)
        return client

    def test_a_rep_makes_a_link_on_the_customers_page_and_it_works(self, cast):
        with company_scope(cast.lantern):
            customer = make_customer(owner=cast.asha.person)
        asha = Client()
        asha.force_login(cast.asha.user, backend=BACKEND)
        response = asha.post(f"/lantern/customers/{customer.pk}/survey/")
        link = response.context["link"]
        assert 'src="data:image/svg+xml;base64,' in response.content.decode()
        assert Client().post(link.removeprefix("http://testserver"), {"score": "2"}).status_code == 302
        assert kept(cast) == [(2, "")]

    def test_the_manager_narrows_the_list_by_state_and_score(self, cast, bela):
        for score in (5, 1):
            send(ask(cast)[1], score=str(score))
        ask(cast)

        def found(query):
            return sorted(row["score"] or 0 for row in bela.get(f"/lantern/customers/surveys/{query}").context["page"])

        assert found("") == [0, 1, 5]
        assert found("?state=answered") == [1, 5]
        assert found("?score=1") == [1]
        assert found(f"?state=waiting&unit={cast.one.pk}") == [0]
        assert bela.get("/lantern/customers/surveys/?as=xlsx").status_code == 200
