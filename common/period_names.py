"""What periods are called on pages, in the active language."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from common.periods import Period, PeriodKind, fiscal_year_of, kind_of

_MONTHS = (
    pgettext_lazy("month", "Jan"),
    pgettext_lazy("month", "Feb"),
    pgettext_lazy("month", "Mar"),
    pgettext_lazy("month", "Apr"),
    pgettext_lazy("month", "May"),
    pgettext_lazy("month", "Jun"),
    pgettext_lazy("month", "Jul"),
    pgettext_lazy("month", "Aug"),
    pgettext_lazy("month", "Sep"),
    pgettext_lazy("month", "Oct"),
    pgettext_lazy("month", "Nov"),
    pgettext_lazy("month", "Dec"),
)


def name_of(period: Period, fiscal_start_month: int = 1) -> str:
    """Return a period's name: `November 2026`, `Q4 2026`, `2026`, `week of 2026-11-16`, or its two days."""
    start = period.starts_on
    match kind_of(period, fiscal_start_month):
        case PeriodKind.DAY:
            return start.isoformat()
        case PeriodKind.WEEK:
            return _("week of %(day)s") % {"day": start.isoformat()}
        case PeriodKind.MONTH:
            return _("%(month)s %(year)s") % {"month": month_name(start), "year": start.year}
        case PeriodKind.QUARTER:
            year = fiscal_year_of(start, fiscal_start_month).starts_on.year
            return _("Q%(number)s %(year)s") % {"number": quarter_number(start, fiscal_start_month), "year": year}
        case PeriodKind.YEAR:
            return _("Year %(year)s") % {"year": start.year}
    return f"{start.isoformat()} – {period.last_day.isoformat()}"


def month_name(day: date) -> str:
    """Return the short name of a day's month."""
    return str(_MONTHS[day.month - 1])


def quarter_number(day: date, fiscal_start_month: int = 1) -> int:
    """Return 1–4: which quarter of its fiscal year a day lies in."""
    return (day.month - fiscal_start_month) % 12 // 3 + 1
