"""What statements came to month by month, drawn: one's own, or those that a member reviews by the parts of what they lead."""

from django.db.models import Sum

from common.periods import add_months
from teams.models import Unit

#: Months drawn.
MONTHS = 12


def own_course(statements, *, name):
    """Return the picture of somebody's statements by month, None before there are two; one query."""
    totals = dict(statements.order_by("-starts_on").values_list("starts_on", "total")[:MONTHS])
    return _picture(totals, {name: totals})


def led_course(statements, *, top_id, until):
    """
    Return the picture of statements by month and by the units right below one, None before there are two months; two queries.

    :param top_id: the unit that the reader leads, None for the whole company.
    :param until: the first day of the last month that is drawn.
    """
    since = add_months(until, 1 - MONTHS)
    rows = statements.filter(starts_on__gte=since, starts_on__lte=until).order_by()
    rows = rows.values_list("starts_on", "unit").annotate(total=Sum("total"))
    units = {
        pk: (parent_id, name) for pk, parent_id, name in Unit.objects.order_by("pk").values_list("pk", "parent_id", "name")
    }
    top_id = top_id or next((pk for pk, (parent_id, _name) in units.items() if parent_id is None), None)
    totals, by_part = {}, {}
    for month, unit_id, total in rows:
        part = by_part.setdefault(_part_of(unit_id, top_id, units), {})
        part[month] = part.get(month, 0) + total
        totals[month] = totals.get(month, 0) + total
    ordered = sorted(by_part, key=lambda pk: (pk == top_id, units[pk][1]))
    return _picture(totals, {units[pk][1]: by_part[pk] for pk in ordered})


def _part_of(unit_id, top_id, units):
    """Return the unit right below the top one in which a unit is; the top one, and what is outside of it, as it is."""
    part = unit_id
    while part != top_id and (parent_id := units[part][0]) != top_id:
        if parent_id is None:
            return unit_id
        part = parent_id
    return part


def _picture(totals, series):
    if len(totals) < 2:
        return None
    months = sorted(totals)
    return {
        "unit": "MONEY",
        "labels": [f"{month:%Y-%m}" for month in months],
        "series": [{"name": name, "values": [part.get(month, 0) for month in months]} for name, part in series.items()],
    }
