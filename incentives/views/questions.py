"""Questions about lines of statements: asked by the person, talked over, settled by who leads them or HR."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import Permission
from common.lists import page_of
from common.period_names import name_of
from common.periods import month_of
from common.refusals import Refusal
from incentives import access
from incentives.forms.pay import QuestionForm, SettleForm
from incentives.models import Dispute
from incentives.queries import payslips
from incentives.queries import statements as queries
from incentives.services import disputes as services


@require_safe
def questions(request):
    """List the questions in sight: what waits first, the longest first."""
    rows = queries.disputes_in_sight(request.sight)
    state = request.GET.get("status", "open")
    rows = rows.filter(status=Dispute.Status.OPEN) if state == "open" else rows.exclude(status=Dispute.Status.OPEN)
    rows = rows.order_by("due_on", "pk") if state == "open" else rows.order_by("-settled_at", "-pk")
    context = {"page": page_of(rows, request), "is_open": state == "open", "today": timezone.localdate()}
    context["may_release"] = request.membership.may(Permission.PAY_RELEASE)
    return render(request, "incentives/questions.html", context)


@require_http_methods(["GET", "POST"])
def ask(request, line_id):
    """Question a line of one's own statement."""
    line = access.line_for(request, line_id)
    access.require_own(request, line.statement)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.ask(
                line=line,
                person=request.person,
                now=timezone.now(),
                today=timezone.localdate(),
                by=request.user,
                **form.cleaned_data,
            )
        except Refusal as refusal:
            form.add_error("text" if refusal.code == "empty" else None, refusal.reason)
        else:
            messages.success(request, _("Your question is on its way; you see here when it is answered."))
            return redirect("incentives:question", made.pk)
    context = {"line": line, "statement": line.statement, "name": name_of(month_of(line.statement.starts_on)), "form": form}
    return render(request, "incentives/question_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def question(request, dispute_id):
    """Show the talk about a line, and say something in it."""
    found = access.dispute_for(request, dispute_id)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.answer(dispute=found, now=timezone.now(), by=request.user, **form.cleaned_data)
        except services.DisputeRefused as refusal:
            form.add_error("text", refusal.reason)
        else:
            return redirect("incentives:question", found.pk)
    return _page(request, found, form=form)


@require_POST
def settle(request, dispute_id):
    """Settle a question: grant an amount, or decline."""
    found = access.dispute_for(request, dispute_id)
    if not access.may_settle(request, found):
        raise PermissionDenied
    form = SettleForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            services.settle(
                dispute=found,
                grants=given["amount"] if given["outcome"] == "GRANT" else None,
                text=given["text"],
                decider=request.person,
                now=timezone.now(),
                today=timezone.localdate(),
                by=request.user,
            )
        except Refusal as refusal:
            form.add_error("amount" if refusal.code in {"not_positive", "too_large"} else None, refusal.reason)
        else:
            messages.success(request, _("Settled; the person sees the outcome."))
            return redirect("incentives:question", found.pk)
    return _page(request, found, settle_form=form)


@require_POST
def withdraw(request, dispute_id):
    """Take one's own question back."""
    found = access.dispute_for(request, dispute_id)
    access.require_own(request, found.line.statement)
    try:
        services.withdraw(dispute=found, person=request.person, now=timezone.now(), by=request.user)
        messages.success(request, _("The question is taken back."))
    except services.DisputeRefused as refusal:
        messages.error(request, refusal.reason)
    return redirect("incentives:question", found.pk)


def _page(request, found, *, form=None, settle_form=None):
    statement = found.line.statement
    is_open = found.status == Dispute.Status.OPEN
    may_settle = is_open and access.may_settle(request, found)
    lines = payslips.lines_of(statement, fiscal_start_month=request.company.fiscal_year_starts_in)
    context = {
        "dispute": found,
        "statement": statement,
        "name": name_of(month_of(statement.starts_on)),
        "line": next(line for line in lines if line.pk == found.line_id),
        "talk": list(found.messages.select_related("made_by")),
        "granted": list(found.adjustments.all()),
        "is_open": is_open,
        "is_own": access.is_own(request, statement),
        "form": form or QuestionForm(),
        "settle_form": settle_form or SettleForm() if may_settle else None,
        "today": timezone.localdate(),
        "list_url": reverse("incentives:questions"),
    }
    is_refused = any(each is not None and each.errors for each in (form, settle_form))
    return render(request, "incentives/question.html", context, status=422 if is_refused else 200)
