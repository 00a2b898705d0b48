"""What can be imported: each kind of file with its columns and with what its rows do."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.rules import Permission
from customers import imports as customers
from deals.imports import columns, deals, products
from exchange.models import Import
from incentives import imports as base_pay
from targets import imports as targets
from teams import imports as teams


@dataclass(frozen=True)
class Option:
    """Something that is asked once for a whole file."""

    key: str
    label: object
    help: object = ""


@dataclass(frozen=True)
class Kind:
    """
    A kind of file.

    :param plan: `plan(rows, *, account, today, options) -> Changes`.
    :param guess: finds columns that no list of names can hold; what it finds comes first.
    :param key: the field by which several rows are one record; empty when every row stands for itself.
    :param needs: the right by which such files are seen and imported.
    :param minds_who: whether `plan` also takes `by`, the user: there is something that nobody may change of their own.
    """

    code: str
    fields: tuple
    plan: Callable
    icon: str
    lead: object
    key: str = ""
    options: tuple[Option, ...] = ()
    guess: Callable = lambda columns: {}
    needs: Permission = Permission.IMPORT
    minds_who: bool = False

    @property
    def label(self):
        return Import.Kind(self.code).label

    def field(self, key):
        return next((field for field in self.fields if field.key == key), None)


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            Import.Kind.PEOPLE,
            teams.FIELDS,
            teams.plan,
            "users",
            _("Reps and managers with their region, team and dates. Regions and teams are made on the way."),
        ),
        Kind(
            Import.Kind.CUSTOMERS,
            customers.FIELDS,
            customers.plan,
            "building-store",
            _("Customers with owner, channel, grade and parent company."),
        ),
        Kind(
            Import.Kind.PRODUCTS,
            products.FIELDS,
            products.plan,
            "package",
            _("Products with product line, list price and cost."),
        ),
        Kind(
            Import.Kind.DEALS,
            columns.FIELDS,
            deals.plan,
            "briefcase",
            _("Open, won and lost deals with customer, owner, products and days."),
            key=columns.KEY,
            options=(
                Option("add_customers", _("Add customers that are not known yet"), _("Otherwise their rows are not taken.")),
                Option(
                    "without_receivables",
                    _("These deals are history: nothing of them is still to be paid"),
                    _("Otherwise the amount of a won deal falls due after the customer's days of credit."),
                ),
            ),
        ),
        Kind(
            Import.Kind.TARGETS,
            targets.FIELDS,
            targets.plan,
            "target-arrow",
            _("Targets of people and units, the months beside each other or below each other, in up to three tiers."),
            guess=targets.guess_columns,
        ),
        Kind(
            Import.Kind.BASE_PAY,
            base_pay.FIELDS,
            base_pay.plan,
            "wallet",
            _("What people are paid each month beside commission and bonus, from a day on."),
            needs=Permission.PAY_RELEASE,
            minds_who=True,
        ),
    )
}


def kinds_for(membership):
    """Return the kinds of file that a member may import, by their code."""
    return {code: kind for code, kind in KINDS.items() if membership.may(kind.needs)}
