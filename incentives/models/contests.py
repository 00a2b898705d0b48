"""Contests: what is raced for, by whom, for what; the standing as it was fixed, and what was put right afterwards."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.periods import Period
from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from customers.models import Channel
from deals.models import ProductLine
from incentives.rules.contest_kinds import Form, Leagues, Phase, PotBy, TieRule, Yardstick
from targets.models import Metric
from teams.models import Person, Unit

_ABOUT_ONE = Q(person__isnull=False, unit=None) | Q(person=None, unit__isnull=False)


class ContestQuerySet(CompanyQuerySet):
    def over(self, day):
        """Announced contests whose last day is past, and whose standing is not fixed yet."""
        return self.filter(status=Contest.Status.ANNOUNCED, ends_before__lte=day)


class Contest(CompanyModel):
    """
    A contest: a metric, free dates, who takes part, how it is won, and what for.

    Once announced its terms never change; it can only be withdrawn. `minimum` is in thousandths of the yardstick (one decimal
    place of per cent) where there is one, else in the metric's own smallest unit.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        ANNOUNCED = "ANNOUNCED", _("Announced")
        FROZEN = "FROZEN", _("Standing fixed")
        DECIDED = "DECIDED", _("Awarded")
        WITHDRAWN = "WITHDRAWN", _("Called off")

    name = models.CharField(_("name"), max_length=80)
    purpose = models.CharField(_("what it is for"), max_length=300, blank=True)
    form = models.CharField(_("form"), max_length=12, choices=Form)
    metric = CompanyForeignKey(Metric, related_name="+", verbose_name=_("metric"))
    product_line = CompanyForeignKey(ProductLine, null=True, blank=True, related_name="+", verbose_name=_("product line"))
    channel = CompanyForeignKey(Channel, null=True, blank=True, related_name="+", verbose_name=_("channel"))
    yardstick = models.CharField(_("compared by"), max_length=8, choices=Yardstick, default=Yardstick.NONE)
    leagues = models.CharField(_("leagues"), max_length=10, choices=Leagues, default=Leagues.NONE)
    tie_rule = models.CharField(_("equal results"), max_length=6, choices=TieRule, default=TieRule.SHARE)
    pot_by = models.CharField(_("the pot is shared"), max_length=6, choices=PotBy, default=PotBy.VALUE)
    minimum = models.BigIntegerField(_("minimum"), null=True, blank=True)
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("until (exclusive)"))
    roles = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    # Empty: every stage.
    stages = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    is_open = models.BooleanField(_("everybody may look"), default=True)
    returns_days = models.PositiveSmallIntegerField(_("days in which returns still count"), default=30)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    announced_at = models.DateTimeField(null=True, blank=True)
    # Whose limit on prizes it counts towards; whoever drafted it may be somebody else.
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    decided_on = models.DateField(_("awarded on"), null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_reason = models.CharField(_("reason"), max_length=200, blank=True)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(ContestQuerySet)()

    class Meta:
        verbose_name = _("contest")
        verbose_name_plural = _("contests")
        ordering = ["-starts_on", "-pk"]
        indexes = [models.Index(fields=["company", "status", "ends_before"], name="contest_by_status")]
        constraints = [
            CheckConstraint(condition=Q(ends_before__gt=F("starts_on")), name="contest_lasts_a_day"),
            CheckConstraint(condition=Q(minimum=None) | Q(minimum__gte=0), name="contest_minimum_is_not_negative"),
            CheckConstraint(
                condition=Q(status__in=["DRAFT", "WITHDRAWN"]) | Q(announced_at__isnull=False),
                name="contest_runs_once_announced",
            ),
            CheckConstraint(
                condition=(Q(status__in=["FROZEN", "DECIDED"]) & Q(frozen_at__isnull=False))
                | (~Q(status__in=["FROZEN", "DECIDED"]) & Q(frozen_at=None)),
                name="contest_fixed_has_its_time",
            ),
            CheckConstraint(
                condition=Q(status="DECIDED", decided_on__isnull=False) | (~Q(status="DECIDED") & Q(decided_on=None)),
                name="contest_awarded_has_its_day",
            ),
            UniqueConstraint(fields=["company", "client_ref"], name="one_contest_per_client_ref"),
        ]

    def __str__(self):
        return self.name

    @property
    def period(self):
        return Period(self.starts_on, self.ends_before)

    @property
    def last_day(self):
        return self.ends_before - timedelta(days=1)

    @property
    def bound_scale(self):
        """Decimal places of what is to be reached: one of per cent, or those of the metric."""
        return 1 if self.yardstick != Yardstick.NONE else self.metric.scale

    @property
    def returns_until(self):
        """The first day on which a return no longer changes the standing."""
        return self.ends_before + timedelta(days=self.returns_days)

    def phase(self, on):
        """Return where the contest stands on a day."""
        if self.status == self.Status.ANNOUNCED:
            if on < self.starts_on:
                return Phase.COMING
            return Phase.RUNNING if on < self.ends_before else Phase.FINISHED
        return Phase(self.status)


class ContestScope(CompanyModel):
    """Who takes part: a unit with everybody below it, or one person by name. Without any row it is the whole company."""

    contest = CompanyForeignKey(Contest, on_delete=models.CASCADE, related_name="scopes")
    unit = CompanyForeignKey(Unit, null=True, related_name="+")
    person = CompanyForeignKey(Person, null=True, related_name="+")

    class Meta:
        verbose_name = _("who takes part")
        verbose_name_plural = _("who takes part")
        constraints = [
            CheckConstraint(condition=_ABOUT_ONE, name="contest_scope_is_a_unit_or_a_person"),
            UniqueConstraint(
                fields=["company", "contest", "unit", "person"], nulls_distinct=False, name="one_contest_scope_each"
            ),
        ]

    def __str__(self):
        return str(self.unit or self.person)


class ContestPrize(CompanyModel):
    """A prize: of a place, of a step, the pot, or of who reaches the goal. Money in minor units, a thing in words, or both."""

    contest = CompanyForeignKey(Contest, on_delete=models.CASCADE, related_name="prizes")
    # The place that wins it, or the number of the step.
    number = models.PositiveSmallIntegerField()
    threshold = models.BigIntegerField(null=True, blank=True)
    amount = models.BigIntegerField(default=0)
    thing = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("prize")
        verbose_name_plural = _("prizes")
        ordering = ["number"]
        constraints = [
            UniqueConstraint(fields=["company", "contest", "number"], name="one_contest_prize_per_number"),
            CheckConstraint(condition=Q(amount__gt=0) | (Q(amount=0) & ~Q(thing="")), name="contest_prize_is_something"),
        ]

    def __str__(self):
        return f"{self.number}: {self.amount} {self.thing}"


class Stood(CompanyModel):
    """What stands in one line of a standing: of a person, or in a relay of a team."""

    person = CompanyForeignKey(Person, null=True, related_name="+", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    place = models.PositiveIntegerField(null=True)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField(null=True)
    prize = models.BigIntegerField(default=0)
    thing = models.CharField(max_length=120, blank=True)
    # Of what is won, the number of the place or step; None wins nothing.
    number = models.PositiveSmallIntegerField(null=True)
    # Of a team: how many of its members ran their leg.
    legs = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


class ContestResult(Stood):
    """One line of the standing as it was fixed: as known at the contest's `frozen_at`. Never changed."""

    append_only = True

    contest = CompanyForeignKey(Contest, related_name="results")
    position = models.PositiveIntegerField()
    league = models.CharField(max_length=12, blank=True)
    # Of a person: the unit they ran for.
    team = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    yardstick = models.BigIntegerField(null=True)
    reached_on = models.DateField(null=True)
    is_eligible = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("result of a contest")
        verbose_name_plural = _("results of contests")
        ordering = ["position"]
        constraints = [
            CheckConstraint(condition=_ABOUT_ONE, name="contest_result_is_of_a_unit_or_a_person"),
            UniqueConstraint(
                fields=["company", "contest", "person", "unit"], nulls_distinct=False, name="one_contest_result_each"
            ),
        ]

    def __str__(self):
        return f"{self.place}: {self.person or self.unit}"


class ContestAdjustment(CompanyModel):
    """The standing put right after it was fixed: when, by whom, why, and as known at which moment. Never changed."""

    append_only = True

    contest = CompanyForeignKey(Contest, related_name="adjustments")
    number = models.PositiveSmallIntegerField()
    reason = models.CharField(_("reason"), max_length=300)
    known_at = models.DateTimeField()
    made_on = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("adjustment of a contest")
        verbose_name_plural = _("adjustments of contests")
        ordering = ["number"]
        constraints = [UniqueConstraint(fields=["company", "contest", "number"], name="one_contest_adjustment_per_number")]

    def __str__(self):
        return f"{self.contest} · {self.number}"


class ContestCorrection(Stood):
    """One line that an adjustment changed: what stands there now, and beside it what stood there before. Never changed."""

    append_only = True

    adjustment = CompanyForeignKey(ContestAdjustment, related_name="corrections")
    place_before = models.PositiveIntegerField(null=True)
    numerator_before = models.BigIntegerField()
    denominator_before = models.BigIntegerField(null=True)
    prize_before = models.BigIntegerField(default=0)
    thing_before = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("correction of a contest's line")
        verbose_name_plural = _("corrections of contests' lines")
        ordering = ["pk"]
        constraints = [
            CheckConstraint(condition=_ABOUT_ONE, name="contest_correction_is_of_a_unit_or_a_person"),
            UniqueConstraint(
                fields=["company", "adjustment", "person", "unit"], nulls_distinct=False, name="one_contest_correction_each"
            ),
        ]

    def __str__(self):
        return f"{self.person or self.unit}: {self.prize_before} → {self.prize}"

    @property
    def difference(self):
        """What the prize is more (less, with a minus) than before, in minor units."""
        return self.prize - self.prize_before
