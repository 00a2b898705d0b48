"""Campaigns with targets of their own inside an adjustment: kept as rows before and after, and applied as their difference."""

from targets import rules
from targets.models import StageStep
from targets.queries.plans import unit_key
from targets.queries.stages import stage_sheets
from targets.services.stages import take_stage_step
from targets.services.steps import image_of, images_of


class NoLongerFits(Exception):
    """The campaign has other rows, other stages or other targets than an adjustment was made for."""


def campaign_images(proposed, *, table):
    """
    Return what an adjustment keeps about campaigns: id → {"stages": ids, "before": rows, "after": rows}, as JSON keeps them.

    A row has a cell for each of the stages, in their order; see ``StageSheet.stage_ids``.

    :param proposed: id of the StagePlan → Proposed.
    :param table: the plan's own sheet, under its lock.
    """
    found = {}
    for sheet in stage_sheets(table, proposed, is_held=True):
        own = proposed[sheet.stage_plan.pk]
        by_hand = {key: sheet.by_hand.get(key, frozenset()) | _touched(sheet, key, own) for key in own.changes}
        found[str(sheet.stage_plan.pk)] = {
            "stages": sheet.stage_ids,
            "before": {key: image_of(sheet, key) for key in own.changes},
            "after": images_of(own.changes, by_hand=by_hand, locked=sheet.sheet.locked),
        }
    return found


def _touched(sheet, key, own):
    return frozenset(rules.change_between(sheet.sheet.of(key), own.changes[key])) if key in own.typed else frozenset()


def campaigns_now(adjustment, *, table, is_held=False):
    """
    Return what an adjustment makes of campaigns as they are now: [(sheet, changes)].

    :raises NoLongerFits: where it cannot be applied any more.
    """
    wanted = {int(pk): images for pk, images in adjustment.stages.items() if images["after"]}
    sheets = stage_sheets(table, wanted, is_held=is_held)
    if len(sheets) != len(wanted):
        raise NoLongerFits
    return [(sheet, _changes(sheet, wanted[sheet.stage_plan.pk])) for sheet in sheets]


def _changes(sheet, images):
    changes = {}
    for key, after in images["after"].items():
        if key not in sheet.nodes:
            raise NoLongerFits
        moved = _moved(images["stages"], images["before"][key], after)
        # A stage that is not there any more cannot take its change, nor can one that a closing has made final.
        if not moved.keys() <= {stage for i, stage in enumerate(sheet.stage_ids) if i not in sheet.closed_positions}:
            raise NoLongerFits
        try:
            changes[key] = tuple(
                rules.Tiers(*(own + step for own, step in zip(_amounts(cell), moved.get(stage, (0, 0, 0)), strict=True)))
                for stage, cell in zip(sheet.stage_ids, sheet.sheet.of(key), strict=True)
            )
        except rules.BadTiers:
            raise NoLongerFits from None
    return changes


def _amounts(cell):
    return cell.floor, cell.commit, cell.stretch


def _moved(stages, before, after):
    """Return stage → by how much its three tiers change; of stages that stay nothing."""
    steps = {
        stage: tuple(new - old for new, old in zip(became[:3], was[:3], strict=True))
        for stage, was, became in zip(stages, before, after, strict=True)
    }
    return {stage: step for stage, step in steps.items() if any(step)}


def put_campaigns_in_force(adjustment, *, table, inputs, by):
    """
    Apply what an adjustment says about campaigns, each in one step of its own.

    :raises NoLongerFits:
    """
    for sheet, changes in campaigns_now(adjustment, table=table, is_held=True):
        images = adjustment.stages[str(sheet.stage_plan.pk)]
        by_hand = {key: sheet.by_hand.get(key, frozenset()) | _by_hand(sheet, images, key) for key in changes}
        node = sheet.nodes[unit_key(adjustment.unit_id)]
        take_stage_step(sheet, node, StageStep.Verb.ADJUST, changes, by_hand=by_hand, inputs=inputs, by=by)


def _by_hand(sheet, images, key):
    """Return the positions that an adjustment has of a row as set by hand, among the stages of today."""
    marked = {images["stages"][i] for i in rules.marked(images["after"][key], rules.BY_HAND)}
    return frozenset(i for i, stage in enumerate(sheet.stage_ids) if stage in marked)
