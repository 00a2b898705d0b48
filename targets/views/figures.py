"""Where a figure comes from, down to the deal or visit."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from common.period_names import name_of
from common.periods import PeriodKind, following, format_code, kind_of, parse_code, period_of, previous
from common.templatetags.pages import query_string
from credits.queries import lineage
from credits.rollups import has_dirty_days
from targets.models import Metric
from targets.period_jump import jump_rows
from targets.queries.figures import figure_of, span_of
from teams.access import person_for, unit_for

PAGE_SIZE = 25
KINDS = {PeriodKind.MONTH: _("Month"), PeriodKind.QUARTER: _("Quarter"), PeriodKind.YEAR: _("Year")}


@dataclass(frozen=True)
class _Tab:
    label: str
    url: str
    active: bool


@require_GET
def show_figure(request):
    """
    One metric of one person or unit in one period: formula, parts, target, and the credits that add up to it.

    `?metric=revenue&person=3&period=2026-Q4`, or `unit=` for a unit with everything below it; `of=` names the part whose
    credits are listed.
    """
    metric = get_object_or_404(Metric, code=request.GET.get("metric", "").replace("\x00", ""))
    period, kind = _period(request)
    subject, ids = _subject(request)
    figure = figure_of(metric=metric, span=span_of(kind), period=period, **ids)
    part = next((p for p in figure.parts if p.measure == request.GET.get("of")), figure.parts[0])
    page = Paginator(part.credits.order_by("-day", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "targets/figure.html",
        {
            "metric": metric,
            "subject": subject,
            "subject_url": _subject_url(ids),
            "period": period,
            "figure": figure,
            "part": part,
            "part_tabs": [
                _Tab(p.label, query_string(request.GET, of=p.measure), p is part) for p in figure.parts if len(figure.parts) > 1
            ],
            "metric_tabs": [
                _Tab(m.label, query_string(request.GET, metric=m.code, of=None), m.pk == metric.pk)
                for m in Metric.objects.filter(is_active=True)
            ],
            "page": page,
            "rows": lineage.rows_of(page.object_list),
            "switch": _switch(request, period, kind),
            "is_waiting": has_dirty_days(),
        },
    )


def _period(request):
    first_month = request.company.fiscal_year_starts_in
    code = request.GET.get("period")
    if not code:
        return period_of(timezone.localdate(), PeriodKind.MONTH, first_month), PeriodKind.MONTH
    try:
        period = parse_code(code, first_month)
    except ValueError as error:
        raise Http404 from error
    kind = kind_of(period, first_month)
    if kind not in KINDS:
        raise Http404
    return period, kind


def _subject(request):
    """Return the person or unit in sight that the address names, and its id as `figure_of` takes it."""
    for name, find, key in (("person", person_for, "person_id"), ("unit", unit_for, "unit_id")):
        if given := request.GET.get(name):
            # More digits than an id can have would be an error of the database.
            if not given.isascii() or not given.isdigit() or len(given) > 18:
                raise Http404
            subject = find(request, int(given))
            return subject, {key: subject.pk}
    raise Http404


def _subject_url(ids):
    return (
        reverse("teams:person", args=[ids["person_id"]]) if "person_id" in ids else reverse("teams:unit", args=[ids["unit_id"]])
    )


def _switch(request, period, kind):
    first_month, today = request.company.fiscal_year_starts_in, timezone.localdate()

    def url(other):
        return query_string(request.GET, period=format_code(other, first_month), page=None)

    later, inside = following(period, kind), today if today in period else period.last_day
    return {
        "label": name_of(period, first_month),
        "previous_url": url(previous(period, kind)),
        "next_url": url(later) if later.starts_on <= today else None,
        "current_url": None if today in period else url(period_of(today, kind, first_month)),
        "kinds": [_Tab(str(label), url(period_of(inside, k, first_month)), k == kind) for k, label in KINDS.items()],
        "rows": jump_rows(shown=period, kind=kind, on=today, first_month=first_month, url=url),
    }
