"""
A version of a plan over the last four quarters, as if it had been in force: what it would have cost, beside what was paid.

Nothing is stored but by `incentives.services.trials`. Money in minor units.
"""

from copy import copy
from dataclasses import replace

from django.db.models import Min, Sum

from common.periods import Period, add_months, fiscal_year_of, month_of, months_in, quarter_of
from credits.models import Credit
from credits.rules import Measure
from incentives.models import Component, PayPlanVersion, Statement, StatementLine
from incentives.queries.cliffs import Cliffs
from incentives.queries.contracts import contracts_ever, contracts_of
from incentives.queries.rerun import Moments, moments_of, rerun
from incentives.queries.scaling import Scaling, Targets
from incentives.rules.terms import Span, Status
from teams.models import Person

#: Per cent of the targets at which both sides of a trial are compared.
LEVELS = (80, 100, 120)
#: As it was, and at each level, on both sides.
_RUNS = 2 + 2 * len(LEVELS)
_PUBLISHED = PayPlanVersion.Status.PUBLISHED


def window_of(on, company):
    """Return the last four quarters before a day's, and the months of its own that are over."""
    this = month_of(on)
    return Period(add_months(quarter_of(on, company.fiscal_year_starts_in).starts_on, -12), this.starts_on)


def try_version(*, version, on, company, progress=None) -> dict:
    """
    Return what a version would have cost in the months of the window that were paid; plain values, ready for JSON.

    The months are worked out one after the other from what was known when they were, once as the plans were – which gives what
    was paid – and once with the version in place of its plan's others. Whoever's statement of a month is not published yet is
    left out of that month on both sides. `months` is empty where nothing was paid.

    :param progress: told after each month of either run.
    """
    window = window_of(on, company)
    published = _published(window)
    if not published:
        return {"months": []}
    runs, cut = _runs(version, window, company)
    known_at = moments_of(published)
    months = [month for month in runs if month.starts_on <= max(known_at)]
    about = {"months": months, "company": company, "known_at": known_at}
    contracts = contracts_ever()
    live = rerun(**about, contracts=contracts, progress=_part(progress, 0))
    changed = contracts_with(version, contracts, cut=cut, until=window.ends_before)
    cliffs = Cliffs(version, since=window.starts_on)
    tried = rerun(**about, contracts=changed, progress=_part(progress, 1), watch=cliffs.watch)
    compared = _Compared(version, published, tried)
    return compared.told(live) | {
        "cliffs": cliffs.told(),
        "attained": _attained(compared, about, live=contracts, changed=changed, progress=progress),
    }


def _attained(compared, about, *, live, changed, progress):
    """
    Return what both sides would have cost if everybody had reached so many per cent of the targets of these months.

    `revenue` is what everybody would have brought in; `as_it_was` holds the same for what was reached. `without` is how many of
    the people paid have no target, and stay as they were.
    """
    first, last = compared.shown[0], month_of(compared.shown[-1])
    months, company = about["months"], about["company"]
    # Both sides stand as nobody was ever paid: one moment for everybody is enough.
    about = about | {"known_at": {starts_on: Moments(each.latest) for starts_on, each in about["known_at"].items()}}
    read_from = fiscal_year_of(months[0].starts_on, company.fiscal_year_starts_in).starts_on
    targets = Targets(Period(read_from, last.ends_before), contracts=[*live, *changed])
    period, everybody = Period(first, last.ends_before), Person.objects.values_list("pk", flat=True)
    rows = []
    for number, percent in enumerate(LEVELS):
        scaling = Scaling(percent, targets, since=months[0].starts_on)
        costs = [
            compared.cost_of(rerun(**about, contracts=side, assume=scaling, progress=_part(progress, 2 + 2 * number + place)))
            for place, side in enumerate((live, changed))
        ]
        revenue = targets.revenue_at(percent, period, everybody)
        rows.append({"percent": percent, "live": costs[0], "cost": costs[1], "revenue": revenue})
    return {"rows": rows, "without": len(targets.without_any(compared.concerned, period))}


def contracts_with(version, contracts, *, cut, until):
    """
    Return contracts with a version from a day on in place of its plan's others, which end there; other plans as they were.

    It holds for as long as the plan did: not before its first version, nor after its last. A plan that was not in force before
    `until` is tried without a beginning or an end of its own.
    """
    others = [one for one in contracts if one.version.plan_id != version.plan_id]
    own = [one for one in contracts if one.version.plan_id == version.plan_id]
    (tried,) = contracts_of(PayPlanVersion.objects.filter(pk=version.pk))
    there = [one.version for one in own if one.version.starts_on < until]
    starts_on = max(cut, min((one.starts_on for one in there), default=cut))
    ends = [one.ends_before for one in there] or [None]
    kept = [
        _held(one, one.version.starts_on, min(one.version.ends_before or cut, cut))
        for one in own
        if one.version.starts_on < cut
    ]
    # What the version paid before is told apart from what it is tried for.
    kept = [replace(one, version=_with(one.version, pk=-one.version.pk)) if one.id == version.pk else one for one in kept]
    return [*others, *kept, _held(tried, starts_on, None if None in ends else max(ends))]


def _held(contract, starts_on, ends_before):
    return replace(contract, version=_with(contract.version, starts_on=starts_on, ends_before=ends_before))


def _with(version, **values):
    """Return a copy of a version that is never saved."""
    other = copy(version)
    for name, value in values.items():
        setattr(other, name, value)
    return other


def _published(window):
    rows = Statement.objects.filter(
        status=Status.PUBLISHED, starts_on__gte=window.starts_on, starts_on__lt=window.ends_before
    ).order_by("starts_on", "person")
    return list(rows.values_list("starts_on", "person_id", "total", "known_at"))


def _runs(version, window, company):
    """Return the months to be worked out, and the day from which the version is tried: where a span of its components begins."""
    asked = Component.objects.filter(version__plan=version.plan_id, span=Span.YEAR)
    has_years = asked.filter(version__status=_PUBLISHED).exists() or asked.filter(version=version).exists()
    cut = window.starts_on
    if has_years:
        cut = fiscal_year_of(cut, company.fiscal_year_starts_in).starts_on
    first = Statement.objects.filter(status=Status.PUBLISHED).aggregate(first=Min("starts_on"))["first"]
    return months_in(Period(max(cut, first), window.ends_before)), cut


def _part(progress, number):
    if progress is None:
        return None
    return lambda done, total, label: progress(number * total + done, _RUNS * total, label)


class _Compared:
    """What was paid in the months of a trial, beside what a run of them comes to: of whom either side of the trial pays."""

    def __init__(self, version, published, tried):
        self.paid = {(starts_on, person_id): total for starts_on, person_id, total, _moment in published}
        self.shown = sorted({starts_on for starts_on, _person in self.paid})
        self._tried = tried
        self._open = set(
            Statement.objects.filter(starts_on__in=self.shown)
            .exclude(status=Status.PUBLISHED)
            .values_list("starts_on", "person_id")
        )
        keys = {str(key) for key in Component.objects.filter(version__plan=version.plan_id).values_list("key", flat=True)}
        self.concerned = _paid_by(keys, self.shown) | {
            person_id for starts_on in self.shown for person_id, draft in tried[starts_on].items()
            if any(line.key in keys for line in draft.lines)
        }  # fmt: skip

    def cost_of(self, run):
        """Return what a run comes to for the people and months that are compared, in minor units."""
        return sum(
            draft.total for starts_on in self.shown for person_id in self._people(starts_on)
            if (draft := run[starts_on].get(person_id))
        )  # fmt: skip

    def told(self, live):
        """Return the comparison as plain values; `live` is the run with the plans as they were."""
        months, people = [], {}
        for starts_on in self.shown:
            month = {"starts_on": starts_on.isoformat(), "paid": 0, "cost": 0}
            for person_id in self._people(starts_on):
                draft = self._tried[starts_on].get(person_id)
                person = people.setdefault(person_id, {"id": person_id, "paid": 0, "cost": 0})
                for row in (month, person):
                    row["paid"] += self.paid.get((starts_on, person_id), 0)
                    row["cost"] += draft.total if draft else 0
            months.append(month)
        again = {key: draft.total for key in self.paid if (draft := live[key[0]].get(key[1]))}
        return {
            "months": months,
            "people": sorted(people.values(), key=lambda row: (row["paid"] - row["cost"], row["id"])),
            "paid": sum(month["paid"] for month in months),
            "cost": sum(month["cost"] for month in months),
            "open": len([person_id for _starts_on, person_id in self._open if person_id in self.concerned]),
            "check": {
                "statements": len(self.paid),
                "paid": sum(self.paid.values()),
                "again": sum(again.values()),
                "different": sum(again.get(key, 0) != total for key, total in self.paid.items()),
            },
            "achieved": _achieved(self.shown),
        }

    def _people(self, starts_on):
        return [person_id for person_id in sorted(self.concerned) if (starts_on, person_id) not in self._open]


def _paid_by(keys, months):
    """Return who was paid by some components in some months."""
    lines = StatementLine.objects.filter(
        component_key__in=keys, statement__status=Status.PUBLISHED, statement__starts_on__in=months
    )
    return set(lines.values_list("statement__person_id", flat=True).distinct())


def _achieved(months):
    """Return the company's revenue and gross profit of some months, an order once."""
    found = {Measure.REVENUE: 0, Measure.GROSS_PROFIT: 0}
    for starts_on in months:
        month = month_of(starts_on)
        rows = Credit.objects.filter(
            counts_on__gte=month.starts_on, counts_on__lt=month.ends_before, measure__in=list(found), is_overlay=False
        )
        for measure, amount in rows.order_by().values_list("measure").annotate(Sum("amount")):
            found[measure] += amount
    return {"revenue": found[Measure.REVENUE], "gross_profit": found[Measure.GROSS_PROFIT]}
