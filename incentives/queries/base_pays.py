"""Base pay as components take it that promise a share of it: by day, as known; and who has none on record."""

from collections import defaultdict
from itertools import pairwise

from common.periods import Period
from incentives.models import Component, PayPlanVersion, PayTerms
from incentives.queries.contracts import contracts_of, span_of
from incentives.queries.members import staff_during
from teams.queries import calendar_of


class BasePays:
    """What people are paid each month beside their plans, day by day."""

    def __init__(self, rows):
        """:param rows: (person id, from which day, minor units a month), in the order in which they were recorded."""
        self._by_person = defaultdict(dict)
        for person_id, starts_on, base_pay in rows:
            self._by_person[person_id][starts_on] = base_pay

    def parts(self, person_id, stays, calendar):
        """
        Return (base pay a month, working days on which it held) of some spans of days, None where nothing is on record.

        Days are calendar days where none of them is a working day.
        """
        spans = [span for stay in stays for span in self._apart(person_id, stay)]
        days = [calendar.working_day_count(span) for span in spans]
        if not any(days):
            days = [span.days for span in spans]
        return [
            (self._on(person_id, span.starts_on), count) for span, count in zip(spans, days, strict=True) if count
        ]  # fmt: skip

    def _apart(self, person_id, stay):
        """Return the parts of a span in each of which one base pay holds."""
        days = [day for day in sorted(self._by_person.get(person_id, ())) if day in stay and day > stay.starts_on]
        return [Period(*days) for days in pairwise([stay.starts_on, *days, stay.ends_before])]

    def _on(self, person_id, day):
        known = self._by_person.get(person_id, {})
        return known[max(begun)] if (begun := [since for since in known if since <= day]) else None


def base_pays(*, before, person_ids=None, known_at=None):
    """
    Return the base pay that holds from days before one, in one query.

    :param person_ids: only of these people. :param known_at: leave out what was recorded later.
    """
    rows = PayTerms.objects.filter(starts_on__lt=before).order_by("person_id", "starts_on", "pk")
    if person_ids is not None:
        rows = rows.filter(person__in=person_ids)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return BasePays(rows.values_list("person_id", "starts_on", "base_pay"))


def base_pays_for(contracts, *, before, person_ids, known_at):
    """
    Return {whether a contract is only a draft: `BasePays`} as contracts need them that promise a share of base pay.

    What is only tried takes base pay as it is on record by now: nobody needed it on record while nothing was paid by it.
    """
    kinds = {contract.is_draft for contract in contracts if contract.promises_base_pay}
    about = {"before": before, "person_ids": person_ids}
    return {is_draft: base_pays(**about, known_at=None if is_draft else known_at) for is_draft in kinds}


def without_base_pay(*, month, company):
    """
    Return the ids of people whom a plan of a month promises a share of their base pay, and who have none on record on some day of it.

    One query where no plan does.
    """
    asked = Component.objects.exclude(base_pay_factor=None).filter(version__status=PayPlanVersion.Status.PUBLISHED)
    asked = asked.filter(version__starts_on__lt=month.ends_before).exclude(version__ends_before__lte=month.starts_on)
    kinds = defaultdict(set)
    for version_id, span in asked.order_by().values_list("version", "span"):
        kinds[version_id].add(span)
    if not kinds:
        return set()
    spans = {kind: span_of(kind, month.starts_on, company.fiscal_year_starts_in) for of in kinds.values() for kind in of}
    around = Period(min(s.starts_on for s in spans.values()), max(s.ends_before for s in spans.values()))
    staff, pays, calendar = staff_during(around), base_pays(before=around.ends_before), calendar_of(company)
    return {
        person_id
        for contract in contracts_of(PayPlanVersion.objects.filter(pk__in=list(kinds)))
        for kind in kinds[contract.id]
        for person_id, stays in staff.stays(contract, spans[kind]).items()
        if any(pay is None for pay, _days in pays.parts(person_id, stays, calendar))
    }
