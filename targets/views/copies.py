"""Beginning next year's plan as a copy of this one."""

from fractions import Fraction

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.period_names import name_of
from targets import access
from targets.forms.adjustments import CopyForm
from targets.models import Plan
from targets.queries.copies import propose_copy
from targets.queries.plans import sheet_of, year_of
from targets.services import copies as services
from targets.services.plans import PlanRefused


@require_http_methods(["GET", "POST"])
def copy(request, plan_id):
    """Preview a plan grown into the next year in today's structure; make it when posted."""
    found = access.plan_for(request, plan_id)
    access.require_start(request)
    year = services.next_year_of(found)
    given = request.POST if request.method == "POST" else request.GET if "growth" in request.GET else None
    form = CopyForm(given, initial={"growth": 0})
    rows, not_taken, refusal = [], [], None
    if form.is_valid() or not form.is_bound:
        growth = Fraction(form.cleaned_data["growth"] if form.is_bound else 0) / 100
        try:
            if request.method == "POST":
                made, copied = services.copy_plan(source=found, growth=growth, by=request.user)
                messages.success(request, _("The draft of %(year)s is there.") % {"year": name_of(year, year.starts_on.month)})
                if copied.not_taken:
                    messages.info(request, _("What leavers had stays at their unit, not split yet."))
                return redirect("targets:plan", made.pk)
            rows, not_taken = _preview(request, found, year, growth)
        except PlanRefused as error:
            refusal = error.reason
    context = {
        "plan": found,
        "form": form,
        "year": name_of(year_of(found), found.year_starts_on.month),
        "next_year": name_of(year, year.starts_on.month),
        "rows": rows,
        "not_taken": not_taken,
        "refusal": refusal,
    }
    if request.htmx and request.method == "GET":
        return render(request, "targets/_partials/copy_preview.html", context)
    return render(request, "targets/copy.html", context, status=422 if request.method == "POST" else 200)


def _preview(request, plan, year, growth):
    """Return the units and people with their year then and now, and who is not taken along."""
    if not plan.metric.adds_up:
        raise PlanRefused("ratio")
    source = sheet_of(plan, company=request.company, with_leaders=True)
    # Key 0 belongs to no plan: a sheet without targets.
    empty = Plan(
        pk=0, metric=plan.metric, year_starts_on=year.starts_on, company=request.company, rounding_unit=plan.rounding_unit
    )
    sheet = sheet_of(empty, company=request.company, with_leaders=True)
    if source.root is None or not source.sheet.year_of(source.root.key).stretch:
        raise PlanRefused("empty")
    copied = propose_copy(source, sheet, growth=growth)
    rows = [
        (node, source.sheet.year_of(key).commit if key in source.nodes else 0, sum(cell.commit for cell in copied.cells[key]))
        for key, node in sheet.nodes.items()
        if key in copied.cells
    ]
    return rows, copied.not_taken
