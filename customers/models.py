"""Whom the company sells to, through which channel they came, what they complained about and how content they are."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from customers.rules import name_key_of, phone_key_of
from teams.models import Person, Unit


class Channel(CompanyModel):
    """A sales channel (community, home decoration, alliance, walk-in, …) in the company's own words."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["position", "name"]
        constraints = [UniqueConstraint(fields=["company", "code"], name="one_channel_per_code")]

    def __str__(self):
        return self.name


class CustomerQuerySet(CompanyQuerySet):
    def current(self):
        """Customers that have not been archived."""
        return self.filter(is_archived=False)


class Customer(CompanyModel):
    """An organisation or household that buys, or may."""

    class Grade(models.TextChoices):
        A = "A", "A"
        B = "B", "B"
        C = "C", "C"

    name = models.CharField(_("name"), max_length=120)
    # Kept beside the name because comparing text by pattern loses its index under row-level security.
    name_key = models.CharField(max_length=120, editable=False)
    external_ref = models.CharField(_("reference in another system"), max_length=80, blank=True)
    parent = CompanyForeignKey("self", null=True, blank=True, related_name="subsidiaries", verbose_name=_("subsidiary of"))
    owner = CompanyForeignKey(Person, null=True, blank=True, related_name="customers", verbose_name=_("owner"))
    channel = CompanyForeignKey(Channel, null=True, blank=True, related_name="customers", verbose_name=_("channel"))
    territory = CompanyForeignKey(Unit, null=True, blank=True, related_name="+", verbose_name=_("territory"))
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, default=Grade.C)
    industry = models.CharField(_("industry"), max_length=80, blank=True)
    contact_name = models.CharField(_("contact"), max_length=80, blank=True)
    phone = models.CharField(_("phone number"), max_length=30, blank=True)
    phone_key = models.CharField(max_length=30, blank=True, editable=False)
    address = models.CharField(_("address"), max_length=200, blank=True)
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    credit_days = models.PositiveSmallIntegerField(_("days of credit"), default=30)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(CustomerQuerySet)()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "pk"]
        constraints = [
            UniqueConstraint(
                fields=["company", "external_ref"], condition=~Q(external_ref=""), name="one_customer_per_external_ref"
            ),
            UniqueConstraint(fields=["company", "client_ref"], name="one_customer_per_client_ref"),
            CheckConstraint(condition=~Q(parent=F("id")), name="customer_is_not_its_own_parent"),
        ]
        indexes = [
            models.Index(fields=["company", "name_key"], name="customer_by_name_key"),
            models.Index(fields=["company", "owner", "grade"], name="customer_by_owner"),
            models.Index(fields=["company", "phone_key"], name="customer_by_phone"),
            models.Index(fields=["company", "name", "id"], condition=Q(is_archived=False), name="customer_by_name"),
        ]

    def __str__(self):
        return self.name

    def claim_company(self):
        """Also keep the compared forms of name and phone in step, for single and bulk writes alike."""
        super().claim_company()
        self.name_key, self.phone_key = name_key_of(self.name), phone_key_of(self.phone)


class ComplaintQuerySet(CompanyQuerySet):
    def standing(self):
        """Complaints that count: all that were not entered by mistake."""
        return self.exclude(status=Complaint.Status.CANCELLED)

    def waiting(self):
        """Complaints that somebody still has to deal with."""
        return self.filter(status__in=(Complaint.Status.OPEN, Complaint.Status.ANSWERED))


class Complaint(CompanyModel):
    """
    What a customer was not content with, how severe it was, and what was done about it.

    It counts for `person`, whose customer it was when it was entered, on the day it was raised, with the weight that its severity had
    then; whoever deals with it now is the `handler`.
    """

    class Severity(models.TextChoices):
        MINOR = "MINOR", pgettext_lazy("complaint", "Minor")
        SERIOUS = "SERIOUS", pgettext_lazy("complaint", "Serious")
        SEVERE = "SEVERE", pgettext_lazy("complaint", "Severe")

    class Status(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("complaint", "Open")
        ANSWERED = "ANSWERED", pgettext_lazy("complaint", "Answered")
        CLOSED = "CLOSED", pgettext_lazy("complaint", "Closed")
        CANCELLED = "CANCELLED", pgettext_lazy("complaint", "Entered by mistake")

    customer = CompanyForeignKey(Customer, related_name="complaints", verbose_name=_("customer"))
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="complaints", verbose_name=_("counts for"))
    handler = CompanyForeignKey(Person, null=True, blank=True, related_name="+", verbose_name=_("dealt with by"))
    raised_on = models.DateField(_("raised on"))
    severity = models.CharField(_("severity"), max_length=8, choices=Severity)
    weight = models.PositiveSmallIntegerField(_("weight"))
    what = models.TextField(_("what it is about"), max_length=2000)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    answer = models.TextField(_("answer to the customer"), max_length=2000, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    closed_on = models.DateField(pgettext_lazy("complaint", "closed on"), null=True, blank=True)
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(ComplaintQuerySet)()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-raised_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref"], name="one_complaint_per_client_ref"),
            CheckConstraint(condition=Q(weight__range=(1, 100)), name="complaint_weighs_something"),
            CheckConstraint(
                condition=Q(answer="", answered_on=None)
                | (~Q(answer="") & Q(answered_on__isnull=False, answered_on__gte=F("raised_on"))),
                name="complaint_answer_has_its_day",
            ),
            CheckConstraint(
                condition=~Q(status="ANSWERED") | Q(answered_on__isnull=False), name="complaint_answered_has_an_answer"
            ),
            CheckConstraint(
                condition=Q(status="CLOSED", closed_on__isnull=False, closed_on__gte=F("raised_on"))
                | (~Q(status="CLOSED") & Q(closed_on=None)),
                name="complaint_closed_has_its_day",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "customer", "-raised_on"], name="complaint_by_customer"),
            models.Index(fields=["company", "person", "-raised_on"], name="complaint_by_person"),
            models.Index(fields=["company", "-raised_on"], name="complaint_by_day"),
        ]

    def __str__(self):
        return f"{self.customer} {self.raised_on}"


class SurveyQuerySet(CompanyQuerySet):
    def answered(self):
        """Surveys that the customer answered: they count."""
        return self.filter(score__isnull=False)


class Survey(CompanyModel):
    """
    One question to a customer, how content they are, asked by a link that opens without an account; answered once.

    The answer counts for `person`, whose customer it was when it was asked, on the day it was answered. Only the hash of the link's
    secret is kept.
    """

    BEST = 5

    customer = CompanyForeignKey(Customer, related_name="surveys", verbose_name=_("customer"))
    person = CompanyForeignKey(Person, null=True, blank=True, related_name="surveys", verbose_name=_("counts for"))
    about = models.CharField(pgettext_lazy("survey", "about"), max_length=80, blank=True)
    token_hash = models.CharField(max_length=64)
    asked_on = models.DateField(_("asked on"))
    expires_at = models.DateTimeField(_("open until"))
    score = models.PositiveSmallIntegerField(pgettext_lazy("survey", "score"), null=True, blank=True)
    comment = models.TextField(_("comment"), max_length=2000, blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(SurveyQuerySet)()

    class Meta:
        verbose_name = _("satisfaction survey")
        verbose_name_plural = _("satisfaction surveys")
        ordering = ["-asked_on", "-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "token_hash"], name="one_survey_per_link"),
            CheckConstraint(condition=Q(score=None) | Q(score__range=(1, 5)), name="survey_score_is_one_to_five"),
            CheckConstraint(
                condition=Q(score=None, answered_on=None, answered_at=None, comment="")
                | Q(score__isnull=False, answered_on__isnull=False, answered_at__isnull=False),
                name="survey_answer_has_its_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "customer", "-asked_on"], name="survey_by_customer"),
            models.Index(fields=["company", "person", "-asked_on"], name="survey_by_person"),
            models.Index(fields=["company", "-asked_on"], name="survey_by_day"),
        ]

    def __str__(self):
        return f"{self.customer} {self.asked_on}"
