"""One statement: read like a bank's, brought further, paid, printed."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import require
from accounts.rules import Permission
from common.again import shown_again
from common.figures import money
from common.money import from_minor
from common.period_names import name_of
from common.periods import format_code, month_of
from incentives import access
from incentives.exports import payslip
from incentives.forms.pay import PayoutForm, ReasonForm, ref_of
from incentives.models import PayAdjustment, Payout, Statement
from incentives.queries import payslips
from incentives.queries import statements as queries
from incentives.queries.figures_seen import Seen, changes_since, write_statement
from incentives.queries.pay_settings import pay_settings
from incentives.queries.sources import sources_of
from incentives.rules.terms import Status
from incentives.services import payouts
from incentives.services import statements as services

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ICONS = {
    "CALC": "calculator",
    "APPROVED": "check",
    "BACK": "arrow-back-up",
    "CHECKED": "checks",
    "PUBLISHED": "send",
    "NOTICE": "bell",
    "ACK": "signature",
}
PAGE_SIZE = 50
#: What a button on the page does: the right that it needs, and what it says afterwards.
VERBS = ("approve", "check", "publish", "acknowledge")


@require_GET
@shown_again
def statement(request, statement_id):
    """Show a statement in sight."""
    return _page(request, access.statement_for(request, statement_id))


@require_GET
def line(request, line_id):
    """Show the credits behind a line, with the deals they lead to, and what was left out."""
    found = access.line_for(request, line_id)
    sources = sources_of(found)
    page = Paginator(sources.credits, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = payslips.lines_of(found.statement, fiscal_start_month=request.company.fiscal_year_starts_in)
    first = max(page.start_index() - 1, 0)
    context = {
        "line": next(told for told in lines if told.pk == found.pk),
        "statement": found.statement,
        "name": name_of(month_of(found.statement.starts_on)),
        "sources": sources,
        "scale": 2 if found.facts.get("is_money", True) else 0,
        "page": page,
        "rows": sources.rows(first, first + PAGE_SIZE, sight=request.sight),
    }
    return render(request, "incentives/pay_line.html", context)


@require_GET
def paper(request, statement_id):
    """Hand a statement out as PDF."""
    return _file(request, statement_id, payslip.write_paper, "pdf", "application/pdf")


@require_GET
def workbook(request, statement_id):
    """Hand a statement out as a workbook."""
    return _file(request, statement_id, payslip.write_workbook, "xlsx", XLSX)


def _file(request, statement_id, write, ending, kind):
    found = access.statement_for(request, statement_id)
    lines = payslips.lines_of(found, fiscal_start_month=request.company.fiscal_year_starts_in)
    content = write(found, lines, company=request.company, made_at=timezone.localtime())
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, payslip.file_name_of(found, ending))
    return response


@require_POST
def act(request, statement_id, verb):
    """Approve, check or publish a statement, or confirm one's own."""
    if verb not in VERBS:
        raise Http404
    found = access.statement_for(request, statement_id)
    if verb == "acknowledge":
        access.require_own(request, found)
        try:
            services.acknowledge(statement=found, now=timezone.now(), by=request.user)
            messages.success(request, _("Confirmed. The day is kept with the statement."))
        except services.StatementRefused as refusal:
            messages.error(request, refusal.reason)
        return redirect(_address(found))
    if not _may(request, found)[verb]:
        raise PermissionDenied
    lines = payslips.lines_of(found, fiscal_start_month=request.company.fiscal_year_starts_in)
    if not _is_as_seen(request, lines):
        return redirect(_address(found))
    seen = {found.pk: Seen.of(found)}
    given = {"statements": [found.pk], "seen": seen, "now": timezone.now(), "by": request.user}
    match verb:
        case "approve":
            outcome, said = services.approve(decider=request.person, **given), _("Approved; HR checks it next.")
        case "check":
            outcome, said = services.check(decider=request.person, **given), _("Checked; it can be published.")
        case "publish":
            outcome, said = services.publish(**given), _("Published and sealed; the person sees it now.")
    for reason, _count in outcome.reasons:
        messages.error(request, reason)
    if outcome.done:
        messages.success(request, said)
    return redirect(_address(found))


def _is_as_seen(request, lines):
    """Return whether a statement stands as it was on the screen; if not, say what has changed since."""
    changes = changes_since(request.POST.get("seen", ""), lines)
    if changes == []:
        return True
    for change in changes or ():
        before, now = (money(amount, currency=request.company.currency) for amount in (change.before, change.now))
        messages.warning(
            request, _("%(name)s: %(before)s then, %(now)s now.") % {"name": change.name, "before": before, "now": now}
        )
    messages.error(request, services.StatementRefused("changed").reason)
    return False


@require_POST
def send_back(request, statement_id):
    """Send a statement back with a reason."""
    found = access.statement_for(request, statement_id)
    if not _may(request, found)["send_back"]:
        raise PermissionDenied
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            services.send_back(
                statement=found, decider=request.person, now=timezone.now(), by=request.user, **form.cleaned_data
            )
        except services.StatementRefused as refusal:
            form.add_error("reason", refusal.reason)
        else:
            messages.success(request, _("Sent back; it is a draft again."))
            return redirect(_address(found))
    return _page(request, found, reason_form=form)


@require_POST
def pay(request, statement_id):
    """Record what was paid for a statement."""
    found = access.statement_for(request, statement_id, needing=Permission.PAY_RELEASE)
    form = PayoutForm(request.POST)
    if form.is_valid():
        try:
            payouts.pay_out(statement=found, today=timezone.localdate(), by=request.user, **form.cleaned_data)
        except payouts.PayoutRefused as refusal:
            form.add_error("paid_on" if refusal.code in {"in_future", "too_early"} else "amount", refusal.reason)
            if refusal.code in {"sent_before", "taken_back"}:
                form.renew()
        else:
            messages.success(request, _("The payout is recorded."))
            return redirect(_address(found))
    return _page(request, found, payout_form=form)


@require_POST
def take_back(request, payout_id):
    """Take a payout back that was recorded by mistake."""
    seen = queries.statements_in_sight(request.sight).values("pk")
    found = get_object_or_404(Payout.objects.filter(statement__in=seen).select_related("statement"), pk=payout_id)
    require(request, Permission.PAY_RELEASE)
    today = timezone.localdate()
    try:
        payouts.take_back(payout=found, paid_on=today, today=today, by=request.user)
        messages.success(request, _("The payout is taken back; both stay on record."))
    except payouts.PayoutRefused as refusal:
        messages.error(request, refusal.reason)
    return redirect(_address(found.statement))


def _may(request, found):
    """Return what the member may do with a statement as it stands."""
    is_own = access.is_own(request, found)
    releases = request.membership.may(Permission.PAY_RELEASE)
    reviews = not is_own and (releases or request.membership.may(Permission.PAY_APPROVE))
    approves = found.status == Status.DRAFT and bool(
        queries.approvable_ids([found], membership=request.membership, person=request.person, on=timezone.localdate())
    )
    return {
        "approve": approves,
        "check": releases and not is_own and found.status == Status.APPROVED,
        "publish": releases and found.status == Status.CHECKED,
        "send_back": reviews and found.status != Status.PUBLISHED,
        "pay": releases and found.status == Status.PUBLISHED and found.due != 0,
        "take_back": releases,
        "acknowledge": is_own and found.acknowledged_at is None,
        "ask": is_own and found.status == Status.PUBLISHED,
    }


def _page(request, found, *, reason_form=None, payout_form=None):
    on, settings = timezone.localdate(), pay_settings()
    lines = payslips.lines_of(found, fiscal_start_month=request.company.fiscal_year_starts_in)
    may, is_own = _may(request, found), access.is_own(request, found)
    published_on = timezone.localdate(found.published_at) if found.published_at else None
    until = payslips.question_until(found, published_on=published_on, days=settings.dispute_days)
    payouts_made = list(found.payouts.select_related("made_by", "takes_back"))
    before = Statement.objects.filter(person=found.person_id, ends_before=found.starts_on)
    if is_own:
        before = before.filter(status=Status.PUBLISHED)
    context = {
        "statement": found,
        "name": name_of(month_of(found.starts_on)),
        "code": format_code(month_of(found.starts_on)),
        "lines": lines,
        "seen": write_statement(lines),
        "deducted": payslips.deducted_of(lines),
        "before": before.first(),
        "payouts": payouts_made,
        "events": _history(found),
        "may": may,
        "may_ask": may["ask"] and until is not None and on <= until,
        "ask_until": until,
        "is_own": is_own,
        "reviewers": _waits_for(found) if not is_own else [],
        "reason_form": reason_form or (ReasonForm() if may["send_back"] else None),
        "payout_form": payout_form or (_payout_form(request, found, on, len(payouts_made)) if may["pay"] else None),
        "corrections": _corrections(found, is_own),
    }
    is_refused = any(form is not None and form.errors for form in (reason_form, payout_form))
    return render(request, "incentives/statement.html", context, status=422 if is_refused else 200)


def _corrections(found, is_own):
    """Return the corrections that wait for this statement to be calculated again."""
    if is_own or found.status == Status.PUBLISHED or not found.is_stale:
        return []
    known = found.lines.filter(source="ADJUSTMENT").values("source_id")
    rows = PayAdjustment.objects.filter(person=found.person_id, holds_from__lte=found.starts_on, made_at__gt=found.known_at)
    return list(rows.exclude(pk__in=known))


def _waits_for(found):
    """Return who approves a draft."""
    if found.status != Status.DRAFT:
        return []
    return queries.Reviewers(found.ends_before).of(person_id=found.person_id, unit_id=found.unit_id)


def _payout_form(request, found, on, count):
    ref = ref_of("payout", request.user.pk, found.pk, count)
    return PayoutForm(initial={"amount": from_minor(found.due), "paid_on": on, "client_ref": ref})


def _history(found):
    return [
        {
            "title": event.get_kind_display(),
            "text": event.note,
            "by": event.made_by,
            "at": event.made_at,
            "icon": _ICONS.get(event.kind),
            "tone": "behind" if event.kind == "BACK" else "",
        }
        for event in found.events.select_related("made_by")
    ]


def _address(found):
    return reverse("incentives:statement", args=[found.pk])
