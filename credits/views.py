"""Whether all adds up, what credits nobody, and which periods are closed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from credits import services
from credits.closing_checks import findings_in
from credits.forms import CloseForm, MeasureFilter, RestatementFilter
from credits.queries import closings, lineage
from credits.queries.reconciliation import reconcile
from credits.queries.restated import facts_behind, facts_of
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
        "may_run": request.membership.may(Permission.JOBS_RUN),
        "closings": closings.closing_rows(),
    }
    return render(request, "credits/reconciliation.html", context)


@require_GET
def show_uncredited(request):
    """What stands for no person or no unit: facts without an owner, or of somebody who was in no unit that day."""
    _require_whole_company(request)
    filter_form = MeasureFilter(request.GET)
    credits = lineage.uncredited(measure=filter_form.chosen())
    page = Paginator(credits, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "credits/uncredited.html",
        {
            "page": page,
            "rows": lineage.rows_of(page.object_list, sight=request.sight),
            "filter_form": filter_form,
            "is_filtered": bool(filter_form.chosen()),
        },
    )


@require_GET
def show_closings(request):
    """The closed periods: by whom, whether they are as they were, and what arrived for them since."""
    _require_whole_company(request)
    context = {
        "closings": closings.closing_rows(),
        "first_open_day": closings.closed_before(),
        "may_close": request.membership.may(Permission.PERIODS_CLOSE),
        "is_due": closings.suggested_last_day(request.sight.on) is not None,
    }
    return render(request, "credits/closings.html", context)


@require_http_methods(["GET", "POST"])
def close(request):
    """Say what stands in the way of closing a period and what will happen, then close it."""
    if not request.membership.may(Permission.PERIODS_CLOSE):
        raise PermissionDenied
    today, given = request.sight.on, request.POST if request.method == "POST" else request.GET
    suggested = closings.suggested_last_day(today)
    if "last_day" in given or request.method == "POST":
        form = CloseForm(given)
    else:
        form = CloseForm({"last_day": suggested} if suggested else None)
    context = {"form": form, "is_all_closed": suggested is None}
    if form.is_valid():
        if request.method == "POST":
            try:
                closing = services.close_period(ends_before=form.ends_before(), today=today, by=request.user)
            except services.ClosingRefused as refusal:
                form.add_error("last_day", refusal.reason)
            else:
                messages.success(request, _("%(period)s is closed.") % {"period": closing})
                return redirect("credits:closings")
        else:
            context |= _outlook(form, today)
    return render(request, "credits/close.html", context)


def _outlook(form, today):
    """Return what the page says beforehand about closing until a day."""
    try:
        period = services.closable_period(ends_before=form.ends_before(), today=today)
    except services.ClosingRefused as refusal:
        form.add_error("last_day", refusal.reason)
        return {}
    findings = findings_in(period)
    return {"period": period, "findings": findings, "is_blocked": any(finding.is_blocking for finding in findings)}


@require_GET
def show_restatements(request):
    """What arrived after its period was closed, and counts in a later one: deal by deal, each opening to its credits."""
    _require_whole_company(request)
    filter_form = RestatementFilter(request.GET, sight=request.sight)
    chosen = filter_form.chosen()
    credits = closings.restatements(**chosen)
    page = Paginator(facts_behind(credits), PAGE_SIZE).get_page(request.GET.get("page"))
    facts = facts_of(list(page.object_list), credits, sight=request.sight)
    context = {"page": page, "facts": facts, "filter_form": filter_form, "is_filtered": bool(chosen)}
    return render(request, "credits/restatements.html", context)


def _require_whole_company(request):
    """Sums of the whole company are for whoever sees everybody, or keeps the jobs running."""
    if not (request.membership.may(Permission.SEE_EVERYBODY) or request.membership.may(Permission.JOBS_RUN)):
        raise PermissionDenied
