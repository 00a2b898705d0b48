"""Founding a company and changing its settings."""

import re
import zoneinfo

import holidays
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import queries, rules, signals
from accounts.models import Company
from accounts.rules import Role
from accounts.services.audit import change, record
from accounts.services.members import add_member
from accounts.services.users import add_user, normal_addresses
from common.refusals import Refusal
from common.tenancy import company_scope

#: What a company's admin may change; its address stays, for it is in everybody's links.
SETTINGS = frozenset(
    {
        "name",
        "time_zone",
        "currency",
        "country",
        "fiscal_year_starts_in",
        "working_weekdays",
        "review_weekday",
        "visit_minimum_minutes",
        "span_of_control_from",
        "span_of_control_to",
        "ranking_minimum",
        "ramp_percents",
        "adjustment_approval",
        "complaint_weights",
        "targets_need_acceptance",
    }
)


class CompanyRefused(Refusal):
    """A company cannot be founded or changed so. `field` is where to mend it, if it is one."""

    sentences = {
        "slug_bad": _("The address needs 2 to 40 small letters, digits and hyphens."),
        "slug_reserved": _("This address is used by the product itself."),
        "slug_taken": _("Another company has this address."),
        "time_zone_unknown": _("There is no such time zone."),
        "country_unknown": _("No public holidays are known for this country."),
        "currency_bad": _("A currency has three capital letters, such as CNY."),
        "weekdays_bad": _("At least one day of the week is worked."),
        "ramp_bad": _("A ramp has at most 24 months, each between 0 and 100 %."),
        "weights_bad": _(
            "A minor, a serious and a severe complaint each count between 1 and 100, none less than the one before."
        ),
        "month_bad": _("A fiscal year begins in one of twelve months."),
        "year_closed": _("The books are closed up to %(day)s: the quarters and years before would be other ones."),
        "span_bad": _("The most reps per manager must not be less than the fewest."),
    }

    def __init__(self, code, *, field=None, **params):
        super().__init__(code, **params)
        self.field = field


@transaction.atomic
def found_company(*, name, slug, admin_name, admin_email=None, admin_phone=None, by, **settings):
    """
    Make a company with its first admin, who becomes one with the account they already have, if any; return it.

    The floors above lay out what every company starts with when they hear `company_created`.

    :param settings: any of `SETTINGS` but the name; also `is_demo`.
    :raises CompanyRefused: if the address is taken or cannot be one, or for a value that no company can have.
    :raises UserRefused: if the admin has no usable address.
    """
    if not rules.is_company_slug(slug):
        raise CompanyRefused("slug_reserved" if slug in rules.RESERVED_SLUGS else "slug_bad")
    _require_usable(settings)
    try:
        with transaction.atomic():
            company = Company.objects.create(name=name.strip(), slug=slug, **settings)
    except IntegrityError as error:
        raise CompanyRefused("slug_taken") from error
    email, phone = normal_addresses(email=admin_email, phone=admin_phone)
    admin = queries.user_by_address(email=email, phone=phone) or add_user(name=admin_name, email=email, phone=phone)
    with company_scope(company):
        record("accounts.company.founded", about=company, by=by, after={"name": company.name, "slug": company.slug})
        add_member(user=admin, role=Role.ADMIN, by=by)
        signals.company_created.send(sender=Company, company=company, by=by)
    return company


@transaction.atomic
def change_company(*, company, by, **settings):
    """
    Change settings of the active company; return the names of those that differ now.

    :raises CompanyRefused: for a value that no company can have; `year_closed` for another fiscal year after a closing.
    """
    if unknown := settings.keys() - SETTINGS:
        raise TypeError(f"Not settings of a company: {', '.join(sorted(unknown))}")
    # Before the company's row is locked: a receiver may wait for a closing, which needs it.
    signals.company_settings_changing.send(sender=Company, company=company, settings=settings)
    company = Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
    spans = {name: getattr(company, name) for name in ("span_of_control_from", "span_of_control_to")}
    _require_usable(spans | settings)
    changed = change(company, action="accounts.company.changed", by=by, **settings)
    if changed:
        signals.company_settings_changed.send(sender=Company, company=company, changed=changed, by=by)
    return changed


def _require_usable(settings):
    """Refuse what would break pages later: the calendar, the clock and the fiscal year are asked for everywhere."""
    checks = {
        "time_zone": ("time_zone_unknown", lambda name: name in zoneinfo.available_timezones()),
        "country": ("country_unknown", lambda code: code in holidays.list_supported_countries()),
        "currency": ("currency_bad", lambda code: re.fullmatch(r"[A-Z]{3}", code) is not None),
        "ramp_percents": ("ramp_bad", lambda ramp: len(ramp) <= 24 and all(0 <= each <= 100 for each in ramp)),
        "complaint_weights": ("weights_bad", lambda each: len(each) == 3 and 1 <= each[0] <= each[1] <= each[2] <= 100),
        "working_weekdays": ("weekdays_bad", lambda days: bool(days) and set(days) <= set(range(1, 8))),
        "fiscal_year_starts_in": ("month_bad", lambda month: 1 <= month <= 12),
    }
    for name, (code, is_usable) in checks.items():
        if name in settings and not is_usable(settings[name]):
            raise CompanyRefused(code)
    if settings.get("span_of_control_from", 0) > settings.get("span_of_control_to", 2**15):
        raise CompanyRefused("span_bad")
