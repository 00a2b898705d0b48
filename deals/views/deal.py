"""The doors to one deal: logging it, looking at it, correcting it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import Permission
from common.refusals import Refusal
from customers.queries import customers_in_sight
from deals import access, intake, queries, rules, services, trail
from deals.cards import cards_for
from deals.forms import ChangeForm, DealForm, LineSet
from deals.models import Deal, Product
from teams.access import require

PICKED_AT_ONCE = 20
KEPT_ON_THE_PHONE = 500


def add(request):
    """Log a won deal, or open one."""
    require(request, Permission.DEALS_EDIT)
    today = timezone.localdate()
    customer = request.GET.get("customer", "")
    initial = {"closed_on": today, "owner": request.person}
    if customer.isdecimal() and len(customer) < 19:
        initial["customer"] = int(customer)
    if request.GET.get("status") in Deal.Status.values:
        initial["status"] = request.GET["status"]
    form = DealForm(request.POST or None, initial=initial, sight=request.sight, today=today, person=request.person)
    if request.POST and (deal := intake.log(form, by=request.user)):
        messages.success(request, intake.said_of(deal))
        return redirect("deals:deal", deal.pk)
    response = render(request, "deals/add.html", {"form": form}, status=422 if request.POST else 200)
    if request.method == "GET" and not request.GET:
        response["Service-Worker-Keep"] = "yes"
    return response


@require_safe
def deal(request, deal_id):
    """Show one deal: lines, shares, payments, returns, and what happened."""
    found = access.deal_for(request, deal_id)
    lines = list(found.lines.select_related("product"))
    returns = list(found.returns.select_related("line__product"))
    back = {}
    for row in returns:
        back[row.line_id] = back.get(row.line_id, 0) + row.quantity
    for line in lines:
        line.returned = back.get(line.pk, 0)
    sums = rules.sums_of(lines)
    balance = queries.balance_of(found)
    is_won, is_open = found.status == Deal.Status.WON, found.status == Deal.Status.OPEN
    in_hand = access.is_in_hand(request, found)
    customer_seen = bool(found.customer_id) and customers_in_sight(request.sight).filter(pk=found.customer_id).exists()
    may_cancel = in_hand and request.membership.may(Permission.DEALS_CANCEL)
    may_change = access.may_change(request, found)
    may_edit = in_hand and request.membership.may(Permission.DEALS_EDIT)
    context = {
        "deal": found,
        "lines": lines,
        "returns": returns,
        "payments": list(found.payments.all()),
        "shares": list(found.shares.select_related("person")),
        "balance": balance,
        "is_overdue": balance.is_overdue(request.sight.on),
        "realisation": sums.realisation,
        "profit": found.amount - found.cost,
        "sees_cost": access.may_see_cost(request.membership),
        "customer_seen": customer_seen,
        "cards": cards_for(request=request, deal=found),
        "trail": trail.of_deal(found, today=request.sight.on, currency=request.company.currency),
        "stages": _stages(found),
        "is_won": is_won,
        "is_open": is_open,
        "may_change": may_change,
        "is_own": found.owner_id is not None and found.owner_id == request.sight.person_id,
        "may_share": access.may_share(request, found, is_changeable=may_change),
        "may_close": is_open and may_edit,
        "may_cancel": (is_open and may_edit) or (is_won and may_cancel),
        "may_reopen": not is_open and may_cancel,
        "may_ask": is_won and customer_seen and request.membership.may(Permission.CUSTOMERS_EDIT),
        "may_return": is_won and may_cancel and any(line.quantity > line.returned for line in lines),
        "may_pay": in_hand
        and (is_won or is_open)
        and balance.outstanding > 0
        and request.membership.may(Permission.PAYMENTS_RECORD),
        "may_unpay": in_hand and request.membership.may(Permission.PAYMENTS_RECORD),
    }
    return render(request, "deals/deal.html", context)


def change(request, deal_id):
    """Correct what a deal says."""
    found = access.changeable_deal_for(request, deal_id)
    names = [name for name in ChangeForm.base_fields if name not in {"customer", "owner", "channel", "territory"}]
    initial = {name: getattr(found, name) for name in names}
    initial |= {"customer": found.customer_id, "owner": found.owner_id, "channel": found.channel_id}
    initial["territory"] = found.territory_id
    back = reverse("deals:deal", args=[found.pk])
    form = ChangeForm(
        request.POST or None,
        initial=initial,
        deal=found,
        sight=request.sight,
        customers=customers_in_sight(request.sight),
        back=back,
    )
    if request.POST and form.is_valid():
        try:
            services.change_deal(deal=found, by=request.user, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal.reason)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect(back)
    context = {"form": form, "deal": found, "title": _("Correct the deal")}
    return render(request, "deals/act.html", context, status=422 if request.POST else 200)


def lines(request, deal_id):
    """Replace the products of a deal."""
    found = access.changeable_deal_for(request, deal_id)
    products = Product.objects.filter(is_active=True) | Product.objects.filter(deal_lines__deal=found)
    initial = [{"product": line.product_id, "quantity": line.quantity, "price": line.price} for line in found.lines.all()]
    formset = LineSet(request.POST or None, initial=initial, products=products.distinct())
    formset.extra = 0
    refused = ""
    if request.POST and formset.is_valid():
        try:
            services.set_lines(deal=found, lines=formset.lines(), by=request.user)
        except Refusal as refusal:
            refused = refusal.reason
        else:
            messages.success(request, _("Saved."))
            return redirect("deals:deal", found.pk)
    context = {"lines": formset, "deal": found, "refused": refused, "picker": DealForm.base_fields["product"]}
    return render(request, "deals/lines.html", context, status=422 if request.POST else 200)


@require_POST
def stage(request, deal_id):
    """Move an open deal to another stage."""
    found = access.deal_for(request, deal_id, needing=Permission.DEALS_EDIT)
    wanted = request.POST.get("stage", "")
    if found.status != Deal.Status.OPEN or wanted not in Deal.Stage.values:
        messages.error(request, _("The stage could not be changed."))
    elif wanted != found.stage:
        services.change_deal(deal=found, stage=wanted, by=request.user)
        messages.success(request, _("Stage: %(stage)s") % {"stage": Deal.Stage(wanted).label})
    return redirect("deals:deal", found.pk)


@require_safe
def pick_product(request):
    """Answer a picker: the products on sale that match `?q=`; `?keep=1` returns what a phone keeps for offline use."""
    require(request, Permission.DEALS_EDIT)
    rows = Product.objects.filter(is_active=True).select_related("line")
    limit = KEPT_ON_THE_PHONE if request.GET.get("keep") else PICKED_AT_ONCE
    if text := request.GET.get("q", "").replace("\x00", "").strip()[:80]:
        rows = rows.filter(name__icontains=text) | rows.filter(code__istartswith=text)
    sees_cost = access.may_see_cost(request.membership)
    results = [
        {
            "id": product.pk,
            "label": product.name,
            "note": " · ".join(part for part in (product.code, product.line and product.line.name) if part),
            "price": str(product.list_price),
            "unit": product.measured_in,
        }
        | ({"cost": str(product.cost)} if sees_cost else {})
        for product in rows.order_by("name", "pk")[:limit]
    ]
    return JsonResponse({"results": results})


def _stages(found):
    order = Deal.Stage.values
    at = order.index(found.stage)
    return [
        {"value": value, "label": label, "is_passed": order.index(value) < at, "is_current": value == found.stage}
        for value, label in Deal.Stage.choices
    ]
