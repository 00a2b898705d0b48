"""From rows to the cells of plans."""

from dataclasses import dataclass, field
from datetime import date

from accounts.models import Company
from common.intake import Account, Changes, Lookup, Row, Unclear
from common.money import from_minor, to_minor
from common.periods import fiscal_year_of, month_of
from common.refusals import Refusal
from common.tenancy import require_company_id
from targets import rules
from targets.imports.columns import MONTH_FIELDS
from targets.imports.sayings import BadTargetRow, TakenTarget
from targets.models import Metric, Plan
from targets.queries.plans import PlanSheet, sheet_of
from targets.rules import NO_TARGET, Tier, TierRule, Tiers
from targets.services.bulk import take_cells
from teams.models import Person, Unit

_WIDE = {f.key: number for number, f in enumerate(MONTH_FIELDS, start=1)}
#: A commit target takes the other two along, so it is set before them, whatever the order of the rows.
_ORDER = {Tier.COMMIT: 0, Tier.STRETCH: 1, Tier.FLOOR: 2}


@dataclass
class _Draft:
    """A plan with the cells that the rows so far ask for."""

    plan: Plan
    sheet: PlanSheet
    cells: dict = field(default_factory=dict)  # key → twelve Tiers
    by_hand: dict = field(default_factory=dict)  # key → positions
    said: dict = field(default_factory=dict)  # (key, position, tier) → (amount, row number)

    @property
    def is_new(self):
        return not self.plan.pk

    def cells_of(self, key):
        return self.cells.get(key) or self.sheet.sheet.of(key)


@dataclass
class _Reading:
    """What is at hand while the rows are gone through."""

    company: Company
    account: Account
    people: Lookup
    units: Lookup
    metrics: Lookup
    drafts: dict = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """What one row asks for: amounts in minor units by (position, tier), and about whom."""

    row: Row
    draft: _Draft
    name: str
    keys: dict  # position → key of the node
    amounts: dict


def plan(rows: list[Row], *, account: Account, today: date, options: dict) -> Changes:
    """Say what the rows would change about targets; plans that do not exist yet are begun as drafts."""
    reading = _reading_of(account)
    asked = []
    for row in rows:
        try:
            asked.append(_understand(row, reading))
        except Refusal as said:
            account.reject(row.number, said)
    for one in sorted(asked, key=lambda one: (min(_ORDER[tier] for _i, tier in one.amounts), one.row.number)):
        try:
            _take(one, account)
        except Refusal as said:
            account.reject(one.row.number, said)
    return _changes_of(reading, account)


def _reading_of(account):
    units = list(Unit.objects.order_by("pk"))
    by_pk = {unit.pk: unit for unit in units}
    for unit in units:
        unit.parent = by_pk.get(unit.parent_id)
    named = [(name, unit) for unit in units for name in (unit.name, *_paths_of(unit))]
    metrics = Metric.objects.filter(is_active=True)
    return _Reading(
        company=Company.objects.get(pk=require_company_id()),
        account=account,
        people=Lookup((name, p) for p in Person.objects.all() for name in (p.employee_number, p.name)),
        units=Lookup(named),
        metrics=Lookup((name, m) for m in metrics for name in (m.code, m.name, m.name_en)),
    )


def _paths_of(unit):
    """Yield the ways to write where a unit hangs, with and without the company on top."""
    names, above = [unit.name], unit.parent
    while above is not None:
        names.insert(0, above.name)
        yield "/".join(names)
        above = above.parent


def _understand(row, reading):
    metric = _metric_of(row, reading)
    by_month = _amounts_of(row, metric)
    year = _year_of(row, by_month, reading.company)
    draft = _draft_of(metric, year, reading)
    positions = {month.starts_on.month: i for i, month in enumerate(map(month_of, draft.sheet.months))}
    amounts = {(positions[month], tier): amount for (month, tier), amount in by_month.items()}
    name, keys = _keys_of(row, draft, sorted({position for position, _tier in amounts}), reading)
    return _Asked(row, draft, name, keys, amounts)


def _metric_of(row, reading):
    name = row.get("metric")
    if name is None:
        metric = reading.metrics.find("revenue")[0]
        if metric is None:
            raise BadTargetRow("no_metric", name="revenue")
        reading.account.guess(row.number, TakenTarget("metric_unknown", name=metric.name), field_key="metric")
    else:
        try:
            metric, is_exact = reading.metrics.find(name)
        except Unclear:
            raise BadTargetRow("metric_unclear", name=name) from None
        if metric is None:
            raise BadTargetRow("no_metric", name=name)
        if not is_exact:
            said = TakenTarget("name_loosely", given=name, taken=metric.name)
            reading.account.guess(row.number, said, field_key="metric")
    if not metric.adds_up:
        raise BadTargetRow("ratio", name=metric.name)
    return metric


def _amounts_of(row, metric):
    """Return minor units by (month number, tier)."""
    tier = Tier(row.get("tier", Tier.COMMIT))
    amounts = {(number, tier): row.values[key] for key, number in _WIDE.items() if key in row.values}
    single = {Tier.FLOOR: "floor", Tier.STRETCH: "stretch"}
    values = {tier: row.get("amount")} | {t: row.values[key] for t, key in single.items() if key in row.values}
    values = {t: value for t, value in values.items() if value is not None}
    if values:
        if "month" not in row.values:
            raise BadTargetRow("no_month")
        _year, number = row.values["month"]
        amounts |= {(number, t): value for t, value in values.items()}
    if not amounts:
        raise BadTargetRow("nothing")
    return {place: to_minor(amount, metric.scale) for place, amount in amounts.items()}


def _year_of(row, by_month, company):
    """Return the fiscal year that a row is about."""
    start = company.fiscal_year_starts_in
    calendar_year, number = row.get("month") or (None, None)
    named = row.get("year")
    if calendar_year:
        year = fiscal_year_of(date(calendar_year, number, 1), start)
        if named and year.starts_on.year != named:
            raise BadTargetRow("two_years", year=named)
        return year
    if not named:
        raise BadTargetRow("no_year")
    return fiscal_year_of(date(named, start, 1), start)


def _draft_of(metric, year, reading):
    if (found := reading.drafts.get((metric, year))) is None:
        plan = Plan.objects.filter(metric=metric, year_starts_on=year.starts_on).first()
        # Key 0 belongs to no plan: a sheet without targets.
        plan = plan or Plan(pk=0, metric=metric, year_starts_on=year.starts_on, company=reading.company)
        plan.metric = metric
        found = _Draft(plan, sheet_of(plan, company=reading.company, with_leaders=True))
        reading.drafts[metric, year] = found
    if found.sheet.root is None:
        raise BadTargetRow("no_organisation")
    return found


def _keys_of(row, draft, positions, reading):
    """Return who a row is about, in words, and the node of each of its months."""
    nodes = draft.sheet.nodes.values()
    unit = _found(reading.units, row, "unit", reading.account)
    person = _found(reading.people, row, "person", reading.account)
    if person is None:
        node = draft.sheet.root if unit is None else next((n for n in nodes if not n.is_person and n.unit_id == unit.pk), None)
        if node is None:
            raise BadTargetRow("unit_closed", name=unit.name)
        return node.name, dict.fromkeys(positions, node.key)
    seats = [n for n in nodes if n.person_id == person.pk and (unit is None or n.unit_id == unit.pk)]
    if unit is not None and not seats:
        raise BadTargetRow("not_in_unit", name=person.name, unit=unit.name, year=draft.sheet.year.starts_on.year)
    keys = {}
    for position in positions:
        # In the month of a transfer the longer part decides.
        seat = max(seats, key=lambda n: n.presence[position], default=None)
        if seat is None or not seat.presence[position]:
            raise BadTargetRow("in_no_team", name=person.name, month=f"{draft.sheet.months[position]:%Y-%m}")
        keys[position] = seat.key
    return person.name, keys


def _found(lookup, row, key, account):
    if not (name := row.get(key)):
        return None
    if key == "unit":
        name = "/".join(part.strip() for part in name.replace("＞", ">").replace("／", "/").replace(">", "/").split("/"))
    try:
        thing, is_exact = lookup.find(name)
    except Unclear:
        raise BadTargetRow(f"{key}_unclear", name=name) from None
    if thing is None:
        near = lookup.near(name)
        raise BadTargetRow(f"no_{key}_near", name=name, near=near) if near else BadTargetRow(f"no_{key}", name=name)
    if not is_exact:
        account.guess(row.number, TakenTarget("name_loosely", given=name, taken=thing.name), field_key=key)
    return thing


def _take(asked, account):
    draft, plan = asked.draft, asked.draft.plan
    rule = TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
    changed = {key: list(draft.cells_of(key)) for key in set(asked.keys.values())}
    were = {key: draft.sheet.sheet.of(key) for key in changed}
    are_tiers_made = False
    for (position, tier), amount in sorted(asked.amounts.items(), key=lambda item: _ORDER[item[0][1]]):
        key = asked.keys[position]
        earlier, number = draft.said.get((key, position, tier), (amount, asked.row.number))
        if earlier != amount:
            raise BadTargetRow("again", row=number)
        cells = changed[key]
        others = {t: asked.amounts[position, t] for t in (Tier.FLOOR, Tier.STRETCH) if (position, t) in asked.amounts}
        if tier == Tier.COMMIT and len(others) == 2:
            cells[position] = Tiers(others[Tier.FLOOR], amount, others[Tier.STRETCH])
            continue
        are_tiers_made |= tier == Tier.COMMIT and cells[position] == NO_TARGET and bool(amount)
        cells[position] = rules.set_tier(cells[position], tier, amount, rule)
    differs = any(tuple(cells) != tuple(draft.cells_of(key)) for key, cells in changed.items())
    if differs and plan.status == Plan.Status.PUBLISHED:
        raise BadTargetRow("published", name=f"{plan.metric.name} {plan.year_starts_on.year}")
    for position, key in asked.keys.items():
        if position in draft.sheet.locked_of(key) and changed[key][position] != were[key][position]:
            raise BadTargetRow("locked", name=asked.name, month=f"{draft.sheet.months[position]:%Y-%m}")
    # Everything that can be refused has been: from here on the row is taken.
    for (position, tier), amount in asked.amounts.items():
        draft.said[asked.keys[position], position, tier] = (amount, asked.row.number)
    if differs:
        for key, cells in changed.items():
            draft.cells[key] = tuple(cells)
        for position, key in asked.keys.items():
            draft.by_hand.setdefault(key, set()).add(position)
    if are_tiers_made and differs:
        percents = {"floor": f"{plan.floor_percent:g}", "stretch": f"{plan.stretch_percent:g}"}
        account.guess(asked.row.number, TakenTarget("tiers_made", **percents))
    name = " · ".join([asked.name, f"{plan.metric.name} {plan.year_starts_on.year}", *_other_tiers(asked)])
    is_first = all(were[key][position] == NO_TARGET for position, key in asked.keys.items())
    if not differs:
        account.keep(asked.row.number)
    elif is_first:
        account.create(asked.row.number, name, _told(asked, plan))
    else:
        before, after = _differences(asked, were, draft)
        account.change(asked.row.number, None, before, after, name=name)


def _other_tiers(asked):
    """Return the tiers that a row is about in words, unless it is the commit target."""
    tiers = {tier for _position, tier in asked.amounts}
    return [] if Tier.COMMIT in tiers else [str(tier.label) for tier in Tier if tier in tiers]


def _differences(asked, were, draft):
    """Return the amounts of the months that change, before and after, by the month's field; a row's tiers after each other."""
    before, after = {}, {}
    for position, key in sorted(asked.keys.items()):
        tiers = [tier for tier in Tier if (position, tier) in asked.amounts]
        was, becomes = (
            " / ".join(_shown(getattr(cells[position], tier), draft.plan) for tier in tiers)
            for cells in (were[key], draft.cells_of(key))
        )
        if was != becomes:
            month = f"m{draft.sheet.months[position].month:02}"
            before[month], after[month] = was, becomes
    return before, after


def _told(asked, plan):
    total = sum(amount for (_i, tier), amount in asked.amounts.items() if tier == Tier.COMMIT)
    return _shown(total or sum(asked.amounts.values()), plan)


def _shown(minor, plan):
    return f"{from_minor(minor, plan.metric.scale):,}"


def _changes_of(reading, account):
    changes = Changes()
    for (metric, year), draft in reading.drafts.items():
        if not draft.cells:
            continue
        account.also["plans"] += draft.is_new
        _add_up(draft, account)
        changes.then(
            lambda by, metric=metric, year=year, draft=draft: take_cells(
                metric=metric, year=year, cells=draft.cells, by_hand=draft.by_hand, by=by
            )
        )
    return changes


def _add_up(draft, account):
    """Give units that had no target the sum of their parts, from the bottom up, and say where parts and whole differ."""
    first_row = min(number for _amount, number in draft.said.values())
    touched = sorted({position for _key, position, _tier in draft.said})
    given = {(key, position) for key, position, _tier in draft.said}
    is_made = False
    for key in reversed(draft.sheet.nodes):
        # In the tree of each month, and as everything stands once the file is taken.
        given, differing = draft.sheet.sheet.with_changes(draft.cells).given_below(key), []
        for position in touched:
            parts = rules.Tiers.from_steps(*given[position])
            own, over = draft.cells_of(key)[position], draft.sheet.sheet.over.get(key)
            asked = rules.planned_over(own, over, draft.plan.rounding_unit) if over else own
            if not parts.commit or asked == parts:
                continue
            if own == NO_TARGET and (key, position) not in given and position not in draft.sheet.locked_of(key):
                cells = list(draft.cells_of(key))
                cells[position] = parts
                draft.cells[key] = tuple(cells)
                is_made = True
            elif asked.commit != parts.commit:
                differing.append((draft.sheet.months[position], asked.commit, parts.commit))
        if differing:
            month, own, parts = differing[0]
            said = TakenTarget(
                "does_not_add_up",
                unit=draft.sheet.nodes[key].name,
                month=f"{month:%Y-%m}" + (f" (+{len(differing) - 1})" if len(differing) > 1 else ""),
                amount=_shown(own, draft.plan),
                parts=_shown(parts, draft.plan),
            )
            account.guess(first_row, said)
    if is_made:
        account.guess(first_row, TakenTarget("parent_made"))
