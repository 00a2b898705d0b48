"""The company's own periods: as a list, by their days, and those that a page can be switched to."""

from dataclasses import dataclass

from common.periods import format_code
from targets.models import QuotaPeriod

Kind = QuotaPeriod.Kind


@dataclass(frozen=True)
class OwnPeriod:
    """A period of the company's own with its stages, earliest stage first."""

    row: QuotaPeriod
    stages: tuple

    @property
    def code(self):
        return format_code(self.row.period)


def own_name_of(period):
    """Return what the company calls exactly these days, with its campaign before a stage's name; empty for days without a name."""
    rows = QuotaPeriod.objects.filter(starts_on=period.starts_on, ends_before=period.ends_before).order_by("kind")
    for name, campaign in rows.values_list("name", "campaign__name")[:1]:
        return f"{campaign} · {name}" if campaign else name
    return ""


def own_periods(*, begun_by=None):
    """
    Return quota periods and campaigns, the latest first, each with its stages; one query.

    :param begun_by: only what has begun by that day.
    """
    rows = QuotaPeriod.objects.order_by("starts_on", "kind", "pk")
    if begun_by is not None:
        rows = rows.filter(starts_on__lte=begun_by)
    rows, stages = list(rows), {}
    for row in rows:
        if row.kind == Kind.STAGE:
            stages.setdefault(row.campaign_id, []).append(OwnPeriod(row, ()))
    return [OwnPeriod(row, tuple(stages.get(row.pk, ()))) for row in reversed(rows) if row.kind != Kind.STAGE]
