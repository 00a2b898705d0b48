"""Who stood where, and what was expected: kept as it was said."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from targets.models.attainment import Attainment
from targets.models.metrics import Metric
from targets.models.plans import ABOUT_ONE
from teams.models import Person, Unit


class Forecast(CompanyModel):
    """
    Where a period was expected to end, as it was said at one cut-off. Kept as said, so that it can be held against the actual.

    Amounts in minor units of the metric; four in five periods should end from `low` to `high`.
    """

    append_only = True

    cut_on = models.DateField(_("cut-off"))
    metric = CompanyForeignKey(Metric, related_name="+", db_index=False)
    span = models.CharField(max_length=8, choices=Attainment.Span)
    starts_on = models.DateField()
    ends_before = models.DateField()
    unit = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    person = CompanyForeignKey(Person, null=True, related_name="+", db_index=False)
    achieved = models.BigIntegerField()
    commit = models.BigIntegerField(null=True)
    low = models.BigIntegerField()
    middle = models.BigIntegerField()
    high = models.BigIntegerField()
    # Where the pace alone led, and what the open deals were given.
    run_rate = models.BigIntegerField()
    from_pipeline = models.BigIntegerField()
    open_amount = models.BigIntegerField()
    # Made later than its cut-off: it could not know the stages of then.
    is_afterwards = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("forecast")
        verbose_name_plural = _("forecasts")
        constraints = [
            UniqueConstraint(
                fields=["company", "cut_on", "span", "metric", "unit", "person"],
                nulls_distinct=False,
                name="one_forecast_per_cut_off",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="forecast_is_about_a_unit_or_a_person"),
            CheckConstraint(condition=Q(low__lte=F("middle"), middle__lte=F("high")), name="forecast_range_is_ordered"),
        ]
        indexes = [
            models.Index(fields=["company", "unit", "metric", "span", "starts_on"], name="forecast_by_unit"),
            models.Index(fields=["company", "person", "metric", "span", "starts_on"], name="forecast_by_person"),
        ]

    def __str__(self):
        return f"{self.cut_on} {self.span} {self.middle}"


class RankingQuerySet(CompanyQuerySet):
    def of_week(self, week_starts_on):
        return self.filter(week_starts_on=week_starts_on)

    def standing(self):
        """Those that hold: not superseded by a later version of the same week."""
        return self.filter(superseded_at=None)


class Ranking(CompanyModel):
    """A ranking as it was published in one week, for one metric, span and kind of subject. Kept as published."""

    class Subject(models.TextChoices):
        PERSON = "PERSON", _("People")
        TEAM = "TEAM", _("Teams")
        REGION = "REGION", _("Regions")

    week_starts_on = models.DateField(_("week of"))
    metric = CompanyForeignKey(Metric, related_name="+")
    span = models.CharField(max_length=8, choices=Attainment.Span)
    starts_on = models.DateField()
    ends_before = models.DateField()
    subject = models.CharField(max_length=8, choices=Subject)
    published_at = models.DateTimeField(auto_now_add=True)
    # How many cases a place took then; 0 where the ranking is not by a ratio of cases.
    minimum = models.PositiveSmallIntegerField(default=0)
    # Somebody had the week ranked again; what was published before is kept.
    superseded_at = models.DateTimeField(null=True)

    objects = CompanyManager.from_queryset(RankingQuerySet)()

    class Meta:
        verbose_name = _("ranking")
        verbose_name_plural = _("rankings")
        ordering = ["-week_starts_on"]
        constraints = [
            UniqueConstraint(
                fields=["company", "week_starts_on", "metric", "span", "subject"],
                condition=Q(superseded_at=None),
                name="one_ranking_per_week_and_board",
            )
        ]

    def __str__(self):
        return f"{self.week_starts_on} {self.metric} {self.span}"


class RankingRow(CompanyModel):
    """One line of a published ranking. Equal values share a rank: 1-2-2-4; below the minimum of cases there is none."""

    ranking = CompanyForeignKey(Ranking, on_delete=models.CASCADE, related_name="rows")
    person = CompanyForeignKey(Person, null=True, related_name="+", db_index=False)
    unit = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    # Where it stood on that day, so that an old ranking still says "in the region", "in the team".
    team = CompanyForeignKey(Unit, null=True, related_name="+", db_index=False)
    rank = models.PositiveIntegerField(null=True)
    previous_rank = models.PositiveIntegerField(null=True)
    numerator = models.BigIntegerField()
    denominator = models.BigIntegerField(null=True)
    commit = models.BigIntegerField(null=True)
    position = models.PositiveIntegerField()
    # Decides between equals.
    reached_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("place in a ranking")
        verbose_name_plural = _("places in a ranking")
        ordering = ["position"]
        constraints = [
            UniqueConstraint(fields=["company", "ranking", "position"], name="one_row_per_position"),
            CheckConstraint(condition=ABOUT_ONE, name="ranking_row_is_about_a_unit_or_a_person"),
        ]

    def __str__(self):
        return f"{self.rank}"


class RankingCorrection(CompanyModel):
    """
    What is known now that was not when a ranking was published: who would stand where today, and by which figures.

    The ranking itself stays as it was published.
    """

    append_only = True

    ranking = CompanyForeignKey(Ranking, related_name="corrections")
    found_at = models.DateTimeField(auto_now_add=True)
    # A list of {"person" or "unit", "was": [place, numerator, denominator], "is": the same}; null for no place.
    lines = models.JSONField()

    class Meta:
        verbose_name = _("correction of a ranking")
        verbose_name_plural = _("corrections of rankings")
        ordering = ["-found_at", "-pk"]

    def __str__(self):
        return f"{self.ranking} {self.found_at:%Y-%m-%d}"
