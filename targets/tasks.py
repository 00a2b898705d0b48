"""Background work of this floor."""

from django.utils.translation import gettext_lazy as _

from jobs.registry import job
from targets import rollups


@job("targets.rollup", title=_("Nightly roll-up"), queue="rollup")
def roll_up(*, job, progress, **_newer):
    """Refresh totals and attainment of everything."""
    return rollups.refresh_everything(progress=progress)


@job("targets.refresh", title=_("Refresh of what changed"), queue="interactive")
def refresh(*, job, progress, **_newer):
    """Refresh the days that were marked."""
    return rollups.refresh_dirty(progress=progress)
