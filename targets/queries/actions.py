"""Action plans beside what was done: what each channel must bring, what it has brought, and the tasks."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from credits.models import Credit
from credits.rules import Measure
from customers.models import Channel
from targets import rules
from targets.models import ActionPlan, ActionTask, ChannelGoal, Target
from teams.models import Task
from teams.queries import subtree_ids


@dataclass(frozen=True)
class ChannelLine:
    """One channel: what it must bring and what it has brought, amounts in minor units; None where nothing was said."""

    channel: Channel
    invitations: int | None
    visits: int | None
    orders: int | None
    amount: int | None
    visits_done: int
    orders_done: int
    amount_done: int

    @property
    def is_planned(self):
        return any(number is not None for number in (self.invitations, self.visits, self.orders, self.amount))

    @property
    def visit_share(self) -> Decimal | None:
        """How many of the invited are to come, in percent."""
        return rules.percent_of(self.visits or 0, self.invitations or None)

    @property
    def order_share(self) -> Decimal | None:
        """How many of the visits are to become orders, in percent."""
        return rules.percent_of(self.orders or 0, self.visits or None)

    @property
    def visits_percent(self):
        return rules.percent_of(self.visits_done, self.visits or None)

    @property
    def orders_percent(self):
        return rules.percent_of(self.orders_done, self.orders or None)

    @property
    def percent(self):
        return rules.percent_of(self.amount_done, self.amount or None)


def find_action_plan(*, plan, unit=None, person=None, quarter=None):
    """Return the action plan of a target, or None."""
    return ActionPlan.objects.filter(plan=plan, unit=unit, person=person, quarter=quarter).first()


def target_of(*, plan, unit=None, person=None, period) -> int:
    """Return the commit target of a unit or person in a span of the plan, in minor units."""
    rows = Target.objects.filter(plan=plan, month__gte=period.starts_on, month__lt=period.ends_before)
    rows = rows.filter(unit=unit) if person is None else rows.filter(person=person)
    return rows.aggregate(sum=Sum("commit"))["sum"] or 0


def channel_lines(found, *, plan, unit=None, person=None, period):
    """Return a line for every channel of the company that is planned or has brought something, in the company's order."""
    goals = {goal.channel_id: goal for goal in ChannelGoal.objects.filter(action_plan=found)} if found else {}
    done = _done_by_channel(plan=plan, unit=unit, person=person, period=period)
    lines = []
    for channel in Channel.objects.order_by("position", "name"):
        goal = goals.get(channel.pk)
        lines.append(
            ChannelLine(
                channel=channel,
                invitations=goal and goal.invitations,
                visits=goal and goal.visits,
                orders=goal and goal.orders,
                amount=goal and goal.amount,
                visits_done=done.get((channel.pk, Measure.VISITS), 0),
                orders_done=done.get((channel.pk, Measure.DEALS_WON), 0),
                amount_done=done.get((channel.pk, plan.metric.numerator), 0),
            )
        )
    return lines


def _done_by_channel(*, plan, unit, person, period):
    """Return (channel, measure) → what was credited in a span; to a person with overlay, to a unit without."""
    measures = {plan.metric.numerator, Measure.VISITS, Measure.DEALS_WON}
    credits = Credit.objects.counting_in(period).filter(measure__in=measures, channel__isnull=False)
    credits = (
        credits.filter(person=person) if unit is None else credits.filter(unit__in=subtree_ids([unit.pk]), is_overlay=False)
    )
    rows = credits.order_by().values_list("channel_id", "measure").annotate(sum=Sum("amount"))
    return {(channel_id, measure): amount for channel_id, measure, amount in rows}


def tasks_of(found):
    """Return the tasks that serve an action plan, open ones first."""
    if found is None:
        return []
    tasks = Task.objects.filter(action_plans__action_plan=found).select_related("owner")
    return sorted(tasks, key=lambda task: (task.status != Task.Status.OPEN, task.due_on, task.pk))


@dataclass(frozen=True)
class Below:
    """A unit or person below another one, and how far its action plan of the same span goes."""

    key: str
    name: str
    target: int
    planned: int | None
    tasks: int
    tasks_done: int

    @property
    def covered(self) -> Decimal | None:
        return None if self.planned is None else rules.percent_of(self.planned, self.target or None)


def below(sheet, node, *, positions, quarter):
    """
    Return what is directly below a unit of a plan, with the action plans of a span; two statements.

    :param positions: the months of the span, 0–11.
    """
    plans = {
        (found.unit_id, found.person_id): found
        for found in ActionPlan.objects.filter(plan=sheet.plan, quarter=quarter).annotate(planned=Sum("goals__amount"))
    }
    counts = ActionTask.objects.filter(action_plan__in=plans.values()).order_by().values_list("action_plan_id")
    done = Count("pk", filter=Q(task__status=Task.Status.DONE))
    tasks = {pk: (number, ready) for pk, number, ready in counts.annotate(number=Count("pk"), ready=done)}
    rows = []
    for child in sheet.children_of(node.key):
        target = sum(sheet.sheet.of(child.key)[i].commit for i in positions)
        found = plans.get((None, child.person_id) if child.is_person else (child.unit_id, None))
        number, ready = tasks.get(found.pk, (0, 0)) if found else (0, 0)
        if target or found:
            key = f"p{child.person_id}" if child.is_person else child.key
            rows.append(Below(key, child.name, target, found and (found.planned or 0), number, ready))
    return rows
