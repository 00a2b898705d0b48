"""The list of people: search, filter, sort, export, hire, invite."""

from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.db.models import Q
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.rules import Permission
from accounts.services import invite as invite_account
from common.again import shown_again
from common.lists import page_of
from common.questions import Question
from common.refusals import Refusal
from common.tables.answers import table_response
from common.templatetags.pages import outer_url
from teams import exports, forms, queries, services
from teams.access import require
from teams.models import Person

PEOPLE_PER_PAGE = 50
SORTS = {
    "name": ("name",),
    "number": ("employee_number",),
    "unit": ("unit_name", "name"),
    "role": ("unit_role", "name"),
    "hired": ("hired_on", "name"),
}


@require_GET
@shown_again
def people(request):
    """Show the people in sight, filtered and sorted; as a file with `?as=xlsx` or `csv`, personal data only to who may see them."""
    form, found = _asked_for(request)
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        columns = exports.PEOPLE + (exports.PERSONAL if request.membership.may(Permission.PEOPLE_SEE_PROFILE) else ())
        return table_response(request, columns, queries.rows_of(found, on=request.sight.on), name=_("People"))
    page = page_of(found, request, size=PEOPLE_PER_PAGE)
    page.object_list = queries.rows_of(page.object_list, on=request.sight.on)
    context = {
        "form": form,
        "page": page,
        "is_filtered": any(request.GET.get(name) for name in ("q", "unit", "role", "stage", "status")),
        "decisions": queries.survival_decisions(sight=request.sight),
        "may_edit": request.membership.may(Permission.PEOPLE_EDIT),
        "may_export": request.membership.may(Permission.EXPORT),
    }
    template = "teams/_partials/people_list.html" if request.htmx and not request.htmx.boosted else "teams/people.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def hire(request):
    """Take somebody on."""
    require(request, Permission.PEOPLE_EDIT)
    nodes = queries.tree(sight=request.sight, company=request.company)
    form = forms.HireForm(
        request.POST or None, nodes=nodes, initial={"hired_on": request.sight.on, "unit": request.GET.get("unit")}
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            person = services.hire(by=request.user, **given)
        except services.PersonRefused as refusal:
            form.add_error("unit" if refusal.code == "unit_closed" else "employee_number", refusal.reason)
        else:
            messages.success(request, _("%(name)s is in the organisation now.") % {"name": person})
            return redirect("teams:person", person.pk)
    return render(request, "teams/hire.html", {"form": form, "has_units": bool(nodes)})


@require_http_methods(["GET", "POST"])
def invite(request):
    """Make a link with which somebody joins; it is shown once, and sent by e-mail if there is an address."""
    require(request, Permission.COMPANY_SETTINGS)
    waiting = queries.people_without_sign_in(on=request.sight.on)
    chosen = waiting.filter(pk=request.GET["person"]).first() if request.GET.get("person", "").isdecimal() else None
    initial = {"person": chosen, "email": chosen and chosen.email, "phone": chosen and chosen.phone}
    if chosen:
        placed = queries.with_place(Person.objects.filter(pk=chosen.pk), on=request.sight.on).get()
        initial |= {"name": chosen.name, "role": placed.unit_role}
    form = forms.InviteForm(request.POST or None, people=waiting, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        common = {"role": given["role"], "email": given["email"], "phone": given["phone"]}
        try:
            if given["person"]:
                invitation, token = services.invite_person(
                    person=given["person"], now=timezone.now(), by=request.user, **common
                )
            else:
                invitation, token = invite_account(name=given["name"], now=timezone.now(), by=request.user, **common)
        except Refusal as refusal:
            form.add_error("email" if given["email"] else "phone", refusal.reason)
        else:
            link = request.build_absolute_uri(outer_url("accounts:join", slug=request.company.slug, token=token))
            is_sent = _send(request, invitation, link)
            return render(request, "teams/invited.html", {"invitation": invitation, "link": link, "is_sent": is_sent})
    return render(request, "teams/invite.html", {"form": form})


def _send(request, invitation, link):
    if not invitation.email:
        return False
    context = {"invitation": invitation, "company": request.company, "link": link, "inviter": request.user}
    subject = _("%(company)s invites you") % {"company": request.company.name}
    body = render_to_string("teams/invitation.txt", context)
    # The link is on the page in any case: a mail server that is away must not undo the invitation.
    # A subject is one line, whatever the company is called.
    return bool(send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [invitation.email], fail_silently=True))


def _asked_for(request):
    """Return the filters, and the people who pass them as a `Question` of the values that `queries.rows_of` takes."""
    form = forms.PeopleFilter(request.GET, sight=request.sight)
    form.is_valid()
    asked = request.sight, tuple(form.cleaned_data.items()), request.GET.get("sort", "")
    return form, Question("people", asked, lambda: queries.values_of(_narrowed(request.sight, form.cleaned_data, asked[-1])))


def _narrowed(sight, given, sort):
    on = sight.on
    found = queries.with_unit_name(queries.people_in_sight(sight))
    if text := given.get("q"):
        found = found.filter(Q(name__icontains=text) | Q(employee_number__icontains=text))
    if unit := given.get("unit"):
        found = found.filter(unit_id__in=queries.subtree_ids([unit.pk]))
    if role := given.get("role"):
        found = found.filter(unit_role=role)
    match given.get("status"):
        case "coming":
            found = found.filter(hired_on__gt=on)
        case "left":
            found = found.filter(left_on__lte=on)
        case "all":
            pass
        case _status:
            found = found.employed_on(on)
    if stage := given.get("stage"):
        found = queries.in_stage(found, stage, on=on)
    order = SORTS.get(sort.removeprefix("-"), ("name",))
    if sort.startswith("-"):
        order = (f"-{order[0]}", *order[1:])
    return found.order_by(*order, "pk")
