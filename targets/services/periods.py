"""The company's own periods: quota periods with free dates, campaigns and their stages."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.locks import LockSpace, hold
from common.refusals import Refusal
from common.tenancy import require_company_id
from targets.models import Plan, QuotaPeriod, StagePlan

Kind = QuotaPeriod.Kind
#: A year and its stocktaking; a longer one is a mistyped year.
LONGEST_DAYS = 400


class PeriodRefused(Refusal):
    """A period that the company cannot have."""

    sentences = {
        "backwards": _("The last day must not lie before the first."),
        "too_long": _("A period has at most %(days)s days."),
        "overlaps": _("%(other)s has some of these days already."),
        "name_taken": _("There is another one with this name."),
        "no_campaign": _("A stage belongs to a campaign."),
        "outside_campaign": _("The campaign runs from %(first)s to %(last)s."),
        "stage_outside": _("The stage %(stage)s would lie outside."),
        "has_stages": _("Remove its stages first."),
        "has_targets": _("Targets were set for its days. They stay known, so it cannot be removed."),
        "is_asked": _("Its targets are published for exactly these days. Withdraw them first."),
    }


@transaction.atomic
def add_quota_period(*, name, kind, campaign=None, starts_on, ends_before, by) -> QuotaPeriod:
    """
    Add a period of the company's own.

    :param campaign: the campaign of a stage, nothing else has one.
    :raises PeriodRefused: nothing is written.
    """
    row = QuotaPeriod(name=name, kind=kind, campaign=campaign, starts_on=starts_on, ends_before=ends_before)
    if campaign is not None:
        _refuse_asked(row)
    _save(row)
    record("targets.period.added", about=row, by=by, after=_facts(row))
    return row


@transaction.atomic
def change_quota_period(*, quota_period, name, starts_on, ends_before, by) -> QuotaPeriod:
    """
    Give a period another name or other days; what it is and its campaign stay.

    :raises PeriodRefused: nothing is written.
    """
    row = QuotaPeriod.objects.select_for_update(of=("self",)).get(pk=quota_period.pk)
    before = _facts(row)
    if (row.starts_on, row.ends_before) != (starts_on, ends_before):
        _refuse_asked(row)
    row.name, row.starts_on, row.ends_before = name, starts_on, ends_before
    _save(row)
    record("targets.period.changed", about=row, by=by, before=before, after=_facts(row))
    return row


@transaction.atomic
def remove_quota_period(*, quota_period, by):
    """
    Remove a period; the days and their figures stay, only their name goes.

    :raises PeriodRefused: ``has_stages``, ``has_targets``.
    """
    hold(LockSpace.QUOTA_PERIODS, require_company_id())
    row = QuotaPeriod.objects.select_for_update(of=("self",)).get(pk=quota_period.pk)
    if row.stages.exists():
        raise PeriodRefused("has_stages")
    if row.targets.exists() or row.stage_plans.exists():
        raise PeriodRefused("has_targets")
    record("targets.period.removed", about=row, by=by, before=_facts(row))
    row.delete()


def _refuse_asked(row):
    """Refuse other days where people are asked for targets of these already."""
    hold(LockSpace.QUOTA_PERIODS, require_company_id())
    if StagePlan.objects.filter(own=row.campaign_id or row.pk, status=Plan.Status.PUBLISHED).exists():
        raise PeriodRefused("is_asked")


def _save(row):
    # Two people at once must not put a stage outside of a campaign that is being shortened.
    hold(LockSpace.QUOTA_PERIODS, require_company_id())
    _check(row)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise PeriodRefused("name_taken") from error


def _check(row):
    if row.starts_on >= row.ends_before:
        raise PeriodRefused("backwards")
    if row.period.days > LONGEST_DAYS:
        raise PeriodRefused("too_long", days=LONGEST_DAYS)
    others = QuotaPeriod.objects.filter(kind=row.kind).exclude(pk=row.pk)
    if other := others.filter(starts_on__lt=row.ends_before, ends_before__gt=row.starts_on).first():
        raise PeriodRefused("overlaps", other=other.name)
    if row.kind == Kind.STAGE:
        around = row.campaign
        if around is None or around.kind != Kind.CAMPAIGN:
            raise PeriodRefused("no_campaign")
        if row.starts_on < around.starts_on or row.ends_before > around.ends_before:
            raise PeriodRefused("outside_campaign", first=around.starts_on.isoformat(), last=around.last_day.isoformat())
    for stage in row.stages.all() if row.pk else ():
        if stage.starts_on < row.starts_on or stage.ends_before > row.ends_before:
            raise PeriodRefused("stage_outside", stage=stage.name)


def _facts(row):
    facts = {"name": row.name, "kind": row.kind, "starts_on": row.starts_on, "last_day": row.last_day}
    return facts | ({"campaign": row.campaign.name} if row.campaign_id else {})
