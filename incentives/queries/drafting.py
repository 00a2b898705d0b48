"""
What each person's statement of a month holds: everything they are entitled to, less what other statements hold already.

Reads only; `incentives.services.calculating` stores it. Conventions: docs/conventions.md, "Pay" and "Lines of a statement".
"""

from collections import defaultdict
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from functools import cached_property

from common.meanwhile import at_once
from common.periods import fiscal_year_of
from credits.queries.closings import closed_before
from incentives.queries.beside import beside_plans
from incentives.queries.contracts import Clause, Contract, contracts_ever
from incentives.queries.drafts import Draft, Line, figures_of
from incentives.queries.entitlements import Entitlements
from incentives.queries.leading import is_led
from incentives.queries.members import staff_during
from incentives.queries.pay_settings import pay_settings
from incentives.queries.posted import bases_posted, facts_posted, last_worked_out, posted_beside
from incentives.queries.reading import Asked, kind_of, read
from incentives.queries.settlement import Settlement
from incentives.queries.takings import net_of_deals, taken_for, takings_beside
from incentives.rules import earning, settling
from incentives.rules.numbers import plain
from incentives.rules.terms import Kind, LineKind, Release, Whose
from teams.models import Assignment
from teams.queries import calendar_of


def work_out(*, month, company, contracts=None, posted=None, person_ids=None, known_at=None):
    """
    Return {person id: Draft} of everybody who has something to read for a month; nothing is stored.

    :param contracts: `contracts_of` other versions than those in force: how a plan would do.
    :param posted: what other statements hold, as a `Posted`; as stored if None.
    :param person_ids: only these people.
    :param known_at: leave out what was recorded later.
    """
    about = {"contracts": contracts, "posted": posted, "person_ids": person_ids, "known_at": known_at}
    return drafting_of(month=month, company=company, **about).drafts()


def drafting_of(*, month, company, contracts=None, posted=None, person_ids=None, known_at=None):
    """Return the work on a month, everything read and nothing worked out yet; as `work_out`."""
    contracts = contracts_ever() if contracts is None else contracts
    posted = posted_beside(month, person_ids=person_ids) if posted is None else posted
    settings = pay_settings(known_at=known_at)
    asked = {"person_ids": None if person_ids is None else frozenset(person_ids), "known_at": known_at, "settings": settings}
    return Drafting(month=month, company=company, contracts=contracts, posted=posted, **asked)


class Drafting:
    """The work on one month's statements; `drafts` gives them."""

    def __init__(self, *, month, company, contracts, posted, person_ids, known_at, settings):
        self.month, self.company, self.posted = month, company, posted
        self.settings, self.contracts, self.known_at = settings, contracts, known_at
        self.is_year_end = self._year_of(month).ends_before == month.ends_before
        self.clauses = {clause.key: (contract, clause) for contract in contracts for clause in contract.clauses}
        self.spoken_of = self._spoken_of()
        self.earlier = self._earlier(person_ids)
        self.calendar = calendar_of(company)
        self.reading = read(
            month=month, contracts=self._of_month(), company=company, calendar=self.calendar, earlier=self.earlier,
            paid=self._paid(person_ids), led_since=self._led_since(), person_ids=person_ids, known_at=known_at,
            by_age=any(clause.is_by_age for contract in contracts for clause in contract.clauses),
        )  # fmt: skip
        self.person_ids = person_ids
        self._stays = {}
        self._begin()

    def drafts(self):
        """Return {person id: Draft} of everybody who has something to read."""
        return {draft.person_id: draft for draft in self.each_draft()}

    def each_draft(self, start=at_once):
        """
        Yield the drafts one by one, by person; from the first one on nothing is read from the database any more.

        :param start: begins what the database answers while what does not need it is worked out (`common.meanwhile`).
        """
        self.lines, self._put_right = defaultdict(list), {}
        earning, beside = self._clauses_by_person(), self._beside
        self.reading.ask(start)
        made = {(slot.id, clause.key): self._earned(slot, clause) for slot, clause in self._in_order_of_answers(earning)}
        self._correct()
        self._take_back()
        certain = self._people() | set(beside.lines)
        asked = certain | earning.keys() if self.person_ids is None else (certain | earning.keys()) & self.person_ids
        for person_id, unit_id in self._units_of(sorted(asked)).items():
            lines = []
            for slot, clause in earning.get(person_id, ()):
                found = made.get((slot.id, clause.key))
                lines += self._earned(slot, clause) if found is None else found
            lines += self.lines.pop(person_id, ())
            if lines or person_id in certain:
                yield self._settle(Draft(person_id, unit_id, lines), beside)

    def _in_order_of_answers(self, earning):
        """
        Return what can be worked out before the database has answered everything: first what needs none of its credits, then what
        needs their sums, which come before what tables make of each.
        """
        asked = [
            (slot, clause) for person_id, clauses in earning.items() if self.person_ids is None or person_id in self.person_ids
            for slot, clause in clauses if not clause.is_each
        ]  # fmt: skip
        return sorted(asked, key=lambda pair: pair[1].counts_credits)

    @cached_property
    def _current(self):
        """The ids of slots of which any day lies in the month."""
        slots = self.reading.slots.values()
        return {slot.id for slot in slots if any(stay.overlaps(self.month) for stay in slot.stays)}

    @cached_property
    def _beside(self):
        return beside_plans(month=self.month, known_at=self.known_at)

    @contextmanager
    def assuming(self):
        """Work for a while on a copy of what was read, which may be added to: as if more had happened."""
        read = self.reading
        self.reading = read.copy()
        self._begin()
        yield self.reading
        self.reading = read
        self._begin()

    def _begin(self):
        self.entitlements = Entitlements(self.reading, unit=self.settings.rounding)
        self.settlement = Settlement(
            contracts=self._of_month(), ever=self.contracts, entitlements=self.entitlements, posted=self.posted,
            settings=self.settings,
        )  # fmt: skip

    def _of_month(self):
        return [contract for contract in self.contracts if contract.during(self.month)]

    def _year_of(self, period):
        return fiscal_year_of(period.starts_on, self.company.fiscal_year_starts_in)

    def _people(self):
        """Return whoever is in a plan, and whoever has something to be deducted or worked off."""
        there = {slot.person_id for slot in self.reading.slots.values() if slot.id in self._current}
        carried = {person_id for person_id, amount in self.posted.carried.items() if amount}
        owing = {person_id for person_id, balances in self.posted.balances.items() if any(balances.values())}
        return set(self.lines) | there | carried | owing

    def _earlier(self, person_ids):
        """
        Return the spans before this month's that may have moved: those with something to be released, and those that were not
        closed yet when they were looked at last. What was recorded after that and before they were closed is still to be paid.
        """
        settled_until = closed_before(min(filter(None, (self.known_at, last_worked_out(self.month))), default=None))
        found = defaultdict(set)
        for person_id, key, span, kinds in self._posted():
            if key not in self.clauses or (person_ids is not None and person_id not in person_ids):
                continue
            contract, clause = self._in_force(key, span)
            waits = kinds.get(LineKind.HELD, 0) + kinds.get(LineKind.RELEASED, 0)
            is_over = span.ends_before <= self.month.starts_on
            if contract and is_over and (waits or settled_until is None or span.ends_before > settled_until):
                found[contract.id, kind_of(clause), span].add(person_id)
        # Always in one order, whoever it was found for first: corrections stand in it.
        return [
            Asked(contract, kind, span, frozenset(found[contract.id, kind, span]))
            for span, kind in sorted({(span, kind) for _pk, kind, span in found})
            for contract in self.contracts if (contract.id, kind, span) in found
        ]  # fmt: skip

    def _spoken_of(self):
        """Return {component key: (contract, clause)} of the words that hold for it this month, or held last."""
        begun = [contract for contract in self.contracts if contract.version.starts_on < self.month.ends_before]
        ordered = sorted(begun, key=lambda contract: (contract.during(self.month) is not None, contract.version.starts_on))
        return {clause.key: (contract, clause) for contract in ordered for clause in contract.clauses}

    def _paid(self, person_ids):
        """Return who was ever paid, also by plans that have ended: {(contract id, kind of span): (contract, person ids)}."""
        found = {}
        for person_id, key, _span, kinds in self._posted():
            if key in self.spoken_of and kinds.get(LineKind.EARNED) and (person_ids is None or person_id in person_ids):
                contract, clause = self.spoken_of[key]
                found.setdefault((contract.id, kind_of(clause)), (contract, set()))[-1].add(person_id)
        return found

    def _led_since(self):
        """Return the first day for which anybody was paid for the results of units; None if nobody was."""
        led = {key for key, (_contract, clause) in self.spoken_of.items() if clause.component.whose != Whose.OWN}
        return min((span.starts_on for _person, key, span, _kinds in self._posted() if key in led), default=None)

    def _posted(self):
        for person_id, spans in self.posted.spans.items():
            for (key, span), kinds in spans.items():
                yield person_id, key, span, kinds

    def _in_force(self, key, span) -> tuple[Contract, Clause] | tuple[None, None]:
        """Return the contract in whose words a component was paid for in a span."""
        for contract in self.contracts:
            if contract.during(span):
                for clause in contract.clauses:
                    if clause.key == key:
                        return contract, clause
        return None, None

    def _clauses_by_person(self):
        """Return {person id: [(slot, clause)]} of this month's spans, also those of nothing: whoever is in a plan reads why."""
        found = defaultdict(list)
        for contract in self._of_month():
            for clause in contract.clauses:
                if clause.component.kind != Kind.DRAW:
                    kind = kind_of(clause)
                    for slot in self.reading.by_contract.get((contract.id, kind, self.reading.span(kind)), ()):
                        found[slot.person_id].append((slot, clause))
        return found

    def _correct(self):
        """Add what earlier spans have become since."""
        for asked in self.earlier:
            for clause in asked.contract.clauses:
                if kind_of(clause) != asked.kind or clause.component.kind == Kind.DRAW:
                    continue
                for person_id in sorted(asked.person_ids):
                    slot = self.reading.slots.get((asked.contract.id, person_id, asked.kind, asked.span))
                    if slot is None:
                        self._undo(person_id, clause, asked.span)
                    elif found := self._earned(slot, clause):
                        self.lines[person_id] += found

    def _undo(self, person_id, clause, span):
        """Take off everything that was posted to somebody who turns out not to have been in the plan: what waits is not owed either."""
        posted = self.posted.of(person_id, clause.key, span)
        for kind in (LineKind.EARNED, LineKind.HELD, LineKind.RELEASED):
            if before := posted.get(kind):
                facts = {"formula": "undone", "entitled": 0, "posted": before}
                self.lines[person_id].append(_line(clause, span, kind, -before, facts))

    def _earned(self, slot, clause):
        """Return the lines of what is earned, held back and released in a slot, each to date less posted."""
        entitled, person_id, span = self.entitlements.of(slot, clause), slot.person_id, slot.span
        posted = self.posted.of(person_id, clause.key, span)
        before, found = posted.get(LineKind.EARNED, 0), []
        amount = settling.payable(entitled.amount, before)
        is_current = slot.id in self._current
        if not is_current:
            self._put_right[person_id, clause.key, span] = entitled.facts
        if amount or is_current or self._stands_for_more(entitled, span):
            facts = entitled.facts | {"posted": before} if before else entitled.facts
            found.append(_line(clause, span, LineKind.EARNED, amount, facts, base=entitled.base))
        component = clause.component
        if component.paid_at_once >= 100 and not posted.get(LineKind.HELD):  # noqa: PLR2004 - per cent
            return found
        share = self._released(component, entitled, span)
        waits = settling.hold_back(entitled.amount, component.paid_at_once, share, unit=self.settings.rounding)
        about = {"entitled": entitled.amount, "paid_at_once": plain(Fraction(component.paid_at_once)), "held": waits.held}
        for kind, to_date in ((LineKind.HELD, waits.held), (LineKind.RELEASED, waits.released)):
            before = posted.get(kind, 0)
            if to_date - before:
                facts = about | {"formula": kind.lower(), "posted": before, "released": waits.released, "share": plain(share)}
                found.append(_line(clause, span, kind, to_date - before, facts))
        return found

    def _stands_for_more(self, entitled, span):
        """
        Return whether what was posted for an earlier span stands for something else by now, though it came to the same: beyond a
        cap, before a gate. The statement says so, for by its base is taken back what comes back later.
        """
        clause = entitled.clause
        if clause.component.kind != Kind.COMMISSION:
            return False
        return self._bases.get((entitled.slot.person_id, clause.key, span), entitled.base) != entitled.base

    @cached_property
    def _bases(self):
        """On what earlier spans that may have moved were paid last: {(person id, component key, Period): minor units or pieces}."""
        asked = {
            (person_id, clause.key, each.span) for each in self.earlier for clause in each.contract.clauses
            if clause.component.kind == Kind.COMMISSION for person_id in each.person_ids
        }  # fmt: skip
        return bases_posted(self.month, asked) | self.posted.bases

    def _released(self, component, entitled, span):
        """Return which per cent of what was held back is released by now."""
        match component.release:
            case Release.YEAR_END:
                is_over = self._year_of(span).ends_before < self.month.ends_before
                return 100 if is_over or self.is_year_end else 0
            case Release.COLLECTION:
                return max(entitled.collected if entitled.collected is not None else Fraction(0), 0)
        return 100

    def _take_back(self):
        """Add what is taken back for what came back this span and was earned in an earlier one, at the rate that was paid."""
        wanted, touched = [], {slot_id for slot_id, _measure, _whose in self.reading.backs}
        for slot in [slot for slot in self.reading.slots.values() if slot.id in touched]:
            for clause in slot.contract.clauses:
                component = clause.component
                if not clause.counts_credits or component.kind == Kind.POOL or kind_of(clause) != slot.kind:
                    continue
                if not slot.stays and self.spoken_of[clause.key][0] is not slot.contract:
                    continue  # a later version speaks of it
                for back in self.reading.backs.get((slot.id, component.measure, component.whose), ()):
                    if not earning.counts(component.credited, is_overlay=back.is_overlay):
                        continue
                    if origin := self._origin(slot, clause, back):
                        wanted.append((slot, clause, back, (slot.person_id, clause.key, origin)))
        paid = facts_posted(self.month, {asked for *_rest, asked in wanted}) | self.posted.facts | self._put_right
        found = {}
        for slot, clause, back, asked in net_of_deals(wanted):
            if item := taken_for(clause, back, paid.get(asked)):
                found.setdefault((slot.person_id, clause.key, slot.span), (clause, []))[-1].append(item)
        told = takings_beside(self.month, self.posted, {(person_id, key) for person_id, key, _span in found})
        for (person_id, key, span), (clause, items) in found.items():
            self._claw(person_id, clause, span, items, told[person_id, key])
        self._claw_nothing(found)

    def _claw(self, person_id, clause, span, items, told):  # noqa: PLR0917 - of whom, for what
        """:param told: {Period: [item, …]} of what was taken back for the same component, as it stands in other statements."""
        earlier = [item for other, kept in told.items() if other < span for item in kept]
        now, before = (self._by_span_paid(person_id, clause.key, each) for each in (items, earlier))
        to_date = settling.taken_to_date(now, before, unit=self.settings.rounding)
        posted = self.posted.of(person_id, clause.key, span).get(LineKind.CLAWBACK, 0)
        # Also what comes to nothing yet is told, for the next of the same is rounded together with it.
        if to_date.taken + posted or figures_of(told.get(span, [])) != figures_of(items):
            facts = {
                "formula": "clawback",
                "items": items,
                "taken": -to_date.taken,
                "posted": posted,
                "is_money": clause.is_money,
            }
            facts |= {"before": {"amount": plain(to_date.before), "taken": to_date.taken_before}} if to_date.is_rounded else {}
            self.lines[person_id].append(_line(clause, span, LineKind.CLAWBACK, -to_date.taken - posted, facts))

    def _by_span_paid(self, person_id, key, items):
        """Return {span in which it was paid: what is taken back of it}."""
        found = defaultdict(Fraction)
        for item in items:
            found[self._span_paid(person_id, key, date.fromisoformat(item["counted_on"]))] += Fraction(item["amount"])
        return found

    def _span_paid(self, person_id, key, day):
        """Return the span of a component with a day for which somebody was paid; None if they never were."""
        return next((span for of, span in self.posted.spans.get(person_id, {}) if of == key and day in span), None)

    def _claw_nothing(self, touched):
        """Give back what was taken back for something that did not come back after all."""
        looked_at = {(slot.person_id, slot.span) for slot in self.reading.slots.values()}
        for person_id, key, span, kinds in self._posted():
            before = kinds.get(LineKind.CLAWBACK, 0)
            if before and (person_id, key, span) not in touched and (person_id, span) in looked_at and key in self.clauses:
                facts = {"formula": "clawback", "items": [], "taken": 0, "posted": before}
                self.lines[person_id].append(_line(self.clauses[key][1], span, LineKind.CLAWBACK, -before, facts))

    def _origin(self, slot, clause, back):
        """Return the earlier span in which somebody was paid for something counted on a day, and it was theirs on that day."""
        span = self._span_paid(slot.person_id, clause.key, back.counted_on)
        if span is None or span.ends_before > slot.span.starts_on:
            return None
        return span if self._was_theirs(slot.person_id, clause, span, back) else None

    def _was_theirs(self, person_id, clause, span, back):
        """Return whether somebody was in the plan on the day, and led the unit where it pays for units."""
        contract, clause = self._in_force(clause.key, span)
        if contract is None:
            return False
        if (contract.id, span) not in self._stays:
            staff = staff_during(span, known_at=self.known_at)
            self._stays[contract.id, span] = staff, staff.stays(contract, span)
        staff, stays = self._stays[contract.id, span]
        if not any(back.counted_on in stay for stay in stays.get(person_id, ())):
            return False
        return clause.component.whose == Whose.OWN or is_led(staff, person_id, back.unit_id, back.counted_on)

    def _units_of(self, people):
        """Return {person id: where they belonged in the month, or last}; who never belonged anywhere is left out."""
        found = {person_id: self.reading.staff.unit_of(person_id, self.month) for person_id in people}
        if gone := [person_id for person_id, unit_id in found.items() if unit_id is None]:
            places = Assignment.objects.filter(person__in=gone, starts_on__lt=self.month.ends_before).order_by("starts_on")
            found |= dict(places.values_list("person_id", "unit_id"))
        return {person_id: unit_id for person_id, unit_id in found.items() if unit_id is not None}

    def _settle(self, draft, beside):
        terms = beside.terms_of(draft.person_id, self.settings)
        return self.settlement.settle(draft, beside=beside.lines.get(draft.person_id, []), terms=terms)


def _line(clause, span, kind, amount, facts, base=None):  # noqa: PLR0917 - the columns of a line
    component = clause.component
    return Line(kind, component.name, amount, facts, component_id=component.pk, key=clause.key, span=span, base=base)
