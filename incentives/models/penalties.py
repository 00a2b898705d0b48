"""Rules of the team with their versions, who has read them, and the cases that the records propose."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from customers.models import Customer
from deals.models import Deal
from incentives.rules.penalties import AppliesTo, CaseStatus, Effect, Trigger
from teams.models import Person, Task, Unit


class TeamRule(CompanyModel):
    """A rule; what it says stands in its versions. It holds for a unit with all below it, or for the whole company."""

    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="team_rules", verbose_name=_("holds in"))
    retired_on = models.DateField(_("no longer holds from"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("team rule")
        verbose_name_plural = _("team rules")

    def __str__(self):
        return f"#{self.pk}"


class RuleVersionQuerySet(CompanyQuerySet):
    def published(self):
        return self.exclude(holds_from=None)

    def drafts(self):
        return self.filter(holds_from=None)


class RuleVersion(CompanyModel):
    """
    What a rule says from a day on. A draft has no day yet; what was published is never changed, only followed by another.

    `amount` is in minor units, given or taken once for each case.
    """

    rule = CompanyForeignKey(TeamRule, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what it says"), max_length=4000)
    effect = models.CharField(_("kind of rule"), max_length=8, choices=Effect, default=Effect.PENALTY)
    applies_to = models.CharField(_("whom it holds for"), max_length=8, choices=AppliesTo, default=AppliesTo.REPS)
    trigger = models.CharField(_("what in the records proposes a case"), max_length=12, choices=Trigger, blank=True)
    threshold = models.PositiveSmallIntegerField(_("from how many in a month"), null=True, blank=True)
    amount = models.BigIntegerField(_("amount"), default=0)
    consequence = models.CharField(_("what follows"), max_length=200)
    holds_from = models.DateField(_("holds from"), null=True, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(RuleVersionQuerySet)()

    class Meta:
        verbose_name = _("version of a team rule")
        verbose_name_plural = _("versions of team rules")
        ordering = ["rule", "number"]
        constraints = [
            UniqueConstraint(fields=["company", "rule", "number"], name="one_rule_version_per_number"),
            UniqueConstraint(fields=["company", "rule"], condition=Q(holds_from=None), name="one_draft_per_rule"),
            UniqueConstraint(fields=["company", "rule", "holds_from"], name="one_rule_version_per_day"),
            CheckConstraint(condition=Q(amount__gte=0), name="rule_amount_is_not_negative"),
            CheckConstraint(
                condition=Q(trigger="", threshold=None) | (~Q(trigger="") & Q(threshold__gte=1)),
                name="rule_trigger_has_its_threshold",
            ),
            # Published beforehand: nobody is bound by what they could not know.
            CheckConstraint(
                condition=Q(holds_from=None, published_on=None) | Q(holds_from__gt=F("published_on")),
                name="rule_is_published_beforehand",
            ),
        ]

    def __str__(self):
        return self.title


class RuleAcknowledgement(CompanyModel):
    """That somebody has read a version of a rule."""

    version = CompanyForeignKey(RuleVersion, related_name="acknowledgements")
    person = CompanyForeignKey(Person, related_name="rules_acknowledged", verbose_name=_("person"))
    acknowledged_on = models.DateField(_("day"))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("acknowledgement of a rule")
        verbose_name_plural = _("acknowledgements of rules")
        constraints = [UniqueConstraint(fields=["company", "version", "person"], name="one_acknowledgement_per_person")]

    def __str__(self):
        return f"{self.person} · {self.version}"


class CaseQuerySet(CompanyQuerySet):
    def from_records(self):
        """Cases that a month's records proposed."""
        return self.filter(happened_on=None)

    def by_hand(self):
        """Cases that somebody opened for what happened on a day."""
        return self.exclude(happened_on=None)

    def final_in(self, period):
        """Cases that have their effect since a day of a period."""
        return self.filter(final_on__gte=period.starts_on, final_on__lt=period.ends_before)


class RuleCase(CompanyModel):
    """
    What a month's records set off for one person under one rule, once; or what somebody who leads them opened by hand, once
    for a day. A person decides.

    `measured` is what the records held when it was proposed or looked at last; its rows are the evidence. By hand it is one,
    and the evidence is the `account` of what happened.
    """

    rule = CompanyForeignKey(TeamRule, related_name="cases")
    version = CompanyForeignKey(RuleVersion, related_name="cases", verbose_name=_("rule"))
    person = CompanyForeignKey(Person, related_name="rule_cases", verbose_name=_("person"))
    starts_on = models.DateField(_("first day"))
    ends_before = models.DateField(_("day after the last"))
    measured = models.PositiveIntegerField(_("what the records hold"))
    status = models.CharField(_("status"), max_length=10, choices=CaseStatus, default=CaseStatus.PROPOSED)
    proposed_on = models.DateField(_("proposed on"))
    happened_on = models.DateField(_("happened on"), null=True, blank=True)
    account = models.CharField(_("what happened"), max_length=1000, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("opened by")
    )
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("decided by")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    appeal_until = models.DateField(_("appeal until"), null=True, blank=True)
    appealed_on = models.DateField(_("appealed on"), null=True, blank=True)
    appeal = models.CharField(_("appeal"), max_length=1000, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("answered by")
    )
    answer = models.CharField(_("answer"), max_length=1000, blank=True)
    final_on = models.DateField(_("final on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(CaseQuerySet)()

    class Meta:
        verbose_name = _("case under a rule")
        verbose_name_plural = _("cases under rules")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            UniqueConstraint(
                fields=["company", "rule", "person", "starts_on"],
                condition=Q(happened_on=None),
                name="one_case_per_rule_person_and_month",
            ),
            UniqueConstraint(fields=["company", "rule", "person", "happened_on"], name="one_case_per_rule_person_and_day"),
            UniqueConstraint(fields=["company", "client_ref"], name="one_case_per_client_ref"),
            CheckConstraint(
                condition=Q(happened_on=None, account="", opened_by=None) | (Q(happened_on__isnull=False) & ~Q(account="")),
                name="case_by_hand_says_what_happened",
            ),
            CheckConstraint(
                condition=Q(status__in=["PROPOSED", "LAPSED"], decided_on=None, reason="")
                | (~Q(status__in=["PROPOSED", "LAPSED"]) & Q(decided_on__isnull=False) & ~Q(reason="")),
                name="case_decision_has_its_reason",
            ),
            CheckConstraint(
                condition=Q(status__in=["UPHELD", "LIFTED"], answered_on__isnull=False, appealed_on__isnull=False)
                | (~Q(status__in=["UPHELD", "LIFTED"]) & Q(answered_on=None)),
                name="case_answer_follows_an_appeal",
            ),
            CheckConstraint(
                condition=Q(final_on=None) | Q(status__in=["CONFIRMED", "UPHELD"]), name="case_without_effect_is_not_final"
            ),
            CheckConstraint(
                condition=Q(answered_by=None) | Q(decided_by=None) | ~Q(answered_by=F("decided_by")),
                name="case_is_answered_by_somebody_else",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "person", "-starts_on"], name="rule_case_by_person"),
            models.Index(fields=["company", "final_on"], name="rule_case_by_final_day"),
        ]

    def __str__(self):
        return f"{self.person} · {self.version}"


class CaseEvidence(CompanyModel):
    """One row of what the records hold about a case: a day, and the deal, customer or task it is about."""

    case = CompanyForeignKey(RuleCase, on_delete=models.CASCADE, related_name="evidence")
    on = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("how many"), default=1)
    deal = CompanyForeignKey(Deal, null=True, blank=True, related_name="+", verbose_name=_("deal"))
    customer = CompanyForeignKey(Customer, null=True, blank=True, related_name="+", verbose_name=_("customer"))
    task = CompanyForeignKey(Task, null=True, blank=True, related_name="+", verbose_name=_("task"))

    class Meta:
        verbose_name = _("evidence of a case")
        verbose_name_plural = _("evidence of cases")
        ordering = ["on", "pk"]

    def __str__(self):
        return f"{self.case} · {self.on}"
