"""Setting how much each metric says for a unit or a person."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.locks import LockSpace, hold
from common.refusals import Refusal
from common.tenancy import require_company_id
from targets.models import MetricWeight


class WeightsRefused(Refusal):
    """Weights that do not make a whole."""

    sentences = {
        "not_whole": _("The weights add up to %(sum)s %%; they have to make 100 %%."),
        "negative": _("A weight is a whole number from 0 to 100."),
    }


@transaction.atomic
def set_weights(*, year, weights, unit=None, person=None, by):
    """
    Set the weights of a unit with everybody below it, or of one person, for a fiscal year.

    :param year: the Period of the fiscal year.
    :param weights: metric → percent, 0 to leave it out; none at all to follow the unit above again.
    :raises WeightsRefused: ``not_whole``, ``negative``; nothing is written.
    """
    given = {metric: percent for metric, percent in weights.items() if percent}
    if any(not 0 < percent <= 100 for percent in given.values()):
        raise WeightsRefused("negative")
    if given and (whole := sum(given.values())) != 100:
        raise WeightsRefused("not_whole", sum=whole)
    # Two people at once must not leave a whole that neither of them set.
    hold(LockSpace.METRIC_WEIGHTS, require_company_id())
    about = {"year_starts_on": year.starts_on, "unit": unit, "person": person}
    old = MetricWeight.objects.filter(**about).select_related("metric")
    before = {row.metric.name: row.percent for row in old}
    after = {metric.name: percent for metric, percent in given.items()}
    if before == after:
        return
    old.delete()
    MetricWeight.objects.bulk_create(MetricWeight(**about, metric=metric, percent=percent) for metric, percent in given.items())
    record("targets.weights.changed", about=unit or person, by=by, before=before, after=after)
