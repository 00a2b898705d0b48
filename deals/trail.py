"""What happened to a deal, as its page tells it: the audit trail in words."""

import re
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.models import AuditEntry
from common import figures
from customers.timeline import Event

SAID = {
    "deals.deal.opened": (gettext_lazy("Opened"), "folder-plus", ""),
    "deals.deal.won": (gettext_lazy("Won"), "trophy", "on_pace"),
    "deals.deal.lost": (gettext_lazy("Lost"), "mood-sad", "behind"),
    "deals.deal.cancelled": (gettext_lazy("Cancelled"), "ban", "behind"),
    "deals.deal.reopened": (gettext_lazy("Opened again"), "folder-open", ""),
    "deals.deal.changed": (gettext_lazy("Corrected"), "edit", ""),
    "deals.deal.lines_set": (gettext_lazy("Products changed"), "package", ""),
    "deals.deal.shared": (gettext_lazy("Credit shared"), "users", ""),
    "deals.return.recorded": (gettext_lazy("Goods came back"), "package-import", "at_risk"),
    "deals.payment.recorded": (gettext_lazy("Payment received"), "cash", "accent"),
    "deals.payment.cancelled": (gettext_lazy("Payment cancelled"), "cash-off", "at_risk"),
}
FIELDS = {
    "title": gettext_lazy("Title"),
    "owner": gettext_lazy("Owner"),
    "customer": gettext_lazy("Customer"),
    "channel": gettext_lazy("Channel"),
    "territory": gettext_lazy("Territory"),
    "opened_on": gettext_lazy("Opened on"),
    "expected_on": gettext_lazy("Expected close"),
    "signed_on": gettext_lazy("Signed on"),
    "invoiced_on": gettext_lazy("Invoiced on"),
    "note": gettext_lazy("Note"),
    "amount": gettext_lazy("Amount"),
    "reason": gettext_lazy("Reason"),
    "lost_reason": gettext_lazy("Reason"),
    "cancelled_reason": gettext_lazy("Reason"),
    "product": gettext_lazy("Product"),
    "quantity": gettext_lazy("Quantity"),
    "received_on": gettext_lazy("Received on"),
    "returned_on": gettext_lazy("Returned on"),
    "closed_on": gettext_lazy("Closed on"),
}


#: How a service records a product line: `Oak floor × 12 @ 89.00`.
_LINE = re.compile(r"(?P<product>.*) × (?P<quantity>\d+) @ (?P<price>\d+(\.\d+)?)", re.DOTALL)


def of_deal(deal, *, today, currency) -> list[Event]:
    """Return the deal's audit trail, newest first, with amounts and days written as everywhere."""
    entries = AuditEntry.objects.filter(about_model="deals.deal", about_id=deal.pk).select_related("by")
    entries = list(entries)
    events = [_told(entry, today, currency) for entry in entries] + _untold(deal, entries)
    return sorted(events, key=lambda event: event.at, reverse=True)


def _untold(deal, entries):
    """Return what the deal itself says of its course beyond its trail: an imported one came without."""
    told = Counter((entry.action, entry.after.get("received_on") or entry.after.get("returned_on")) for entry in entries)
    first = min(entries, key=lambda entry: entry.pk, default=None)
    # What began here was told from its first step on.
    began_here = first is not None and not first.before and first.action in {"deals.deal.opened", "deals.deal.won"}
    steps = [] if began_here else [(deal.opened_on, "deals.deal.opened")]
    if deal.status != deal.Status.OPEN and not told[f"deals.deal.{deal.status.lower()}", None]:
        steps.append((deal.closed_on, f"deals.deal.{deal.status.lower()}"))
    steps += [(day, "deals.payment.recorded") for day in deal.payments.values_list("received_on", flat=True)]
    steps += [(day, "deals.return.recorded") for day in deal.returns.values_list("returned_on", flat=True)]
    events = []
    for day, action in sorted((day, action) for day, action in steps if day):
        if told[action, day.isoformat()]:
            told[action, day.isoformat()] -= 1
            continue
        title, icon, tone = SAID[action]
        at = timezone.make_aware(datetime.combine(day, time(12)))
        events.insert(0, Event(at=at, title=title, icon=icon, tone=tone))
    return events


def _told(entry, today, currency):
    title, icon, tone = SAID.get(entry.action, (entry.action, "point", ""))
    by = str(entry.by) if entry.by else _("the system")
    return Event(at=entry.at, title=title, text=_difference(entry, today, currency), by=by, icon=icon, tone=tone, is_day=False)


def _difference(entry, today, currency):
    """Return what changed, field by field; a first entry has no before and needs no list."""
    if entry.action in {"deals.deal.opened"} or (entry.action == "deals.deal.won" and not entry.before):
        return ""
    parts = []
    for name, after in entry.after.items():
        if name not in FIELDS or after in (None, ""):
            continue
        before, after = (_written(name, value, today, currency) for value in (entry.before.get(name), after))
        parts.append(f"{FIELDS[name]}: {before} → {after}" if before else f"{FIELDS[name]}: {after}")
    if entry.action == "deals.deal.shared":
        parts = [", ".join(entry.after.get("shares", [])) or _("The owner has all of it again")]
    if entry.action == "deals.deal.lines_set":
        parts = [_line_written(line, currency) for line in entry.after.get("lines", [])] + parts
    return "\n".join(parts)


def _written(name, value, today, currency):
    """Return a recorded value as it is read on every other page."""
    if value in (None, ""):
        return ""
    if name == "amount":
        return figures.money(Decimal(value), currency=currency)
    if name.endswith("_on"):
        return figures.day(date.fromisoformat(value), today=today, language=get_language())
    return str(value)


def _line_written(line, currency):
    if not (found := _LINE.fullmatch(line)):
        return line
    price = figures.money(Decimal(found["price"]), currency=currency)
    return f"{found['product']} × {figures.number(Decimal(found['quantity']))} · {price}"
