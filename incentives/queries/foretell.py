"""
What closing a deal would pay, and how far it is to the next step: the same arithmetic on what was read and a little more.

Nothing is stored. One reading answers any number of questions about one person and one month.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

from common.periods import month_of
from credits.queries.measures import own_measures
from credits.rules import Measure
from credits.rules.own import CreditedRole
from incentives.queries.bases import Cell
from incentives.queries.contracts import Clause, contracts_ever
from incentives.queries.distances import Curve, Distance, standings_of
from incentives.queries.drafting import Drafting
from incentives.queries.drafts import Draft
from incentives.queries.pay_settings import pay_settings
from incentives.queries.posted import posted_beside
from incentives.queries.reading import kind_of
from incentives.rules.earning import BELOW_ZERO, add_bucket, bounds_of, counts
from incentives.rules.numbers import Exact
from incentives.rules.terms import Base, ChosenBy, Kind, Pays, Release, Sharing, Whose
from targets.queries.attainment import AttainmentRow


@dataclass(frozen=True, slots=True)
class Part:
    """
    What one product line brings into a deal, in minor units and pieces; `line_id` is None for what has none.

    :ivar discount: off its list prices, in per cent. :ivar margin: gross, of everybody's part together, in per cent.
    """

    line_id: int | None
    amount: int
    gross_profit: int = 0
    units: int = 0
    discount: Exact = 0
    margin: Exact = 0


@dataclass(frozen=True, slots=True)
class Sale:
    """
    A deal that might be won, as far as it is credited to the person.

    :ivar collected: what the customer pays in the same month, in minor units.
    :ivar paid: which per cent of the deal the customer has paid by then.
    :ivar due: what of it falls due in the same month, in minor units, and `due_collected` what of that is paid.
    :ivar is_new: whether it is the customer's first; None without a customer.
    :ivar discount: off the list prices, in per cent. :ivar margin: gross, in per cent. :ivar days: to collect, from winning to receiving.
    :ivar age: whole months since the customer's first order, 0 where this is the first; None without a customer.
    :ivar is_lead: whether the deal as a whole is theirs: of those who share one, one counts it.
    :ivar whole: what the deal brings to everybody together, and `collected_whole`; what the lead alone is credited with, in full.
    :ivar on_top: what is credited to them on top, as another sale; it counts for them and for no unit.
    """

    parts: tuple[Part, ...]
    channel_id: int | None = None
    is_new: bool | None = None
    collected: int = 0
    paid: Exact = 0
    due: int = 0
    due_collected: int = 0
    discount: Exact = 0
    margin: Exact = 0
    days: int = 0
    age: int | None = None
    is_lead: bool = True
    on_top: "Sale | None" = None
    whole: tuple[Part, ...] | None = None
    collected_whole: int | None = None

    @property
    def in_full(self):
        """The same as if all of it were theirs."""
        parts = self.parts if self.whole is None else self.whole
        collected = self.collected if self.collected_whole is None else self.collected_whole
        return replace(self, parts=parts, collected=collected)

    def brings(self, measure):
        """Return {product line id: how much of a measure}; empty for what a deal does not bring about."""
        match measure:
            case Measure.REVENUE:
                return {part.line_id: part.amount for part in self.parts}
            case Measure.GROSS_PROFIT:
                return {part.line_id: part.gross_profit for part in self.parts}
            case Measure.UNITS_SOLD:
                return {part.line_id: part.units for part in self.parts}
            case Measure.CASH_COLLECTED:
                return {None: self.collected}
            case Measure.AMOUNT_DUE:
                return {None: self.due}
            case Measure.COLLECTED_DUE:
                return {None: self.due_collected}
            case Measure.DEALS_WON | Measure.DEALS_CLOSED:
                return {None: int(self.is_lead)}
            case Measure.NEW_CUSTOMERS:
                return {None: int(bool(self.is_new) and self.is_lead)}
        return {}

    def decides(self, component, line_id):
        """Return what of the deal, or of its line, chooses the step of a component that goes by discount or margin."""
        of = next((part for part in self.parts if part.line_id == line_id), self) if component.base == Base.LINE else self
        return of.margin if component.chosen_by == ChosenBy.MARGIN else of.discount


@dataclass(frozen=True)
class Foretold:
    """A month's statement as it stands, and as it would; `gains` is {component key: minor units more}."""

    now: Draft
    then: Draft
    gains: dict = field(default_factory=dict)

    @property
    def gained(self):
        return self.then.total - self.now.total


class Foretelling:
    """
    What was read of one person's month.

    :param on: a day of the month that is asked about: today.
    :param contracts: as in `drafting.work_out`.
    """

    def __init__(self, *, person_id, on, company, contracts=None):
        self.person_id, self.month, self._on = person_id, month_of(on), on
        contracts = contracts_ever() if contracts is None else contracts
        only = frozenset([person_id])
        self._drafting = Drafting(
            month=self.month, company=company, contracts=contracts, posted=posted_beside(self.month, person_ids=only),
            person_ids=only, known_at=None, settings=pay_settings(),
        )  # fmt: skip
        self._owned, self._added = None, set()

    @property
    def is_paid(self):
        """Whether any plan is for the person this month."""
        return any(slot.person_id == self.person_id and slot.stays for slot in self._drafting.reading.slots.values())

    def now(self) -> Draft | None:
        """Return the month's statement as it stands, None for somebody in no plan."""
        return self._now

    @cached_property
    def _now(self):
        return self._drafting.drafts().get(self.person_id)

    @cached_property
    def clauses(self) -> list[Clause]:
        """What pays the person this month, guarantees left out."""
        return [clause for _slot, clause in self._own_clauses()]

    def with_sales(self, sales: Sequence[Sale]) -> Foretold | None:
        """Return the statement with some deals won this month; None for somebody in no plan. Asking again begins anew."""
        now = self.now()
        if now is None:
            return None
        with self._drafting.assuming() as reading:
            for sale in sales:
                self._add(reading, sale)
            then = self._drafting.drafts()[self.person_id]
        gains = {}
        for sign, draft in ((-1, now), (1, then)):
            for line in draft.lines:
                if line.key:
                    gains[line.key] = gains.get(line.key, 0) + sign * line.amount
        return Foretold(now, then, {key: gain for key, gain in gains.items() if gain})

    def distances(self) -> list[Distance]:
        """Return the way to the next step of every component that has one, in the order of the plan."""
        return [found for standing in self._standings() if (found := standing.distance())]

    def curves(self) -> list[Curve]:
        """Return what each component with steps pays by what is reached, and where the person stands."""
        return [found for standing in self._standings() if (found := standing.curve())]

    def _standings(self):
        for slot, clause in self._own_clauses():
            yield from standings_of(self._drafting.entitlements, slot, clause)

    def _own_clauses(self):
        reading = self._drafting.reading
        for slot in reading.slots.values():
            if slot.stays and slot.person_id == self.person_id and slot.span == reading.span(slot.kind):
                for clause in slot.contract.clauses:
                    if kind_of(clause) == slot.kind and clause.component.kind != Kind.DRAW:
                        yield slot, clause

    def _add(self, reading, sale):
        if self._owned is None:
            self._owned = own_measures()
        self._added = set()
        for slot, clause in self._own_clauses():
            is_pool = clause.component.kind == Kind.POOL
            if clause.component.release == Release.COLLECTION and (is_pool or clause.component.whose == Whose.OWN):
                self._collect(reading, slot, clause, sale)
        for slot, clause in self._own_clauses():
            if clause.counts_credits and clause.component.whose != Whose.OTHERS:
                self._credit(reading, slot, clause, sale)
        units = self._units_of(reading)
        for (metric_id, span, name, subject_id), row in list(reading.degrees.rows.items()):
            metric = reading.degrees.metric(metric_id)
            if not span.overlaps(self.month):
                continue
            if name == "person_ids" and subject_id == self.person_id:
                credited = [(sale, False), *([(sale.on_top, True)] if sale.on_top else [])]
            elif name == "unit_ids" and subject_id in units:
                credited = [(sale, False)]
            else:
                continue
            more = {
                measure: sum(sum(self._brings(*each, measure).values()) for each in credited) for measure in metric.measures
            }
            reading.degrees.put(metric_id, span, name, subject_id, _with(row, metric, more))

    def _units_of(self, reading):
        """Return the units of which attainments were read that hold the person's own: what they sell counts there too."""
        own = reading.staff.unit_of(self.person_id, self.month)
        asked = {unit_id for units in reading.units_led.values() for unit_id in units}
        return {unit_id for unit_id in asked if own in reading.staff.tree.below(unit_id, on=self._on)}

    def _brings(self, sale, is_overlay, measure):
        """Return what a sale, or what is on top of it, brings of a measure; of an own one by the rule that holds last."""
        if (rule := self._owned.get(measure)) is None:
            return {} if is_overlay and measure == Measure.NEW_CUSTOMERS else sale.brings(measure)
        part = rule.part
        if part.role == CreditedRole.LEAD:
            if is_overlay or not sale.is_lead:
                return {}
            sale = sale.in_full
        elif part.role != CreditedRole.BOTH and is_overlay != (part.role == CreditedRole.OVERLAY):
            return {}
        if (part.channels is not None and sale.channel_id not in part.channels) or (
            part.customers != "ALL" and sale.is_new != (part.customers == "NEW")
        ):
            return {}
        return {
            line: amount for line, amount in sale.brings(part.measure).items()
            if part.product_lines is None or line is None or line in part.product_lines
        }  # fmt: skip

    def _collect(self, reading, slot, clause, sale):
        """Mix what the customer has paid of a sale into what was paid of everything that is counted; before it is counted itself."""
        found = reading.collected.get((slot.contract.id, clause.key))
        if found is None:
            return
        at, whose = slot.id, Whose.OWN
        if clause.component.kind == Kind.POOL and (pool := self._pool_of(reading, slot, clause)):
            at, whose = pool.id, Whose.TEAM
        if clause.is_each:
            steps = reading.steps_of(slot.contract, clause)
            before = sum(each.base for (of, _place), sums in steps.items() if of == at for each in sums)
        else:
            before = sum(reading.bases.of(at, clause, whose=whose).values())
        credited = _credited(sale, clause.component, whose)
        more = sum(sum(self._brings(*each, clause.component.measure).values()) for each in credited)
        if before + more > 0:
            paid = found.get(at, Fraction(100)) * before + Fraction(sale.paid) * more
            found[at] = paid / (before + more)

    def _pool_of(self, reading, slot, clause):
        return reading.pools.get((slot.contract.id, clause.key, slot.span, self.person_id))

    def _credit(self, reading, slot, clause, sale):
        component, at = clause.component, slot.id
        whose = Whose.TEAM if component.kind == Kind.POOL else component.whose
        if component.kind == Kind.POOL:
            pool = self._pool_of(reading, slot, clause)
            if component.sharing == Sharing.RESULT:
                self._put(reading, slot.id, clause, _credited(sale, component, Whose.OWN), Whose.OWN)
            if pool is None:
                return
            at = pool.id
        credited = _credited(sale, component, whose)
        if clause.is_each:
            self._put_each(reading, at, slot, clause, credited)
        if not clause.is_each or clause.decay:
            self._put(reading, at, clause, credited, whose)

    def _put(self, reading, at, clause, credited, whose):
        measure = clause.component.measure
        for sale, is_overlay in credited:
            # Components that count the same look at the same sums.
            if (key := (at, measure, whose, is_overlay, clause.with_deals)) in self._added:
                continue
            self._added.add(key)
            for line_id, amount in self._brings(sale, is_overlay, measure).items():
                cell = Cell(line_id, sale.channel_id, sale.is_new, sale.days, sale.age)
                reading.bases.add(at, clause, amount, cell=cell, whose=whose, is_overlay=is_overlay)

    def _put_each(self, reading, at, slot, clause, credited):
        component, bases, decides = clause.component, {}, {}
        for sale, is_overlay in credited:
            for line_id, amount in self._brings(sale, is_overlay, component.measure).items():
                if (place := clause.group_of(line_id, sale.channel_id, sale.is_new)) is not None:
                    by = line_id if component.base == Base.LINE else None
                    bases[place, by] = bases.get((place, by), 0) + amount
                    decides[by] = sale.decides(component, line_id)
        steps = reading.steps.setdefault((slot.contract.id, clause.key), {})
        for (place, by), base in bases.items():
            found = list(steps.get((at, place), ()))
            steps[at, place] = found + _steps_of(clause.groups[place].table, base, decides[by])


def _credited(sale, component, whose):
    """Return what of a sale a component counts, as (sale, whether on top): of units never what is on top."""
    if whose != Whose.OWN:
        return [(sale, False)]
    both = [(sale, False), *([(sale.on_top, True)] if sale.on_top else [])]
    return [(each, is_overlay) for each, is_overlay in both if counts(component.credited, is_overlay=is_overlay)]


def _steps_of(table, base, decides):
    """Return what a table makes of one deal or line."""
    at, steps = base if table.chosen_by == ChosenBy.AMOUNT else max(Fraction(decides), 0), {}
    reached = bisect_right(bounds_of(table), at) - 1 if at >= 0 and (base >= 0 or table.pays == Pays.RATE) else BELOW_ZERO
    add_bucket(steps, table, reached, base, base * base, 1)
    return list(steps.values())


def _with(row: AttainmentRow, metric, more):
    """Return an attainment row with something more."""
    denominator = row.denominator
    if denominator is not None:
        denominator += more.get(metric.denominator, 0)
    return replace(row, numerator=row.numerator + more.get(metric.numerator, 0), denominator=denominator)
