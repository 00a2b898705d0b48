"""What is counted: the measures of the ledger, as plain values."""

from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Measure(TextChoices):
    """
    A quantity the ledger adds up. Money is in minor units of the company's currency; everything else is a count.

    Beside these the ledger holds what a company counts by its own rules, under codes of their own (`credits.rules.own`).
    """

    REVENUE = "REVENUE", _("Revenue")
    GROSS_PROFIT = "GROSS_PROFIT", _("Gross profit")
    CASH_COLLECTED = "CASH_COLLECTED", _("Cash collected")
    DEALS_WON = "DEALS_WON", _("Deals won")
    DEALS_CLOSED = "DEALS_CLOSED", _("Deals won or lost")
    DAYS_TO_CLOSE = "DAYS_TO_CLOSE", _("Days from opening to winning")
    UNITS_SOLD = "UNITS_SOLD", _("Units sold")
    NEW_CUSTOMERS = "NEW_CUSTOMERS", _("New customers")
    VISITS = "VISITS", _("Visits")
    DAYS_WORKED = "DAYS_WORKED", _("Days worked")
    TASKS_DUE = "TASKS_DUE", _("Tasks due")
    TASKS_IN_TIME = "TASKS_IN_TIME", _("Tasks done in time")
    AMOUNT_DUE = "AMOUNT_DUE", _("Amount due")
    COLLECTED_DUE = "COLLECTED_DUE", _("Collected of what was due")
    ACTIVE_CUSTOMERS = "ACTIVE_CUSTOMERS", _("Active customers")
    COMPLAINTS = "COMPLAINTS", _("Complaints, weighted")
    SURVEY_POINTS = "SURVEY_POINTS", _("Points given by customers")
    SURVEY_BEST = "SURVEY_BEST", _("Points that could have been given")
    EXPENSES = "EXPENSES", _("Approved sales expense")


#: Decimal places between what people read and what the ledger stores.
SCALE = dict.fromkeys(
    (
        Measure.REVENUE,
        Measure.GROSS_PROFIT,
        Measure.CASH_COLLECTED,
        Measure.AMOUNT_DUE,
        Measure.COLLECTED_DUE,
        Measure.EXPENSES,
    ),
    2,
)
#: Stocks: a period begins with what all days before it left of these measures, each taken so many times.
BROUGHT_FORWARD = {
    Measure.AMOUNT_DUE: {Measure.AMOUNT_DUE: 1, Measure.COLLECTED_DUE: -1},
    Measure.ACTIVE_CUSTOMERS: {Measure.ACTIVE_CUSTOMERS: 1},
}
#: The measures that a stock is made of: they are read from their first day on.
STOCKED = tuple(sorted({part.value for parts in BROUGHT_FORWARD.values() for part in parts}))
#: Counts that are no cases: of them a ranking asks for no minimum.
NO_CASES = frozenset({Measure.SURVEY_BEST})
#: Measures that speak of a deal as a whole: a product line narrows them to the deals that contain one of it.
OF_WHOLE_DEALS = frozenset({Measure.DEALS_WON, Measure.DEALS_CLOSED, Measure.DAYS_TO_CLOSE})

#: A day of a person has no row of its own; as a fact it is known by person × this + days since the first period's beginning.
DAYS_A_PERSON = 100_000
DAY_ZERO = date(1990, 1, 1)


def work_day_id(person_id, day):
    """Return by which number the ledger knows a person's day."""
    return person_id * DAYS_A_PERSON + (day - DAY_ZERO).days


#: How the code of something that a company counts by its own rules begins; see `credits.rules.own`.
OWN = "OWN:"


def is_own(measure):
    """Return whether a measure is counted by the company's own rules."""
    return measure.startswith(OWN)


def scale_of(measure):
    """Return how many decimal places of a built-in measure the ledger keeps: 2 for money, 0 for counts."""
    return SCALE.get(measure, 0)
