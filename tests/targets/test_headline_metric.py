"""Which metric a page speaks of when nobody has chosen one."""

import pytest

from common.tenancy import company_scope
from credits.rules import Measure
from targets.models import Metric
from targets.queries.metrics import headline_metric
from targets.services.metrics import add_builtin_metrics


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def set_aside(**which):
    Metric.objects.filter(**which).update(is_active=False)


class TestHeadlineMetric:
    def test_is_the_first_money_in_use_by_position(self, lantern):
        assert headline_metric().code == "revenue"
        Metric.objects.filter(code="cash_collected").update(position=0)
        Metric.objects.filter(code="revenue").update(position=1)
        assert headline_metric().code == "cash_collected"

    def test_is_never_one_that_is_not_in_use_or_of_which_less_is_better(self, lantern):
        set_aside(code="revenue")
        Metric.objects.create(
            code="returns", name="Returns", kind=Metric.Kind.MONEY, numerator=Measure.REVENUE, is_lower_better=True, position=0
        )
        assert headline_metric().code == "gross_profit"

    def test_is_a_count_where_there_is_no_money_and_never_a_ratio(self, lantern):
        set_aside(kind=Metric.Kind.MONEY)
        assert headline_metric().kind == Metric.Kind.COUNT
        set_aside(kind=Metric.Kind.COUNT)
        assert headline_metric() is None
