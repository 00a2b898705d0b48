"""Trials of plans: what a version would have cost in months that were paid. Read by those who make plans, by nobody else."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from incentives.models.plans import PayPlanVersion


class PlanTrial(CompanyModel):
    """
    One version worked out over past months.

    `result` is what `incentives.queries.trials.try_version` gives, money in minor units; empty until it is there. `revision` is
    the version's as it was tried, so that a draft that was changed since can be told.
    """

    version = CompanyForeignKey(PayPlanVersion, on_delete=models.CASCADE, related_name="trials", verbose_name=_("version"))
    revision = models.PositiveIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked for at"))
    made_at = models.DateTimeField(_("worked out at"), null=True, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("trial of a pay plan")
        verbose_name_plural = _("trials of pay plans")
        ordering = ["-asked_at", "-pk"]

    def __str__(self):
        return f"{self.version} {self.asked_at:%Y-%m-%d}"
