"""What a change of published targets would do: the rows that follow it, the sums around it, and who has to approve. Writes nothing."""

from dataclasses import dataclass, field
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q

from accounts.models import Membership
from accounts.rules import PERMISSIONS, Permission, Role
from common.periods import month_of
from common.questions import Question
from targets import rules
from targets.models import Adjustment, Plan
from targets.queries.plans import Node
from targets.queries.workbench import Missing, missing_of
from targets.rules import Balance, Tiers
from teams.models import Assignment, Unit


@dataclass(frozen=True)
class Proposed:
    """
    Rows as they would become.

    :ivar changes: key → ``rules.Tiers``, one a month (of a campaign: a stage); rows that stay are missing.
    :ivar typed: keys of the rows that were asked about; the others follow.
    """

    changes: dict
    typed: frozenset = frozenset()
    # The same for campaigns with targets of their own: id of the StagePlan → Proposed.
    stages: dict = field(default_factory=dict)

    @property
    def keys(self):
        """The keys of all rows that change anywhere."""
        return set(self.changes).union(*(proposed.changes for proposed in self.stages.values()))


@dataclass(frozen=True)
class Effect:
    """
    A row before and after: its year in three tiers, its changed months, and for a unit what is missing below it.

    Of a campaign its whole and its stages stand for the year and the months; `months` holds their names.
    """

    node: Node
    was: Tiers
    becomes: Tiers
    months: tuple[tuple[str, Tiers, Tiers], ...]
    missing_was: Missing | None
    missing: Missing | None
    is_typed: bool = False

    @property
    def difference(self):
        return self.becomes.commit - self.was.commit


def propose_change(sheet, key, *, wanted, from_on, balance, with_below, calendar):
    """
    Change a row's commit targets from a day on; floor and stretch go along in their proportion.

    :param wanted: position of a month → what the whole month would be asked for, in minor units.
    :param balance: a ``Balance``: what becomes of the sum above.
    :param with_below: whether what is below a unit takes its change up.
    :raises CannotShare, BadTiers:
    """
    plan, before = sheet.plan, sheet.sheet.of(key)
    rule = rules.TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
    full = list(before)
    for position, amount in wanted.items():
        full[position] = rules.set_tier(full[position], rules.Tier.COMMIT, amount, rule)
    position = sheet.months.index(month_of(from_on).starts_on)
    part = rules.part_from(from_on, calendar)
    after = rules.from_day(before, tuple(full), position=position, part=part, rounding=plan.rounding_unit)
    return settle(sheet, {key: after}, balance=balance, with_below=with_below)


def settle(sheet, asked, *, balance, with_below):
    """
    Let everybody around follow the changes of some rows; what these add up to at a unit is settled once.

    :param asked: key → its new months.
    """
    table, fallback, changes = sheet.sheet, there_of(sheet), dict(asked)
    after = table.with_changes(asked)
    if with_below:
        for key, cells in asked.items():
            if table.children.get(key) and (change := rules.change_between(table.of(key), cells)):
                found = rules.share_change(after, key, change, fallback=fallback, kept=frozenset(asked))
                changes |= found
                after = after.with_changes(found)
    if balance != Balance.DIFFERENCE:
        for parent, change in _sums_by_parent(sheet, asked).items():
            found = (
                rules.share_change(
                    after, parent, _opposite(change), fallback=fallback, kept=_kept_from(sheet, parent, frozenset(asked))
                )
                if balance == Balance.SIBLINGS
                else _lifted(sheet, after, parent, change)
            )
            changes |= found
            after = after.with_changes(found)
    return Proposed({key: cells for key, cells in changes.items() if cells != table.of(key)}, typed=frozenset(asked))


def _kept_from(sheet, parent, asked):
    """Return the children of a unit that are asked about themselves or hold somebody who is."""
    return frozenset(child for child in sheet.sheet.children.get(parent, ()) if asked & set(sheet.sheet.below(child)))


def _sums_by_parent(sheet, asked):
    """Return unit → by how much what is directly below it changes; of units that are asked about themselves nothing."""
    sums = {}
    for key, cells in asked.items():
        for i, steps in rules.change_between(sheet.sheet.of(key), cells).items():
            parent = above_in(sheet, key, i)
            if parent is None or parent in asked:
                continue
            so_far = sums.setdefault(parent, {})
            so_far[i] = tuple(a + b for a, b in zip(so_far.get(i, (0, 0, 0)), steps, strict=True))
    return {
        parent: moved for parent, change in sums.items() if (moved := {i: steps for i, steps in change.items() if any(steps)})
    }


def _opposite(change):
    return {i: tuple(-step for step in steps) for i, steps in change.items()}


def _lifted(sheet, after, key, change):
    """
    Return a unit and those above it, all moved by a change.

    :raises CannotShare: ``locked`` if one of them is, in a month that would change.
    """
    found = {}
    for i, steps in change.items():
        above = key
        while above is not None:
            if i in sheet.sheet.locked.get(above, ()):
                raise rules.CannotShare("locked", node=above, month=sheet.months[i])
            found[above] = rules.moved_by(after.with_changes(found), above, {i: steps})
            above = above_in(sheet, above, i)
    return found


def above_in(sheet, key, i):
    """Return the unit that a row belongs to in a month of the plan, at its end; None above the company."""
    return sheet.sheet.above.get(key, {}).get(i, (sheet.nodes[key].parent,))[-1]


def there_of(sheet):
    """Return key → a weight per month by who is there; whoever leads and has no target has none."""
    nothing = (Fraction(0),) * len(sheet.months)
    return {
        key: nothing if node.is_leader and key not in sheet.sheet.cells else node.presence for key, node in sheet.nodes.items()
    }


def effects_of(sheet, changes, *, typed=frozenset()):
    """Return what changes do, row by row in the shown order: whatever changes, and every unit right above it."""
    after = sheet.sheet.with_changes(changes)
    later = type(sheet)(**{**vars_of(sheet), "sheet": after})
    shown = set(changes) | {sheet.nodes[key].parent for key in changes if sheet.nodes[key].parent}
    return [
        Effect(
            node=node,
            was=sheet.sheet.year_of(key),
            becomes=after.year_of(key),
            months=tuple(
                (name, was, becomes)
                for name, was, becomes in zip(sheet.column_names, sheet.sheet.of(key), after.of(key), strict=True)
                if was != becomes
            ),
            missing_was=None if node.is_person else missing_of(sheet, key, rules.Tier.COMMIT),
            missing=None if node.is_person else missing_of(later, key, rules.Tier.COMMIT),
            is_typed=key in typed,
        )
        for key, node in sheet.nodes.items()
        if key in shown
    ]


def vars_of(sheet):
    """Return the fields of a sheet by name."""
    return {name: getattr(sheet, name) for name in sheet.__dataclass_fields__}


def level_of(sheet, keys):
    """
    Return the unit inside which changes of some rows stay, as its node, and the id of the unit whose leader decides about it.

    A row is inside the unit above it. The id is None where only the company decides: for its own target, and for what lies
    between the units directly below it.
    """
    paths = [_path_to(sheet, sheet.nodes[key].parent) for key in keys]
    common = []
    for step in zip(*paths, strict=False):
        if len(set(step)) > 1:
            break
        common.append(step[0])
    inside = sheet.nodes[common[-1]] if common else sheet.root
    above = inside.parent if common else None
    return inside, above and sheet.nodes[above].unit_id


def _path_to(sheet, key):
    path = []
    while key is not None:
        path.insert(0, key)
        key = sheet.nodes[key].parent
    return path


def is_another_publisher(user, *, on):
    """Return whether somebody else could approve for the whole company on a day."""
    roles = [role for role in Role if Permission.TARGETS_PUBLISH in PERMISSIONS[role]]
    everywhere = [role for role in roles if Permission.SEE_EVERYBODY in PERMISSIONS[role]]
    leads_company = Assignment.objects.on(on).filter(person__membership=OuterRef("pk"), unit__parent=None)
    return (
        Membership.objects.filter(role__in=roles, is_active=True)
        .exclude(user=user)
        .filter(Q(role__in=everywhere) | Exists(leads_company))
        .exists()
    )


@dataclass(frozen=True)
class Waiting:
    """How many adjustments of a plan wait for a member."""

    plan: Plan
    number: int


def waiting_adjustments(*, unit_ids, publishes, besides):
    """
    Return what waits for a member's approval, by plan; one statement.

    :param unit_ids: the units they lead, with everything below; None for all.
    :param publishes: whether they may publish: who leads the company then decides about what no unit does.
    :param besides: the user whose own requests are left out: nobody approves those.
    """

    def waiting():
        theirs = Q(level__isnull=False) if unit_ids is None else Q(level__in=unit_ids)
        if publishes:
            leads = Q() if unit_ids is None else Q(Exists(Unit.objects.filter(parent=None, pk__in=unit_ids)))
            theirs |= leads & Q(level=None)
        rows = Adjustment.objects.filter(theirs, status=Adjustment.Status.WAITING, plan__status=Plan.Status.PUBLISHED)
        return rows.exclude(made_by=besides).select_related("plan__metric").only("plan__year_starts_on", "plan__metric")

    found = {}
    for row in Question("waiting adjustments", (unit_ids, publishes, besides.pk), waiting):
        found.setdefault(row.plan_id, []).append(row)
    return [Waiting(own[0].plan, len(own)) for own in found.values()]


def adjustments_in(plan, reach):
    """Return a plan's adjustments in sight as a queryset, newest first."""
    found = Adjustment.objects.filter(plan=plan).select_related("unit", "made_by", "decided_by").defer("before", "after")
    return found if reach.sees_everybody else found.filter(unit_id__in=reach.unit_ids)
