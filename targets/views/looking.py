"""What pages of figures unfold when asked: through what to look, and further periods. Parts of a page, over its own address."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.templatetags.pages import query_string
from targets.choices import LENS_PARAMETERS, PERIOD_PARAMETERS, kept, period_choice, period_url
from targets.forms import FreeDatesForm, LensForm
from targets.period_jump import jump_rows, own_rows
from targets.queries.periods import own_periods


@require_GET
def view(request):
    """The form that chooses a lens, filled with what the address says."""
    form = LensForm(request.GET)
    if not form.is_valid():
        raise Http404(_("There is no such view."))
    context = {"form": form, "kept": kept(request, LENS_PARAMETERS), "is_on": not form.lens.is_plain}
    return render(request, "targets/_partials/view_form.html", context | {"clear_url": _clear_url(request)})


@require_GET
def periods(request):
    """The periods that have begun, of the shown kind and the company's own, and two fields for any days."""
    today, first_month, url = timezone.localdate(), request.company.fiscal_year_starts_in, period_url(request)
    choice = period_choice(request, on=today)
    shown = choice.period
    context = {
        "rows": jump_rows(shown=shown, kind=choice.kind, on=today, first_month=first_month, url=url),
        "own": own_rows(own_periods(begun_by=today), shown=shown, url=url),
        "dates": FreeDatesForm(initial={"first": shown.starts_on, "last": shown.last_day}),
        "kept": kept(request, PERIOD_PARAMETERS),
    }
    return render(request, "targets/_partials/more_periods.html", context)


def _clear_url(request):
    return query_string(request.GET, **dict.fromkeys(LENS_PARAMETERS))
