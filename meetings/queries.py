"""Reads about meetings: which a member sees, and one meeting ready for its page."""

from django.db.models import Count, Q

from meetings.models import Meeting
from teams.models import Assignment, Unit

UPCOMING = 3
NEWEST_FIRST = ("-starts_at", "unit__position", "pk")


def meetings_in_sight(sight):
    """
    Return the meetings a member sees: those of the units they lead and of what is below; everybody's own unit's; all for HR and admin.

    A rep sees the meetings of the unit they are in, because they sit in them.
    """
    meetings = Meeting.objects.select_related("unit")
    if sight.sees_everybody:
        return meetings
    return meetings.filter(Q(unit_id__in=sight.unit_ids) | Q(unit__in=_own_units(sight)))


def _own_units(sight):
    return Assignment.objects.on(sight.on).filter(person_id=sight.person_id or 0).values("unit_id")


def with_counts(meetings):
    """Annotate meetings with how many decisions were made and how many of their tasks are still open."""
    return meetings.annotate(
        decision_count=Count("decisions", distinct=True),
        open_count=Count("decisions", filter=Q(decisions__task__status="OPEN"), distinct=True),
    )


def units_to_meet(sight):
    """Return the units for which a member may call a meeting, in the order of the tree."""
    units = Unit.objects.filter(closed_on=None).order_by("parent__position", "position", "name")
    return units if sight.sees_everybody else units.filter(pk__in=sight.unit_ids)


def units_that_met(sight):
    """Return the units whose meetings a member sees, in the order of the tree."""
    ids = meetings_in_sight(sight).order_by().values("unit_id")
    return Unit.objects.filter(pk__in=ids).order_by("parent__position", "position", "name")


def upcoming(meetings, *, since):
    """Return the next meetings that are still to be held, soonest first; of a `Question` of meetings."""

    def held_next(rows):
        rows = rows.exclude(status=Meeting.Status.MINUTED).filter(starts_at__gte=since)
        return rows.order_by("starts_at", "unit__parent__position", "unit__position", "pk")

    return meetings.then(("upcoming", since), held_next)[:UPCOMING]


def teams_that_meet(*, on):
    """Return the teams at work on a day: units with people and nothing below, not closed, in the order of the tree."""
    at_work = Assignment.objects.on(on).values("unit")
    return (
        Unit.objects.filter(pk__in=at_work, children=None)
        .exclude(closed_on__lte=on)
        .exclude(parent=None)
        .order_by("parent__position", "position", "name")
    )
