"""A person's month put together: guarantees, the cap of a plan, and how far what takes from earlier pay may be deducted."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from fractions import Fraction

from common.periods import Period, add_months, day_of
from incentives.queries.contracts import Clause
from incentives.queries.drafts import Draft, Line
from incentives.queries.entitlements import Entitlements
from incentives.queries.posted import Posted
from incentives.rules import settling
from incentives.rules.numbers import plain, round_half_up
from incentives.rules.terms import Kind, LineKind, Source, Span

#: What a statement sums up to date.
_TO_DATE = {LineKind.HELD, LineKind.RELEASED, LineKind.DRAW, LineKind.DRAW_RECOVERY, LineKind.CARRIED}


class Settlement:
    """How the drafts of one month are settled."""

    def __init__(self, *, contracts, ever, entitlements: Entitlements, posted: Posted, settings):
        """:param contracts: those of the month. :param ever: all by which anything was ever paid."""
        self.contracts, self.entitlements, self.posted, self.settings = contracts, entitlements, posted, settings
        self.reading = entitlements.reading
        self._plans = {contract.id: contract.version.plan for contract in ever}
        self._plan_of = {clause.component.pk: contract.version.plan_id for contract in ever for clause in contract.clauses}
        self._percent = Fraction(settings.deduction_percent)
        self._draws = [
            (contract, clause) for contract in contracts for clause in contract.clauses if clause.component.kind == Kind.DRAW
        ]  # fmt: skip

    def settle(self, draft: Draft, *, beside, terms) -> Draft:
        """
        Complete a draft that holds what its person earned.

        :param beside: lines that come from beside the plans.
        :param terms: base pay and minimum wage a month.
        """
        self._uncap(draft)
        self._cap(draft)
        to_recover = self._guarantee(draft)
        draft.lines += beside
        carried = self.posted.carried.get(draft.person_id, 0)
        if carried:
            draft.lines.append(Line(LineKind.BROUGHT, "", -carried, {"formula": "brought"}, Source.BALANCE))
        self._deduct(draft, to_recover, *terms)
        self._total(draft)
        return draft

    def _uncap(self, draft):
        """Give back what a cap had taken of months that earned less since: what was never paid is not taken back."""
        capped = self.posted.capped.get(draft.person_id)
        if not capped:
            return
        taken = [[*each] for each in self._taken(draft.lines)]
        for (version_id, month), amount in sorted(capped.items(), key=lambda item: item[0][1]):
            plan, left = self._plans.get(version_id), -amount
            for each in taken:
                if plan is not None and each[0] == plan.pk and each[1].overlaps(month):
                    now = min(left, each[2])
                    left, each[2] = left - now, each[2] - now
            if given := -amount - left:
                facts = {"formula": "uncapped", "capped": -amount, "given": given}
                draft.lines.append(Line(LineKind.CAPPED, plan.name, given, facts, Source.BALANCE, version_id, span=month))

    def _taken(self, lines):
        """Yield (plan id, days in which it was earned, minor units) of what is taken that plans have paid."""
        together = defaultdict(int)
        for line in lines:
            if line.kind in settling.EARNING:
                together[self._plan_behind(line), line.key, line.span] += line.amount
            elif line.kind == LineKind.CLAWBACK:
                # It holds what came back to date; what is new of that came last.
                left = max(-line.amount, 0)
                for item in reversed(line.facts["items"]):
                    now = min(left, max(round_half_up(Fraction(item["amount"])), 0))
                    left -= now
                    yield self._plan_behind(line), day_of(date.fromisoformat(item["counted_on"])), now
        for (plan_id, _key, span), amount in together.items():
            if amount < 0:
                yield plan_id, span, -amount

    def _cap(self, draft):
        """Take off what a plan pays beyond its cap a month."""
        for contract in self.contracts:
            version = contract.version
            if version.cap is None:
                continue
            amount = sum(line.amount for line in draft.lines if self._plan_behind(line) == version.plan_id)
            if over := settling.over_cap(amount, version.cap):
                facts = {"formula": "capped", "cap": version.cap, "before": amount, "version": version.pk}
                about = {"source_id": version.pk, "span": self.reading.month}
                draft.lines.append(Line(LineKind.CAPPED, version.plan.name, over, facts, Source.BALANCE, **about))

    def _plan_behind(self, line):
        """Return the id of the plan by which a line is paid, in whichever version; None for what no plan pays."""
        plan = self._plans.get(line.source_id) if line.kind == LineKind.CAPPED else None
        return plan.pk if plan else self._plan_of.get(line.component_id)

    def _guarantee(self, draft):
        """Add what guarantees give, and return what is to be worked off: [(component or None, key, minor units, owed)]."""
        wanted, balances = [], dict(self.posted.balances.get(draft.person_id, {}))
        for contract, clause in self._draws:
            if slot := self.reading.current(contract, draft.person_id, Span.MONTH):
                earned = self._earned_under(draft, contract)
                balance = balances.pop(clause.key, 0)
                wanted += self._draw(draft, clause, slot, earned, balance)
        # A guarantee that does not hold any more is worked off by all that is earned; what one takes is not there for the next.
        earned = self._earned(draft.lines) - sum(amount for _component, _key, amount, _balance in wanted)
        for key, balance in sorted(balances.items()):
            if (amount := min(balance, earned)) > 0:
                wanted.append((None, key, amount, balance))
                earned -= amount
        return wanted

    def _draw(self, draft, clause, slot, earned, balance):
        component, guarantee = clause.component, self._guaranteed(clause, slot)
        drawn = settling.draw(component.draw, earned=earned, guarantee=guarantee, balance=balance)
        if drawn.given:
            facts = {
                "formula": "draw",
                "draw": component.draw,
                "guarantee": guarantee,
                "earned": max(earned, 0),
                "owed": drawn.owed,
            }
            draft.lines.append(
                Line(
                    LineKind.DRAW,
                    component.name,
                    drawn.given,
                    facts,
                    component_id=component.pk,
                    key=clause.key,
                    span=self.reading.month,
                )  # fmt: skip
            )
        return [(component, clause.key, drawn.to_recover, balance)] if drawn.to_recover else []

    def _guaranteed(self, clause: Clause, slot):
        """Return the guarantee of the month: by the working days under the plan that lie in its months of service."""
        component = clause.component
        slot = self._in_service(slot, component.draw_months)
        if not slot.stays:
            return 0
        inside, whole = self.entitlements.days(slot) if component.is_prorated else (1, 1)
        return round_half_up(Fraction((component.amount or 0) * inside, whole), self.settings.rounding) if whole else 0

    def _in_service(self, slot, months):
        """Return a slot with those of its days that lie in so many first months of service; None is without an end."""
        if months is None:
            return slot
        hired_on = self.reading.staff.people[slot.person_id][1]
        first = Period(hired_on, add_months(hired_on, months))
        return replace(slot, stays=tuple(filter(None, (stay.overlap(first) for stay in slot.stays))))

    def _earned_under(self, draft, contract):
        ids = {clause.component.pk for clause in contract.clauses}
        return self._earned(
            line for line in draft.lines
            if line.component_id in ids or line.kind == LineKind.CAPPED and line.source_id == contract.id
        )  # fmt: skip

    def _earned(self, lines):
        """Return what lines earn, less what caps take off this month."""
        return sum(
            line.amount for line in lines
            if line.kind in settling.EARNING or line.kind == LineKind.CAPPED and line.span == self.reading.month
        )  # fmt: skip

    def _deduct(self, draft, wanted, base_pay, minimum_wage):
        """Carry what may not be deducted this month, and work off guarantees with what room is left."""
        given, taken = _sides(draft.lines)
        if not taken and not wanted:
            return
        to_recover = sum(amount for _component, _key, amount, _balance in wanted)
        kept = settling.deduct(
            given=given, taken=taken, to_recover=to_recover, base_pay=base_pay, percent=self._percent, minimum_wage=minimum_wage,
            unit=self.settings.rounding,
        )  # fmt: skip
        limits = {
            "owed": -sum(taken), "pay": base_pay + sum(given), "percent": plain(self._percent), "minimum_wage": minimum_wage,
            "limit": kept.limit,
        }  # fmt: skip
        left = kept.recovered
        for component, key, amount, balance in wanted:
            if now := min(amount, left):
                left -= now
                facts = limits | {
                    "formula": "draw_recovery",
                    "wanted": amount,
                    "balance": balance,
                    "balance_after": balance - now,
                }
                name, pk = (component.name, component.pk) if component else ("", None)
                draft.lines.append(
                    Line(LineKind.DRAW_RECOVERY, name, -now, facts, component_id=pk, key=key, span=self.reading.month)
                )
        if kept.carried:
            draft.lines.append(Line(LineKind.CARRIED, "", kept.carried, limits | {"formula": "carried"}, Source.BALANCE))

    def _total(self, draft):
        """Set what is held back, owed and carried to date."""
        sums = defaultdict(int)
        for line in draft.lines:
            if line.kind in _TO_DATE:
                sums[line.kind] += line.facts.get("owed", 0) if line.kind == LineKind.DRAW else line.amount
        for kinds in self.posted.spans.get(draft.person_id, {}).values():
            for kind in (LineKind.HELD, LineKind.RELEASED):
                sums[kind] += kinds.get(kind, 0)
        draft.held = -(sums[LineKind.HELD] + sums[LineKind.RELEASED])
        owed = sum(self.posted.balances.get(draft.person_id, {}).values())
        draft.draw_balance = owed + sums[LineKind.DRAW] + sums[LineKind.DRAW_RECOVERY]
        draft.carried = sums[LineKind.CARRIED]


def _sides(lines):
    """Return what a month gives and what it takes from earlier pay (`settling.sides`)."""
    if not any(
        line.amount < 0 for line in lines if line.kind != LineKind.CAPPED
    ):  # mostly nothing takes, whatever belongs together
        return [max(sum(line.amount for line in lines), 0)], []
    return settling.sides([(line.kind, line.amount, (line.key, line.span)) for line in lines])
