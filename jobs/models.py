"""Work that outlives a request: one durable row per job; Redis only rings the bell."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyManager, CompanyModel, CompanyQuerySet
from jobs import registry


class JobQuerySet(CompanyQuerySet):
    def unfinished(self):
        """Jobs that are still to be done, or were being done when their worker died."""
        return self.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])

    def of_kind(self, kind):
        return self.filter(kind=kind)


class Job(CompanyModel):
    """One piece of background work for one company. Its handler is registered under `kind` (see `jobs.registry`)."""

    class Status(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    kind = models.CharField(max_length=60)
    # Two jobs with the same key are the same work: while one waits, asking again returns it.
    key = models.CharField(max_length=120, blank=True)
    arguments = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    # When a worker was last told; the sweeper does not ring again for what is merely waiting its turn.
    rung_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    objects = CompanyManager.from_queryset(JobQuerySet)()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "key"], condition=Q(status="QUEUED") & ~Q(key=""), name="one_waiting_job_per_key"
            )
        ]
        indexes = [models.Index(fields=["company", "kind", "-created_at"], name="job_by_kind")]

    def __str__(self):
        return f"{self.kind} #{self.pk}"

    @property
    def title(self):
        """What it is called by people."""
        known = registry.kinds().get(self.kind)
        return known.title if known else self.kind

    @property
    def is_unfinished(self):
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def seconds(self):
        """How long a finished run took, None for others."""
        return (self.finished_at - self.started_at).total_seconds() if self.started_at and self.finished_at else None

    @property
    def summary(self):
        """What a finished run says to people."""
        known = registry.kinds().get(self.kind)
        return known.sum_up(self.result) if known and self.status == self.Status.DONE else ""
