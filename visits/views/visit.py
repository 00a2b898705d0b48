"""The doors to visits."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from accounts.models import AuditEntry
from accounts.rules import Permission
from common.again import shown_again
from common.lists import in_words, page_of, render_list
from common.questions import Question
from common.refusals import Refusal
from common.tables.answers import table_response
from customers.queries import customers_in_sight
from teams.access import require
from visits import access, exports, intake, queries, services
from visits.forms import EndForm, VisitFilter, VisitForm

LISTED = (
    *("pk", "visited_on", "kind", "outcome", "next_step", "next_on", "is_valid", "invalid_reason"),
    *("person__name", "customer_id", "customer__name", "customer__grade"),
)


@require_safe
@shown_again
def visits(request):
    """List the visits in sight; as a file with `?as=xlsx` or `csv`."""
    form = VisitFilter(request.GET, sight=request.sight)
    asked = form.asked and (request.sight, form.asked)
    rows = Question("visits", asked, lambda: form.narrow(queries.visits_in_sight(request.sight)))
    listed = rows.then("listed", lambda found: form.sorted(found).values(*LISTED))
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, exports.COLUMNS, listed, name=pgettext("page", "Visits"))
    counts = rows.sums(all=Count("pk"), invalid=Count("pk", filter=Q(is_valid=False)))
    page = page_of(listed, request, count=counts["all"])
    kinds, reasons = in_words(exports.KINDS), in_words(exports.REASONS)
    for row in page.object_list:
        row["kind_label"], row["reason_label"] = kinds[row["kind"]], reasons[row["invalid_reason"]]
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "invalid": counts["invalid"],
        "may_add": request.membership.may(Permission.VISITS_LOG) and request.person is not None,
        "may_export": request.membership.may(Permission.EXPORT),
        "sees_others": request.sight.sees_others,
    }
    return render_list(request, "visits/list.html", "visits/_partials/visits.html", context)


@require_safe
def visit(request, visit_id):
    """Show one visit."""
    found = access.visit_for(request, visit_id)
    context = {
        "visit": found,
        "is_own": access.is_own(request, found),
        "is_running": found.checked_in_at is not None and found.checked_out_at is None,
        "customer_seen": customers_in_sight(request.sight).filter(pk=found.customer_id).exists(),
        "trail": list(AuditEntry.objects.filter(about_model="visits.visit", about_id=found.pk).select_related("by")),
        "plans": list(found.plans.all()),
    }
    return render(request, "visits/visit.html", context)


def add(request):
    """Log a visit, or check in and learn the rest at the end."""
    person = access.logger_of(request)
    today = timezone.localdate()
    initial = {"visited_on": today, "customer": _number(request.GET.get("customer"))}
    form = VisitForm(request.POST or None, initial=initial, sight=request.sight, today=today)
    checks_in = request.POST.get("action") == "check_in"
    if request.POST and (
        logged := intake.log(form, person=person, by=request.user, checked_in_at=_now() if checks_in else None)
    ):
        if checks_in and logged.is_valid:
            messages.success(request, _("You are checked in. Add what you learned when you leave."))
        else:
            messages.add_message(request, *intake.said_of(logged))
        return redirect("visits:visit", logged.pk)
    response = render(request, "visits/add.html", {"form": form}, status=422 if request.POST else 200)
    if request.method == "GET" and "customer" not in request.GET:
        response["Service-Worker-Keep"] = "yes"
    return response


def end(request, visit_id):
    """End a visit that was begun by checking in, or correct a logged one."""
    found = access.own_visit_for(request, visit_id)
    is_running = found.checked_in_at is not None and found.checked_out_at is None
    initial = {name: getattr(found, name) for name in EndForm.base_fields}
    form = EndForm(
        request.POST or None,
        initial=initial,
        today=timezone.localdate() if is_running else min(timezone.localdate(), found.visited_on),
        button=_("Check out and save") if is_running else _("Save"),
        back=reverse("visits:visit", args=[found.pk]),
    )
    if request.POST and form.is_valid():
        try:
            service = services.check_out if is_running else services.change_visit
            also = {"at": _now()} if is_running else {}
            found = service(visit=found, today=timezone.localdate(), by=request.user, **also, **form.learned())
        except (Refusal, ValidationError) as refusal:
            form.add_error(None, str(refusal) if isinstance(refusal, Refusal) else refusal.messages)
        else:
            messages.add_message(request, *intake.said_of(found))
            return redirect("visits:visit", found.pk)
    context = {"form": form, "visit": found, "is_running": is_running}
    return render(request, "visits/end.html", context, status=422 if request.POST else 200)


def _now():
    return timezone.now()


def _number(text):
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
