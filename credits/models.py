"""The ledger: who, in which unit, gets how much of which fact, effective when, known since when."""

from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel, DerivedModel
from credits.rules import Measure
from customers.models import Channel
from deals.models import ProductLine
from teams.models import Person, Unit


class Credit(CompanyModel):
    """
    One posting. Never changed: a fact that changes posts the difference to what it had posted before.

    A fact without anybody to credit is posted without person or unit, so that the ledger always adds up to the facts.
    """

    append_only = True

    class Source(models.TextChoices):
        DEAL = "DEAL", _("Deal")
        RETURN = "RETURN", _("Return")
        PAYMENT = "PAYMENT", _("Payment")
        VISIT = "VISIT", _("Visit")
        CUSTOMER = "CUSTOMER", _("Customer")

    person = CompanyForeignKey(Person, null=True, related_name="credits", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, related_name="credits", db_index=False)
    day = models.DateField(_("effective day"))
    measure = models.CharField(max_length=20, choices=Measure)
    product_line = CompanyForeignKey(ProductLine, null=True, related_name="+", db_index=False)
    channel = CompanyForeignKey(Channel, null=True, related_name="+", db_index=False)
    amount = models.BigIntegerField()
    is_overlay = models.BooleanField(default=False)
    source = models.CharField(max_length=10, choices=Source)
    source_id = models.BigIntegerField()
    rule_version = models.PositiveSmallIntegerField(default=1)
    recorded_at = models.DateTimeField(_("known since"), auto_now_add=True)

    class Meta:
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        indexes = [
            models.Index(
                fields=["company", "day"], include=["person", "unit", "measure", "amount", "is_overlay"], name="credit_by_day"
            ),
            models.Index(fields=["company", "source", "source_id"], name="credit_by_source"),
            models.Index(fields=["company", "person", "day"], name="credit_by_person"),
        ]

    def __str__(self):
        return f"{self.measure} {self.amount} {self.day}"


class DailyTotal(DerivedModel):
    """What the ledger adds up to, per person, unit and day. Rebuilt from nothing it holds the same rows."""

    day = models.DateField()
    person = CompanyForeignKey(Person, null=True, related_name="+", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    measure = models.CharField(max_length=20, choices=Measure)
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
        indexes = [models.Index(fields=["company", "person", "day"], name="daily_total_by_person")]

    def __str__(self):
        return f"{self.measure} {self.amount} {self.day}"


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
