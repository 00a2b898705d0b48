"""Background work of the reports."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.periods import quarter_of
from jobs.registry import job
from reports.exports.assessment_workbook import file_name_of, write_assessment_workbook
from reports.queries.assessments import assessed_in
from reports.rules import WORKBOOK_JOB
from reports.services import keep_workbook
from teams.models import Unit


@job(WORKBOOK_JOB, title=_("Assessment workbook"), queue="export")
def make_workbook(*, job, progress):
    """Make the workbook that HR asked for, in the language in which it was asked."""
    company, asked = job.company, job.arguments
    quarter = quarter_of(date.fromisoformat(asked["quarter"]), company.fiscal_year_starts_in)
    unit = Unit.objects.get(pk=asked["unit"])
    now = timezone.now().astimezone(ZoneInfo(company.time_zone))
    with translation.override(asked["language"]):
        assessment = assessed_in(unit, quarter=quarter, on=now.date())
        content = write_assessment_workbook(
            assessment,
            company=company,
            unit_name=unit.name,
            made_at=now,
            progress=lambda done, total: progress(done, total, gettext("Writing the sheets")),
        )
        kept = keep_workbook(
            quarter=quarter,
            unit=unit,
            file_name=file_name_of(unit, quarter, company),
            content=content,
            people=len(assessment.sheets),
            client_ref=UUID(asked["client_ref"]) if asked.get("client_ref") else None,
            by=job.requested_by,
        )
        summary = ngettext("A workbook of %(count)d person", "A workbook of %(count)d people", kept.people)
        return {"export": kept.pk, "summary": summary % {"count": kept.people}}
