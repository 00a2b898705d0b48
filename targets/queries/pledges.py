"""What somebody signs when they accept a target: the words with the figures, in the language that is spoken."""

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from common import figures
from common.period_names import name_of
from targets.queries.plans import year_of
from targets.rules.negotiation import months_of, quarters_of

#: What the quarters of a plan's year are called.
QUARTER_NAMES = ("Q1", "Q2", "Q3", "Q4")


def said(minor, metric, currency):
    """Return an amount of a metric in full, as people read it."""
    return figures.amount(minor, kind=metric.kind, scale=metric.scale, language=get_language(), currency=currency)


def wording_of(found, *, currency):
    """Return the words of a pledge with the figures of a round."""
    plan, metric = found.plan, found.plan.metric
    quarters = zip(QUARTER_NAMES, quarters_of(months_of(found.figures)), strict=True)
    return _(
        "I, %(name)s, pledge to reach a %(metric)s of %(commit)s in %(year)s (floor %(floor)s, stretch %(stretch)s): "
        "%(quarters)s. I know how these numbers came about, will give my best for them and want to be measured by them."
    ) % {
        "name": found.person.name,
        "metric": metric.label,
        "year": name_of(year_of(plan), plan.year_starts_on.month),
        "commit": said(found.commit, metric, currency),
        "floor": said(found.floor, metric, currency),
        "stretch": said(found.stretch, metric, currency),
        "quarters": pgettext("between names", ", ").join(
            f"{name} {said(quarter.commit, metric, currency)}" for name, quarter in quarters
        ),
    }
