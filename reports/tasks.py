"""Background work of the reports."""

from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from jobs.registry import job
from reports.exports import assessments
from teams.models import Unit


@job(assessments.JOB, title=_("Assessment workbook"), queue="export")
def make_workbook(*, job, progress):
    """Make the workbook that HR asked for, in the language in which it was asked."""
    company = job.company
    quarter, unit_id, client_ref, language = assessments.arguments_of(job, company)
    now = timezone.now().astimezone(ZoneInfo(company.time_zone))
    with translation.override(language):
        export = assessments.hand_out(
            company=company,
            quarter=quarter,
            unit=Unit.objects.get(pk=unit_id),
            on=now.date(),
            made_at=now,
            client_ref=client_ref,
            progress=lambda done, total: progress(done, total, gettext("Writing the sheets")),
            by=job.requested_by,
        )
        summary = ngettext("A workbook of %(count)d person", "A workbook of %(count)d people", export.people)
        return {"export": export.pk, "summary": summary % {"count": export.people}}
