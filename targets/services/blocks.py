"""Setting cells of a plan by hand, one or a whole block at a time, and locking them: every cell is judged, then all or none change."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from common.money import LIMIT
from common.period_names import name_of
from common.periods import Period, format_code, month_of, months_in
from common.refusals import Refusal
from targets import rules
from targets.models import PlanStep
from targets.queries.plans import sheet_of
from targets.services.plans import PlanRefused, locked
from targets.services.steps import take_step


@dataclass(frozen=True)
class Edit:
    """
    What a month, quarter or year of a row is to ask for in one tier, in minor units.

    :ivar amount: or the refusal that says why what was typed is no amount, to be told with all others.
    :ivar seen: the amount that stood there on the screen of who changes it; None if nobody looked.
    """

    key: str
    period: Period
    amount: int | Refusal
    seen: int | None = None


@dataclass(frozen=True)
class Fault:
    """Why one cell of a block cannot be taken; ``number`` counts the block's cells from 0."""

    number: int
    refusal: Refusal


class BlockRefused(Exception):
    """
    Some cells of a block cannot be taken, so none was.

    :ivar faults: the cells in question.
    """

    def __init__(self, faults):
        super().__init__(f"{len(faults)} cells")
        self.faults = faults


def set_block(*, plan, edits, tier, client_ref=None, by):
    """
    Set cells in one step. A quarter or year is shared out over its months as they stand.

    Months that are locked, or that the same block sets themselves, keep theirs: the quarter or year is what they and the
    others add up to. A new commit target takes floor and stretch along in their present proportion.

    :param edits: ``Edit`` each; of a row, at most one for a period.
    :param client_ref: what is sent again with the same one is answered with the step that it was the first time.
    :raises PlanRefused: ``published``.
    :raises BlockRefused: with every cell that cannot be taken; nothing is changed then.
    """
    try:
        return _set_block(plan, edits, tier, client_ref=client_ref, by=by)
    except (PlanRefused, BlockRefused, IntegrityError):
        # Rarely anything is sent twice, so that nobody looks before it is refused or the database says that it is there.
        if client_ref and (step := PlanStep.objects.filter(client_ref=client_ref).first()):
            return step
        raise


@transaction.atomic
def _set_block(plan, edits, tier, *, client_ref, by):
    plan = locked(plan)
    if not plan.metric.adds_up:
        raise PlanRefused("ratio")
    sheet = sheet_of(plan, company=plan.company, with_leaders=True, only={edit.key for edit in edits})
    block = _Block(sheet, tier)
    # Months first: what is longer takes them as given.
    for number, edit in sorted(enumerate(edits), key=lambda pair: pair[1].period.days):
        block.judge(number, edit)
    if block.faults:
        raise BlockRefused(sorted(block.faults, key=lambda fault: fault.number))
    by_hand = {key: sheet.by_hand.get(key, frozenset()) | positions for key, positions in block.touched.items()}
    verb = PlanStep.Verb.CELL if len(block.cells) == 1 else PlanStep.Verb.BLOCK
    changes = {key: tuple(cells) for key, cells in block.cells.items()}
    inputs = {"tier": str(tier), "rows": block.told}
    return take_step(
        sheet, common_unit(sheet, changes), verb, changes, by_hand=by_hand, inputs=inputs, client_ref=client_ref, by=by
    )


@transaction.atomic
def set_locks(*, plan, cells, is_locked, by):
    """
    Lock cells, so that no split, spreading, sum or file changes them, or unlock them.

    :param cells: key → Periods whose months are meant.
    :raises PlanRefused: ``published``, ``not_in_plan``.
    """
    plan = locked(plan)
    if not plan.metric.adds_up:
        raise PlanRefused("ratio")
    sheet = sheet_of(plan, company=plan.company, with_leaders=True, only=set(cells))
    marks = {}
    for key, periods in cells.items():
        if key not in sheet.nodes:
            raise PlanRefused("not_in_plan")
        positions = {i for period in periods for i in positions_of(sheet, period)}
        marks[key] = sheet.locked_of(key) | positions if is_locked else sheet.locked_of(key) - positions
    changes = {key: sheet.sheet.of(key) for key in cells}
    names = [sheet.nodes[key].name for key in cells]
    inputs = {"is_locked": is_locked, "names": names[:5], "more": max(0, len(names) - 5)}
    by_hand = {key: sheet.by_hand.get(key, frozenset()) for key in cells}
    return take_step(
        sheet, common_unit(sheet, changes), PlanStep.Verb.LOCK, changes, by_hand=by_hand, locked=marks, inputs=inputs, by=by
    )


class _Block:
    """The rows of a block as they become, and what is wrong with its cells."""

    def __init__(self, sheet, tier):
        self.sheet, self.tier, plan = sheet, tier, sheet.plan
        self.rule = rules.TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
        self.cells, self.touched, self.told, self.faults = {}, {}, {}, []

    def judge(self, number, edit):
        try:
            self._take(edit)
        except Refusal as refusal:
            self.faults.append(Fault(number, refusal))

    def _take(self, edit):
        sheet, key, start = self.sheet, edit.key, self.sheet.plan.year_starts_on.month
        if (node := sheet.nodes.get(key)) is None:
            raise PlanRefused("not_in_plan")
        if isinstance(edit.amount, Refusal):
            raise edit.amount
        positions, cells = positions_of(sheet, edit.period), self.cells.get(key, sheet.sheet.of(key))
        before = sum(getattr(sheet.sheet.of(key)[i], self.tier) for i in positions)
        # Whoever sends the same twice has what they want.
        if edit.seen is not None and before not in (edit.seen, edit.amount):
            raise PlanRefused("changed")
        if edit.amount > LIMIT:
            raise PlanRefused("too_large")
        if node.is_person and edit.amount and not any(node.presence[i] for i in positions):
            raise PlanRefused("not_there", node=node.name, month=name_of(edit.period, start))
        is_final = [i for i in positions if sheet.months[i] in sheet.final_months]
        if is_final and edit.amount != before:
            raise PlanRefused("month_closed", month=name_of(month_of(sheet.months[is_final[0]]), start))
        taken = self.touched.setdefault(key, frozenset())
        stays = [i for i in positions if i in taken or i in sheet.locked_of(key)]
        free = [i for i in positions if i not in stays]
        rest = edit.amount - sum(getattr(cells[i], self.tier) for i in stays)
        if free and (rest >= 0 or not stays):
            # A single month takes the amount itself; only what is shared out asks how many days its months have.
            fallback = self._fallback(node) if len(free) > 1 else ()
            cells = rules.set_span(cells, free, tier=self.tier, amount=rest, fallback=fallback, rule=self.rule)
        elif rest:
            code = "locked" if set(stays) & sheet.locked_of(key) else "parts_differ"
            raise PlanRefused(code, node=node.name, month=name_of(edit.period, start))
        self.cells[key], self.touched[key] = cells, taken | set(free)
        row = self.told.setdefault(key, {"name": node.name, "periods": {}})
        row["periods"][format_code(edit.period, start)] = [before, edit.amount]

    def _fallback(self, node):
        days = [self.sheet.working_days[month] or 1 for month in self.sheet.months]
        return [there * day for there, day in zip(node.presence, days, strict=True)] if node.is_person else days


def positions_of(sheet, period):
    """Return which months of a plan a period holds."""
    starts = {month.starts_on for month in months_in(period)}
    return [i for i, month in enumerate(sheet.months) if month in starts]


def common_unit(sheet, keys):
    """Return the unit whose children a change is about, or that itself changes: the lowest above all rows of a block."""
    nodes = [sheet.nodes[key] for key in keys]
    if len(nodes) == 1 and not nodes[0].is_person:
        return nodes[0]
    paths = []
    for node in nodes:
        path = [] if node.parent else [node]
        while node.parent:
            node = sheet.nodes[node.parent]
            path.insert(0, node)
        paths.append(path)
    return [level[0] for level in zip(*paths, strict=False) if len({node.key for node in level}) == 1][-1]
