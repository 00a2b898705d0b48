"""What is asked."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.periods import Period
from common.tenancy import CompanyForeignKey, CompanyModel
from credits.models import Closing
from targets.models.metrics import Metric
from teams.models import Person, Unit

#: A row is about a unit or about a person.
ABOUT_ONE = Q(person=None, unit__isnull=False) | Q(person__isnull=False, unit=None)


class Plan(CompanyModel):
    """A fiscal year's targets for one metric, from the company down to each person, month by month."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        PUBLISHED = "PUBLISHED", _("Published")

    metric = CompanyForeignKey(Metric, related_name="plans", verbose_name=_("metric"))
    year_starts_on = models.DateField(_("first day of the year"))
    name = models.CharField(_("name"), max_length=80)
    # In minor units: 1_00 rounds money to 1.00, 1_000_00 to a thousand.
    rounding_unit = models.BigIntegerField(_("rounded to"), default=1)
    # Where a cell has no tiers of its own yet, they are these percentages of its commit target.
    floor_percent = models.DecimalField(_("floor in percent"), max_digits=5, decimal_places=2, default=85)
    stretch_percent = models.DecimalField(_("stretch in percent"), max_digits=5, decimal_places=2, default=120)
    # By how many per cent a unit of each kind hands out more than it is asked for, on purpose.
    over_company = models.DecimalField(_("company plans over, %"), max_digits=5, decimal_places=2, default=0)
    over_region = models.DecimalField(_("regions plan over, %"), max_digits=5, decimal_places=2, default=0)
    over_team = models.DecimalField(_("teams plan over, %"), max_digits=5, decimal_places=2, default=0)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    # A plan is made in the tree of then; units that move later take only the months from their day on along.
    first_published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("target plan")
        verbose_name_plural = _("target plans")
        ordering = ["-year_starts_on", "metric"]
        constraints = [
            UniqueConstraint(fields=["company", "metric", "year_starts_on"], name="one_plan_per_metric_and_year"),
            CheckConstraint(condition=Q(year_starts_on__day=1), name="plan_year_starts_on_a_first"),
            CheckConstraint(condition=Q(rounding_unit__gte=1), name="plan_rounding_unit_is_positive"),
            CheckConstraint(
                condition=Q(floor_percent__gte=0, floor_percent__lte=100, stretch_percent__gte=100),
                name="plan_tiers_lie_around_the_commit",
            ),
            CheckConstraint(
                condition=Q(
                    over_company__gte=0,
                    over_company__lte=100,
                    over_region__gte=0,
                    over_region__lte=100,
                    over_team__gte=0,
                    over_team__lte=100,
                ),
                name="plan_buffers_are_percentages",
            ),
            CheckConstraint(
                condition=Q(status="DRAFT", published_at=None) | Q(status="PUBLISHED", published_at__isnull=False),
                name="plan_publication_is_dated",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def buffers(self):
        """The per cent that units of each kind plan over, by kind."""
        kinds = Unit.Kind
        return {kinds.COMPANY: self.over_company, kinds.REGION: self.over_region, kinds.TEAM: self.over_team}


class Tiers(CompanyModel):
    """What one unit or person is asked to reach in a stretch of days, in three tiers, in minor units."""

    floor = models.BigIntegerField(_("floor"))
    commit = models.BigIntegerField(_("commit"))
    stretch = models.BigIntegerField(_("stretch"))
    # Typed by somebody rather than made by a split: spreading a remainder leaves it alone.
    is_by_hand = models.BooleanField(_("set by hand"), default=False)
    # No split, spreading, sum or file changes it until it is unlocked; kept as a row even where it asks for nothing.
    is_locked = models.BooleanField(_("locked"), default=False)

    class Meta:
        abstract = True


class Target(Tiers):
    """
    What one unit or person is asked to reach in one month, in three tiers, in minor units.

    Quarters and years are sums of months, so that time always adds up; a parent's month is the sum of its children's.
    """

    # Without an index of its own, beside the one of the cells: of a plan just divided the server has no statistics yet, takes it
    # for a row or two, and would find the twelve of a person by reading everything that the plan ever held.
    plan = CompanyForeignKey(Plan, on_delete=models.CASCADE, related_name="targets", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="targets")
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="targets")
    # The unit in whose split a person's target was made; empty for a unit's own row.
    within = CompanyForeignKey(Unit, null=True, blank=True, related_name="split_targets")
    month = models.DateField()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        constraints = [
            UniqueConstraint(
                fields=["company", "plan", "unit", "person", "within", "month"],
                nulls_distinct=False,
                name="one_target_per_cell",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="target_is_about_a_unit_or_a_person"),
            CheckConstraint(
                condition=Q(person=None, within=None) | Q(person__isnull=False, within__isnull=False),
                name="target_of_a_person_is_within_a_unit",
            ),
            CheckConstraint(condition=Q(month__day=1), name="target_month_is_first_day"),
            CheckConstraint(
                condition=Q(floor__gte=0, floor__lte=F("commit"), commit__lte=F("stretch")), name="target_tiers_are_ordered"
            ),
        ]
        indexes = [models.Index(fields=["company", "month", "person"], name="target_by_month")]

    def __str__(self):
        return f"{self.month} {self.commit}"


class ClosedPlan(CompanyModel):
    """
    A plan that was published when a period was closed: what it asked for there counts for ever, whatever becomes of it.

    A month belongs to the first closing that holds any day of it.
    """

    append_only = True

    closing = CompanyForeignKey(Closing, related_name="plans")
    plan = CompanyForeignKey(Plan, related_name="closings")

    class Meta:
        verbose_name = _("plan of a closed period")
        verbose_name_plural = _("plans of closed periods")
        constraints = [UniqueConstraint(fields=["company", "closing", "plan"], name="plan_is_closed_once")]

    def __str__(self):
        return f"{self.plan} · {self.closing}"


class Step(CompanyModel):
    """
    One change of what is asked: what was done, by which method and inputs, and the cells as they were and became.

    A subclass says of which plan it is, and with `Verb` what can be done.
    """

    append_only = True

    # The unit whose own months or whose children changed.
    unit = CompanyForeignKey(Unit, related_name="+")
    inputs = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undoes = CompanyForeignKey("self", null=True, related_name="+")
    client_ref = models.UUIDField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.get_verb_display()} {self.unit}"


class PlanStep(Step):
    """
    One change to a plan's targets: what was done, by which method and inputs, and the cells as they were and became.

    From here a person learns how their target came about, and the last step can be undone.
    """

    class Verb(models.TextChoices):
        YEAR = "YEAR", _("Year spread over months")
        SPLIT = "SPLIT", _("Split")
        CELL = "CELL", _("Set by hand")
        BLOCK = "BLOCK", _("Several set by hand")
        SPREAD = "SPREAD", _("Remainder spread")
        SUM = "SUM", _("Summed up from below")
        RATE = "RATE", _("Set for those below as well")
        IMPORT = "IMPORT", _("Taken from a file")
        LOCK = "LOCK", _("Locked or unlocked")
        TIERS = "TIERS", _("Floor and stretch worked out anew")
        UNDO = "UNDO", _("Undone")
        ADJUST = "ADJUST", _("Adjusted")
        COPY = "COPY", _("Copied from another year")

    plan = CompanyForeignKey(Plan, related_name="steps")
    verb = models.CharField(_("what was done"), max_length=8, choices=Verb)

    class Meta(Step.Meta):
        verbose_name = _("step of a plan")
        verbose_name_plural = _("steps of a plan")
        indexes = [models.Index(fields=["company", "plan", "-id"], name="plan_step_by_plan")]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_plan_step_per_client_ref")]


class QuotaPeriod(CompanyModel):
    """
    A period of the company's own with free dates: a quota period, a campaign, or a stage of a campaign.

    Half-open like every period: `ends_before` is the first day after it.
    """

    class Kind(models.TextChoices):
        QUOTA = "QUOTA", _("Quota period")
        CAMPAIGN = "CAMPAIGN", _("Campaign")
        STAGE = "STAGE", _("Stage of a campaign")

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    campaign = CompanyForeignKey("self", null=True, blank=True, related_name="stages", verbose_name=_("campaign"))
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("first day after it"))

    class Meta:
        verbose_name = _("period of the company’s own")
        verbose_name_plural = _("periods of the company’s own")
        ordering = ["-starts_on", "kind"]
        constraints = [
            UniqueConstraint(
                fields=["company", "campaign", "name"], nulls_distinct=False, name="one_quota_period_per_name_and_campaign"
            ),
            CheckConstraint(condition=Q(ends_before__gt=F("starts_on")), name="quota_period_lasts_a_day"),
            CheckConstraint(
                condition=Q(kind="STAGE", campaign__isnull=False) | (~Q(kind="STAGE") & Q(campaign=None)),
                name="quota_period_is_within_a_campaign_if_a_stage",
            ),
            ExclusionConstraint(
                name="one_quota_period_of_a_kind_at_a_time",
                expressions=[
                    (F("company"), RangeOperators.EQUAL),
                    (F("kind"), RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_before"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def period(self):
        return Period(self.starts_on, self.ends_before)

    @property
    def last_day(self):
        """The last day that is in, as people say it."""
        return self.period.last_day
