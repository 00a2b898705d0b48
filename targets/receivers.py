"""What happens below is followed by figures, soon after its transaction."""

from dataclasses import dataclass

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from accounts.signals import company_created, company_settings_changed
from common.tenancy import company_scope, require_company_id
from credits.rollups import has_dirty_days, hold_company_if_free
from credits.signals import credits_posted, period_closed
from jobs import services as jobs
from targets import rollups
from targets.services.closings import settle_targets
from targets.services.metrics import add_builtin_metrics
from teams.signals import units_changed

#: Jobs that post ahead what they then roll up. If one dies in between, the sweeper finds the marks.
_FOLLOW_THEMSELVES = {"targets.rollup", "targets.recount"}


@dataclass(frozen=True)
class _Ask:
    """Ask for a job once the transaction is through; the marks it leaves behind are what counts, this only rings."""

    kind: str
    company_id: int

    def __call__(self):
        with company_scope(self.company_id):
            # Whoever posted may have rolled up as well.
            if self.kind != "targets.refresh" or has_dirty_days():
                jobs.enqueue(self.kind, key="changed", by=None)

    def once(self):
        # After commit, not within: the job's unique key would let everybody wait for whoever asked first.
        if not any(asked == self for _savepoints, asked, *_robust in transaction.get_connection().run_on_commit):
            transaction.on_commit(self, robust=True)


@receiver(credits_posted)
def refresh_soon(**_):
    if jobs.kind_being_done() in _FOLLOW_THEMSELVES:
        return
    _Ask("targets.refresh", require_company_id()).once()


@receiver(period_closed)
def finish_figures(*, closing, **_):
    """
    Whatever still waits – a mark, a unit that moved, a plan just published – may touch the period: its figures are final now.

    While a roll-up is under way they follow it instead, as nobody's work should wait for the end of that. They come out the
    same: what is closed follows nothing that happens later.
    """
    settle_targets(closing=closing)
    if hold_company_if_free():
        rollups.refresh_everything(today=timezone.localdate())
    else:
        _Ask("targets.rollup", require_company_id()).once()


@receiver(units_changed)
def roll_up_soon(**_):
    """A unit may hang elsewhere since long ago."""
    _Ask("targets.rollup", require_company_id()).once()


@receiver(company_settings_changed)
def roll_up_other_years(*, company, changed, **_):
    """Quarters and years begin elsewhere with another fiscal year."""
    if "fiscal_year_starts_in" in changed:
        _Ask("targets.rollup", company.pk).once()


@receiver(company_settings_changed)
def count_other_days(*, company, changed, **_):
    """Days worked, and what was done in time, are others by another calendar or clock: too many to be posted at once."""
    if {"working_weekdays", "country", "time_zone"} & set(changed):
        _Ask("targets.recount", company.pk).once()


@receiver(company_created)
def give_metrics(*, company, **_):
    with company_scope(company):
        add_builtin_metrics()
