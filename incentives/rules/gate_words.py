"""The gates of a component in words."""

from django.utils.translation import gettext as _

from incentives.rules.step_words import ladder, percent
from incentives.rules.terms import Steps


def tell_gate(component, steps, names):
    """Return what else decides how much of a component is paid; "" for nothing."""
    if component.gate_key is not None:
        name = names.components.get(component.gate_key, "—")
        return _("Only paid if “%(component)s” pays something.") % {"component": name}
    if component.gate_metric_id is None or not steps:
        return ""
    bound = percent if component.gate_by_attainment else names.writer_of(component.gate_metric_id)
    is_multiplier = any(step.value > 100 for step in steps)  # noqa: PLR2004 - per cent
    value = (lambda number: f"× {percent(number)}") if is_multiplier else percent
    said = {
        "metric": names.metric(component.gate_metric_id),
        "steps": ladder(steps, read=Steps.FLAT, bound=bound, value=value),
    }
    if is_multiplier and component.gate_by_attainment:
        return _("Multiplier by the attainment of %(metric)s: %(steps)s.") % said
    if is_multiplier:
        return _("Multiplier by %(metric)s: %(steps)s.") % said
    if component.gate_by_attainment:
        return _("Gate – so much of it is paid by the attainment of %(metric)s: %(steps)s.") % said
    return _("Gate – so much of it is paid by %(metric)s: %(steps)s.") % said
