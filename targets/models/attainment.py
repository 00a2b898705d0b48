"""What was reached, beside what was asked."""

from django.db import models
from django.db.models import CheckConstraint, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, DerivedModel
from targets.models.metrics import Metric
from targets.models.plans import ABOUT_ONE
from teams.models import Person, Unit


class Attainment(DerivedModel):
    """
    Actual beside target, per person or unit, metric and month, quarter or year: the stored result of the roll-up.

    A unit's row holds its whole subtree; the root unit's row is the company's.
    """

    class Span(models.TextChoices):
        MONTH = "MONTH", _("Month")
        QUARTER = "QUARTER", _("Quarter")
        YEAR = "YEAR", _("Year")

    metric = CompanyForeignKey(Metric, on_delete=models.CASCADE, related_name="+", db_index=False)
    span = models.CharField(max_length=8, choices=Span)
    starts_on = models.DateField()
    ends_before = models.DateField()
    unit = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    person = CompanyForeignKey(Person, null=True, related_name="+", db_index=False)
    numerator = models.BigIntegerField(default=0)
    denominator = models.BigIntegerField(null=True)
    # How much of it, of the denominator for a ratio, was there before the period began: it adds up over people, not over time.
    brought = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(null=True)
    commit = models.BigIntegerField(null=True)
    stretch = models.BigIntegerField(null=True)
    # The last day on which something was credited: decides between equals who got there first.
    reached_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("attainment")
        verbose_name_plural = _("attainments")
        constraints = [
            UniqueConstraint(
                fields=["company", "span", "starts_on", "metric", "unit", "person"],
                nulls_distinct=False,
                name="one_attainment_per_cell",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="attainment_is_about_a_unit_or_a_person"),
        ]
        indexes = [models.Index(fields=["company", "person", "span", "starts_on"], name="attainment_by_person")]

    def __str__(self):
        return f"{self.span} {self.starts_on} {self.numerator}"


class MonthProof(DerivedModel):
    """
    That a month's figures were brought in line: what they followed from, and what was stored of them, as one number each.

    Holds for as long as both are the same (`targets.queries.proofs`).
    """

    month = models.DateField()
    inputs = models.BigIntegerField()
    figures = models.BigIntegerField(null=True)

    class Meta:
        verbose_name = _("proof of a month")
        verbose_name_plural = _("proofs of months")
        constraints = [UniqueConstraint(fields=["company", "month"], name="one_proof_per_month")]

    def __str__(self):
        return str(self.month)
