"""What lies ahead of somebody in a plan, in sentences: how far the next step is, and what it is worth."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from common import figures
from incentives.rules.numbers import write
from incentives.rules.terms import Kind, Span


@dataclass(frozen=True)
class Told:
    """
    A step ahead.

    :ivar missing: what has to be reached yet. :ivar effect: what then changes. :ivar gain: what that is worth.
    """

    missing: str
    effect: str
    gain: str
    is_cliff: bool


def tell(distance, *, what, currency) -> Told:
    """
    Say a `Distance` as people say it.

    :param what: how the measure or metric is called.
    """
    span = {Span.QUARTER: _("this quarter"), Span.YEAR: _("this fiscal year")}.get(distance.span, _("this month"))
    gain = _("%(gain)s more %(span)s") % {"gain": figures.money(distance.gain, currency=currency), "span": span}
    return Told(
        _missing(distance, what, currency), _effect(distance, currency), gain if distance.gain > 0 else "", distance.is_cliff
    )


def name_of(distance):
    """Return a component with what its table is for, where it has several."""
    label = distance.label
    parts = [label.get("line_name"), label.get("channel_name")]
    if customers := label.get("customers"):
        parts.append(_("new customers") if customers == "NEW" else _("returning customers"))
    return " · ".join([distance.component, *filter(None, parts)])


def _missing(distance, what, currency):
    percents = {"at": f"{write(round(distance.at, 1))}%", "next": f"{write(distance.next_at)}%", "what": what}
    if distance.missing is None:
        return _("%(what)s: attainment from %(at)s to %(next)s") % percents
    # Up to the next whole unit: what is said is always enough.
    amount = (
        figures.money(-(-distance.missing // 100), currency=currency, scale=0) if distance.is_money else write(distance.missing)
    )
    if distance.by_attainment:
        return _("%(missing)s more %(what)s, to %(next)s attainment") % (percents | {"missing": amount})
    return _("%(missing)s more %(what)s") % {"missing": amount, "what": what}


def _effect(distance, currency):
    said = {
        "name": name_of(distance),
        "rate": _rate(distance, distance.rate, currency),
        "next": _rate(distance, distance.next_rate, currency),
    }
    if distance.kind == Kind.BONUS:
        if not distance.rate:
            return _("%(name)s begins to pay: %(next)s of the bonus") % said
        return _("%(name)s pays %(next)s of the bonus instead of %(rate)s") % said
    if distance.pays_amount:
        return _("%(name)s: the step that gives %(next)s") % said
    if not distance.rate:
        return _("%(name)s begins to pay, at %(next)s") % said
    return _("the rate of %(name)s goes from %(rate)s to %(next)s") % said


def _rate(distance, rate, currency):
    if rate is None:
        return ""
    if distance.pays_by_piece or distance.pays_amount:
        return figures.money(round(rate), currency=currency)
    return f"{write(rate)}%"
