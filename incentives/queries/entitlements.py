"""What somebody is entitled to for a component and a span, as at the end of a month: the rules applied to what was read."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from incentives.queries.contracts import Clause
from incentives.queries.reading import Reading, Slot, kind_of
from incentives.rules import base_pay, earning, sharing
from incentives.rules.earning import Earned, Sums
from incentives.rules.numbers import Exact, exact, plain, round_half_up
from incentives.rules.tables import step_at
from incentives.rules.terms import ChosenBy, Kind, Sharing, Whose


@dataclass(slots=True)
class Entitled:
    """
    :ivar amount: to date, in minor units, rounded as the company rounds.
    :ivar base: what was counted.
    :ivar collected: which per cent of what stands behind it the customers have paid; None where nobody asks.
    """

    slot: Slot
    clause: Clause
    amount: int
    base: int | None
    facts: dict
    collected: Exact | None


class Entitlements:
    """What everybody in a reading is entitled to, worked out when it is asked for."""

    def __init__(self, reading: Reading, *, unit: int):
        self.reading, self._unit = reading, unit
        self._found, self._pools, self._days = {}, {}, {}

    def of(self, slot, clause) -> Entitled:
        key = slot.id, clause.key
        if key not in self._found:
            self._found[key] = None  # a gate that asks for itself finds nothing
            self._found[key] = self._work_out(slot, clause)
        return self._found[key]

    def _work_out(self, slot, clause):
        component, left = clause.component, 100
        match component.kind:
            case Kind.COMMISSION:
                earned, left = self._commission(slot, clause)
            case Kind.BONUS | Kind.KPI:
                earned = self._bonus(slot, clause)
            case _:
                earned = self._share(slot, clause)
        passes, gates = self._gates(slot, clause) if clause.gates else (100, [])
        days = self.days(slot) if clause.is_for_time else None
        finished = earning.finish(earned, days=days, passes=passes, left=left, cap=component.cap)
        facts = finished.facts
        facts["span"], facts["is_money"] = component.span, clause.is_money
        if gates:
            facts["gates"] = gates
        amount = round_half_up(finished.amount, self._unit)
        facts["exact"], facts["entitled"] = plain(finished.amount), amount
        return Entitled(slot, clause, amount, facts.pop("base", None), facts, self._collected(slot, clause))

    def _collected(self, slot, clause):
        """Return which per cent of what stands behind an amount, or its pool, was paid; 100 of nothing, None where nobody asks."""
        found = self.reading.collected.get((slot.contract.id, clause.key))
        if found is None:
            return None
        pool = self.reading.pools.get((slot.contract.id, clause.key, slot.span, slot.person_id))
        return found.get(slot.id if pool is None else pool.id, Fraction(100))

    def days(self, slot):
        """Return the working days of a slot and those of its whole span; calendar days in a span without any."""
        asked = slot.span, slot.stays
        if asked not in self._days:  # mostly everybody's are the same
            calendar = self.reading.calendar
            whole, inside = calendar.working_day_count(slot.span), sum(map(calendar.working_day_count, slot.stays))
            self._days[asked] = (inside, whole) if whole else (sum(stay.days for stay in slot.stays), slot.span.days)
        return self._days[asked]

    def degree(self, slot, metric_id, clause):
        """Return what was reached of a metric: by the person, or by what they lead."""
        component, reading = clause.component, self.reading
        if component.whose != Whose.OWN and component.kind != Kind.POOL:
            return reading.degrees.of_units(metric_id, slot.span, reading.units_led.get(slot.id, ()))
        ramp = reading.ramp(slot) if component.is_ramped else 100
        return reading.degrees.of_person(metric_id, slot.span, slot.person_id, ramp=ramp)

    def _commission(self, slot, clause):
        component = clause.component
        facts = {"formula": "commission", "measure": component.measure, "groups": []}
        chosen = None
        if clause.is_by_metric:
            chosen, told = self._chosen(self.degree(slot, component.metric_id, clause), slot, clause)
            facts |= told
        sums, unpaid = self._sums_by_age(slot, clause) if clause.is_by_age else self.sums(slot, clause)
        if clause.is_by_total:
            chosen = facts["total"] = sum(sums.values()) + unpaid
        total, base, each = 0, unpaid, clause.is_each or clause.is_by_age
        for place, parts in sorted(sums.items()):
            group = clause.groups[place]
            found = earning.rate_each(group.table, parts) if each else earning.rate_whole(group.table, parts, chosen=chosen)
            total += found.amount
            base += found.facts["base"]
            facts["groups"].append({"label": group.label, "amount": plain(found.amount), **found.facts})
        if unpaid:
            facts["unpaid"] = unpaid
        facts["base"] = base
        if clause.is_by_age:
            facts["by_age"] = True
        if clause.is_by_deal:
            facts["discounts"] = self.reading.discounts.get((slot.contract.id, clause.key), {}).get(slot.id, {})
        left = 100
        if decay := self._decay(slot, clause):
            left, facts["decay"] = decay[0], {"parts": decay[1]}
        return Earned(total, facts), left

    def _chosen(self, degree, slot, clause):
        """Return what chooses the step of a table that a metric decides, and the facts about it."""
        if clause.component.chosen_by == ChosenBy.VALUE:
            return degree.value, {"chosen": {"metric_id": degree.metric_id, "value": plain(degree.value), "kind": degree.kind}}
        return degree.percent, {"attainment": _told(degree, self.reading, slot, clause.component)}

    def sums(self, slot, clause, *, whose=None):
        """Return {position of a rate group: what is paid by it}, and what no group is for."""
        if clause.is_each:
            steps = self.reading.steps_of(slot.contract, clause)
            return {place: sums for place in range(len(clause.groups)) if (sums := steps.get((slot.id, place)))}, 0
        sums, unpaid = {}, 0
        for cell, amount in self.reading.bases.of(slot.id, clause, whose=whose).items():
            place = clause.group_of(cell.line_id, cell.channel_id, cell.is_new)
            if place is None:
                unpaid += amount
            else:
                sums[place] = sums.get(place, 0) + amount
        return sums or ({0: 0} if len(clause.groups) == 1 else {}), unpaid

    def _sums_by_age(self, slot, clause):
        """Return {position of a rate group: what lies in each step by how long its customers had been such}, and what has no rate."""
        found, unpaid = defaultdict(lambda: defaultdict(int)), 0
        for cell, amount in self.reading.bases.of(slot.id, clause).items():
            place = clause.group_of(cell.line_id, cell.channel_id, cell.is_new)
            row = None if place is None or cell.age is None else step_at(clause.groups[place].table.rows, cell.age)
            if row is None:
                unpaid += amount
            else:
                found[place][clause.groups[place].table.rows.index(row)] += amount
        sums = {place: [Sums(row, base) for row, base in sorted(rows.items())] for place, rows in found.items()}
        return sums or ({0: [Sums(0, 0)]} if len(clause.groups) == 1 else {}), unpaid

    def _decay(self, slot, clause):
        if not clause.decay:
            return None
        by_row = defaultdict(int)
        for cell, amount in self.reading.bases.of(slot.id, clause).items():
            row = step_at(clause.decay, cell.days or 0)
            by_row[None if row is None else clause.decay.index(row)] += amount
        parts = sorted(by_row.items(), key=lambda part: (part[0] is None, part[0]))
        told = []
        for position, amount in parts:
            row = None if position is None else clause.decay[position]
            bounds = (clause.decay[-1].ends_before, None, 0) if row is None else (row.starts_at, row.ends_before, row.value)
            told.append(dict(zip(("from", "to", "value"), map(plain, bounds), strict=True)) | {"base": amount})
        return earning.weigh_decay(clause.decay, parts), told

    def _bonus(self, slot, clause):
        component = clause.component
        if component.kind == Kind.KPI:
            scored = self.scored(slot, clause)
            percent = earning.weigh([(Fraction(part.weight), score) for part, score, _facts in scored])
            facts = {"formula": "kpi", "parts": [told for *_rest, told in scored], "weighted": plain(percent)}
        else:
            degree = self.degree(slot, component.metric_id, clause)
            percent = degree.percent
            facts = {"formula": "bonus", "attainment": _told(degree, self.reading, slot, component)}
        amount, promised = self.promised(slot, clause)
        earned = earning.bonus(amount, clause.curve, component.steps_read, percent)
        return Earned(earned.amount, facts | promised | earned.facts)

    def promised(self, slot, clause):
        """Return what 100 % of a bonus pays somebody, in minor units, and the facts about it where that is a share of base pay."""
        component, reading = clause.component, self.reading
        if component.base_pay_factor is None:
            return component.amount or 0, {}
        parts = reading.base_pays[slot.contract.is_draft].parts(slot.person_id, slot.stays, reading.calendar)
        amount, told = base_pay.share_of(parts, exact(component.base_pay_factor))
        return amount, {"base_pay": told}

    def scored(self, slot, clause):
        """Return each part of a KPI bonus with which per cent it counts, None without a value, and its facts."""
        return [self._scored(slot, clause, part) for part in clause.parts]

    def _scored(self, slot, clause, part):
        degree, rows = self.degree(slot, part.metric_id, clause), clause.scores.get(part.metric_id, ())
        told = degree.facts | {"weight": plain(Fraction(part.weight))}
        if not rows or not part.reads:
            return part, degree.percent, told
        score = earning.payout_of(rows, part.reads, degree.read_by(attainment=not part.by_value))
        told["score"] = plain(score)
        return part, score, told | ({"value": plain(degree.value), "kind": degree.kind} if part.by_value else {})

    def _share(self, slot, clause):
        """Return somebody's share of a pool; everybody's is worked out at once, so that they add up to it."""
        key = clause.key
        pool = self.reading.pools.get((slot.contract.id, key, slot.span, slot.person_id))
        if pool is None:
            return Earned(Fraction(0), {"formula": "pool"})
        if (pool.id, key) not in self._pools:
            self._pools[pool.id, key] = self._share_out(slot, clause, pool)
        amount, groups, base, weights, shares, attained = self._pools[pool.id, key]
        told = {
            "amount": amount, "groups": groups, "sharing": clause.component.sharing, "is_money": clause.is_money,
            "weight": plain(weights[slot.person_id]), "weights": plain(sum(weights.values())), "people": len(weights),
            "unit": pool.unit_id,
        }  # fmt: skip
        facts = {"formula": "pool", "measure": clause.component.measure, "base": base, "pool": told}
        return Earned(shares[slot.person_id], facts | attained)

    def _share_out(self, slot, clause, pool):
        total, groups, base, chosen, attained = Fraction(0), [], 0, None, {}
        if clause.is_by_metric:
            chosen, attained = self._chosen(self.degree_of_pool(pool, slot.span, clause), slot, clause)
        pooled, unpaid = self._pooled(_of_pool(slot, pool), clause)
        if clause.is_by_total:
            chosen = attained["total"] = sum(pooled.values()) + unpaid
        for place, amount in sorted(pooled.items()):
            found = earning.rate_whole(clause.groups[place].table, amount, chosen=chosen)
            total, base = total + found.amount, base + amount
            groups.append({"label": clause.groups[place].label, "amount": plain(found.amount)} | found.facts)
        whole = round_half_up(total, self._unit)
        slots = [self.reading.slots[slot.contract.id, person_id, kind_of(clause), slot.span] for person_id in pool.people]
        weights = {each.person_id: max(self._weight(each, clause, pool) or 0, 0) for each in slots}
        shares = sharing.share_pool(whole, list(weights.values()), unit=self._unit) or [0] * len(weights)
        return whole, groups, base, weights, dict(zip(weights, shares, strict=True)), attained

    def degree_of_pool(self, pool, span, clause):
        """Return what the units of a pool reached together, where that chooses the step of its table."""
        return self.reading.degrees.of_units(clause.component.metric_id, span, self.reading.units_led[pool.id])

    def _pooled(self, slot, clause):
        """
        Return what a pool is made of by rate group, and what no group is for.

        What comes back of earlier spans lowers it, for it has no rate of its own.
        """
        sums, unpaid = self.sums(slot, clause, whose=Whose.TEAM)
        for back in self.reading.backs.get((slot.id, clause.component.measure, Whose.TEAM), ()):
            place = clause.group_of(back.line_id, back.channel_id, back.is_new)
            if place is None:
                unpaid += back.amount
            else:
                sums[place] = sums.get(place, 0) + back.amount
        return sums, unpaid

    def _brought_in(self, slot, clause, pool):
        """Return what somebody brought into a pool, less what came back of it, whenever it was sold; not of what others had."""
        component, reading = clause.component, self.reading
        lowered = {back.credit_id for back in reading.backs.get((pool.id, component.measure, Whose.TEAM), ())}
        backs = reading.backs.get((slot.id, component.measure, Whose.OWN), ())
        own = sum(reading.bases.of(slot.id, clause, whose=Whose.OWN).values())
        return own + sum(back.amount for back in backs if back.credit_id in lowered)

    def _weight(self, slot, clause, pool):
        match clause.component.sharing:
            case Sharing.RESULT:
                return self._brought_in(slot, clause, pool)
            case Sharing.ATTAINMENT:
                return self.degree(slot, clause.component.metric_id, clause).percent
            case Sharing.VALUE:
                return self.degree(slot, clause.component.metric_id, clause).value
            case Sharing.DAYS:
                return self.days(slot)[0]
        return 1

    def _gates(self, slot, clause):
        """Return which per cent of a component goes through all its gates, and the facts about each."""
        found = [self.gate(slot, clause, gate) for gate in clause.gates]
        return earning.pass_all([passes for passes, _told in found]), [told for _passes, told in found if told]

    def gate(self, slot, clause, gate):
        """Return which per cent of a component goes through one of its gates, and the facts about it."""
        if gate.awaits:
            other = next((each for each in slot.contract.clauses if each.key == gate.awaits), None)
            key = (slot.contract.id, slot.person_id, kind_of(other), self._span_of(other, slot)) if other else None
            there = self.reading.slots.get(key)
            if there is None:
                return 100, None
            earned = self.of(there, other)
            passes = 100 if earned is not None and earned.amount > 0 else 0
            return passes, {"component": other.component.name, "passes": passes}
        degree = self.degree(slot, gate.metric.pk, clause)
        value = degree.read_by(attainment=gate.by_attainment)
        passes = earning.gate(gate.rows, value)
        told = {"metric_id": degree.metric_id, "value": plain(value), "passes": plain(passes)}
        if not gate.by_attainment:
            told["kind"] = degree.kind
        if opening := earning.next_opening(gate.rows, value):
            told["next"] = {"from": plain(opening.starts_at), "passes": plain(opening.value)}
        return passes, told | ({"is_multiplier": True} if gate.is_multiplier else {})

    def _span_of(self, clause, slot):
        return slot.span if kind_of(clause) == slot.kind else self.reading.span(kind_of(clause))


def _of_pool(slot, pool):
    return Slot(pool.id, slot.contract, slot.person_id, slot.kind, slot.span, slot.stays)


def _told(degree, reading, slot, component):
    if component.is_ramped and component.whose == Whose.OWN and (ramp := reading.ramp(slot)) != 100:  # noqa: PLR2004 - per cent
        return degree.facts | {"ramp": plain(ramp)}
    return degree.facts
