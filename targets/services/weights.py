"""Setting how much each metric says for a unit or a person."""

from hashlib import blake2s

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.services import record
from common.locks import LockSpace, hold
from common.refusals import Refusal
from common.tenancy import require_company_id
from credits.services import keep_books_open
from targets.models import MetricWeight


class WeightsRefused(Refusal):
    """Weights that do not make a whole."""

    sentences = {
        "not_whole": _("The weights add up to %(sum)s %%; they have to make 100 %%."),
        "negative": _("A weight is a whole number from 0 to 100."),
        "year_closed": _("The books of this year are closed: what its metrics counted stays as it is."),
        "changed": _(
            "Somebody else has changed these weights meanwhile, to: %(now)s. Send yours again if they shall hold instead."
        ),
    }


def stamp_of(weights):
    """Return a short text that changes when weights do: metric → percent."""
    told = sorted((metric.pk, percent) for metric, percent in weights.items() if percent)
    return blake2s(repr(told).encode(), digest_size=8).hexdigest()


@transaction.atomic
def set_weights(*, year, weights, unit=None, person=None, seen=None, by):
    """
    Set the weights of a unit with everybody below it, or of one person, for a fiscal year.

    :param year: the Period of the fiscal year.
    :param weights: metric → percent, 0 to leave it out; none at all to follow the unit above again.
    :param seen: the stamp of the weights that were on the screen; None if nobody looked.
    :raises WeightsRefused: ``not_whole``, ``negative``, ``year_closed``, ``changed``; nothing is written.
    """
    given = {metric: percent for metric, percent in weights.items() if percent}
    if any(not 0 < percent <= 100 for percent in given.values()):
        raise WeightsRefused("negative")
    if given and (whole := sum(given.values())) != 100:
        raise WeightsRefused("not_whole", sum=whole)
    boundary = keep_books_open()
    if boundary is not None and year.ends_before <= boundary:
        raise WeightsRefused("year_closed")
    # Two people at once must not leave a whole that neither of them set.
    hold(LockSpace.METRIC_WEIGHTS, require_company_id())
    about = {"year_starts_on": year.starts_on, "unit": unit, "person": person}
    old = MetricWeight.objects.filter(**about).select_related("metric")
    before = {row.metric.name: row.percent for row in old}
    after = {metric.name: percent for metric, percent in given.items()}
    if before == after:
        return
    if seen is not None and seen != stamp_of({row.metric: row.percent for row in old}):
        now = pgettext("between names", ", ").join(f"{name} {percent} %" for name, percent in before.items())
        raise WeightsRefused("changed", now=now or "—")
    old.delete()
    MetricWeight.objects.bulk_create(MetricWeight(**about, metric=metric, percent=percent) for metric, percent in given.items())
    record("targets.weights.changed", about=unit or person, by=by, before=before, after=after)
