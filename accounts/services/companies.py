"""Founding a company and changing its settings."""

import zoneinfo

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
    }
)


class CompanyRefused(Refusal):
    """A company cannot be founded or changed so."""

    sentences = {
        "slug_bad": _("The address needs 2 to 40 small letters, digits and hyphens."),
        "slug_reserved": _("This address is used by the product itself."),
        "slug_taken": _("Another company has this address."),
        "time_zone_unknown": _("There is no such time zone."),
    }


@transaction.atomic
def found_company(*, name, slug, admin_name, admin_email=None, admin_phone=None, by, **settings):
    """
    Make a company with its first admin, who becomes one with the account they already have, if any; return it.

    The floors above lay out what every company starts with when they hear `company_created`.

    :param settings: any of `SETTINGS` but the name; also `is_demo`.
    :raises CompanyRefused: if the address is taken or cannot be one.
    :raises UserRefused: if the admin has no usable address.
    """
    if not rules.is_company_slug(slug):
        raise CompanyRefused("slug_reserved" if slug in rules.RESERVED_SLUGS else "slug_bad")
    _require_time_zone(settings.get("time_zone"))
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

    :raises CompanyRefused: for a time zone that does not exist.
    """
    if unknown := settings.keys() - SETTINGS:
        raise TypeError(f"Not settings of a company: {', '.join(sorted(unknown))}")
    _require_time_zone(settings.get("time_zone"))
    company = Company.objects.select_for_update(of=("self",)).get(pk=company.pk)
    changed = change(company, action="accounts.company.changed", by=by, **settings)
    if changed:
        signals.company_settings_changed.send(sender=Company, company=company, changed=changed, by=by)
    return changed


def _require_time_zone(name):
    if name is not None and name not in zoneinfo.available_timezones():
        raise CompanyRefused("time_zone_unknown")
