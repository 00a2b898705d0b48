"""The campaigns and quota periods that ask a person for something of their own now, stage by stage."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from common.periods import Period
from targets import rules
from targets.models import Plan, StagePlan, StageTarget
from targets.queries.attainment import Pace
from targets.queries.live import live_rows
from targets.queries.stages import Stage, stages_of
from targets.queries.windows import Window, figures_in, paces_in
from targets.rules import Tiers

#: How long before its first day a campaign is shown.
AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class OwnStage:
    """
    What a stage asks of a person and what they have done in it, in minor units.

    :ivar actual: None while it has not begun.
    """

    stage: Stage
    tiers: Tiers
    actual: int | None
    is_now: bool

    @property
    def attainment(self) -> Decimal | None:
        return None if self.actual is None else rules.attainment(self.actual, self.tiers.commit)


@dataclass(frozen=True)
class OwnCampaign:
    """A published campaign or quota period with a person's targets, as a whole and by stage."""

    stage_plan: StagePlan
    period: Period
    tiers: Tiers
    actual: int
    pace: Pace | None
    stages: tuple[OwnStage, ...]

    @property
    def metric(self):
        return self.stage_plan.plan.metric

    @property
    def attainment(self) -> Decimal | None:
        return rules.attainment(self.actual, self.tiers.commit)


def own_campaigns(person, *, on, calendar):
    """Return what runs on a day, or begins within a fortnight, and asks a person for something: the first to end first."""
    asked = {}
    for row in StageTarget.objects.filter(
        person=person,
        stage_plan__status=Plan.Status.PUBLISHED,
        stage_plan__plan__status=Plan.Status.PUBLISHED,
        stage_plan__own__starts_on__lte=on + AHEAD,
        stage_plan__own__ends_before__gt=on,
        stretch__gt=0,
    ):
        own = asked.setdefault(row.stage_plan_id, {})
        own[row.period_id] = own.get(row.period_id, rules.NO_TARGET) + Tiers(row.floor, row.commit, row.stretch)
    plans = StagePlan.objects.filter(pk__in=asked).select_related("own", "plan__metric").prefetch_related("own__stages")
    found = [_campaign(row, asked[row.pk], person, on=on, calendar=calendar) for row in plans]
    return sorted(found, key=lambda each: (each.period.ends_before, each.stage_plan.pk))


def _campaign(stage_plan, asked, person, *, on, calendar):
    metric, period, columns = stage_plan.plan.metric, stage_plan.own.period, stages_of(stage_plan.own)
    window = Window(period, None)
    row = figures_in(metrics=[metric], window=window, person_ids=[person.pk]).get((metric.pk, person.pk))
    paces = paces_in({person.pk: row} if row else {}, metric=metric, window=window, on=on, calendar=calendar)
    spans = sorted((span for stage in columns for span in stage.spans), key=lambda span: span.starts_on)
    done = {
        row.starts_on: row.numerator
        for row in live_rows(metrics=[metric], periods=spans, person_ids=[person.pk], calendar=calendar)
    }
    stages = tuple(
        OwnStage(
            stage=stage,
            tiers=asked.get(stage.row.pk, rules.NO_TARGET),
            actual=sum(done.get(span.starts_on, 0) for span in stage.spans) if stage.starts_on <= on else None,
            is_now=any(on in span for span in stage.spans),
        )
        for stage in sorted(columns, key=lambda stage: stage.starts_on)
    )
    tiers = rules.total(asked.values())
    return OwnCampaign(stage_plan, period, tiers, row.numerator if row else 0, paces.get(person.pk), stages)
