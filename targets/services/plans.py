"""A plan's life: begun, published, withdrawn; and the lock under which everything about it changes."""

from django.db import IntegrityError, transaction
from django.db.models import Avg, Sum
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.money import LIMIT, from_minor
from common.periods import format_code
from common.refusals import Refusal
from credits.services import hold_closing_off
from jobs import services as jobs
from targets.models import Plan, Target
from targets.queries.negotiation import not_accepted
from targets.queries.parts import divided
from targets.queries.plans import plan_by_key, sheet_of


class PlanRefused(Refusal):
    """A change that a plan cannot take."""

    sentences = {
        "exists": _("There is a plan for this metric and year already."),
        "ratio": _("This target does not add up, so it is not split: set it row by row."),
        "adds_up": _("This target adds up: it is split in its grid."),
        "buffer": _("What is planned over lies between 0 and 100 %."),
        "rounding": _("The rounding unit must be more than zero."),
        "tiers": _("The floor is 0 to 100 % and the stretch 100 to 999 % of the commit target."),
        "published": _("This plan is published. Adjust it, or withdraw it first to change its targets."),
        "not_published": _("This plan is not published."),
        "changed": _("Somebody else has changed these targets meanwhile. Look at them as they are now, then try again."),
        "empty": _("This plan asks for nothing yet. Set the year first."),
        "no_organisation": _("There is no organisation yet to split targets among."),
        "no_reason": _("Say why, so that everybody understands it later."),
        "not_in_plan": _("This row does not belong to the plan any more."),
        "nothing_to_undo": _("There is no step of yours to undo."),
        "too_large": _("The amount is too large."),
        "not_there": _("%(node)s is not in the team in %(month)s."),
        "not_accepted": _("%(people)s people have not accepted their targets yet; the company wants everybody to."),
        "parts_differ": _("The months of %(node)s do not add up to this in %(month)s."),
        "locked": _("%(node)s is locked in %(month)s. Unlock it first."),
        "month_closed": _("%(month)s is closed: its targets stay as they are. Change only the months after it."),
    }


class DoesNotAddUp(Exception):
    """
    The children of some unit do not add up to it.

    :ivar gaps: every such month and tier, as ``rules.Gap``.
    """

    def __init__(self, sheet, gaps):
        super().__init__(f"{len(gaps)} cells do not add up")
        self.sheet, self.gaps = sheet, gaps


class PartsDoNotAddUp(Exception):
    """The product lines or channels of some row do not add up to it, or what is below it not to one of them."""


@transaction.atomic
def start_plan(*, metric, year, rounding_unit, floor_percent=85, stretch_percent=120, by):
    """
    Begin a fiscal year's plan for a metric; it asks for nothing yet.

    :param year: the Period of the fiscal year.
    :param rounding_unit: minor units that every split rounds to; what does not add up is not split and not rounded.
    :raises PlanRefused: ``exists``, ``rounding``, ``tiers``.
    """
    if not metric.adds_up:
        rounding_unit = 1
    if not 1 <= rounding_unit <= LIMIT:
        raise PlanRefused("rounding")
    if not 0 <= floor_percent <= 100 <= stretch_percent < 1000:
        raise PlanRefused("tiers")
    try:
        with transaction.atomic():
            plan = Plan.objects.create(
                metric=metric,
                year_starts_on=year.starts_on,
                name=f"{format_code(year, year.starts_on.month)} {metric.name}",
                rounding_unit=rounding_unit,
                floor_percent=floor_percent,
                stretch_percent=stretch_percent,
                created_by=by,
            )
    except IntegrityError:
        raise PlanRefused("exists") from None
    record("targets.plan.started", about=plan, by=by, after={"rounding_unit": str(from_minor(rounding_unit, metric.scale))})
    return plan


@transaction.atomic
def publish(*, plan, seen_version=None, now, by):
    """
    Make a plan's targets count, if every unit's children add up to it in every month and tier.

    :param seen_version: the version that was on the screen of who publishes.
    :param now: the instant of publication.
    :raises DoesNotAddUp: with everything that does not.
    :raises PlanRefused: ``published``, ``empty``, ``changed``, ``not_accepted`` if the company wants everybody to accept.
    :raises PartsDoNotAddUp: if it is divided into product lines or channels, and not exactly.
    """
    plan = locked(plan)
    if seen_version is not None and seen_version != plan.version:
        raise PlanRefused("changed")
    sheet = sheet_of(plan, company=plan.company)
    if sheet.root is None:
        raise PlanRefused("no_organisation")
    if not sheet.sheet.year_of(sheet.root.key).stretch:
        raise PlanRefused("empty")
    if plan.metric.adds_up and (gaps := sheet.sheet.gaps(sheet.root.key)):
        raise DoesNotAddUp(sheet, gaps)
    if divided(sheet).gaps():
        raise PartsDoNotAddUp
    if plan.company.targets_need_acceptance and (left := not_accepted(sheet, on=now.date())):
        raise PlanRefused("not_accepted", people=len(left))
    plan.status, plan.published_at, plan.published_by = Plan.Status.PUBLISHED, now, by
    plan.first_published_at = plan.first_published_at or now
    plan.version += 1
    plan.save(update_fields=["status", "published_at", "published_by", "first_published_at", "version"])
    record("targets.plan.published", about=plan, by=by, after=sums_of(plan))
    refresh_attainment(by=by)
    return plan


@transaction.atomic
def withdraw(*, plan, reason, by):
    """
    Make a published plan a draft again; its targets stop counting until it is published anew.

    :raises PlanRefused: ``not_published``, ``no_reason``.
    """
    reason = reason.strip()
    if not reason:
        raise PlanRefused("no_reason")
    plan = Plan.objects.select_for_update(of=("self",)).get(pk=plan.pk)
    if plan.status != Plan.Status.PUBLISHED:
        raise PlanRefused("not_published")
    before = sums_of(plan)
    plan.status, plan.published_at, plan.published_by = Plan.Status.DRAFT, None, None
    plan.version += 1
    plan.save(update_fields=["status", "published_at", "published_by", "version"])
    record("targets.plan.withdrawn", about=plan, by=by, before=before, after={"reason": reason})
    refresh_attainment(by=by)
    return plan


def locked(plan, *, status=Plan.Status.DRAFT):
    """
    Return the plan under a lock that holds until the transaction ends; every change of its targets waits here.

    :param status: what it has to be; None for any.
    :raises PlanRefused: ``published``, ``not_published``.
    """
    # Nobody closes a month between the look at it and the change.
    hold_closing_off()
    # What is beside it is as whoever asks has it: only the plan's own row is read anew.
    metric, company, plan = plan.metric, plan.company, plan_by_key(plan.pk, is_held=True)
    plan.metric, plan.company = metric, company
    if status is not None and plan.status != status:
        raise PlanRefused("published" if status == Plan.Status.DRAFT else "not_published")
    return plan


def sums_of(plan):
    """Return the company's year in three tiers, as the audit trail keeps it; of what does not add up the mean of its months."""
    root = Target.objects.filter(plan=plan, unit__parent=None, unit__isnull=False)
    over_months = Sum if plan.metric.adds_up else Avg
    sums = root.aggregate(floor=over_months("floor"), commit=over_months("commit"), stretch=over_months("stretch"))
    sums = {tier: amount if amount is None else round(amount) for tier, amount in sums.items()}
    return {tier: str(from_minor(amount, plan.metric.scale)) for tier, amount in sums.items() if amount is not None}


def refresh_attainment(*, by):
    """Ask for the roll-up that takes the published targets to every figure."""
    jobs.enqueue("targets.rollup", key="plans", by=by)
