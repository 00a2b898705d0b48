"""Whether what was reached and asked still stands as it was known at a moment: then what is stored answers for it too."""

from accounts.models import AuditEntry
from credits.models import Closing, Credit
from targets.models import PlanStep
from teams.models import UnitPlacement


def is_as_known(*, moment, before):
    """
    Return whether nothing was recorded after a moment that changes what was reached, or asked, in days before one.

    Everything done to targets stands in the audit trail; it is not looked at which plan it was done to.
    """
    since = (
        UnitPlacement.objects.filter(recorded_at__gt=moment),
        Closing.objects.filter(closed_at__gt=moment),
        PlanStep.objects.filter(made_at__gt=moment),
        AuditEntry.objects.filter(at__gt=moment, action__startswith="targets."),
        Credit.objects.filter(recorded_at__gt=moment, counts_on__lt=before),
    )
    return not any(rows.exists() for rows in since)
