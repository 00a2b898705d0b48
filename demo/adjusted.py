"""A published target that was adjusted in the running month, and another one that waits for the next level up."""

from fractions import Fraction

from django.utils import timezone

from accounts.models import User
from common.periods import fiscal_year_of
from demo import names
from targets import rollups
from targets.models import Plan
from targets.queries.adjusting import propose_change
from targets.queries.plans import sheet_of
from targets.rules import Balance
from targets.services.adjustments import approve, request_adjustment
from teams.models import Assignment
from teams.queries import calendar_of

#: Of whom (by place in the team), to which part of the target, what becomes of the sum above, why, and what is answered.
ASKED = (
    (0, Fraction(4, 5), Balance.SIBLINGS, *names.ADJUSTMENTS[0]),
    (1, Fraction(6, 5), Balance.DIFFERENCE, *names.ADJUSTMENTS[1]),
)


def adjust_targets(*, company, until):
    """Let the manager who signs in ask twice for another revenue target; the director approves the first."""
    year = fiscal_year_of(until, company.fiscal_year_starts_in)
    plan = Plan.objects.select_related("metric", "company").get(metric__code="revenue", year_starts_on=year.starts_on)
    manager, director = (User.objects.get(email=f"{name}@{company.slug}.example") for name in ("manager", "director"))
    team_id = Assignment.objects.on(until).values_list("unit_id", flat=True).get(person__membership__user=manager)
    # Steps bear the moment of the seed, and so does what led to them.
    now = timezone.now()
    for place, part, balance, reason, answer in ASKED:
        sheet = sheet_of(plan, company=company, with_leaders=True)
        position = sheet.months.index(until.replace(day=1))
        people = [
            node
            for node in sheet.nodes.values()
            if node.is_person
            and node.unit_id == team_id
            and node.presence[position]
            and sheet.sheet.of(node.key)[position].commit
        ]
        if place >= len(people):
            continue
        node = people[place]
        wanted = {
            i: int(cell.commit * part) // plan.rounding_unit * plan.rounding_unit
            for i, cell in enumerate(sheet.sheet.of(node.key))
            if i >= position
        }
        proposed = propose_change(
            sheet, node.key, wanted=wanted, from_on=until, balance=balance, with_below=True, calendar=calendar_of(company)
        )
        asked = request_adjustment(
            plan=plan,
            proposed=proposed,
            balance=balance,
            from_on=until,
            reason=reason,
            about=node.name,
            subject=node.key,
            now=now,
            today=until,
            by=manager,
        )
        if answer:
            approve(adjustment=asked, answer=answer, now=now, today=until, by=director)
    rollups.refresh_open(today=until)
