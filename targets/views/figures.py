"""Where a figure comes from, down to the deal or visit."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from common.links import Link
from common.templatetags.pages import query_string
from credits.queries import lineage
from credits.rollups import has_dirty_days
from targets.choices import period_choice
from targets.models import Metric
from targets.queries.figures import figure_of, rest_of
from targets.queries.recounts import is_recounted
from teams.access import person_for, unit_for
from teams.queries import calendar_of

PAGE_SIZE = 25


@require_GET
def show_figure(request):
    """
    One metric of one person or unit in any period, through any lens: formula, parts, target, and the credits that add up to it.

    `?metric=revenue&person=3&period=2026-Q4`, or `unit=` for a unit with everything below it; `of=` names the part whose
    credits are listed.
    """
    metric = _metric(request)
    choice = period_choice(request, on=timezone.localdate())
    subject, ids = _subject(request)
    figure = figure_of(metric=metric, window=choice, calendar=calendar_of(request.company), **ids)
    part = next((p for p in figure.parts if p.measure == request.GET.get("of")), figure.parts[0])
    page = Paginator(part.credits.order_by("-day", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "targets/figure.html",
        {
            "metric": metric,
            "subject": subject,
            "subject_url": _subject_url(ids),
            "choice": choice,
            "figure": figure,
            "part": part,
            "part_tabs": [
                Link(p.label, query_string(request.GET, of=p.measure), p is part) for p in figure.parts if len(figure.parts) > 1
            ],
            "metric_tabs": [
                Link(m.label, query_string(request.GET, metric=m.code, of=None), m.pk == metric.pk)
                for m in Metric.objects.filter(is_active=True)
                if choice.lens.carries(m.measures)
            ],
            "page": page,
            "rows": lineage.rows_of(page.object_list, sight=request.sight),
            "switch": choice.switch,
            "is_recounted": is_recounted(metric),
            "is_waiting": not choice.lens.needs_ledger and has_dirty_days(),
        },
    )


@require_GET
def show_rest(request):
    """
    What the rows of a unit's board leave over of its sum, as credits: `?metric=revenue&unit=3&rows=people&period=2026-Q4`, or `rows=units`.

    `of=elsewhere` lists what the people in the rows have elsewhere.
    """
    metric = _metric(request, kind__in=Metric.ADDING)
    rows = request.GET.get("rows")
    if rows not in ("people", "units") or not request.GET.get("unit"):
        raise Http404
    choice = period_choice(request, on=timezone.localdate())
    unit = _subject(request)[0]
    rests = rest_of(metric=metric, window=choice, unit_id=unit.pk, on=choice.on, is_of_people=rows == "people")
    chosen = next((r for r in rests if r.key == request.GET.get("of")), rests[0])
    words = {"here": _("Counts here and is in no row"), "elsewhere": _("Is in a row and counts elsewhere or on top")}
    page = Paginator(chosen.credits.order_by("-day", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "targets/rest.html",
        {
            "metric": metric,
            "unit": unit,
            "choice": choice,
            "rests": [(words[r.key], r.amount) for r in rests],
            "rest": sum(r.sign * r.amount for r in rests),
            "chosen": chosen,
            "tabs": [Link(words[r.key], query_string(request.GET, of=r.key), r is chosen) for r in rests if len(rests) > 1],
            "page": page,
            "rows": lineage.rows_of(page.object_list, sight=request.sight),
            "switch": choice.switch,
        },
    )


def _metric(request, **about):
    """Return the metric that the address names; one whose meaning the company has not said yet counts nothing."""
    metric = get_object_or_404(Metric, code=request.GET.get("metric", "").replace("\x00", ""), **about)
    if metric.is_own and not metric.versions.exists():
        raise Http404
    return metric


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
