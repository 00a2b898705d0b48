"""Which campaigns' own targets answer for some days, and what they ask for: now, or as it was known then."""

from dataclasses import dataclass

from django.db import connection

from accounts.models import AuditEntry
from common.periods import Period
from common.tenancy import require_company_id
from credits.queries.closings import closed_before
from credits.queries.lens import Lens
from targets.models import ClosedPlan, Plan, StagePlan
from targets.queries.asked import STAGE_CELLS_NOW, STAGE_CELLS_THEN
from targets.queries.stages import is_whole_months, stages_of

_PUBLISHED, _WITHDRAWN = (
    ("targets.plan.published", "targets.stages.published"),
    ("targets.plan.withdrawn", "targets.stages.withdrawn"),
)
_PLAN, _STAGE_PLAN = "targets.plan", "targets.stageplan"


@dataclass(frozen=True)
class StageAsked:
    """A part of a stage's target that a span of days asks for: so many of its working days."""

    bucket: int
    metric_id: int
    stage_plan_id: int
    period_id: int
    name: str
    inside: int
    whole: int


def asked_by_stages(*, metrics, periods, lens, calendar):
    """
    Return which stages with targets of their own answer for spans, instead of the months.

    Spans that together are a campaign, a quota period, a stage, or lie inside one; whole months always ask for what the plan
    says. A product line or channel has no target by stage.

    :param periods: together one span of days.
    """
    outer = Period(min(span.starts_on for span in periods), max(span.ends_before for span in periods))
    if is_whole_months(outer) or lens.product_line_id or lens.channel_id:
        return []
    found = StagePlan.objects.filter(
        plan__metric__in=metrics, own__starts_on__lte=outer.starts_on, own__ends_before__gte=outer.ends_before
    )
    # The shortest around the days answers: a campaign before the quota period that holds it.
    by_metric = {}
    for row in _counted(found.select_related("own", "plan").prefetch_related("own__stages"), lens):
        if (other := by_metric.get(row.plan.metric_id)) is None or row.own.period.days < other.own.period.days:
            by_metric[row.plan.metric_id] = row
    asked = []
    for row in by_metric.values():
        for stage in stages_of(row.own):
            whole = stage.days_of(calendar)
            for bucket, span in enumerate(periods, start=1):
                if inside := stage.days_of(calendar, span):
                    name = stage.name or str(row.own)
                    asked.append(StageAsked(bucket, row.plan.metric_id, row.pk, stage.row.pk, name, inside, whole))
    return asked


def _counted(rows, lens):
    """
    Yield the campaigns whose own targets count by what a lens knows: they are published, and so is their plan.

    What begins in a closed period goes on counting when its plan is withdrawn, as a closed month does.
    """
    rows = list(rows)
    since = _done_since(rows, lens.known_before) if rows and lens.is_as_known else {}

    def is_published(row, kind):
        if action := since.get((kind, row.pk)):
            # The first thing that was done afterwards says how it was before.
            return action in _WITHDRAWN
        return row.status == Plan.Status.PUBLISHED and (not lens.is_as_known or row.published_at < lens.known_before)

    for row in rows:
        if is_published(row, _STAGE_PLAN) and (is_published(row.plan, _PLAN) or _is_final(row, lens)):
            yield row


def _done_since(rows, moment):
    """Return (kind, id) → what was done first with campaigns and their plans from a moment on: published or withdrawn."""
    ids = {_PLAN: [row.plan_id for row in rows], _STAGE_PLAN: [row.pk for row in rows]}
    entries = AuditEntry.objects.filter(at__gte=moment, action__in=_PUBLISHED + _WITHDRAWN)
    found = {}
    for kind, about in ids.items():
        done = entries.filter(about_model=kind, about_id__in=about).order_by("-at", "-pk")
        found |= {(kind, pk): action for pk, action in done.values_list("about_id", "action")}
    return found


def _is_final(row, lens):
    """Return whether a campaign begins in a period that was closed, by what a lens knows, while its plan was published."""
    boundary = closed_before(lens.last_known)
    if boundary is None or row.own.starts_on >= boundary:
        return False
    held = ClosedPlan.objects.filter(plan=row.plan, closing__starts_on__lte=row.own.starts_on)
    return held.filter(closing__ends_before__gt=row.own.starts_on).exists()


def commits_of_stages(stages, *, lens: Lens, person_id=None, unit_id=None):
    """Return what stages ask of one person or unit by what a lens knows, by the id of their period."""
    if not stages:
        return {}
    cells = STAGE_CELLS_THEN if lens.is_as_known else STAGE_CELLS_NOW
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH stage_share AS (SELECT %(stage_plan)s::bigint AS stage_plan_id)," + cells + _OF_ONE,
            {
                "company": require_company_id(),
                "stage_plan": stages[0].stage_plan_id,
                "known_before": lens.known_before,
                "person": person_id,
                "unit": unit_id,
            },
        )
        return dict(cursor.fetchall())


_OF_ONE = """
SELECT period_id, SUM(commit)::bigint FROM stage_cell
WHERE person_id IS NOT DISTINCT FROM %(person)s::bigint AND unit_id IS NOT DISTINCT FROM %(unit)s::bigint
GROUP BY period_id
"""
