"""Which metrics are being counted anew by another rule, and how far that is."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from credits.queries.recounting import recounted_codes
from jobs.models import Job
from jobs.queries import JobProgress, job_progress
from targets.models import Metric


@dataclass(frozen=True, slots=True)
class Recount:
    """A counting anew under way: of which metrics (their names), by which job; `job` is None where its run is not kept."""

    names: str
    job: Job | None
    progress: JobProgress | None

    @property
    def is_failed(self):
        """Whether nobody is at it any more though it did not come to its end."""
        return self.job is None or not self.job.is_unfinished


def recount_under_way():
    """Return the counting anew whose figures are still those from before, None while there is none: one query then."""
    codes = recounted_codes()
    if not codes:
        return None
    names = [metric.label for metric in Metric.objects.order_by("position", "code") if codes.intersection(metric.measures)]
    jobs = Job.objects.of_kind("targets.recount").order_by("-created_at", "-pk")
    job = jobs.unfinished().last() or jobs.first()
    return Recount(pgettext("between names", ", ").join(names), job, job and job_progress(job))


def is_recounted(metric):
    """Return whether what a metric shows is still counted by the rule from before."""
    return metric.is_own and not recounted_codes().isdisjoint(metric.measures)
