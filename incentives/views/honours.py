"""The doors to the wall of honours, victory reports, nominations, and how the company honours."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules import Permission
from common import figures
from common.lists import page_of
from common.period_names import name_of
from common.periods import Period, PeriodKind, format_code, parse_code
from common.templatetags.pages import query_string
from deals.queries import deals_in_sight
from incentives.access import honours as access
from incentives.exports.victory_picture import draw_victory
from incentives.forms.honours import HonourSettingsForm, NominateForm, WallFilter
from incentives.models import Nomination
from incentives.queries.awards import honour_settings, nominations_open
from incentives.queries.contest_list import SHOWN, running
from incentives.queries.contests import contests_in_sight
from incentives.queries.honours import honours, people_honoured, told_victory, wall
from incentives.queries.standings import leaders_of
from incentives.services import honours as services
from targets.choices import STORED_KINDS, lineage_url, period_choice
from teams.access import require
from teams.models import Person

PER_PAGE = 24
SCREEN_HONOURS, SCREEN_DAYS, SCREEN_SECONDS = 6, 45, 20
SCREENS = 5
#: So many honours a first page shows.
LATEST = 3


@require_safe
def board(request):
    """Show who was honoured for what: by period, kind and person, newest first."""
    on = timezone.localdate()
    form = WallFilter(request.GET, names=people_honoured())
    choice = period_choice(request, on=on, default=PeriodKind.QUARTER, kinds=STORED_KINDS, with_lens=False)
    rows = wall(period=choice.period, **form.chosen) if form.is_valid() else ()
    page = page_of(rows, request, size=PER_PAGE)
    context = {
        "form": form,
        "choice": choice,
        "page": page,
        "honours": _told(request, page.object_list),
        "chips": form.chips(),
        "today": on,
        "may_give": request.membership.may(Permission.AWARDS_GIVE),
        "may_nominate": _may_nominate(request),
        "may_set_up": request.membership.may(Permission.COMPANY_SETTINGS),
        "screen_url": reverse("incentives:honours_screen"),
    }
    template = "incentives/_partials/honours.html" if request.htmx else "incentives/honours.html"
    return render(request, template, context)


@require_safe
def latest(request):
    """Show who leads the contests that run, and the latest honours, as a part of a first page."""
    on = timezone.localdate()
    contests = contests_in_sight(membership=request.membership, sight=request.sight, user=request.user)
    context = {
        "contests": [
            (contest, (contest.ends_before - on).days, leaders_of(contest, on=on, sight=request.sight))
            for contest in running(contests, on=on)[:SHOWN]
        ],
        "honours": _told(request, list(wall(period=Period(on - timedelta(days=SCREEN_DAYS), on + timedelta(days=1)))[:LATEST])),
        "today": on,
    }
    return render(request, "incentives/_partials/latest.html", context)


@require_safe
def screen(request):
    """Show the latest honours without navigation, in large type; it moves on by itself."""
    on = timezone.localdate()
    rows = wall(period=Period(on - timedelta(days=SCREEN_DAYS), on + timedelta(days=1)))
    page = page_of(list(rows[: SCREENS * SCREEN_HONOURS]), request, size=SCREEN_HONOURS)
    pages = page.paginator.num_pages
    context = {
        "honours": _told(request, page.object_list),
        "screens": [number == page.number for number in page.paginator.page_range],
        "next_url": query_string(request.GET, page=page.number % pages + 1),
        "seconds": SCREEN_SECONDS,
        "leave_url": reverse("incentives:honours"),
        "today": on,
    }
    return render(request, "incentives/honours_screen.html", context)


def _told(request, rows):
    return honours(rows, first_month=request.company.fiscal_year_starts_in, shows_amounts=honour_settings().shows_amounts)


@require_safe
def victory(request, victory_id):
    """Show a victory report with its picture, and what it rests on to who may see that."""
    report = access.victory_for(request, victory_id)
    context = {
        "report": report,
        "told": _told_victory(request, report),
        "origin_url": _origin_of(request, report),
        "picture_url": reverse("incentives:victory_picture", args=[report.pk]),
        "today": timezone.localdate(),
    }
    return render(request, "incentives/victory.html", context)


@require_safe
def picture(request, victory_id):
    """Answer with the picture of a victory report, to be sent to a group."""
    report = access.victory_for(request, victory_id)
    told = _told_victory(request, report)
    figure = "" if told.attainment is None else figures.percent(told.attainment)
    if told.amount is not None:
        figure = figures.money(told.amount, currency=request.company.currency)
    content = draw_victory(
        heading=_("Victory report"),
        company=request.company.name,
        name=told.who,
        words=told.text,
        figure=figure,
        day=date_format(report.happened_on, "DATE_FORMAT"),
        seed=report.pk,
    )
    response = HttpResponse(content, content_type="image/png")
    response["Content-Disposition"] = f'inline; filename="victory-{report.pk}.png"'
    return response


def _told_victory(request, report):
    return told_victory(
        report,
        first_month=request.company.fiscal_year_starts_in,
        shows_amounts=honour_settings().shows_amounts,
    )


def _origin_of(request, report):
    """Return the page of the deal or figure behind a report, "" for who may not see it."""
    if report.deal_id:
        is_seen = deals_in_sight(request.sight).filter(pk=report.deal_id).exists()
        return reverse("deals:deal", args=[report.deal_id]) if is_seen else ""
    if not access.sees_winner(request, report):
        return ""
    period = Period(report.starts_on, report.ends_before)
    code = format_code(period, request.company.fiscal_year_starts_in)
    return lineage_url(report.metric, f"period={code}", person_id=report.person_id, unit_id=report.unit_id)


@require_http_methods(["GET", "POST"])
def nominate(request):
    """Put somebody forward for an award, and see who was put forward for what."""
    require(request, Permission.PRAISE)
    on, first_month = timezone.localdate(), request.company.fiscal_year_starts_in
    quarters = nominations_open(on, first_month)
    form = _nominate_form(request, on, quarters) if request.person is not None else None
    if request.method == "POST" and form is not None and form.is_valid():
        given = form.cleaned_data
        given["quarter"] = parse_code(given["quarter"], first_month)
        try:
            services.nominate(nominator=request.person, on=on, first_month=first_month, by=request.user, **given)
        except services.HonourRefused as refused:
            form.add_error("person" if refused.code == "oneself" else None, refused.reason)
        else:
            messages.success(request, _("Thank you – the nomination is in. Whoever gives the award will see your reason."))
            return redirect("incentives:nominate")
    starts = [quarter.starts_on for quarter in quarters]
    rows = Nomination.objects.filter(starts_on__in=starts).select_related("person", "by")
    context = {"form": form, "page": page_of(rows, request, size=PER_PAGE), "today": on}
    return render(request, "incentives/nominate.html", context, status=422 if form is not None and form.errors else 200)


def _nominate_form(request, on, quarters):
    first_month = request.company.fiscal_year_starts_in
    people = Person.objects.employed_on(on).exclude(pk=request.person.pk).order_by("name")
    offered = [(format_code(quarter, first_month), name_of(quarter, first_month)) for quarter in quarters]
    return NominateForm(request.POST or None, people=people, quarters=offered)


def _may_nominate(request):
    return request.person is not None and request.membership.may(Permission.PRAISE)


@require_POST
def take_back_nomination(request, nomination_id):
    """Take one's own nomination back."""
    services.take_back_nomination(nomination=access.own_nomination_for(request, nomination_id), by=request.user)
    messages.success(request, _("The nomination was taken back."))
    return redirect("incentives:nominate")


@require_http_methods(["GET", "POST"])
def settings(request):
    """Set up from when on there are victory reports, whether they say amounts, and the limits of prizes and appeals."""
    require(request, Permission.COMPANY_SETTINGS)
    form = HonourSettingsForm(request.POST or None, initial=HonourSettingsForm.initial_of(honour_settings()))
    if request.method == "POST" and form.is_valid():
        services.change_settings(by=request.user, **form.values)
        messages.success(request, _("Saved."))
        return redirect("incentives:honours")
    return render(request, "incentives/honour_settings.html", {"form": form}, status=422 if form.errors else 200)
