"""Trying plans: asking for a trial, and keeping what it comes to."""

from django.db import transaction

from accounts.services import record
from incentives.models import PayPlanVersion, PlanTrial
from incentives.queries.trials import try_version
from jobs import services as jobs
from jobs.models import Job

TRIAL_JOB = "incentives.trial"


@transaction.atomic
def ask_for_trial(*, version: PayPlanVersion, now, by) -> PlanTrial:
    """Have a version tried in the background; while a trial of it is under way, that is the one."""
    latest = version.trials.first()
    job = job_of(latest)
    if job is not None and job.is_unfinished and latest.revision == version.revision:
        return latest
    trial = PlanTrial.objects.create(version=version, revision=version.revision, asked_by=by, asked_at=now)
    record("incentives.plantrial.requested", about=trial, by=by)
    jobs.enqueue(TRIAL_JOB, arguments={"trial": trial.pk}, key=str(trial.pk), by=by)
    return trial


def job_of(trial) -> Job | None:
    """Return the job that works a trial out; None once it is forgotten, or without a trial."""
    if trial is None:
        return None
    return Job.objects.of_kind(TRIAL_JOB).filter(arguments__trial=trial.pk).order_by("-pk").first()


def run_trial(*, trial: PlanTrial, company, now, on, progress=None) -> dict:
    """Work a trial out and keep it; doing so again replaces what it came to. Returns the result."""
    trial.result = try_version(version=trial.version, on=on, company=company, progress=progress)
    trial.made_at = now
    trial.save(update_fields=["result", "made_at"])
    return trial.result
