"""Pages outside any company: the front door, the switcher, the language; and what machines ask for."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import queries, services
from common.tenancy import user_scope

LANGUAGE_COOKIE_SECONDS = 365 * 24 * 3600


@require_GET
def front_door(request):
    """Lead to the home of the only company, or ask which one."""
    with user_scope(request.user):
        memberships = list(queries.memberships_of(user=request.user)[:2])
    if len(memberships) == 1:
        return redirect(f"/{memberships[0].company.slug}/")
    return redirect("accounts:companies")


@require_GET
@never_cache
def companies(request):
    """The companies a user may enter."""
    with user_scope(request.user):
        memberships = list(queries.memberships_of(user=request.user))
    return render(request, "accounts/companies.html", {"memberships": memberships})


@login_not_required
@require_POST
def set_language(request):
    """Speak another language: remembered for the user, or for the browser before sign-in."""
    language = request.POST.get("language")
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        onward = "/"
    response = HttpResponseRedirect(onward)  # not `redirect`: what was sent is an address, never the name of a route
    if language in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            services.choose_language(user=request.user, language=language)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=LANGUAGE_COOKIE_SECONDS,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    return response


@login_not_required
@require_GET
def offline(request):
    """The page that the offline helper keeps, for when there is no network and no kept page either."""
    return render(request, "_layout/offline.html")


@login_not_required
@require_GET
def service_worker(request):
    """The phone's offline helper: served from the root, for a worker reaches no further up than its own address."""
    found = finders.find("js/sw.js")
    if not found:
        try:
            found = staticfiles_storage.path("js/sw.js")
        except NotImplementedError:
            found = None
    if not found or not Path(found).is_file():
        raise Http404
    response = HttpResponse(Path(found).read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/"
    response["Cache-Control"] = "no-cache"
    return response


@login_not_required
@require_GET
def favicon(request):
    """Browsers ask for this address by themselves, for a file or a part of a page that names no icon of its own."""
    return redirect(staticfiles_storage.url("icons/icon.svg"))
