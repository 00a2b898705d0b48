"""What rules would count that nobody has set yet: the statement that posts, asked without posting."""

import json
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q

from common.tenancy import require_company_id
from credits.queries.credited import CREDITED_BY_CUSTOMERS, CREDITED_BY_DEALS, CREDITED_BY_TASKS, CREDITED_BY_VISITS
from credits.queries.own import RULES_GIVEN
from credits.rules import Measure
from credits.rules.own import WITH_ROLES
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
    rows = []
    with connection.cursor() as cursor:
        for statement, name, ids in _facts(measures, period):
            given = {"company": require_company_id(), "rules": json.dumps(rules), name: ids}
            given |= {"starts_on": period.starts_on, "ends_before": period.ends_before}
            cursor.execute("WITH" + RULES_GIVEN + statement + _SUMS, given)
            rows += [Counted(person, unit, code[4:], is_overlay, amount) for person, unit, code, is_overlay, amount in cursor]
    return rows


def _facts(measures, period):
    """Yield (statement, its parameter, ids) of all facts that could count for the measures in a period."""
    span = (period.starts_on, period.last_day)
    touched = Q(closed_on__range=span) | Q(signed_on__range=span) | Q(invoiced_on__range=span)
    touched |= Q(returns__returned_on__range=span) | Q(payments__received_on__range=span)
    deals = Deal.objects.filter(touched).order_by().distinct()
    if measures & WITH_ROLES:
        yield CREDITED_BY_DEALS, "deals", list(deals.values_list("pk", flat=True))
    if Measure.NEW_CUSTOMERS in measures:
        customers = deals.filter(customer__isnull=False).values_list("customer_id", flat=True)
        yield CREDITED_BY_CUSTOMERS, "customers", list(set(customers))
    if Measure.VISITS in measures:
        visits = Visit.objects.filter(visited_on__range=span, is_valid=True)
        yield CREDITED_BY_VISITS, "visits", list(visits.values_list("pk", flat=True))
    if measures & {Measure.TASKS_DUE, Measure.TASKS_IN_TIME}:
        yield CREDITED_BY_TASKS, "tasks", list(Task.objects.filter(due_on__range=span).values_list("pk", flat=True))
