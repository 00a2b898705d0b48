"""The action plan behind a target: how it is to be reached, through which channels, by which tasks."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from customers.models import Channel
from targets.models.plans import ABOUT_ONE, Plan
from teams.models import Person, Task, Unit


class ActionPlan(CompanyModel):
    """How a unit or person means to reach its target of a plan, in the year or in one quarter."""

    plan = CompanyForeignKey(Plan, related_name="action_plans")
    unit = CompanyForeignKey(Unit, null=True, related_name="+")
    person = CompanyForeignKey(Person, null=True, related_name="action_plans")
    # The first day of the quarter; empty for the whole year.
    quarter = models.DateField(null=True)
    prospects = models.TextField(_("prospects and campaigns"), blank=True, max_length=2000)
    resources = models.TextField(_("resources"), blank=True, max_length=2000)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("action plan")
        verbose_name_plural = _("action plans")
        constraints = [
            UniqueConstraint(
                fields=["company", "plan", "unit", "person", "quarter"], nulls_distinct=False, name="one_action_plan_per_target"
            ),
            CheckConstraint(condition=ABOUT_ONE, name="action_plan_is_about_a_unit_or_a_person"),
        ]

    def __str__(self):
        return f"{self.person or self.unit} · {self.plan}"


class ChannelGoal(CompanyModel):
    """What one channel must bring: invitations become visits, visits become orders, orders bring the amount."""

    action_plan = CompanyForeignKey(ActionPlan, related_name="goals")
    channel = CompanyForeignKey(Channel, related_name="+")
    invitations = models.PositiveIntegerField(_("invitations"), null=True)
    visits = models.PositiveIntegerField(_("visits"), null=True)
    orders = models.PositiveIntegerField(_("orders"), null=True)
    # In minor units of the plan's metric.
    amount = models.BigIntegerField(_("amount"), null=True)

    class Meta:
        verbose_name = _("what a channel must bring")
        verbose_name_plural = _("what channels must bring")
        constraints = [
            UniqueConstraint(fields=["company", "action_plan", "channel"], name="one_goal_per_channel"),
            CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="channel_goal_is_not_negative"),
        ]

    def __str__(self):
        return f"{self.channel} · {self.action_plan}"


class ActionTask(CompanyModel):
    """A task that serves an action plan."""

    action_plan = CompanyForeignKey(ActionPlan, related_name="action_tasks")
    task = CompanyForeignKey(Task, related_name="action_plans")

    class Meta:
        verbose_name = _("task of an action plan")
        verbose_name_plural = _("tasks of an action plan")
        constraints = [UniqueConstraint(fields=["company", "task"], name="task_serves_one_action_plan")]

    def __str__(self):
        return f"{self.task} · {self.action_plan}"
