"""The doors to the assessment: everybody's results, one sheet, the scores by hand, the indicators, the workbooks."""

from dataclasses import replace
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.periods import PeriodKind
from jobs.models import Job
from jobs.queries import job_progress
from reports import forms, rules, services
from reports.exports.assessment_workbook import file_name_of, write_assessment_workbook
from reports.models import Indicator
from reports.queries import assessments
from targets.choices import period_choice, without_kinds
from teams import access
from teams.models import Unit
from teams.queries import subtree_ids, units_in_sight

PAGE_SIZE = 50
MOST_ON_PAPER = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ORDERS = {
    "total": lambda s: (s.total is None, s.total or 0),
    "name": lambda s: s.name,
    "unit": lambda s: (s.unit_name, s.name),
}


@require_GET
def overview(request):
    """Show everybody in sight with scores, total and grade."""
    _require_reader(request)
    services.add_builtin_assessment()
    choice = quarter_choice(request)
    units, unit = _unit_choice(request)
    everybody = assessments.assess(quarter=choice.period, on=timezone.localdate())
    seen = everybody.only(lambda s: assessments.is_seen(s, request.sight))
    inside = _inside(unit, choice)
    shown = seen.only(lambda s: (inside is None or s.unit_id in inside) and (not _is_on(request, "missing") or s.missing))
    sheets = _ordered(request, shown.sheets)
    may_export = request.membership.may(Permission.ASSESSMENTS_EXPORT)
    scorable = [s for s in seen.sheets if assessments.is_scored_by(s, request.sight)]
    context = {
        "choice": choice,
        "units": units,
        "unit": unit,
        "assessment": shown,
        "page": Paginator(sheets, PAGE_SIZE).get_page(request.GET.get("page")),
        "is_missing_only": _is_on(request, "missing"),
        "graded": _grade_counts(everybody.grades, shown.sheets),
        "people": len(seen.sheets),
        "complete": sum(1 for s in seen.sheets if not s.missing),
        "missing": sum(s.missing for s in scorable),
        "may_score": request.membership.may(Permission.ASSESSMENTS_SCORE) and bool(scorable),
        "may_export": may_export,
        "may_set_up": request.membership.may(Permission.ASSESSMENTS_SET_UP),
        "exports": list(assessments.exports()[:10]) if may_export else (),
        "running": _running(request) if may_export else None,
        "client_ref": uuid4(),
        "today": timezone.localdate(),
    }
    return render(request, "reports/assessments.html", context)


@require_GET
def sheet(request, person_id):
    """Show one person's sheet as the paper that people sign: one's own, or that of somebody in sight."""
    person = access.person_for(request, person_id)
    choice = quarter_choice(request)
    assessment = assessments.assess(quarter=choice.period, on=timezone.localdate())
    own = next(iter(_with_origins(request, choice, filter(None, [assessment.sheet_of(person.pk)]))), None)
    context = {"choice": choice, "sheet": own, "subject": person, "assessment": assessment, "today": timezone.localdate()}
    return render(request, "reports/assessment_sheet.html", context)


@require_GET
def paper(request):
    """Show the sheets of a unit one after the other, a page each, to be printed."""
    _require_reader(request)
    choice = quarter_choice(request)
    _units, unit = _unit_choice(request)
    assessment = assessments.assess(quarter=choice.period, on=timezone.localdate())
    inside = _inside(unit, choice)
    shown = assessment.only(
        lambda s: assessments.is_seen(s, request.sight) and (inside is None or s.unit_id in inside)
    )  # fmt: skip
    context = {
        "choice": choice,
        "unit": unit,
        "assessment": assessment,
        "sheets": _with_origins(request, choice, shown.sheets[:MOST_ON_PAPER]),
        "left_out": max(0, len(shown.sheets) - MOST_ON_PAPER),
        "today": timezone.localdate(),
    }
    return render(request, "reports/assessment_paper.html", context)


def _inside(unit, choice):
    """Return the ids of what lay in a unit at the end of the quarter; None for everything."""
    return set(subtree_ids([unit.pk], on=min(timezone.localdate(), choice.period.last_day))) if unit else None


def _with_origins(request, choice, sheets):
    """Return sheets with where their figures come from, as far as the member may open that."""
    seen, page = request.sight, reverse("figures:figure")

    def address(sheet):
        if sheet.figures_of:
            is_seen = seen.sees_everybody or sheet.unit_id in seen.unit_ids
            return f"{page}?unit={sheet.unit_id}&{choice.query}" if is_seen else ""
        return f"{page}?person={sheet.person_id}&{choice.query}"

    return [replace(sheet, lineage_of=address(sheet)) for sheet in sheets]


@require_http_methods(["GET", "HEAD", "POST"])
def score(request):
    """Give scores by hand and remarks to one's people."""
    access.require(request, Permission.ASSESSMENTS_SCORE)
    services.add_builtin_assessment()
    choice = quarter_choice(request)
    units, unit = _unit_choice(request)
    inside = _inside(unit, choice)
    mine = assessments.assess(quarter=choice.period, on=timezone.localdate()).only(
        lambda s: assessments.is_scored_by(s, request.sight) and (inside is None or s.unit_id in inside)
    )
    # By unit and name: the order must not change under the hand of who is scoring.
    in_order = sorted(mine.sheets, key=lambda s: (s.unit_name, s.name, s.person_id))
    page = Paginator(in_order, PAGE_SIZE).get_page(request.GET.get("page"))
    form = forms.ScoreSheetForm(request.POST or None, sheets=list(page))
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.give_scores(quarter=choice.period, scores=form.scores, remarks=form.remarks, by=request.user)
        except services.AssessmentRefused as refusal:
            forms.say(form, refusal)
        else:
            said = ngettext("%(count)d entry was saved.", "%(count)d entries were saved.", changed) % {"count": changed}
            messages.success(request, said if changed else _("Nothing had changed."))
            return redirect(request.get_full_path())
    context = {
        "choice": choice,
        "units": units,
        "unit": unit,
        "page": page,
        "form": form,
        "rows": form.rows(),
        "by_hand": mine.by_hand,
        "missing": sum(s.missing for s in mine.sheets),
    }
    return render(request, "reports/assessment_score.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def indicators(request):
    """Change what people are assessed by, and how grades are shared out."""
    access.require(request, Permission.ASSESSMENTS_SET_UP)
    services.add_builtin_assessment()
    present = list(Indicator.objects.select_related("metric").order_by("position", "pk"))
    is_grades = request.POST.get("form") == "grades"
    table = forms.indicator_table(present, request.POST if request.method == "POST" and not is_grades else None)
    grades = forms.grade_table(assessments.grade_shares(), request.POST if is_grades else None)
    if request.method == "POST":
        chosen = grades if is_grades else table
        if chosen.is_valid():
            try:
                if is_grades:
                    services.save_grades(shares=forms.shares_in(grades), by=request.user)
                else:
                    services.save_indicators(rows=table.rows, by=request.user)
            except services.AssessmentRefused as refusal:
                forms.say(chosen, refusal)
            else:
                messages.success(request, _("Saved."))
                return redirect("reports:assessment_indicators")
    active = [i for i in present if i.is_active]
    context = {"table": table, "grades": grades, "weight_sum": sum(i.weight for i in active), "active": len(active)}
    return render(request, "reports/assessment_indicators.html", context)


@require_POST
def export(request):
    """Make the workbook of a unit: at once for a few people, in the background for many."""
    access.require(request, Permission.ASSESSMENTS_EXPORT)
    choice = quarter_choice(request)
    unit = _unit_of(request.POST.get("unit", ""), request) or get_object_or_404(Unit, parent=None)
    now = timezone.localtime()
    client_ref = _client_ref(request)
    assessment = assessments.assessed_in(unit, quarter=choice.period, on=now.date())
    if not assessment.sheets:
        messages.warning(request, _("Nobody in %(unit)s is assessed in this quarter.") % {"unit": unit.name})
    elif len(assessment.sheets) >= rules.LONG_RUN:
        about = {"quarter": choice.period, "unit": unit, "client_ref": client_ref, "language": get_language()}
        services.ask_for_workbook(**about, by=request.user)
        messages.info(request, _("The workbook is being made. It appears below as soon as it is ready."))
    else:
        kept = services.keep_workbook(
            quarter=choice.period,
            unit=unit,
            file_name=file_name_of(unit, choice.period, request.company),
            content=write_assessment_workbook(assessment, company=request.company, unit_name=unit.name, made_at=now),
            people=len(assessment.sheets),
            client_ref=client_ref,
            by=request.user,
        )
        messages.success(request, _("“%(name)s” is ready to be downloaded.") % {"name": kept.file_name})
    return redirect(f"{reverse('reports:assessments')}?period={choice.code}#workbooks")


@require_GET
def workbook(request, export_id):
    """Hand a kept workbook out again."""
    access.require(request, Permission.ASSESSMENTS_EXPORT)
    kept = get_object_or_404(assessments.exports(), pk=export_id)
    response = HttpResponse(bytes(kept.content), content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, kept.file_name)
    return response


def quarter_choice(request):
    """
    Return the chosen quarter and the switch to others; the current one by default.

    :raises Http404: for what is no quarter, or one to come.
    """
    kinds = (PeriodKind.QUARTER,)
    return without_kinds(
        period_choice(request, on=timezone.localdate(), default=PeriodKind.QUARTER, kinds=kinds, with_lens=False)
    )


@require_GET
def workbook_progress(request, job_id):
    """How far a workbook is, as a part of the page; with the way to the file once it is made."""
    access.require(request, Permission.ASSESSMENTS_EXPORT)
    job = get_object_or_404(Job.objects.of_kind(rules.WORKBOOK_JOB).filter(requested_by=request.user), pk=job_id)
    return render(request, "_components/progress.html", _progress_of(job))


def _progress_of(job):
    """Return what the progress component shows of a job that makes a workbook."""
    made = job.result.get("export") if job.status == Job.Status.DONE else None
    return {
        "id": f"job-{job.pk}",
        "url": reverse("reports:assessment_progress", args=[job.pk]),
        "job": job_progress(job),
        "result_url": reverse("reports:assessment_workbook", args=[made]) if made else None,
        "result": _("Download the workbook"),
    }


def _running(request):
    """Return the workbook being made for the member, as the progress component takes it, or None."""
    job = assessments.workbooks_under_way(by=request.user).first()
    return job and _progress_of(job)


def _require_reader(request):
    if not any(request.membership.may(right) for right in (Permission.ASSESSMENTS_SCORE, Permission.ASSESSMENTS_EXPORT)):
        raise PermissionDenied


def _unit_choice(request):
    """Return the units one may narrow to, and the one that is chosen or None."""
    units = list(units_in_sight(request.sight).filter(closed_on=None).order_by("kind", "parent__position", "position", "name"))
    return units, _unit_of(request.GET.get("unit", ""), request)


def _unit_of(value, request):
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 18):
        raise Http404(_("There is no such unit."))
    return access.unit_for(request, int(value))


def _ordered(request, sheets):
    given = request.GET.get("sort", "")
    order = _ORDERS.get(given.removeprefix("-"))
    if given and order is None:
        raise Http404(_("There is no such choice."))
    if order is None:
        return list(sheets)
    in_order = sorted(sheets, key=order, reverse=given.startswith("-"))
    # Who has no total comes last in either direction.
    return (
        [s for s in in_order if s.total is not None] + [s for s in in_order if s.total is None]
        if "total" in given
        else in_order
    )


def _grade_counts(grades, sheets):
    return [(share.grade, share.percent, sum(1 for s in sheets if s.grade == share.grade)) for share in grades]


def _is_on(request, name):
    return request.GET.get(name) == "1"


def _client_ref(request):
    try:
        return UUID(request.POST.get("client_ref", ""))
    except ValueError:
        return None
