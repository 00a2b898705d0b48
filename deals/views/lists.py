"""The doors to many deals at once: the list and the pipeline."""

from django.db.models import Count, Sum
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import Permission
from common.again import shown_again
from common.lists import in_words, page_of, render_list
from common.questions import Question
from common.tables.answers import table_response
from deals import exports, queries
from deals.access import may_see_cost
from deals.forms import DealFilter, PipelineFilter
from deals.models import Deal
from teams.access import require

SHOWN_PER_STAGE = 12
LISTED = (
    *("pk", "number", "title", "status", "stage", "opened_on", "expected_on", "closed_on", "amount", "cost"),
    *("lost_reason", "cancelled_reason", "note", "customer__name", "owner__name", "channel__name"),
)


@require_safe
@shown_again
def deals(request):
    """List the deals in sight; as a file with `?as=xlsx` or `csv`."""
    form = DealFilter(request.GET, sight=request.sight, company=request.company)
    rows = Question("deals", _given(request, form), lambda: form.narrow(queries.deals_in_sight(request.sight)))
    listed = rows.then("listed", lambda found: form.sorted(found).values(*LISTED))
    sees_cost = may_see_cost(request.membership)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        columns = exports.columns_for(with_cost=sees_cost)
        return table_response(request, columns, listed, name=_("Deals"))
    sums = rows.sums(amount=Sum("amount"), cost=Sum("cost"), count=Count("pk"))
    page = page_of(listed, request, count=sums["count"])
    statuses, stages = in_words(exports.STATUSES), in_words(exports.STAGES)
    for row in page.object_list:
        row["status_label"], row["stage_label"] = statuses[row["status"]], stages[row["stage"]]
        row["profit"] = row["amount"] - row["cost"]
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "sums": sums,
        "profit": (sums["amount"] or 0) - (sums["cost"] or 0),
        "sees_cost": sees_cost,
        "may_add": request.membership.may(Permission.DEALS_EDIT),
        "may_export": request.membership.may(Permission.EXPORT),
        "sees_others": request.sight.sees_others,
    }
    return render_list(request, "deals/list.html", "deals/_partials/deals.html", context)


@require_safe
@shown_again
def pipeline(request):
    """Show what is open by stage: how many, how much, and the largest of each."""
    form = PipelineFilter(request.GET, sight=request.sight)
    rows = Question("pipeline", _given(request, form), lambda: form.narrow(queries.deals_in_sight(request.sight)))
    largest = queries.largest_open(rows, per_stage=SHOWN_PER_STAGE)
    labels = dict(Deal.Stage.choices)
    stages = [
        stage | {"label": labels[stage["stage"]], "rows": largest.get(stage["stage"], [])}
        for stage in queries.open_pipeline(rows)
    ]
    context = {
        "form": form,
        "chips": form.chips(),
        "stages": stages,
        "total": sum(stage["amount"] for stage in stages),
        "count": sum(stage["deals"] for stage in stages),
        "today": request.sight.on,
        "may_add": request.membership.may(Permission.DEALS_EDIT),
    }
    return render_list(request, "deals/pipeline.html", "deals/_partials/pipeline.html", context)


def _given(request, form):
    # Periods that are chosen by their name follow the fiscal year, which HR may change.
    return form.asked and (request.sight, request.company.fiscal_year_starts_in, form.asked)
