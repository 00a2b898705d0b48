"""What people earned, month by month, what was posted for it, what was paid out, and what was asked about it."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tenancy import CompanyForeignKey, CompanyModel, PartModel
from incentives.models.plans import Component
from incentives.models.sealing import Sealed
from incentives.rules import terms
from teams.models import Person, Unit


class PaySettings(CompanyModel):
    """How a company pays: one row. Money in minor units."""

    rounding = models.PositiveIntegerField(_("amounts are rounded to"), default=1)
    deduction_percent = models.DecimalField(
        _("most that may be deducted, % of the month's pay"), max_digits=5, decimal_places=2, default=20
    )
    minimum_wage = models.BigIntegerField(_("local minimum wage a month"), default=0)
    dispute_days = models.PositiveSmallIntegerField(_("days to question a statement"), default=7)
    answer_days = models.PositiveSmallIntegerField(_("days to answer a question"), default=5)
    shows_amounts_in_groups = models.BooleanField(_("amounts may appear in group messages"), default=False)

    class Meta:
        verbose_name = _("pay settings")
        verbose_name_plural = _("pay settings")
        constraints = [
            UniqueConstraint(fields=["company"], name="one_row_of_pay_settings"),
            CheckConstraint(
                condition=Q(deduction_percent__gte=0, deduction_percent__lte=100), name="deduction_is_a_percentage"
            ),
            CheckConstraint(condition=Q(minimum_wage__gte=0, rounding__gt=0), name="pay_settings_are_not_negative"),
        ]

    def __str__(self):
        return f"{self.deduction_percent} %"


class PayTerms(CompanyModel):
    """
    What somebody is paid each month beside commission and bonus, from a day on; a minimum wage of their own place.

    Never changed: of a person's rows of one day the latest counts, and what was known when a statement was calculated stays known.
    """

    append_only = True

    person = CompanyForeignKey(Person, related_name="pay_terms", verbose_name=_("person"), db_index=False)
    starts_on = models.DateField(_("from"))
    base_pay = models.BigIntegerField(_("base pay a month"))
    minimum_wage = models.BigIntegerField(_("local minimum wage a month"), null=True, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("terms of pay")
        verbose_name_plural = _("terms of pay")
        ordering = ["person", "starts_on", "pk"]
        indexes = [models.Index(fields=["company", "person", "starts_on"], name="pay_terms_by_day")]
        constraints = [CheckConstraint(condition=Q(base_pay__gte=0), name="base_pay_is_not_negative")]

    def __str__(self):
        return f"{self.person} {self.starts_on}"


class Statement(Sealed, PartModel):
    """
    What somebody gets for a month. Until it is published it may be calculated again; then it is sealed, and corrections are
    lines of the next one.

    `known_at` is the moment whose knowledge the figures hold: the credits behind a line are those recorded until then.
    """

    sealed = Q(status=terms.Status.PUBLISHED)

    # No index of their own for what another one begins with: each is one more to be kept for every row.
    person = CompanyForeignKey(Person, related_name="statements", verbose_name=_("person"), db_index=False)
    # Where the person belonged on the last day of theirs in the month: who leads it, or a unit above, sees the statement.
    unit = CompanyForeignKey(Unit, related_name="+", verbose_name=_("unit"))
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("until (exclusive)"))
    status = models.CharField(_("status"), max_length=10, choices=terms.Status, default=terms.Status.DRAFT)
    total = models.BigIntegerField(_("total"), default=0)
    # Kept beside the total because every list shows them.
    paid = models.BigIntegerField(_("paid out"), default=0)
    held = models.BigIntegerField(_("held back to date"), default=0)
    draw_balance = models.BigIntegerField(_("guarantee to be worked off"), default=0)
    carried = models.BigIntegerField(_("carried to the next month"), default=0)
    known_at = models.DateTimeField(_("calculated at"))
    is_stale = models.BooleanField(_("figures have changed since"), default=False)
    # Of everything that was calculated, lines included: the same figures have the same.
    digest = models.CharField(max_length=32, default="", editable=False)
    approved_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pay statement")
        verbose_name_plural = _("pay statements")
        ordering = ["-starts_on", "person"]
        constraints = [
            UniqueConstraint(fields=["company", "person", "starts_on"], name="one_statement_per_person_and_month"),
            CheckConstraint(condition=Q(ends_before__gt=F("starts_on")), name="statement_lasts_a_day"),
        ]
        indexes = [models.Index(fields=["company", "starts_on", "status"], name="statement_by_month")]

    def __str__(self):
        return f"{self.person} {self.starts_on} – {self.ends_before - timedelta(days=1)}"

    @property
    def due(self):
        """What is still to be paid out; below zero where the base pay has to carry it."""
        return self.total - self.paid


class StatementLine(Sealed, PartModel):
    """
    One amount on a statement, with everything needed to recompute it.

    `facts` holds the arithmetic in plain values (docs/conventions.md, "Lines of a statement"): base, steps with rate and amount,
    gate, entitled and posted to date. Which credits the base is made of is read from the ledger as known at the statement's moment.
    """

    sealed = Q(statement__status=terms.Status.PUBLISHED)
    sealed_with = "statement"

    statement = CompanyForeignKey(Statement, on_delete=models.CASCADE, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=10, choices=terms.LineKind)
    source = models.CharField(max_length=10, choices=terms.Source, default=terms.Source.COMPONENT)
    source_id = models.BigIntegerField(null=True, blank=True)
    component = CompanyForeignKey(Component, null=True, blank=True, related_name="+", db_index=False)
    component_key = models.UUIDField(null=True, blank=True)
    # The span in which it was earned.
    earned_from = models.DateField(null=True, blank=True)
    earned_before = models.DateField(null=True, blank=True)
    name = models.CharField(_("what for"), max_length=120)
    base = models.BigIntegerField(null=True, blank=True)
    amount = models.BigIntegerField(_("amount"))
    facts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("line of a statement")
        verbose_name_plural = _("lines of a statement")
        ordering = ["statement", "position"]
        constraints = [UniqueConstraint(fields=["company", "statement", "position"], name="one_line_per_position")]

    def __str__(self):
        return f"{self.name} {self.amount}"


class PayEntry(CompanyModel):
    """
    The ledger of pay: what a published statement posted. Never changed; everything owed follows from its sums.

    The sum over a person's entries is what they were granted; HELD and CARRIED entries are negative when something waits, and
    positive when it is given.
    """

    append_only = True

    statement = CompanyForeignKey(Statement, related_name="entries")
    line = CompanyForeignKey(StatementLine, related_name="+", db_index=False)
    person = CompanyForeignKey(Person, related_name="pay_entries", db_index=False)
    kind = models.CharField(max_length=10, choices=terms.LineKind)
    source = models.CharField(max_length=10, choices=terms.Source)
    source_id = models.BigIntegerField(null=True)
    component_key = models.UUIDField(null=True)
    earned_from = models.DateField(null=True)
    earned_before = models.DateField(null=True)
    amount = models.BigIntegerField()
    posted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("entry of the pay ledger")
        verbose_name_plural = _("entries of the pay ledger")
        indexes = [models.Index(fields=["company", "person", "component_key"], name="pay_entry_by_person")]
        constraints = [UniqueConstraint(fields=["company", "line"], name="one_pay_entry_per_line")]

    def __str__(self):
        return f"{self.kind} {self.amount}"


class Payout(CompanyModel):
    """Money that was paid out for a statement, in parts if need be. A payout entered by mistake is taken back by a negative one."""

    append_only = True

    statement = CompanyForeignKey(Statement, related_name="payouts")
    amount = models.BigIntegerField(_("amount"))
    paid_on = models.DateField(_("paid on"))
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    takes_back = CompanyForeignKey("self", null=True, blank=True, related_name="+", db_index=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    client_ref = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["paid_on", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref", "statement"], name="one_payout_per_client_ref"),
            CheckConstraint(condition=~Q(amount=0), name="payout_is_something"),
        ]

    def __str__(self):
        return f"{self.amount} {self.paid_on}"


class StatementEvent(PartModel):
    """A step in the life of a statement: who did what, when, with which words."""

    append_only = True

    class Kind(models.TextChoices):
        CALCULATED = "CALC", _("Calculated")
        APPROVED = "APPROVED", _("Approved by the manager")
        SENT_BACK = "BACK", _("Sent back")
        CHECKED = "CHECKED", _("Checked by HR")
        PUBLISHED = "PUBLISHED", pgettext_lazy("statement", "Published")
        NOTICE = "NOTICE", _("Deduction announced")
        ACKNOWLEDGED = "ACK", _("Acknowledged")

    statement = CompanyForeignKey(Statement, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    note = models.CharField(_("note"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("step of a statement")
        verbose_name_plural = _("steps of a statement")
        ordering = ["made_at", "pk"]

    def __str__(self):
        return self.get_kind_display()


class PayAdjustment(CompanyModel):
    """An amount granted or taken by decision, with its reason: a line of the person's next statement."""

    append_only = True

    person = CompanyForeignKey(Person, related_name="pay_adjustments", verbose_name=_("person"))
    holds_from = models.DateField(_("in the statement of"))
    amount = models.BigIntegerField(_("amount"))
    reason = models.CharField(_("reason"), max_length=300)
    dispute = CompanyForeignKey("incentives.Dispute", null=True, blank=True, related_name="adjustments", db_index=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    client_ref = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("correction of pay")
        verbose_name_plural = _("corrections of pay")
        ordering = ["-made_at"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_pay_adjustment_per_client_ref"),
            CheckConstraint(condition=~Q(amount=0), name="pay_adjustment_is_something"),
        ]

    def __str__(self):
        return f"{self.person} {self.amount}"


class Dispute(CompanyModel):
    """A question about a line of a published statement, until it is settled or taken back."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("Waits for an answer")
        GRANTED = "GRANTED", _("Granted")
        DECLINED = "DECLINED", _("Declined")
        WITHDRAWN = "WITHDRAWN", _("Taken back")

    line = CompanyForeignKey(StatementLine, related_name="disputes")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    due_on = models.DateField(_("to be answered by"))
    # The deadline that was noted as passed without an answer.
    overdue_on = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    client_ref = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("question about a statement")
        verbose_name_plural = _("questions about statements")
        ordering = ["due_on", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_dispute_per_client_ref"),
            UniqueConstraint(fields=["company", "line"], condition=Q(status="OPEN"), name="one_open_dispute_per_line"),
        ]

    def __str__(self):
        return f"{self.line} {self.status}"


class DisputeMessage(CompanyModel):
    """One contribution to the talk about a line."""

    append_only = True

    dispute = CompanyForeignKey(Dispute, related_name="messages")
    text = models.CharField(_("text"), max_length=1000)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(default=timezone.now)
    client_ref = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("message about a statement")
        verbose_name_plural = _("messages about statements")
        ordering = ["made_at", "pk"]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_dispute_message_per_client_ref")]

    def __str__(self):
        return self.text[:40]


class PayExport(CompanyModel):
    """A month's payroll file as it was handed out; the file is kept."""

    append_only = True

    starts_on = models.DateField(_("month"))
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    people = models.PositiveIntegerField(_("people"))
    total = models.BigIntegerField(_("total"))
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payroll file")
        verbose_name_plural = _("payroll files")
        ordering = ["-made_at", "-pk"]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_pay_export_per_client_ref")]

    def __str__(self):
        return self.file_name
