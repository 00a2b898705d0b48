"""The doors to the catalogue of metrics: what is in use, and what the company counts by rules of its own."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.rules import Permission
from common.period_names import name_of
from common.periods import PeriodKind, fiscal_year_of, month_of, previous, quarter_of
from credits.queries.closings import closed_before
from credits.rules.own import BadPart
from targets import forms
from targets.forms.named_lines import NAMED_BY
from targets.models import Metric
from targets.queries import own_metrics
from targets.queries.recounts import recount_under_way
from targets.services import metrics as services
from teams.access import require


@require_GET
def metrics(request):
    """List every metric."""
    require(request, Permission.COMPANY_SETTINGS)
    return render(request, "targets/metrics.html", {"rows": own_metrics.catalogue()} | _recount(request))


@require_http_methods(["GET", "POST"])
def add(request):
    """Add a metric of the company's own."""
    require(request, Permission.COMPANY_SETTINGS)
    form = forms.OwnMetricForm(request.POST or None, initial={"starts_on": _first_open_month()})
    if request.method == "POST" and form.is_valid():
        numerator, denominator = form.parts
        given = form.cleaned_data
        try:
            metric = services.add_own_metric(numerator=numerator, denominator=denominator, by=request.user, **given)
        except (BadPart, services.MetricRefused) as refusal:
            form.say(refusal)
        else:
            messages.success(
                request, _("%(metric)s is being counted; its figures follow in a minute.") % {"metric": metric.label}
            )
            return redirect("targets:metric", metric.pk)
    return _version_page(request, form, title=_("Add an own metric"))


@require_http_methods(["GET", "POST"])
def metric(request, metric_id):
    """Rename a metric, turn its direction, switch it on or off; of an own one the versions are told."""
    found = _metric_for(request, metric_id)
    names = ("name", "name_en", "is_lower_better", "is_active")
    form = forms.MetricSettingsForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_metric(metric=found, by=request.user, **form.cleaned_data)
        except services.MetricRefused as refusal:
            form.add_error(refusal.field, refusal.reason)
        else:
            messages.success(request, _("Saved."))
            return redirect("targets:metrics")
    context = {"metric": found, "form": form, "versions": own_metrics.versions_of(found) if found.is_own else []}
    context |= _recount(request)
    return render(request, "targets/metric.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def version(request, metric_id):
    """
    Let an own metric count otherwise from a day on.

    One that is shipped and only has to know its product lines asks for these alone, unless `?rules=1` wants the whole rule.
    """
    found = _metric_for(request, metric_id)
    last = services.latest_version(found)
    if last is None and found.code in NAMED_BY and "rules" not in request.GET:
        return _name_lines(request, found)
    parts = services.parts_of(last) if last else (None, None)
    form = forms.VersionForm(request.POST or None, parts=parts, initial={"starts_on": _first_open_month()})
    if request.method == "POST" and form.is_valid():
        numerator, denominator = form.parts
        given = {"numerator": numerator, "denominator": denominator, **form.cleaned_data}
        try:
            services.activate_version(metric=found, by=request.user, **given)
            if not last and not found.is_active:
                services.change_metric(metric=found, is_active=True, by=request.user)
        except (BadPart, services.MetricRefused) as refusal:
            form.say(refusal)
        else:
            messages.success(
                request, _("%(metric)s is being counted; its figures follow in a minute.") % {"metric": found.label}
            )
            return redirect("targets:metric", found.pk)
    return _version_page(request, form, title=_("Count %(metric)s otherwise") % {"metric": found.label}, metric=found)


def _name_lines(request, metric):
    """Ask which product lines a shipped metric means, and put it in use."""
    form = NAMED_BY[metric.code](request.POST or None, initial={"starts_on": _first_open_year_day(request.company)})
    if request.method == "POST" and form.is_valid():
        numerator, denominator = form.parts
        given = {"numerator": numerator, "denominator": denominator, "starts_on": form.cleaned_data["starts_on"]}
        try:
            services.activate_version(metric=metric, by=request.user, **given)
            services.change_metric(metric=metric, is_active=True, by=request.user)
        except (BadPart, services.MetricRefused) as refusal:
            form.say(refusal)
        else:
            messages.success(
                request, _("%(metric)s is being counted; its figures follow in a minute.") % {"metric": metric.label}
            )
            return redirect("targets:metrics")
    status = 422 if request.method == "POST" else 200
    return render(request, "targets/metric_lines.html", {"form": form, "metric": metric}, status=status)


@require_POST
def preview(request):
    """Say in words what parts as chosen so far would count, and what they would have shown last quarter if asked to."""
    require(request, Permission.COMPANY_SETTINGS)
    found = (
        _metric_for(request, int(given)) if (given := request.POST.get("metric", "")).isdecimal() and len(given) < 19 else None
    )
    form = forms.VersionForm(request.POST)
    context = {"is_asked": "figures" in request.POST}
    if form.numerator.is_valid() and form.denominator.is_valid():
        numerator, denominator = form.parts
        try:
            is_percent = found.kind == Metric.Kind.PERCENT if found else bool(request.POST.get("is_percent"))
            kind = services.kind_of(numerator, denominator, is_percent=is_percent)
        except BadPart as refusal:
            context["refusal"] = refusal.reason
        else:
            context |= {"words": own_metrics.formula_of(numerator, denominator), "kind": Metric.Kind(kind).label}
            if context["is_asked"]:
                context |= _figures(request, kind, (numerator, denominator), found)
    return render(request, "targets/_partials/metric_preview.html", context)


@require_POST
def move(request, metric_id, way):
    """Move a metric up or down in every list of metrics."""
    found = _metric_for(request, metric_id)
    if way not in {"up", "down"}:
        raise Http404
    services.move_metric(metric=found, up=way == "up", by=request.user)
    return redirect("targets:metrics")


def _recount(request):
    """Return what pages say about metrics that are being counted anew."""
    recount = recount_under_way()
    if recount is None:
        return {"recount": None}
    context = {"recount": recount, "may_run": request.membership.may(Permission.JOBS_RUN)}
    if recount.job:
        context |= {"recount_id": f"job-{recount.job.pk}", "recount_url": reverse("jobs:progress", args=[recount.job.pk])}
    return context


def _figures(request, kind, then, found):
    """Return what the preview shows: last quarter by units and people, beside the version that holds now."""
    first_month = request.company.fiscal_year_starts_in
    period = previous(quarter_of(timezone.localdate(), first_month), PeriodKind.QUARTER)
    last = services.latest_version(found) if found else None
    # Another kind of figure cannot stand beside it.
    now = services.parts_of(last) if last and kind == found.kind else None
    rows = own_metrics.preview(kind=kind, then=then, now=now, period=period)
    shape = Metric(kind=kind)
    return {"rows": rows, "shape": shape, "has_now": now is not None, "period": name_of(period, first_month)}


def _first_open_month():
    """Return the day that a version begins on unless somebody says otherwise: this month's first, or the first open one."""
    first = month_of(timezone.localdate()).starts_on
    return max(first, closed_before() or first)


def _first_open_year_day(company):
    """Return the day from which what is named for the first time counts: this fiscal year's first, or the first open one."""
    first = fiscal_year_of(timezone.localdate(), company.fiscal_year_starts_in).starts_on
    return max(first, closed_before() or first)


def _metric_for(request, metric_id):
    require(request, Permission.COMPANY_SETTINGS)
    return get_object_or_404(Metric.objects.all(), pk=metric_id)


def _version_page(request, form, *, title, metric=None):
    context = {"form": form, "title": title, "metric": metric}
    return render(request, "targets/metric_version.html", context, status=422 if request.method == "POST" else 200)
