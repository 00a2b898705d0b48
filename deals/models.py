"""Products, opportunities that become deals, what comes back, and what is paid."""

from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from customers.models import Channel, Customer
from teams.models import Person, Unit


def amount_field(label, **kwargs):
    """Return a money column: up to 9,999,999,999,999.99 in the company's currency."""
    return models.DecimalField(label, max_digits=15, decimal_places=2, **kwargs)


class ProductLine(CompanyModel):
    """A group of products that targets and the product mix speak of."""

    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("product line")
        verbose_name_plural = _("product lines")
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["company", "name"], name="one_product_line_per_name")]

    def __str__(self):
        return self.name


class Product(CompanyModel):
    """Something that is sold, with its list price and what it costs the company."""

    code = models.CharField(_("product code"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    line = CompanyForeignKey(ProductLine, null=True, blank=True, related_name="products", verbose_name=_("product line"))
    list_price = amount_field(_("list price"))
    cost = amount_field(_("cost"), default=0)
    measured_in = models.CharField(_("unit of measure"), max_length=20, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["name"]
        constraints = [
            UniqueConstraint(fields=["company", "code"], name="one_product_per_code"),
            CheckConstraint(condition=Q(list_price__gte=0, cost__gte=0), name="product_prices_are_not_negative"),
        ]

    def __str__(self):
        return self.name


class DealNumber(CompanyModel):
    """The last number given to a deal opened in a year; numbers are unique, gaps are not excluded."""

    year = models.PositiveSmallIntegerField(_("year"))
    last = models.PositiveIntegerField(_("last number"))

    class Meta:
        verbose_name = _("deal number")
        verbose_name_plural = _("deal numbers")
        constraints = [UniqueConstraint(fields=["company", "year"], name="one_deal_counter_per_year")]

    def __str__(self):
        return f"{self.year}: {self.last}"


class DealQuerySet(CompanyQuerySet):
    def won(self):
        """Deals that were won and not cancelled since; what was returned is subtracted by its own rows."""
        return self.filter(status=Deal.Status.WON)

    def open(self):
        return self.filter(status=Deal.Status.OPEN)


class Deal(CompanyModel):
    """
    An opportunity and, once won, the deal. `amount` and `cost` are the sums of its lines, kept for lists.

    `closed_on` is the company's local day on which it was won, lost or cancelled.
    """

    class Stage(models.TextChoices):
        LEAD = "LEAD", _("Lead")
        NEED = "NEED", _("Need")
        PROPOSAL = "PROPOSAL", _("Proposal")
        NEGOTIATION = "NEGOTIATION", _("Quote and negotiation")
        CONTRACT = "CONTRACT", _("Contract")

    class Status(models.TextChoices):
        OPEN = "OPEN", _("Open")
        WON = "WON", _("Won")
        LOST = "LOST", _("Lost")
        CANCELLED = "CANCELLED", _("Cancelled")

    number = models.CharField(_("deal number"), max_length=60)
    title = models.CharField(_("title"), max_length=120, blank=True)
    customer = CompanyForeignKey(Customer, null=True, blank=True, related_name="deals", verbose_name=_("customer"))
    owner = CompanyForeignKey(Person, null=True, blank=True, related_name="deals", verbose_name=_("owner"))
    channel = CompanyForeignKey(Channel, null=True, blank=True, related_name="deals", verbose_name=_("channel"))
    # Stamped when the deal is made, from the customer or the owner's unit of that day: it does not move with them.
    territory = CompanyForeignKey(Unit, null=True, blank=True, related_name="+", verbose_name=_("territory"))
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.LEAD)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    opened_on = models.DateField(_("opened on"), null=True, blank=True)
    expected_on = models.DateField(_("expected close"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # Days that a company may measure by beside the day won; who does not, leaves them empty.
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    invoiced_on = models.DateField(_("invoiced on"), null=True, blank=True)
    amount = amount_field(_("amount"), default=0)
    cost = amount_field(_("cost"), default=0)
    lost_reason = models.CharField(_("reason lost"), max_length=200, blank=True)
    cancelled_reason = models.CharField(_("reason cancelled"), max_length=200, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(DealQuerySet)()

    class Meta:
        verbose_name = _("deal")
        verbose_name_plural = _("deals")
        ordering = ["-closed_on", "-opened_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "number"], name="one_deal_per_number"),
            UniqueConstraint(fields=["company", "client_ref"], name="one_deal_per_client_ref"),
            CheckConstraint(
                condition=Q(status="OPEN", closed_on=None) | (~Q(status="OPEN") & Q(closed_on__isnull=False)),
                name="deal_is_closed_on_a_day_or_open",
            ),
            CheckConstraint(condition=Q(amount__gte=0, cost__gte=0), name="deal_amounts_are_not_negative"),
        ]
        indexes = [
            models.Index(fields=["company", "closed_on"], include=["owner", "amount", "status"], name="deal_by_closing_day"),
            models.Index(fields=["company", "owner", "-closed_on"], name="deal_by_owner"),
            models.Index(fields=["company", "customer", "closed_on"], name="deal_by_customer"),
            # The pipeline: few of all that there ever were.
            models.Index(fields=["company", "stage", "-amount"], condition=Q(status="OPEN"), name="open_deal_by_stage"),
        ]

    def __str__(self):
        return self.number


class DealLine(CompanyModel):
    """One product in a deal. Amounts are those of the whole line: quantity × price, quantity × cost."""

    deal = CompanyForeignKey(Deal, on_delete=models.CASCADE, related_name="lines")
    product = CompanyForeignKey(Product, related_name="deal_lines", verbose_name=_("product"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    list_price = amount_field(_("list price"))
    price = amount_field(_("price"))
    cost = amount_field(_("cost"))
    amount = amount_field(_("amount"))
    cost_amount = amount_field(_("cost of the line"))

    class Meta:
        verbose_name = _("deal line")
        verbose_name_plural = _("deal lines")
        ordering = ["pk"]
        constraints = [
            CheckConstraint(condition=Q(quantity__gte=1), name="deal_line_has_a_quantity"),
            CheckConstraint(
                condition=Q(list_price__gte=0, price__gte=0, cost__gte=0), name="deal_line_prices_are_not_negative"
            ),
            CheckConstraint(
                condition=Q(
                    amount=models.F("quantity") * models.F("price"), cost_amount=models.F("quantity") * models.F("cost")
                ),
                name="deal_line_amounts_follow_its_prices",
            ),
        ]

    def __str__(self):
        return f"{self.product} × {self.quantity}"


class DealShare(CompanyModel):
    """
    A person's part of a deal. Without rows the owner has all of it.

    Revenue shares of a deal add to exactly 100 %; overlay shares come on top and never enter a unit's total.
    """

    deal = CompanyForeignKey(Deal, on_delete=models.CASCADE, related_name="shares")
    person = CompanyForeignKey(Person, related_name="deal_shares", verbose_name=_("person"))
    percent = models.DecimalField(_("share in %"), max_digits=5, decimal_places=2)
    is_overlay = models.BooleanField(_("overlay"), default=False)

    class Meta:
        verbose_name = _("share of a deal")
        verbose_name_plural = _("shares of a deal")
        ordering = ["is_overlay", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "deal", "person", "is_overlay"], name="one_share_per_person_and_deal"),
            CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="deal_share_is_a_percentage"),
        ]

    def __str__(self):
        return f"{self.person} {self.percent} %"


class DealReturn(CompanyModel):
    """Goods of a won deal that came back, on their own day; amounts are what is taken off revenue and cost."""

    deal = CompanyForeignKey(Deal, related_name="returns")
    line = CompanyForeignKey(DealLine, related_name="returns", verbose_name=_("product"))
    returned_on = models.DateField(_("returned on"))
    quantity = models.PositiveIntegerField(_("quantity"))
    amount = amount_field(_("amount"))
    cost_amount = amount_field(_("cost"))
    reason = models.CharField(_("reason"), max_length=200)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("return")
        verbose_name_plural = _("returns")
        ordering = ["returned_on", "pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref", "line"], name="one_return_per_client_ref"),
            CheckConstraint(condition=Q(quantity__gte=1, amount__gte=0, cost_amount__gte=0), name="return_is_positive"),
        ]

    def __str__(self):
        return f"{self.deal} −{self.amount}"


class Instalment(CompanyModel):
    """An amount of a deal that falls due on a day."""

    deal = CompanyForeignKey(Deal, on_delete=models.CASCADE, related_name="instalments")
    due_on = models.DateField(_("due"))
    amount = amount_field(_("amount"))

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["due_on", "pk"]
        constraints = [CheckConstraint(condition=Q(amount__gt=0), name="instalment_is_positive")]
        indexes = [models.Index(fields=["company", "due_on"], name="instalment_by_day")]

    def __str__(self):
        return f"{self.deal} {self.due_on}"


class Payment(CompanyModel):
    """Money received for a deal."""

    deal = CompanyForeignKey(Deal, related_name="payments")
    received_on = models.DateField(_("received on"))
    amount = amount_field(_("amount"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    external_ref = models.CharField(_("reference in another system"), max_length=80, blank=True)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    is_cancelled = models.BooleanField(_("cancelled"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-received_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_payment_per_client_ref"),
            CheckConstraint(condition=Q(amount__gt=0), name="payment_is_positive"),
        ]
        indexes = [models.Index(fields=["company", "received_on"], name="payment_by_day")]

    def __str__(self):
        return f"{self.deal} {self.amount}"
