"""Background work of the organisation."""

from datetime import time

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jobs.registry import job
from jobs.rules import Daily
from teams import services


@job(
    "teams.align",
    title=_("Roles, moves and leavers of the day"),
    about=_(
        "Gives who was promoted today the new role, hangs units where they were planned to be, and keeps out who has left."
    ),
    schedule=Daily(at=time(0, 5)),
)
def align(*, job, progress, **_newer):
    """Let the tree and the sign-ins follow the organisation as it is on this local day."""
    today = timezone.localdate()
    moved = services.carry_out_moves(today=today)
    return {"units": moved, "memberships": services.align_memberships(on=today, by=None)}
