"""Joining a company by a link. An unknown company and an unknown link are answered alike."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import queries, services
from accounts.forms import JoinForm
from accounts.models import Company, User
from accounts.services.invitations import hash_of, require_open
from common.tenancy import company_scope
from common.throttling import is_too_often

TRIES_PER_MINUTE = 30


@login_not_required
@never_cache
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "POST"])
def join(request, slug, token):
    """Show who invites as what; let a newcomer set a password, and somebody with an account come in with it."""
    if is_too_often(request, door="join", most=TRIES_PER_MINUTE):
        return render(
            request, "accounts/join_unusable.html", {"reason": _("Too many attempts. Please wait a moment.")}, status=429
        )
    company = Company.objects.filter(slug=slug, is_active=True).first()
    if company is None:
        return _unknown(request)
    with company_scope(company):
        invitation = queries.invitation_by_hash(hash_of(token))
        if invitation is None:
            return _unknown(request)
        try:
            require_open(invitation, now=timezone.now())
        except services.InvitationRefused as refusal:
            return _unusable(request, invitation, refusal)
        if request.user.is_authenticated:
            return _as_signed_in(request, invitation)
        if queries.user_by_address(email=invitation.email or None, phone=invitation.phone or None):
            sign_in = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
            return render(request, "accounts/join_sign_in.html", {"invitation": invitation, "sign_in_url": sign_in})
        return _as_newcomer(request, invitation)


def _as_signed_in(request, invitation):
    if request.method == "POST":
        try:
            services.accept_invitation(invitation=invitation, user=request.user, now=timezone.now())
        except services.InvitationRefused as refusal:
            return _unusable(request, invitation, refusal)
        return redirect(f"/{invitation.company.slug}/")
    return render(request, "accounts/join_signed_in.html", {"invitation": invitation})


def _as_newcomer(request, invitation):
    newcomer = User(name=invitation.name, email=invitation.email or None, phone=invitation.phone or None)
    form = JoinForm(request.POST or None, user=newcomer, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                user = services.add_user(
                    name=given["name"],
                    email=invitation.email,
                    phone=invitation.phone,
                    password=given["password"],
                    language=request.LANGUAGE_CODE,
                )
                services.accept_invitation(invitation=invitation, user=user, now=timezone.now())
        except services.InvitationRefused as refusal:
            return _unusable(request, invitation, refusal)
        except services.UserRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect(f"/{invitation.company.slug}/")
    return render(request, "accounts/join.html", {"invitation": invitation, "form": form})


def _unknown(request):
    reason = _("This link is not known. Please ask for a new one.")
    return render(request, "accounts/join_unusable.html", {"reason": reason}, status=404)


def _unusable(request, invitation, refusal):
    context = {"reason": refusal.reason, "invitation": invitation, "is_used": refusal.code in {"used", "already_member"}}
    return render(request, "accounts/join_unusable.html", context, status=410)
