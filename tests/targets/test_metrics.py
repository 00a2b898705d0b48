"""The catalogue of metrics, and what a company counts by rules of its own."""

from datetime import date

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing, OwnMeasure
from credits.rules.own import BadPart, CreditedRole, Customers, DatedBy, Part
from deals.models import ProductLine
from jobs.models import Job
from targets import rollups
from targets.models import Attainment, Metric, MetricVersion
from targets.queries.attainment import attainments
from targets.services import metrics
from teams.models import Unit
from tests.credits.stories import MARCH_3, make_deal, make_product

JAN_1, MARCH_1, APRIL_1 = date(2026, 1, 1), date(2026, 3, 1), date(2026, 4, 1)
REVENUE, DEALS = Part("REVENUE"), Part("DEALS_WON")


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        metrics.add_builtin_metrics()
        yield cast


@pytest.fixture
def tiles(lantern):
    return ProductLine.objects.create(name="Tiles")


def add(cast, numerator=REVENUE, denominator=None, **fields):
    given = {"name": "Tiles sold", "starts_on": JAN_1} | fields
    return metrics.add_own_metric(numerator=numerator, denominator=denominator, by=cast.amir.user, **given)


def value_of(metric, month=MARCH_1):
    root = Unit.objects.get(parent=None)
    row = attainments(metric=metric, span=Attainment.Span.MONTH, starts_on=month, unit_ids=[root.pk]).get(root.pk)
    return row and (row.numerator, row.denominator)


class TestAddOwnMetric:
    def test_counts_by_the_rule_from_its_day_on(self, lantern, tiles):
        lines = [(make_product(tiles), 3, 100, 60), (make_product(), 1, 50, 10)]
        credits.post_deals([make_deal(lantern.asha.person, lines=lines).pk])
        metric = add(lantern, Part("REVENUE", product_lines=frozenset([tiles.pk])), REVENUE)
        assert metric.kind == Metric.Kind.PERCENT
        assert metric.is_own and metric.is_active
        credits.post_all()
        rollups.refresh_dirty()
        assert value_of(metric) == (300_00, 350_00)

    def test_asks_for_everything_to_be_counted_and_says_so_in_the_trail(self, lantern):
        metric = add(lantern)
        assert Job.objects.filter(kind="targets.recount").exists()
        entry = AuditEntry.objects.get(action="targets.metric.version_activated")
        assert entry.about_id == metric.pk
        assert entry.after == {"counts": "Revenue", "starts_on": "2026-01-01", "number": 1}

    @pytest.mark.parametrize(
        ("numerator", "denominator", "is_percent", "kind"),
        [
            (REVENUE, None, False, "MONEY"),
            (DEALS, None, False, "COUNT"),
            (Part("GROSS_PROFIT"), REVENUE, False, "PERCENT"),
            (REVENUE, Part("VISITS"), False, "MONEY_RATIO"),
            (DEALS, Part("VISITS"), False, "COUNT_RATIO"),
            (DEALS, Part("VISITS"), True, "PERCENT"),
        ],
    )
    def test_knows_what_kind_of_figure_it_makes(self, lantern, numerator, denominator, is_percent, kind):
        assert add(lantern, numerator, denominator, is_percent=is_percent).kind == kind

    def test_finds_a_code_for_every_name(self, lantern):
        codes = [add(lantern, name=name).code for name in ("瓷砖", "木门", "Doors sold")]
        assert codes == ["own", "own-2", "doors-sold"]

    @pytest.mark.parametrize(
        ("parts", "side", "field"),
        [
            ((Part("OWN:1:N"), None), "N", "measure"),
            ((REVENUE, REVENUE), "D", "measure"),
            ((REVENUE, Part("DEALS_WON", role=CreditedRole.OVERLAY)), "D", "role"),
            ((REVENUE, Part("VISITS", product_lines=frozenset([1]))), "D", "lines"),
            ((Part("REVENUE", channels=frozenset()), None), "N", "channels"),
        ],
    )
    def test_refuses_what_cannot_be_counted_and_writes_nothing(self, lantern, parts, side, field):
        before = Metric.objects.count()
        with pytest.raises(BadPart) as refusal:
            add(lantern, *parts)
        assert (refusal.value.side, refusal.value.field) == (side, field)
        assert (Metric.objects.count(), OwnMeasure.objects.count()) == (before, 0)

    def test_refuses_a_name_that_is_taken(self, lantern):
        with pytest.raises(metrics.MetricRefused) as refusal:
            add(lantern, name="销售额")
        assert refusal.value.field == "name"


class TestActivateVersion:
    def test_leaves_what_was_counted_before_its_day(self, lantern):
        asha = lantern.asha.person
        deals = [make_deal(asha, amount=100), make_deal(asha, amount=20, closed_on=APRIL_1, signed_on=APRIL_1)]
        credits.post_deals([deal.pk for deal in deals])
        metric = add(lantern)
        version = metrics.activate_version(
            metric=metric, numerator=Part("REVENUE", DatedBy.SIGNED), starts_on=APRIL_1, by=lantern.amir.user
        )
        credits.post_all()
        rollups.refresh_dirty()
        assert version.number == 2
        assert (value_of(metric), value_of(metric, APRIL_1)) == ((100_00, None), (20_00, None))

    @pytest.mark.parametrize(
        ("numerator", "starts_on", "code", "field"),
        [
            (Part("REVENUE", customers=Customers.NEW), JAN_1, "not_after", "starts_on"),
            (REVENUE, APRIL_1, "nothing_new", "measure"),
            (DEALS, APRIL_1, "other_kind", "measure"),
        ],
    )
    def test_refuses_what_cannot_follow(self, lantern, numerator, starts_on, code, field):
        metric = add(lantern)
        with pytest.raises(metrics.MetricRefused) as refusal:
            metrics.activate_version(metric=metric, numerator=numerator, starts_on=starts_on, by=lantern.amir.user)
        assert (refusal.value.code, refusal.value.field) == (code, field)
        assert MetricVersion.objects.count() == 1

    def test_refuses_a_day_of_a_closed_period(self, lantern):
        metric = add(lantern)
        Closing.objects.create(
            starts_on=JAN_1, ends_before=MARCH_1, closed_at=timezone.now(), closed_by=lantern.amir.user, sums={}
        )
        with pytest.raises(metrics.MetricRefused, match="2026-03-01"):
            metrics.activate_version(
                metric=metric, numerator=Part("GROSS_PROFIT"), starts_on=date(2026, 2, 28), by=lantern.amir.user
            )
        metrics.activate_version(metric=metric, numerator=Part("GROSS_PROFIT"), starts_on=MARCH_1, by=lantern.amir.user)

    def test_does_not_touch_what_is_built_in(self, lantern):
        with pytest.raises(metrics.MetricRefused) as refusal:
            metrics.activate_version(
                metric=Metric.objects.get(code="revenue"), numerator=DEALS, starts_on=APRIL_1, by=lantern.amir.user
            )
        assert refusal.value.code == "not_own"


class TestMetricsThatAreToBeNamed:
    def test_are_there_and_rest_until_somebody_says_which_lines_they_mean(self, lantern, tiles):
        mix = Metric.objects.get(code="product_mix")
        assert (mix.is_active, mix.is_own) == (False, True)
        assert (mix.numerator, mix.denominator) == (f"OWN:{mix.pk}:N", f"OWN:{mix.pk}:D")
        with pytest.raises(metrics.MetricRefused) as refusal:
            metrics.change_metric(metric=mix, is_active=True, by=lantern.amir.user)
        assert refusal.value.code == "not_named"
        part = Part("REVENUE", product_lines=frozenset([tiles.pk]))
        metrics.activate_version(metric=mix, numerator=part, denominator=REVENUE, starts_on=JAN_1, by=lantern.amir.user)
        assert metrics.change_metric(metric=mix, is_active=True, by=lantern.amir.user).is_active


class TestTheCatalogue:
    def test_is_renamed_turned_and_switched_off(self, lantern):
        metric = Metric.objects.get(code="visits")
        changed = metrics.change_metric(
            metric=metric, name="走访", name_en="Calls", is_lower_better=True, is_active=False, by=lantern.amir.user
        )
        assert (changed.name, changed.is_lower_better, changed.is_active) == ("走访", True, False)
        assert Job.objects.filter(kind="targets.rollup").exists()

    def test_is_put_in_order(self, lantern):
        first, second = Metric.objects.order_by("position")[:2]
        metrics.move_metric(metric=second, up=True, by=lantern.amir.user)
        metrics.move_metric(metric=second, up=True, by=lantern.amir.user)
        assert list(Metric.objects.order_by("position").values_list("pk", flat=True)[:2]) == [second.pk, first.pk]

    def test_task_completion_is_done_in_time_by_due(self, lantern):
        metric = Metric.objects.get(code="task_completion")
        assert (metric.numerator, metric.denominator, metric.kind) == ("TASKS_IN_TIME", "TASKS_DUE", "PERCENT")


def test_a_return_leaves_nothing_in_an_own_metric(lantern, tiles):
    from tests.credits.stories import make_return

    deal = make_deal(lantern.asha.person, lines=[(make_product(tiles), 2, 10, 1)])
    make_return(deal.lines.get(), 2, MARCH_3)
    metric = add(lantern, Part("DEALS_WON", product_lines=frozenset([tiles.pk])), name="Deals with tiles")
    credits.post_all()
    rollups.refresh_dirty()
    assert value_of(metric) in {None, (0, None)}
