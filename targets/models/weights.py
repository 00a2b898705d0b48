"""How much each metric says in what is asked of somebody as a whole."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from targets.models.metrics import Metric
from targets.models.plans import ABOUT_ONE
from teams.models import Person, Unit


class MetricWeight(CompanyModel):
    """
    The say of one metric for a unit with everybody below it, or for one person, in a fiscal year.

    The weights of one unit or person and year add up to 100; whoever has none follows the nearest unit above.
    """

    year_starts_on = models.DateField(_("first day of the year"))
    unit = CompanyForeignKey(Unit, null=True, on_delete=models.CASCADE, related_name="+")
    person = CompanyForeignKey(Person, null=True, on_delete=models.CASCADE, related_name="+")
    metric = CompanyForeignKey(Metric, on_delete=models.CASCADE, related_name="+")
    percent = models.PositiveSmallIntegerField(_("weight in %"))

    class Meta:
        verbose_name = _("weight of a metric")
        verbose_name_plural = _("weights of metrics")
        constraints = [
            UniqueConstraint(
                fields=["company", "year_starts_on", "unit", "person", "metric"],
                nulls_distinct=False,
                name="one_weight_per_metric",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="weight_is_about_a_unit_or_a_person"),
            CheckConstraint(condition=Q(percent__gte=1, percent__lte=100), name="weight_is_a_percentage"),
        ]

    def __str__(self):
        return f"{self.metric} {self.percent} %"
