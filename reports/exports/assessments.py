"""Handing out the assessment workbook: at once for a few people, as a background job for many."""

import re
from datetime import date
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from common.periods import format_code, quarter_of
from jobs import services as jobs
from jobs.models import Job
from reports.exports.assessment_workbook import write_assessment_workbook
from reports.queries.assessments import assess
from reports.services import keep_workbook
from teams.queries import subtree_ids

JOB = "reports.assessment_workbook"
#: From so many people on a workbook is made in the background.
LONG_RUN = 100


def assessed_in(unit, *, quarter, on):
    """Return the assessment of a unit with everything below it, graded among the whole company."""
    inside = set(subtree_ids([unit.pk]))
    return assess(quarter=quarter, on=on).only(lambda sheet: sheet.unit_id in inside)


def hand_out(*, company, quarter, unit, on, made_at, client_ref, progress=None, assessment=None, by):
    """
    Make the workbook of a unit and quarter in the active language, keep it and return what was kept.

    :param on: the company's day.
    :param made_at: the moment, in the company's time zone.
    :param assessment: the result of `assessed_in`, if the caller has it.
    """
    assessment = assessment or assessed_in(unit, quarter=quarter, on=on)
    content = write_assessment_workbook(assessment, company=company, unit_name=unit.name, made_at=made_at, progress=progress)
    return keep_workbook(
        quarter=quarter,
        unit=unit,
        file_name=file_name_of(unit, quarter, company),
        content=content,
        people=len(assessment.sheets),
        client_ref=client_ref,
        by=by,
    )


def hand_out_later(*, quarter, unit, client_ref, by):
    """Ask for the workbook as a background job; while the same one is being made for the same user, that is the one."""
    arguments = {
        "quarter": quarter.starts_on.isoformat(),
        "unit": unit.pk,
        "client_ref": str(client_ref) if client_ref else None,
        "language": translation.get_language(),
    }
    for job in unfinished(by=by):
        if all(job.arguments.get(key) == arguments[key] for key in ("quarter", "unit")):
            return job
    return jobs.enqueue(JOB, arguments=arguments, key=f"{arguments['quarter']} {unit.pk} {by.pk}", by=by)


def unfinished(*, by):
    """Return the workbooks that are being made for a user."""
    return Job.objects.unfinished().of_kind(JOB).filter(requested_by=by)


def arguments_of(job, company):
    """Return what a job was asked for: (quarter, unit id, client_ref, language)."""
    given = job.arguments
    quarter = quarter_of(date.fromisoformat(given["quarter"]), company.fiscal_year_starts_in)
    return quarter, given["unit"], UUID(given["client_ref"]) if given.get("client_ref") else None, given["language"]


def file_name_of(unit, quarter, company):
    """Return a file name that every system takes: quarter and unit."""
    name = re.sub(r"[^\w.-]+", " ", unit.name).strip()[:60]
    code = format_code(quarter, company.fiscal_year_starts_in)
    return "{} {} {}.xlsx".format(_("Assessment"), code, name)
