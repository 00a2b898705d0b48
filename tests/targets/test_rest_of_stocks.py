from datetime import date

from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from targets import rollups
from targets.models import Metric
from targets.queries.figures import rest_of
from targets.queries.windows import Window
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_customer, make_deal


def test_what_a_period_begins_with_stands_in_the_row_of_its_unit_and_not_beside_the_rows(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        make_deal(cast.asha.person, amount=100, closed_on=date(2026, 1, 9), customer=make_customer())
        credits.post_all()
        rollups.refresh_everything(today=date(2026, 2, 28))
        metric, window = Metric.objects.get(code="active_customers"), Window(month_of(date(2026, 2, 1)), "MONTH")
        rest = rest_of(metric=metric, window=window, unit_id=cast.root.pk, on=date(2026, 2, 28), is_of_people=False)
        assert [part.amount for part in rest] == [0]
