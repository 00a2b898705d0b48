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
from incentives.queries.contracts import contracts_ever, contracts_of
from incentives.queries.rerun import rerun
from incentives.rules.terms import Span, Status

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
    known_at = {}
    for starts_on, _person, _total, moment in published:
        known_at[starts_on] = max(moment, known_at.get(starts_on, moment))
    months = [month for month in runs if month.starts_on <= max(known_at)]
    about = {"months": months, "company": company, "known_at": known_at}
    contracts = contracts_ever()
    live = rerun(**about, contracts=contracts, progress=_part(progress, 0))
    changed = contracts_with(version, contracts, cut=cut, until=window.ends_before)
    tried = rerun(**about, contracts=changed, progress=_part(progress, 1))
    return _compared(version, published, live, tried)


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
    return lambda done, total, label: progress(number * total + done, 2 * total, label)


def _compared(version, published, live, tried):
    """Return both runs beside what was paid."""
    paid = {(starts_on, person_id): total for starts_on, person_id, total, _moment in published}
    shown = sorted({starts_on for starts_on, _person in paid})
    open_ones = set(
        Statement.objects.filter(starts_on__in=shown).exclude(status=Status.PUBLISHED).values_list("starts_on", "person_id")
    )
    keys = {str(key) for key in Component.objects.filter(version__plan=version.plan_id).values_list("key", flat=True)}
    concerned = _paid_by(keys, shown) | {
        person_id for starts_on in shown for person_id, draft in tried[starts_on].items()
        if any(line.key in keys for line in draft.lines)
    }  # fmt: skip
    months, people = [], {}
    for starts_on in shown:
        month = {"starts_on": starts_on.isoformat(), "paid": 0, "cost": 0}
        for person_id in sorted(concerned):
            if (starts_on, person_id) in open_ones:
                continue
            draft = tried[starts_on].get(person_id)
            person = people.setdefault(person_id, {"id": person_id, "paid": 0, "cost": 0})
            for row in (month, person):
                row["paid"] += paid.get((starts_on, person_id), 0)
                row["cost"] += draft.total if draft else 0
        months.append(month)
    again = {key: draft.total for key in paid if (draft := live[key[0]].get(key[1]))}
    return {
        "months": months,
        "people": sorted(people.values(), key=lambda row: (row["paid"] - row["cost"], row["id"])),
        "paid": sum(month["paid"] for month in months),
        "cost": sum(month["cost"] for month in months),
        "open": len([person_id for _starts_on, person_id in open_ones if person_id in concerned]),
        "check": {
            "statements": len(paid),
            "paid": sum(paid.values()),
            "again": sum(again.values()),
            "different": sum(again.get(key, 0) != total for key, total in paid.items()),
        },
        "achieved": _achieved(shown),
    }


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
