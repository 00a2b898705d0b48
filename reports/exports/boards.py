"""The leaderboard as a table to take away: over the page's own rows."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tables import Column, ColumnKind
from targets.models import Metric

_KINDS = {
    Metric.Kind.MONEY: ColumnKind.MONEY,
    Metric.Kind.MONEY_RATIO: ColumnKind.MONEY,
    Metric.Kind.PERCENT: ColumnKind.PERCENT,
}


def figure_column(title, attribute, metric):
    """Return a column of a metric's values as the pages keep them: minor units, or a ratio as it reads."""
    return Column(title, attribute, _KINDS.get(metric.kind, ColumnKind.COUNT), scale=metric.scale or 2)


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
    )
