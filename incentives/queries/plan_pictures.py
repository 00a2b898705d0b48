"""How a component pays, as a curve: from the same rules by which it is calculated."""

from fractions import Fraction

from django.utils.translation import gettext as _

from incentives.rules.earning import Table, payout_of, rate_whole
from incentives.rules.tables import Row
from incentives.rules.terms import BY_MEASURE, ChosenBy, Kind, Pays, Steps, Use

#: A base on which a rate is read off where the amount itself does not choose the step.
_HUNDRED = 10000
_A_HAIR = Fraction(1, 1000)


def pictures_of(terms, *, names):
    """
    Return the curve of each component that has one, by key: a dict as the chart `payout` takes it.

    A single rate and tables that differ by product line, channel or customers have none: a sentence says more.
    """
    found = {}
    for component, steps, _parts in terms.components:
        picture = picture_of(component, steps, names=names)
        if picture:
            found[component.key] = picture
    return found


def picture_of(component, steps, *, names):
    """Return the curve of one component, or None."""
    if component.kind in {Kind.BONUS, Kind.KPI}:
        return _curve(component, [step for step in steps if step.use == Use.CURVE])
    if component.kind in {Kind.COMMISSION, Kind.POOL}:
        rates = [step for step in steps if step.use == Use.RATE]
        if len(rates) < 2 or any(step.product_line_id or step.channel_id or step.customers != "ALL" for step in rates):
            return None
        return _rates(component, rates, names)
    return None


def _curve(component, steps):
    if not steps:
        return None
    rows = _rows(steps, bound=1)

    # A share of base pay is another amount for everybody: as a percentage it holds for all.
    is_share = component.base_pay_factor is not None

    def payout(attainment):
        percent = payout_of(rows, component.steps_read, attainment)
        return percent if is_share else Fraction(component.amount or 0) * percent / 100

    return {
        "x": {"unit": "PERCENT", "scale": 0, "name": _("Attainment")},
        **({"unit": "PERCENT", "scale": 0} if is_share else {"unit": "MONEY"}),
        "name": _("Payout"),
        "points": _points(rows, payout, is_straight=component.steps_read == Steps.INTERPOLATED),
    }


#: In what a metric's values are written on an axis.
_UNITS = {"PERCENT": "PERCENT", "MONEY": "MONEY", "MONEY_RATIO": "MONEY"}


def _rates(component, steps, names):
    known = names.counted.get(component.measure)
    is_money = known is None or known.is_money
    # Without product lines the total is the amount itself.
    by_amount = component.chosen_by in BY_MEASURE
    bound = 100 if by_amount and is_money else 1
    gives_money = not is_money or component.pays == Pays.AMOUNT
    rows = _rows(steps, bound=bound, value=100 if gives_money else 1)
    table = Table(rows, component.steps_read, ChosenBy.AMOUNT if by_amount else component.chosen_by, is_money, component.pays)
    if by_amount:
        x = {"unit": "MONEY" if is_money else "COUNT", "scale": 2 if is_money else 0, "name": names.measure(component.measure)}
        points = _points(rows, lambda at: rate_whole(table, at).amount, is_straight=True)
        return {"x": x, "unit": "MONEY", "name": _("Earned"), "points": points}
    x = {"unit": "PERCENT", "scale": 0}
    if component.chosen_by == ChosenBy.AGE:
        x |= {"unit": "COUNT", "name": _("Age of the customer in months")}
    elif component.chosen_by == ChosenBy.VALUE:
        x |= {
            "unit": _UNITS.get(names.metric_kinds.get(component.metric_id), "COUNT"),
            "name": names.metric(component.metric_id),
        }
    else:
        named = {ChosenBy.ATTAINMENT: _("Attainment"), ChosenBy.MARGIN: _("Gross margin")}
        x["name"] = named.get(component.chosen_by, _("Discount"))
    base = 1 if gives_money else _HUNDRED
    points = _points(
        rows, lambda at: rate_whole(table, base, chosen=at).amount, is_straight=component.steps_read == Steps.INTERPOLATED
    )
    if gives_money:
        name = _("Earned") if component.pays == Pays.AMOUNT else _("Each piece")
        return {"x": x, "unit": "MONEY", "name": name, "points": points}
    return {"x": x, "unit": "PERCENT", "scale": 2, "name": _("Of the whole"), "points": points}


def _rows(steps, *, bound, value=1):
    """Return steps as rows of the calculation, bounds and values in its units."""
    return tuple(
        Row(
            Fraction(step.starts_at) * bound,
            None if step.ends_before is None else Fraction(step.ends_before) * bound,
            Fraction(step.value) * value,
        )
        for step in sorted(steps, key=lambda step: step.starts_at)
    )


def _points(rows, of, *, is_straight):
    """Return the points of a curve, both sides of every jump: from nothing to a fifth beyond the last bound."""
    bounds = [row.starts_at for row in rows if row.starts_at]
    last = (bounds[-1] if bounds else Fraction(100)) * Fraction(6, 5)
    first = Fraction(0) if is_straight or not bounds else max(Fraction(0), bounds[0] * Fraction(1, 2))
    xs = [first]
    for bound in bounds:
        xs += [bound - _A_HAIR, bound]
    # A marginal table chosen by attainment bends between its bounds, so there are points between them.
    for left, right in zip([first, *bounds], [*bounds, last], strict=True):
        xs += [left + (right - left) * Fraction(part, 8) for part in range(1, 8)]
    return [[float(x), float(of(x))] for x in sorted({*xs, last})]
