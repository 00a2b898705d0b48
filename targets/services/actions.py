"""Action plans: what is written down about how a target is to be reached, and the tasks that serve it."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.money import LIMIT
from common.refusals import Refusal
from targets.models import ActionPlan, ActionTask, ChannelGoal
from teams.services import assign_task

#: More than this nobody invites, visits or sells in a year.
MOST = 10_000_000


class ActionRefused(Refusal):
    """Something that cannot be written into an action plan."""

    sentences = {
        "changed": _("Somebody else has changed this action plan meanwhile. Look at it as it is now, then try again."),
        "order": _(
            "More orders than visits, or more visits than invitations, cannot be: each step comes out of the one before."
        ),
        "too_large": _("The number is too large."),
    }


@dataclass(frozen=True)
class Goal:
    """What one channel must bring; None where nothing is said. The amount is in minor units of the plan's metric."""

    invitations: int | None = None
    visits: int | None = None
    orders: int | None = None
    amount: int | None = None

    @property
    def is_empty(self):
        return self == Goal()


@transaction.atomic
def write_action_plan(*, plan, unit=None, person=None, quarter=None, goals, prospects="", resources="", seen_version=None, by):
    """
    Write down how a unit or person means to reach its target; what was there before is replaced.

    :param quarter: the first day of a quarter, or None for the year.
    :param goals: Channel → Goal; an empty one takes the channel out.
    :param seen_version: the version that was on the screen, 0 for none yet.
    :raises ActionRefused: ``changed``, ``order``, ``too_large``; ``params["channel"]`` names the channel.
    """
    for channel, goal in goals.items():
        _require_sound(channel, goal)
    place = {"plan": plan, "unit": unit, "person": person, "quarter": quarter}
    found = _locked(place, by)
    if seen_version is not None and seen_version != found.version - 1 and _differs(found, goals, prospects, resources):
        raise ActionRefused("changed")
    if not _differs(found, goals, prospects, resources):
        return found
    found.prospects, found.resources = prospects.strip(), resources.strip()
    found.version += 1
    found.save(update_fields=["prospects", "resources", "version"])
    ChannelGoal.objects.filter(action_plan=found).delete()
    ChannelGoal.objects.bulk_create(
        ChannelGoal(action_plan=found, channel=channel, **vars(goal)) for channel, goal in goals.items() if not goal.is_empty
    )
    names = ", ".join(str(channel) for channel, goal in goals.items() if not goal.is_empty)
    record("targets.actionplan.changed", about=found, by=by, after={"channels": names, "prospects": found.prospects})
    return found


@transaction.atomic
def add_action_task(*, plan, unit=None, person=None, quarter=None, title, owner, due_on, client_ref=None, by):
    """
    Give somebody a task that serves an action plan; the same `client_ref` again gives the same task.

    :raises TaskRefused: if the owner has left by then.
    """
    found = _locked({"plan": plan, "unit": unit, "person": person, "quarter": quarter}, by)
    task = assign_task(title=title, owner=owner, due_on=due_on, client_ref=client_ref, by=by)
    ActionTask.objects.get_or_create(task=task, defaults={"action_plan": found})
    return task


def _locked(place, by):
    """Return the action plan of a target under a lock, begun if there is none yet."""
    try:
        with transaction.atomic():
            ActionPlan.objects.get_or_create(**place, defaults={"made_by": by})
    except IntegrityError:
        pass  # begun by somebody else at the same moment
    return ActionPlan.objects.select_for_update(of=("self",)).get(**place)


def _differs(found, goals, prospects, resources):
    now = {goal.channel_id: Goal(goal.invitations, goal.visits, goal.orders, goal.amount) for goal in found.goals.all()}
    wanted = {channel.pk: goal for channel, goal in goals.items() if not goal.is_empty}
    return now != wanted or (found.prospects, found.resources) != (prospects.strip(), resources.strip())


def _require_sound(channel, goal):
    numbers = [number for number in (goal.invitations, goal.visits, goal.orders) if number is not None]
    if any(number > MOST for number in numbers) or (goal.amount or 0) > LIMIT:
        raise ActionRefused("too_large", channel=channel.pk)
    if numbers != sorted(numbers, reverse=True):
        raise ActionRefused("order", channel=channel.pk)
