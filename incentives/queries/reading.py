"""
Everything that a calculation of pay reads, in a number of statements that depends on the plans and not on the people.

A *slot* is somebody's time under a contract within one span of its components.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace

from common.meanwhile import at_once
from common.periods import Period, months_in
from incentives.queries.base_pays import base_pays_for
from incentives.queries.bases import Bases, Reach, collected_shares, sum_up, sums_by_step, taken_back, taken_from_pools
from incentives.queries.contracts import Contract, kind_of, span_of
from incentives.queries.degrees import Degrees, ramp_of
from incentives.queries.leading import backs_of_leaders, with_afterwards
from incentives.queries.members import Staff, staff_during
from incentives.queries.pools import reaches_of_pool, units_of_pool
from incentives.queries.posted import discounts_told
from incentives.rules.terms import Kind, Release, Sharing, Whose


@dataclass(frozen=True, slots=True)
class Slot:
    """:ivar stays: the days under the contract over the whole span, also those to come, as things stand."""

    id: int
    contract: Contract
    person_id: int
    kind: str
    span: Period
    stays: tuple[Period, ...]

    def covers(self, day):
        """Return whether the contract is for the person on a day of the span."""
        return any(day in stay for stay in self.stays)


@dataclass(frozen=True, slots=True)
class PoolSlot:
    """What some units achieved together; `unit_id` is None for all the units of the version."""

    id: int
    unit_id: int | None
    people: tuple[int, ...]


@dataclass
class Reading:
    """What was read for a month; `until` is the first day that is not looked at any more."""

    month: Period
    until: object  # date
    company: object
    calendar: object
    staff: Staff
    slots: dict = field(default_factory=dict)  # (contract id, person id, kind, span): Slot
    by_contract: dict = field(default_factory=lambda: defaultdict(list))  # (contract id, kind, span): [Slot]
    pools: dict = field(default_factory=dict)  # (contract id, key, span, person id): PoolSlot
    bases: Bases = field(default_factory=Bases)
    steps: dict = field(default_factory=dict)  # (contract id, key): {(slot id, group): [Sums]}
    discounts: dict = field(default_factory=dict)  # (contract id, key): {slot id: {deal, or deal/product line: per cent}}
    backs: dict = field(default_factory=lambda: defaultdict(list))  # (slot id, measure, whose): [Back]
    collected: dict = field(default_factory=dict)  # (contract id, key): {id of a slot, or of a pool: per cent}
    degrees: Degrees | None = None
    by_age: bool = False  # whether what came back says how old its customers were
    base_pays: dict = field(default_factory=dict)  # where shares of it are promised, by whether only a draft does: BasePays
    units_led: dict = field(default_factory=dict)  # id of a slot, or of a pool by the attainment of its units: units
    unasked: list = field(default_factory=list)  # [((contract id, key), AskedByStep)]
    awaited: list = field(default_factory=list)  # [((contract id, key), what gives its steps)]

    def current(self, contract, person_id, kind):
        slot = self.slots.get((contract.id, person_id, kind, self.span(kind)))
        return slot if slot is not None and slot.stays else None

    def span(self, kind):
        """Return the span of a kind in which the month lies."""
        return span_of(kind, self.month.starts_on, self.company.fiscal_year_starts_in)

    def ask(self, start=at_once):
        """Ask for the sums, and for what tables make of deals and lines one by one; nobody waits before they are needed."""
        self.bases.ask(start)
        self.awaited += [(key, asked.begin(start)) for key, asked in self.unasked]
        self.unasked = []

    def steps_of(self, contract, clause):
        """Return {(slot id, group): [Sums]} of a clause that pays deals or lines one by one."""
        self._await_steps()
        return self.steps.get((contract.id, clause.key), {})

    def _await_steps(self):
        self.ask()
        for key, answer in self.awaited:
            steps, discounts = answer()
            self.steps.setdefault(key, {}).update(steps)
            self.discounts.setdefault(key, {}).update(discounts)
        self.awaited = []

    def copy(self):
        """Return the same with sums and degrees that can be added to without changing these."""
        self._await_steps()
        bases = Bases()
        for key, cells in self.bases.sums.items():
            bases.sums[key].update(cells)
        steps = {key: dict(found) for key, found in self.steps.items()}
        collected = {key: dict(found) for key, found in self.collected.items()}
        return replace(
            self, bases=bases, steps=steps, collected=collected, degrees=self.degrees.copy(), unasked=[], awaited=[]
        )  # fmt: skip

    def ramp(self, slot):
        """Return which per cent of the targets is asked of a newcomer in a slot."""
        hired_on = self.staff.people[slot.person_id][1]
        return ramp_of(hired_on, months_in(slot.span), self.company.ramp_percents)


@dataclass(frozen=True)
class Asked:
    """An earlier span of a contract that is to be looked at again, for these people."""

    contract: Contract
    kind: str
    span: Period
    person_ids: frozenset[int]


def read(  # noqa: PLR0913 - what a month is worked out from
    *, month, contracts, company, calendar, earlier=(), paid=None, led_since=None, by_age=False, person_ids=None, known_at=None
):
    """
    Read what contracts come to at the end of a month.

    :param earlier: spans before, as `Asked`.
    :param paid: {(contract id, kind): (contract, who was ever paid by it)}: what comes back of that is taken back also from who has
        left it, and from everybody when the plan has ended.
    :param led_since: the first day for which anybody was paid for units that they led; None if nobody was.
    :param by_age: whether anything was ever paid by the age of customers.
    :param person_ids: only these people; but a pool needs everybody who has a part in it.
    :param known_at: leave out what was recorded later.
    """
    fiscal_start = company.fiscal_year_starts_in
    spans = {(kind, span_of(kind, month.starts_on, fiscal_start)) for contract in contracts for kind in _kinds(contract)} | {
        (asked.kind, asked.span) for asked in earlier
    }
    whole = [span for _kind, span in spans] + [month]
    around = Period(min(span.starts_on for span in whole), max(span.ends_before for span in whole))
    reading = Reading(month, month.ends_before, company, calendar, staff_during(around, known_at=known_at))
    reading.degrees, reading.by_age = Degrees(month.ends_before, known_at), by_age
    _make_slots(reading, contracts, earlier, person_ids)
    for slot in reading.slots.values():
        reading.by_contract[slot.contract.id, slot.kind, slot.span].append(slot)
    _make_slots_of_who_left(reading, paid or {})
    began = min(filter(None, (led_since, around.starts_on)))
    led_by = reading.staff if began == around.starts_on else staff_during(Period(began, around.ends_before), known_at=known_at)
    _read_credits(reading, reading.by_contract, led_by, known_at)
    _read_degrees(reading, reading.by_contract)
    promised = [*contracts, *(asked.contract for asked in earlier)]
    reading.base_pays = base_pays_for(promised, before=around.ends_before, person_ids=person_ids, known_at=known_at)
    return reading


def _kinds(contract):
    return {kind_of(clause) for clause in contract.clauses}


def _make_slots(reading, contracts, earlier, person_ids):
    asked = [(contract, kind, reading.span(kind), None) for contract in contracts for kind in sorted(_kinds(contract))]
    asked += [(each.contract, each.kind, each.span, each.person_ids) for each in earlier]
    for contract, kind, span, only in asked:
        if any(clause.component.kind == Kind.POOL for clause in contract.clauses):
            only = None  # noqa: PLW2901 - everybody has a part in it
        elif person_ids is not None:
            only = frozenset(person_ids) if only is None else only & frozenset(person_ids)  # noqa: PLW2901
        for person_id, stays in reading.staff.stays(contract, span).items():
            if (only is None or person_id in only) and (contract.id, person_id, kind, span) not in reading.slots:
                slot = Slot(len(reading.slots) + 1, contract, person_id, kind, span, tuple(stays))
                reading.slots[contract.id, person_id, kind, span] = slot


def _make_slots_of_who_left(reading, paid):
    """Make slots without days, in which nothing counts any more but what comes back."""
    for (contract_id, kind), (contract, person_ids) in paid.items():
        span = reading.span(kind)
        for person_id in sorted(person_ids):
            key = (contract_id, person_id, kind, span)
            if key not in reading.slots and person_id in reading.staff.people:
                reading.slots[key] = Slot(len(reading.slots) + 1, contract, person_id, kind, span, ())


def _read_credits(reading, by_contract, led_by, known_at):
    own, led, each = defaultdict(list), defaultdict(list), []
    pools = _make_pools(reading, by_contract)
    for (contract_id, kind, span), slots in by_contract.items():
        clauses = [clause for clause in slots[0].contract.clauses if clause.counts_credits and kind_of(clause) == kind]
        days = {}  # the same of all components that count for the same people
        for clause in clauses:
            component = clause.component
            whose = Whose.OWN if component.kind == Kind.POOL else component.whose
            if whose not in days:
                days[whose] = reaches_of(reading, slots, whose)
            reaches = days[whose]
            if component.kind == Kind.POOL:
                of_pools = pools.get((contract_id, clause.key, span), [])
                led[Whose.TEAM].append((clause, of_pools))
                _read_collected(reading, contract_id, clause, of_pools, Whose.TEAM, known_at)
                if component.sharing == Sharing.RESULT:
                    own[Whose.OWN].append((clause, reaches))
                continue
            (own if component.whose == Whose.OWN else led)[component.whose].append((clause, reaches))
            if clause.is_each:
                each.append((contract_id, clause, reaches))
            _read_collected(reading, contract_id, clause, reaches, component.whose, known_at)
    taken, afterwards = _read_backs(reading, own, led, led_by, known_at)
    for contract_id, clause, reaches in each:
        reaches = with_afterwards(reaches, afterwards[clause.component.whose])  # noqa: PLW2901
        about = {"taken": taken[clause.component.whose], "among": len(reading.staff.people), "known_at": known_at}
        if known_at is not None and clause.is_by_deal:
            about["told"] = discounts_told(clause, month=reading.month)
        reading.unasked.append(((contract_id, clause.key), sums_by_step(clause, reaches=reaches, **about)))
    for whose, pairs in [*own.items(), *led.items()]:
        pairs = [(clause, with_afterwards(reaches, afterwards[whose])) for clause, reaches in pairs]  # noqa: PLW2901
        _sum_up(reading, whose, pairs, known_at, taken[whose])


def _read_collected(reading, contract_id, clause, reaches, whose, known_at):  # noqa: PLR0917 - where, of what, of whom
    """Keep what the customers have paid of what a clause counts, where something waits for that: by slot, or by pool."""
    component = clause.component
    if component.release == Release.COLLECTION and component.paid_at_once < 100:  # noqa: PLR2004 - per cent
        about = {"measure": component.measure, "whose": whose, "until": reading.until, "known_at": known_at}
        found = reading.collected.setdefault((contract_id, clause.key), {})
        found.update(collected_shares(reaches=reaches, **about))


def _read_backs(reading, own, led, led_by, known_at):
    """Keep what came back, of people and of units that they led; return {whose: what of it is no part of sums, what still is}."""
    measures = {clause.component.measure for clause, _reaches in own[Whose.OWN]}
    taken, afterwards = {}, {}
    taken[Whose.OWN], afterwards[Whose.OWN] = _read_backs_of_people(reading, measures | _measures(reading, Whose.OWN), known_at)
    for whose in (Whose.TEAM, Whose.OTHERS):
        paying = _paying(reading, whose)
        slots = [slot for slot in reading.slots.values() if (slot.contract.id, slot.kind) in paying]
        reaches = _apart(reaches for clause, reaches in led[whose] if clause.component.kind != Kind.POOL)
        about = {"whose": whose, "measures": _measures(reading, whose), "by_age": reading.by_age}
        about |= {"known_at": known_at, "until": reading.until}
        found, taken[whose], afterwards[whose] = backs_of_leaders(slots, reaches=reaches, staff=led_by, **about)
        _keep_backs(reading, whose, found)
    return taken, afterwards


def _paying(reading, whose):
    """Return which contracts pay in which kinds of spans for what units bring in: {(contract id, kind)}."""
    contracts = {slot.contract.id: slot.contract for slot in reading.slots.values()}.values()
    return {
        (contract.id, kind_of(clause)) for contract in contracts for clause in contract.clauses if _is_commission(clause, whose)
    }


def _is_commission(clause, whose):
    return clause.component.kind == Kind.COMMISSION and clause.component.whose == whose


def _measures(reading, whose):
    contracts = {slot.contract.id: slot.contract for slot in reading.slots.values()}.values()
    return {clause.component.measure for contract in contracts for clause in contract.clauses if _is_commission(clause, whose)}


def _read_backs_of_people(reading, measures, known_at):
    """
    Keep what came back of people in the whole of their spans, as far as it had not counted in the same slot.

    :returns: what of it lies on days of its slot, so that it is no part of the slot's sums; and what came back of something that
        had counted in the slot once its person was gone, which lowers them all the same.
    """
    slots = {slot.id: slot for slot in reading.slots.values()}
    reaches = [
        Reach(slot.id, slot.person_id, None, Period(slot.span.starts_on, min(slot.span.ends_before, reading.until)), slot.span.starts_on)
        for slot in slots.values()
    ]  # fmt: skip
    found, of_slot = [], []
    about = {"whose": Whose.OWN, "by_age": reading.by_age, "known_at": known_at}
    for back in taken_back(reaches=reaches, measures=measures, **about):
        (of_slot if slots[back.slot].covers(back.counted_on) else found).append(back)
    _keep_backs(reading, Whose.OWN, found)
    taken = [back for back in found if slots[back.slot].covers(back.counts_on)]
    return taken, [back for back in of_slot if not slots[back.slot].covers(back.counts_on)]


def _sum_up(reading, whose, pairs, known_at, taken):
    """Sum up what clauses count; those that need the deals behind the credits apart from those that do not."""
    for with_deals in (False, True):
        chosen = [
            (clause, reaches) for clause, reaches in pairs
            if clause.with_deals == with_deals and (not clause.is_each or clause.decay)
        ]  # fmt: skip
        reaches = _apart(reaches for _clause, reaches in chosen)
        clauses = [clause for clause, _reaches in chosen]
        slots = {reach.slot for reach in reaches}
        of_pools = _read_backs_of_pools(reading, clauses, reaches, known_at)
        lowered = [back for back in taken if back.slot in slots] + of_pools
        asked = {"whose": whose, "taken": lowered, "among": len(reading.staff.people), "known_at": known_at}
        sum_up(reading.bases, reaches=reaches, clauses=clauses, **asked)


def _apart(lists):
    """Return the reaches of some lists, each once; mostly they are one and the same list."""
    lists = list({id(reaches): reaches for reaches in lists}.values())
    return lists[0] if len(lists) == 1 else list(dict.fromkeys(reach for reaches in lists for reach in reaches))


def _read_backs_of_pools(reading, clauses, reaches, known_at):
    measures = {clause.component.measure for clause in clauses if clause.component.kind == Kind.POOL}
    of_pools = [reach for reach in reaches if reach.person_id is None] if measures else []
    taken = taken_from_pools(reaches=of_pools, measures=measures, known_at=known_at)
    _keep_backs(reading, Whose.TEAM, taken)
    return taken


def _keep_backs(reading, whose, taken):
    for back in taken:
        if back not in (kept := reading.backs[back.slot, back.measure, whose]):
            kept.append(back)


def reaches_of(reading, slots, whose):
    """Return the days on which credits count for slots."""
    found = []
    for slot in slots:
        for stay in slot.stays:
            if stay.starts_on >= reading.until:
                continue
            stay = Period(stay.starts_on, min(stay.ends_before, reading.until))  # noqa: PLW2901
            if whose == Whose.OWN:
                found.append(Reach(slot.id, slot.person_id, None, stay, slot.span.starts_on))
            else:
                for unit_id, part in reading.staff.led(slot.person_id, stay):
                    found.append(Reach(slot.id, slot.person_id, unit_id, part, slot.span.starts_on))
    # Whoever leads a unit and one below it reaches that one once.
    return found if whose == Whose.OWN else list(dict.fromkeys(found))


def _make_pools(reading, by_contract):
    """Make a slot for each pool: of all units of a version, or of each unit in which its people are; return their reaches."""
    found, last = {}, len(reading.slots)
    for (contract_id, kind, span), slots in by_contract.items():
        contract = slots[0].contract
        for clause in contract.clauses:
            if clause.component.kind != Kind.POOL or kind_of(clause) != kind:
                continue
            teams = defaultdict(list)
            for slot in slots:
                unit_id = None if clause.component.whose == Whose.OWN else reading.staff.unit_of(slot.person_id, span)
                teams[unit_id].append(slot.person_id)
            reaches = found[contract_id, clause.key, span] = []
            for unit_id, people in teams.items():
                last += 1
                pool = PoolSlot(last, unit_id, tuple(people))
                for person_id in people:
                    reading.pools[contract_id, clause.key, span, person_id] = pool
                reaches += reaches_of_pool(reading, contract, pool.id, unit_id, span)
    return found


def _read_degrees(reading, by_contract):
    wanted = defaultdict(lambda: {"people": (set(), {}), "units": (set(), {})})
    for (contract_id, kind, span), slots in by_contract.items():
        for clause in slots[0].contract.clauses:
            if kind_of(clause) != kind or not clause.metrics:
                continue
            if clause.component.kind == Kind.POOL and clause.is_by_metric:
                ids, metrics = wanted[kind, span]["units"]
                metrics.update(clause.metrics)
                for pool in {reading.pools[contract_id, clause.key, span, slot.person_id] for slot in slots}:
                    units = reading.units_led[pool.id] = units_of_pool(reading, slots[0].contract, pool.unit_id, span)
                    ids.update(units)
            if clause.component.whose == Whose.OWN or clause.component.kind == Kind.POOL:
                ids, metrics = wanted[kind, span]["people"]
                ids.update(slot.person_id for slot in slots)
            else:
                ids, metrics = wanted[kind, span]["units"]
                for slot in slots:
                    units = reading.units_led[slot.id] = reading.staff.leads(slot.person_id, slot.span)
                    ids.update(units)
            metrics.update(clause.metrics)
    for (kind, span), asked in wanted.items():
        for name, subject in (("people", "person_ids"), ("units", "unit_ids")):
            ids, metrics = asked[name]
            reading.degrees.read(span=span, kind=kind, metrics=metrics.values(), **{subject: sorted(ids)})
