"""The pages on which the admin keeps the catalogue of metrics."""

import pytest
from django.test import Client
from django.urls import reverse

from common.tenancy import company_scope
from credits import services as credits
from credits.rules.own import Part
from deals.models import ProductLine
from targets.models import Metric, MetricVersion
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_deal, make_product

PARTS = {"N-measure": "REVENUE", "N-role": "SHARES", "N-customers": "ALL", "D-role": "SHARES", "D-customers": "ALL"}
NEW = PARTS | {"name": "Tiles", "starts_on": "2026-01-01"}


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
    return cast


@pytest.fixture
def admin(lantern):
    client = Client()
    client.force_login(lantern.amir.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(name, *args):
    return "/lantern" + reverse(f"targets:{name}", args=args, urlconf="salesforce_mgmt.company_urls")


def error_of(response, side, field):
    form = response.context["form"]
    return {"N": form.numerator, "D": form.denominator}.get(side, form).errors.get(field)


class TestAdd:
    def test_makes_the_metric_with_its_first_version(self, admin, lantern):
        assert admin.post(address("add_metric"), NEW).status_code == 302
        with company_scope(lantern.lantern):
            metric = Metric.objects.get(name="Tiles")
            assert (metric.kind, metric.versions.get().number) == ("MONEY", 1)

    @pytest.mark.parametrize(
        ("also", "side", "field"),
        [
            ({"N-by_line": "on"}, "N", "lines"),
            ({"N-measure": ""}, "N", "measure"),
            ({"N-measure": "OWN:1:N"}, "N", "measure"),
            ({"N-measure": "\x00"}, "N", "measure"),
            ({"N-lines": "999999"}, "N", "lines"),
            ({"D-measure": "REVENUE"}, "D", "measure"),
            ({"D-measure": "VISITS", "D-dated_by": "SIGNED"}, "D", "dated_by"),
            ({"D-measure": "DEALS_WON", "D-role": "OVERLAY"}, "D", "role"),
            ({"name": "销售额"}, "", "name"),
            ({"starts_on": "soon"}, "", "starts_on"),
        ],
    )
    def test_says_at_the_field_what_is_wrong_and_writes_nothing(self, admin, lantern, also, side, field):
        response = admin.post(address("add_metric"), NEW | also)
        assert response.status_code == 422
        assert error_of(response, side, field)
        with company_scope(lantern.lantern):
            assert not MetricVersion.objects.exists()


class TestPreview:
    def test_says_in_words_what_is_counted(self, admin):
        page = admin.post(address("metric_preview"), PARTS | {"D-measure": "VISITS"}).content.decode()
        assert "Revenue ÷ Visits" in page

    def test_says_what_is_wrong_instead(self, admin):
        page = admin.post(address("metric_preview"), PARTS | {"D-measure": "REVENUE"}).content.decode()
        assert "always be 100 %" in page

    def test_shows_last_quarter_by_units_and_people_without_posting(self, admin, lantern, time_machine):
        time_machine.move_to("2026-05-06 10:00+08:00")
        with company_scope(lantern.lantern):
            line = ProductLine.objects.create(name="Tiles")
            lines = [(make_product(line), 1, 30, 1), (make_product(), 1, 70, 1)]
            credits.post_deals([make_deal(lantern.asha.person, lines=lines).pk])
        body = PARTS | {"N-by_line": "on", "N-lines": line.pk, "D-measure": "REVENUE", "figures": "1"}
        response = admin.post(address("metric_preview"), body)
        rows = {row.name: row.then for row in response.context["rows"]}
        assert rows == {"Lantern": 30, "East": 30, "Team One": 30, "Asha": 30}


class TestVersion:
    def test_shows_what_holds_now_and_refuses_the_same_again(self, admin, lantern):
        admin.post(address("add_metric"), NEW)
        with company_scope(lantern.lantern):
            metric = Metric.objects.get(name="Tiles")
        page = admin.get(address("metric_version", metric.pk))
        assert page.context["form"].numerator.initial["measure"] == "REVENUE"
        response = admin.post(address("metric_version", metric.pk), PARTS | {"starts_on": "2026-03-01"})
        assert error_of(response, "N", "measure")
        body = PARTS | {"starts_on": "2026-03-01", "N-customers": "NEW"}
        assert admin.post(address("metric_version", metric.pk), body).status_code == 302
        page = admin.get(address("metric", metric.pk)).content.decode()
        assert "New customers only" in page

    def test_puts_a_metric_that_was_to_be_named_in_use(self, admin, lantern):
        with company_scope(lantern.lantern):
            line = ProductLine.objects.create(name="Tiles")
            mix = Metric.objects.get(code="product_mix")
        body = PARTS | {"N-by_line": "on", "N-lines": line.pk, "D-measure": "REVENUE", "starts_on": "2026-01-01"}
        assert admin.post(address("metric_version", mix.pk) + "?rules=1", body).status_code == 302
        with company_scope(lantern.lantern):
            assert Metric.objects.get(code="product_mix").is_active


class TestNamedLines:
    """Product mix and attach rate ask for their product lines, and nothing else."""

    @pytest.fixture
    def lines(self, lantern):
        with company_scope(lantern.lantern):
            return [ProductLine.objects.create(name=name).pk for name in ("Tiles", "Grout")]

    def named(self, admin, lantern, code, **given):
        with company_scope(lantern.lantern):
            metric = Metric.objects.get(code=code)
        response = admin.post(address("metric_version", metric.pk), {"starts_on": "2026-01-01"} | given)
        with company_scope(lantern.lantern):
            version = MetricVersion.objects.filter(metric=metric).select_related("numerator", "denominator").first()
            return response, version, Metric.objects.get(code=code).is_active

    def test_premium_lines_make_the_product_mix(self, admin, lantern, lines):
        assert 'name="premium"' in admin.get(address("metric_version", self.mix(lantern))).content.decode()
        response, version, is_active = self.named(admin, lantern, "product_mix", premium=lines[:1])
        assert (response.status_code, is_active) == (302, True)
        assert version.numerator.part == Part("REVENUE", product_lines=frozenset(lines[:1]))
        assert version.denominator.part == Part("REVENUE")

    def test_accessories_by_main_lines_make_the_attach_rate(self, admin, lantern, lines):
        _response, version, _is_active = self.named(admin, lantern, "attach_rate", main=lines[:1], accessories=lines[1:])
        assert version.numerator.part == Part("DEALS_WON", product_lines=frozenset(lines[1:]))
        assert version.denominator.part == Part("DEALS_WON", product_lines=frozenset(lines[:1]))

    @pytest.mark.parametrize("given", [{}, {"premium": ["x"]}, {"premium": [999999]}, {"premium": [1], "starts_on": ""}])
    def test_what_names_nothing_is_refused_and_changes_nothing(self, admin, lantern, lines, given):
        response, version, is_active = self.named(admin, lantern, "product_mix", **given)
        assert (response.status_code, version, is_active) == (422, None, False)

    def test_one_line_cannot_be_both(self, admin, lantern, lines):
        response, version, _is_active = self.named(admin, lantern, "attach_rate", main=lines, accessories=lines[1:])
        assert (response.status_code, version) == (422, None)
        assert response.context["form"].errors["accessories"]

    @staticmethod
    def mix(lantern):
        with company_scope(lantern.lantern):
            return Metric.objects.get(code="product_mix").pk


class TestMove:
    def test_takes_no_other_word_than_up_and_down(self, admin, lantern):
        with company_scope(lantern.lantern):
            metric = Metric.objects.get(code="visits")
        assert admin.post(address("move_metric", metric.pk, "away")).status_code == 404
