"""What methods of splitting go by, where the ledger cannot know it."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from customers.models import Customer
from targets.models.plans import ABOUT_ONE, Plan
from targets.rules import InputKind
from teams.models import Person, Unit


class MethodInput(CompanyModel):
    """
    One number about a unit or person that a plan's splits may go by: a potential, a cost, a margin, a dealer's intention.

    Intentions are one row per dealer and add up; of everything else there is one row. A unit without a number of its own
    has what is below it.
    """

    plan = CompanyForeignKey(Plan, on_delete=models.CASCADE, related_name="method_inputs")
    kind = models.CharField(_("kind"), max_length=10, choices=InputKind)
    unit = CompanyForeignKey(Unit, null=True, blank=True, related_name="+")
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="+")
    # As the dealer is called; empty for everything but intentions.
    dealer = models.CharField(_("dealer"), max_length=120, blank=True)
    customer = CompanyForeignKey(Customer, null=True, blank=True, related_name="+", verbose_name=_("customer"))
    # In the unit people read: money, an index, or per cent.
    value = models.DecimalField(_("value"), max_digits=17, decimal_places=2)
    source = models.CharField(_("source"), max_length=200, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    entered_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("input of a method")
        verbose_name_plural = _("inputs of methods")
        constraints = [
            UniqueConstraint(
                fields=["company", "plan", "kind", "unit", "person", "dealer"],
                nulls_distinct=False,
                name="one_method_input_each",
            ),
            CheckConstraint(condition=ABOUT_ONE, name="method_input_is_about_a_unit_or_a_person"),
            CheckConstraint(
                condition=(Q(kind="INTENTION") & ~Q(dealer="")) | (~Q(kind="INTENTION") & Q(dealer="", customer=None)),
                name="method_input_of_intentions_has_a_dealer",
            ),
            CheckConstraint(
                condition=Q(value__gte=0) & (~Q(kind="MARGIN") | Q(value__gt=0, value__lte=100)),
                name="method_input_can_be_gone_by",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.value}"
