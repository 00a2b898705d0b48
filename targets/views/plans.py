"""The list of plans, and beginning one."""

from dataclasses import replace

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from common.again import shown_again
from common.periods import fiscal_year_of, parse_code
from common.templatetags.keeping import drawn_of
from targets import access, forms
from targets.choices import lineage_url
from targets.models import Plan
from targets.queries.attainment import amounts_of_years
from targets.queries.plan_list import PlanList
from targets.services import plans as services
from teams.models import Unit


@require_GET
@shown_again
def plans(request):
    """List the plans by year and metric; a rep is shown their own targets instead."""
    if not (request.sight.sees_everybody or request.sight.unit_ids):
        return redirect("targets:mine")
    found, may_start = PlanList(), access.reach_of(request).may_publish
    waits = _waits(request)
    this_year = fiscal_year_of(timezone.localdate(), request.company.fiscal_year_starts_in).starts_on.year
    content = drawn_of(
        "targets/_partials/plans.html",
        request=request,
        key=(found.key, may_start, waits, this_year),
        context=lambda: _shown(request.GET, found, waits) | {"may_start": may_start, "this_year": this_year},
    )
    may_close = request.membership.may(Permission.PERIODS_CLOSE)
    return render(request, "targets/plans.html", {"content": content, "may_start": may_start, "may_close": may_close})


def _waits(request):
    """Return what waits for the member in each plan: (plan, adjustments to decide, counters to answer, people who have not answered)."""
    adjustments = {each.plan.pk: each.number for each in access.adjustments_to_decide(request)}
    talks = {each.plan.pk: each for each in access.talks_to_answer(request, on=timezone.localdate())}
    return tuple(
        (plan_id, adjustments.get(plan_id, 0), each.countered if each else 0, each.unanswered if each else 0)
        for plan_id, each in sorted({**dict.fromkeys(adjustments), **talks}.items())
    )


def _shown(given, found, waits):
    """Return what the body of the list shows."""
    waits = {plan_id: counts for plan_id, *counts in waits}
    rows = [replace(row, waits=tuple(waits.get(row.plan_id, (0, 0, 0)))) for row in found.rows()]
    years = sorted({row.year for row in rows}, reverse=True)
    form = forms.PlanFilter(given, years=years, metrics=[metric for metric in found.metrics() if metric.is_active])
    return {"form": form, "rows": form.narrow(rows), "is_filtered": bool(given)}


@require_http_methods(["GET", "POST"])
def start(request):
    """Begin a plan for a metric and fiscal year."""
    access.require_start(request)
    today = timezone.localdate()
    form = forms.StartPlanForm(request.POST or None, company=request.company, on=today)
    if request.htmx and request.method == "GET":
        return render(
            request, "targets/_partials/actuals.html", {"actuals": _actuals(request.company, today, form.year_of(request.GET))}
        )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        year = parse_code(str(given["year"]), request.company.fiscal_year_starts_in)
        try:
            plan = services.start_plan(
                metric=given["metric"],
                year=year,
                rounding_unit=given["rounding"] * 10 ** given["metric"].scale,
                floor_percent=given["floor_percent"],
                stretch_percent=given["stretch_percent"],
                by=request.user,
            )
        except services.PlanRefused as refusal:
            existing = Plan.objects.filter(metric=given["metric"], year_starts_on=year.starts_on).first()
            if refusal.code == "exists" and existing:
                messages.info(request, refusal.reason)
                return redirect("targets:plan", existing.pk)
            form.add_error({"rounding": "rounding"}.get(refusal.code, "floor_percent"), refusal.reason)
        else:
            return redirect("targets:year" if plan.metric.adds_up else "targets:rates", plan.pk)
    context = {"form": form, "actuals": _actuals(request.company, today, form.year_of(request.POST))}
    return render(request, "targets/start.html", context, status=422 if form.is_bound else 200)


def _actuals(company, today, planned):
    """Return what the company did in the three fiscal years before the planned one, per metric; later ones than this are left out."""
    first_month = company.fiscal_year_starts_in
    latest = min(planned - 1, fiscal_year_of(today, first_month).starts_on.year)
    codes = [str(latest - back) for back in range(3)]
    years = [parse_code(code, first_month) for code in codes]
    root = Unit.objects.filter(parent=None).first()
    rows = (
        []
        if root is None
        else [
            (
                metric,
                [
                    (amount, lineage_url(metric, f"period={code}", unit_id=root.pk))
                    for amount, code in zip(amounts, codes, strict=True)
                ],
            )
            for metric, amounts in amounts_of_years(years=years)
        ]
    )
    return {"years": [(code, today in year) for code, year in zip(codes, years, strict=True)], "rows": rows}
