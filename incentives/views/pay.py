"""A month of pay for those who review it: the list, many at once, and one's own pay for everybody."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import require
from accounts.rules import Permission
from common.again import shown_again
from common.figures import money
from common.lists import page_of, render_list
from common.period_names import name_of
from common.periods import FIRST_YEAR, LAST_YEAR, PeriodKind, following, format_code, kind_of, month_of, parse_code, previous
from common.refusals import Refusal
from common.templatetags.pages import query_string
from incentives.forms.pay import PayrollForm, StatementFilter, ref_of
from incentives.models import PayExport, Payout, StatementEvent
from incentives.queries import months, pay_course
from incentives.queries import statements as queries
from incentives.queries.drafting import work_out
from incentives.queries.figures_seen import Seen, is_as_seen, list_seen, rows_seen, write_due, write_list, write_row
from incentives.queries.pay_settings import pay_settings
from incentives.rules.statements import change_percent
from incentives.rules.terms import LineKind, Status
from incentives.services import payouts
from incentives.services import statements as services
from jobs import services as jobs
from jobs.models import Job
from jobs.queries import job_progress
from targets.choices import PeriodSwitch

CALCULATE_JOB = "incentives.calculate"
EXPORTS_SHOWN = 10
#: Of so many statements that have changed meanwhile it is said by how much.
CHANGES_TOLD = 5
MISSING_SHOWN = 60


@require_safe
def month(request):
    """Show the statements of a month that the member reviews; whoever reviews none is led to their own."""
    if not request.sight.sees_others:
        return redirect("incentives:my_pay")
    on = timezone.localdate()
    period = _period(request, on)
    form = StatementFilter(request.GET, sight=request.sight)
    rows = months.rows_of(request.sight, period)
    narrowed = form.narrow(rows)
    page = page_of(form.sorted(narrowed), request)
    may_release = request.membership.may(Permission.PAY_RELEASE)
    approvable = queries.approvable_ids(page.object_list, membership=request.membership, person=request.person, on=on)
    may_approve = request.membership.may(Permission.PAY_APPROVE) or bool(approvable)
    for row in page.object_list:
        _mark(row)
    context = {
        "form": form,
        "page": page,
        "chips": form.chips(),
        "month": (found := months.month_in_sight(request.sight, period)),
        "seen_list": write_list(narrowed) if may_release or may_approve else "",
        "listed": months.listed(narrowed),
        "approves_all": request.membership.may(Permission.PAY_APPROVE),
        "code": format_code(period),
        "switch": _switch(request, period, on),
        "questions": queries.open_disputes(request.sight).count(),
        "may_approve": may_approve,
        "may_release": may_release,
        "is_own": request.person is not None,
    }
    if not request.htmx:
        context["lacking"] = months.without_base_pay_in_sight(request.sight, period, company=request.company)
        context["course"] = _course(request, period)
        context |= _office(request, period, found, on) if may_release else {}
    return render_list(request, "incentives/pay_month.html", "incentives/_partials/pay_month.html", context)


def _mark(row):
    """Note on a statement of the list what is said beside it."""
    row.change_percent = None if row.before is None else change_percent(row.total, row.before)
    is_unconfirmed = row.has_notice and row.status == Status.PUBLISHED and row.acknowledged_at is None
    row.seen = write_row(row)
    row.needs_a_look = row.is_stale or row.is_asked or row.last_step == StatementEvent.Kind.SENT_BACK or is_unconfirmed
    row.stands_out = row.change_percent is not None and abs(row.change_percent) >= months.STANDS_OUT


def _course(request, period):
    """Return what the chart of the months until this one shows, each leading to its month; None without any."""
    led, top_id = queries.statements_led(request.sight), None if request.sight.sees_everybody else request.sight.own_unit_id
    course = pay_course.led_course(led, top_id=top_id, until=period.starts_on)
    return course and course | {"urls": [f"?month={label}" for label in course["labels"]]}


def _office(request, period, found, on):
    """Return what whoever releases pay reads and does below the list: who is missing, who keeps it waiting, the payroll."""
    kept = PayExport.objects.filter(starts_on=period.starts_on).select_related("made_by").defer("content")
    exports = list(kept[:EXPORTS_SHOWN])
    asked = request.user.pk, period, Payout.objects.filter(statement__starts_on=period.starts_on).count()
    missing = months.without_statement(request.sight, period, on=on)
    return {
        "missing": missing[:MISSING_SHOWN],
        "missing_count": len(missing),
        "waits_for": months.waiting_for(request.sight, period) if found.sums.draft else [],
        "has_statements": bool(found.sums.count),
        "is_over": period.ends_before <= on,
        "running": (job := _under_way(period)) and _progress_of(job),
        "seen_due": write_due(found.sums.payable, found.sums.payable_total),
        "payroll": PayrollForm(initial={"paid_on": on, "client_ref": ref_of("payroll", *asked)}),
        "exports": exports,
        "file_ref": ref_of("file", request.user.pk, exports[0].pk if exports else period),
    }


@require_safe
@shown_again
def mine(request):
    """Show one's own pay: what was published, what of it is paid, what waits for an answer."""
    if request.person is None:
        raise Http404
    settings = pay_settings()
    page = page_of(queries.with_marks(queries.own_statements(request.person)), request, size=12)
    for row in page.object_list:
        row.name = name_of(month_of(row.starts_on))
    latest = page.object_list[0] if page.object_list and page.number == 1 else None
    context = {
        "page": page,
        "latest": latest,
        "waiting": [row for row in page.object_list if row.has_notice and row.acknowledged_at is None],
        "sums": queries.sum_of(queries.own_statements(request.person)),
        "course": pay_course.own_course(queries.own_statements(request.person), name=_("My pay")),
        "disputes": list(queries.disputes_in_sight(request.sight).filter(line__statement__person=request.person)[:5]),
        "dispute_days": settings.dispute_days,
    }
    return render(request, "incentives/pay_mine.html", context)


@require_safe
def so_far(request):
    """Show what the running month comes to for the member as things stand, as a part of a page."""
    if request.person is None:
        raise Http404
    period = month_of(timezone.localdate())
    drafts = work_out(month=period, company=request.company, person_ids=[request.person.pk])
    draft = drafts.get(request.person.pk)
    lines = [(line, LineKind(line.kind).label) for line in draft.lines] if draft else []
    context = {"name": name_of(period), "draft": draft, "lines": lines}
    return render(request, "incentives/_partials/pay_so_far.html", context)


@require_POST
def calculate(request):
    """Have a month calculated in the background; while that is under way, that is the one."""
    require(request, Permission.PAY_RELEASE)
    period = _period_of(request.POST.get("month"), request, timezone.localdate())
    if period.starts_on > timezone.localdate():
        raise BadRequest("Not begun")
    if _under_way(period) is None:
        arguments = {"month": period.starts_on.isoformat()}
        jobs.enqueue(CALCULATE_JOB, arguments=arguments, key=format_code(period), by=request.user)
    return redirect(f"{reverse('incentives:pay')}?month={format_code(period)}")


@require_safe
def calculation(request, job_id):
    """How far a calculation is, as a part of the page; once it is over the page shows the statements."""
    require(request, Permission.PAY_RELEASE)
    job = get_object_or_404(Job.objects.of_kind(CALCULATE_JOB), pk=job_id)
    shown = _progress_of(job)
    if request.htmx and shown["result_url"]:
        # The list below it is of before.
        messages.success(request, shown["job"].message)
        return HttpResponse(headers={"HX-Redirect": shown["result_url"]})
    return render(request, "_components/progress.html", shown)


def _under_way(period):
    """Return the calculation of a month that is not over yet, or None."""
    asked = Job.objects.unfinished().of_kind(CALCULATE_JOB).filter(arguments__month=period.starts_on.isoformat())
    return asked.order_by("pk").first()


def _progress_of(job):
    code = format_code(month_of(date.fromisoformat(job.arguments["month"])))
    progress = job_progress(job)
    return {
        "id": f"job-{job.pk}",
        "url": reverse("incentives:calculation", args=[job.pk]),
        "job": progress,
        "result_url": f"{reverse('incentives:pay')}?month={code}" if progress.is_over and not progress.is_failed else None,
        "result": _("Look at the statements"),
    }


@require_POST
def bring_many(request, verb):
    """Bring many statements of a month further at once: those that were ticked, or all that the list was narrowed to."""
    if verb not in {"approve", "check", "publish", "pay"}:
        raise Http404
    if verb != "approve":
        require(request, Permission.PAY_RELEASE)
    elif not (request.membership.may(Permission.PAY_APPROVE) or request.membership.may(Permission.PAY_RELEASE)):
        raise PermissionDenied
    listed = QueryDict(request.POST.get("list", "").removeprefix("?"))
    rows = _chosen(request, listed)
    if verb == "pay":
        _pay(request, rows)
    elif request.POST.get("scope") != "all":
        _bring(request, verb, rows, rows_seen(request.POST.getlist("seen")))
    elif _list_is_as_seen(request, listed):
        _bring(request, verb, rows, None)
    return redirect(reverse("incentives:pay") + query_string(listed))


def _chosen(request, listed):
    """Return the statements that are meant, of those that the member reviews."""
    if request.POST.get("scope") == "all":
        return list(_narrowed(request, listed))
    given = [value for value in request.POST.getlist("statements") if value.isdecimal() and len(value) < 19]
    return list(queries.statements_led(request.sight).filter(pk__in=given).select_related("person"))


def _narrowed(request, listed):
    """Return the statements of the list that somebody had before them."""
    period = _period_of(listed.get("month"), request, timezone.localdate())
    return StatementFilter(listed, sight=request.sight).narrow(months.rows_of(request.sight, period))


def _list_is_as_seen(request, listed):
    """Return whether a whole list comes to what was on the screen; if not, say what has changed since."""
    return _is_as_seen(request, request.POST.get("seen_list", ""), write_list(_narrowed(request, listed)))


def _is_as_seen(request, given, now):
    """Return whether what a page carried of many statements is what they come to now; if not, say what has changed since."""
    if given == now:
        return True
    if (before := list_seen(given)) is not None:
        said = {"count": before[0], "now_count": list_seen(now)[0]}
        said["total"], said["now_total"] = (
            money(total, currency=request.company.currency) for _n, total in (before, list_seen(now))
        )
        messages.warning(request, _("The list: %(count)s with %(total)s then, %(now_count)s with %(now_total)s now.") % said)
    messages.error(request, services.StatementRefused("changed").reason)
    return False


def _bring(request, verb, rows, carried):
    """
    Bring statements a step further, each as far as it stands as it was seen.

    :param carried: the figures of each on the screen, as `rows_seen`; None where those of the list were compared as a whole.
    """
    now = timezone.now()
    seen = {row.pk: Seen.of(row) for row in rows if carried is None or is_as_seen(row, carried)}
    ids = [row.pk for row in rows]
    given = {"seen": seen, "now": now, "by": request.user}
    match verb:
        case "approve":
            about = {"membership": request.membership, "person": request.person, "on": timezone.localdate(now)}
            ids = queries.approvable_ids(rows, **about)
            outcome = services.approve(statements=ids, decider=request.person, **given)
            said = ngettext("%(count)d statement is approved.", "%(count)d statements are approved.", outcome.done)
        case "check":
            outcome = services.check(statements=ids, decider=request.person, **given)
            said = ngettext("%(count)d statement is checked.", "%(count)d statements are checked.", outcome.done)
        case "publish":
            outcome = services.publish(statements=ids, **given)
            said = ngettext("%(count)d statement is published.", "%(count)d statements are published.", outcome.done)
    _tell_changes(request, outcome.changed, carried or {})
    if outcome.done:
        messages.success(request, said % {"count": outcome.done})
    elif not outcome.left:
        messages.info(request, _("There was nothing to do."))
    for reason, count in outcome.reasons:
        about = ngettext("%(count)d was left: %(reason)s", "%(count)d were left: %(reason)s", count)
        messages.warning(request, about % {"count": count, "reason": reason})


def _tell_changes(request, changed, carried):
    """Say of statements that were seen otherwise what they came to then, and what they come to now."""
    for statement in changed[:CHANGES_TOLD]:
        total = carried.get(statement.pk, ("",))[0]
        if total.removeprefix("-").isdecimal() and len(total) < 19:  # noqa: PLR2004 - digits of a bigint
            before, now = (money(amount, currency=request.company.currency) for amount in (int(total), statement.total))
            said = {"name": statement.person.name, "before": before, "now": now}
            messages.warning(request, _("%(name)s: %(before)s then, %(now)s now.") % said)


def _pay(request, rows):
    form = PayrollForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say on which day it was paid."))
        return
    due = [row for row in rows if row.status == Status.PUBLISHED and row.due]
    if due and not _is_as_seen(request, request.POST.get("seen_due", ""), write_due(len(due), sum(row.due for row in due))):
        return
    ids = [row.pk for row in due]
    try:
        paid = payouts.pay_all(statements=ids, today=timezone.localdate(), by=request.user, **form.cleaned_data)
    except Refusal as refusal:
        messages.error(request, refusal.reason)
        return
    if paid:
        said = ngettext("Recorded as paid to %(count)d person.", "Recorded as paid to %(count)d people.", paid)
        messages.success(request, said % {"count": paid})
    else:
        messages.info(request, _("Nothing published was due."))


def _period(request, on):
    return _period_of(request.GET.get("month"), request, on)


def _period_of(code, request, on):
    """
    Return the month that an address asks for, else the one that the page begins with.

    :raises BadRequest: for what is no month.
    """
    if not code:
        return months.last_month(request.sight, today=on)
    try:
        period = parse_code(code)
    except ValueError as error:
        raise BadRequest("No month") from error
    if kind_of(period) != PeriodKind.MONTH or not FIRST_YEAR < period.starts_on.year < LAST_YEAR:
        raise BadRequest("No month")
    return period


def _switch(request, period, on):
    """Return the way to the months before and after, as far as the running one."""

    def to(other):
        return query_string(request.GET, month=format_code(other), page=None)

    upcoming = following(period, PeriodKind.MONTH)
    is_last = upcoming.starts_on > month_of(on).starts_on
    return PeriodSwitch(
        label=name_of(period),
        previous_url=to(previous(period, PeriodKind.MONTH)),
        next_url=None if is_last else to(upcoming),
        current_url=None,
        kinds=(),
        rows=(),
    )
