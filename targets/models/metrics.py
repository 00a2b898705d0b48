"""What is measured."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.figures import is_chinese
from common.tenancy import CompanyForeignKey, CompanyModel
from credits.models import OwnMeasure
from credits.rules import is_own
from credits.rules.own import LONGEST_CODE


class Metric(CompanyModel):
    """
    A company's catalogue entry: what is measured, and how it is computed from the ledger.

    Value = numerator (÷ denominator for a ratio). Ratios are formed from summed parts, never averaged.
    """

    class Kind(models.TextChoices):
        MONEY = "MONEY", _("Money")
        COUNT = "COUNT", _("Count")
        LEVEL = "LEVEL", _("Number at the end")
        PERCENT = "PERCENT", _("Percentage")
        MONEY_RATIO = "MONEY_RATIO", _("Money per piece")
        COUNT_RATIO = "COUNT_RATIO", _("Count per piece")

    #: Kinds whose months add up to the year.
    ADDING = (Kind.MONEY, Kind.COUNT)
    #: Decimal places of their targets; a count is whole.
    SCALES = {Kind.MONEY: 2, Kind.MONEY_RATIO: 2, Kind.PERCENT: 1, Kind.COUNT_RATIO: 1}

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    numerator = models.CharField(_("counts"), max_length=LONGEST_CODE)
    denominator = models.CharField(_("per"), max_length=LONGEST_CODE, blank=True)
    is_lower_better = models.BooleanField(_("lower is better"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        ordering = ["position", "code"]
        constraints = [
            UniqueConstraint(fields=["company", "code"], name="one_metric_per_code"),
            CheckConstraint(
                condition=Q(kind__in=["MONEY", "COUNT", "LEVEL"], denominator="")
                | (Q(kind__in=["PERCENT", "MONEY_RATIO", "COUNT_RATIO"]) & ~Q(denominator="")),
                name="metric_ratio_has_a_denominator",
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def label(self):
        """The name in the language being spoken."""
        return self.name if is_chinese(get_language()) or not self.name_en else self.name_en

    @property
    def is_ratio(self):
        return bool(self.denominator)

    @property
    def adds_up(self):
        """Whether its months add up to the year, so that it can be planned and has a pace; a ratio and a level do not."""
        return self.kind in self.ADDING

    @property
    def is_own(self):
        """Whether the company itself says what is counted, by versions with their days."""
        return is_own(self.numerator)

    @property
    def measures(self):
        """The measures that go into it: one, or for a ratio two."""
        return (self.numerator, self.denominator) if self.denominator else (self.numerator,)

    @property
    def scale(self):
        """Decimal places between the stored whole numbers of its targets and what people read."""
        return self.SCALES.get(self.kind, 0)


class MetricVersion(CompanyModel):
    """
    What an own metric counts from a day on. Never changed: it holds until the next version begins.

    Its parts are what the ledger posts under the metric's `numerator` and `denominator`.
    """

    append_only = True

    metric = CompanyForeignKey(Metric, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    starts_on = models.DateField(_("from"))
    numerator = CompanyForeignKey(OwnMeasure, related_name="+")
    denominator = CompanyForeignKey(OwnMeasure, null=True, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("version of a metric")
        verbose_name_plural = _("versions of a metric")
        ordering = ["metric", "-number"]
        constraints = [
            UniqueConstraint(fields=["company", "metric", "number"], name="one_metric_version_per_number"),
            UniqueConstraint(fields=["company", "metric", "starts_on"], name="one_metric_version_per_day"),
        ]

    def __str__(self):
        return f"{self.metric} · {self.number}"
