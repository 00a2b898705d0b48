"""The company's catalogue of metrics."""

from credits.rules import Measure
from targets.models import Metric

Kind = Metric.Kind
#: What every company begins with: code, 中文, English, kind, numerator, denominator, lower is better.
BUILT_IN = (
    ("revenue", "销售额", "Revenue", Kind.MONEY, Measure.REVENUE, "", False),
    ("gross_profit", "毛利", "Gross profit", Kind.MONEY, Measure.GROSS_PROFIT, "", False),
    ("cash_collected", "回款额", "Cash collected", Kind.MONEY, Measure.CASH_COLLECTED, "", False),
    ("deals_won", "成交单数", "Deals won", Kind.COUNT, Measure.DEALS_WON, "", False),
    ("units_sold", "销售数量", "Units sold", Kind.COUNT, Measure.UNITS_SOLD, "", False),
    ("new_customers", "新客户数", "New customers", Kind.COUNT, Measure.NEW_CUSTOMERS, "", False),
    ("visits", "拜访数", "Visits", Kind.COUNT, Measure.VISITS, "", False),
    ("average_order", "平均单值", "Average order", Kind.MONEY_RATIO, Measure.REVENUE, Measure.DEALS_WON, False),
    ("win_rate", "成交率", "Win rate", Kind.PERCENT, Measure.DEALS_WON, Measure.DEALS_CLOSED, False),
    ("days_to_close", "成交周期（天）", "Days to close", Kind.COUNT_RATIO, Measure.DAYS_TO_CLOSE, Measure.DEALS_WON, True),
)


def add_builtin_metrics():
    """Give the active company the built-in metrics that it does not have yet; what it renamed or switched off stays so."""
    Metric.objects.bulk_create(
        [
            Metric(
                code=code,
                name=name,
                name_en=name_en,
                kind=kind,
                numerator=numerator,
                denominator=denominator,
                is_lower_better=is_lower_better,
                position=position,
            )
            for position, (code, name, name_en, kind, numerator, denominator, is_lower_better) in enumerate(BUILT_IN, start=1)
        ],
        ignore_conflicts=True,
    )
