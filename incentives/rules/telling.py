"""
The facts of a line of a statement as sentences of arithmetic, the same on the page, in the file and on paper.

Amounts are written in the company's currency without its sign, percentages with one; what goes on for ever is cut after six
places and marked. `docs/conventions.md`, "Lines of a statement", says what the facts hold.
"""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.figures import PERCENT
from incentives.rules.base_pay import tell_share
from incentives.rules.fact_names import with_names
from incentives.rules.numbers import write, write_money
from incentives.rules.step_words import age
from incentives.rules.terms import Customers, Sharing


def tell(facts: dict, metrics: Mapping[int, str] = MappingProxyType({})) -> list[str]:
    """
    Return the arithmetic of a line, a sentence a step, in the language that is active; nothing for a line without any.

    :param metrics: the names of the metrics that the facts speak of, by id.
    """
    teller = _TELLERS.get(facts.get("formula"))
    return [] if teller is None else [sentence for sentence in teller(with_names(facts, metrics)) if sentence]


def _commission(facts):
    yield _attainment(facts.get("attainment"))
    yield _value(facts.get("chosen"))
    yield _total(facts)
    if facts.get("by_age"):
        yield from _by_age(facts)
    else:
        for group in facts["groups"]:
            yield _group(group, facts)
    amounts = [part["amount"] for group in facts["groups"] for part in (group["steps"] if facts.get("by_age") else [group])]
    if len(amounts) > 1:
        yield f"{' + '.join(map(write_money, amounts))} = {write_money(facts['earned'])}"
    yield from _afterwards(facts)


def _total(facts):
    """Return what all that is counted comes to together, where that finds the step of each line; else nothing."""
    if (total := facts.get("total")) is None:
        return ""
    return _("Everything together: %(total)s") % {"total": _base(total, facts)}


def _by_age(facts):
    """Yield one sentence for each step by the age of customers: ``Customers below 1 year: 10,000 × 10 % = 1,000``."""
    for group in facts["groups"]:
        name = label_of(group.get("label") or {})
        before = _("%(name)s: ") % {"name": name} if name else ""
        for step in group["steps"]:
            whose = _age_between(step["from"], step["to"])
            yield f"{before}{whose}: {_product(step, facts)} = {write_money(step['amount'])}"
    if facts.get("unpaid"):
        yield _("%(base)s has no rate: 0") % {"base": _base(facts["unpaid"], facts)}


def _age_between(since, until):
    said = {"from": age(since), "to": until and age(until)}
    if until is None:
        return _("Customers of %(from)s and more") % said
    return _("Customers from %(from)s to below %(to)s") % said if Fraction(since) else _("Customers below %(to)s") % said


def _group(group, facts):
    """Return one rate group's arithmetic: ``Accessories: 50,000 × 3 % + 12,000 × 5 % = 2,100``."""
    name = label_of(group.get("label") or {})
    before = _("%(name)s: ") % {"name": name} if name else ""
    if group.get("is_without_value"):
        return before + _("%(base)s, but without a value there is no rate.") % {"base": _base(group["base"], facts)}
    if not group["steps"]:
        return before + _("%(base)s lies in no step: 0") % {"base": _base(group["base"], facts)}
    if "worth" in group["steps"][0]:
        return before + _reached(group, facts)
    products = " + ".join(_product(step, facts) for step in group["steps"])
    return f"{before}{products} = {write_money(group['amount'])}"


def _reached(group, facts):
    """Return what steps give that pay an amount: ``62,000 earns by the table: 500 + 1,000 = 1,500``."""
    gifts = [
        write_money(step["worth"]) if step["count"] == 1 else f"{step['count']} × {write_money(step['worth'])}"
        for step in group["steps"]
    ]
    total = write_money(group["amount"])
    said = total if gifts == [total] else f"{' + '.join(gifts)} = {total}"
    return _("%(base)s earns by the table: %(sum)s") % {"base": _base(group["base"], facts), "sum": said}


def _product(step, facts):
    count = ""
    if step.get("count"):
        # Translators: so many deals or lines were looked at one by one, and together they came to the amount that follows.
        count = ngettext("%(count)s by itself: ", "%(count)s each by itself: ", step["count"]) % {"count": step["count"]}
    return f"{count}{_base(step['part'], facts)} × {_rate(step['rate'], facts)}"


def label_of(label: dict) -> str:
    """Return what a rate is for, in words: product line, channel, new or returning customers; nothing for everything."""
    customers = label.get("customers")
    said = [label.get("line_name"), label.get("channel_name")]
    if customers and customers != Customers.ALL:
        said.append(str(Customers(customers).label))
    return " · ".join(filter(None, said))


def _base(amount, facts):
    return write_money(amount) if facts.get("is_money", True) else write(amount)


def _rate(rate, facts):
    return _percent(rate) if facts.get("is_money", True) else write_money(rate)


def _percent(value):
    return f"{write(value)} %"


def _attainment(attained, *, name=None):
    """Return ``Revenue: 1,180,000 ÷ 1,000,000 = 118 %``, or that there is no target."""
    if not attained:
        return ""
    metric = name or attained["metric"]
    if attained.get("percent") is None:
        return _("%(metric)s: no target or no value") % {"metric": metric}
    if attained.get("target") is None or attained.get("actual") is None:
        return _("%(metric)s: %(percent)s") % {"metric": metric, "percent": _percent(attained["percent"])}
    scale = attained.get("scale", 2)
    actual, target = (write_money(value) if scale == 2 else write(value) for value in (attained["actual"], attained["target"]))
    ramp = attained.get("ramp")
    ramped = f" × {_percent(ramp)}" if ramp is not None else ""
    return f"{metric}: {actual} ÷ {target}{ramped} = {_percent(attained['percent'])}"


def _value(chosen):
    """Return ``Gross margin: 32 %``, where the value of a metric chooses the step."""
    if not chosen:
        return ""
    if chosen["value"] is None:
        return _("%(metric)s: no value") % chosen
    return f"{chosen['metric']}: {_measured(chosen)}"


def _measured(of):
    """Return the value of a metric as its kind is written; facts from before there were kinds are per cent."""
    return _percent(of["value"]) if of.get("kind", PERCENT) == PERCENT else write(of["value"])


def _bonus(facts):
    for part in facts.get("parts", ()):
        weight = _("weight %(weight)s") % {"weight": write(part["weight"])}
        score = f" → {_percent(part['score'])}" if part.get("score") is not None else ""
        yield f"{_value(part) if 'value' in part else _attainment(part)}{score} ({weight})"
    yield _attainment(facts.get("attainment"))
    if facts.get("is_without_value"):
        yield _("Without an attainment there is no bonus: 0")
        return
    if share := facts.get("base_pay"):
        yield from tell_share(share, amount=facts["amount"])
    if facts.get("parts"):
        yield _("Weighted: %(percent)s") % {"percent": _percent(facts["weighted"])}
    yield f"{write_money(facts['amount'])} × {_percent(facts['payout'])} = {write_money(facts['earned'])}"
    yield from _afterwards(facts)


def _pool(facts):
    pool = facts["pool"]
    yield _attainment(facts.get("attainment"))
    yield _value(facts.get("chosen"))
    yield _total(facts)
    for group in pool.get("groups", ()):
        yield _group(group, facts)
    yield _("Pool: %(amount)s") % {"amount": write_money(pool["amount"])}
    by = Sharing(pool["sharing"]).label
    if pool.get("weights") in (None, 0, "0"):
        yield _("Shared out (%(by)s): nobody has anything to share it out by") % {"by": by}
    else:
        yield _("Shared out (%(by)s): %(pool)s × %(weight)s ÷ %(weights)s = %(share)s") % {
            "by": by,
            "pool": write_money(pool["amount"]),
            "weight": _weight(pool["weight"], pool),
            "weights": _weight(pool["weights"], pool),
            "share": write_money(facts["earned"]),
        }
    yield from _afterwards(facts)


def _weight(weight, pool):
    return write_money(weight) if pool["sharing"] == Sharing.RESULT and pool.get("is_money", True) else write(weight)


def _afterwards(facts):
    """Yield what makes an amount smaller, and what of it is new."""
    amount = facts.get("earned", 0)
    if days := facts.get("proration"):
        yield _("%(days)s of %(of)s working days: %(amount)s × %(days)s ÷ %(of)s") % {**days, "amount": write_money(amount)}
    # Lines from before there could be several have one by itself.
    for gate in facts.get("gates") or filter(None, [facts.get("gate")]):
        yield _gate(gate)
    if decay := facts.get("decay"):
        yield from _decay(decay, facts)
    if cap := facts.get("cap"):
        yield _("At most %(cap)s, not %(before)s") % {"cap": write_money(cap["cap"]), "before": write_money(cap["before"])}
    yield _entitled(facts)
    if facts.get("posted"):
        yield _("Earned to date %(entitled)s − posted before %(posted)s = %(new)s") % {
            "entitled": write_money(facts["entitled"]),
            "posted": write_money(facts["posted"]),
            "new": write_money(facts["entitled"] - facts["posted"]),
        }


def _entitled(facts):
    """Return what it came to, where that is not what was worked out first, or was rounded."""
    exact, entitled = facts.get("exact"), facts.get("entitled")
    if exact is None or entitled is None:
        return ""
    is_as_before, is_rounded = str(facts.get("earned")) == str(exact), str(exact) != str(entitled)
    amounts = {"exact": write_money(exact), "entitled": write_money(entitled)}
    if is_as_before:
        return _("Rounded: %(entitled)s") % amounts if is_rounded else ""
    if is_rounded:
        return _("Earned: %(exact)s, rounded %(entitled)s") % amounts
    return _("Earned: %(entitled)s") % amounts


def _gate(gate):
    if gate.get("component"):
        if gate["passes"] in (100, "100"):
            return ""
        return _("Gate: “%(component)s” earned nothing, so × 0 %%") % gate
    if gate.get("value") is None:
        return _("Gate %(metric)s: no value, so nothing is held against it") % gate
    about = {"metric": gate["metric"], "value": _measured(gate), "passes": _percent(gate["passes"])}
    multiplier, plain_gate = (
        _("Multiplier %(metric)s at %(value)s: × %(passes)s"),
        _("Gate %(metric)s at %(value)s: × %(passes)s"),
    )
    return (multiplier if gate.get("is_multiplier") else plain_gate) % about + tell_next(gate)


def tell_next(gate):
    """Return from where on a gate lets more through: `` (from 85 % on × 100 %)``; nothing where it is nowhere."""
    if not (following := gate.get("next")):
        return ""
    starts_at = _measured(gate | {"value": following["from"]})
    return " " + _("(from %(from)s on × %(passes)s)") % {"from": starts_at, "passes": _percent(following["passes"])}


def _decay(decay, facts):
    for part in decay.get("parts", ()):
        days = f"{part['from']}–{part['to']}" if part.get("to") is not None else f"≥ {part['from']}"
        yield _("Collected after %(days)s days: %(base)s counts %(value)s") % {
            "days": days, "base": _base(part["base"], facts), "value": _percent(part["value"]),
        }  # fmt: skip
    yield _("On average × %(left)s") % {"left": _percent(decay.get("left", 100))}


def _held(facts):
    yield _("%(entitled)s earned, %(percent)s paid at once: %(held)s wait to date") % {
        "entitled": write_money(facts["entitled"]),
        "percent": _percent(facts["paid_at_once"]),
        "held": write_money(-facts["held"]),
    }
    yield from _less_posted(facts, facts["held"])


def _released(facts):
    waiting = write_money(-facts["held"])
    if facts.get("share") not in (None, 100, "100"):
        yield _("Customers have paid %(share)s: %(waiting)s × %(share)s = %(released)s") % {
            "share": _percent(facts["share"]),
            "waiting": waiting,
            "released": write_money(facts["released"]),
        }
    else:
        yield _("%(entitled)s earned, %(percent)s paid at once: the rest of %(waiting)s is released") % {
            "entitled": write_money(facts["entitled"]),
            "percent": _percent(facts["paid_at_once"]),
            "waiting": waiting,
        }
    yield from _less_posted(facts, facts["released"])


def _less_posted(facts, to_date):
    if facts.get("posted"):
        yield f"{write_money(to_date)} − {_signed(facts['posted'])} = {write_money(to_date - facts['posted'])}"


def _signed(amount):
    return f"({write_money(amount)})" if amount < 0 else write_money(amount)


def _clawback(facts):
    for item in facts["items"]:
        unserved = ""
        if item.get("term"):
            left = max(item["term"] - item["served"], 0)
            unserved = _(" × %(left)s ÷ %(term)s months") % {"left": left, "term": item["term"]}
        yield _("%(deal)s: %(returned)s × %(earned)s ÷ %(base)s%(unserved)s = %(amount)s") % {
            "deal": item["deal"],
            "returned": _base(item["returned"], facts),
            "earned": write_money(item["earned"]),
            "base": _base(item["base"], facts),
            "unserved": unserved,
            "amount": write_money(item["amount"]),
        }
    if before := facts.get("before"):
        yield _("With %(before)s that came back before, of which %(taken)s was taken: rounded together") % {
            "before": write_money(before["amount"]),
            "taken": write_money(before["taken"]),
        }
    yield from _less_posted(facts, facts["taken"])


def _draw(facts):
    yield _("Guarantee %(guarantee)s, earned %(earned)s") % {
        "guarantee": write_money(facts["guarantee"]),
        "earned": write_money(facts["earned"]),
    }


def _carried(facts):
    yield _("To be deducted: %(owed)s") % {"owed": write_money(facts["owed"])}
    yield _("At most %(percent)s of %(pay)s, and never below %(wage)s: %(limit)s") % {
        "percent": _percent(facts["percent"]),
        "pay": write_money(facts["pay"]),
        "wage": write_money(facts["minimum_wage"]),
        "limit": write_money(facts["limit"]),
    }


def _recovery(facts):
    yield _("To be worked off: %(before)s before, %(after)s now") % {
        "before": write_money(facts["balance"]),
        "after": write_money(facts["balance_after"]),
    }


def _capped(facts):
    yield _("The plan pays at most %(cap)s a month, not %(before)s") % {
        "cap": write_money(facts["cap"]),
        "before": write_money(facts["before"]),
    }


def _uncapped(facts):
    yield _("The cap had taken %(capped)s off: that was never paid, so %(given)s of it is not taken back") % {
        "capped": write_money(facts["capped"]),
        "given": write_money(facts["given"]),
    }


def _undone(facts):
    yield _("The plan was not for them in this period after all, so nothing is owed for it")
    yield from _less_posted(facts, 0)


_TELLERS = {
    "commission": _commission,
    "bonus": _bonus,
    "kpi": _bonus,
    "pool": _pool,
    "held": _held,
    "released": _released,
    "clawback": _clawback,
    "draw": _draw,
    "carried": _carried,
    "draw_recovery": _recovery,
    "capped": _capped,
    "uncapped": _uncapped,
    "undone": _undone,
}
