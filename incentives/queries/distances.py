"""How far it is from where somebody stands to the next step of a component, and the curve on which they stand."""

from dataclasses import dataclass
from fractions import Fraction

from incentives.queries.contracts import Clause
from incentives.queries.degrees import Degree
from incentives.rules import earning
from incentives.rules.numbers import Exact, round_half_up
from incentives.rules.tables import next_step, step_at, value_between
from incentives.rules.terms import ChosenBy, Kind, Pays, Steps

_MONEY_PLACES = 2
_A_HAIR = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Distance:
    """
    How far it is to the next step of a component.

    :ivar label: for which product line, channel and customers the table is; empty for everything.
    :ivar at: where the person stands in what chooses the step: minor units or pieces, or per cent if `by_attainment`.
    :ivar next_at: where the next step begins. :ivar missing: minor units or pieces to it; None where no target says how many.
    :ivar rate, next_rate: per cent, minor units a piece or for the step, or per cent of the bonus; `rate` is None below the first step.
    :ivar pays, pays_there: entitlement of the span now and with exactly what is missing, before gates and caps, minor units.
    :ivar what: the code of the measure, or the name of the metric where the attainment decides.
    :ivar is_cliff: whether everything is paid better there, not only what lies above.
    :ivar pays_by_piece: whether rates are money per piece. :ivar pays_amount: whether they are money for reaching the step.
    """

    component: str
    key: str
    label: dict
    by_attainment: bool
    is_money: bool
    at: Exact
    next_at: Exact
    missing: int | None
    rate: Exact | None
    next_rate: Exact
    pays: int
    pays_there: int
    kind: str = Kind.COMMISSION
    span: str = ""
    what: str = ""
    is_cliff: bool = False
    pays_by_piece: bool = False
    pays_amount: bool = False

    @property
    def gain(self):
        return self.pays_there - self.pays


@dataclass(frozen=True, slots=True)
class Curve:
    """
    What a component pays by what is reached, with where the person stands: before gates, days and caps.

    :ivar points: (what is reached – minor units, pieces or per cent –, minor units of pay), in order; both sides of every jump.
    """

    component: str
    key: str
    label: dict
    by_attainment: bool
    is_money: bool
    what: str
    points: tuple[tuple[Exact, Exact], ...]
    here: tuple[Exact, Exact]


class Standing:
    """Where somebody stands on one table of a component: what chooses its step, and what it would pay elsewhere."""

    def __init__(self, clause: Clause, rows, at, pays, *, label=None, degree: Degree | None = None):
        self.clause, self.rows, self.at, self.pays = clause, rows, at, pays
        self.label, self.degree = label or {}, degree

    @property
    def _about(self):
        component, metric = self.clause.component, self.clause.component.metric
        by_attainment = self.degree is not None
        return {
            "component": component.name, "key": self.clause.key, "label": self.label, "by_attainment": by_attainment,
            "is_money": metric.scale == _MONEY_PLACES if by_attainment and metric else self.clause.is_money,
            "what": metric.label if by_attainment and metric else component.measure,
        }  # fmt: skip

    def missing_to(self, at):
        """Return how many minor units or pieces are missing; None where the attainment is not one of amounts."""
        if self.degree is None:
            return max(int(-(-(at - self.at) // 1)), 0)
        return missing_to(self.degree, at)

    def distance(self) -> Distance | None:
        """Return the way to the next step, None beyond the last one."""
        row = next_step(self.rows, max(self.at, 0))
        if row is None:
            return None
        component = self.clause.component
        here = step_at(self.rows, self.at)
        rate = here and here.value
        if component.steps_read == Steps.INTERPOLATED:
            rate = value_between(self.rows, self.at)
        return Distance(
            **self._about, at=self.at, next_at=row.starts_at, missing=self.missing_to(row.starts_at),
            rate=rate, next_rate=row.value,
            pays=round_half_up(self.pays(self.at)), pays_there=round_half_up(self.pays(row.starts_at)),
            kind=component.kind, span=component.span, is_cliff=component.steps_read == Steps.FLAT,
            pays_by_piece=component.kind == Kind.COMMISSION and not self.clause.is_money,
            pays_amount=component.kind == Kind.COMMISSION and component.pays == Pays.AMOUNT,
        )  # fmt: skip

    def curve(self) -> Curve | None:
        """Return the curve around where the person stands; None for a single rate, which a sentence says better."""
        bounds = [row.starts_at for row in self.rows if row.starts_at > 0]
        if not bounds:
            return None
        last = max(bounds[-1] * Fraction(6, 5), max(self.at, 0) * Fraction(23, 20))
        corners = [Fraction(0), *bounds, last]
        xs = {bound - _A_HAIR for bound in bounds} | set(corners)
        # A marginal table chosen by attainment bends between its bounds.
        for left, right in zip(corners, corners[1:], strict=False):
            xs |= {left + (right - left) * Fraction(part, 6) for part in range(1, 6)}
        points = tuple((x, self.pays(x)) for x in sorted(xs))
        return Curve(**self._about, points=points, here=(self.at, self.pays(self.at)))


def standings_of(entitlements, slot, clause):
    """Yield where somebody stands on each table of a clause; nothing where no table decides, or nothing can be said."""
    component = clause.component
    if component.kind == Kind.COMMISSION and not clause.is_each:
        yield from _on_rates(entitlements, slot, clause)
    elif component.kind == Kind.BONUS and clause.curve:
        degree = entitlements.degree(slot, component.metric_id, clause)
        if degree.percent is not None:
            amount, _told = entitlements.promised(slot, clause)

            def pays(percent):
                return earning.bonus(amount, clause.curve, component.steps_read, percent).amount

            yield Standing(clause, clause.curve, degree.percent, pays, degree=degree)


def _on_rates(entitlements, slot, clause):
    component, degree = clause.component, None
    if component.chosen_by in {ChosenBy.VALUE, ChosenBy.AGE}:
        return  # no sale says by how much it moves it
    if component.chosen_by == ChosenBy.ATTAINMENT:
        degree = entitlements.degree(slot, component.metric_id, clause)
        if degree.percent is None:
            return
    sums, unpaid = entitlements.sums(slot, clause)
    if clause.is_by_total:
        yield from _on_total(clause, sums, sum(sums.values()) + unpaid)
        return
    for place, base in sorted(sums.items()):
        group = clause.groups[place]
        pays = _paid_by(group.table, base, degree, moves=counts_the_same(component))
        at = base if degree is None else degree.percent
        yield Standing(clause, group.table.rows, at, pays, label=group.label, degree=degree)


def _on_total(clause, sums, total):
    """Yield where somebody stands on each table that the total chooses; with more of it, each part grows alike."""
    if total <= 0 and len(sums) > 1:
        return
    for place, base in sorted(sums.items()):
        group, share = clause.groups[place], Fraction(base) / total if total else Fraction(1)

        def pays(at, table=group.table, share=share):
            return earning.rate_whole(table, at * share, chosen=at).amount

        yield Standing(clause, group.table.rows, total, pays, label=group.label)


def _paid_by(table, base, degree, *, moves):
    """Return what a table pays as a function of what chooses its step."""
    if degree is None:
        return lambda at: earning.rate_whole(table, at).amount

    def pays(percent):
        more = Fraction(0)
        if moves and degree.percent and degree.actual is not None and percent != degree.percent:
            more = asked_of(degree) * percent / 100 - degree.actual
            # Beyond where one stands no part of a cent is missing.
            more = -(-more // 1) if more > 0 else more
        return earning.rate_whole(table, base + more, chosen=percent).amount

    return pays


def missing_to(degree: Degree, percent):
    """Return what is missing to an attainment, in minor units or pieces; None without a target, and for ratios."""
    if degree.actual is None or not degree.target or degree.percent is None:
        return None
    return max(int(-(-(asked_of(degree) * percent / 100 - degree.actual) // 1)), 0)


def asked_of(degree):
    """Return the target as it is asked for: with the ramp of a newcomer."""
    return Fraction(degree.actual * 100) / degree.percent if degree.percent else Fraction(degree.target)


def counts_the_same(component):
    """Whether the commission is paid on what the attainment measures, so that what is missing there is earned here."""
    return component.metric is not None and component.metric.measures == (component.measure,)
