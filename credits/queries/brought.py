"""The credits behind a stock: what counts in a period, and what the days before it left."""

from django.db.models import BigIntegerField, Case, F, Q, Sum, Value, When

from credits.queries.lens import credits_through
from credits.rules import BROUGHT_FORWARD
from teams.models import Unit
from teams.queries import below_during


def stock_behind(*, measure, period, lens, person_id=None, unit_id=None):
    """
    Return the credits that a stock adds up, each with `counted`, what it puts in; of days before the period only those of facts that
    were not settled by then.

    A unit has the stock of who is below it at the end; what was collected inside a team before it left stays with the unit above
    that it had then. Follows `targets.queries.brought`.
    """
    credits = credits_through(lens).filter(counts_on__lt=period.ends_before)
    if person_id is not None:
        credits, parts = credits.filter(person_id=person_id), [(Q(counts_on__gte=period.starts_on), Q())]
    else:
        credits, parts = credits.filter(is_overlay=False), _parts(unit_id, period, lens)
    at_last = parts[-1][1]
    before = Q(counts_on__lt=period.starts_on)
    puts_in = []
    for part, factor in BROUGHT_FORWARD[measure].items():
        of, flow = Q(measure=part), int(part == measure)
        puts_in.append((of & before & at_last & Q(source_id__in=_left_by(measure, credits.filter(before))), factor))
        for inside, here in parts:
            puts_in.append((of & inside & here & at_last, flow))
            if here is not at_last:
                puts_in += [(of & inside & here & ~at_last, flow - factor), (of & inside & ~here & at_last, factor)]
    puts_in = [(condition, times) for condition, times in puts_in if times]
    counted = Case(
        *(When(condition, then=F("amount") * times) for condition, times in puts_in),
        default=Value(0),
        output_field=BigIntegerField(),
    )
    return credits.annotate(counted=counted).filter(_any(condition for condition, _times in puts_in))


def _left_by(measure, credits):
    """Return the facts that left something of a stock behind."""
    parts = BROUGHT_FORWARD[measure]
    left = Case(
        *(When(measure=part, then=F("amount") * factor) for part, factor in parts.items()), output_field=BigIntegerField()
    )
    facts = credits.filter(measure__in=list(parts)).order_by().values("source_id").annotate(left=Sum(left))
    return facts.exclude(left=0).values("source_id")


def _parts(unit_id, period, lens):
    """Return the parts of a period in which the same units were below one, each as two conditions: its days, and being one of them."""
    if Unit.objects.filter(pk=unit_id, parent=None).exists():
        return [(Q(counts_on__gte=period.starts_on), Q())]
    return [
        (Q(counts_on__gte=part.starts_on, counts_on__lt=part.ends_before), Q(place_id__in=ids))
        for part, ids in below_during([unit_id], period, known_at=lens.last_known)
    ]


def _any(conditions):
    found = Q()
    for condition in conditions:
        found |= condition
    return found
