"""The doors to customers."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.rules import Permission
from common import figures
from common.again import shown_again
from common.lists import page_of, render_list
from common.questions import Question
from common.refusals import Refusal
from common.tables.answers import table_response
from customers import exports, queries, rules, services
from customers.access import customer_for
from customers.forms import SCORES, CustomerFilter, CustomerForm, ReassignForm
from customers.timeline import told_of
from teams.access import require

PICKED_AT_ONCE = 20
#: So many complaints and answers stand on the page of a customer.
SHOWN = 5
KEPT_ON_THE_PHONE = 500
LISTED = (
    *("pk", "name", "grade", "phone", "contact_name", "industry", "address", "credit_days", "external_ref"),
    *("seen_on", "added_on", "owner_id", "owner__name", "channel__name", "is_archived"),
)


@require_safe
@shown_again
def customers(request):
    """List the customers in sight; as a file with `?as=xlsx` or `csv`."""
    form = CustomerFilter(request.GET, sight=request.sight)
    asked = form.asked and (request.sight, form.asked)
    rows = Question("customers", asked, lambda: form.narrow(queries.customers_in_sight(request.sight)))
    listed = rows.then("listed", lambda found: form.sorted(queries.with_last_visit(found, on=request.sight.on)).values(*LISTED))
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, exports.COLUMNS, listed, name=_("Customers"))
    page = page_of(listed, request, count=rows.count())
    for row in page.object_list:
        row["overdue"] = rules.days_overdue(grade=row["grade"], seen_on=row["seen_on"] or row["added_on"], on=request.sight.on)
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "may_add": request.membership.may(Permission.CUSTOMERS_EDIT),
        "may_export": request.membership.may(Permission.EXPORT),
        "sees_others": request.sight.sees_others,
        "heirs": form.names.here if form.names and request.membership.may(Permission.CUSTOMERS_REASSIGN) else (),
    }
    return render_list(request, "customers/list.html", "customers/_partials/customers.html", context)


@require_safe
def customer(request, customer_id):
    """Show one customer: facts, what is open, what happened."""
    found = customer_for(request, customer_id)
    told = told_of(found, sight=request.sight, today=request.sight.on)
    seen = queries.with_last_visit(queries.customers_in_sight(request.sight).filter(pk=found.pk), on=request.sight.on).get()
    context = {
        "customer": found,
        "told": told,
        "seen_on": seen.seen_on,
        "due_on": rules.due_on(grade=found.grade, seen_on=seen.seen_on or seen.added_on),
        "overdue": rules.days_overdue(grade=found.grade, seen_on=seen.seen_on or seen.added_on, on=request.sight.on),
        "may_edit": request.membership.may(Permission.CUSTOMERS_EDIT),
        "may_visit": request.membership.may(Permission.VISITS_LOG) and request.person is not None,
        "may_deal": request.membership.may(Permission.DEALS_EDIT),
        "complaints": list(queries.complaints_of(found)[:SHOWN]),
        "surveys": [(survey, dict(SCORES).get(survey.score, "")) for survey in found.surveys.all()[:SHOWN]],
        "reassign": None,
    }
    if request.membership.may(Permission.CUSTOMERS_REASSIGN):
        context["reassign"] = ReassignForm(sight=request.sight, initial={"customers": [found.pk], "owner": found.owner_id})
    return render(request, "customers/customer.html", context)


def add(request):
    """Add a customer."""
    require(request, Permission.CUSTOMERS_EDIT)
    may_choose = request.membership.may(Permission.CUSTOMERS_REASSIGN)
    initial = {"owner": request.person, "name": request.GET.get("name", "")[:120]}
    back = {"url": reverse("customers:list"), "similar": reverse("customers:similar")}
    form = CustomerForm(request.POST or None, initial=initial, sight=request.sight, may_choose_owner=may_choose, back=back)
    if form.is_valid():
        given = form.given()
        given.setdefault("owner", request.person)
        if _saved(form, services.add_customer, by=request.user, **given):
            messages.success(request, _("%(name)s is added.") % {"name": form.saved})
            return redirect("customers:customer", form.saved.pk)
    return render(request, "customers/edit.html", {"form": form}, status=422 if request.POST else 200)


def change(request, customer_id):
    """Change a customer."""
    found = customer_for(request, customer_id, needing=Permission.CUSTOMERS_EDIT)
    initial = {name: getattr(found, name) for name in CustomerForm.base_fields if hasattr(found, name)}
    back = {
        "url": reverse("customers:customer", args=[found.pk]),
        "similar": f"{reverse('customers:similar')}?but={found.pk}",
    }
    form = CustomerForm(
        request.POST or None, initial=initial, sight=request.sight, may_choose_owner=False, customer=found, back=back
    )
    if form.is_valid():
        given = form.given()
        given.pop("client_ref")
        if _saved(form, services.change_customer, customer=found, by=request.user, **given):
            messages.success(request, _("Saved."))
            return redirect("customers:customer", found.pk)
    return render(request, "customers/edit.html", {"form": form, "customer": found}, status=422 if request.POST else 200)


@require_POST
def archive(request, customer_id):
    """Take a customer off the lists; pressed twice, it stays off."""
    found = customer_for(request, customer_id, needing=Permission.CUSTOMERS_EDIT)
    try:
        services.archive(customer=found, by=request.user)
    except Refusal as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, _("%(name)s is archived; everything about it is kept.") % {"name": found})
    return redirect("customers:customer", found.pk)


@require_POST
def restore(request, customer_id):
    """Put an archived customer back on the lists."""
    found = customer_for(request, customer_id, needing=Permission.CUSTOMERS_EDIT)
    services.restore(customer=found, by=request.user)
    messages.success(request, _("%(name)s is back on the lists.") % {"name": found})
    return redirect("customers:customer", found.pk)


@require_POST
def reassign(request):
    """Give the chosen customers to somebody else."""
    require(request, Permission.CUSTOMERS_REASSIGN)
    form = ReassignForm(request.POST, sight=request.sight)
    if not form.is_valid():
        messages.error(request, _("Choose at least one customer and whom to give it to."))
        return redirect("customers:list")
    count = services.reassign_customers(by=request.user, **form.cleaned_data)
    said = ngettext("%(count)d customer now belongs to %(name)s.", "%(count)d customers now belong to %(name)s.", count)
    messages.success(request, said % {"count": count, "name": form.cleaned_data["owner"]})
    if count == 1 and len(form.cleaned_data["customers"]) == 1:
        return redirect("customers:customer", form.cleaned_data["customers"][0].pk)
    return redirect("customers:list")


@require_safe
def pick(request):
    """
    Answer a picker: the customers in sight that match `?q=`, those seen longest ago first when nothing is typed.

    `?keep=1` returns what a phone keeps for when it has no network: the member's own customers.
    """
    rows = queries.customers_in_sight(request.sight).current()
    if request.GET.get("keep"):
        rows = rows.filter(owner=request.person) if request.person else rows.none()
        limit = KEPT_ON_THE_PHONE
    else:
        rows = queries.found_by(rows, request.GET.get("q", "").replace("\x00", "")[:120])
        limit = PICKED_AT_ONCE
    found = rows.order_by("name", "pk").values_list("pk", "name", "grade", "phone", "contact_name", "owner__name")[:limit]
    own, country = request.person.name if request.person else None, request.company.country
    results = [
        {
            "id": pk,
            "label": name,
            "note": " · ".join(filter(None, (grade, contact, figures.phone(phone, country=country), owner != own and owner))),
        }
        for pk, name, grade, phone, contact, owner in found
    ]
    return JsonResponse({"results": results})


@require_safe
def similar(request):
    """Name the customers that are the same by name or phone, whoever looks after them."""
    require(request, Permission.CUSTOMERS_EDIT)
    name, phone = (request.GET.get(key, "").replace("\x00", "")[:120] for key in ("name", "phone"))
    found = queries.duplicates_of(name=name, phone=phone).select_related("owner")
    if (but := request.GET.get("but", "")).isdecimal() and len(but) < 19:
        found = found.exclude(pk=but)
    found = list(found[:5])
    seen = set(queries.customers_in_sight(request.sight).filter(pk__in=[c.pk for c in found]).values_list("pk", flat=True))
    return render(request, "customers/_partials/similar.html", {"found": found, "seen": seen})


def _saved(form, service, **given):
    """Call a service with what a form brought; put what it refuses on the form. Return whether it worked."""
    try:
        form.saved = service(**given)
    except services.CustomerRefused as refusal:
        form.is_duplicate = refusal.code == "duplicate"
        form.add_error("name", refusal.reason)
    except Refusal as refusal:
        form.add_error(None, refusal.reason)
    except ValidationError as error:
        form.add_error(None, error) if not hasattr(error, "error_dict") else form.add_error(None, _known(form, error))
    return not form.errors


def _known(form, error):
    return ValidationError({(name if name in form.fields else "name"): text for name, text in error.error_dict.items()})
