"""The team's rules ("hot stove"): what the records may set off, from when on it counts for whom, what may be done when."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

#: Overdue by so many days at a month's end, money has to have been asked for in that month.
CHASED_AFTER_DAYS = 30

#: What happened longer ago, in days, is not opened any more: what follows has to follow at once.
OPENED_WITHIN_DAYS = 60


class Effect(TextChoices):
    """What a rule is for."""

    PENALTY = "PENALTY", _("Consequence")
    REWARD = "REWARD", _("Reward")


class AppliesTo(TextChoices):
    """For whom a rule holds."""

    REPS = "REPS", _("All reps")
    EVERYBODY = "ALL", _("Everybody")


class Trigger(TextChoices):
    """What in a month's records proposes a case."""

    IDLE_DAYS = "IDLE_DAYS", _("Working days without a valid visit")
    LATE_TASKS = "LATE_TASKS", _("Tasks that were not done in time")
    UNCHASED = "UNCHASED", _("Overdue deals whose customer was not visited for collection")
    VISITS = "VISITS", _("Valid visits")


#: What only a reward goes by: more of it is better.
REWARDED = frozenset({Trigger.VISITS})


class CaseStatus(TextChoices):
    """Where a case stands."""

    PROPOSED = "PROPOSED", _("To be decided")
    LAPSED = "LAPSED", _("Lapsed")  # the records say otherwise now
    DROPPED = "DROPPED", _("Dropped")
    CONFIRMED = "CONFIRMED", _("Confirmed")
    APPEALED = "APPEALED", _("Under appeal")
    UPHELD = "UPHELD", _("Upheld")
    LIFTED = "LIFTED", _("Lifted")


#: With these a case has its effect once it is final.
EFFECTIVE = (CaseStatus.CONFIRMED, CaseStatus.UPHELD)
#: With these nothing came of it.
WITHOUT_EFFECT = (CaseStatus.LAPSED, CaseStatus.DROPPED, CaseStatus.LIFTED)


def counts_from(month, *, holds_from, acknowledged_on):
    """
    Return the first day of a month on which a rule counts for somebody; None if it does not in that month.

    Only what happens after the person knew it: from the day after they acknowledged it, and not before it holds.
    """
    if acknowledged_on is None:
        return None
    first = max(month.starts_on, holds_from, acknowledged_on + timedelta(days=1))
    return first if first < month.ends_before else None


def knew(*, on, holds_from, acknowledged_on):
    """Return whether somebody was bound by a rule on a day: it held, and they had read it the day before or earlier."""
    return acknowledged_on is not None and max(holds_from, acknowledged_on + timedelta(days=1)) <= on


def final_day(*, effect, decided_on, appeal_until):
    """Return from which day on a confirmed case that nobody appeals against has its effect: a reward at once."""
    return decided_on if effect == Effect.REWARD else appeal_until + timedelta(days=1)
