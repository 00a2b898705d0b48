"""Targets of ratios and levels: set for a unit or person, and for a ratio handed down to everybody below without one of their own."""

from django.db import connection, transaction

from common.db.postgres.prepared import prepared
from common.money import LIMIT
from common.tenancy import require_company_id
from credits.services import hold_closing_off
from targets import rules
from targets.models import Metric, Plan, PlanStep
from targets.queries.closings import final_months_of
from targets.queries.plans import sheet_of
from targets.rules import Tier, TierRule
from targets.rules.rates import hand_down
from targets.services.plans import PlanRefused, locked
from targets.services.steps import take_step


@transaction.atomic
def set_rate(*, plan, key, tier, amounts, seen=None, client_ref=None, by):
    """
    Set months of one row in one tier, or let them follow the unit above again.

    A commit target takes floor and stretch along, see `rules.set_tier`; where less is better all three are the same.

    :param amounts: month → minor units, None to follow the unit above.
    :param seen: the row's stamp (`PlanSheet.stamp`) that was on the screen.
    :returns: the step, None if nothing was to be changed.
    :raises PlanRefused: ``published``, ``changed``, ``not_in_plan``, ``adds_up``, ``too_large``, ``month_closed``.
    :raises BadTiers: for tiers out of order.
    """
    plan = locked(plan)
    if plan.metric.adds_up:
        raise PlanRefused("adds_up")
    if client_ref and (made := PlanStep.objects.filter(client_ref=client_ref).first()):
        return made
    sheet = sheet_of(plan, company=plan.company, with_leaders=True)
    if (node := sheet.nodes.get(key)) is None:
        raise PlanRefused("not_in_plan")
    if seen is not None and seen != sheet.stamp(key):
        raise PlanRefused("changed")
    own = own_cells(sheet)
    mine = dict(own.get(key, {}))
    for month, amount in amounts.items():
        position = sheet.months.index(month)
        if amount is None:
            mine.pop(position, None)
        else:
            mine[position] = _cell(plan, sheet.sheet.of(key)[position], tier, amount)
    changes, by_hand = _handed(sheet, {**own, key: mine}, keeping=final_months_of(plan) - set(amounts))
    if not changes and not (mine.keys() ^ own.get(key, {}).keys()):
        return None
    changes.setdefault(key, sheet.sheet.of(key))
    unit = node if not node.is_person else sheet.nodes[node.parent]
    inputs = {"tier": str(tier), "for": node.name}
    return take_step(sheet, unit, PlanStep.Verb.RATE, changes, by_hand=by_hand, inputs=inputs, client_ref=client_ref, by=by)


@transaction.atomic
def hand_down_rates(*, today, by=None):
    """
    Give whoever came since a published plan was made the rates of their unit, and take them from whoever is not there.

    Months that are closed stay as they are. Running it again changes nothing.

    :returns: how many plans changed.
    """
    ratios = [kind for kind in Metric.Kind if kind not in (*Metric.ADDING, Metric.Kind.LEVEL)]
    if not _has_published(ratios):
        return 0
    hold_closing_off()
    plans = Plan.objects.filter(status=Plan.Status.PUBLISHED, metric__kind__in=ratios, metric__is_active=True)
    changed = 0
    for plan in plans.select_for_update(of=("self",)).select_related("metric", "company").order_by("pk"):
        sheet = sheet_of(plan, company=plan.company, with_leaders=True)
        if sheet.root is None or sheet.year.ends_before <= today:
            continue
        changes, by_hand = _handed(sheet, own_cells(sheet), keeping=final_months_of(plan))
        if changes:
            take_step(sheet, sheet.root, PlanStep.Verb.RATE, changes, by_hand=by_hand, inputs={}, by=by)
            changed += 1
    return changed


_HAS_PUBLISHED = prepared(
    """
SELECT EXISTS (
    SELECT FROM targets_plan plan JOIN targets_metric metric ON metric.company_id = %(company)s AND metric.id = plan.metric_id
    WHERE plan.company_id = %(company)s AND plan.status = 'PUBLISHED' AND metric.is_active AND metric.kind = ANY(%(kinds)s)
)
""",
    company="bigint",
    kinds="text[]",
)


def _has_published(kinds):
    """Return whether any plan of such metrics counts: most companies have none, and each is asked every night."""
    with connection.cursor() as cursor:
        cursor.execute(_HAS_PUBLISHED, {"company": require_company_id(), "kinds": [kind.value for kind in kinds]})
        return cursor.fetchone()[0]


def own_cells(sheet):
    """Return what was set in a sheet of rates rather than handed down: key → position → tiers."""
    return {key: {i: sheet.sheet.of(key)[i] for i in positions} for key, positions in sheet.by_hand.items()}


def _handed(sheet, own, *, keeping):
    """
    Return the rows that differ once everything is handed down, and the positions that are a row's own.

    :param keeping: first days of months that stay as they are.
    """
    if sheet.plan.metric.is_ratio:
        there = {
            node.key: frozenset(i for i, part in enumerate(node.presence) if part)
            for node in sheet.nodes.values()
            if node.is_person
        }
    else:
        # A number to stand at the end is a row's own, or there is none.
        there = {key: frozenset() for key in sheet.nodes}
    handed = hand_down(sheet.sheet, sheet.root.key, own, there)
    kept = {i for i, month in enumerate(sheet.months) if month in keeping}
    changes = {}
    for key, cells in handed.items():
        before = sheet.sheet.of(key)
        after = tuple(before[i] if i in kept else cell for i, cell in enumerate(cells))
        if after != before:
            changes[key] = after
    return changes, {key: frozenset(positions) for key, positions in own.items()}


def _cell(plan, before, tier, amount):
    if amount > LIMIT:
        raise PlanRefused("too_large")
    metric = plan.metric
    if metric.is_lower_better:
        return rules.Tiers(amount, amount, amount)
    changed = rules.set_tier(before, tier, amount, TierRule(plan.floor_percent, plan.stretch_percent))
    if metric.kind == Metric.Kind.PERCENT and tier == Tier.COMMIT:
        # Nobody can collect more than is due: the stretch ends at the whole.
        whole = max(100 * 10**metric.scale, amount)
        return rules.Tiers(changed.floor, changed.commit, min(changed.stretch, whole))
    return changed
