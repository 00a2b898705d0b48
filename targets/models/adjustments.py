"""Changes of published targets: asked for, approved by the next level up, and then a step of the plan."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tenancy import CompanyForeignKey, CompanyModel
from targets.models.plans import Plan, PlanStep
from targets.rules.adjusting import Balance
from teams.models import Person, Unit


class Adjustment(CompanyModel):
    """
    Cells of a published plan as they shall become from a day on, with the reason; it counts once it is approved.

    `before` and `after` are images of rows as in `PlanStep`. What is applied is the difference between them, so that it
    still fits when other cells, or other months of these, have changed meanwhile.
    """

    class Kind(models.TextChoices):
        CHANGE = "CHANGE", _("Adjustment")
        JOINED = "JOINED", _("Joined")
        LEFT = "LEFT", pgettext_lazy("what happened", "Left")
        MOVED = "MOVED", _("Moved to another unit")
        UNIT_MOVED = "UNIT_MVD", _("Unit hung elsewhere")
        CARRY = "CARRY", _("Carried over")

    class Status(models.TextChoices):
        WAITING = "WAITING", _("Waits for approval")
        APPLIED = "APPLIED", _("In force")
        DECLINED = "DECLINED", _("Declined")
        WITHDRAWN = "WITHDRWN", _("Withdrawn")

    plan = CompanyForeignKey(Plan, related_name="adjustments")
    # The unit inside which every change stays.
    unit = CompanyForeignKey(Unit, related_name="+")
    # Whoever leads this unit, or one above it, may approve; empty: whoever publishes the company's plans.
    level = CompanyForeignKey(Unit, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CHANGE)
    balance = models.CharField(_("the sum above"), max_length=10, choices=Balance)
    from_on = models.DateField(_("holds from"))
    reason = models.CharField(_("reason"), max_length=300)
    about = models.CharField(_("about"), max_length=200)
    # The key of the row that was asked about; the others follow it. Empty where several were.
    subject = models.CharField(max_length=40, blank=True)
    before = models.JSONField()
    after = models.JSONField()
    # The same for campaigns with targets of their own: id of the StagePlan → {"stages": …, "before": …, "after": …}. One that is
    # named here without a row was looked at, and nothing had to follow.
    stages = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    client_ref = models.UUIDField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    step = CompanyForeignKey(PlanStep, null=True, related_name="+")

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["company", "plan", "status"], name="adjustment_by_plan")]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_adjustment_per_client_ref"),
            CheckConstraint(
                condition=Q(status="WAITING", decided_at=None) | (~Q(status="WAITING") & Q(decided_at__isnull=False)),
                name="adjustment_decision_is_dated",
            ),
            CheckConstraint(
                condition=Q(status="APPLIED", step__isnull=False) | (~Q(status="APPLIED") & Q(step=None)),
                name="adjustment_in_force_has_its_step",
            ),
        ]

    def __str__(self):
        return f"{self.about} {self.from_on}"

    @property
    def is_waiting(self):
        return self.status == self.Status.WAITING


class Exemption(CompanyModel):
    """Somebody who is to have no target in a plan, as an assistant: they are not listed any more as a joiner without one."""

    plan = CompanyForeignKey(Plan, on_delete=models.CASCADE, related_name="exemptions")
    person = CompanyForeignKey(Person, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("person without a target")
        verbose_name_plural = _("people without a target")
        ordering = ["-pk"]
        constraints = [UniqueConstraint(fields=["company", "plan", "person"], name="one_exemption_per_plan_and_person")]

    def __str__(self):
        return f"{self.person} · {self.plan}"
