"""Tables of steps as people say them: "3 % up to ¥50,000; 5 % above"."""

from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from incentives.rules.numbers import write
from incentives.rules.terms import ChosenBy, Steps


def percent(number):
    """Write a percentage as it was typed: 5 % · 2.5 %."""
    return f"{write(number)} %"


def age(months):
    """Write a number of months as one says how old something is: 1 year · 18 months."""
    months = Fraction(months)
    if months and not months % 12:
        years = int(months // 12)
        return ngettext("%(number)s year", "%(number)s years", years) % {"number": years}
    return ngettext("%(number)s month", "%(number)s months", int(months)) % {"number": write(months)}


def joined(parts):
    """Join parts of a sentence that stand beside one another."""
    return pgettext("between steps", "; ").join(parts)


def ladder(steps, *, read, bound, value):
    """
    Return a table in words.

    :param steps: its rows for one product line, channel and kind of customers.
    :param bound, value: how a bound and a value are written.
    """
    steps = sorted(steps, key=lambda step: step.starts_at)
    if len(steps) == 1 and not steps[0].starts_at and steps[0].ends_before is None:
        return value(steps[0].value)
    if read == Steps.INTERPOLATED:
        said = [_("at %(at)s: %(value)s") % {"at": bound(s.starts_at), "value": value(s.value)} for s in steps]
        return _("in a straight line from point to point: %(points)s") % {"points": joined(said)}
    write = _slice if read == Steps.MARGINAL else _level
    return joined(write(step, bound, value) for step in steps)


def _slice(step, bound, value):
    said = {"from": bound(step.starts_at), "value": value(step.value)}
    if step.ends_before is None:
        return _("above %(from)s: %(value)s") % said
    said["to"] = bound(step.ends_before)
    return (_("from %(from)s to %(to)s: %(value)s") if step.starts_at else _("up to %(to)s: %(value)s")) % said


def _level(step, bound, value):
    said = {"from": bound(step.starts_at), "value": value(step.value)}
    if step.ends_before is None:
        return _("from %(from)s on: %(value)s") % said
    said["to"] = bound(step.ends_before)
    return (_("from %(from)s, below %(to)s: %(value)s") if step.starts_at else _("below %(to)s: %(value)s")) % said


def is_about_target(steps, *, chosen_by):
    """Return whether a table says only: so much until the target, so much beyond."""
    return (
        chosen_by == ChosenBy.ATTAINMENT
        and len(steps) == 2
        and sorted((step.starts_at, step.ends_before or 0) for step in steps) == [(0, 100), (100, 0)]
    )
