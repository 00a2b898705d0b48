"""Changing a published plan in mid-period: asked for with a reason, approved by the next level up, then a step of the plan."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.rules import Approval
from accounts.services import record
from common.period_names import name_of
from common.periods import month_of
from common.refusals import Refusal
from credits.queries.closings import closed_before
from targets import rules
from targets.models import Adjustment, Plan, PlanPart, PlanStep
from targets.queries.adjusting import is_another_publisher, level_of
from targets.queries.plans import sheet_of, unit_key
from targets.rules.parts import PartsRefused
from targets.services.campaign_adjustments import NoLongerFits, campaign_images, put_campaigns_in_force
from targets.services.parts import fit_parts
from targets.services.plans import PlanRefused, locked, refresh_attainment
from targets.services.steps import image_of, images_of, take_step


class AdjustmentRefused(Refusal):
    """An adjustment that cannot be asked for or decided on."""

    sentences = {
        "nothing": _("Nothing would change. Type another amount, or choose another day."),
        "not_published": _("Only a published plan is adjusted. A draft is simply changed."),
        "rates": _("Targets of rates and levels do not add up, so they are not adjusted: withdraw the plan and set them anew."),
        "month_closed": _("%(month)s is closed: its targets stay as they are. Let the change hold from a later day."),
        "day_outside": _("Choose a day in the plan's year."),
        "no_reason": _("Say why, so that everybody understands it later."),
        "decided": _("This adjustment has been decided on already."),
        "own": _("Somebody else has to approve what you have asked for yourself."),
        "changed": _("These targets have changed meanwhile. Look at what the adjustment would do now, then decide."),
        "no_longer_fits": _("The targets have changed so that this adjustment does not fit any more. Ask for it anew."),
    }


@transaction.atomic
def request_adjustment(
    *,
    plan,
    proposed,
    kind=Adjustment.Kind.CHANGE,
    balance,
    from_on,
    reason,
    about,
    subject="",
    seen=None,
    client_ref=None,
    now,
    today,
    by,
):
    """
    Ask for other targets in a published plan; return the adjustment, which waits for the next level up.

    It holds at once where the company wants no approval, and for the company's own level where there is no second person.

    :param proposed: `Proposed` rows, made from the plan as it is now.
    :param about: who or what it is about, in words; `subject` is the key of that row.
    :param seen: the stamp of the root that was on the screen.
    :param client_ref: a uuid made by the form; a form that is sent twice asks once.
    :raises AdjustmentRefused, PlanRefused:
    """
    plan = opened(plan)
    if client_ref and (there := Adjustment.objects.filter(client_ref=client_ref).first()):
        return there
    if not plan.metric.adds_up:
        raise AdjustmentRefused("rates")
    if not (reason := reason.strip()):
        raise AdjustmentRefused("no_reason")
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    if seen is not None and seen != sheet.stamp(sheet.root.key):
        raise PlanRefused("changed")
    before = {key: image_of(sheet, key) for key in proposed.changes}
    after = images_of(proposed.changes, by_hand=_by_hand(sheet, before, proposed), locked=sheet.sheet.locked)
    stages = campaign_images(proposed.stages, table=sheet)
    if not _changes_anything(before, after, stages):
        raise AdjustmentRefused("nothing")
    _refuse_closed(sheet, before, after)
    inside, level_id = level_of(sheet, proposed.keys)
    if plan.company.adjustment_approval == Approval.COMPANY:
        level_id = None
    try:
        with transaction.atomic():
            adjustment = Adjustment.objects.create(
                plan=plan,
                unit_id=inside.unit_id,
                level_id=level_id,
                kind=kind,
                balance=balance,
                from_on=from_on,
                reason=reason[:300],
                about=about[:200],
                subject=subject,
                before=before,
                after=after,
                stages=stages,
                client_ref=client_ref,
                made_by=by,
            )
    except IntegrityError:
        return Adjustment.objects.get(client_ref=client_ref)
    record("targets.adjustment.requested", about=adjustment, by=by, after={"reason": reason, "from_on": from_on})
    if plan.company.adjustment_approval == Approval.NOBODY or _is_alone(adjustment, today=today, by=by):
        _put_in_force(adjustment, sheet, answer="", now=now, by=by)
    return adjustment


@transaction.atomic
def approve(*, adjustment, answer="", seen=None, now, today, by):
    """
    Let an adjustment hold: the targets change by the difference that was asked for, in one step of the plan.

    :param seen: the stamp of the root that was on the screen.
    :raises AdjustmentRefused: ``decided``, ``own``, ``changed``, ``month_closed``, ``no_longer_fits``, ``not_published``.
    """
    plan = opened(adjustment.plan)
    adjustment = _waiting(adjustment)
    if adjustment.made_by_id == by.pk and not _is_alone(adjustment, today=today, by=by):
        raise AdjustmentRefused("own")
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    if seen is not None and seen != sheet.stamp(sheet.root.key):
        raise AdjustmentRefused("changed")
    return _put_in_force(adjustment, sheet, answer=answer, now=now, by=by)


@transaction.atomic
def decline(*, adjustment, answer, now, by):
    """
    Refuse an adjustment, with the reason; nothing changes.

    :raises AdjustmentRefused: ``decided``, ``no_reason``, ``own``.
    """
    if not (answer := answer.strip()):
        raise AdjustmentRefused("no_reason")
    adjustment = _waiting(adjustment)
    if adjustment.made_by_id == by.pk:
        raise AdjustmentRefused("own")
    return _decide(adjustment, Adjustment.Status.DECLINED, "declined", answer=answer, now=now, by=by)


@transaction.atomic
def take_back(*, adjustment, now, by):
    """
    Withdraw what one has asked for, while nobody has decided on it.

    :raises AdjustmentRefused: ``decided``.
    """
    return _decide(_waiting(adjustment), Adjustment.Status.WITHDRAWN, "withdrawn", answer="", now=now, by=by)


def opened(plan):
    """
    Return a published plan under its lock.

    :raises AdjustmentRefused: ``not_published``.
    """
    try:
        return locked(plan, status=Plan.Status.PUBLISHED)
    except PlanRefused:
        raise AdjustmentRefused("not_published") from None


def changes_now(adjustment, sheet):
    """
    Return what an adjustment makes of a plan's rows as they are now: key → twelve ``rules.Tiers``.

    :raises AdjustmentRefused: ``no_longer_fits``.
    """
    changes = {}
    for key, after in adjustment.after.items():
        if key not in sheet.nodes:
            raise AdjustmentRefused("no_longer_fits")
        try:
            changes[key] = tuple(
                rules.Tiers(*(own + new - old for own, new, old in zip(cell, became[:3], was[:3], strict=True)))
                for cell, was, became in zip(_plain(sheet, key), adjustment.before[key], after, strict=True)
            )
        except rules.BadTiers:
            raise AdjustmentRefused("no_longer_fits") from None
    return changes


def _plain(sheet, key):
    return [(cell.floor, cell.commit, cell.stretch) for cell in sheet.sheet.of(key)]


def _waiting(adjustment):
    adjustment = Adjustment.objects.select_for_update(of=("self",)).select_related("plan").get(pk=adjustment.pk)
    if not adjustment.is_waiting:
        raise AdjustmentRefused("decided")
    return adjustment


def _put_in_force(adjustment, sheet, *, answer, now, by):
    changes = changes_now(adjustment, sheet)
    kept = {
        key: sheet.by_hand.get(key, frozenset()) | rules.marked(image, rules.BY_HAND) for key, image in adjustment.after.items()
    }
    _refuse_closed(
        sheet, {key: image_of(sheet, key) for key in changes}, images_of(changes, by_hand=kept, locked=sheet.sheet.locked)
    )
    inputs = {
        "adjustment": adjustment.pk,
        "kind": adjustment.kind,
        "about": adjustment.about,
        "from": adjustment.from_on.isoformat(),
        "reason": adjustment.reason,
        "asked_by": str(adjustment.made_by or ""),
    }
    node = sheet.nodes[unit_key(adjustment.unit_id)]
    adjustment.step = take_step(sheet, node, PlanStep.Verb.ADJUST, changes, by_hand=kept, inputs=inputs, by=by)
    try:
        put_campaigns_in_force(adjustment, table=sheet, inputs=inputs, by=by)
    except NoLongerFits:
        raise AdjustmentRefused("no_longer_fits") from None
    _fit_parts(adjustment.plan, by=by)
    refresh_attainment(by=by)
    return _decide(adjustment, Adjustment.Status.APPLIED, "approved", answer=answer, now=now, by=by)


def _fit_parts(plan, *, by):
    """Let the product lines or channels of a divided plan follow: what was set by hand stays if that is possible."""
    if not PlanPart.objects.filter(plan=plan, is_active=True).exists():
        return
    try:
        with transaction.atomic():
            fit_parts(plan=plan, status=Plan.Status.PUBLISHED, by=by)
    except PartsRefused:
        fit_parts(plan=plan, keep_by_hand=False, status=Plan.Status.PUBLISHED, by=by)


def _decide(adjustment, status, verb, *, answer, now, by):
    adjustment.status, adjustment.answer = status, answer.strip()[:300]
    adjustment.decided_by, adjustment.decided_at = by, now
    adjustment.save(update_fields=["status", "answer", "decided_by", "decided_at", "step"])
    record(f"targets.adjustment.{verb}", about=adjustment, by=by, after={"answer": answer} if answer else {})
    return adjustment


def _is_alone(adjustment, *, today, by):
    """Return whether nobody but the person who asks could approve for the company."""
    return adjustment.level_id is None and not is_another_publisher(by, on=today)


def _by_hand(sheet, before, proposed):
    """Return key → positions that somebody typed, now also those of the rows that were asked about."""
    kept = {}
    for key, cells in proposed.changes.items():
        touched = rules.change_between(sheet.sheet.of(key), cells) if key in proposed.typed else ()
        kept[key] = sheet.by_hand.get(key, frozenset()) | frozenset(touched)
    return kept


def _changes_anything(before, after, stages):
    tables = [(before, after), *((each["before"], each["after"]) for each in stages.values())]
    return any(_differ(was[key], becomes[key]) for was, becomes in tables for key in becomes)


def _differ(before, after):
    return any(old[:3] != new[:3] for old, new in zip(before, after, strict=True))


def _refuse_closed(sheet, before, after):
    """Refuse a change in a month of which any day is closed."""
    if (boundary := closed_before()) is None:
        return
    for key, image in after.items():
        for month, old, new in zip(sheet.months, before[key], image, strict=True):
            if month < boundary and old[:3] != new[:3]:
                raise AdjustmentRefused("month_closed", month=name_of(month_of(month), sheet.plan.year_starts_on.month))
