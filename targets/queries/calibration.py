"""
Whether chances are what they say: walked forward through a company's past, with nothing known but what lay before each day.

Asked in two ways: of the targets that were really set, by the chance each was given; and of made-up targets that would have
been given a chance of 10, 20 … 90 %. Of those given about 70 %, about 70 % should have been reached.
"""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Sum

from common.periods import add_months
from targets.models import Plan, Target
from targets.queries.outlooks import RECORD_MONTHS, known_of
from targets.rules import chances

#: How many months of the ledger must lie before the first day that is asked about.
LEAST_PAST = 4
MADE_UP = tuple(part / 10 for part in range(1, 10))


@dataclass(frozen=True)
class Bucket:
    """Targets that were given much the same chance: how likely they were said to be (0–1), how many there were, how many were met."""

    label: str
    count: int
    said: float
    met: int

    @property
    def share(self):
        return self.met / self.count


@dataclass(frozen=True)
class Calibration:
    """What came of the chances that were given for periods of a length, in months."""

    length: int
    cuts: int
    made_up: tuple[Bucket, ...]
    real: tuple[Bucket, ...]


def calibration_of(metric, *, company, until, lengths=(1, 3, 6)):
    """
    Return how chances came true, for periods of each length that were over by a day.

    :param until: the first day of a month; the past ends there.
    """
    since = add_months(until, -(RECORD_MONTHS + 36))
    known = known_of(metric.numerator, until=until, company=company, since=since)
    worked = sorted({month for own in known.amounts.values() for month in own})
    if not worked:
        return []
    asked = _asked(metric, worked[0], until)
    found = []
    for length in lengths:
        made_up, real, cut, cuts = defaultdict(list), defaultdict(list), add_months(worked[0], LEAST_PAST), 0
        while add_months(cut, length) <= until:
            cuts += bool(_ask(known.before(cut, [add_months(cut, i) for i in range(length)]), asked, made_up, real))
            cut = add_months(cut, 1)
        found.append(Calibration(length, cuts, _buckets(made_up), _buckets(real)))
    return found


def _ask(outlooks, asked, made_up, real):
    """Collect (said, met) of everybody who worked the whole of some months; return how many there were."""
    known, months, number = outlooks.known, outlooks.months, 0
    for person_id in sorted(known.sellers):
        own = known.amounts.get(person_id, {})
        if not all(month in own for month in months) or (outlook := outlooks.of(person_id)) is None:
            continue
        number += 1
        sums, done = outlook.sums(range(len(months))), sum(own[month] for month in months)
        for part in MADE_UP:
            made_up[f"{round(part * 100)} %"].append((part, done >= chances.amount_at(sums, part)))
        target = sum(asked.get((person_id, month), 0) for month in months)
        if target and all((person_id, month) in asked for month in months):
            said = chances.chance_of(sums, target)
            low = min(int(said * 10), 9) * 10
            real[f"{low}–{low + 10} %"].append((said, done >= target))
    return number


def _asked(metric, first, until):
    rows = (
        Target.objects.filter(
            plan__metric=metric, plan__status=Plan.Status.PUBLISHED, person__isnull=False, month__gte=first, month__lt=until
        )
        .order_by()
        .values_list("person_id", "month")
        .annotate(sum=Sum("commit"))
    )
    return {(person_id, month): amount for person_id, month, amount in rows if amount}


def _buckets(found):
    def of(label, pairs):
        return Bucket(label, len(pairs), sum(said for said, _met in pairs) / len(pairs), sum(met for _said, met in pairs))

    return tuple(sorted((of(label, pairs) for label, pairs in found.items()), key=lambda bucket: bucket.said))
