"""The catalogue of metrics, and what a company counts by rules of its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from common.locks import LockSpace, hold_if_free
from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing, Credit, OwnMeasure
from credits.queries.lens import Lens
from credits.rules.own import BadPart, CreditedRole, Customers, DatedBy, Part
from credits.services import posting
from deals.models import Deal, ProductLine
from jobs.models import Job
from targets import rollups
from targets.models import Attainment, Metric, MetricVersion
from targets.queries.attainment import attainments
from targets.queries.figures import figure_of
from targets.queries.windows import Window
from targets.services import metrics
from teams.models import Unit
from teams.queries import calendar_of
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

    def test_lets_nobody_close_meanwhile(self, lantern):
        def is_free():
            try:
                with transaction.atomic():
                    return hold_if_free(LockSpace.LEDGER, lantern.lantern.pk)
            finally:
                connections.close_all()

        def asked_from_outside():
            with ThreadPoolExecutor(1) as outside:
                return outside.submit(is_free).result()

        assert asked_from_outside()
        metric = add(lantern)
        assert not asked_from_outside(), "the new metric's day was open, and stays so until it is committed"
        assert metric.is_active

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


class TestVersionsInTheLedger:
    def test_each_credit_bears_the_version_that_counted_it(self, lantern):
        asha = lantern.asha.person
        deals = [make_deal(asha, amount=100, cost=30), make_deal(asha, amount=20, cost=5, closed_on=APRIL_1)]
        metric = add(lantern)
        credits.post_all()
        metrics.activate_version(metric=metric, numerator=Part("GROSS_PROFIT"), starts_on=APRIL_1, by=lantern.amir.user)
        credits.post_all()
        versions = (
            Credit.objects.filter(measure=metric.numerator).order_by("pk").values_list("source_id", "amount", "rule_version")
        )
        assert list(versions) == [(deals[0].pk, 100_00, 1), (deals[1].pk, 20_00, 1), (deals[1].pk, -5_00, 2)]
        Deal.objects.filter(pk=deals[1].pk).update(status=Deal.Status.CANCELLED)
        credits.post_deals([deals[1].pk])
        assert Credit.objects.filter(measure=metric.numerator).latest("pk").rule_version == 2
        assert set(Credit.objects.filter(measure="REVENUE").values_list("rule_version", flat=True)) == {posting.RULE_VERSION}

    def test_a_figure_as_known_on_a_day_is_counted_by_the_rule_known_then(self, lantern):
        with time_machine.travel(datetime(2026, 3, 2, 4, tzinfo=UTC), tick=False):
            metric = add(lantern)
        asha = lantern.asha.person
        make_deal(asha, amount=100, cost=30)
        credits.post_all(recorded_at="2026-03-05T10:00+08:00")
        then = Lens(known_at=date(2026, 3, 10))

        def shown(lens):
            window = Window(month_of(MARCH_1), None, lens)
            figure = figure_of(metric=metric, window=window, calendar=calendar_of(lantern.lantern), person_id=asha.pk)
            assert all(part.is_exact for part in figure.parts)
            return figure.row and figure.row.numerator, [version.number for version in figure.metric_versions]

        assert shown(then) == (100_00, [1])
        for day, known_on, part in (
            (date(2026, 3, 2), 15, Part("GROSS_PROFIT")),
            (MARCH_3, 18, Part("REVENUE", dated_by=DatedBy.SIGNED)),
        ):
            with time_machine.travel(datetime(2026, 3, known_on, 4, tzinfo=UTC), tick=False):
                metrics.activate_version(metric=metric, numerator=part, starts_on=day, by=lantern.amir.user)
            credits.post_all(recorded_at=f"2026-03-{known_on}T12:00+08:00")
            assert shown(then) == (100_00, [1]), "what was known on a day never changes"
        assert shown(Lens(known_at=date(2026, 3, 16))) == (70_00, [1, 2])
        assert shown(Lens(known_at=date(2026, 3, 20))) == (None, [1, 2, 3])


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
