"""Background work of incentives."""

from datetime import time

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from common.tenancy import require_company_id
from incentives.services import victories
from jobs.registry import job
from jobs.rules import Daily


@job(
    "incentives.victories",
    title=_("Victory reports of targets"),
    about=_(
        "Writes a victory report for every person, team and region that reached its target, and takes down what no longer holds."
    ),
    summary=_("%(written)s victory reports written, %(taken)s taken off the wall"),
    queue="rollup",
    schedule=Daily(at=time(6)),
    may_be_started=True,
)
def report_targets(*, job, progress, **_newer):
    """Follow the targets with what the night has added up; running again gives the same reports."""
    company = Company.objects.get(pk=require_company_id())
    written, taken = victories.follow_targets(on=timezone.localdate(), first_month=company.fiscal_year_starts_in)
    progress(1, 1)
    return {"written": written, "taken": taken}
