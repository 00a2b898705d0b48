"""What is taken back for what came back, deal by deal, with its arithmetic."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from incentives.queries.contracts import how_much_named, is_for
from incentives.queries.posted import takings_posted
from incentives.rules import settling
from incentives.rules.numbers import plain
from incentives.rules.terms import Clawback, LineKind
from teams.rules import months_of_service


def net_of_deals(wanted):
    """
    Return (slot, clause, what came back, of what it was paid) with a return that is none any more set against its sale, or itself.

    A sale that was partly returned and is cancelled later, or is somebody else's, comes back without what had come back before.
    """
    together = defaultdict(list)
    for row in wanted:
        together[_of_deal(*row)].append(row[2])
    for slot, clause, back, asked in wanted:
        backs = together[_of_deal(slot, clause, back, asked)]
        if all(each.amount < 0 for each in backs):
            yield slot, clause, back, asked
        elif back is backs[0] and (net := sum(each.amount for each in backs)):
            yield slot, clause, replace(max(backs, key=lambda each: abs(each.amount)), amount=net), asked


def _of_deal(slot, clause, back, asked):
    return slot.id, clause.key, asked, back.deal_id, back.line_id, back.channel_id, back.is_new, back.age, back.is_overlay


def takings_beside(month, posted, asked):
    """
    Return what other statements tell of what was taken back: {(person id, component key): {Period: [item, …]}}; one statement.

    :param posted: what they hold, as a `Posted`. :param asked: {(person id, component key)}.
    """
    wanted = {
        (person_id, key, span) for person_id, key in asked for (of, span), kinds in posted.spans.get(person_id, {}).items()
        if of == key and LineKind.CLAWBACK in kinds
    }  # fmt: skip
    told = defaultdict(dict)
    for (person_id, key, span), facts in (takings_posted(month, wanted) | posted.takings).items():
        told[person_id, key][span] = facts["items"]
    return told


def taken_for(clause, back, facts):
    """
    Return what is taken back for one thing that came back, with its arithmetic; None where nothing was paid for it.

    For a return that is none any more, or a sale at a loss that came back, it is given again: below zero.
    """
    group = _group_paid(back, facts or {})
    if group is None:
        return None
    component, base = clause.component, group["base"]
    whole = sum(Fraction(each["amount"]) for each in facts["groups"])
    # What gates, caps and decay left of the whole, they left of each group alike.
    earned = Fraction(group["amount"]) * Fraction(facts["exact"]) / whole if whole else Fraction(0)
    term = component.clawback_months if component.clawback == Clawback.UNSERVED else None
    served = months_of_service(back.sold_on, back.back_on) if back.sold_on and back.back_on >= back.sold_on else 0
    returned, given = -back.amount, {"way": component.clawback, "served": served, "term": term}
    if returned > 0:
        amount = settling.claw_back(returned, base=base, earned=earned, **given)
    elif (base < 0) == (earned < 0):
        # Also of a loss that came back, which had earned less than nothing.
        amount = -settling.claw_back(-returned, base=abs(base), earned=abs(earned), **given)
    else:
        amount = 0
    if not amount:
        return None
    item = {"deal": back.deal, "deal_id": back.deal_id, "returned": returned, "base": base, "earned": plain(earned)}
    item |= {"served": served, "term": term} if term else {}
    return item | {"amount": plain(amount), "counted_on": back.counted_on.isoformat()}


def _group_paid(back, facts):
    """
    Return the rate group by which something was paid that came back: of those that the facts name, the most specific for it.

    As it was paid, whatever the plan says since and however product lines and channels are called by now.
    """
    fitting = [group for group in facts.get("groups", ()) if is_for(group["label"], back.line_id, back.channel_id, back.is_new)]
    group = max(fitting, key=lambda group: how_much_named(group["label"]), default=None)
    return settling.step_paid(group, back.age) if group and facts.get("by_age") else group
