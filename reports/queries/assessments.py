"""The assessment of a quarter: everybody's sheet with its scores, total and grade. A fixed number of queries, frozen rows."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from accounts.rules import Role
from common.periods import Period
from jobs.models import Job
from reports.models import AssessmentExport, AssessmentGrade, Indicator, ManualScore, Remark
from reports.rules import (
    WORKBOOK_JOB,
    GradeBand,
    IndicatorRule,
    Line,
    bands_by_role,
    grades_of,
    measured_line,
    total_of,
    typed_line,
)
from targets.models import Attainment
from targets.queries.attainment import attainments_of
from targets.rules import USUAL_GRADES, GradeShare, percent_of, weighted_score
from teams.models import Person, Unit
from teams.queries import LEADING_ROLES, subtree_ids, with_place
from teams.rules import TenureStage, tenure_stage


@dataclass(frozen=True)
class PersonSheet:
    """
    One person's assessment of a quarter.

    Reps are assessed by their own figures, who leads a unit by the unit's (`figures_of` names it).
    """

    person_id: int
    name: str
    employee_number: str
    role: str
    unit_id: int | None
    unit_name: str
    parent_unit_id: int | None
    figures_of: str
    stage: str
    hired_on: date
    lines: tuple[Line, ...]
    total: Decimal | None
    grade: str | None
    remark: str
    lineage_of: str = ""  # the address of where its figures come from, but for the metric; "" out of sight

    @property
    def role_label(self):
        return Role(self.role).label

    @property
    def from_figures(self):
        """The weighted score of the lines with a metric alone."""
        measured = [line for line in self.lines if not line.indicator.is_by_hand]
        return weighted_score([line.indicator.weight for line in measured], [line.score for line in measured])

    @property
    def missing(self):
        """How many scores somebody still has to give by hand."""
        return sum(1 for line in self.lines if line.indicator.is_by_hand and line.score is None)


@dataclass(frozen=True)
class Assessment:
    """Everybody's sheets of a quarter, best first; who has no total comes last."""

    quarter: Period
    indicators: tuple[IndicatorRule, ...]
    grades: tuple[GradeShare, ...]
    sheets: tuple[PersonSheet, ...]
    #: Role → how the company's grades fall in it.
    bands: dict[str, tuple[GradeBand, ...]]

    @property
    def weight_sum(self):
        return sum(indicator.weight for indicator in self.indicators)

    @property
    def by_hand(self):
        return tuple(indicator for indicator in self.indicators if indicator.is_by_hand)

    def only(self, is_wanted):
        """Return the same assessment with some of its sheets; grades stay those among everybody."""
        return replace(self, sheets=tuple(sheet for sheet in self.sheets if is_wanted(sheet)))

    def sheet_of(self, person_id):
        return next((sheet for sheet in self.sheets if sheet.person_id == person_id), None)


def assess(*, quarter, on):
    """
    Return the assessment of the whole company: grades are given among everybody, what a member may not see is left out afterwards.

    :param on: the company's day; of a past quarter its last day says who is assessed, and where they stood.
    """
    day = min(on, quarter.last_day)
    indicators = list(Indicator.objects.filter(is_active=True).select_related("metric"))
    rules = {i.pk: rule_of(i) for i in indicators}
    metric_of = {i.pk: i.metric for i in indicators if i.metric}
    units = {pk: (name, parent_id) for pk, name, parent_id in Unit.objects.values_list("pk", "name", "parent_id")}
    people = list(
        with_place(Person.objects.employed_on(day), on=day)
        .order_by("name", "pk")
        .values_list("pk", "name", "employee_number", "hired_on", "unit_id", "unit_role")
    )
    about = {"metrics": list(metric_of.values()), "span": Attainment.Span.QUARTER, "starts_on": quarter.starts_on}
    own = attainments_of(person_ids=[p[0] for p in people], **about)
    led = attainments_of(unit_ids={p[4] for p in people if p[5] in LEADING_ROLES}, **about)
    sells = {person_id for _metric_id, person_id in own}
    typed = {
        (person_id, indicator_id): score
        for person_id, indicator_id, score in ManualScore.objects.filter(quarter_starts_on=quarter.starts_on).values_list(
            "person_id", "indicator_id", "score"
        )
    }
    remarks = dict(Remark.objects.filter(quarter_starts_on=quarter.starts_on).values_list("person_id", "text"))
    sheets = []
    for pk, name, number, hired_on, unit_id, role in people:
        leads = role in LEADING_ROLES
        if not (leads or role == Role.REP or pk in sells):
            continue
        lines = []
        for indicator_id, rule in rules.items():
            if rule.is_by_hand:
                lines.append(typed_line(rule, typed.get((pk, indicator_id))))
                continue
            metric_id = metric_of[indicator_id].pk
            row = led.get((metric_id, unit_id)) if leads else own.get((metric_id, pk))
            lines.append(
                measured_line(
                    rule,
                    target=row.commit if row else None,
                    actual=row.value if row else None,
                    attainment=row.attainment if row else None,
                )
            )
        total, lines = total_of(lines)
        unit_name, parent_id = units.get(unit_id, ("", None))
        sheets.append(
            PersonSheet(
                person_id=pk,
                name=name,
                employee_number=number,
                role=role,
                unit_id=unit_id,
                unit_name=unit_name,
                parent_unit_id=parent_id,
                figures_of=unit_name if leads else "",
                stage=TenureStage(tenure_stage(hired_on, day)).label,
                hired_on=hired_on,
                lines=lines,
                total=total,
                grade=None,
                remark=remarks.get(pk, ""),
            )
        )
    grades = grade_shares()
    totals = [(s.person_id, s.role, s.total) for s in sheets]
    given = grades_of(totals, grades)
    sheets = [replace(s, grade=given[s.person_id]) for s in sheets]
    sheets.sort(key=lambda s: (s.total is None, -(s.total or 0), s.name, s.person_id))
    return Assessment(quarter, tuple(rules.values()), grades, tuple(sheets), bands_by_role(totals, given, grades))


def assessed_in(unit, *, quarter, on):
    """Return the assessment of a unit with everything below it, graded among the whole company."""
    inside = set(subtree_ids([unit.pk], on=min(on, quarter.last_day)))
    return assess(quarter=quarter, on=on).only(lambda sheet: sheet.unit_id in inside)


def rule_of(indicator):
    """Return how an indicator is scored, as plain values."""
    metric = indicator.metric
    return IndicatorRule(
        indicator.pk,
        indicator.label,
        indicator.weight,
        indicator.floor_percent,
        indicator.cap_percent,
        kind=metric.kind if metric else "",
        scale=metric.scale if metric else 0,
        is_lower_better=bool(metric and metric.is_lower_better),
        metric=metric.code if metric else "",
    )


def grade_shares():
    """Return the company's grades from the best on; the usual ones while its own do not add up to 100 %."""
    own = tuple(GradeShare(name, percent) for name, percent in AssessmentGrade.objects.values_list("name", "percent"))
    return own if sum(share.percent for share in own) == 100 else USUAL_GRADES


def is_seen(sheet, sight):
    """Return whether a member sees a sheet: everybody's, those of the units they lead, or their own."""
    return sight.sees_everybody or sheet.unit_id in sight.unit_ids or sheet.person_id == sight.person_id


def is_scored_by(sheet, sight):
    """
    Return whether a member gives a sheet's scores: of people in sight, never of themselves.

    Who leads a unit is scored by somebody who also sees the unit above, not by who leads the same one.
    """
    if sheet.person_id == sight.person_id:
        return False
    if sight.sees_everybody:
        return True
    return (sheet.parent_unit_id if sheet.figures_of else sheet.unit_id) in sight.unit_ids


class Readiness(NamedTuple):
    """How far a quarter's assessment is: people to assess, those with every score by hand, and that in %."""

    people: int
    scored: int
    percent: Decimal | None


def readiness(quarter, sight, on):
    """Return how far the assessment of a quarter is, for the people in sight."""
    sheets = [sheet for sheet in assess(quarter=quarter, on=on).sheets if is_seen(sheet, sight)]
    scored = sum(1 for sheet in sheets if not sheet.missing)
    return Readiness(len(sheets), scored, percent_of(scored, len(sheets)))


def exports():
    """Return the workbooks that were handed out, latest first, without their contents."""
    return AssessmentExport.objects.select_related("unit", "created_by").defer("content")


def last_export():
    """Return the workbook that was handed out last, without its contents, or None."""
    return exports().first()


def workbooks_under_way(*, by):
    """Return the jobs that make workbooks for a user and are not over."""
    return Job.objects.unfinished().of_kind(WORKBOOK_JOB).filter(requested_by=by)
