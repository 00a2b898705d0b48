"""Targets of a campaign's stages: worked out from the months, set by hand, made to add up, published."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.services import record
from common.locks import LockSpace, hold
from common.money import LIMIT, NoWeights, from_minor
from common.refusals import Refusal
from common.tenancy import require_company_id
from credits.services import hold_closing_off
from targets import rules
from targets.models import Plan, StagePlan, StageStep, StageTarget
from targets.queries.plans import unit_key
from targets.queries.proposals import named
from targets.queries.stages import can_be_planned, stage_sheet_of, weights_of_shares
from targets.services.blocks import BlockRefused, Fault, common_unit
from targets.services.plans import PlanRefused
from targets.services.steps import image_of, images_of

Verb = StageStep.Verb
ACTIONS = {
    Verb.SHARE: "targets.stages.shared",
    Verb.CELL: "targets.stages.changed",
    Verb.SETTLE: "targets.stages.settled",
    Verb.LOCK: "targets.stages.locked",
    Verb.UNDO: "targets.stages.undone",
    Verb.ADJUST: "targets.stages.adjusted",
}


class StagesRefused(Refusal):
    """A change that the targets of a campaign cannot take."""

    sentences = {
        "exists": _("These days have targets of their own already."),
        "no_own_days": _("It must lie in the plan's year, and must not be made of whole months: those have their targets in the plan."),
        "published": _("These targets are published. Withdraw them first to change them."),
        "not_published": _("These targets are not published."),
        "closed": _("%(stage)s begins in a closed period: its targets stay as they are."),
        "plan_is_draft": _("Publish the plan itself first: a stage counts as a part of it."),
        "empty": _("Nothing is asked for yet."),
        "gaps": _("%(cells)s cells do not add up yet."),
    }  # fmt: skip


@dataclass(frozen=True)
class StageEdit:
    """
    What a stage, or all of them together, is to ask of a row in one tier, in minor units.

    :ivar position: of the stage among the columns; None for all of them.
    :ivar amount: or the refusal that says why what was typed is no amount.
    :ivar seen: the amount that stood on the screen; None if nobody looked.
    """

    key: str
    position: int | None
    amount: int | Refusal
    seen: int | None = None


@transaction.atomic
def start_stages(*, plan, own, by) -> StagePlan:
    """
    Begin targets for the days of a campaign or quota period: what the months hold for them, divided exactly down to everybody.

    :raises StagesRefused: ``exists``, ``no_own_days``.
    :raises PlanRefused: ``ratio``.
    """
    if not plan.metric.adds_up:
        raise PlanRefused("ratio")
    if not can_be_planned(plan, own):
        raise StagesRefused("no_own_days")
    # The days of a campaign do not change while its targets are begun.
    hold(LockSpace.QUOTA_PERIODS, require_company_id())
    if StagePlan.objects.filter(plan=plan, own=own).exists():
        raise StagesRefused("exists")
    made = StagePlan.objects.create(plan=plan, own=own, created_by=by)
    record("targets.stages.started", about=made, by=by, after={"name": own.name})
    share_months(stage_plan=made, by=by)
    return made


@transaction.atomic
def share_months(*, stage_plan, client_ref=None, by):
    """
    Work the company's targets out from the months anew, and divide them by what everybody has in these months; locked cells stay.

    :raises SheetRefused: if locks cannot be met.
    :raises StagesRefused: ``published``.
    """
    sheet = _opened(stage_plan)
    if step := _made(client_ref):
        return step
    if (root := sheet.root) is None:
        raise PlanRefused("no_organisation")
    stays = sheet.locked_of(root.key) | sheet.closed_positions
    cells = tuple(own if i in stays else sheet.root_share[i] for i, own in enumerate(sheet.sheet.of(root.key)))
    table = sheet.sheet.with_changes({root.key: cells})
    try:
        changes = {root.key: cells} | rules.split_tree(table, root.key, weights_of_shares(sheet))
    except rules.SheetRefused as refusal:
        raise named(sheet, refusal) from refusal
    return take_stage_step(sheet, root, Verb.SHARE, changes, client_ref=client_ref, by=by)


@transaction.atomic
def settle_stages(*, stage_plan, unit, client_ref=None, by):
    """
    Make what is below a unit add up to it again, in proportion to what everybody has; locked and typed cells stay.

    :raises SheetRefused: with the cells in the way.
    """
    sheet = _opened(stage_plan)
    if step := _made(client_ref):
        return step
    if (node := sheet.nodes.get(unit_key(unit.pk))) is None:
        raise PlanRefused("not_in_plan")
    fallback = {}
    for parent, children in sheet.sheet.children.items():
        rows = {child: tuple(map(int, sheet.nodes[child].presence)) for child in children}
        if any(map(any, rows.values())):
            fallback[parent] = rows
    stays = {key: sheet.by_hand.get(key, frozenset()) | sheet.closed_positions for key in sheet.nodes}
    try:
        changes = rules.spread_rest(sheet.sheet, node.key, stays, fallback)
    except rules.SheetRefused as refusal:
        raise named(sheet, refusal) from refusal
    return take_stage_step(sheet, node, Verb.SETTLE, changes, by_hand=sheet.by_hand, client_ref=client_ref, by=by)


def set_stages(*, stage_plan, edits, tier, client_ref=None, by):
    """
    Set cells of stages in one step, all or none. All stages of a row together are shared out over them as they stand.

    :raises StagesRefused: ``published``.
    :raises BlockRefused: with every cell that cannot be taken.
    """
    try:
        return _set_stages(stage_plan, edits, tier, client_ref=client_ref, by=by)
    except (Refusal, BlockRefused, IntegrityError):
        if step := _made(client_ref):
            return step
        raise


@transaction.atomic
def _set_stages(stage_plan, edits, tier, *, client_ref, by):
    sheet = _opened(stage_plan)
    cells, typed, faults = {}, {}, []
    # Single stages first: their sum takes them as given.
    for number, edit in sorted(enumerate(edits), key=lambda pair: pair[1].position is None):
        try:
            _judge(sheet, edit, tier, cells, typed)
        except (Refusal, NoWeights) as refusal:
            faults.append(Fault(number, refusal))
    if faults:
        raise BlockRefused(sorted(faults, key=lambda fault: fault.number))
    by_hand = {key: sheet.by_hand.get(key, frozenset()) | positions for key, positions in typed.items()}
    return take_stage_step(sheet, common_unit(sheet, cells), Verb.CELL, cells, by_hand=by_hand, client_ref=client_ref, by=by)


def _judge(sheet, edit, tier, cells, typed):
    """Take one edit into the rows as they become."""
    if (node := sheet.nodes.get(edit.key)) is None:
        raise PlanRefused("not_in_plan")
    if isinstance(edit.amount, Refusal):
        raise edit.amount
    everything = range(len(sheet.stages))
    positions = everything if edit.position is None else [edit.position]
    now, row = sheet.sheet.of(edit.key), cells.get(edit.key, sheet.sheet.of(edit.key))
    before = sum(getattr(now[i], tier) for i in positions)
    if edit.seen is not None and before not in (edit.seen, edit.amount):
        raise PlanRefused("changed")
    if edit.amount > LIMIT:
        raise PlanRefused("too_large")
    taken = typed.get(edit.key, frozenset())
    if closed := [i for i in positions if i in sheet.closed_positions and edit.position is not None and edit.amount != before]:
        raise StagesRefused("closed", stage=sheet.stages[closed[0]].name or str(sheet.stage_plan.own))
    stays = [i for i in positions if i in taken or i in sheet.locked_of(edit.key) or i in sheet.closed_positions]
    free = [i for i in positions if i not in stays and (any(sheet.nodes[edit.key].presence) or not node.is_person)]
    rest = edit.amount - sum(getattr(row[i], tier) for i in stays)
    if free and rest >= 0:
        days = [stage.days_of(sheet.days.calendar) for stage in sheet.stages] if len(free) > 1 else ()
        rule = rules.TierRule(sheet.plan.floor_percent, sheet.plan.stretch_percent, sheet.plan.rounding_unit)
        row = rules.set_span(row, free, tier=tier, amount=rest, fallback=days, rule=rule)
    elif rest:
        stage = sheet.stages[stays[0] if stays else 0]
        raise PlanRefused("locked", node=node.name, month=stage.name or str(sheet.stage_plan.own))
    cells[edit.key], typed[edit.key] = row, taken | set(free)


@transaction.atomic
def lock_stages(*, stage_plan, cells, is_locked, by):
    """
    Lock cells, so that nothing that is shared out changes them, or unlock them.

    :param cells: key → positions of stages.
    """
    sheet = _opened(stage_plan)
    if not cells.keys() <= sheet.nodes.keys():
        raise PlanRefused("not_in_plan")
    marks = {
        key: sheet.locked_of(key) | positions if is_locked else sheet.locked_of(key) - positions
        for key, positions in cells.items()
    }
    changes = {key: sheet.sheet.of(key) for key in cells}
    return take_stage_step(sheet, common_unit(sheet, changes), Verb.LOCK, changes, by_hand=sheet.by_hand, locked=marks, by=by)


@transaction.atomic
def undo_stages(*, stage_plan, step_id, by):
    """
    Put the cells of one's own last step back.

    :raises PlanRefused: ``nothing_to_undo``; ``changed`` if somebody has changed one of them since.
    """
    sheet = _opened(stage_plan)
    step = last_stage_step(stage_plan=stage_plan, user=by)
    if step is None or step.pk != step_id:
        raise PlanRefused("nothing_to_undo")
    if step.inputs["stages"] != sheet.stage_ids or any(
        key not in sheet.nodes or image_of(sheet, key) != image for key, image in step.after.items()
    ):
        raise PlanRefused("changed")
    changes = {key: tuple(rules.Tiers(*cell[:3]) for cell in image) for key, image in step.before.items()}
    by_hand, locked = (
        {key: rules.marked(image, mark) for key, image in step.before.items()} for mark in (rules.BY_HAND, rules.LOCKED)
    )
    node = sheet.nodes[unit_key(step.unit_id)]
    return take_stage_step(sheet, node, Verb.UNDO, changes, by_hand=by_hand, locked=locked, undoes=step, by=by)


def last_stage_step(*, stage_plan, user):
    """Return the step that ``undo_stages`` would take back, or None."""
    steps = StageStep.objects.filter(stage_plan=stage_plan, made_by=user)
    undone = steps.exclude(undoes=None).values("undoes_id")
    return steps.filter(undoes=None).exclude(pk__in=undone).order_by("-pk").first()


@transaction.atomic
def publish_stages(*, stage_plan, now, by):
    """
    Let these days ask for what was set, if everything adds up.

    :raises StagesRefused: ``published``, ``plan_is_draft``, ``empty``, ``gaps``, ``closed``.
    """
    sheet = _opened(stage_plan)
    if sheet.plan.status != Plan.Status.PUBLISHED:
        raise StagesRefused("plan_is_draft")
    if sheet.root is None or not sheet.sheet.year_of(sheet.root.key).stretch:
        raise StagesRefused("empty")
    _refuse_closed(sheet)
    if gaps := sheet.sheet.gaps(sheet.root.key):
        raise StagesRefused("gaps", cells=len(gaps))
    row = sheet.stage_plan
    row.status, row.published_at, row.version = Plan.Status.PUBLISHED, now, row.version + 1
    row.save(update_fields=["status", "published_at", "version"])
    record("targets.stages.published", about=row, by=by, after={"commit": _year(sheet, sheet.root.key)})
    return row


@transaction.atomic
def withdraw_stages(*, stage_plan, reason, by):
    """
    Make them a draft again: the days ask for their share of the months until they are published anew.

    :raises StagesRefused: ``not_published``, ``closed``.
    :raises PlanRefused: ``no_reason``.
    """
    if not (reason := reason.strip()):
        raise PlanRefused("no_reason")
    sheet = _opened(stage_plan, status=Plan.Status.PUBLISHED)
    _refuse_closed(sheet)
    row = sheet.stage_plan
    row.status, row.published_at, row.version = Plan.Status.DRAFT, None, row.version + 1
    row.save(update_fields=["status", "published_at", "version"])
    record("targets.stages.withdrawn", about=row, by=by, after={"reason": reason})
    return row


def _refuse_closed(sheet):
    if positions := sheet.closed_positions:
        stage = sheet.stages[min(positions)]
        raise StagesRefused("closed", stage=stage.name or str(sheet.stage_plan.own))


def _opened(stage_plan, *, status=Plan.Status.DRAFT):
    """Return the table of a campaign under its lock."""
    hold_closing_off()
    rows = StagePlan.objects.select_related("plan__metric", "plan__company", "own")
    row = rows.select_for_update(of=("self",)).get(pk=stage_plan.pk)
    if row.status != status:
        raise StagesRefused("published" if status == Plan.Status.DRAFT else "not_published")
    return stage_sheet_of(row, company=row.plan.company)


def _made(client_ref):
    return StageStep.objects.filter(client_ref=client_ref).first() if client_ref else None


def take_stage_step(sheet, node, verb, changes, *, by_hand=None, locked=None, inputs=None, undoes=None, client_ref=None, by):
    """Store changed cells and the step with how they were, and of which stages; return the step."""
    before = {key: image_of(sheet, key) for key in changes}
    marks = {key: (locked or {}).get(key, sheet.locked_of(key)) for key in changes}
    hands = {key: (by_hand or {}).get(key, sheet.by_hand.get(key, frozenset()) & marks[key]) for key in changes}
    after = images_of(changes, by_hand=hands, locked=marks)
    changed = [key for key in changes if before[key] != after[key]]
    _store(sheet, {key: (before[key], after[key]) for key in changed})
    row = sheet.stage_plan
    row.version += 1
    row.save(update_fields=["version"])
    told = [key for key in changed if key == node.key or sheet.nodes[key].parent == node.key]
    record(
        ACTIONS[verb],
        about=row,
        by=by,
        before={sheet.nodes[key].name: _year(sheet, key) for key in told},
        after={sheet.nodes[key].name: _sum(sheet, after[key]) for key in told},
    )
    return StageStep.objects.create(
        stage_plan=row,
        unit_id=node.unit_id,
        verb=verb,
        inputs={**(inputs or {}), "stages": sheet.stage_ids},
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
        undoes=undoes,
        client_ref=client_ref,
        made_by=by,
    )


def _store(sheet, images):
    rows = []
    for key, (before, after) in images.items():
        node = sheet.nodes[key]
        place = {"person_id": node.person_id, "within_id": node.unit_id} if node.is_person else {"unit_id": node.unit_id}
        for stage, old, (floor, commit, stretch, given) in zip(sheet.stages, before, after, strict=True):
            if old != [floor, commit, stretch, given]:
                marks = {"is_by_hand": bool(given & rules.BY_HAND), "is_locked": bool(given & rules.LOCKED)}
                tiers = {"floor": floor, "commit": commit, "stretch": stretch}
                rows.append(StageTarget(stage_plan=sheet.stage_plan, period=stage.row, **place, **tiers, **marks))
    StageTarget.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "stage_plan", "period", "unit", "person", "within"],
        update_fields=["floor", "commit", "stretch", "is_by_hand", "is_locked"],
    )


def _year(sheet, key):
    return _sum(sheet, image_of(sheet, key))


def _sum(sheet, image):
    return f"{from_minor(sum(cell[1] for cell in image), sheet.plan.metric.scale):,}"
