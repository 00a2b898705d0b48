"""The doors to what happens to a deal: won, lost, cancelled, reopened, paid, returned, shared."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.rules import Permission
from common import figures
from common.refusals import Refusal
from deals import queries, rules, services
from deals.access import deal_for, may_change, may_share
from deals.forms import CancelForm, LoseForm, PaymentForm, ReturnForm, ShareSet, UnpayForm, WinForm
from deals.models import Deal
from teams.queries import people_in_sight


def win(request, deal_id):
    """Win an open deal."""
    found = deal_for(request, deal_id, needing=Permission.DEALS_EDIT)

    def do(form):
        services.win_deal(deal=found, closed_on=form.cleaned_data["on"], by=request.user)
        return _("Deal %(number)s is won.") % {"number": found.number}

    amount = figures.money(found.amount, currency=request.company.currency)
    text = _("%(amount)s counts on the day it was won.") % {"amount": amount}
    return _act(request, found, WinForm, do, title=_("The deal is won"), text=text, needs="open")


def lose(request, deal_id):
    """Lose an open deal, with the reason."""
    found = deal_for(request, deal_id, needing=Permission.DEALS_EDIT)

    def do(form):
        given = form.cleaned_data
        services.lose_deal(deal=found, reason=given["reason"], closed_on=given["on"], by=request.user)
        return _("Deal %(number)s is lost. What can be learned from it?") % {"number": found.number}

    return _act(request, found, LoseForm, do, title=_("The deal is lost"), needs="open", undoes=True)


def cancel(request, deal_id):
    """Cancel a deal; a won one only by who may."""
    found = deal_for(request, deal_id, needing=Permission.DEALS_EDIT)
    if not may_change(request, found):
        raise PermissionDenied

    def do(form):
        given = form.cleaned_data
        services.cancel_deal(deal=found, reason=given["reason"], closed_on=given["on"], by=request.user)
        return _("Deal %(number)s is cancelled.") % {"number": found.number}

    text = ""
    if found.status == Deal.Status.WON:
        amount = figures.money(found.amount, currency=request.company.currency)
        text = _("%(amount)s stops counting on the day it was won.") % {"amount": amount}
    return _act(request, found, CancelForm, do, title=_("Cancel the deal"), text=text, needs="standing", undoes=True)


@require_POST
def reopen(request, deal_id):
    """Take back that a deal was closed."""
    found = deal_for(request, deal_id, needing=Permission.DEALS_CANCEL)
    try:
        services.reopen(deal=found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("Deal %(number)s is open again.") % {"number": found.number})
    return redirect("deals:deal", found.pk)


def pay(request, deal_id):
    """Record money received."""
    found = deal_for(request, deal_id, needing=Permission.PAYMENTS_RECORD)
    due = queries.balance_of(found).outstanding

    def do(form):
        given = form.cleaned_data
        services.record_payment(
            deal=found,
            amount=given["amount"],
            received_on=given["on"],
            note=given["note"],
            client_ref=given["client_ref"],
            by=request.user,
        )
        amount = figures.money(given["amount"], currency=request.company.currency)
        return _("%(amount)s is recorded.") % {"amount": amount}

    text = _("Still to be paid: %(amount)s") % {"amount": figures.money(due, currency=request.company.currency)}
    initial = {"amount": max(due, rules.ZERO)}
    return _act(request, found, PaymentForm, do, title=_("Record a payment"), text=text, initial=initial, needs="standing")


def unpay(request, deal_id, payment_id):
    """Cancel a payment."""
    found = deal_for(request, deal_id, needing=Permission.PAYMENTS_RECORD)
    payment = get_object_or_404(found.payments.filter(is_cancelled=False), pk=payment_id)

    def do(form):
        services.cancel_payment(payment=payment, reason=form.cleaned_data["reason"], by=request.user)
        return _("The payment is cancelled; it stays visible, crossed out.")

    amount = figures.money(payment.amount, currency=request.company.currency)
    text = _("%(amount)s of %(day)s no longer counts as received.") % {"amount": amount, "day": payment.received_on}
    return _act(request, found, UnpayForm, do, title=_("Cancel a payment"), text=text)


def take_back(request, deal_id):
    """Take goods of a won deal back."""
    found = deal_for(request, deal_id, needing=Permission.DEALS_CANCEL)
    back = queries.returned_pieces(found)
    left = [(line, line.quantity - back.get(line.pk, 0)) for line in found.lines.select_related("product")]
    left = [(line, most) for line, most in left if most]

    def do(form):
        given = form.cleaned_data
        rows = services.return_lines(
            deal=found,
            items=form.items(),
            returned_on=given["on"],
            reason=given["reason"],
            client_ref=given["client_ref"],
            by=request.user,
        )
        amount = figures.money(sum((row.amount for row in rows), rules.ZERO), currency=request.company.currency)
        return _("%(amount)s is taken off on the day of the return.") % {"amount": amount}

    text = _("What comes back is taken off on its own day; the day of the deal stays as it was.")
    return _act(request, found, ReturnForm, do, title=_("Take goods back"), text=text, needs="won", left=left)


def share(request, deal_id):
    """Say who gets which part of a deal."""
    found = deal_for(request, deal_id, needing=Permission.DEALS_EDIT)
    if not may_share(request, found):
        raise PermissionDenied
    rows = found.shares.select_related("person")
    initial = [{"person": row.person_id, "percent": row.percent, "is_overlay": row.is_overlay} for row in rows]
    people = people_in_sight(request.sight).order_by("name")
    formset = ShareSet(request.POST or None, initial=initial, people=people)
    if request.POST and formset.is_valid():
        try:
            services.set_shares(
                deal=found, shares=formset.given(is_overlay=False), overlays=formset.given(is_overlay=True), by=request.user
            )
        except Refusal as refusal:
            messages.error(request, refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("deals:deal", found.pk)
    return render(request, "deals/shares.html", {"formset": formset, "deal": found}, status=422 if request.POST else 200)


#: What can happen to a deal in which states, and what is said of one that is past it.
_NEEDED = {
    "open": ({Deal.Status.OPEN}, "not_open"),
    "won": ({Deal.Status.WON}, "not_won"),
    "standing": ({Deal.Status.OPEN, Deal.Status.WON}, "not_open"),
}


def _act(request, found, form_class, do, *, title, text="", initial=None, needs=None, undoes=False, **more):
    """
    Show the form of something that happens to a deal; when it is right, do it, and say so on the deal's page.

    :param needs: a key of `_NEEDED`: the states in which it can happen.
    :param undoes: it cannot happen while payments or returns hang on the deal.
    """
    back = reverse("deals:deal", args=[found.pk])
    states, code = _NEEDED.get(needs, (Deal.Status.values, ""))
    try:
        # Somebody was faster, or the address is an old one: no form for what can only be refused.
        if found.status not in states:
            raise services.DealRefused(code)
        if undoes:
            services.refuse_if_followed(found)
    except services.DealRefused as refusal:
        messages.warning(request, refusal.reason)
        return redirect(back)
    form = form_class(request.POST or None, initial=initial, today=timezone.localdate(), back=back, **more)
    if request.POST and form.is_valid():
        try:
            said = do(form)
        except Refusal as refusal:
            form.add_error(None, refusal.reason)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, said)
            return redirect(back)
    context = {"form": form, "deal": found, "title": title, "text": text}
    return render(request, "deals/act.html", context, status=422 if request.POST else 200)
