"""What a board is about besides period and lens (`targets.choices`), as its address says: which metric, which of several choices."""

from functools import lru_cache

from django.core.exceptions import BadRequest
from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from common.links import Link
from common.templatetags.pages import query_string
from credits.queries.lens import PLAIN
from targets.models import Metric


def metric_choice(request, *, default="revenue", lens=PLAIN, metrics=None):
    """
    Return (metric, links to every metric in use) for `?metric=<code>`; without one the default, or the first in use.

    :param lens: metrics that it cannot show are not offered.
    :param metrics: those in use, where the page has read them already.
    :raises Http404: for a code the company does not use, or while it uses none.
    """
    if metrics is None:
        metrics = Metric.objects.filter(is_active=True).order_by("position", "code")
    metrics = [m for m in metrics if lens.carries(m.measures)]
    by_code = {metric.code: metric for metric in metrics}
    code = request.GET.get("metric")
    chosen = by_code.get(default, next(iter(metrics), None)) if code is None else by_code.get(code)
    if chosen is None:
        raise Http404(_("There is no such metric."))
    return chosen, _links(tuple((m.code, m.label) for m in metrics), chosen.code, request.GET.urlencode())


@lru_cache(maxsize=500)  # the same for everybody who looks at the same address
def _links(metrics, chosen, query):
    given = QueryDict(query)
    return tuple(Link(label, query_string(given, metric=code, page=None), code == chosen, code) for code, label in metrics)


def one_of(request, name, allowed):
    """
    Return the value of a parameter, the first of the allowed ones when it is not given.

    :raises Http404: for a value that is not allowed.
    """
    value = request.GET.get(name, allowed[0])
    if value not in allowed:
        raise Http404(_("There is no such choice."))
    return value


def refuse_unknown(request, *known):
    """
    Refuse parameters that the page does not know, rather than show something else than was asked for.

    :raises BadRequest: for any of them.
    """
    if unknown := request.GET.keys() - set(known):
        raise BadRequest(f"Unknown parameters: {sorted(unknown)}")
