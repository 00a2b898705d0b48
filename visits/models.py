"""Calls on customers: what was planned, what was done, whether it counts, and what it cost."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from customers.models import Customer
from teams.models import Person
from visits.rules import InvalidReason


class VisitQuerySet(CompanyQuerySet):
    def valid(self):
        """Visits that count: they passed the company's rules."""
        return self.filter(is_valid=True)

    def within(self, period):
        return self.filter(visited_on__gte=period.starts_on, visited_on__lt=period.ends_before)


class Visit(CompanyModel):
    """A visit as logged. One that fails the company's rules is kept and marked, never dropped."""

    class Kind(models.TextChoices):
        PROSPECTING = "PROSPECTING", _("Prospecting")
        FOLLOW_UP = "FOLLOW_UP", _("Follow-up")
        AFTER_SALE = "AFTER_SALE", _("After-sale revisit")
        COLLECTION = "COLLECTION", _("Collection")
        JOINT = "JOINT", _("Joint visit")
        PHONE = "PHONE", _("Phone or video")

    InvalidReason = InvalidReason

    person = CompanyForeignKey(Person, related_name="visits", verbose_name=_("person"))
    customer = CompanyForeignKey(Customer, related_name="visits", verbose_name=_("customer"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.FOLLOW_UP)
    visited_on = models.DateField(_("day"))
    checked_in_at = models.DateTimeField(_("arrived"), null=True, blank=True)
    checked_out_at = models.DateTimeField(_("left"), null=True, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    outcome = models.TextField(_("what was learned"), blank=True, max_length=2000)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_on = models.DateField(_("next step on"), null=True, blank=True)
    is_valid = models.BooleanField(_("counts"), default=True)
    invalid_reason = models.CharField(max_length=12, choices=InvalidReason, default="", blank=True)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(VisitQuerySet)()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-visited_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_visit_per_client_ref"),
            CheckConstraint(
                condition=Q(checked_out_at=None) | Q(checked_out_at__gte=F("checked_in_at")), name="visit_ends_after_it_began"
            ),
            CheckConstraint(
                condition=Q(is_valid=True, invalid_reason="") | (Q(is_valid=False) & ~Q(invalid_reason="")),
                name="visit_invalid_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "visited_on"], include=["person", "is_valid"], name="visit_by_day"),
            models.Index(fields=["company", "person", "-visited_on"], name="visit_by_person"),
            models.Index(fields=["company", "customer", "-visited_on"], name="visit_by_customer"),
        ]

    def __str__(self):
        return f"{self.customer} {self.visited_on}"


class VisitPlan(CompanyModel):
    """That a person means to visit a customer on a day; done once a visit of that customer answers it."""

    person = CompanyForeignKey(Person, related_name="visit_plans", verbose_name=_("person"))
    customer = CompanyForeignKey(Customer, related_name="visit_plans", verbose_name=_("customer"))
    planned_on = models.DateField(_("planned for"))
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    visit = CompanyForeignKey(Visit, on_delete=models.SET_NULL, null=True, blank=True, related_name="plans")

    class Meta:
        verbose_name = _("planned visit")
        verbose_name_plural = _("planned visits")
        ordering = ["planned_on", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "person", "customer", "planned_on"], name="one_plan_per_customer_and_day")
        ]
        indexes = [models.Index(fields=["company", "person", "planned_on"], name="visit_plan_by_person")]

    def __str__(self):
        return f"{self.customer} {self.planned_on}"


class ExpenseCategory(CompanyModel):
    """What expenses can be claimed for, in the company's own words."""

    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("expense category")
        verbose_name_plural = _("expense categories")
        ordering = ["position", "name"]
        constraints = [UniqueConstraint(fields=["company", "name"], name="one_expense_category_per_name")]

    def __str__(self):
        return self.name


class Expense(CompanyModel):
    """What somebody spent on selling and claims; it counts on the day it was spent once whoever leads them approved it."""

    class Status(models.TextChoices):
        SUBMITTED = "SUBMITTED", pgettext_lazy("expense", "Waits for approval")
        APPROVED = "APPROVED", pgettext_lazy("expense", "Approved")
        DECLINED = "DECLINED", pgettext_lazy("expense", "Declined")
        WITHDRAWN = "WITHDRAWN", pgettext_lazy("expense", "Withdrawn")

    person = CompanyForeignKey(Person, related_name="expenses", verbose_name=_("person"))
    category = CompanyForeignKey(ExpenseCategory, related_name="expenses", verbose_name=_("what for"))
    customer = CompanyForeignKey(Customer, null=True, blank=True, related_name="expenses", verbose_name=_("customer"))
    amount = models.DecimalField(_("amount"), max_digits=15, decimal_places=2)
    spent_on = models.DateField(_("spent on"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    receipt = models.CharField(_("receipt"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.SUBMITTED)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("expense")
        verbose_name_plural = _("expenses")
        ordering = ["-spent_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_expense_per_client_ref"),
            CheckConstraint(condition=Q(amount__gt=0), name="expense_is_positive"),
            CheckConstraint(
                condition=Q(status__in=["APPROVED", "DECLINED"], decided_at__isnull=False)
                | (~Q(status__in=["APPROVED", "DECLINED"]) & Q(decided_at=None)),
                name="expense_decision_has_its_moment",
            ),
            CheckConstraint(
                condition=(Q(status="DECLINED") & ~Q(reason="")) | (~Q(status="DECLINED") & Q(reason="")),
                name="expense_declined_has_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "person", "-spent_on"], name="expense_by_person"),
            models.Index(fields=["company", "-spent_on"], name="expense_by_day"),
        ]

    def __str__(self):
        return f"{self.category} {self.spent_on}"
