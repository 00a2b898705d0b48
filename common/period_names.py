"""What periods are called on pages, in the active language."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.periods import Period, PeriodKind, fiscal_year_of, kind_of


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
    return (
        pgettext("month", "Jan"),
        pgettext("month", "Feb"),
        pgettext("month", "Mar"),
        pgettext("month", "Apr"),
        pgettext("month", "May"),
        pgettext("month", "Jun"),
        pgettext("month", "Jul"),
        pgettext("month", "Aug"),
        pgettext("month", "Sep"),
        pgettext("month", "Oct"),
        pgettext("month", "Nov"),
        pgettext("month", "Dec"),
    )[day.month - 1]


def quarter_number(day: date, fiscal_start_month: int = 1) -> int:
    """Return 1–4: which quarter of its fiscal year a day lies in."""
    return (day.month - fiscal_start_month) % 12 // 3 + 1
