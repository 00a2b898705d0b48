"""What reports keep: how people are assessed, what was scored by hand, and every workbook that was handed out."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from targets.models import Metric
from teams.models import Person, Unit


class Indicator(CompanyModel):
    """
    A line of the quarterly assessment sheet: a metric scored by its attainment, or something scored by hand.

    Score = min(cap, attainment %) for a metric, zero below the floor; 0–100 typed in otherwise.
    """

    name = models.CharField(_("indicator"), max_length=80)
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("metric"))
    weight = models.PositiveSmallIntegerField(_("weight in %"))
    floor_percent = models.PositiveSmallIntegerField(_("no score below (%)"), default=0)
    cap_percent = models.PositiveSmallIntegerField(_("score capped at (%)"), default=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["position", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "name"], name="one_indicator_per_name"),
            CheckConstraint(condition=Q(weight__gte=1, weight__lte=100), name="indicator_weight_is_a_percentage"),
            CheckConstraint(condition=Q(floor_percent__lte=F("cap_percent")), name="indicator_floor_below_cap"),
        ]

    def __str__(self):
        return self.name


class ManualScore(CompanyModel):
    """A score between 0 and 100 that a manager gave a person for an indicator without a metric."""

    indicator = CompanyForeignKey(Indicator, related_name="scores")
    person = CompanyForeignKey(Person, related_name="+")
    quarter_starts_on = models.DateField()
    score = models.DecimalField(_("score"), max_digits=5, decimal_places=1)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            UniqueConstraint(
                fields=["company", "indicator", "person", "quarter_starts_on"], name="one_score_per_person_and_quarter"
            ),
            CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="score_is_between_0_and_100"),
        ]

    def __str__(self):
        return f"{self.person} {self.score}"


class AssessmentExport(CompanyModel):
    """A quarterly workbook as it was handed out; the file is kept."""

    quarter_starts_on = models.DateField(_("quarter"))
    unit = CompanyForeignKey(Unit, related_name="+", verbose_name=_("unit"))
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    people = models.PositiveIntegerField(_("people"))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("assessment workbook")
        verbose_name_plural = _("assessment workbooks")
        ordering = ["-created_at"]

    def __str__(self):
        return self.file_name
