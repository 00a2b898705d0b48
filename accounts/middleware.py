"""What every request brings along before a view sees it: the language, and the company that its address names."""

from http import HTTPStatus

import redis
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.views import redirect_to_login
from django.contrib.messages import get_messages
from django.db import Error as DatabaseFault
from django.db import connection, transaction
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, get_script_prefix, resolve, set_script_prefix
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import queries
from common import again
from common.tenancy import visitor_scope

HEALTH_PATH = "/healthz"


class HealthMiddleware:
    """
    Answer `/healthz`: whether the database and the broker answer; nothing else is told to strangers.

    Stands before whatever looks for a visitor, because to find one takes the database that may be away.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.answer = never_cache(require_safe(self._health))

    def __call__(self, request):
        return self.answer(request) if request.path_info == HEALTH_PATH else self.get_response(request)

    @staticmethod
    def _health(request):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as broker:
                broker.ping()
        except (DatabaseFault, redis.RedisError, OSError):
            return JsonResponse({"status": "down"}, status=503)
        return JsonResponse({"status": "ok"})


class PolicyMiddleware:
    """Send the Content-Security-Policy of the settings with every answer; it is the same for all, so it is written once."""

    #: Pages that Django draws for who develops, with styles of their own.
    _DEBUG_PAGES = frozenset({404, 500})

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request):
        response = self.get_response(request)
        if not (settings.DEBUG and response.status_code in self._DEBUG_PAGES):
            response.headers.setdefault(HEADER, self.policy)
        return response


class UserMiddleware(AuthenticationMiddleware):
    """
    Set `request.user` to the row itself, not to what reads it when it is first asked for.

    Every page asks (the next middleware does), and whatever looks at the user went through that a hundred times a page.
    """

    def process_request(self, request):
        super().process_request(request)
        request.user = request._cached_user = get_user(request)  # noqa: SLF001 - where Django keeps it for `auser`


class LanguageMiddleware:
    """Speak the user's language; before sign-in the one chosen on the page; otherwise the product's own."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        if request.user.is_authenticated:
            chosen = request.user.language
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class CompanyMiddleware:
    """
    Take `/<company-slug>` off the path, open that company for the whole request, and make the slug the script prefix.

    Views and templates then reverse their routes without naming the company. Who is not a member gets a 404, as if the
    company did not exist; who is not signed in is asked to sign in for any first segment, so that the names of companies
    cannot be tried out. One transaction covers the request, rendering included; a server error rolls it back.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.company = request.membership = None
        request.has_failed = False
        if self._is_outside(request.path_info):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        slug, slash, rest = request.path_info.lstrip("/").partition("/")
        with visitor_scope() as entered:
            membership = queries.enter(user=request.user, slug=slug)
            if membership is None:
                raise Http404
            entered(company_id=membership.company_id, user_id=request.user.pk)
            if not slash:
                return redirect(f"/{slug}/")
            request.company, request.membership = membership.company, membership
            request.urlconf = settings.COMPANY_URLCONF
            request.path_info = "/" + rest
            outer_prefix = get_script_prefix()
            set_script_prefix(f"/{slug}/")
            try:
                with timezone.override(membership.company.time_zone):
                    response = self.get_response(request)
                    # A response may be rendered late; it must not outlive the company's scope.
                    if not response.streaming and hasattr(response, "render") and not response.is_rendered:
                        response = response.render()
            finally:
                set_script_prefix(outer_prefix)
            if response.status_code >= 500 or request.has_failed:
                transaction.set_rollback(True)
            # One person's page, and a part of it at the same address: nothing between may keep either for the other.
            patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ("HX-Request",))
            return response

    @staticmethod
    def _is_outside(path):
        try:
            resolve(path, settings.ROOT_URLCONF)
        except Resolver404:
            return False
        return True


class PageAboveMiddleware:
    """
    Send who opens an address that only takes a form to the page above it, and say that nothing was changed.

    Such addresses are opened by who is asked to sign in when a form is sent, and from a browser's history. If the page
    above takes forms alone too, it sends on in turn, at last to the company's first page. What programs ask keeps its 405.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.company is None or request.method != "GET":
            return response
        if request.htmx or not response["Content-Type"].startswith("text/html"):
            return response
        if not len(get_messages(request)):
            messages.info(
                request, _("This address only takes a form that is sent. Nothing was changed; this is the page it belongs to.")
            )
        return redirect(get_script_prefix() + self._page_above(request.path_info)[1:])

    @staticmethod
    def _page_above(path):
        while path != "/":
            path = f"{path.rstrip('/').rpartition('/')[0]}/"
            try:
                resolve(path, settings.COMPANY_URLCONF)
            except Resolver404:
                continue
            return path
        return path


class ReadingMiddleware:
    """
    Answer what only reads without a savepoint of its own (`ATOMIC_REQUESTS`): inside a company a transaction is open already.

    If the view refuses nevertheless, nothing of the transaction stays. Stands last, so that nothing comes between it and the view.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.company is None or request.method not in {"GET", "HEAD"}:
            return None
        try:
            if not hasattr(view, "shown_again"):
                return view(request, *args, **kwargs)
            who = (request.user, request.membership, request.company, request.person, request.sight)
            return again.answer(request, view, args, kwargs, who=who)
        except Exception:
            request.has_failed = True
            raise
