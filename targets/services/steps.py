"""Writing down a change of a plan: the cells that differ, the step with how they were, and the audit entry."""

from django.db import connection

from accounts.services import record
from common.db.postgres.prepared import prepared
from common.money import from_minor
from common.period_names import name_of
from common.periods import month_of
from common.rows import insert
from common.tenancy import require_company_id
from targets.models import PlanStep, Target
from targets.rules import BY_HAND, LOCKED
from targets.services.plans import PlanRefused

#: How an entry of the audit trail calls each kind of step.
ACTIONS = {
    PlanStep.Verb.YEAR: "targets.plan.changed",
    PlanStep.Verb.SPLIT: "targets.plan.split",
    PlanStep.Verb.CELL: "targets.plan.changed",
    PlanStep.Verb.BLOCK: "targets.plan.changed",
    PlanStep.Verb.SPREAD: "targets.plan.spread",
    PlanStep.Verb.SUM: "targets.plan.summed_up",
    PlanStep.Verb.RATE: "targets.plan.changed",
    PlanStep.Verb.IMPORT: "targets.plan.changed",
    PlanStep.Verb.LOCK: "targets.plan.locked",
    PlanStep.Verb.TIERS: "targets.plan.changed",
    PlanStep.Verb.UNDO: "targets.plan.undone",
    PlanStep.Verb.ADJUST: "targets.plan.adjusted",
    PlanStep.Verb.COPY: "targets.plan.changed",
}
#: The plan's next version, and the cells: one array a column, of some thousand rows several times faster than a value a parameter.
_COLUMNS = {
    "unit": "bigint[]", "person": "bigint[]", "within": "bigint[]", "month": "date[]",
    "floor": "bigint[]", "commit": "bigint[]", "stretch": "bigint[]", "is_by_hand": "bool[]", "is_locked": "bool[]",
}  # fmt: skip
_STORE = prepared(
    """
    WITH next_version AS (UPDATE targets_plan SET version = %(version)s WHERE company_id = %(company)s AND id = %(plan)s)
    INSERT INTO targets_target
        (company_id, plan_id, unit_id, person_id, within_id, month, floor, commit, stretch, is_by_hand, is_locked)
    SELECT %(company)s, %(plan)s, given.*
    FROM unnest(%(unit)s, %(person)s, %(within)s, %(month)s, %(floor)s, %(commit)s, %(stretch)s, %(is_by_hand)s, %(is_locked)s) given
    ON CONFLICT (company_id, plan_id, unit_id, person_id, within_id, month) DO UPDATE SET floor = EXCLUDED.floor,
        commit = EXCLUDED.commit, stretch = EXCLUDED.stretch, is_by_hand = EXCLUDED.is_by_hand, is_locked = EXCLUDED.is_locked
    """,
    version="integer",
    company="bigint",
    plan="bigint",
    **_COLUMNS,
)


def take_step(sheet, node, verb, changes, *, by_hand=None, locked=None, inputs, undoes=None, client_ref=None, by):
    """
    Store changed cells of a locked plan, and the step with how they were; returns the step.

    :param node: the unit whose own months or whose children change.
    :param changes: key → twelve ``rules.Tiers``.
    :param by_hand: key → positions of the months that somebody typed; a key that is missing has none but locked ones.
    :param locked: key → positions of the months that are locked from now on; a key that is missing stays as it is.
    :param inputs: JSON: the method and what it knew.
    :raises PlanRefused: ``month_closed`` for a target that counted when its month was closed, ``locked``.
    """
    plan, by_hand, locked = sheet.plan, by_hand or {}, locked or {}
    before = {key: image_of(sheet, key) for key in changes}
    after = {}
    for key, cells in changes.items():
        typed = by_hand[key] if key in by_hand else sheet.by_hand.get(key, frozenset()) & sheet.locked_of(key)
        after[key] = _image_of(cells, typed, locked.get(key, sheet.locked_of(key)))
    changed = [key for key in changes if before[key] != after[key]]
    _refuse_final_months(sheet, [(before[key], after[key]) for key in changed])
    # What an adjustment is about may be locked: it is approved by somebody, and those who are locked beside it are left alone.
    if verb not in {PlanStep.Verb.UNDO, PlanStep.Verb.ADJUST}:
        _refuse_locked(sheet, {key: (before[key], after[key]) for key in changed})
    plan.version += 1
    _store(sheet, {key: (before[key], after[key]) for key in changed})
    step = PlanStep(
        plan=plan,
        unit_id=node.unit_id,
        verb=verb,
        inputs=inputs,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
        undoes=undoes,
        client_ref=client_ref,
        made_by=by,
    )
    insert(step)
    # The step holds every cell; the audit trail tells the years of the unit and of what is directly below it.
    told = [key for key in changed if key == node.key or sheet.nodes[key].parent == node.key]
    record(
        ACTIONS[verb],
        about=plan,
        by=by,
        before={sheet.nodes[key].name: _year(sheet, before[key]) for key in told},
        after={sheet.nodes[key].name: _year(sheet, after[key]) for key in told},
    )
    return step


def _store(sheet, images):
    """Write the plan's version and the cells that differ in one statement, and take away in another those that ask for nothing."""
    columns, is_emptied = {name: [] for name in _COLUMNS}, False
    for key, (before, after) in images.items():
        node = sheet.nodes[key]
        place = (None, node.person_id, node.unit_id) if node.is_person else (node.unit_id, None, None)
        for month, old, new in zip(sheet.months, before, after, strict=True):
            if old != new:
                floor, commit, stretch, marks = new
                row = (*place, month, floor, commit, stretch, bool(marks & BY_HAND), bool(marks & LOCKED))
                for column, given in zip(columns.values(), row, strict=True):
                    column.append(given)
                is_emptied |= not stretch and not marks
    about = {"version": sheet.plan.version, "company": require_company_id(), "plan": sheet.plan.pk}
    with connection.cursor() as cursor:
        cursor.execute(_STORE, about | columns)
    if is_emptied:
        Target.objects.filter(plan=sheet.plan, stretch=0, is_by_hand=False, is_locked=False).delete()


def _refuse_final_months(sheet, images):
    final = sheet.final_months
    for before, after in images:
        for month, old, new in zip(sheet.months, before, after, strict=True):
            # Whether it was set by hand only says what a later spreading leaves alone.
            if month in final and old[:3] != new[:3]:
                raise PlanRefused("month_closed", month=name_of(month_of(month), sheet.plan.year_starts_on.month))


def _refuse_locked(sheet, images):
    """Refuse a change of an amount that is locked: the services divide round it, so this is what reaches past them."""
    for key, (before, after) in images.items():
        for month, old, new in zip(sheet.months, before, after, strict=True):
            if old[3] & LOCKED and old[:3] != new[:3]:
                month = name_of(month_of(month), sheet.plan.year_starts_on.month)
                raise PlanRefused("locked", node=sheet.nodes[key].name, month=month)


def images_of(changes, *, by_hand, locked):
    """Return rows as a step keeps them: key → twelve [floor, commit, stretch, marks], see ``rules.marked``."""
    return {key: _image_of(cells, by_hand.get(key, ()), locked.get(key, ())) for key, cells in changes.items()}


def image_of(sheet, key):
    return _image_of(sheet.sheet.of(key), sheet.by_hand.get(key, ()), sheet.locked_of(key))


def _image_of(cells, by_hand, locked):
    return [
        [cell.floor, cell.commit, cell.stretch, BY_HAND * (i in by_hand) + LOCKED * (i in locked)]
        for i, cell in enumerate(cells)
    ]


def _year(sheet, image):
    """Return a row's year in the commit tier, as people read it."""
    return f"{from_minor(sum(cell[1] for cell in image), sheet.plan.metric.scale):,}"
