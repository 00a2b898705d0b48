"""The leaderboard and the lines of a board as tables to take away: over the page's own rows."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.figures import as_decimal
from common.tables import Column, ColumnKind, follow
from targets.models import Metric

_KINDS = {
    Metric.Kind.MONEY: ColumnKind.MONEY,
    Metric.Kind.MONEY_RATIO: ColumnKind.MONEY,
    Metric.Kind.PERCENT: ColumnKind.PERCENT,
    # With the decimal place that a count per piece has, as an amount without a currency.
    Metric.Kind.COUNT_RATIO: ColumnKind.MONEY,
}


def figure_column(title, attribute, metric):
    """Return a column of a metric's values or targets as the pages keep them: minor units, or a ratio as it reads."""

    def value(row):
        return as_decimal(follow(row, attribute), scale=metric.scale)

    return Column(title, value, _KINDS.get(metric.kind, ColumnKind.COUNT), scale=metric.scale)


def looking_columns(request, choice, url):
    """
    Return what every table of figures ends in: where a row's figure comes from, and the view if it is not the plain one.

    :param url: attribute of a row, or function of it, that is the address.
    """

    def address(row):
        path = url(row) if callable(url) else getattr(row, url)
        return request.build_absolute_uri(path) if path else ""

    origin = Column(_("Where it comes from"), address, ColumnKind.LINK, width=40)
    if not choice.view.is_on:
        return (origin,)
    return (origin, Column(_("View"), lambda _row: choice.view.sentence, width=40))


def leader_columns(metric):
    """Return the columns of a leaderboard of a metric over `reports.queries.leaders.Leader`."""
    return (
        Column(pgettext_lazy("ranking", "Place"), "row.place", ColumnKind.COUNT, width=8),
        Column(_("Name"), "row.name", width=18),
        Column(_("Unit"), "home", width=18),
        figure_column(metric.label, "row.value", metric),
        figure_column(_("Target"), "row.commit", metric),
        Column(_("Attainment"), "row.attainment", ColumnKind.PERCENT),
        Column(_("Movement"), "row.movement", ColumnKind.COUNT),
        Column(_("Reached on"), "reached_on", ColumnKind.DAY),
        Column(_("Note"), "apart", width=30),
    )


def line_columns(metric):
    """Return the columns of the lines of a board over `reports.queries.boards.Line`."""
    return (
        Column(_("Name"), "name", width=18),
        Column(_("Unit"), "note", width=24),
        figure_column(_("Target"), "target", metric),
        figure_column(_("Actual"), "value", metric),
        Column(_("Attainment"), "attainment", ColumnKind.PERCENT),
        Column(_("Pace"), lambda line: str(line.pace.status.label)),
        figure_column(_("Still missing"), "pace.missing", metric),
        figure_column(_("Needed a day"), "pace.needed_per_day", metric),
        Column(_("Visits this week"), "visits", ColumnKind.COUNT),
    )
