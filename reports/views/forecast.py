"""The door to the forecast page."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.again import shown_again
from common.periods import PeriodKind
from reports.choices import metric_choice, refuse_unknown
from reports.queries import forecasts
from reports.queries.boards import led_unit
from targets.choices import STORED_KINDS, period_choice
from targets.models import Metric
from teams import access
from teams.models import Unit
from teams.queries import calendar_of


@require_GET
@shown_again
def forecast(request):
    """Show where a unit's period will end, what that rests on, how it moved, and how near earlier forecasts came."""
    refuse_unknown(request, "period", "metric", "unit")
    on = timezone.localdate()
    unit = _unit(request, on)
    if unit is None:
        return render(request, "reports/no_unit.html")
    choice = period_choice(request, on=on, default=PeriodKind.QUARTER, kinds=STORED_KINDS, with_lens=False)
    metric, links = metric_choice(request)
    adding = set(Metric.objects.filter(is_active=True, kind__in=Metric.ADDING).values_list("code", flat=True))
    if not metric.adds_up:
        raise Http404(_("A ratio has no forecast."))
    page = forecasts.page_of(
        unit=unit,
        metric=metric,
        choice=choice,
        on=on,
        calendar=calendar_of(request.company),
        fiscal_start_month=request.company.fiscal_year_starts_in,
    )
    context = {
        "unit": unit,
        "parent": unit.parent if unit.parent and _sees(request, unit.parent_id) else None,
        "choice": choice,
        "metric": metric,
        "metric_links": [link for link in links if link.code in adding],
        "page": page,
        "course": forecasts.course_chart(page, metric=metric, on=on),
        "parts": forecasts.parts_chart(page, metric=metric),
        "accuracy": forecasts.accuracy_chart(page),
        "today": on,
    }
    return render(request, "reports/_partials/forecast.html" if request.htmx else "reports/forecast.html", context)


def _unit(request, on):
    """Return the unit that the address names, else the one the member leads, else the company for who sees everybody."""
    if given := request.GET.get("unit"):
        if not given.isascii() or not given.isdigit() or len(given) > 18:
            raise Http404
        return access.unit_for(request, int(given))
    return led_unit(person=request.person, on=on) or (
        Unit.objects.filter(parent=None).first() if request.sight.sees_everybody else None
    )


def _sees(request, unit_id):
    return request.sight.sees_everybody or unit_id in request.sight.unit_ids
