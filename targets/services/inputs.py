"""Entering what a plan's methods go by: numbers about units and people, and dealers' intentions."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.refusals import Refusal
from customers.models import Customer
from targets import rules
from targets.models import MethodInput
from targets.queries.inputs import Given, about_key
from targets.queries.plans import Node
from targets.rules import InputKind
from targets.services.plans import PlanRefused, locked


class IntentionRefused(Refusal):
    """A list of dealers that cannot be kept."""

    sentences = {
        "twice": _("%(dealer)s stands here twice. Put both amounts into one row."),
        "nameless": _("Say whose intention this is."),
        "no_amount": _("%(dealer)s: say how much they want to buy."),
    }


@dataclass(frozen=True)
class Entry:
    """One number about a row of a plan's sheet; ``value`` None takes it away."""

    node: Node
    kind: str
    value: Decimal | None
    source: str = ""


@transaction.atomic
def set_inputs(*, plan, entries, seen=None, by):
    """
    Keep numbers that methods go by; what is as it was stays with its source, person and day.

    :param entries: ``Entry`` of any kind but intentions.
    :param seen: the stamp of what was on the screen (``queries.inputs.Given.stamp``).
    :returns: how many changed.
    :raises PlanRefused: ``changed``, ``published``.
    :raises BadInput: see ``rules.check_input``; nothing is kept then.
    """
    plan, given = _opened(plan, seen)
    kept, removed, before, after = [], [], {}, {}
    for entry in entries:
        old = given.rows.get((entry.kind, about_key(entry.node)))
        if entry.value is not None:
            rules.check_input(entry.kind, entry.value)
        if (old and old.value) == entry.value:
            continue
        name = f"{entry.node.name} · {InputKind(entry.kind).label}"
        before[name], after[name] = old and str(old.value), entry.value is not None and str(entry.value)
        if entry.value is None:
            removed.append(old.pk)
        else:
            kept.append(_row(plan, entry, by))
    MethodInput.objects.filter(pk__in=removed).delete()
    _store(kept)
    if after:
        record("targets.plan.inputs_entered", about=plan, by=by, before=before, after=after)
    return len(after)


@transaction.atomic
def set_intentions(*, plan, node, intentions, seen=None, by):
    """
    Keep what a unit's or person's dealers say they want to buy, instead of what was kept before.

    A dealer who is called like a customer is that customer.

    :param intentions: [(dealer, amount, note)] in any order.
    :raises PlanRefused: ``changed``, ``published``.
    :raises IntentionRefused, BadInput: nothing is kept then.
    """
    plan, given = _opened(plan, seen)
    old = given.rows.get((InputKind.INTENTION, about_key(node)), [])
    wanted = {}
    for dealer, value, note in intentions:
        if not dealer:
            raise IntentionRefused("nameless")
        if value is None:
            raise IntentionRefused("no_amount", dealer=dealer)
        if dealer in wanted:
            raise IntentionRefused("twice", dealer=dealer)
        rules.check_input(InputKind.INTENTION, value)
        wanted[dealer] = (value, note)
    was = {row.dealer: (row.value, row.source) for row in old}
    if was == wanted:
        return False
    customers = {customer.name: customer for customer in Customer.objects.filter(name__in=wanted).order_by("-pk")}
    MethodInput.objects.filter(pk__in=[row.pk for row in old if row.dealer not in wanted]).delete()
    rows = []
    for dealer, (value, note) in wanted.items():
        if was.get(dealer) != (value, note):
            row = _row(plan, Entry(node, InputKind.INTENTION, value, note), by)
            row.dealer, row.customer = dealer, customers.get(dealer)
            rows.append(row)
    _store(rows)
    name = f"{node.name} · {InputKind.INTENTION.label}"
    sums = [str(sum((value for value, _note in told.values()), Decimal(0))) for told in (was, wanted)]
    record("targets.plan.inputs_entered", about=plan, by=by, before={name: sums[0]}, after={name: sums[1]})
    return True


def _opened(plan, seen):
    plan = locked(plan)
    given = Given(plan)
    if seen is not None and seen != given.stamp:
        raise PlanRefused("changed")
    return plan, given


def _row(plan, entry, by):
    about = {"person_id": entry.node.person_id} if entry.node.is_person else {"unit_id": entry.node.unit_id}
    return MethodInput(plan=plan, kind=entry.kind, value=entry.value, source=entry.source[:200], entered_by=by, **about)


def _store(rows):
    if rows:
        MethodInput.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["company", "plan", "kind", "unit", "person", "dealer"],
            update_fields=["value", "source", "customer", "entered_by", "entered_at"],
        )
