"""Awards with their nominations and prizes, victory reports, and how a company honours."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from deals.models import Deal
from incentives.rules.honours import AwardKind, Withdrawal
from targets.models import Metric
from teams.models import Person, Unit

ONE_WINNER = Q(person__isnull=False, unit=None) | Q(person=None, unit__isnull=False)


class HonourSettings(CompanyModel):
    """How a company honours: one row; money in minor units."""

    deal_limit = models.BigIntegerField(_("victory report from a deal of"), null=True, blank=True, default=100_000_00)
    reports_targets = models.BooleanField(_("victory report when a target is reached"), default=True)
    shows_amounts = models.BooleanField(_("amounts stand on victory reports"), default=False)
    prize_limit = models.BigIntegerField(_("prize that managers and directors may attach, at most"), default=0)
    # In prizes of one contest; None for as much as they like.
    contest_limit = models.BigIntegerField(
        _("prizes of a contest that a manager announces, at most"), null=True, blank=True, default=10_000_00
    )
    appeal_days = models.PositiveSmallIntegerField(_("days to appeal against a decision"), default=7)

    class Meta:
        verbose_name = _("settings of honours and rules")
        verbose_name_plural = _("settings of honours and rules")
        constraints = [
            UniqueConstraint(fields=["company"], name="one_row_of_honour_settings"),
            CheckConstraint(condition=Q(deal_limit=None) | Q(deal_limit__gt=0), name="victory_limit_is_positive"),
            CheckConstraint(condition=Q(contest_limit=None) | Q(contest_limit__gte=0), name="contest_limit_is_not_negative"),
            CheckConstraint(condition=Q(prize_limit__gte=0, appeal_days__gte=1), name="honour_settings_are_not_negative"),
        ]

    def __str__(self):
        return str(self.pk)

    @property
    def appeal_span(self):
        """How long one may appeal after the day of the decision."""
        return timedelta(days=self.appeal_days)


class AwardQuerySet(CompanyQuerySet):
    def standing(self):
        """Awards that were not withdrawn."""
        return self.filter(withdrawn_on=None)


class Award(CompanyModel):
    """
    An honour given to a person or a team for a period.

    For what was proposed from the figures `value` is the figure as it stood when it was given (minor units of the metric).
    """

    kind = models.CharField(_("award"), max_length=10, choices=AwardKind)
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("day after the last"))
    # Among whom: a unit and all below it; None is the whole company.
    among = CompanyForeignKey(Unit, null=True, blank=True, related_name="+", verbose_name=_("among"))
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="awards", verbose_name=_("person"))
    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="awards", verbose_name=_("team"))
    reason = models.CharField(_("what for"), max_length=300)
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("metric"))
    value = models.BigIntegerField(_("value"), null=True, blank=True)
    prize = models.BigIntegerField(_("prize"), default=0)
    decided_on = models.DateField(_("given on"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("given by")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(AwardQuerySet)()

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        ordering = ["-decided_on", "-pk"]
        constraints = [
            CheckConstraint(condition=ONE_WINNER, name="award_has_one_winner"),
            CheckConstraint(condition=Q(starts_on__lt=F("ends_before"), prize__gte=0), name="award_period_and_prize_are_right"),
            CheckConstraint(
                condition=Q(metric=None, value=None) | Q(metric__isnull=False, value__isnull=False),
                name="award_value_has_its_metric",
            ),
            CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_reason="") | (Q(withdrawn_on__isnull=False) & ~Q(withdrawn_reason="")),
                name="award_withdrawal_has_its_reason",
            ),
            UniqueConstraint(
                fields=["company", "kind", "starts_on", "among", "person"],
                condition=Q(withdrawn_on=None, person__isnull=False),
                nulls_distinct=False,
                name="one_award_per_person_and_period",
            ),
            UniqueConstraint(
                fields=["company", "kind", "starts_on", "among", "unit"],
                condition=Q(withdrawn_on=None, unit__isnull=False),
                nulls_distinct=False,
                name="one_award_per_unit_and_period",
            ),
        ]
        indexes = [models.Index(fields=["company", "decided_on"], name="award_by_day")]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.person or self.unit}"

    @property
    def winner(self):
        return self.person or self.unit


class AwardPrize(CompanyModel):
    """A person's part of the money that goes with an award; minor units."""

    award = CompanyForeignKey(Award, on_delete=models.CASCADE, related_name="prizes")
    person = CompanyForeignKey(Person, related_name="award_prizes", verbose_name=_("person"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("prize of an award")
        verbose_name_plural = _("prizes of awards")
        constraints = [
            UniqueConstraint(fields=["company", "award", "person"], name="one_prize_per_award_and_person"),
            CheckConstraint(condition=Q(amount__gt=0), name="award_prize_is_positive"),
        ]

    def __str__(self):
        return f"{self.person} · {self.award}"


class Nomination(CompanyModel):
    """Somebody put forward for an award of a quarter, with the reason; by a colleague, seen by everybody."""

    kind = models.CharField(_("award"), max_length=10, choices=AwardKind)
    starts_on = models.DateField(_("first day of the quarter"))
    person = CompanyForeignKey(Person, related_name="nominations", verbose_name=_("person"))
    by = CompanyForeignKey(Person, related_name="nominations_made", verbose_name=_("nominated by"))
    reason = models.CharField(_("what for"), max_length=300)
    nominated_on = models.DateField(_("day"))
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        ordering = ["-nominated_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "kind", "starts_on", "person", "by"], name="one_nomination_by_each"),
            UniqueConstraint(fields=["company", "client_ref"], name="one_nomination_per_client_ref"),
            CheckConstraint(condition=~Q(person=F("by")), name="nobody_nominates_themselves"),
            CheckConstraint(condition=Q(kind__in=["SERVICE", "INNOVATION", "SPECIAL"]), name="nominated_for_what_takes_it"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.person}"


class VictoryQuerySet(CompanyQuerySet):
    def standing(self):
        """Reports that are on the wall."""
        return self.filter(withdrawn_on=None)


class VictoryReport(CompanyModel):
    """
    That a large deal was won or a target reached; once for each. Off the wall it is kept, with the reason.

    `amount` is the deal's net amount, or what was reached of the target, in minor units.
    """

    deal = CompanyForeignKey(Deal, null=True, blank=True, related_name="victory_reports", verbose_name=_("deal"))
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("metric"))
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_before = models.DateField(_("day after the last"), null=True, blank=True)
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="victory_reports", verbose_name=_("person"))
    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="victory_reports", verbose_name=_("team"))
    amount = models.BigIntegerField(_("amount"))
    limit = models.BigIntegerField(_("what had to be reached"))
    happened_on = models.DateField(_("day"))
    withdrawn_on = models.DateField(_("off the wall since"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why off the wall"), max_length=10, choices=Withdrawal, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(VictoryQuerySet)()

    class Meta:
        verbose_name = _("victory report")
        verbose_name_plural = _("victory reports")
        ordering = ["-happened_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "deal"], name="one_victory_report_per_deal"),
            UniqueConstraint(
                fields=["company", "metric", "starts_on", "ends_before", "person", "unit"],
                condition=Q(deal=None),
                nulls_distinct=False,
                name="one_victory_report_per_target",
            ),
            CheckConstraint(condition=ONE_WINNER, name="victory_report_is_of_one"),
            CheckConstraint(
                condition=Q(deal__isnull=False, metric=None, starts_on=None, ends_before=None, person__isnull=False)
                | Q(deal=None, metric__isnull=False, starts_on__lt=F("ends_before")),
                name="victory_report_of_a_deal_or_a_target",
            ),
            CheckConstraint(
                condition=Q(withdrawn_on=None, withdrawn_reason="") | (Q(withdrawn_on__isnull=False) & ~Q(withdrawn_reason="")),
                name="victory_withdrawal_has_its_reason",
            ),
        ]
        indexes = [models.Index(fields=["company", "happened_on"], name="victory_report_by_day")]

    def __str__(self):
        return f"{self.person or self.unit} · {self.happened_on}"

    @property
    def winner(self):
        return self.person or self.unit
