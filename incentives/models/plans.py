"""Pay plans: for whom, from when to when, made of which components. Amounts of money are in minor units."""

from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import CheckConstraint, F, Func, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from credits.rules.own import LONGEST_CODE
from customers.models import Channel
from deals.models import ProductLine
from incentives.rules import terms
from targets.models import Metric
from teams.models import Person, Unit


class PayPlan(CompanyModel):
    """What a group of people is paid by, through all its versions."""

    name = models.CharField(_("name"), max_length=80)
    note = models.CharField(_("note"), max_length=300, blank=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("pay plan")
        verbose_name_plural = _("pay plans")
        ordering = ["name", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "name"], name="one_pay_plan_per_name"),
            UniqueConstraint(fields=["company", "client_ref"], name="one_pay_plan_per_client_ref"),
        ]

    def __str__(self):
        return self.name


class PayPlanVersion(CompanyModel):
    """
    The terms of a plan from a day (in) to a day (out; open-ended when empty). Once published they never change but for their end.

    Whom it is for: everybody with one of the `roles` in one of the `units` (or below), of one of the tenure `stages`; an empty
    list leaves nobody out, and without anything said the version is for nobody. `PayPlanPerson` names exceptions.
    """

    class Status(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        PUBLISHED = "PUBLISHED", _("Published")
        DISCARDED = "DISCARDED", _("Discarded")

    plan = CompanyForeignKey(PayPlan, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("until (exclusive)"), null=True, blank=True)
    roles = ArrayField(models.CharField(max_length=10), verbose_name=_("roles"), default=list, blank=True)
    stages = ArrayField(models.CharField(max_length=10), verbose_name=_("tenure stages"), default=list, blank=True)
    # At most so much a month from the whole plan, before deductions.
    cap = models.BigIntegerField(_("cap a month"), null=True, blank=True)
    note = models.CharField(_("what changes"), max_length=300, blank=True)
    # Counts the changes of a draft: whoever worked from an older one is told instead of overwriting what came between.
    revision = models.PositiveIntegerField(default=1, editable=False)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("version of a pay plan")
        verbose_name_plural = _("versions of a pay plan")
        ordering = ["plan", "number"]
        constraints = [
            UniqueConstraint(fields=["company", "plan", "number"], name="one_pay_plan_version_per_number"),
            UniqueConstraint(fields=["company", "client_ref"], name="one_pay_plan_version_per_client_ref"),
            CheckConstraint(condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_on")), name="pay_plan_lasts_a_day"),
            CheckConstraint(condition=Q(cap=None) | Q(cap__gt=0), name="pay_plan_cap_is_positive"),
            ExclusionConstraint(
                name="one_pay_plan_version_at_a_time",
                condition=Q(status="PUBLISHED"),
                expressions=[
                    (F("company"), RangeOperators.EQUAL),
                    (F("plan"), RangeOperators.EQUAL),
                    (
                        Func(F("starts_on"), F("ends_before"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.plan} {self.number}"


class PayPlanUnit(CompanyModel):
    """A unit, with everybody below it, that a version is for."""

    version = CompanyForeignKey(PayPlanVersion, on_delete=models.CASCADE, related_name="units")
    unit = CompanyForeignKey(Unit, related_name="+", verbose_name=_("unit"))

    class Meta:
        verbose_name = _("unit of a pay plan")
        verbose_name_plural = _("units of a pay plan")
        constraints = [UniqueConstraint(fields=["company", "version", "unit"], name="one_row_per_unit_of_a_pay_plan")]

    def __str__(self):
        return str(self.unit)


class PayPlanPerson(CompanyModel):
    """Somebody who is in the plan, or left out of it, whatever its roles, units and stages say."""

    version = CompanyForeignKey(PayPlanVersion, on_delete=models.CASCADE, related_name="people")
    person = CompanyForeignKey(Person, related_name="+", verbose_name=_("person"))
    is_left_out = models.BooleanField(_("left out"), default=False)

    class Meta:
        verbose_name = _("person of a pay plan")
        verbose_name_plural = _("people of a pay plan")
        constraints = [UniqueConstraint(fields=["company", "version", "person"], name="one_row_per_person_of_a_pay_plan")]

    def __str__(self):
        return str(self.person)


class Component(CompanyModel):
    """
    One thing that a version pays for. Which fields speak depends on its kind (docs/conventions.md, "Pay").

    `key` is the same in every version of the plan, so that what was paid for it stays comparable.
    """

    version = CompanyForeignKey(PayPlanVersion, on_delete=models.CASCADE, related_name="components")
    key = models.UUIDField(default=uuid4, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=terms.Kind)
    # What is counted: a measure of the ledger, a company's own one included, for commission and pool.
    measure = models.CharField(_("what is counted"), max_length=LONGEST_CODE, blank=True)
    # Whose attainment counts, for a bonus, a table chosen by attainment, and a pool shared by it.
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("metric"))
    whose = models.CharField(_("whose results"), max_length=8, choices=terms.Whose, default=terms.Whose.OWN)
    credited = models.CharField(_("which credit"), max_length=8, choices=terms.Credited, default=terms.Credited.SHARES)
    base = models.CharField(_("worked out on"), max_length=8, choices=terms.Base, default=terms.Base.PERIOD)
    span = models.CharField(_("adds up over"), max_length=8, choices=terms.Span, default=terms.Span.MONTH)
    steps_read = models.CharField(_("how the table is read"), max_length=12, choices=terms.Steps, default=terms.Steps.FLAT)
    pays = models.CharField(_("a step gives"), max_length=8, choices=terms.Pays, default=terms.Pays.RATE)
    chosen_by = models.CharField(_("step chosen by"), max_length=10, choices=terms.ChosenBy, default=terms.ChosenBy.AMOUNT)
    # What 100 % of a bonus is worth over its span; the guarantee of a whole month.
    amount = models.BigIntegerField(_("amount"), null=True, blank=True)
    # In place of an amount, for a bonus: so many times each person's own base pay of a month.
    base_pay_factor = models.DecimalField(_("times base pay"), max_digits=8, decimal_places=4, null=True, blank=True)
    cap = models.BigIntegerField(_("at most, over its span"), null=True, blank=True)
    is_prorated = models.BooleanField(_("by working days for who joins or leaves meanwhile"), default=True)
    is_ramped = models.BooleanField(_("newcomers are measured by their ramp"), default=False)
    # Of what is earned, per cent paid at once; the rest waits for its release.
    paid_at_once = models.DecimalField(_("paid at once, %"), max_digits=5, decimal_places=2, default=100)
    release = models.CharField(_("the rest is paid"), max_length=10, choices=terms.Release, default=terms.Release.NEVER_HELD)
    clawback = models.CharField(_("taken back"), max_length=10, choices=terms.Clawback, default=terms.Clawback.PAID_RATE)
    clawback_months = models.PositiveSmallIntegerField(_("term in months"), null=True, blank=True)
    draw = models.CharField(_("kind of guarantee"), max_length=10, choices=terms.Draw, blank=True)
    # The guarantee ends after so many months of service; empty: never.
    draw_months = models.PositiveSmallIntegerField(_("in the first months of service"), null=True, blank=True)
    sharing = models.CharField(_("shared out"), max_length=8, choices=terms.Sharing, blank=True)

    class Meta:
        verbose_name = _("component of a pay plan")
        verbose_name_plural = _("components of a pay plan")
        ordering = ["version", "position", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "version", "key"], name="one_component_per_key"),
            CheckConstraint(condition=Q(paid_at_once__gte=0, paid_at_once__lte=100), name="paid_at_once_is_a_percentage"),
            CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="component_amount_is_not_negative"),
            CheckConstraint(condition=Q(cap=None) | Q(cap__gt=0), name="component_cap_is_positive"),
            CheckConstraint(
                condition=Q(base_pay_factor=None) | Q(base_pay_factor__gt=0, amount=None), name="component_share_of_base_pay"
            ),
        ]

    def __str__(self):
        return self.name


class Gate(CompanyModel):
    """
    Something else that decides how much of a component is paid: a metric whose value or attainment finds its step, or another
    component that has to pay something. Of several each decides about what the others let through.
    """

    component = CompanyForeignKey(Component, on_delete=models.CASCADE, related_name="gates")
    # Which of the component's gates it is, as `Step.gate` has it.
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("gate"))
    by_attainment = models.BooleanField(_("the gate asks for the attainment, not the value"), default=False)
    # The key of the component that has to pay something.
    awaits = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        ordering = ["component", "position"]
        constraints = [
            UniqueConstraint(fields=["company", "component", "position"], name="one_gate_per_position"),
            CheckConstraint(
                condition=Q(metric=None, awaits__isnull=False) | Q(metric__isnull=False, awaits=None),
                name="gate_asks_for_one_thing",
            ),
        ]

    def __str__(self):
        return str(self.metric or self.awaits)


class Step(CompanyModel):
    """
    One row of a component's tables: from (in) to (out; without end when empty), and what holds there.

    Bounds are as people type them: money in whole currency, percentages as 80, days as 30, months as 12. `value` is a rate in per
    cent of money, money per piece of a count, money for reaching the step (`Component.pays`), per cent of the bonus (CURVE), what
    an attainment or a value of `metric` scores in per cent (SCORE), or per cent of what was earned (GATE, DECAY). Of rates of one
    component those with the most of product line, channel and customers named are looked at first, and only they.
    """

    component = CompanyForeignKey(Component, on_delete=models.CASCADE, related_name="steps")
    use = models.CharField(_("for"), max_length=6, choices=terms.Use, default=terms.Use.RATE)
    position = models.PositiveSmallIntegerField(default=0)
    # Of several gates, to which one it belongs (`Gate.position`).
    gate = models.PositiveSmallIntegerField(default=0)
    product_line = CompanyForeignKey(ProductLine, null=True, blank=True, related_name="+", verbose_name=_("product line"))
    channel = CompanyForeignKey(Channel, null=True, blank=True, related_name="+", verbose_name=_("channel"))
    customers = models.CharField(_("customers"), max_length=10, choices=terms.Customers, default=terms.Customers.ALL)
    # Whose attainment a score is for; of the other uses none.
    metric = CompanyForeignKey(Metric, null=True, blank=True, related_name="+", verbose_name=_("metric"))
    starts_at = models.DecimalField(_("from"), max_digits=18, decimal_places=4, default=0)
    ends_before = models.DecimalField(_("to"), max_digits=18, decimal_places=4, null=True, blank=True)
    value = models.DecimalField(_("rate"), max_digits=14, decimal_places=4)

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["component", "use", "position", "pk"]
        constraints = [
            CheckConstraint(condition=Q(ends_before=None) | Q(ends_before__gt=F("starts_at")), name="pay_step_has_a_width"),
        ]

    def __str__(self):
        return f"{self.starts_at} – {self.ends_before}: {self.value}"


class KpiPart(CompanyModel):
    """
    A metric in a weighted bonus; parts without a value drop out and the weights renormalise.

    It counts as its attainment, or, where `reads` says how, by a table of its own: the steps for SCORE of the same metric.
    """

    component = CompanyForeignKey(Component, on_delete=models.CASCADE, related_name="parts")
    metric = CompanyForeignKey(Metric, related_name="+", verbose_name=_("metric"))
    weight = models.DecimalField(_("weight"), max_digits=7, decimal_places=2)
    reads = models.CharField(_("counts as"), max_length=12, choices=terms.Steps, blank=True)
    by_value = models.BooleanField(_("its table asks for the value, not the attainment"), default=False)

    class Meta:
        verbose_name = _("part of a KPI bonus")
        verbose_name_plural = _("parts of a KPI bonus")
        ordering = ["component", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "component", "metric"], name="one_kpi_part_per_metric"),
            CheckConstraint(condition=Q(weight__gt=0), name="kpi_weight_is_positive"),
        ]

    def __str__(self):
        return f"{self.metric} {self.weight}"
