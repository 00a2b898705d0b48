"""
What a company counts by its own rules: a measure, by one of a deal's days, for a credited role, narrowed by a filter.

Such a rule says nothing new about a deal: it takes what the deal credits anyway, leaves out what the filter leaves out, and puts
it on another day if asked to. So what it counts adds up like everything else in the ledger.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from common.refusals import Refusal
from credits.rules import OF_WHOLE_DEALS, OWN, SCALE, Measure, is_own

#: The longest code, with room for a metric's id of 18 digits.
LONGEST_CODE = 24


class DatedBy(TextChoices):
    """Which of a deal's days decides when it counts."""

    WON = "WON", pgettext_lazy("dated by", "Day won")
    SIGNED = "SIGNED", pgettext_lazy("dated by", "Day signed")
    INVOICED = "INVOICED", pgettext_lazy("dated by", "Day invoiced")
    PAID = "PAID", pgettext_lazy("dated by", "Day paid in full")


class CreditedRole(TextChoices):
    """For whom a deal counts."""

    SHARES = "SHARES", _("Everybody with a share, by their shares")
    LEAD = "LEAD", _("The lead alone, in full")
    OVERLAY = "OVERLAY", _("Overlay credit only")
    BOTH = "BOTH", _("Shares, and overlay on top")


class Customers(TextChoices):
    """Whose deals count."""

    ALL = "ALL", _("All customers")
    NEW = "NEW", _("New customers only")
    RETURNING = "RETURNING", _("Returning customers only")


#: What a rule may count. Stocks and what is itself counted by a rule are not among them.
BASES = (
    Measure.REVENUE,
    Measure.GROSS_PROFIT,
    Measure.UNITS_SOLD,
    Measure.DEALS_WON,
    Measure.DEALS_CLOSED,
    Measure.DAYS_TO_CLOSE,
    Measure.CASH_COLLECTED,
    Measure.NEW_CUSTOMERS,
    Measure.VISITS,
    Measure.TASKS_DUE,
    Measure.TASKS_IN_TIME,
    Measure.COMPLAINTS,
)
#: Measures of won deals, which have every day and every role that a deal has.
OF_WON_DEALS = frozenset({Measure.REVENUE, Measure.GROSS_PROFIT, Measure.UNITS_SOLD, Measure.DEALS_WON, Measure.DAYS_TO_CLOSE})
WITH_LINES = OF_WON_DEALS | {Measure.DEALS_CLOSED}
WITH_CHANNELS = WITH_LINES | {Measure.CASH_COLLECTED, Measure.NEW_CUSTOMERS, Measure.VISITS, Measure.COMPLAINTS}
WITH_CUSTOMERS = OF_WON_DEALS
WITH_ROLES = WITH_LINES | {Measure.CASH_COLLECTED}


class BadPart(Refusal):
    """A part of an own metric that cannot count anything, or would count it wrongly. `field` is where to mend it."""

    sentences = {
        "itself": _("A metric cannot be made of itself: choose what the ledger counts."),
        "unknown": _("This is nothing that the ledger counts."),
        "empty_lines": _("Choose at least one product line, or count all of them."),
        "empty_channels": _("Choose at least one channel, or count all of them."),
        "no_lines": _("“%(measure)s” knows no product lines, so this filter would always count nothing."),
        "no_channels": _("“%(measure)s” knows no channels, so this filter would always count nothing."),
        "no_customers": _("“%(measure)s” cannot tell new customers from returning ones."),
        "no_day": _("“%(measure)s” has no such day; it counts on its own day."),
        "no_role": _("“%(measure)s” belongs to one person; only shares can be counted."),
        "same_twice": _("Both parts are the same: the result would always be 100 %."),
        "zero_for_units": _("Overlay credit never enters a unit, so every unit would be divided by zero."),
        "count_by_money": _("A count divided by money is nothing that can be read; turn the parts round."),
    }

    def __init__(self, code, *, field="measure", side="N", **params):
        super().__init__(code, **params)
        self.field, self.side = field, side


@dataclass(frozen=True)
class Part:
    """
    One part of an own metric.

    :param product_lines, channels: ids; None counts all of them.
    """

    measure: str
    dated_by: str = DatedBy.WON
    role: str = CreditedRole.SHARES
    customers: str = Customers.ALL
    product_lines: frozenset | None = None
    channels: frozenset | None = None

    @property
    def is_money(self):
        return self.measure in SCALE


def natural_day(measure):
    """Return by which day a measure counts unless somebody says otherwise: cash on the day it came, all else on its own."""
    return DatedBy.PAID if measure == Measure.CASH_COLLECTED else DatedBy.WON


def days_of(measure):
    """Return the days by which a measure can count."""
    return tuple(DatedBy) if measure in OF_WON_DEALS else (natural_day(measure),)


def check_part(part, *, side="N"):
    """
    Refuse a part that can count nothing.

    :param side: "N" for the only or upper part, "D" for the one that is divided by.
    :raises BadPart: with the side and the field where it is to be mended.
    """
    try:
        _check(part)
    except BadPart as refusal:
        refusal.side = side
        raise


def _check(part):
    if is_own(part.measure):
        raise BadPart("itself")
    if part.measure not in BASES:
        raise BadPart("unknown")
    label = {"measure": Measure(part.measure).label}
    if part.dated_by not in days_of(part.measure):
        raise BadPart("no_day", field="dated_by", **label)
    if part.role != CreditedRole.SHARES and part.measure not in WITH_ROLES:
        raise BadPart("no_role", field="role", **label)
    if part.customers != Customers.ALL and part.measure not in WITH_CUSTOMERS:
        raise BadPart("no_customers", field="customers", **label)
    for name, chosen, known in (
        ("lines", part.product_lines, WITH_LINES),
        ("channels", part.channels, WITH_CHANNELS),
    ):
        if chosen is not None:
            if part.measure not in known:
                raise BadPart(f"no_{name}", field=name, **label)
            if not chosen:
                raise BadPart(f"empty_{name}", field=name)


def check_parts(numerator, denominator):
    """
    Refuse two parts that cannot be divided by each other.

    :raises BadPart: `same_twice`, `zero_for_units`, `count_by_money`; the field is one of the denominator's.
    """
    if denominator == numerator:
        raise BadPart("same_twice", side="D")
    if denominator.role == CreditedRole.OVERLAY:
        raise BadPart("zero_for_units", field="role", side="D")
    if denominator.is_money and not numerator.is_money:
        raise BadPart("count_by_money", side="D")


def code_of(metric_id, side):
    """Return under which code the ledger counts a part ("N" or "D") of a metric."""
    return f"{OWN}{metric_id}:{side}"


def describe(part, *, line_names=None, channel_names=None):
    """
    Return a part in words: "Revenue, lines Doors and Tiles, new customers only, on the day signed".

    :param line_names, channel_names: names by id, for what is filtered.
    """
    words = [str(Measure(part.measure).label)]
    if part.product_lines:
        with_lines = _("in deals with %(names)s") if part.measure in OF_WHOLE_DEALS else _("of %(names)s")
        words.append(with_lines % {"names": _joined(line_names, part.product_lines)})
    if part.channels:
        words.append(_("channel %(names)s") % {"names": _joined(channel_names, part.channels)})
    if part.customers != Customers.ALL:
        words.append(Customers(part.customers).label)
    if part.role != CreditedRole.SHARES:
        words.append(CreditedRole(part.role).label)
    if part.dated_by != natural_day(part.measure):
        words.append(_("by %(day)s") % {"day": str(DatedBy(part.dated_by).label).lower()})
    return " · ".join(str(word) for word in words)


def _joined(names, ids):
    return pgettext("between names", ", ").join(sorted(names[pk] for pk in ids))
