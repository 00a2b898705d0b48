"""
The jumps in a version of a plan over past months: where they are, what they are worth to somebody in the middle, who ended near.

Everything is read from what was worked out for the months anyway. Plain values, money in minor units.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

from incentives.queries.bases import sums_by_step
from incentives.queries.contracts import Clause, GateRows, RateGroup
from incentives.queries.distances import asked_of, counts_the_same
from incentives.queries.reading import kind_of, reaches_of
from incentives.rules.cliffs import Jump, jumps_in, margin_of, middle, near, worth_of
from incentives.rules.earning import Table, bonus, pass_all, weigh
from incentives.rules.numbers import exact, plain, round_half_up
from incentives.rules.tables import Row
from incentives.rules.terms import Base, ChosenBy, Kind, Pays, Steps, Use, Whose

#: In which order the tables of a component are read.
_ORDER = (Use.RATE, Use.SCORE, Use.CURVE, Use.GATE, Use.DECAY)


@dataclass(frozen=True, slots=True)
class End:
    """
    Where somebody ended in a span on one table.

    :ivar at: in what chooses the step; None where deals are looked at one by one.
    :ivar worth: a function of a jump: what it is worth to them, in minor units.
    """

    at: object  # Exact
    worth: object  # callable


class Cliffs:
    """Looks at the months of a version as they are worked out, and tells its jumps in the end."""

    def __init__(self, version, *, since):
        """:param since: spans that ended before this day are not looked at."""
        self._version_id, self._since = version.pk, since
        self._found = {}  # (key, use, place): [clause, label, jumps, by, ends, counted each]

    def watch(self, drafting):
        """Look at the spans that end with a month."""
        month, reading = drafting.month, drafting.reading
        if month.ends_before <= self._since:
            return
        for (contract_id, _kind, span), slots in reading.by_contract.items():
            if contract_id != self._version_id or span.ends_before != month.ends_before:
                continue
            for clause in slots[0].contract.clauses:
                if kind_of(clause) == slots[0].kind and clause.component.kind != Kind.DRAW:
                    self._look(drafting, clause, slots)

    def told(self):
        """Return the jumps as plain values, in the order of the plan and from below to above."""
        told = [
            _told(about, jump) for about in self._found.values() for jump in about.jumps if about.ends or about.each
        ]  # fmt: skip
        return sorted(told, key=lambda row: (row["position"], _ORDER.index(row["use"]), exact(row["at"])))

    def _look(self, drafting, clause, slots):
        entitlements = drafting.entitlements
        component = clause.component
        if component.kind == Kind.POOL:
            self._look_at_pool(entitlements, clause, slots)
        elif component.kind == Kind.COMMISSION and clause.is_each:
            self._look_at_each(drafting, clause, slots)
        elif component.kind == Kind.COMMISSION:
            for place, group in enumerate(clause.groups):
                about = self._about(clause, Use.RATE, place, group.label, _jumps_of(group.table))
                about.ends += _ends_on_rates(entitlements, clause, slots, place) if about.jumps else []
        else:
            self._look_at_bonus(entitlements, clause, slots)
        self._look_at_gates(entitlements, clause, slots)
        self._look_at_decay(entitlements, clause, slots)

    def _about(self, clause, use, place, label, jumps, by=None):  # noqa: PLR0917 - what a table is
        key = clause.key, use, place
        if key not in self._found:
            gate = clause.gates[place] if use == Use.GATE else None
            self._found[key] = About(clause, use, label, jumps, by or clause.component.chosen_by, [], {}, gate)
        return self._found[key]

    def _look_at_pool(self, entitlements, clause, slots):
        pools = {}
        for slot in slots:
            facts = entitlements.of(slot, clause).facts
            told = facts.get("pool")
            pool = entitlements.reading.pools.get((slot.contract.id, clause.key, slot.span, slot.person_id))
            if told and pool:
                at = facts.get("total")
                if clause.is_by_metric:
                    at = _read_by(clause, entitlements.degree_of_pool(pool, slot.span, clause))
                pools[pool.id] = (told["groups"], max(told["people"], 1), at)
        for place, group in enumerate(clause.groups):
            about = self._about(clause, Use.RATE, place, group.label, _jumps_of(group.table))
            for groups, people, at in pools.values():
                bases = [exact(each["base"]) for each in groups if each["label"] == group.label]
                about.ends += [end for base in bases if (end := _end_of_pool(clause, group.table, base, people, at))]

    def _look_at_each(self, drafting, clause, slots):
        reading, whose = drafting.reading, clause.component.whose
        entitlements = drafting.entitlements
        for place, group in enumerate(clause.groups):
            about = self._about(clause, Use.RATE, place, group.label, _jumps_of(group.table))
            if not about.jumps:
                continue
            for slot in slots:
                sums = entitlements.sums(slot, clause)[0].get(place, ())
                count, base = sum(each.count for each in sums), sum(each.base for each in sums)
                if clause.component.chosen_by == ChosenBy.AMOUNT:
                    about.ends.append(End(None, lambda jump, t=group.table: worth_of(t, jump, jump.at)))
                elif count > 0 and base > 0:  # a discount says nothing about the deal: the mean of somebody's
                    about.ends.append(End(None, lambda jump, t=group.table, b=Fraction(base, count): worth_of(t, jump, b)))
            reaches = reaches_of(reading, slots, whose)
            taken = _taken(reading, slots, whose)
            for jump in about.jumps:
                about_read = {"among": len(reading.staff.people), "known_at": drafting.known_at}
                counts = _count_near(clause, place, jump, reaches=reaches, taken=taken, **about_read)
                before = about.each.get(jump.at, (0, 0))
                about.each[jump.at] = tuple(map(sum, zip(before, counts, strict=True)))

    def _look_at_bonus(self, entitlements, clause, slots):
        self._look_at_scores(entitlements, clause, slots)
        jumps = jumps_in(clause.curve, clause.component.steps_read)
        about = self._about(clause, Use.CURVE, 0, {}, jumps, ChosenBy.ATTAINMENT)
        for slot in slots if jumps else ():
            amount, _told = entitlements.promised(slot, clause)
            facts = entitlements.of(slot, clause).facts
            percent = facts["weighted"] if clause.component.kind == Kind.KPI else facts["attainment"]["percent"]
            if percent is not None:
                about.ends.append(End(exact(percent), lambda jump, a=amount: _part_of(a, jump)))

    def _look_at_scores(self, entitlements, clause, slots):
        """Look where the score of one metric of a KPI bonus jumps: it is worth what the bonus pays more for the weighted mean then."""
        for place, part in enumerate(clause.parts):
            rows = clause.scores.get(part.metric_id, ())
            jumps = jumps_in(rows, part.reads) if part.reads else []
            about = self._about(clause, Use.SCORE, place, {}, jumps, "VALUE" if part.by_value else ChosenBy.ATTAINMENT)
            about.metric_id = part.metric_id
            for slot in slots if jumps else ():
                degree = entitlements.degree(slot, part.metric_id, clause)
                if (at := degree.read_by(attainment=not part.by_value)) is not None:
                    about.ends.append(End(at, _worth_of_score(entitlements, clause, slot, part)))

    def _look_at_gates(self, entitlements, clause, slots):
        for place, gate in enumerate(clause.gates):
            if gate.awaits:
                jumps, by = [Jump(0, 0, 100)], "COMPONENT"
            else:
                jumps, by = jumps_in(gate.rows, Steps.FLAT), ChosenBy.ATTAINMENT if gate.by_attainment else "VALUE"
            about = self._about(clause, Use.GATE, place, {}, jumps, by)
            for slot in slots:
                about.ends += _ends_at_gate(entitlements, slot, clause, gate)

    def _look_at_decay(self, entitlements, clause, slots):
        if not clause.decay:
            return
        about = self._about(clause, Use.DECAY, 0, {}, jumps_in(clause.decay, Steps.FLAT), "DAYS")
        for slot in slots:
            earned = exact(entitlements.of(slot, clause).facts["earned"])
            about.ends.append(End(None, lambda jump, e=earned: _part_of(e, jump)))


@dataclass
class About:
    """A table with its jumps: where people ended, and of deals or lines how many lay near each place."""

    clause: Clause
    use: str
    label: dict
    jumps: list
    by: str
    ends: list
    each: dict
    metric_id: int | None = None  # whose score it is
    gate: GateRows | None = None


def _end_of_pool(clause, table, base, people, at):
    """Return where a pool ended on its table, a jump being worth what each of its people gets of it; None without a value."""
    if clause.is_by_total:
        share = Fraction(base) / at if at > 0 else Fraction(0)
        return End(at, lambda jump: Fraction(worth_of(table, jump, jump.at * share)) / people)
    if not clause.is_by_metric:
        return End(base, lambda jump: Fraction(worth_of(table, jump, jump.at)) / people)
    return None if at is None else End(at, lambda jump: Fraction(worth_of(table, jump, base)) / people)


def _ends_on_rates(entitlements, clause, slots, place):
    component, table = clause.component, clause.groups[place].table
    found = []
    for slot in slots:
        sums, unpaid = entitlements.sums(slot, clause)
        base = sums.get(place, 0)
        if clause.is_by_total:
            total = sum(sums.values()) + unpaid
            share = Fraction(base) / total if total > 0 else Fraction(0)
            found.append(End(total, lambda jump, t=table, s=share: worth_of(t, jump, jump.at * s)))
            continue
        if not clause.is_by_metric:
            found.append(End(base, lambda jump, t=table: worth_of(t, jump, jump.at)))
            continue
        degree = entitlements.degree(slot, component.metric_id, clause)
        if (at := _read_by(clause, degree)) is None:
            continue
        is_attainment = component.chosen_by == ChosenBy.ATTAINMENT
        if is_attainment and counts_the_same(component) and degree.actual is not None:
            asked = asked_of(degree)
            found.append(End(degree.percent, lambda jump, t=table, a=asked: worth_of(t, jump, Fraction(a) * jump.at / 100)))
        else:
            found.append(End(at, lambda jump, t=table, b=base: worth_of(t, jump, b)))
    return found


def _jumps_of(table):
    """Return the jumps of a rate table; where each credit's customer decides, nothing changes for everything."""
    return [] if table.chosen_by == ChosenBy.AGE else jumps_in(table.rows, table.reads, table.pays)


def _part_of(amount, jump):
    return Fraction(amount * (jump.after - jump.before)) / 100


def _worth_of_score(entitlements, clause, slot, part):
    """Return a function of a jump of one metric's score: what it is worth to somebody whose other metrics stay as they are."""
    scored = [(each, score) for each, score, _facts in entitlements.scored(slot, clause)]
    amount, _told = entitlements.promised(slot, clause)

    def paid(score):
        mean = weigh([(Fraction(each.weight), score if each is part else other) for each, other in scored])
        return bonus(amount, clause.curve, clause.component.steps_read, mean).amount

    return lambda jump: paid(jump.after) - paid(jump.before)


def _ends_at_gate(entitlements, slot, clause, gate):
    """Return where somebody ended at a gate, a jump being worth what the other gates let through; nothing without a value."""
    through, told = entitlements.gate(slot, clause, gate)
    if told is None:
        return []
    at = through if gate.awaits else exact(told["value"])
    if at is None:
        return []
    others = pass_all([entitlements.gate(slot, clause, other)[0] for other in clause.gates if other is not gate])
    earned = exact(entitlements.of(slot, clause).facts["earned"]) * others / 100
    return [End(at, lambda jump: _part_of(earned, jump))]


def _read_by(clause, degree):
    return degree.read_by(attainment=clause.component.chosen_by == ChosenBy.ATTAINMENT)


def _taken(reading, slots, whose):
    """Return what came back in these slots of what was not counted in them, so that it is no deal of theirs."""
    if whose != Whose.OWN:
        return []
    stays = {slot.id: slot.stays for slot in slots}
    return [
        back for (slot_id, _measure, of), backs in reading.backs.items() if of == whose and slot_id in stays
        for back in backs if any(back.counts_on in stay for stay in stays[slot_id])
    ]  # fmt: skip


def _count_near(clause, place, jump, *, reaches, **read):
    """Return how many deals or lines lie just below a jump, and how many just above."""
    margin = margin_of(jump.at, clause.component.chosen_by)
    rows = (Row(jump.at - margin, jump.at, 1), Row(jump.at, jump.at + margin, 2))
    groups = tuple(
        RateGroup(group.label, Table(rows, Steps.FLAT, group.table.chosen_by, group.table.is_money)) for group in clause.groups
    )
    found, _discounts = sums_by_step(replace(clause, groups=groups), reaches=reaches, **read).begin()()
    counts = [0, 0]
    for (_slot, where), sums in found.items():
        for each in sums:
            if where == place and each.row is not None:
                counts[each.row] += each.count
    return tuple(counts)


def _told(about, jump):
    component = about.clause.component
    margin = margin_of(jump.at, about.by)
    worths = [end.worth(jump) for end in about.ends]
    if about.use in {Use.GATE, Use.DECAY}:
        worths = [worth for worth in worths if worth]
    known = [end.at for end in about.ends if end.at is not None]
    below, above = about.each.get(jump.at) or near(known, jump.at, margin)
    if about.by == "COMPONENT":
        below, above = sum(1 for at in known if not at), sum(1 for at in known if at)
    gives_money = about.use == Use.RATE and (not about.clause.is_money or component.pays == Pays.AMOUNT)
    return {
        "component": component.name, "key": about.clause.key, "kind": component.kind, "position": component.position,
        "use": about.use, "by": about.by, "label": about.label, "span": component.span, "measure": component.measure,
        "metric": about.metric_id or (about.gate.metric and about.gate.metric.pk if about.gate is not None else component.metric_id),
        "gate": about.gate.awaits if about.gate is not None else None,
        "each": component.base if about.clause.is_each and about.use == Use.RATE else Base.PERIOD,
        "is_money": about.clause.is_money, "gives": component.pays if gives_money else None,
        "at": plain(jump.at), "before": plain(jump.before), "after": plain(jump.after),
        "jump": round_half_up(Fraction(middle(worths))), "count": len(about.ends),
        "below": None if about.use == Use.DECAY else below, "above": None if about.use == Use.DECAY else above,
    }  # fmt: skip
