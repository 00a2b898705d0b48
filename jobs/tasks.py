"""Celery's door to the jobs."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from jobs import services


@shared_task
def run_job(*, company_id, job_id, **_newer):
    """Do one job; harmless when it is done already."""
    services.run(company_id=company_id, job_id=job_id)


@shared_task
def sweep_jobs(**_newer):
    """Ring again for what was lost with a broker or a worker."""
    services.sweep(older_than=timezone.now() - timedelta(seconds=30))
