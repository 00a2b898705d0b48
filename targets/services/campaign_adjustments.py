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
    Return what an adjustment keeps about campaigns: id → {"before": rows, "after": rows}, as JSON keeps them.

    :param proposed: id of the StagePlan → Proposed.
    :param table: the plan's own sheet, under its lock.
    """
    found = {}
    for sheet in stage_sheets(table, proposed, is_held=True):
        own = proposed[sheet.stage_plan.pk]
        by_hand = {key: sheet.by_hand.get(key, frozenset()) | _touched(sheet, key, own) for key in own.changes}
        found[str(sheet.stage_plan.pk)] = {
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
        before = images["before"][key]
        if key not in sheet.nodes or len(after) != len(sheet.stages):
            raise NoLongerFits
        moved = [
            [new - old for new, old in zip(became[:3], was[:3], strict=True)] for became, was in zip(after, before, strict=True)
        ]
        if any(any(by) and i in sheet.closed_positions for i, by in enumerate(moved)):
            raise NoLongerFits
        try:
            changes[key] = tuple(
                rules.Tiers(cell.floor + by[0], cell.commit + by[1], cell.stretch + by[2])
                for cell, by in zip(sheet.sheet.of(key), moved, strict=True)
            )
        except rules.BadTiers:
            raise NoLongerFits from None
    return changes


def put_campaigns_in_force(adjustment, *, table, inputs, by):
    """
    Apply what an adjustment says about campaigns, each in one step of its own.

    :raises NoLongerFits:
    """
    for sheet, changes in campaigns_now(adjustment, table=table, is_held=True):
        after = adjustment.stages[str(sheet.stage_plan.pk)]["after"]
        by_hand = {key: sheet.by_hand.get(key, frozenset()) | rules.marked(after[key], rules.BY_HAND) for key in changes}
        node = sheet.nodes[unit_key(adjustment.unit_id)]
        take_stage_step(sheet, node, StageStep.Verb.ADJUST, changes, by_hand=by_hand, inputs=inputs, by=by)
