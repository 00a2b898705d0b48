"""Celery's door to the jobs. Messages hold ids only; what is to be done stands in the rows."""

import logging
from datetime import time

from celery import shared_task
from django.db import Error, connections
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.queries import active_companies
from jobs import services
from jobs.registry import job
from jobs.rules import Daily

log = logging.getLogger(__name__)
#: How many companies' schedules one message looks at.
COMPANIES_A_LOOK = 200


@shared_task
def run_jobs(*, jobs, **_newer):
    """
    Do jobs, given as [company id, job id]; harmless when they are done already.

    What becomes of one does not matter to the next: if even its failure could not be written, the sweeper will ring for it.
    """
    for company_id, job_id in jobs:
        try:
            services.run(company_id=company_id, job_id=job_id)
        except Error:
            log.exception("job %s waits for the sweeper: the database did not answer", job_id)
            connections["default"].close()


@shared_task
def sweep_jobs(**_newer):
    """Ring again for what was lost with a broker or a worker."""
    services.sweep(now=timezone.now())


@shared_task
def tick(**_newer):
    """Look at every company's schedule, many companies a message."""
    company_ids = list(active_companies().values_list("pk", flat=True))
    looks = [company_ids[start : start + COMPANIES_A_LOOK] for start in range(0, len(company_ids), COMPANIES_A_LOOK)]
    for others in looks[1:]:
        start_due.delay(company_ids=others)
    if looks:
        services.start_due(company_ids=looks[0], now=timezone.now())


@shared_task
def start_due(*, company_ids, **_newer):
    """Start what is due in these companies."""
    services.start_due(company_ids=company_ids, now=timezone.now())


@job(
    "jobs.tidy",
    title=_("Tidying up of runs"),
    about=_("Forgets month-old runs of what starts by itself all day."),
    schedule=Daily(at=time(3, 30)),
    summary=_("Runs forgotten: %(forgotten)s."),
)
def tidy(*, job, progress, **_newer):
    """Forget old runs."""
    return {"forgotten": services.forget_old(now=timezone.now())}
