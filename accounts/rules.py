"""Who may do what: roles and their permissions; what a company's address and a phone number look like. Plain values only."""

import re
from enum import StrEnum

import phonenumbers
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(TextChoices):
    """What a person is in a company; decides home, navigation and permissions."""

    REP = "REP", _("Rep")
    MANAGER = "MANAGER", _("Manager")
    DIRECTOR = "DIRECTOR", _("Director")
    HR = "HR", _("HR")
    ADMIN = "ADMIN", _("Company admin")


class Approval(TextChoices):
    """Who has to approve that a published target is adjusted."""

    NEXT_LEVEL = "NEXT", _("Whoever leads the next level up")
    COMPANY = "COMPANY", _("Whoever publishes the company's plans")
    NOBODY = "NOBODY", _("Nobody: it holds at once")


class Permission(StrEnum):
    """A right that a role carries; what it reaches is decided by who is in sight (`teams.queries`)."""

    SEE_EVERYBODY = "see_everybody"  # the whole company, not only one's own branch
    CUSTOMERS_EDIT = "customers_edit"
    CUSTOMERS_REASSIGN = "customers_reassign"
    COMPLAINTS_JUDGE = "complaints_judge"  # how severe one is, and whether it was entered by mistake
    DEALS_EDIT = "deals_edit"
    DEALS_CANCEL = "deals_cancel"  # cancel or return a won deal
    PAYMENTS_RECORD = "payments_record"
    VISITS_LOG = "visits_log"
    EXPENSES_APPROVE = "expenses_approve"  # of whom one leads, never one's own
    TARGETS_EDIT = "targets_edit"
    TARGETS_PUBLISH = "targets_publish"
    MEETINGS_RUN = "meetings_run"
    TASKS_ASSIGN = "tasks_assign"
    PRAISE = "praise"
    PEOPLE_SEE_PROFILE = "people_see_profile"  # phone, birthday and other personal data
    PEOPLE_EDIT = "people_edit"  # hire, transfer, end
    ASSESSMENTS_EXPORT = "assessments_export"
    ASSESSMENTS_SCORE = "assessments_score"
    ASSESSMENTS_SET_UP = "assessments_set_up"  # what people are assessed by, and how grades are shared out
    IMPORT = "import"
    EXPORT = "export"
    JOBS_RUN = "jobs_run"  # start a roll-up or ranking now
    PAY_PLAN = "pay_plan"  # what people are paid by
    PAY_APPROVE = "pay_approve"  # statements of whom one leads, never one's own
    PAY_RELEASE = "pay_release"  # calculate, check and publish statements, record what was paid out
    CONTESTS_RUN = "contests_run"
    AWARDS_GIVE = "awards_give"
    CONTESTS_APPROVE = "contests_approve"  # announce contests that may cost more than managers may give away
    PENALTIES_DECIDE = "penalties_decide"  # of whom one leads, never about oneself
    RULES_PUBLISH = "rules_publish"  # what the team goes by, from a day on
    PERIODS_CLOSE = "periods_close"  # make a period's figures final
    COMPANY_SETTINGS = "company_settings"
    AUDIT_READ = "audit_read"


_REP = {Permission.CUSTOMERS_EDIT, Permission.DEALS_EDIT, Permission.PAYMENTS_RECORD, Permission.VISITS_LOG, Permission.PRAISE}
_MANAGER = _REP | {
    Permission.CUSTOMERS_REASSIGN,
    Permission.COMPLAINTS_JUDGE,
    Permission.DEALS_CANCEL,
    Permission.EXPENSES_APPROVE,
    Permission.TARGETS_EDIT,
    Permission.MEETINGS_RUN,
    Permission.TASKS_ASSIGN,
    Permission.PEOPLE_SEE_PROFILE,
    Permission.ASSESSMENTS_SCORE,
    Permission.EXPORT,
    Permission.PAY_APPROVE,
    Permission.CONTESTS_RUN,
    Permission.AWARDS_GIVE,
    Permission.PENALTIES_DECIDE,
}
_DIRECTOR = _MANAGER | {
    Permission.TARGETS_PUBLISH,
    Permission.JOBS_RUN,
    Permission.PERIODS_CLOSE,
    Permission.RULES_PUBLISH,
    Permission.CONTESTS_APPROVE,
}
_HR = {
    Permission.SEE_EVERYBODY,
    Permission.PRAISE,
    Permission.PEOPLE_SEE_PROFILE,
    Permission.PEOPLE_EDIT,
    Permission.ASSESSMENTS_EXPORT,
    Permission.ASSESSMENTS_SET_UP,
    Permission.EXPORT,
    Permission.PAY_PLAN,
    Permission.PAY_RELEASE,
    Permission.CONTESTS_RUN,
    Permission.CONTESTS_APPROVE,
    Permission.AWARDS_GIVE,
    Permission.PENALTIES_DECIDE,
    Permission.RULES_PUBLISH,
}

PERMISSIONS = {
    Role.REP: frozenset(_REP),
    Role.MANAGER: frozenset(_MANAGER),
    Role.DIRECTOR: frozenset(_DIRECTOR),
    Role.HR: frozenset(_HR),
    # The admin sets the company up; whoever also sells has the role for that.
    Role.ADMIN: frozenset(Permission) - {Permission.VISITS_LOG},
}


def may(role, permission):
    """Return whether a role carries a permission."""
    return permission in PERMISSIONS[Role(role)]


#: First parts of addresses that belong to the product, so no company can have them.
RESERVED_SLUGS = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "companies",
        "healthz",
        "help",
        "join",
        "language",
        "media",
        "offline",
        "platform",
        "static",
        "survey",
        "www",
    }
)
#: With what everybody of a demo company signs in; the seed gives it to nobody else.
DEMO_PASSWORD = "demo-sales-2026"
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{1,39}", re.ASCII)


def is_company_slug(slug):
    """Return whether a word can be the first part of a company's addresses."""
    return bool(_SLUG.fullmatch(slug)) and slug not in RESERVED_SLUGS


def normal_phone(text, *, region="CN"):
    """
    Return a phone number in the one form in which it is kept: `+8613800138000` for `138 0013 8000`.

    :param region: where a number without a country code is taken to be.
    :raises ValueError: if it cannot be a phone number.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError("not a phone number") from error
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise ValueError("not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


#: What the audit trail keeps of personal data: that they changed, not what they were.
HIDDEN = "•••"
#: What an audit entry says happened, by the last part of its action; a guard keeps it complete.
VERBS = {
    "accepted": pgettext_lazy("audit", "accepted"),
    "acknowledged": pgettext_lazy("audit", "acknowledged"),
    "added": pgettext_lazy("audit", "added"),
    "adjusted": pgettext_lazy("audit", "adjusted"),
    "agenda_written": pgettext_lazy("audit", "agenda written"),
    "announced": pgettext_lazy("audit", "announced"),
    "answered": pgettext_lazy("audit", "answered"),
    "appealed": pgettext_lazy("audit", "appealed against"),
    "approved": pgettext_lazy("audit", "approved"),
    "archived": pgettext_lazy("audit", "archived"),
    "asked": pgettext_lazy("audit", "asked"),
    "assigned": pgettext_lazy("audit", "assigned"),
    "awarded": pgettext_lazy("audit", "awarded"),
    "called": pgettext_lazy("audit", "called"),
    "calculated": pgettext_lazy("audit", "worked out"),
    "cancelled": pgettext_lazy("audit", "cancelled"),
    "checked": pgettext_lazy("audit", "checked"),
    "claimed": pgettext_lazy("audit", "claimed"),
    "changed": pgettext_lazy("audit", "changed"),
    "closed": pgettext_lazy("audit", "closed"),
    "completed": pgettext_lazy("audit", "completed"),
    "corrected": pgettext_lazy("audit", "put right"),
    "confirmed": pgettext_lazy("audit", "confirmed"),
    "countered": pgettext_lazy("audit", "countered"),
    "deactivated": pgettext_lazy("audit", "deactivated"),
    "deadline_moved": pgettext_lazy("audit", "deadline changed"),
    "declined": pgettext_lazy("audit", "declined"),
    "discarded": pgettext_lazy("audit", "discarded"),
    "divided": pgettext_lazy("audit", "divided into parts"),
    "done": pgettext_lazy("audit", "carried out"),
    "dropped": pgettext_lazy("audit", "dropped"),
    "ended": pgettext_lazy("audit", "end set"),
    "exception_removed": pgettext_lazy("audit", "exception removed"),
    "exception_set": pgettext_lazy("audit", "exception set"),
    "exported": pgettext_lazy("audit", "exported"),
    "fitted": pgettext_lazy("audit", "parts fitted again"),
    "fixed": pgettext_lazy("audit", "standing fixed"),
    "founded": pgettext_lazy("audit", "founded"),
    "given": pgettext_lazy("audit", "given"),
    "held": pgettext_lazy("audit", "held to"),
    "hired": pgettext_lazy("audit", "hired"),
    "inputs_entered": pgettext_lazy("audit", "method inputs entered"),
    "invited": pgettext_lazy("audit", "invited"),
    "left": pgettext_lazy("audit", "employment ended"),
    "linked": pgettext_lazy("audit", "sign-in linked"),
    "logged": pgettext_lazy("audit", "logged"),
    "lost": pgettext_lazy("audit", "lost"),
    "made": pgettext_lazy("audit", "made"),
    "minuted": pgettext_lazy("audit", "minutes written"),
    "moved": pgettext_lazy("audit", "moved"),
    "noted": pgettext_lazy("audit", "noted"),
    "opened": pgettext_lazy("audit", "opened by hand"),
    "overdue": pgettext_lazy("audit", "deadline passed"),
    "parts_chosen": pgettext_lazy("audit", "parts chosen"),
    "password_link_issued": pgettext_lazy("audit", "password link issued"),
    "proposed": pgettext_lazy("audit", "proposed"),
    "published": pgettext_lazy("audit", "published"),
    "raised": pgettext_lazy("audit", "raised"),
    "reactivated": pgettext_lazy("audit", "reactivated"),
    "reassigned": pgettext_lazy("audit", "handed over"),
    "recorded": pgettext_lazy("audit", "recorded"),
    "rehired": pgettext_lazy("audit", "hired again"),
    "reminded": pgettext_lazy("audit", "reminded"),
    "removed": pgettext_lazy("audit", "removed"),
    "renamed": pgettext_lazy("audit", "renamed"),
    "reopened": pgettext_lazy("audit", "opened again"),
    "replaced": pgettext_lazy("audit", "replaced"),
    "requested": pgettext_lazy("audit", "asked for"),
    "returned": pgettext_lazy("audit", "returned"),
    "role_changed": pgettext_lazy("audit", "role changed"),
    "sent": pgettext_lazy("audit", "sent"),
    "sent_back": pgettext_lazy("audit", "sent back"),
    "set": pgettext_lazy("audit", "set"),
    "settings_changed": pgettext_lazy("audit", "settings changed"),
    "shared": pgettext_lazy("audit", "shared among people"),
    "sign_in_changed": pgettext_lazy("audit", "sign-in address changed"),
    "split": pgettext_lazy("audit", "split"),
    "spread": pgettext_lazy("audit", "remainder spread"),
    "started": pgettext_lazy("audit", "started"),
    "summed_up": pgettext_lazy("audit", "summed up from below"),
    "transfer_withdrawn": pgettext_lazy("audit", "transfer withdrawn"),
    "transferred": pgettext_lazy("audit", "transferred"),
    "tried": pgettext_lazy("audit", "tried out"),
    "undone": pgettext_lazy("audit", "undone"),
    "version_activated": pgettext_lazy("audit", "version activated"),
    "withdrawn": pgettext_lazy("audit", "withdrawn"),
    "won": pgettext_lazy("audit", "won"),
}
