"""Talking about targets: what was asked of a person as frozen numbers, what each side said, and the signed pledge."""

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from targets.models.plans import Plan
from teams.models import Person, Unit

#: A round that is over: taken back, or followed by another one.
OVER = ("WITHDRAWN", "REPLACED")


class RoundQuerySet(CompanyQuerySet):
    def live(self):
        """Rounds that stand: neither taken back nor followed by another."""
        return self.exclude(status__in=OVER)


class NegotiationRound(CompanyModel):
    """
    One person is asked for their year of a plan, in the numbers as they were then.

    The numbers never change: whatever is agreed about other numbers is a round of its own. Whether the plan still asks for
    them is found by comparing (`targets.queries.negotiation`).
    """

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("Waiting for an answer")
        ACCEPTED = "ACCEPTED", _("Accepted")
        COUNTERED = "COUNTERED", _("Countered")
        HELD = "HELD", _("Held to")
        WITHDRAWN = "WITHDRAWN", _("Taken back")
        REPLACED = "REPLACED", _("Followed by another")

    plan = CompanyForeignKey(Plan, related_name="rounds")
    person = CompanyForeignKey(Person, related_name="target_rounds")
    # The unit in whose split most of it stands; whoever leads it, or a unit above, answers.
    unit = CompanyForeignKey(Unit, related_name="+")
    number = models.PositiveSmallIntegerField(_("round"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PROPOSED)
    # Key of the row → twelve [floor, commit, stretch], in minor units.
    figures = models.JSONField()
    # The year's sum of the figures.
    floor = models.BigIntegerField(_("floor"))
    commit = models.BigIntegerField(_("commit"))
    stretch = models.BigIntegerField(_("stretch"))
    # What was known then: last year, growth, and the range among peers of the same stage.
    basis = models.JSONField(default=dict)
    # What the person offers instead: the year, and the quarters where they said so.
    offered = models.BigIntegerField(_("offered"), null=True)
    offered_quarters = models.JSONField(null=True)
    answer_by = models.DateField(_("answer by"))
    note = models.TextField(_("note"), blank=True, max_length=1000)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    proposed_at = models.DateTimeField(_("proposed at"))

    objects = CompanyManager.from_queryset(RoundQuerySet)()

    class Meta:
        verbose_name = _("round of talks")
        verbose_name_plural = _("rounds of talks")
        ordering = ["plan", "person", "-number"]
        indexes = [models.Index(fields=["company", "person", "status"], name="round_by_person")]
        constraints = [
            UniqueConstraint(fields=["company", "plan", "person", "number"], name="one_round_per_number"),
            UniqueConstraint(fields=["company", "plan", "person"], condition=~Q(status__in=OVER), name="one_live_round"),
            CheckConstraint(
                condition=(Q(status="COUNTERED") & Q(offered__isnull=False)) | ~Q(status="COUNTERED"),
                name="counter_names_an_amount",
            ),
        ]

    def __str__(self):
        return f"{self.person} · {self.plan} · {self.number}"


class NegotiationMove(CompanyModel):
    """One thing that was said or done in a round, by whom and when. Never changed."""

    append_only = True

    class Kind(models.TextChoices):
        PROPOSE = "PROPOSE", _("Proposal made")
        ACCEPT = "ACCEPT", _("Accepted and signed")
        COUNTER = "COUNTER", _("Countered")
        ADOPT = "ADOPT", _("Counter adopted")
        OFFER = "OFFER", _("Another amount offered")
        HOLD = "HOLD", _("Held to the proposal")
        WITHDRAW = "WITHDRAW", _("Taken back")
        DEADLINE = "DEADLINE", _("Deadline changed")
        REMIND = "REMIND", _("Reminded")
        OVERDUE = "OVERDUE", _("Deadline passed without an answer")
        NUDGE = "NUDGE", _("Reminded of the answer to the counter-proposal")
        SEEN = "SEEN", _("Took note of the changed target")

    round = CompanyForeignKey(NegotiationRound, related_name="moves")
    kind = models.CharField(_("what was done"), max_length=10, choices=Kind)
    text = models.TextField(_("reason"), blank=True, max_length=1000)
    amount = models.BigIntegerField(_("amount"), null=True)
    # The day it is about: the deadline that was set or passed, the day of a reminder.
    day = models.DateField(_("day"), null=True)
    client_ref = models.UUIDField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("move in a round")
        verbose_name_plural = _("moves in a round")
        ordering = ["-pk"]
        constraints = [
            UniqueConstraint(fields=["company", "client_ref", "round"], name="one_move_per_client_ref"),
            UniqueConstraint(
                fields=["company", "round", "kind", "day"],
                condition=Q(kind__in=["OVERDUE", "REMIND", "NUDGE"]),
                name="one_reminder_a_day",
            ),
        ]

    def __str__(self):
        return f"{self.round} · {self.get_kind_display()}"


class Pledge(CompanyModel):
    """What a person signed: the words with the numbers, under their typed name. Never changed; it covers these numbers only."""

    append_only = True

    round = CompanyForeignKey(NegotiationRound, related_name="pledges")
    person = CompanyForeignKey(Person, related_name="pledges")
    signed_name = models.CharField(_("signed as"), max_length=80)
    wording = models.TextField(_("wording"))
    # The months as they were signed: twelve [floor, commit, stretch], in minor units.
    months = models.JSONField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"))

    class Meta:
        verbose_name = _("pledge")
        verbose_name_plural = _("pledges")
        ordering = ["-pk"]
        constraints = [UniqueConstraint(fields=["company", "round"], name="one_pledge_per_round")]

    def __str__(self):
        return f"{self.signed_name} · {self.round.plan}"
