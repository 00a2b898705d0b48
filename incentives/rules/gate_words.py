"""The gates of a component in words."""

from django.utils.translation import gettext as _

from incentives.rules.step_words import ladder, percent
from incentives.rules.terms import Steps


def tell_gates(gates, steps, names):
    """
    Yield what else decides how much of a component is paid, a sentence a gate.

    :param gates: in their order, with the fields of `models.Gate`. :param steps: the rows of their tables together.
    """
    said = [text for gate in gates if (text := _tell(gate, [s for s in steps if s.gate == gate.position], names))]
    yield from said
    if len(said) > 1:
        yield _("Each of them decides about what the others let through: what is stopped by one is not paid.")


def _tell(gate, steps, names):
    if gate.awaits is not None:
        return _("Only paid if “%(component)s” pays something.") % {"component": names.components.get(gate.awaits, "—")}
    if gate.metric_id is None or not steps:
        return ""
    bound = percent if gate.by_attainment else names.writer_of(gate.metric_id)
    is_multiplier = any(step.value > 100 for step in steps)  # noqa: PLR2004 - per cent
    value = (lambda number: f"× {percent(number)}") if is_multiplier else percent
    said = {"metric": names.metric(gate.metric_id), "steps": ladder(steps, read=Steps.FLAT, bound=bound, value=value)}
    if is_multiplier and gate.by_attainment:
        return _("Multiplier by the attainment of %(metric)s: %(steps)s.") % said
    if is_multiplier:
        return _("Multiplier by %(metric)s: %(steps)s.") % said
    if gate.by_attainment:
        return _("Gate – so much of it is paid by the attainment of %(metric)s: %(steps)s.") % said
    return _("Gate – so much of it is paid by %(metric)s: %(steps)s.") % said
