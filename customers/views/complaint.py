"""The doors to complaints."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import AuditEntry
from accounts.queries.trail import line_of
from accounts.rules import Permission
from common.again import shown_again
from common.lists import in_words, page_of, render_list
from common.refusals import Refusal
from common.tables.answers import table_response
from customers import exports, queries, services
from customers.access import complaint_for
from customers.forms import AnswerForm, ComplaintFilter, ComplaintForm, JudgeForm
from customers.models import Complaint
from teams.access import require

#: What a press of a button does to a complaint, and who may.
VERBS = {
    "close": Permission.CUSTOMERS_EDIT,
    "reopen": Permission.CUSTOMERS_EDIT,
    "cancel": Permission.COMPLAINTS_JUDGE,
    "restore": Permission.COMPLAINTS_JUDGE,
}


@require_safe
@shown_again
def complaints(request):
    """List the complaints in sight; as a file with `?as=xlsx` or `csv`."""
    form = ComplaintFilter(request.GET, sight=request.sight)
    rows = form.narrow(queries.complaints_in_sight(request.sight))
    listed = form.sorted(rows).values(
        *("pk", "raised_on", "severity", "weight", "status", "what", "answer", "answered_on", "closed_on"),
        *("customer_id", "customer__name", "person__name", "handler__name"),
    )
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, exports.COMPLAINTS, listed, name=_("Complaints"))
    page = page_of(listed, request)
    severities, statuses = in_words(exports.SEVERITIES), in_words(exports.STATUSES)
    for row in page.object_list:
        row["severity_label"], row["status_label"] = severities[row["severity"]], statuses[row["status"]]
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "may_add": request.membership.may(Permission.CUSTOMERS_EDIT),
        "may_export": request.membership.may(Permission.EXPORT),
        "sees_others": request.sight.sees_others,
    }
    return render_list(request, "customers/complaints.html", "customers/_partials/complaints.html", context)


@require_safe
def complaint(request, complaint_id):
    """Show one complaint: what it is about, what was done, and whom it counts for."""
    found = complaint_for(request, complaint_id)
    trail = AuditEntry.objects.filter(about_model="customers.complaint", about_id=found.pk).select_related("by")
    context = {
        "complaint": found,
        "customer_seen": queries.customers_in_sight(request.sight).filter(pk=found.customer_id).exists(),
        "may_edit": request.membership.may(Permission.CUSTOMERS_EDIT),
        "may_judge": request.membership.may(Permission.COMPLAINTS_JUDGE),
        "trail": [line_of(entry) for entry in trail.order_by("-at", "-pk")],
    }
    return render(request, "customers/complaint.html", context)


@require_http_methods(["GET", "POST"])
def add(request):
    """Enter a complaint."""
    require(request, Permission.CUSTOMERS_EDIT)
    today = timezone.localdate()
    customer = request.GET.get("customer", "")
    form = ComplaintForm(
        request.POST or None,
        customers=queries.customers_in_sight(request.sight).current(),
        initial={"raised_on": today, "customer": customer if customer.isdecimal() else None},
        today=today,
        back=reverse("customers:complaints"),
    )
    if request.POST and form.is_valid() and _done(form, services.raise_complaint, today=today, by=request.user):
        messages.success(request, _("The complaint is entered. Who answers soon often keeps the customer."))
        return redirect("customers:complaint", form.saved.pk)
    return _page(request, form, _("Enter a complaint"), None)


@require_http_methods(["GET", "POST"])
def answer(request, complaint_id):
    """Say what was done about a complaint."""
    found = complaint_for(request, complaint_id, needing=Permission.CUSTOMERS_EDIT)
    today = timezone.localdate()
    initial = {"answer": found.answer, "answered_on": found.answered_on or today}
    form = AnswerForm(request.POST or None, initial=initial, today=today, back=_address(found))
    if (
        request.POST
        and form.is_valid()
        and _done(form, services.answer_complaint, complaint=found, today=today, by=request.user)
    ):
        messages.success(request, _("The answer is kept. Close the complaint once the customer is content."))
        return redirect(_address(found))
    return _page(request, form, _("Answer the complaint"), found)


@require_http_methods(["GET", "POST"])
def judge(request, complaint_id):
    """Say how severe a complaint is, when it was raised, and who deals with it."""
    found = complaint_for(request, complaint_id, needing=Permission.COMPLAINTS_JUDGE)
    today = timezone.localdate()
    initial = {"severity": found.severity, "raised_on": found.raised_on, "handler": found.handler_id}
    form = JudgeForm(
        request.POST or None,
        initial=initial,
        sight=request.sight,
        handler_id=found.handler_id,
        today=today,
        back=_address(found),
    )
    if (
        request.POST
        and form.is_valid()
        and _done(form, services.judge_complaint, complaint=found, today=today, by=request.user)
    ):
        messages.success(request, _("Saved."))
        return redirect(_address(found))
    return _page(request, form, _("Change severity, day or who deals with it"), found)


@require_POST
def act(request, complaint_id, verb):
    """Close, open again, take back or put back."""
    if verb not in VERBS:
        raise Http404
    found = complaint_for(request, complaint_id, needing=VERBS[verb])
    if (found.status == Complaint.Status.CANCELLED) != (verb == "restore"):
        # Somebody else was faster; to put back what was taken back takes another right than to open again.
        return redirect(_address(found))
    try:
        match verb:
            case "close":
                services.close_complaint(complaint=found, today=timezone.localdate(), by=request.user)
                messages.success(request, _("The complaint is closed."))
            case "cancel":
                services.cancel_complaint(complaint=found, by=request.user)
                messages.success(request, _("The complaint counts no more; you can put it back."))
            case _:
                services.reopen_complaint(complaint=found, by=request.user)
                messages.success(request, _("The complaint is open again."))
    except Refusal as refusal:
        messages.error(request, refusal.reason)
    return redirect(_address(found))


def _done(form, service, **also):
    """Call a service with what a form brought; put what it refuses on the form. Return whether it worked."""
    try:
        form.saved = service(**form.cleaned_data, **also)
    except services.ComplaintRefused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.reason)
    except ValidationError as error:
        form.add_error(None, error.messages)
    return not form.errors


def _page(request, form, title, complaint):
    context = {"form": form, "title": title, "complaint": complaint}
    return render(request, "customers/complaint_form.html", context, status=422 if request.POST else 200)


def _address(complaint):
    return reverse("customers:complaint", args=[complaint.pk])
