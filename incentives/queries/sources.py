"""
Down to the fact: the credits behind a line of a statement, as they were known when it was calculated, and what it does not hold.

The credits add up to the line's base. Each is shown by `credits.queries.lineage.rows_of`, with the deal it leads to.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from common.periods import Period
from credits.models import Credit
from credits.queries import lineage
from credits.queries.lineage import LeftOut
from incentives.models import StatementLine
from incentives.queries.bases import Reach, taken_back
from incentives.queries.contracts import contracts_of
from incentives.queries.leading import backs_of_leaders, is_led
from incentives.queries.members import staff_during
from incentives.queries.pools import reaches_of_pool
from incentives.queries.reading import Reading, Slot, reaches_of
from incentives.rules.terms import Credited, Kind, LineKind, Whose
from teams.queries import calendar_of

#: Why something is not in a line's base, for people.
WHY_LEFT_OUT = {
    "recorded_since": _("It was recorded after this statement was calculated; a later one corrects it."),
    "taken_back": _("It came back of something earned in an earlier period, and is taken back at the rate that was paid."),
    "other_credit": _("Credit of another kind than this component counts: on top, or shared."),
    "other_days": _("Days on which the plan did not hold for the person."),
}


@dataclass(frozen=True)
class Sources:
    """
    What stands behind a line.

    :ivar credits: the credits, earliest first, to be paged and shown by `rows`.
    :ivar base: what the line was worked out on, in minor units or pieces; None where it is not worked out on credits.
    :ivar left_out: (LeftOut, why) of what somebody might look for here.
    """

    credits: object  # queryset
    base: int | None
    left_out: list

    @cached_property
    def total(self):
        return lineage.sum_of(self.credits)

    @property
    def is_exact(self):
        """Whether the credits still add up to the base; not if the person's place was changed for days gone by."""
        return self.base is None or self.total == self.base

    def rows(self, start, end, *, sight):
        """Return a page of credits with the facts they lead to, as a member of this sight may open them."""
        return lineage.rows_of(self.credits[start:end], sight=sight)


def sources_of(line: StatementLine) -> Sources:
    """
    Return what is behind a line; a few queries, whatever the number of credits.

    Of a bonus or a guarantee there are no credits: its figure opens by itself.
    """
    component = line.component
    statement = line.statement
    counts = component is not None and component.kind in {Kind.COMMISSION, Kind.POOL} and line.earned_from is not None
    if not counts or line.kind not in {LineKind.EARNED, LineKind.CLAWBACK}:
        return Sources(Credit.objects.none(), None, [])
    span = Period(line.earned_from, line.earned_before)
    until = min(statement.ends_before, span.ends_before)
    reading, reaches, whose = _reaches(component, statement, span, until)
    taken, afterwards = _back(line, reaches, whose, Period(span.starts_on, until))
    everything = _of_reaches(reaches, whose, component, afterwards)
    known = everything.filter(recorded_at__lte=statement.known_at)
    if line.kind == LineKind.CLAWBACK:
        return Sources(
            Credit.objects.settled().filter(_of_kind(component, whose), pk__in=taken).order_by("counts_on", "pk"), None, []
        )
    counted = _of_kind(component, whose)
    credits = known.filter(counted).exclude(pk__in=taken)
    left = [
        ("recorded_since", everything.filter(counted, recorded_at__gt=statement.known_at)),
        ("taken_back", known.filter(pk__in=taken)),
        ("other_credit", known.exclude(counted)),
    ]
    if whose == Whose.OWN:
        window = Q(counts_on__gte=span.starts_on, counts_on__lt=until, recorded_at__lte=statement.known_at)
        own = Credit.objects.settled().filter(window, counted, person=statement.person_id, measure=component.measure)
        left.append(("other_days", own.exclude(pk__in=known.values("pk"))))
    return Sources(credits.order_by("counts_on", "pk"), line.base, _told(left))


def _back(line, reaches, whose, period):
    """
    Return the credits that came back of what the plan had not counted in this span, a pool counts them like all others; and those
    that came back of what it had counted, on days on which it does not hold any more.
    """
    statement, component = line.statement, line.component
    if component.kind == Kind.POOL:
        return set(), set()
    asked = {"measures": {component.measure}, "whose": whose, "known_at": statement.known_at}
    if whose != Whose.OWN:
        led_by = staff_during(Period(_first_paid(statement, component), period.ends_before))
        slot = Slot(1, None, statement.person_id, component.span, period, ())
        about = {"reaches": reaches, "staff": led_by, "until": period.ends_before} | asked
        found, _lowered, afterwards = backs_of_leaders([slot], **about)
        theirs = [back for back in found if is_led(led_by, statement.person_id, back.unit_id, back.counted_on)]
        lowered = {back.credit_id for back in (theirs if line.kind == LineKind.CLAWBACK else found)}
        return lowered, {back.credit_id for back in afterwards}

    def is_of_plan(day):
        return any(day in reach.period for reach in reaches)

    taken, afterwards = set(), set()
    for back in taken_back(reaches=[Reach(1, statement.person_id, None, period, period.starts_on)], **asked):
        if not is_of_plan(back.counted_on):
            taken.add(back.credit_id)
        elif not is_of_plan(back.counts_on):
            afterwards.add(back.credit_id)
    return taken, afterwards


def _first_paid(statement, component):
    """Return the first day for which somebody has a line of a component."""
    lines = StatementLine.objects.filter(statement__person=statement.person_id, component_key=component.key)
    return lines.aggregate(first=Min("earned_from"))["first"] or statement.starts_on


def _reaches(component, statement, span, until):
    """Return on which days, of whom, credits counted for a line."""
    (contract,) = contracts_of(type(component.version).objects.filter(pk=component.version_id))
    company = Company.objects.get(pk=statement.company_id)
    whole = Period(min(span.starts_on, statement.starts_on), max(span.ends_before, statement.ends_before))
    month = Period(statement.starts_on, statement.ends_before)
    reading = Reading(month, until, company, calendar_of(company), staff_during(whole))
    if component.kind == Kind.POOL:
        unit_id = None if component.whose == Whose.OWN else reading.staff.unit_of(statement.person_id, span)
        return reading, list(reaches_of_pool(reading, contract, 1, unit_id, span)), Whose.TEAM
    stays = reading.staff.stays(contract, span).get(statement.person_id, ())
    slot = Slot(1, contract, statement.person_id, component.span, span, tuple(stays))
    return reading, reaches_of(reading, [slot], component.whose), component.whose


def _of_reaches(reaches: list[Reach], whose, component, afterwards):
    found = Q(pk__in=afterwards)
    for period in {reach.period for reach in reaches}:
        here = [reach for reach in reaches if reach.period == period]
        days = Q(counts_on__gte=period.starts_on, counts_on__lt=period.ends_before)
        if whose == Whose.OWN:
            found |= days & Q(person_id__in={reach.person_id for reach in here})
        else:
            found |= days & Q(unit_id__in={reach.unit_id for reach in here})
    credits = Credit.objects.settled().filter(found, measure=component.measure)
    if whose == Whose.OTHERS:
        return credits.exclude(person_id__in={reach.person_id for reach in reaches})
    return credits


def _of_kind(component, whose):
    """Return which credits a component counts: of units never what is on top."""
    if whose != Whose.OWN:
        return Q(is_overlay=False)
    return {Credited.SHARES: Q(is_overlay=False), Credited.OVERLAY: Q(is_overlay=True)}.get(component.credited, Q())


def _told(left):
    found = []
    for reason, credits in left:
        count, amount = lineage.count_and_sum_of(credits)
        if count:
            found.append((LeftOut(reason, count, amount), WHY_LEFT_OUT[reason]))
    return found
