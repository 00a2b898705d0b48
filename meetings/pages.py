"""A meeting made ready for its page: the frozen rows readable again, each point with its figure, forms and decisions."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from meetings import access, forms, words
from meetings.models import AgendaItem, Decision, Meeting
from targets.models import Metric
from targets.queries.metrics import headline_metric
from targets.rules import attainment
from teams.models import Task
from teams.queries import people_employed_in, people_in_sight, subtree_ids

Kind = AgendaItem.Kind


@dataclass(frozen=True)
class Point:
    """One point of the agenda: `figure` is a dict whose keys depend on the kind (see `_figure`)."""

    item: AgendaItem
    title: str
    question: str
    rows: list
    figure: dict
    decisions: list
    note_form: forms.ItemNote | None
    decide_form: forms.Decide | None


def meeting_page(request, meeting, *, note_form=None, decide_form=None, point_form=None, minutes_form=None):
    """
    Return what a meeting's page shows.

    :param note_form: (item id, form) as it was typed and refused; likewise `decide_form`, with None for no point.
    """
    on = timezone.localdate()
    may_run = access.may_run(request, meeting)
    people = people_of(meeting)
    choices = [("", "—"), *people.values_list("pk", "name")] if may_run else []
    decisions = list(Decision.objects.filter(meeting=meeting).select_related("task__owner"))
    items = list(AgendaItem.objects.filter(meeting=meeting).select_related("owner"))
    origin_of = _origins(request, items)
    typed_note, typed_decision = note_form or (None, None), decide_form or (0, None)

    def note_of(item):
        if not may_run:
            return None
        if typed_note[0] == item.pk:
            return typed_note[1]
        initial = {"notes": item.notes, "owner": item.owner_id}
        return forms.ItemNote(people=people, choices=choices, initial=initial, auto_id=f"id_{item.pk}_%s")

    def decide_of(item):
        if not may_run:
            return None
        if typed_decision[0] == (item and item.pk):
            return typed_decision[1]
        return forms.Decide(people=people, choices=choices, on=on, auto_id=f"id_{item.pk if item else 'all'}_decision_%s")

    points = [
        Point(
            item=item,
            title=words.title_of(item),
            question=words.question_of(item),
            rows=rows,
            figure=_figure(item.kind, rows),
            decisions=[d for d in decisions if d.item_id == item.pk],
            note_form=note_of(item),
            decide_form=decide_of(item),
        )
        for item in items
        for rows in [_rows(item, origin_of)]
    ]
    return {
        "meeting": meeting,
        "points": points,
        "decisions": decisions,
        "open_count": sum(1 for d in decisions if d.task and d.task.status == Task.Status.OPEN),
        "metric": metric_of(items),
        "may_run": may_run,
        "may_reopen": access.leads(request, meeting) and meeting.status == Meeting.Status.MINUTED,
        "decide_form": decide_of(None),
        "point_form": point_form or forms.AddPoint(),
        "minutes_form": minutes_form or forms.Minutes(initial={"minutes": meeting.minutes}),
        "today": on,
    }


def metric_of(items):
    """Return the metric that an agenda was written about, whatever has become of it; without figures, the one in front now."""
    codes = {row["metric"] for item in items for row in item.figures if row.get("metric")}
    return Metric.objects.filter(code__in=codes).first() if codes else headline_metric()


def people_of(meeting):
    """Return the people who can take something on: those at work today in the meeting's unit and below."""
    return people_employed_in(subtree_ids([meeting.unit_id]), on=timezone.localdate())


def _origins(request, items):
    """Return a function of a frozen row: the address of what its figure is made of, "" for who is out of the member's sight."""
    asked = {row["person_id"] for item in items for row in item.figures if row.get("looked_at")}
    seen = set(people_in_sight(request.sight).filter(pk__in=asked).values_list("pk", flat=True)) if asked else ()
    page = reverse("figures:figure")

    def origin_of(row):
        if not row.get("looked_at") or row["person_id"] not in seen:
            return ""
        return f"{page}?metric={row['metric']}&person={row['person_id']}&{row['looked_at']}"

    return origin_of


def _rows(item, origin_of):
    rows = [_readable(row) | {"lineage_url": origin_of(row)} for row in item.figures]
    return _by_person(rows) if item.kind == Kind.PRAISE else rows


def _readable(row):
    """Return a frozen row with its days as days again, and its verdict as the components take it."""
    row = dict(row)
    if row.get("due_on"):
        row["due_on"] = date.fromisoformat(row["due_on"])
    if row.get("attainment") is not None:
        row["attainment"] = Decimal(row["attainment"])
    row["verdict"] = str(row.get("status", "")).lower()
    return row


def _by_person(rows):
    """Return one row a person with all that they deserve praise for, in the order in which they were named."""
    merits = {}
    for row in rows:
        merits.setdefault((row["person_id"], row["name"]), []).append(row)
    return [{"name": name, "merits": found} for (_pk, name), found in merits.items()]


def _figure(kind, rows):
    """Return the one figure of a point that is read from the back of the room."""
    if kind == Kind.RANKING:
        actual = sum(row["actual"] for row in rows)
        target = sum(row["target"] or 0 for row in rows)
        return {"actual": actual, "target": target or None, "attainment": attainment(actual, target)}
    if kind == Kind.BEHIND:
        return {"people": len(rows), "missing": sum(row["missing"] or 0 for row in rows)}
    if kind == Kind.TASKS:
        done = Counter(row["verdict"] == "done" for row in rows)
        return {"done": done[True], "all": len(rows)}
    return {"people": len(rows)}
