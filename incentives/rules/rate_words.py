"""The rate table of a commission or a pool in words."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from incentives.rules.numbers import write
from incentives.rules.plan_rows import group_of, rank_of
from incentives.rules.step_words import age, is_about_target, joined, ladder, percent
from incentives.rules.terms import BY_MEASURE, ChosenBy, Customers, Pays, Steps, Use


def group_in_words(group, *, names):
    """Return for what a row of a rate table holds, (line id, channel id, customers), in words; "" for everything."""
    line, channel, customers = group
    said = []
    if line is not None:
        said.append(str(names.lines.get(line, "—")))
    if channel is not None:
        said.append(str(names.channels.get(channel, "—")))
    if customers != Customers.ALL:
        said.append(str(Customers(customers).label))
    return " · ".join(said)


def bound_writer(component, names):
    """Return how the bounds of a rate table are written: money, pieces, per cent, or a time."""
    if component.chosen_by == ChosenBy.VALUE:
        return names.writer_of(component.metric_id)
    if component.chosen_by == ChosenBy.AGE:
        return age
    if component.chosen_by not in BY_MEASURE:
        return percent
    known = names.counted.get(component.measure)
    return names.money if known is None or known.is_money else write


def value_writer(component, names):
    """Return what a step gives: per cent of money, money a piece of a count, money for reaching it."""
    if component.pays == Pays.AMOUNT:
        return names.money
    known = names.counted.get(component.measure)
    if known is None or known.is_money:
        return percent
    return lambda number: _("%(amount)s each") % {"amount": names.money(number)}


#: The group of a rate that is for every product line, channel and customer.
EVERYTHING = (None, None, Customers.ALL)


def commission(component, tables, _parts, names):
    """Return what a commission, or the pool made by it, is paid on at which rates, as a sentence."""
    groups = {}
    for step in tables[Use.RATE]:
        groups.setdefault(group_of(step), []).append(step)
    what = names.measure(component.measure)
    if set(groups) != {EVERYTHING}:
        ordered = sorted(groups.items(), key=lambda item: -rank_of(item[1][0]))
        rates = [
            _("%(group)s %(rates)s")
            % {
                "group": group_in_words(group, names=names) or _("everything else"),
                "rates": rate_table(component, steps, names),
            }
            for group, steps in ordered
        ]
        return _("%(what)s, %(how)s: %(rates)s") % {
            "what": what,
            "how": _chosen(component, names) or _("by what is sold to whom"),
            "rates": joined(rates),
        }
    (steps,) = groups.values()
    return _one_group(component, steps, names)


def rate_table(component, steps, names):
    """Return the rows of a rate table for the same lines, channels and customers in words."""
    bound, value = bound_writer(component, names), value_writer(component, names)
    if component.pays == Pays.AMOUNT and component.steps_read == Steps.MARGINAL:
        # Of steps that add up each says only where it begins.
        steps = sorted(steps, key=lambda step: step.starts_at)
        said = [{"from": bound(step.starts_at), "value": value(step.value)} for step in steps]
        return joined(_("from %(from)s on: %(value)s") % step for step in said)
    return ladder(steps, read=component.steps_read, bound=bound, value=value)


def _one_group(component, steps, names):
    """Return one rate table as a sentence."""
    what = names.measure(component.measure)
    value = value_writer(component, names)
    steps = sorted(steps, key=lambda step: step.starts_at)
    if component.pays == Pays.AMOUNT:
        return _amounts(component, steps, names)
    if is_about_target(steps, chosen_by=component.chosen_by) and component.steps_read != Steps.INTERPOLATED:
        said = {
            "what": what,
            "low": value(steps[0].value),
            "high": value(steps[1].value),
            "metric": names.metric(component.metric_id),
        }
        if component.steps_read == Steps.MARGINAL:
            return _("%(low)s of %(what)s up to the target (%(metric)s), %(high)s above") % said
        return _("%(low)s of %(what)s; once the target (%(metric)s) is reached, %(high)s of everything") % said
    rates = rate_table(component, steps, names)
    if len(steps) == 1 and not steps[0].starts_at:
        of = _("%(rate)s of %(what)s") if value is percent else _("%(rate)s: %(what)s")
        return of % {"rate": rates, "what": what}
    how = _chosen(component, names)
    read = {
        # The age of a customer says it already: each has the rate of their own.
        Steps.FLAT: "" if component.chosen_by == ChosenBy.AGE else _("everything at the rate that is reached"),
        Steps.MARGINAL: _("each slice at its own rate"),
        Steps.INTERPOLATED: "",
    }[component.steps_read]
    return _("%(what)s, %(how)s: %(rates)s") % {
        "what": what,
        "how": pgettext("between names", ", ").join(filter(None, (how, read))) or _("by the table"),
        "rates": rates,
    }


def _amounts(component, steps, names):
    """Return a table that gives money for reaching its steps, as a sentence."""
    read = {
        Steps.FLAT: _("the amount of the step that is reached"),
        Steps.MARGINAL: _("the amounts of all steps that are reached"),
        Steps.INTERPOLATED: "",
    }[component.steps_read]
    return _("%(what)s, %(how)s: %(rates)s") % {
        "what": names.measure(component.measure),
        "how": pgettext("between names", ", ").join(filter(None, (_chosen(component, names), read))) or _("by the table"),
        "rates": rate_table(component, steps, names),
    }


def _chosen(component, names):
    """Return what decides which step is reached, in words; "" for the amount itself."""
    if component.chosen_by == ChosenBy.ATTAINMENT:
        return _("by attainment of %(metric)s") % {"metric": names.metric(component.metric_id)}
    if component.chosen_by == ChosenBy.VALUE:
        return _("by %(metric)s") % {"metric": names.metric(component.metric_id)}
    return {
        ChosenBy.DISCOUNT: _("by the discount given"),
        ChosenBy.MARGIN: _("by the gross margin"),
        ChosenBy.TOTAL: _("by the total of everything"),
        ChosenBy.AGE: _("by how long the customer has been one"),
    }.get(component.chosen_by, "")


def how_chosen(component, steps):
    """
    Yield what is to be known of how steps are found, where the table does not say it itself.

    :param steps: the rows of the rate table, which may differ by more than product lines.
    """
    if component.chosen_by == ChosenBy.TOTAL:
        by_lines = all(group_of(step)[1:] == EVERYTHING[1:] for step in steps)
        if component.steps_read == Steps.MARGINAL and component.pays == Pays.RATE:
            of_lines = _(
                "What everything comes to together is sliced; of each slice every product line has the part that it has in the total."
            )
            of_groups = _(
                "What everything comes to together is sliced; of each slice every group of the table has the part that it has in the total."
            )
        else:
            of_lines = _("What everything comes to together finds the step; each product line has its own rate there.")
            of_groups = _("What everything comes to together finds the step; each group of the table has its own rate there.")
        yield of_lines if by_lines else of_groups
    elif component.chosen_by == ChosenBy.AGE:
        yield _(
            "A customer is as old as the time since the first order that still stood on the day of the sale or payment; "
            "what comes back has the rate at which it was sold."
        )
