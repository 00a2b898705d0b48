"""Proposing a split or a spread over months: the numbers that a method gives, with the inputs that it used. Writes nothing."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from common.money import NoWeights, from_minor
from common.period_names import name_of
from common.periods import Period, month_of, months_in
from targets import rules
from targets.queries.history import (
    RECORD_MONTHS,
    SEASON_MONTHS,
    first_month_on_record,
    months_worked,
    past_of,
    record_before,
)
from targets.queries.inputs import Given, short
from targets.rules import InputKind, MonthMethod, SplitMethod
from teams.queries import calendar_of


@dataclass(frozen=True)
class ChildInput:
    """What a method knew about one child, and the share it was given: per cent of the unit while the child is there."""

    key: str
    history: int | None  # minor units over the months on record; None for a newcomer
    months: int
    weight: Fraction | None  # as typed
    share: Fraction  # the mean over the months, where a method tells them apart
    heads: Fraction | None = None  # of the year: people at full performance, by presence and ramp; None if not asked
    given: dict = field(default_factory=dict)  # method → MethodValue, for the methods that go by what was entered

    def told(self):
        """Return it for the step that keeps it, JSON-ready: [history, months, weight, share(, heads(, {method: numbers}))]."""
        told = [self.history, self.months, self.weight and short(self.weight), short(self.share)]
        if self.heads is not None or self.given:
            told.append(self.heads and short(self.heads))
        if self.given:
            told.append({str(method): value.told() for method, value in self.given.items()})
        return told


@dataclass(frozen=True)
class Lack:
    """Who has no number for a method in one unit; nobody there has one if ``names`` is empty, and all weigh the same."""

    method: str
    unit: str
    names: tuple

    @property
    def label(self):
        return SplitMethod(self.method).label


@dataclass
class Proposal:
    """New cells by node, and for each unit that is split how its children's came about."""

    changes: dict = field(default_factory=dict)
    inputs: dict = field(default_factory=dict)  # unit key → [ChildInput]
    without_history: list = field(default_factory=list)  # units in which history said nothing: equal shares were used
    lacking: list = field(default_factory=list)  # [Lack]: who has no number for a method that goes by one


@dataclass(frozen=True)
class Record:
    """Everybody's own months before the plan's year, loaded once for a whole split."""

    past: object
    worked: dict
    months: tuple
    given: Given

    def of(self, node, sheet):
        """Return month → amount for the months on record, the ones without a result with 0."""
        amounts = self.past.of(node, sheet)
        if node.is_person:
            return {month: amounts.get(month, 0) for month in self.months if month in self.worked.get(node.person_id, ())}
        return {month: amounts.get(month, 0) for month in self.months} if amounts else {}


def record_of(sheet, *, on):
    """Return the record that a split by history goes by: at most twelve whole months, none before the ledger begins."""
    measure = sheet.plan.metric.numerator
    period = record_before(sheet.plan.year_starts_on, on=on, months=RECORD_MONTHS)
    begin = first_month_on_record(measure)
    months = tuple(month.starts_on for month in months_in(period) if begin and month.starts_on >= begin)
    return Record(past_of(measure, period), months_worked(period), months, Given(sheet.plan, period))


def propose_split(sheet, key, *, shares, weights=None, whole_subtree=False, with_leaders=False, record):
    """
    Divide a unit's months among its children, and theirs among their own if the whole subtree is asked for.

    :param shares: the say of each method, in proportion; one method alone is ``{SplitMethod.EQUAL: 1}``.
    :param weights: child → typed weight, for ``SplitMethod.WEIGHTS``; holds for the first unit only, below it the
        other methods decide, or equal shares when there is no other.
    :raises SheetRefused, NoWeights: if the target of some month cannot go to anybody.
    """
    proposal, table, by_unit = Proposal(), sheet.sheet, {}
    if not table.children.get(key):
        raise rules.SheetRefused("no_children", node=key)
    for unit in table.below(key):
        if unit not in table.children or (unit != key and not (whole_subtree and table.children[unit])):
            continue
        by_unit[unit], inputs, lacks_history, lacking = _weights_in(
            sheet,
            unit,
            shares=shares if unit == key else _without_typed(shares),
            weights=(weights or {}) if unit == key else {},
            with_leaders=with_leaders,
            record=record,
            is_top=unit == key,
        )
        proposal.lacking += lacking
        proposal.inputs[unit] = inputs
        if lacks_history:
            proposal.without_history.append(unit)
    proposal.changes = rules.split_tree(table, key, by_unit)
    return proposal


def _without_typed(shares):
    rest = {method: share for method, share in shares.items() if method != SplitMethod.WEIGHTS and share}
    return rest or {SplitMethod.EQUAL: 1}


def _weights_in(sheet, unit, *, shares, weights, with_leaders, record, is_top):
    """Return a unit's children's weights per month, what they came from, whether history had nothing to say, and who lacks numbers."""
    eligible = [node for node in sheet.children_of(unit) if any(node.presence) and (with_leaders or not node.is_leader)]
    if not eligible:
        # Nothing to split is no harm; split_tree refuses where there is.
        return {}, [], False, []
    records = {node.key: record.of(node, sheet) for node in eligible} if shares.get(SplitMethod.HISTORY) else {}
    heads = (
        {node.key: _planned(record, node) or heads_of(sheet, node, with_leaders=with_leaders) for node in eligible}
        if shares.get(SplitMethod.HEADCOUNT)
        else {}
    )
    entered = {
        method: record.given.values_of(method, eligible, sheet, with_leaders=with_leaders)
        for method in shares
        if method in rules.KINDS_OF_METHOD
    }
    _require_inputs(entered, unit, is_top=is_top)
    lacks_history, proposals = False, []
    for method in shares:
        if method == SplitMethod.HISTORY:
            try:
                given = list(rules.history_weights(records).values())
            except NoWeights:
                given, lacks_history = rules.equal_weights(len(eligible)), True
        elif method == SplitMethod.WEIGHTS:
            given = [weights.get(node.key, 0) for node in eligible]
        elif method == SplitMethod.HEADCOUNT:
            given = None  # differs from month to month
        elif values := entered.get(method):
            given = [values[node.key].value for node in eligible]
        else:
            given = rules.equal_weights(len(eligible))
        proposals.append(given)
    mixed = _by_month(proposals, list(shares.values()), [heads[node.key] for node in eligible] if heads else None)
    by_month = {
        node.key: tuple(share * there for share, there in zip(months, node.presence, strict=True))
        for node, months in zip(eligible, mixed, strict=True)
    }
    inputs = [
        ChildInput(
            key=node.key,
            history=sum(records[node.key].values()) if records.get(node.key) else None,
            months=len(records.get(node.key, ())),
            weight=Fraction(weights[node.key]) if SplitMethod.WEIGHTS in shares and node.key in weights else None,
            share=sum(months) * 100 / 12,
            heads=_heads_over_the_year(node, heads[node.key]) if heads else None,
            given={method: values[node.key] for method, values in entered.items() if values},
        )
        for node, months in zip(eligible, mixed, strict=True)
    ]
    return by_month, inputs, lacks_history, _lacking(entered, unit, sheet)


def _require_inputs(entered, unit, *, is_top):
    """Refuse a method without any number in the unit that is split; below it equal shares stand in, and it is said."""
    for method, values in entered.items():
        if is_top and values is None:
            raise rules.SheetRefused("no_inputs", node=unit, method=SplitMethod(method).label)


def _lacking(entered, unit, sheet):
    found = []
    for method, values in entered.items():
        names = tuple(sheet.nodes[key].name for key, value in (values or {}).items() if value.is_filled)
        if values is None or names:
            found.append(Lack(method, sheet.nodes[unit].name, names))
    return found


def _planned(record, node):
    """Return the heads that somebody plans for a node, the same in every month; None where those there are counted."""
    heads = record.given.entered(InputKind.HEADS, node)
    return None if heads is None else (Fraction(heads),) * 12


def heads_of(sheet, node, *, with_leaders=False):
    """
    Return how many people at full performance a node counts in each month: by the ramp of the company's newcomers.

    A person counts by their month of service, a unit by everybody below it and the days they are there. Who is there
    for a part of a month only is the caller's to weigh for a person, as with every method.
    """
    if node.is_person:
        return _ramp(node, sheet)
    heads = [Fraction(0)] * 12
    for key in sheet.sheet.below(node.key):
        below = sheet.nodes[key]
        if below.is_person and (with_leaders or not below.is_leader):
            parts = zip(heads, _ramp(below, sheet), below.presence, strict=True)
            heads = [so_far + part * there for so_far, part, there in parts]
    return tuple(heads)


def _ramp(person, sheet):
    served = [rules.months_of_service(person.hired_on, month) if person.hired_on else 12 for month in sheet.months]
    return tuple(rules.ramp_weights(served, sheet.ramp_percents))


def _heads_over_the_year(node, heads):
    parts = zip(heads, node.presence, strict=True) if node.is_person else ((each, 1) for each in heads)
    return sum((head * there for head, there in parts), Fraction(0)) / 12


def _by_month(proposals, says, heads):
    """
    Return each child's share in each of the twelve months, mixed from what the methods propose.

    :param proposals: a method's weights by child; None for the headcount's, which are `heads`: by child and month.
    """
    if heads is None:
        return [(share,) * 12 for share in rules.combine(proposals, says)]
    columns = []
    for number in range(12):
        there = [months[number] for months in heads]
        # Where nobody is there in a month, split_tree says so if there is anything to split.
        filled = [there if given is None else given for given in proposals]
        columns.append(rules.combine(filled, says) if any(there) else [Fraction(0)] * len(there))
    return list(zip(*columns, strict=True))


def month_weights(sheet, key, *, method, weights=None, season=None, company, on):
    """
    Return a weight for each month of the plan's year by a method, in order.

    By season the unit's own past months decide, up to three years of them; see ``rules.seasonal_shares``.

    :param weights: twelve typed numbers, for ``MonthMethod.WEIGHTS``.
    :param season: what ``season_of`` told already.
    :raises NoWeights: for typed weights without any above zero, or a year without a working day.
    """
    match MonthMethod(method):
        case MonthMethod.EQUAL:
            return rules.equal_weights(12)
        case MonthMethod.WEIGHTS:
            return rules.normalise(list(weights or ()))
        case MonthMethod.WORKING_DAYS:
            return rules.normalise([sheet.working_days[month] for month in sheet.months])
    history, days = season or season_of(sheet, key, company=company, on=on)
    return rules.seasonal_shares(history, days, sheet.months)


def season_of(sheet, key, *, company, on):
    """Return a node's whole past months since the ledger began (month → amount), and the working days of past and plan."""
    measure = sheet.plan.metric.numerator
    period = record_before(sheet.plan.year_starts_on, on=on, months=SEASON_MONTHS)
    begin = first_month_on_record(measure)
    amounts = past_of(measure, period).of(sheet.nodes[key], sheet)
    months = [month.starts_on for month in months_in(period) if begin and month.starts_on >= begin]
    days = calendar_of(company).working_days_by_month(Period(period.starts_on, sheet.year.ends_before))
    return {month: amounts.get(month, 0) for month in months}, days


def presence_weights(sheet, key):
    """Return child → a weight per month by who is there, for sharing out where nobody has anything yet."""
    nothing = (Fraction(0),) * 12
    return {
        node.key: nothing if node.is_leader and node.key not in sheet.sheet.cells else node.presence
        for node in sheet.children_of(key)
    }


def propose_spread(sheet, key, *, whole_subtree=True, keep_by_hand=True):
    """
    Make the children of a unit add up to it again in proportion to what they have, and those below them as well.

    :raises SheetRefused: see ``rules.spread_rest``.
    """
    table = sheet.sheet
    units = [unit for unit in table.below(key) if table.children.get(unit) and (unit == key or whole_subtree)]
    kept = sheet.by_hand if keep_by_hand else {}
    return Proposal(changes=rules.spread_rest(table, key, kept, {unit: presence_weights(sheet, unit) for unit in units}))


def named(sheet, refusal):
    """
    Return a refusal of the rules with the node's name, the month's name and a readable amount in its sentence.

    One that has them already, as a service's, stays as it is.
    """
    params = dict(refusal.params)
    if node := sheet.nodes.get(params.get("node")):
        params["node"] = node.name
    if isinstance(params.get("month"), date):
        params["month"] = name_of(month_of(params["month"]))
    if isinstance(params.get("amount"), int):
        params["amount"] = f"{from_minor(params['amount'], sheet.plan.metric.scale):,}"
    if isinstance(refusal, rules.KeptRefused):
        return rules.KeptRefused(refusal.code, conflicts=refusal.conflicts, **params)
    return type(refusal)(refusal.code, **params)
