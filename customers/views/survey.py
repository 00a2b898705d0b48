"""The doors to surveys: making a link, the list of answers, and – outside of any company – the customer's own page."""

from base64 import b64encode
from io import BytesIO

import qrcode
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from qrcode.image.svg import SvgPathImage

from accounts.models import Company
from accounts.rules import Permission
from common.lists import page_of, render_list
from common.tables.answers import table_response
from common.tenancy import company_scope
from common.throttling import is_too_often
from customers import exports, queries, services
from customers.access import customer_for, survey_for
from customers.forms import SCORES, SurveyAnswerForm, SurveyFilter
from customers.models import Survey
from teams.access import require

KNOCKS_PER_MINUTE = 30


@require_safe
def surveys(request):
    """List the surveys in sight; as a file with `?as=xlsx` or `csv`."""
    form = SurveyFilter(request.GET, sight=request.sight)
    rows = form.narrow(queries.surveys_in_sight(request.sight))
    listed = form.sorted(rows).values(
        *("pk", "asked_on", "about", "score", "comment", "answered_on", "expires_at"), *("customer__name", "person__name")
    )
    if request.GET.get("as"):
        require(request, Permission.EXPORT)
        return table_response(request, exports.SURVEYS, listed, name=_("Satisfaction surveys"))
    page = page_of(listed, request)
    labels, now = dict(SCORES), timezone.now()
    for row in page.object_list:
        row["label"], row["is_over"] = labels.get(row["score"], ""), row.pop("expires_at") <= now
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "may_export": request.membership.may(Permission.EXPORT),
        "sees_others": request.sight.sees_others,
        "best": Survey.BEST,
    }
    return render_list(request, "customers/surveys.html", "customers/_partials/surveys.html", context)


@require_safe
def survey(request, survey_id):
    """Show one survey and what was answered."""
    found = survey_for(request, survey_id)
    context = {
        "survey": found,
        "label": dict(SCORES).get(found.score, ""),
        "is_over": found.expires_at <= timezone.now(),
        "customer_seen": queries.customers_in_sight(request.sight).filter(pk=found.customer_id).exists(),
    }
    return render(request, "customers/survey.html", context)


@require_POST
def ask(request, customer_id):
    """Make a link that the customer answers, and show it, once."""
    found = customer_for(request, customer_id, needing=Permission.CUSTOMERS_EDIT)
    about = request.POST.get("about", "").replace("\0", "")[:80]
    made, token = services.ask_customer(
        customer=found, about=about, now=timezone.now(), today=timezone.localdate(), by=request.user
    )
    link = f"{request.scheme}://{request.get_host()}/survey/{token}/"
    context = {"customer": found, "survey": made, "link": link, "picture": _picture_of(link)}
    return render(request, "customers/survey_link.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def answer(request, token):
    """Ask the customer, whoever holds the link; nothing is told about anybody but the company's name."""
    if is_too_often(request, door="survey", most=KNOCKS_PER_MINUTE):
        return _closed(request, _("Too many attempts. Please wait a moment."), status=429)
    try:
        company_id, token_hash = services.survey_of(token)
    except services.SurveyRefused as refusal:
        return _closed(request, refusal.reason, status=404)
    company = Company.objects.filter(pk=company_id, is_active=True).first()
    if company is None:
        return _closed(request, services.SurveyRefused("unknown").reason, status=404)
    with company_scope(company), timezone.override(company.time_zone):
        found = Survey.objects.filter(token_hash=token_hash).first()
        if found is None:
            return _closed(request, services.SurveyRefused("unknown").reason, status=404)
        return _asked(request, company, found)


def _asked(request, company, found):
    """Show the question of an open survey, or take its answer."""
    form = SurveyAnswerForm(request.POST or None)
    try:
        services.require_open(found, now=timezone.now())
        if request.method == "POST" and request.user.is_authenticated:
            # Only the customer answers; whoever made the link may look at it.
            raise PermissionDenied
        if request.method == "POST" and form.is_valid():
            services.answer_survey(survey=found, now=timezone.now(), today=timezone.localdate(), **form.cleaned_data)
            return redirect(request.path)
    except services.SurveyRefused as refusal:
        return _closed(
            request, refusal.reason, is_thanks=refusal.code == "answered", status=200 if refusal.code == "answered" else 410
        )
    except ValidationError as error:
        form.add_error(None, error.messages)
    context = {"form": form, "company_name": company.name, "is_preview": request.user.is_authenticated}
    response = render(request, "customers/survey_answer.html", context, status=422 if request.method == "POST" else 200)
    return _unlisted(response)


def _closed(request, reason, *, is_thanks=False, status):
    context = {"reason": reason, "is_thanks": is_thanks}
    return _unlisted(render(request, "customers/survey_closed.html", context, status=status))


def _unlisted(response):
    """Keep a page whose address is a secret out of search engines, and the address out of what other sites are told."""
    response["X-Robots-Tag"], response["Referrer-Policy"] = "noindex, nofollow", "no-referrer"
    return response


def _picture_of(link):
    """Return a link as a QR code, an SVG image for an address of its own."""
    picture = BytesIO()
    qrcode.make(link, image_factory=SvgPathImage, box_size=12, border=2).save(picture)
    return "data:image/svg+xml;base64," + b64encode(picture.getvalue()).decode()
