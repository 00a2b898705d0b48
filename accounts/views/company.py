"""A company's own settings, its members and their invitations."""

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import queries, services
from accounts.access import invitation_for, membership_for, require
from accounts.forms import CompanyForm, RoleForm, SignInForm
from accounts.models import Company, Invitation, Membership
from accounts.rules import Permission, Role
from common import figures
from common.lists import page_of
from common.refusals import Refusal

PEOPLE_PER_PAGE = 50


@require_http_methods(["GET", "POST"])
def company_settings(request):
    """Show and change a company's settings."""
    require(request, Permission.COMPANY_SETTINGS)
    # The form writes into its instance even when it refuses; the page must go on showing the company as it is.
    form = CompanyForm(request.POST or None, instance=Company.objects.get(pk=request.company.pk))
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_company(company=request.company, by=request.user, **form.cleaned_data)
        except services.CompanyRefused as refusal:
            form.add_error(refusal.field, refusal.reason)
            return render(request, "accounts/company_settings.html", {"form": form})
        messages.success(request, _("Saved.") if changed else _("Nothing had changed."))
        return redirect("settings:company")
    return render(request, "accounts/company_settings.html", {"form": form})


@require_GET
def members(request):
    """Show who may enter the company, and who is invited."""
    require(request, Permission.COMPANY_SETTINGS)
    now = timezone.now()
    found = Membership.objects.select_related("user").order_by("-is_active", "user__name", "pk")
    if text := request.GET.get("q", "").replace("\0", "").strip()[:80]:
        found = found.filter(
            Q(user__name__icontains=text) | Q(user__email__icontains=text) | Q(user__phone__contains=text.replace(" ", ""))
        )
    if (role := request.GET.get("role")) in Role.values:
        found = found.filter(role=role)
    waiting = (
        Invitation.objects.filter(accepted_at=None, withdrawn_at=None).select_related("invited_by").order_by("-created_at")
    )
    context = {
        "page": page_of(found, request, size=PEOPLE_PER_PAGE),
        "invitations": [(invitation, invitation.expires_at <= now) for invitation in waiting],
        "roles": Role.choices,
        "role": role,
        "q": text,
    }
    return render(request, "accounts/members.html", context)


@require_POST
def change_role(request, membership_id):
    """Give a member another role."""
    membership = membership_for(request, membership_id)
    form = RoleForm(request.POST)
    if form.is_valid():
        _attempt(
            request,
            lambda: services.change_role(membership=membership, role=form.cleaned_data["role"], by=request.user),
            _("%(name)s has a new role.") % {"name": membership.user},
        )
    else:
        messages.error(request, _("There is no such role."))
    return redirect("settings:members")


@require_http_methods(["GET", "POST"])
def change_sign_in(request, membership_id):
    """Correct the addresses with which a member signs in."""
    membership = membership_for(request, membership_id)
    user, country = membership.user, request.company.country
    initial = {"email": user.email, "phone": figures.phone(user.phone, country=country)}
    form = SignInForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            changed = services.change_sign_in(membership=membership, **given, by=request.user)
        except services.UserRefused as refusal:
            form.add_error(_address_taken(user, given), refusal.reason)
        except Refusal as refusal:
            form.add_error(None, refusal.reason)
        else:
            said = _("%(name)s signs in with the new address from now on; the password is the same.")
            messages.success(request, said % {"name": user} if changed else _("Nothing had changed."))
            return redirect("settings:members")
    context = {"form": form, "member": membership}
    return render(request, "accounts/change_sign_in.html", context, status=422 if form.is_bound else 200)


@require_POST
def deactivate(request, membership_id):
    """Keep a member out."""
    membership = membership_for(request, membership_id)
    _attempt(
        request,
        lambda: services.deactivate_member(membership=membership, by=request.user),
        _("%(name)s can no longer sign in to this company.") % {"name": membership.user},
    )
    return redirect("settings:members")


@require_POST
def reactivate(request, membership_id):
    """Let a member in again."""
    membership = membership_for(request, membership_id)
    _attempt(
        request,
        lambda: services.reactivate_member(membership=membership, by=request.user),
        _("%(name)s can sign in again.") % {"name": membership.user},
    )
    return redirect("settings:members")


@require_POST
def password_link(request, membership_id):
    """Show, once, a link with which a member sets a new password."""
    membership = membership_for(request, membership_id)
    try:
        path = services.issue_password_link(membership=membership, by=request.user)
    except services.MemberRefused as refusal:
        messages.error(request, refusal.reason)
        return redirect("settings:members")
    link = f"{request.scheme}://{request.get_host()}{path}"
    return render(request, "accounts/password_link.html", {"member": membership, "link": link})


@require_POST
def withdraw_invitation(request, invitation_id):
    """Make an invitation's link useless."""
    invitation = invitation_for(request, invitation_id)
    _attempt(
        request,
        lambda: services.withdraw_invitation(invitation=invitation, now=timezone.now(), by=request.user),
        _("The invitation was withdrawn."),
    )
    return redirect("settings:members")


def _address_taken(user, given):
    """Return the field whose address somebody else signs in with."""
    found = queries.user_by_address(email=given["email"].lower()) if given["email"] else None
    return "email" if found and found.pk != user.pk else "phone"


def _attempt(request, act, success):
    try:
        act()
    except Refusal as refusal:
        messages.error(request, refusal.reason)
    else:
        messages.success(request, success)
