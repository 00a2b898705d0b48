"""What a plan's targets are divided into beside time and organisation: product lines, or sales channels."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from customers.models import Channel
from deals.models import ProductLine
from targets.models.plans import ABOUT_ONE, Plan, Step
from teams.models import Person, Unit


class PlanPart(CompanyModel):
    """
    One product line or channel that a plan is divided into, or all others together; a plan's parts are all of one dimension.

    What is left out later stays as a row that is not in use: what was asked of it before is still known.
    """

    class Dimension(models.TextChoices):
        LINE = "LINE", _("Product lines")
        CHANNEL = "CHANNEL", _("Sales channels")

    plan = CompanyForeignKey(Plan, on_delete=models.CASCADE, related_name="parts")
    dimension = models.CharField(_("divided by"), max_length=8, choices=Dimension)
    # Neither: everything that the plan's other parts do not name.
    product_line = CompanyForeignKey(ProductLine, null=True, blank=True, related_name="+")
    channel = CompanyForeignKey(Channel, null=True, blank=True, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    due_on = models.DateField(_("deadline"), null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("part of a plan")
        verbose_name_plural = _("parts of a plan")
        ordering = ["position", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["company", "plan", "dimension", "product_line", "channel"],
                nulls_distinct=False,
                name="one_part_per_name",
            ),
            CheckConstraint(
                condition=Q(dimension="LINE", channel=None) | Q(dimension="CHANNEL", product_line=None),
                name="part_is_of_its_dimension",
            ),
            ExclusionConstraint(
                name="one_dimension_per_plan",
                expressions=[("plan", RangeOperators.EQUAL), ("dimension", RangeOperators.NOT_EQUAL)],
                condition=Q(is_active=True),
            ),
        ]

    def __str__(self):
        return str(self.name)

    @property
    def is_rest(self):
        return self.product_line_id is None and self.channel_id is None

    @property
    def name(self):
        """What it is called."""
        return _("All others") if self.is_rest else str(self.product_line or self.channel)


class PartTarget(CompanyModel):
    """What one unit or person is asked to reach of one part in one month, in three tiers, in minor units."""

    part = CompanyForeignKey(PlanPart, on_delete=models.CASCADE, related_name="targets")
    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="+")
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="+")
    # The unit in whose split a person's target was made, as in Target.
    within = CompanyForeignKey(Unit, null=True, blank=True, related_name="+")
    month = models.DateField()
    floor = models.BigIntegerField(_("floor"))
    commit = models.BigIntegerField(_("commit"))
    stretch = models.BigIntegerField(_("stretch"))
    # Typed by somebody: fitting the parts again leaves it alone.
    is_by_hand = models.BooleanField(_("set by hand"), default=False)

    class Meta:
        verbose_name = _("target of a part")
        verbose_name_plural = _("targets of parts")
        constraints = [
            UniqueConstraint(
                fields=["company", "part", "month", "unit", "person", "within"],
                nulls_distinct=False,
                name="one_part_target_per_cell",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="part_target_is_about_a_unit_or_a_person"),
            CheckConstraint(
                condition=Q(person=None, within=None) | Q(person__isnull=False, within__isnull=False),
                name="part_target_of_a_person_is_within_a_unit",
            ),
            CheckConstraint(condition=Q(month__day=1), name="part_target_month_is_first_day"),
            CheckConstraint(
                condition=Q(floor__gte=0, floor__lte=F("commit"), commit__lte=F("stretch")),
                name="part_target_tiers_are_ordered",
            ),
        ]
        indexes = [models.Index(fields=["company", "person", "month"], name="part_target_by_person")]

    def __str__(self):
        return f"{self.month} {self.commit}"


class PartStep(Step):
    """One change to the parts of a plan: what was done and how, and the cells as they were and became."""

    class Verb(models.TextChoices):
        CHOOSE = "CHOOSE", _("Parts chosen")
        DIVIDE = "DIVIDE", _("Divided")
        FIT = "FIT", _("Fitted again")
        CELL = "CELL", _("Set by hand")
        UNDO = "UNDO", _("Undone")

    plan = CompanyForeignKey(Plan, related_name="part_steps")
    verb = models.CharField(_("what was done"), max_length=8, choices=Verb)

    class Meta(Step.Meta):
        verbose_name = _("step of a plan's parts")
        verbose_name_plural = _("steps of a plan's parts")
        indexes = [models.Index(fields=["company", "plan", "-id"], name="part_step_by_plan")]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_part_step_per_client_ref")]
