"""What reports keep: how people are assessed, what was scored by hand, and every workbook that was handed out."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from common.figures import is_chinese
from common.tenancy import CompanyForeignKey, CompanyModel
from targets.models import Metric
from teams.models import Person, Unit


class Indicator(CompanyModel):
    """
    A line of the quarterly assessment sheet: a metric scored by its attainment, or something scored by hand.

    A metric's score is its attainment in points, not below the floor and not above the cap; other scores are typed, 0–100.
    """

    name = models.CharField(_("indicator"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("metric"))
    weight = models.PositiveSmallIntegerField(_("weight in %"))
    floor_percent = models.PositiveSmallIntegerField(_("lowest score"), default=0)
    cap_percent = models.PositiveSmallIntegerField(_("highest score"), default=120)
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
        return self.label

    @property
    def label(self):
        """The name in the language being spoken."""
        return self.name if is_chinese(get_language()) or not self.name_en else self.name_en


class AssessmentGrade(CompanyModel):
    """A grade and the percentage of people who may have it; from the best on. A company's shares add up to 100."""

    name = models.CharField(_("assessment grade"), max_length=20)
    percent = models.PositiveSmallIntegerField(_("share of people in %"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("assessment grade")
        verbose_name_plural = _("assessment grades")
        ordering = ["position", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "name"], name="one_grade_per_name"),
            CheckConstraint(condition=Q(percent__lte=100), name="grade_share_is_a_percentage"),
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


class Remark(CompanyModel):
    """What a manager writes under a person's assessment of a quarter."""

    person = CompanyForeignKey(Person, related_name="+")
    quarter_starts_on = models.DateField()
    text = models.TextField(_("remark"), max_length=500)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        constraints = [
            UniqueConstraint(fields=["company", "person", "quarter_starts_on"], name="one_remark_per_person_and_quarter")
        ]

    def __str__(self):
        return f"{self.person} {self.quarter_starts_on}"


class AssessmentExport(CompanyModel):
    """A quarterly workbook as it was handed out; the file is kept."""

    append_only = True

    quarter_starts_on = models.DateField(_("quarter"))
    unit = CompanyForeignKey(Unit, related_name="+", verbose_name=_("unit"))
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    people = models.PositiveIntegerField(_("people"))
    # Made by the page that asked, so that a button pressed twice makes one.
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("assessment workbook")
        verbose_name_plural = _("assessment workbooks")
        ordering = ["-created_at", "-pk"]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_workbook_per_client_ref")]

    def __str__(self):
        return self.file_name
