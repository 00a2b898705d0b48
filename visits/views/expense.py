"""The doors to expenses: claiming, the list for who approves, and what can be claimed for."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, Sum
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import Permission
from common.again import shown_again
from common.lists import in_words, page_of, render_list
from common.refusals import Refusal
from common.tables.answers import table_response
from customers.queries import customers_in_sight
from teams.access import require
from visits import access, exports, queries, services
from visits.forms import CategoryForm, DeclineForm, ExpenseFilter, ExpenseForm
from visits.models import Expense, ExpenseCategory

Status = Expense.Status


@require_safe
@shown_again
def expenses(request):
    """List the expenses in sight; as a file with `?as=xlsx` or `csv`."""
    form = ExpenseFilter(request.GET, sight=request.sight)
    rows = form.narrow(queries.expenses_in_sight(request.sight))
    listed = form.sorted(rows).values(
        *("pk", "spent_on", "amount", "status", "note", "receipt", "reason"),
        *("person_id", "person__name", "category__name", "customer__name"),
    )
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, exports.EXPENSES, listed, name=_("Expenses"))
    approved, waiting = Q(status=Status.APPROVED), Q(status=Status.SUBMITTED)
    sums = rows.aggregate(
        all=Count("pk"),
        approved=Sum("amount", filter=approved),
        waiting=Sum("amount", filter=waiting),
        wait=Count("pk", filter=waiting),
    )
    page = page_of(listed, request, count=sums["all"])
    may_approve = request.membership.may(Permission.EXPENSES_APPROVE)
    statuses = in_words(exports.STATUSES)
    for row in page.object_list:
        row["status_label"] = statuses[row["status"]]
        is_own = request.person is not None and row["person_id"] == request.person.pk
        row["may_approve"] = may_approve and not is_own and row["status"] == Status.SUBMITTED
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "sums": sums,
        "may_add": _may_claim(request),
        "may_set_up": request.membership.may(Permission.COMPANY_SETTINGS),
        "may_export": request.membership.may(Permission.EXPORT),
        "sees_others": request.sight.sees_others,
    }
    return render_list(request, "visits/expenses.html", "visits/_partials/expenses.html", context)


@require_safe
def expense(request, expense_id):
    """Show one expense, with what may be done about it."""
    found = access.expense_for(request, expense_id)
    is_own = request.person is not None and found.person_id == request.person.pk
    decides = request.membership.may(Permission.EXPENSES_APPROVE) and not is_own
    context = {
        "expense": found,
        "may_decide": decides and found.status == Status.SUBMITTED,
        "may_undo": decides and found.status in (Status.APPROVED, Status.DECLINED),
        "may_withdraw": is_own and found.status == Status.SUBMITTED,
        "customer_seen": found.customer_id and customers_in_sight(request.sight).filter(pk=found.customer_id).exists(),
    }
    return render(request, "visits/expense.html", context)


@require_http_methods(["GET", "POST"])
def add(request):
    """Claim an expense."""
    person = access.logger_of(request)
    today = timezone.localdate()
    customer = request.GET.get("customer", "")
    form = ExpenseForm(
        request.POST or None,
        customers=customers_in_sight(request.sight).current(),
        initial={"spent_on": today, "customer": customer if customer.isdecimal() else None},
        today=today,
        back=reverse("visits:expenses"),
    )
    if request.POST and form.is_valid():
        try:
            made = services.claim_expense(person=person, today=today, by=request.user, **form.cleaned_data)
        except services.ExpenseRefused as refusal:
            form.add_error(refusal.field, refusal.reason)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Claimed. It counts once it is approved."))
            return redirect("visits:expense", made.pk)
    context = {"form": form, "title": _("Claim an expense")}
    return render(request, "visits/expense_form.html", context, status=422 if request.POST else 200)


@require_http_methods(["GET", "POST"])
def decline(request, expense_id):
    """Decline a claim, with the reason."""
    found = access.expense_for(request, expense_id, needing=Permission.EXPENSES_APPROVE)
    form = DeclineForm(request.POST or None, back=_address(found))
    if request.POST and form.is_valid():
        try:
            services.decline_expense(
                expense=found, decider=request.person, now=timezone.now(), by=request.user, **form.cleaned_data
            )
        except services.ExpenseRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.reason)
        else:
            messages.success(request, _("Declined; %(name)s sees the reason.") % {"name": found.person})
            return redirect(_address(found))
    context = {"form": form, "title": _("Decline the expense"), "expense": found}
    return render(request, "visits/expense_form.html", context, status=422 if request.POST else 200)


@require_POST
def act(request, expense_id, verb):
    """Approve, take a decision back, or withdraw one's own claim."""
    if verb not in {"approve", "undo", "withdraw"}:
        raise Http404
    found = access.expense_for(request, expense_id, needing=None if verb == "withdraw" else Permission.EXPENSES_APPROVE)
    if verb == "withdraw" and (request.person is None or found.person_id != request.person.pk):
        raise PermissionDenied
    try:
        match verb:
            case "approve":
                services.approve_expense(expense=found, decider=request.person, now=timezone.now(), by=request.user)
                messages.success(request, _("Approved; it counts on the day it was spent. It can be undone on its page."))
            case "undo":
                services.undo_decision(expense=found, decider=request.person, by=request.user)
                messages.success(request, _("The decision is taken back; the claim waits again."))
            case "withdraw":
                services.withdraw_expense(expense=found, by=request.user)
                messages.success(request, _("The claim is withdrawn."))
    except Refusal as refusal:
        messages.error(request, refusal.reason)
    # Pressed in the list: back to the list as it was narrowed.
    listed = request.POST.get("list")
    return redirect(_address(found) if listed is None else reverse("visits:expenses") + _question(listed))


@require_http_methods(["GET", "POST"])
def categories(request):
    """Show what expenses can be claimed for, and add to it."""
    require(request, Permission.COMPANY_SETTINGS)
    form = CategoryForm(request.POST or None)
    if request.POST and form.is_valid():
        try:
            services.add_category(name=form.cleaned_data["name"], by=request.user)
        except services.ExpenseRefused as refusal:
            form.add_error(refusal.field, refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("visits:categories")
    context = {"form": form, "categories": list(ExpenseCategory.objects.all())}
    return render(request, "visits/categories.html", context, status=422 if request.POST else 200)


@require_POST
def switch(request, category_id):
    """Offer a category no more, or again."""
    require(request, Permission.COMPANY_SETTINGS)
    services.switch_category(category=get_object_or_404(ExpenseCategory.objects.all(), pk=category_id), by=request.user)
    return redirect("visits:categories")


def _may_claim(request):
    return request.membership.may(Permission.VISITS_LOG) and request.person is not None


def _address(expense):
    return reverse("visits:expense", args=[expense.pk])


def _question(text):
    """Return what a list was asked for, written anew: whatever was sent, it leads to no other page."""
    asked = QueryDict(text.removeprefix("?")).urlencode()
    return f"?{asked}" if asked else ""
