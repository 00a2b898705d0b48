"""Companies (the tenants), users, who may enter which company as what, invitations, and the audit trail."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import connections, models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import rules
from common.db.postgres.prepared import prepared
from common.rows import columns_of, instances_of
from common.tenancy import CompanyManager, CompanyModel, CompanyQuerySet


def default_working_weekdays():
    """Return Monday to Friday as ISO weekdays."""
    return [1, 2, 3, 4, 5]


def default_ramp_percents():
    """Return what newcomers are asked for, per cent of a whole target in their first, second and third month."""
    return [30, 60, 80]


def default_complaint_weights():
    """Return how much a minor, a serious and a severe complaint count."""
    return [1, 2, 3]


class Company(models.Model):
    """A tenant: one sales organisation with its own clock, money and calendar."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(
        _("address"),
        max_length=40,
        unique=True,
        help_text=_("The first part of every address inside the company."),
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Small letters, digits and hyphens only."))],
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Asia/Shanghai")
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    country = models.CharField(_("country of the public holidays"), max_length=2, default="CN")
    fiscal_year_starts_in = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    working_weekdays = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("working weekdays"), default=default_working_weekdays
    )
    review_weekday = models.PositiveSmallIntegerField(_("weekday of the review meeting"), default=1)
    visit_minimum_minutes = models.PositiveSmallIntegerField(_("shortest stay that makes a visit valid, in minutes"), default=5)
    span_of_control_from = models.PositiveSmallIntegerField(_("fewest reps per manager"), default=5)
    span_of_control_to = models.PositiveSmallIntegerField(_("most reps per manager"), default=12)
    ranking_minimum = models.PositiveSmallIntegerField(_("fewest cases for a place in a ranking of ratios"), default=1)
    ramp_percents = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("ramp of newcomers"), default=default_ramp_percents, blank=True
    )
    adjustment_approval = models.CharField(
        _("who approves adjustments of targets"), max_length=8, choices=rules.Approval, default=rules.Approval.NEXT_LEVEL
    )
    complaint_weights = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("weights of complaints"), default=default_complaint_weights
    )
    targets_need_acceptance = models.BooleanField(_("targets are published only once everybody has accepted"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [
            CheckConstraint(condition=Q(fiscal_year_starts_in__range=(1, 12)), name="company_fiscal_year_starts_in_a_month"),
            CheckConstraint(
                condition=Q(span_of_control_from__lte=models.F("span_of_control_to")), name="company_span_of_control_is_ordered"
            ),
        ]

    def __str__(self):
        return self.name


class UserManager(BaseUserManager):
    def create_user(self, *, email=None, phone=None, password=None, name="", **fields):
        """Create a user who signs in by e-mail, phone number, or either; without a password they must set one first."""
        user = self.model(
            email=self.normalize_email(email).lower() if email else None, phone=phone or None, name=name, **fields
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, **fields):
        return self.create_user(is_staff=True, is_superuser=True, **fields)

    def get(self, *args, **given):
        """Return a user; one asked for by key alone, as every request does, by a prepared statement."""
        key, link = given.get("pk"), connections[self.db]
        if args or len(given) != 1 or type(key) is not int or not 0 < key < 2**63 or not hasattr(link, "call_of"):
            return super().get(*args, **given)
        with link.cursor() as cursor:
            cursor.execute(_USER_BY_KEY, {"key": key})
            if (row := cursor.fetchone()) is None:
                raise self.model.DoesNotExist
            (user,) = instances_of(cursor, row, self.model, using=self.db)
        return user

    def get_by_natural_key(self, username):
        return self.get(email=username)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in; what they may see is decided by their memberships."""

    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    phone = models.CharField(_("phone number"), max_length=20, unique=True, null=True, blank=True)  # noqa: DJ001 - unique when given
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    is_staff = models.BooleanField(_("platform operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            CheckConstraint(condition=Q(email__isnull=False) | Q(phone__isnull=False), name="user_has_an_address"),
            UniqueConstraint(Lower("email"), name="one_user_per_email_in_any_case"),
        ]

    def __str__(self):
        return self.name or self.email or self.phone

    def get_full_name(self):
        return str(self)

    def get_session_auth_hash(self):
        """Return what a session has to match: one that was opened in the demo, with its public password, ends with it."""
        own = super().get_session_auth_hash()
        return f"demo:{own}" if settings.DEMO else own


_USER_BY_KEY = prepared(
    f"""SELECT NULL AS "|", {columns_of(User, "account")} FROM accounts_user account WHERE account.id = %(key)s""", key="bigint"
)


class OwnMembershipManager(models.Manager):
    """Memberships of one user across companies: only for sign-in and the switcher, inside `user_scope`."""

    def of_user(self, user):
        return (
            self.get_queryset()
            .filter(user=user, is_active=True, company__is_active=True)
            .select_related("company")
            .order_by("company__name")
        )


class Membership(CompanyModel):
    """That a user may enter a company, and as what."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=rules.Role)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CompanyManager.from_queryset(CompanyQuerySet)()
    across_companies = OwnMembershipManager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [UniqueConstraint(fields=["company", "user"], name="one_membership_per_user")]

    def __str__(self):
        return f"{self.user} – {self.get_role_display()}"

    @property
    def role_label(self):
        """What the role is called; every page says it twice, and Django's own way to it looks through all choices."""
        return str(rules.Role(self.role).label)

    def may(self, permission):
        """Return whether the member's role carries a permission."""
        return rules.may(self.role, permission)


class Invitation(CompanyModel):
    """A link with which somebody joins the company once; only the hash of its secret is kept."""

    token_hash = models.CharField(max_length=64)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=80)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone number"), max_length=20, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=rules.Role)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            UniqueConstraint(fields=["company", "token_hash"], name="one_invitation_per_token"),
            CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_acceptance_is_signed",
            ),
        ]

    def __str__(self):
        return self.name


class AuditEntry(CompanyModel):
    """Who changed what, when, from what to what. The runtime role can add entries but neither change nor remove them."""

    append_only = True

    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Empty: the system."),
    )
    action = models.CharField(_("action"), max_length=60)
    about_model = models.CharField(max_length=60)
    about_id = models.BigIntegerField()
    about_name = models.CharField(max_length=200)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["company", "-at"], name="audit_by_time"),
            models.Index(fields=["company", "about_model", "about_id"], name="audit_by_subject"),
        ]

    def __str__(self):
        return f"{self.action} {self.about_name}"
