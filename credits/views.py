"""Whether all adds up, and what credits nobody."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.rules import Permission
from credits.forms import MeasureFilter
from credits.queries import lineage
from credits.queries.reconciliation import reconcile
from credits.rollups import has_dirty_days

PAGE_SIZE = 25


@require_GET
def show_reconciliation(request):
    """Every measure counted from the facts, in the ledger and in the daily totals."""
    _require_whole_company(request)
    rows = reconcile()
    context = {
        "rows": rows,
        "is_exact": all(row.is_exact for row in rows),
        "is_rolled_up": all(row.is_rolled_up for row in rows),
        "is_waiting": has_dirty_days(),
    }
    return render(request, "credits/reconciliation.html", context)


@require_GET
def show_uncredited(request):
    """What stands for no person or no unit: facts without an owner, or of somebody who was in no unit that day."""
    _require_whole_company(request)
    filter_form = MeasureFilter(request.GET)
    credits = lineage.uncredited(measure=filter_form.chosen()).order_by("-day", "-pk")
    page = Paginator(credits, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "credits/uncredited.html",
        {
            "page": page,
            "rows": lineage.rows_of(page.object_list),
            "filter_form": filter_form,
            "is_filtered": bool(filter_form.chosen()),
        },
    )


def _require_whole_company(request):
    """Sums of the whole company are for whoever sees everybody, or keeps the jobs running."""
    if not (request.membership.may(Permission.SEE_EVERYBODY) or request.membership.may(Permission.JOBS_RUN)):
        raise PermissionDenied
