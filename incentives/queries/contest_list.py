"""The list of contests: what runs, what comes, what is over."""

from typing import NamedTuple

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.rules import Role
from incentives.models import Contest
from incentives.queries.contests import above
from teams.rules import tenure_stage

Status = Contest.Status
#: So many contests a first page names.
SHOWN = 3
#: The tabs of the list by their key.
TABS = {
    "running": pgettext_lazy("contests", "Running"),
    "coming": pgettext_lazy("contests", "Coming"),
    "over": pgettext_lazy("contests", "Over"),
    "drafts": _("Drafts"),
}


class Running(NamedTuple):
    """A contest that runs, and how many days are left, today included."""

    contest_id: int
    name: str
    days_left: int


class DaysGone(NamedTuple):
    """Which day of a contest it is, of how many."""

    day: int
    of: int

    @property
    def percent(self):
        return self.day * 100 / self.of


def days_gone(contest, *, on):
    """Return which day of a contest it is; None before the first and after the last."""
    if not contest.starts_on <= on < contest.ends_before:
        return None
    return DaysGone((on - contest.starts_on).days + 1, (contest.ends_before - contest.starts_on).days)


def _conditions(on):
    announced = Q(status=Status.ANNOUNCED)
    return {
        # What is being counted is looked at as before.
        "running": announced & Q(starts_on__lte=on),
        "coming": announced & Q(starts_on__gt=on),
        "over": Q(status__in=[Status.FROZEN, Status.DECIDED, Status.WITHDRAWN]),
        "drafts": Q(status=Status.DRAFT),
    }


def in_tab(contests, tab, *, on):
    """Narrow contests to a tab: what ends first comes first; of what is over the latest."""
    order = ("-ends_before", "-pk") if tab == "over" else ("ends_before", "pk")
    return contests.filter(_conditions(on)[tab]).order_by(*order).prefetch_related("prizes", "scopes__unit", "scopes__person")


def tab_counts(contests, *, on):
    """Return how many contests each tab has; one query."""
    conditions = _conditions(on)
    return contests.order_by().aggregate(**{tab: Count("pk", filter=conditions[tab]) for tab in TABS})


def running(contests, *, on):
    """Narrow contests to those that run on a day, what ends first first, with what their terms speak of."""
    found = contests.filter(status=Status.ANNOUNCED, starts_on__lte=on, ends_before__gt=on).order_by("ends_before", "pk")
    return found.prefetch_related("prizes", "scopes__unit", "scopes__person")


def running_for(person, *, own_unit_id, on, role=Role.REP):
    """
    Return the contests that run on a day in which somebody takes part, what ends first first; one query, two where some are of units.

    :param own_unit_id: the unit in which they are on the day, in that role.
    """
    rows = Contest.objects.filter(status=Status.ANNOUNCED, starts_on__lte=on, ends_before__gt=on).order_by("ends_before", "pk")
    found = {}
    for pk, name, ends_before, roles, stages, unit_id, person_id in rows.values_list(
        "pk", "name", "ends_before", "roles", "stages", "scopes__unit_id", "scopes__person_id"
    ):
        found.setdefault(pk, (name, (ends_before - on).days, roles, stages, []))[-1].append((unit_id, person_id))
    over_me = above({own_unit_id} - {None}) if any(u for *_rest, scopes in found.values() for u, _p in scopes) else set()
    stage = tenure_stage(person.hired_on, on)
    mine = []
    for pk, (name, days_left, roles, stages, scopes) in found.items():
        is_meant = role in roles and (not stages or stage in stages)
        if any(
            person_id == person.pk or is_meant and (unit_id in over_me or (unit_id is None and person_id is None))
            for unit_id, person_id in scopes
        ):
            mine.append(Running(pk, name, days_left))
    return mine[:SHOWN]
