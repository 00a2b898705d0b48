"""The company's catalogue of metrics: what it switches on, and what it counts by rules of its own."""

from django.db import transaction
from django.db.models import CharField, Max, Value
from django.db.models.functions import Cast, Concat
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.refusals import Refusal
from credits.models import OwnMeasure
from credits.queries.measures import words_of
from credits.rules import Measure, own
from credits.services import hold_back, keep_books_open
from jobs.services import enqueue
from targets.models import Metric, MetricVersion

Kind = Metric.Kind
#: What every company begins with: code, 中文, English, kind, numerator, denominator, lower is better.
BUILT_IN = (
    ("revenue", "销售额", "Revenue", Kind.MONEY, Measure.REVENUE, "", False),
    ("gross_profit", "毛利", "Gross profit", Kind.MONEY, Measure.GROSS_PROFIT, "", False),
    ("cash_collected", "回款额", "Cash collected", Kind.MONEY, Measure.CASH_COLLECTED, "", False),
    ("deals_won", "成交单数", "Deals won", Kind.COUNT, Measure.DEALS_WON, "", False),
    ("units_sold", "销售数量", "Units sold", Kind.COUNT, Measure.UNITS_SOLD, "", False),
    ("new_customers", "新客户数", "New customers", Kind.COUNT, Measure.NEW_CUSTOMERS, "", False),
    ("active_customers", "客户数量", "Active customers", Kind.LEVEL, Measure.ACTIVE_CUSTOMERS, "", False),
    ("visits", "拜访数", "Visits", Kind.COUNT, Measure.VISITS, "", False),
    ("average_order", "平均单值", "Average order", Kind.MONEY_RATIO, Measure.REVENUE, Measure.DEALS_WON, False),
    ("win_rate", "成交率", "Win rate", Kind.PERCENT, Measure.DEALS_WON, Measure.DEALS_CLOSED, False),
    ("days_to_close", "成交周期（天）", "Days to close", Kind.COUNT_RATIO, Measure.DAYS_TO_CLOSE, Measure.DEALS_WON, True),
    ("visits_per_day", "日均拜访户数", "Visits per day", Kind.COUNT_RATIO, Measure.VISITS, Measure.DAYS_WORKED, False),
    ("collection_rate", "应收账款回收率", "Collection rate", Kind.PERCENT, Measure.COLLECTED_DUE, Measure.AMOUNT_DUE, False),
    ("satisfaction", "客户满意度", "Satisfaction", Kind.PERCENT, Measure.SURVEY_POINTS, Measure.SURVEY_BEST, False),
    ("complaints", "客诉数", "Complaints", Kind.COUNT, Measure.COMPLAINTS, "", True),
    ("expense_ratio", "费用率", "Expense ratio", Kind.PERCENT, Measure.EXPENSES, Measure.REVENUE, True),
    ("task_completion", "任务完成率", "Task completion", Kind.PERCENT, Measure.TASKS_IN_TIME, Measure.TASKS_DUE, False),
)
#: What every company begins with but has to say itself which product lines it means; not in use until it does.
TO_BE_NAMED = (
    ("product_mix", "产品比例", "Product mix", Kind.PERCENT),
    ("attach_rate", "配套率", "Attach rate", Kind.PERCENT),
)
_NUMERATOR, _DENOMINATOR = "N", "D"


class MetricRefused(Refusal):
    """A metric cannot be so. `field` is where to mend it."""

    sentences = {
        "name_taken": _("There is a metric with this name already."),
        "closed": _("The books are closed up to this day; a version begins on %(day)s at the earliest."),
        "not_after": _("There is a version from %(day)s on already; a new one begins after it."),
        "other_kind": _(
            "This would be another unit than before (%(kind)s), and targets would lose their meaning. Add a new metric."
        ),
        "nothing_new": _("This counts exactly what the version before does."),
        "not_own": _("What a built-in metric counts cannot be changed."),
        "not_named": _("Say first what it counts."),
    }

    def __init__(self, code, *, field=None, **params):
        super().__init__(code, **params)
        self.field = field


def add_builtin_metrics():
    """Give the active company the built-in metrics that it does not have yet; what it renamed or switched off stays so."""
    shipped = [*((*row, True) for row in BUILT_IN), *((*row, "", "-", False, False) for row in TO_BE_NAMED)]
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
                is_active=is_active,
                position=position,
            )
            for position, (code, name, name_en, kind, numerator, denominator, is_lower_better, is_active) in enumerate(
                shipped, start=1
            )
        ],
        ignore_conflicts=True,
    )
    _give_codes(is_ratio=True)


@transaction.atomic
def add_own_metric(
    *, name, name_en="", is_lower_better=False, is_percent=False, numerator, denominator=None, starts_on, by
) -> Metric:
    """
    Add a metric that counts by the company's own rules from a day on, in use at once.

    :param numerator, denominator: `credits.rules.own.Part`; without a denominator the metric is a sum.
    :param is_percent: whether a count divided by a count is read as a percentage; money by money always is.
    :raises MetricRefused, BadPart: nothing is written.
    """
    kind = kind_of(numerator, denominator, is_percent=is_percent)
    _refuse_closed(starts_on)
    if Metric.objects.filter(name=name).exists():
        raise MetricRefused("name_taken", field="name")
    metric = Metric.objects.create(
        code=_free_code(name_en or name),
        name=name,
        name_en=name_en,
        kind=kind,
        numerator="",
        denominator="-" if denominator else "",
        is_lower_better=is_lower_better,
        position=(Metric.objects.aggregate(last=Max("position"))["last"] or 0) + 1,
    )
    _give_codes(is_ratio=denominator is not None)
    metric.refresh_from_db()
    record("targets.metric.added", about=metric, by=by, after={"name": name, "kind": kind})
    _activate(metric, numerator, denominator, starts_on, by)
    return metric


@transaction.atomic
def activate_version(*, metric, numerator, denominator=None, starts_on, by) -> MetricVersion:
    """
    Let an own metric count otherwise from a day on; what was counted before that day stays as it was.

    :raises MetricRefused, BadPart: nothing is written.
    """
    # Before any row is locked: a closing waits for rows, and whoever activates for the closing.
    keep_books_open()
    metric = Metric.objects.select_for_update(of=("self",)).get(pk=metric.pk)
    check_version(metric=metric, numerator=numerator, denominator=denominator, starts_on=starts_on)
    return _activate(metric, numerator, denominator, starts_on, by)


def check_version(*, metric, numerator, denominator, starts_on):
    """
    Refuse a version that cannot follow what a metric counts so far.

    :raises MetricRefused, BadPart: with the field where it is to be mended.
    """
    if not metric.is_own:
        raise MetricRefused("not_own")
    kind = kind_of(numerator, denominator, is_percent=metric.kind == Kind.PERCENT)
    if kind != metric.kind:
        raise MetricRefused("other_kind", field="measure", kind=Kind(metric.kind).label)
    if (last := latest_version(metric)) is not None:
        if starts_on <= last.starts_on:
            raise MetricRefused("not_after", field="starts_on", day=last.starts_on.isoformat())
        if (numerator, denominator) == parts_of(last):
            raise MetricRefused("nothing_new", field="measure")
    _refuse_closed(starts_on)


@transaction.atomic
def change_metric(*, metric, by, **changes) -> Metric:
    """
    Rename a metric, turn its direction, or switch it on or off (`name`, `name_en`, `is_lower_better`, `is_active`).

    :raises MetricRefused: `name_taken`, `not_named`.
    """
    metric = Metric.objects.select_for_update(of=("self",)).get(pk=metric.pk)
    if "name" in changes and Metric.objects.filter(name=changes["name"]).exclude(pk=metric.pk).exists():
        raise MetricRefused("name_taken", field="name")
    if changes.get("is_active") and metric.is_own and latest_version(metric) is None:
        raise MetricRefused("not_named", field="is_active")
    changed = change(metric, action="targets.metric.changed", by=by, **changes)
    if "is_active" in changed:
        # Its figures of the past come with it, or go.
        enqueue("targets.rollup", key="changed", by=by)
    return metric


@transaction.atomic
def move_metric(*, metric, up, by):
    """Move a metric one place up or down in every list of metrics; at the end nothing happens."""
    metrics = list(Metric.objects.select_for_update(of=("self",)).order_by("position", "code"))
    place = next(n for n, one in enumerate(metrics) if one.pk == metric.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(metrics):
        return
    metrics[place], metrics[other] = metrics[other], metrics[place]
    for position, one in enumerate(metrics, start=1):
        one.position = position
    Metric.objects.bulk_update(metrics, ["position"])
    record("targets.metric.moved", about=metric, by=by, before={"position": place + 1}, after={"position": other + 1})


def kind_of(numerator, denominator, *, is_percent):
    """
    Return the kind of figure that parts make, once they are known to make one.

    :raises BadPart: with the side and the field where it is to be mended.
    """
    own.check_part(numerator)
    if denominator is None:
        return Kind.MONEY if numerator.is_money else Kind.COUNT
    own.check_part(denominator, side=_DENOMINATOR)
    own.check_parts(numerator, denominator)
    if numerator.is_money:
        return Kind.PERCENT if denominator.is_money else Kind.MONEY_RATIO
    return Kind.PERCENT if is_percent else Kind.COUNT_RATIO


def latest_version(metric):
    """Return the version that was activated last, None if there is none."""
    versions = MetricVersion.objects.filter(metric=metric).select_related("numerator", "denominator")
    return versions.order_by("-number").first()


def parts_of(version):
    """Return a version's parts as plain values; the second is None for a sum."""
    return version.numerator.part, version.denominator.part if version.denominator else None


def _activate(metric, numerator, denominator, starts_on, by):
    last = latest_version(metric)
    rules = [
        _rule(code, part, starts_on) if part else None
        for code, part in ((metric.numerator, numerator), (metric.denominator, denominator))
    ]
    version = MetricVersion.objects.create(
        metric=metric,
        number=last.number + 1 if last else 1,
        starts_on=starts_on,
        numerator=rules[0],
        denominator=rules[1],
        recorded_by=by,
    )
    words = words_of([part for part in (numerator, denominator) if part])
    record(
        "targets.metric.version_activated",
        about=metric,
        by=by,
        before={"counts": " ÷ ".join(words_of([part for part in parts_of(last) if part]))} if last else {},
        after={"counts": " ÷ ".join(words), "starts_on": starts_on, "number": version.number},
    )
    # What is there already has to be counted by the new rule too. A long ledger takes its time; until then all stays as it was.
    hold_back({rule.code for rule in rules if rule})
    enqueue("targets.recount", key="rules", by=by)
    return version


def _rule(code, part, starts_on):
    ids = [None if chosen is None else sorted(chosen) for chosen in (part.product_lines, part.channels)]
    return OwnMeasure.objects.create(
        code=code,
        starts_on=starts_on,
        measure=part.measure,
        dated_by=part.dated_by,
        role=part.role,
        customers=part.customers,
        product_line_ids=ids[0],
        channel_ids=ids[1],
    )


def _refuse_closed(starts_on):
    boundary = keep_books_open()
    if boundary and starts_on < boundary:
        raise MetricRefused("closed", field="starts_on", day=boundary.isoformat())


def _give_codes(*, is_ratio):
    """Let new own metrics count under codes that carry their ids."""
    metrics = Metric.objects.filter(numerator="")
    codes = {"numerator": Concat(Value(own.OWN), Cast("pk", CharField()), Value(f":{_NUMERATOR}"))}
    if is_ratio:
        codes["denominator"] = Concat(Value(own.OWN), Cast("pk", CharField()), Value(f":{_DENOMINATOR}"))
    metrics.update(**codes)


def _free_code(name):
    base = slugify(name)[:30] or "own"
    taken = set(Metric.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(code for code in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if code not in taken)
