"""What is asked in a period of the company's own with free dates: a campaign's stages, or a quota period."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from targets.models.plans import ABOUT_ONE, Plan, QuotaPeriod, Step, Tiers
from teams.models import Person, Unit


class StagePlan(CompanyModel):
    """
    The targets of a plan's metric in a campaign or quota period, set for its own days (docs/adr/0028).

    While it is a draft, these days ask for their share of the months, as any free dates do.
    """

    plan = CompanyForeignKey(Plan, on_delete=models.CASCADE, related_name="stage_plans")
    # A campaign or quota period; its stages are columns of their own, and whatever days they leave.
    own = CompanyForeignKey(QuotaPeriod, related_name="stage_plans", verbose_name=_("period of the company’s own"))
    status = models.CharField(_("status"), max_length=10, choices=Plan.Status, default=Plan.Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("targets by stage")
        verbose_name_plural = _("targets by stage")
        ordering = ["-own__starts_on", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "plan", "own"], name="one_stage_plan_per_plan_and_period"),
            CheckConstraint(
                condition=Q(status="DRAFT", published_at=None) | Q(status="PUBLISHED", published_at__isnull=False),
                name="stage_plan_publication_is_dated",
            ),
        ]

    def __str__(self):
        return f"{self.own} · {self.plan}"

    @property
    def is_draft(self):
        return self.status == Plan.Status.DRAFT


class StageTarget(Tiers):
    """
    What one unit or person is asked to reach in one stage, in three tiers, in minor units.

    The campaign itself as the period stands for its days outside of every stage.
    """

    stage_plan = CompanyForeignKey(StagePlan, on_delete=models.CASCADE, related_name="targets")
    period = CompanyForeignKey(QuotaPeriod, related_name="targets")
    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="+")
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="+")
    # The unit in whose split a person's target was made, as in Target.
    within = CompanyForeignKey(Unit, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("target of a stage")
        verbose_name_plural = _("targets of stages")
        constraints = [
            UniqueConstraint(
                fields=["company", "stage_plan", "period", "unit", "person", "within"],
                nulls_distinct=False,
                name="one_stage_target_per_cell",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="stage_target_is_about_a_unit_or_a_person"),
            CheckConstraint(
                condition=Q(person=None, within=None) | Q(person__isnull=False, within__isnull=False),
                name="stage_target_of_a_person_is_within_a_unit",
            ),
            CheckConstraint(
                condition=Q(floor__gte=0, floor__lte=F("commit"), commit__lte=F("stretch")),
                name="stage_target_tiers_are_ordered",
            ),
        ]

    def __str__(self):
        return f"{self.period} {self.commit}"


class StageStep(Step):
    """One change to the targets of stages: what was done, and the cells as they were and became."""

    class Verb(models.TextChoices):
        SHARE = "SHARE", _("Worked out from the months")
        CELL = "CELL", _("Set by hand")
        SETTLE = "SETTLE", _("Made to add up")
        LOCK = "LOCK", _("Locked or unlocked")
        UNDO = "UNDO", _("Undone")
        ADJUST = "ADJUST", _("Adjusted")

    stage_plan = CompanyForeignKey(StagePlan, on_delete=models.CASCADE, related_name="steps")
    verb = models.CharField(_("what was done"), max_length=8, choices=Verb)

    class Meta(Step.Meta):
        verbose_name = _("step of targets by stage")
        verbose_name_plural = _("steps of targets by stage")
        indexes = [models.Index(fields=["company", "stage_plan", "-id"], name="stage_step_by_stage_plan")]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_stage_step_per_client_ref")]
