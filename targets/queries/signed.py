"""What became of signed numbers: adjustments of a published plan that changed what somebody had pledged, and who took note."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from targets.models import Adjustment, NegotiationMove, NegotiationRound, Plan, Pledge


@dataclass(frozen=True)
class SignedChange:
    """
    One adjustment in force that changed what somebody had signed.

    :ivar was, becomes: the commit target of their year before and after it, in minor units.
    :ivar noted_at: when the person took note of it; None while they have not.
    """

    adjustment: Adjustment
    was: int
    becomes: int
    noted_at: datetime | None


def changes_since_signing(rounds):
    """
    Return round id → the changes of what was signed in it, in the order of time; rounds without any are missing.

    Three statements whatever their number; one where nothing was signed.
    """
    by_round = {found.pk: found for found in rounds if found.status == NegotiationRound.Status.ACCEPTED}
    signed = dict(Pledge.objects.filter(round__in=by_round).values_list("round_id", "signed_at")) if by_round else {}
    if not signed:
        return {}
    adjustments = Adjustment.objects.filter(
        plan__in={by_round[pk].plan_id for pk in signed},
        status=Adjustment.Status.APPLIED,
        decided_at__gt=min(signed.values()),
    )
    adjustments = list(
        adjustments.select_related("step", "made_by", "decided_by").defer("before", "after").order_by("decided_at", "pk")
    )
    if not adjustments:
        return {}
    notes = NegotiationMove.objects.filter(round__in=signed, kind=NegotiationMove.Kind.SEEN).order_by().values_list("round_id")
    noted = dict(notes.annotate(Max("made_at")))
    found = defaultdict(list)
    for pk, signed_at in signed.items():
        amount, mine = by_round[pk].commit, f"p{by_round[pk].person_id}-"
        for adjustment in adjustments:
            if adjustment.plan_id != by_round[pk].plan_id or adjustment.decided_at <= signed_at:
                continue
            by = _difference(adjustment.step, mine)
            if by is None:
                continue
            at = noted.get(pk)
            noted_at = at if at and at >= adjustment.decided_at else None
            found[pk].append(SignedChange(adjustment, amount, amount + by, noted_at))
            amount += by
    return dict(found)


def _difference(step, mine):
    """Return by how much a step changes somebody's year; None if it leaves their rows alone. Their keys begin with ``mine``."""
    keys = [key for key in step.after if key.startswith(mine)]
    if not any(old[:3] != new[:3] for key in keys for old, new in zip(step.before[key], step.after[key], strict=True)):
        return None
    return sum(cell[1] for key in keys for cell in step.after[key]) - sum(cell[1] for key in keys for cell in step.before[key])


def changes_not_noted(rounds):
    """Return the same of those that the person has not taken note of yet, in plans that count."""
    of_published = [found for found in rounds if found.plan.status == Plan.Status.PUBLISHED]
    changes = {pk: [each for each in own if each.noted_at is None] for pk, own in changes_since_signing(of_published).items()}
    return {pk: own for pk, own in changes.items() if own}
