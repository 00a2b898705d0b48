"""The list of plans, read in one statement: their sums beside what was done in their year and the one before."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from common.db.postgres.prepared import prepared
from common.tenancy import require_company_id
from targets import rules
from targets.models import Metric, Plan
from targets.queries.attainment import value_of
from targets.rules.rates import year_of_rate

_PLANS = prepared(
    """
WITH root AS (SELECT id FROM teams_unit WHERE company_id = %(company)s AND parent_id IS NULL),
listed AS MATERIALIZED (
    SELECT plan.id, plan.metric_id, plan.year_starts_on, plan.status, metric.position, metric.code
    FROM targets_plan plan JOIN targets_metric metric ON metric.company_id = %(company)s AND metric.id = plan.metric_id
    WHERE plan.company_id = %(company)s
),
asked AS (
    SELECT plan_id, month, floor, commit, stretch FROM targets_target
    WHERE company_id = %(company)s AND plan_id IN (SELECT id FROM listed) AND unit_id = (SELECT id FROM root)
),
carried AS (
    SELECT plan_id, SUM(commit)::bigint AS amount FROM targets_target
    WHERE company_id = %(company)s AND plan_id IN (SELECT id FROM listed) AND person_id IS NOT NULL GROUP BY plan_id
),
done AS (
    SELECT stored.metric_id, stored.starts_on, stored.numerator, stored.denominator
    FROM (SELECT DISTINCT listed.metric_id, year.day FROM listed
        CROSS JOIN LATERAL (VALUES (year_starts_on), ((year_starts_on - interval '1 year')::date)) AS year(day)) asked
    JOIN targets_attainment stored ON stored.company_id = %(company)s AND stored.span = 'YEAR' AND stored.starts_on = asked.day
        AND stored.metric_id = asked.metric_id AND stored.unit_id = (SELECT id FROM root)
)
SELECT
    (SELECT json_agg(metric ORDER BY position, code) FROM targets_metric metric WHERE company_id = %(company)s)::text,
    (SELECT json_agg(json_build_array(id, metric_id, year_starts_on, status) ORDER BY year_starts_on DESC, position, code, id)
        FROM listed)::text,
    (SELECT json_agg(json_build_array(plan_id, floor, commit, stretch) ORDER BY plan_id, month) FROM asked)::text,
    (SELECT json_agg(json_build_array(plan_id, amount) ORDER BY plan_id) FROM carried)::text,
    (SELECT json_agg(json_build_array(metric_id, starts_on, numerator, denominator) ORDER BY metric_id, starts_on) FROM done)::text
""",
    company="bigint",
)


@dataclass(frozen=True)
class PlanRow:
    """A line of the list of plans. Amounts in minor units."""

    plan_id: int
    metric: Metric
    year: int
    status: str
    commit: int | None
    carried: int  # the commit targets of people
    actual: object  # as `targets.queries.attainment.value_of` gives it
    last_year: object
    # Of the member who looks: adjustments to decide, counter-proposals to answer, people who have not answered.
    waits: tuple[int, int, int] = (0, 0, 0)

    @property
    def is_published(self):
        return self.status == Plan.Status.PUBLISHED

    @property
    def status_name(self):
        return str(Plan.Status(self.status).label)

    @property
    def split_percent(self) -> Decimal | None:
        """How much of the company's target is carried by people."""
        return rules.percent_of(self.carried, self.commit) if self.commit and self.metric.adds_up else None

    @property
    def attainment(self):
        if not self.is_published:
            return None
        if not self.metric.is_ratio:
            return rules.attainment(self.actual or 0, self.commit)
        # A ratio is read in its own unit, its target in minor units.
        return None if self.actual is None else rules.attainment(self.actual * 10**self.metric.scale, self.commit)

    @property
    def growth(self):
        return rules.growth(self.commit, self.last_year) if self.commit and self.metric.adds_up else None


class PlanList:
    """
    Every plan of the company, the latest year first.

    :ivar key: what all of it follows from.
    """

    def __init__(self):
        with connection.cursor() as cursor:
            cursor.execute(_PLANS, {"company": require_company_id()})
            self.key = cursor.fetchone()

    def metrics(self):
        """Return every metric, in order."""
        names = [field.attname for field in Metric._meta.concrete_fields]
        return [Metric.from_db("default", names, [given[name] for name in names]) for given in self._part(0)]

    def rows(self):
        """Return the plans with their sums; the year of a target that does not add up is its months' mean, of a level the last."""
        metrics = {metric.pk: metric for metric in self.metrics()}
        months, carried = {}, dict(self._part(3))
        for plan_id, *tiers in self._part(2):
            months.setdefault(plan_id, []).append(rules.Tiers(*tiers))
        done = {
            (metric_id, date.fromisoformat(day)): value_of(metrics[metric_id].kind, numerator, denominator)
            for metric_id, day, numerator, denominator in self._part(4)
        }
        rows = []
        for plan_id, metric_id, day, status in self._part(1):
            starts_on, metric = date.fromisoformat(day), metrics[metric_id]
            rows.append(
                PlanRow(
                    plan_id,
                    metric,
                    starts_on.year,
                    status,
                    _year_asked(metric, months.get(plan_id, [])),
                    carried.get(plan_id, 0),
                    done.get((metric_id, starts_on)),
                    done.get((metric_id, starts_on.replace(year=starts_on.year - 1))),
                )
            )
        return rows

    def _part(self, number):
        return json.loads(self.key[number] or "[]")


def _year_asked(metric, months):
    """Return what a year's months ask for in the commit tier; None without any."""
    if not months:
        return None
    if metric.adds_up:
        return rules.total(months).commit
    year = year_of_rate(tuple(months), is_level=not metric.is_ratio)
    return year and year.commit
