"""The doors to what is sold and through which channels."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.rules import Permission
from common.again import shown_again
from common.links import Link
from common.lists import page_of, render_list
from common.refusals import Refusal
from customers import services as customer_services
from customers.models import Channel
from deals import services
from deals.access import may_see_cost, product_for
from deals.forms import ChannelForm, LineNameForm, ProductFilter, ProductForm
from deals.models import Product, ProductLine
from teams.access import require


@require_safe
@shown_again
def products(request):
    """List the products; cost only for who may see it."""
    form = ProductFilter(request.GET)
    rows = form.narrow(Product.objects.all())
    values = ("pk", "code", "name", "line__name", "list_price", "cost", "measured_in", "is_active")
    context = {
        "form": form,
        "page": page_of(form.sorted(rows).values(*values), request),
        "chips": form.chips(),
        "sees_cost": may_see_cost(request.membership),
        "may_edit": request.membership.may(Permission.COMPANY_SETTINGS),
        "tabs": _tabs("products"),
    }
    return render_list(request, "deals/products.html", "deals/_partials/products.html", context)


@require_safe
def lines(request):
    """List the product lines."""
    rows = ProductLine.objects.annotate(count=Count("products"))
    return _names(request, "lines", rows, "deals:line_add", "deals:line_change")


@require_safe
def channels(request):
    """List the channels."""
    rows = Channel.objects.annotate(count=Count("customers"))
    return _names(request, "channels", rows, "deals:channel_add", "deals:channel_change")


def product_add(request):
    """Add a product."""
    require(request, Permission.COMPANY_SETTINGS)
    form = ProductForm(request.POST or None, back=reverse("deals:products"))
    return _edit(request, form, services.add_product, "deals:products", title=_("Add a product"))


def product_change(request, product_id):
    """Change a product; deals keep the prices they were made at."""
    product = product_for(request, product_id)
    initial = {name: getattr(product, name) for name in ProductForm.base_fields}
    form = ProductForm(request.POST or None, initial=initial, back=reverse("deals:products"))
    return _edit(request, form, services.change_product, "deals:products", title=product.name, product=product)


def line_add(request):
    """Add a product line."""
    require(request, Permission.COMPANY_SETTINGS)
    form = LineNameForm(request.POST or None, back=reverse("deals:lines"))
    return _edit(request, form, services.add_line, "deals:lines", title=_("Add a product line"))


def line_change(request, line_id):
    """Rename a product line."""
    require(request, Permission.COMPANY_SETTINGS)
    line = get_object_or_404(ProductLine.objects, pk=line_id)
    form = LineNameForm(request.POST or None, initial={"name": line.name}, back=reverse("deals:lines"))
    return _edit(request, form, services.change_line, "deals:lines", title=line.name, line=line)


def channel_add(request):
    """Add a channel."""
    require(request, Permission.COMPANY_SETTINGS)
    form = ChannelForm(request.POST or None, back=reverse("deals:channels"))
    return _edit(request, form, customer_services.add_channel, "deals:channels", title=_("Add a channel"))


def channel_change(request, channel_id):
    """Change a channel."""
    require(request, Permission.COMPANY_SETTINGS)
    channel = get_object_or_404(Channel.objects, pk=channel_id)
    initial = {"name": channel.name, "code": channel.code, "position": channel.position}
    form = ChannelForm(request.POST or None, initial=initial, back=reverse("deals:channels"))
    return _edit(request, form, customer_services.change_channel, "deals:channels", title=channel.name, channel=channel)


def _edit(request, form, service, then, *, title, **what):
    if request.POST and form.is_valid():
        try:
            service(by=request.user, **what, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error("code" if refusal.code == "code_taken" else "name", refusal.reason)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect(then)
    context = {"form": form, "title": title, "then": then}
    return render(request, "deals/product.html", context, status=422 if request.POST else 200)


def _names(request, tab, rows, add_route, change_route):
    may_edit = request.membership.may(Permission.COMPANY_SETTINGS)
    listed = [{"name": row.name, "count": row.count, "url": reverse(change_route, args=[row.pk])} for row in rows]
    context = {"tab": tab, "rows": listed, "add_url": reverse(add_route), "may_edit": may_edit, "tabs": _tabs(tab)}
    return render(request, "deals/names.html", context)


def _tabs(active):
    labels = {"products": _("Products"), "lines": _("Product lines"), "channels": _("Channels")}
    return [Link(label, reverse(f"deals:{key}"), key == active) for key, label in labels.items()]
