"""What rules would count that nobody has set yet: the statement that posts, asked without posting."""

import json
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from common.tenancy import require_company_id
from credits.queries.credited import CREDITED_BY_CUSTOMERS, CREDITED_BY_DEALS, CREDITED_BY_TASKS, CREDITED_BY_VISITS
from credits.queries.credited_beside import CREDITED_BY_COMPLAINTS
from credits.queries.own import RULES_GIVEN
from credits.rules import Measure
from credits.rules.own import WITH_ROLES
from customers.models import Complaint
from deals.models import Deal
from teams.models import Task
from visits.models import Visit

_SUMS = """
SELECT person_id, unit_id, measure, is_overlay, SUM(amount)::bigint
FROM credited
WHERE measure LIKE 'OWN:%%' AND day >= %(starts_on)s AND day < %(ends_before)s
GROUP BY person_id, unit_id, measure, is_overlay
HAVING SUM(amount) <> 0
"""
_BY_DEALS = "WITH" + RULES_GIVEN + CREDITED_BY_DEALS + _SUMS
_BY_CUSTOMERS = "WITH" + RULES_GIVEN + CREDITED_BY_CUSTOMERS + _SUMS
_BY_VISITS = "WITH" + RULES_GIVEN + CREDITED_BY_VISITS + _SUMS
_BY_TASKS = "WITH" + RULES_GIVEN + CREDITED_BY_TASKS + _SUMS
_BY_COMPLAINTS = "WITH" + RULES_GIVEN + CREDITED_BY_COMPLAINTS + _SUMS


@dataclass(frozen=True, slots=True)
class Counted:
    """What one rule counts for one person in one unit in a period, in minor units."""

    person_id: int | None
    unit_id: int | None
    code: str
    is_overlay: bool
    amount: int


def counted_by(parts, *, period):
    """
    Return what parts would count in a period, as if they had always held.

    :param parts: {code: `credits.rules.own.Part`}; the codes are only to tell them apart.
    """
    rules = [
        {
            "code": f"OWN:{code}",
            "measure": part.measure,
            "dated_by": part.dated_by,
            "role": part.role,
            "customers": part.customers,
            "product_line_ids": None if part.product_lines is None else sorted(part.product_lines),
            "channel_ids": None if part.channels is None else sorted(part.channels),
            "starts_on": "0001-01-01",
        }
        for code, part in parts.items()
    ]
    measures = {part.measure for part in parts.values()}
    given = {"rules": json.dumps(rules), "starts_on": period.starts_on, "ends_before": period.ends_before}
    span = (period.starts_on, period.last_day)
    touched = Q(closed_on__range=span) | Q(signed_on__range=span) | Q(invoiced_on__range=span)
    touched |= Q(returns__returned_on__range=span) | Q(payments__received_on__range=span)
    deals = Deal.objects.filter(touched).order_by().distinct()
    rows = []
    if measures & WITH_ROLES:
        rows += _ask(_BY_DEALS, deals=_ids(deals), **given)
    if Measure.NEW_CUSTOMERS in measures:
        rows += _ask(_BY_CUSTOMERS, customers=_ids(deals.filter(customer__isnull=False), "customer_id"), **given)
    if Measure.VISITS in measures:
        rows += _ask(_BY_VISITS, visits=_ids(Visit.objects.filter(visited_on__range=span, is_valid=True)), **given)
    if measures & {Measure.TASKS_DUE, Measure.TASKS_IN_TIME}:
        rows += _ask(_BY_TASKS, tasks=_ids(Task.objects.filter(due_on__range=span)), **given)
    if Measure.COMPLAINTS in measures:
        rows += _ask(_BY_COMPLAINTS, complaints=_ids(Complaint.objects.filter(raised_on__range=span)), **given)
    return rows


def _ask(statement, **given):
    with connection.cursor() as cursor:
        cursor.execute(statement, {"company": require_company_id(), **given})
        return [Counted(person, unit, code[4:], is_overlay, amount) for person, unit, code, is_overlay, amount in cursor]


def _ids(facts, key="pk"):
    return sorted(set(facts.values_list(key, flat=True)))
