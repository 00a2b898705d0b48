"""The ledger: who, in which unit, gets how much of which fact, effective when, known since when."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, Exists, F, Func, OuterRef, Q, UniqueConstraint
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet, DerivedModel
from credits.rules import STOCKED, Measure, own
from credits.rules.own import LONGEST_CODE
from customers.models import Channel
from deals.models import ProductLine
from teams.models import Person, Unit


class CreditQuerySet(CompanyQuerySet):
    def counting_in(self, period):
        """Credits that the figures of a period hold."""
        return self.filter(counts_on__gte=period.starts_on, counts_on__lt=period.ends_before)

    def settled(self):
        """Credits that figures may hold: of a measure that is being counted anew only those from before."""
        newer = Recounting.objects.filter(code=OuterRef("measure"), last_id__lt=OuterRef("pk"))
        return self.filter(~Exists(newer))

    def restated(self):
        """Credits that arrived for a period that was closed, and count in a later one."""
        return self.exclude(counts_on=F("day"))


class Credit(CompanyModel):
    """
    One posting. Never changed: a fact that changes posts the difference to what it had posted before.

    A fact without anybody to credit is posted without person or unit, so that the ledger always adds up to the facts.

    `day` is the effective day: when it happened. `counts_on` is the day whose figures hold it: the same day, but the first
    open one when the day lay in a closed period as this was posted. Such a credit is a restatement.
    """

    append_only = True

    class Source(models.TextChoices):
        DEAL = "DEAL", _("Deal")
        RETURN = "RETURN", _("Return")
        PAYMENT = "PAYMENT", _("Payment")
        VISIT = "VISIT", _("Visit")
        CUSTOMER = "CUSTOMER", _("Customer")
        TASK = "TASK", _("Task")
        WORK_DAY = "WORK_DAY", _("Working day")
        # A deal, as what is owed for it.
        RECEIVABLE = "RECEIVABLE", _("Receivable")
        COMPLAINT = "COMPLAINT", _("Complaint")
        SURVEY = "SURVEY", _("Satisfaction survey")
        EXPENSE = "EXPENSE", _("Expense")

    person = CompanyForeignKey(Person, null=True, related_name="credits", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, related_name="credits", db_index=False)
    day = models.DateField(_("effective day"))
    counts_on = models.DateField(_("counts on"))
    measure = models.CharField(max_length=LONGEST_CODE)
    product_line = CompanyForeignKey(ProductLine, null=True, related_name="+", db_index=False)
    channel = CompanyForeignKey(Channel, null=True, related_name="+", db_index=False)
    # Where the order lies, beside `unit`, where its person belonged: two views of a territory's sales.
    territory = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    amount = models.BigIntegerField()
    is_overlay = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=Source)
    source_id = models.BigIntegerField()
    # Of the crediting rules; for what a company counts by its own rule, the number of the metric's version.
    rule_version = models.PositiveSmallIntegerField(default=1)
    recorded_at = models.DateTimeField(_("known since"), auto_now_add=True)

    objects = CompanyManager.from_queryset(CreditQuerySet)()

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        indexes = [
            models.Index(
                fields=["company", "counts_on"],
                include=["person", "unit", "measure", "amount", "is_overlay"],
                name="credit_by_counting_day",
            ),
            models.Index(fields=["company", "source", "source_id"], name="credit_by_source"),
            models.Index(fields=["company", "person", "day"], name="credit_by_person"),
            models.Index(fields=["company", "counts_on"], condition=~Q(counts_on=F("day")), name="restatement_by_counting_day"),
            # Which days worked are posted already is asked every night, also where there are none.
            models.Index(fields=["company", "day"], condition=Q(measure=Measure.DAYS_WORKED), name="day_worked_by_day"),
            # What came back is few among many, and pay asks for it alone.
            models.Index(
                fields=["company", "counts_on"],
                condition=Q(source="RETURN") | Q(amount__lt=0, source__in=["DEAL", "PAYMENT"]),
                name="credit_that_takes_by_day",
            ),
            # What is brought forward is read from its first day on.
            models.Index(
                fields=["company", "counts_on"],
                include=["person", "unit", "measure", "amount", "is_overlay"],
                condition=Q(measure__in=STOCKED),
                name="stocked_credit_by_day",
            ),
        ]
        constraints = [CheckConstraint(condition=Q(counts_on__gte=F("day")), name="credit_never_counts_before_its_day")]

    def __str__(self):
        return f"{self.measure} {self.amount} {self.day}"


class DailyTotal(DerivedModel):
    """What the ledger adds up to, per person, unit and day on which it counts. Rebuilt from nothing it holds the same rows."""

    day = models.DateField()
    person = CompanyForeignKey(Person, null=True, related_name="+", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    measure = models.CharField(max_length=LONGEST_CODE)
    is_overlay = models.BooleanField(default=False)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("daily total")
        verbose_name_plural = _("daily totals")
        constraints = [
            UniqueConstraint(
                fields=["company", "day", "person", "unit", "measure", "is_overlay"],
                nulls_distinct=False,
                name="one_total_per_key",
            )
        ]
        indexes = [
            models.Index(fields=["company", "person", "day"], name="daily_total_by_person"),
            models.Index(
                fields=["company", "day"],
                include=["person", "unit", "measure", "amount", "is_overlay"],
                condition=Q(measure__in=STOCKED),
                name="stocked_total_by_day",
            ),
        ]

    def __str__(self):
        return f"{self.measure} {self.amount} {self.day}"


class Closing(CompanyModel):
    """
    A span of days whose figures are final: what is posted for it later counts on the first open day.

    Closings follow one another without a gap; there is no reopening.
    """

    append_only = True

    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("until (exclusive)"))
    closed_at = models.DateTimeField(_("closed at"), default=timezone.now)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    # What the ledger added up to at that moment: `credits.queries.closings.sums_of` gives the same for ever after.
    sums = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("closing")
        verbose_name_plural = _("closings")
        ordering = ["-starts_on"]
        constraints = [
            CheckConstraint(condition=Q(ends_before__gt=F("starts_on")), name="closing_lasts_a_day"),
            ExclusionConstraint(
                name="one_closing_per_day",
                expressions=[
                    (F("company"), RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_before"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.starts_on} – {self.ends_before - timedelta(days=1)}"


class DirtyDay(CompanyModel):
    """
    A mark on a day whose totals no longer follow the ledger: made by the transaction that posted, taken off by the roll-up.

    A day may carry many marks. One per day would make everybody who posts today wait for a long import that did so first.
    """

    day = models.DateField()

    class Meta:
        verbose_name = _("day to refresh")
        verbose_name_plural = _("days to refresh")
        indexes = [models.Index(fields=["company", "day"], name="mark_by_day")]

    def __str__(self):
        return str(self.day)


class DayReached(CompanyModel):
    """Up to which day, inclusive, the ledger holds what comes about by time alone: a customer who has not bought for a year."""

    day = models.DateField()

    class Meta:
        verbose_name = _("day reached")
        verbose_name_plural = _("days reached")
        constraints = [UniqueConstraint(fields=["company"], name="one_day_reached_per_company")]

    def __str__(self):
        return str(self.day)


class Recounting(CompanyModel):
    """
    An own measure whose facts are being posted by another rule, part by part; until the last one is, figures stay as they were.

    What is posted under `code` after the credit `last_id` is in the ledger, but in no figure yet (`credits.queries.recounting`).
    """

    code = models.CharField(max_length=LONGEST_CODE)
    last_id = models.BigIntegerField()
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("measure being counted anew")
        verbose_name_plural = _("measures being counted anew")
        constraints = [UniqueConstraint(fields=["company", "code"], name="one_recounting_per_code")]

    def __str__(self):
        return self.code


class OwnMeasure(CompanyModel):
    """
    What a company counts by a rule of its own, from a day on: one part of one version of an own metric.

    Never changed: it holds until a later one with the same code begins. The ledger carries `code` as its measure.
    """

    append_only = True

    code = models.CharField(_("code"), max_length=LONGEST_CODE)
    starts_on = models.DateField(_("from"))
    measure = models.CharField(_("counts"), max_length=LONGEST_CODE, choices=Measure)
    dated_by = models.CharField(_("by day"), max_length=8, choices=own.DatedBy)
    role = models.CharField(_("for whom"), max_length=8, choices=own.CreditedRole)
    customers = models.CharField(_("customers"), max_length=9, choices=own.Customers)
    # Empty (NULL) counts all of them. Lines and channels are never deleted, so their ids hold.
    product_line_ids = ArrayField(models.BigIntegerField(), null=True)
    channel_ids = ArrayField(models.BigIntegerField(), null=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("own measure")
        verbose_name_plural = _("own measures")
        ordering = ["code", "starts_on"]
        constraints = [
            UniqueConstraint(fields=["company", "code", "starts_on"], name="one_own_measure_per_code_and_day"),
            models.CheckConstraint(condition=models.Q(code__startswith="OWN:"), name="own_measure_has_a_code_of_its_own"),
        ]

    def __str__(self):
        return f"{self.code} {self.starts_on}"

    @property
    def part(self):
        """The rule as a plain value."""
        chosen = [None if ids is None else frozenset(ids) for ids in (self.product_line_ids, self.channel_ids)]
        return own.Part(self.measure, self.dated_by, self.role, self.customers, *chosen)
