"""Making the world larger: a dozen more of everything that a page may list."""

from datetime import date, timedelta
from decimal import Decimal

from accounts import services as accounts
from accounts.models import Membership, User
from accounts.rules import Role
from common.periods import quarter_of
from common.tenancy import company_scope
from credits import services as credits
from customers import services as customers
from customers.models import Customer
from deals import services as deals
from deals.models import Deal, Product
from deals.rules import Line
from exchange import services as exchange
from incentives.services import honours
from incentives.services import recognition as incentives
from jobs.models import Job
from meetings import services as meetings
from meetings.models import Meeting
from targets import rollups
from targets.services.periods import add_quota_period
from teams import services as teams
from teams.models import Unit
from tests.cast import HIRED
from tests.guards.world import DAY, NOW, TODAY
from tests.guards.world_pay import grow_pay
from tests.guards.world_plans import grow_plans
from visits import services as visits
from visits.models import ExpenseCategory

MORE = 12


def grow(world):
    """Add a dozen of everything to Lantern, most of it Asha's or in Bela's team."""
    cast, by = world.cast, world.cast.amir.user
    with company_scope(cast.lantern):
        for number in range(MORE):
            _grow_catalogue(cast, number, by)
            _grow_team(cast, number, by)
            _grow_asha(world, number, by)
            _grow_meetings(world, number, by)
            grow_pay(world, number, now=NOW, today=TODAY, by=by)
            grow_plans(world, number, now=NOW, by=by)
        credits.post_all()
        rollups.refresh_everything()


def _grow_catalogue(cast, number, by):
    product_line = deals.add_line(name=f"More line {number}", by=by)
    deals.add_product(code=f"M-{number}", name=f"More {number}", line=product_line, list_price=10, cost=5, by=by)
    customers.add_channel(code=f"more-{number}", name=f"More {number}", by=by)
    teams.set_calendar_exception(day=date(2026, 6, 1) + number * DAY, is_working=False, name=f"More {number}", by=by)
    begins = date(2025, 1, 1) + number * DAY
    add_quota_period(name=f"More days {number}", kind="QUOTA", starts_on=begins, ends_before=begins + DAY, by=by)
    teams.add_unit(name=f"More team {number}", kind=Unit.Kind.TEAM, parent=cast.east, by=by)
    accounts.invite(name=f"More {number}", email=f"more{number}@example.com", role=Role.REP, now=NOW, by=by)
    exchange.receive_file(kind="CUSTOMERS", file_name=f"more{number}.csv", content=f"name\nMore {number}\n".encode(), by=by)
    Job.objects.create(kind="targets.rollup", status=Job.Status.DONE, requested_by=by, started_at=NOW, finished_at=NOW)


def _grow_team(cast, number, by):
    user = User.objects.create_user(email=f"more.member{number}@example.com", name=f"More {number}")
    membership = Membership.objects.create(user=user, role=Role.REP)
    person = teams.hire(
        name=f"More {number}", employee_number=f"M-{number}", unit=cast.one, role=Role.REP, hired_on=HIRED, membership=membership, by=by
    )  # fmt: skip
    customer = customers.add_customer(name=f"More customer {number}", owner=person, by=by)
    sold = [Line(Product.objects.first(), 1, 100 + number)]
    deals.log_deal(customer=customer, owner=person, lines=sold, closed_on=TODAY - 4 * DAY, by=by)
    visits.log_visit(person=person, customer=customer, visited_on=TODAY - DAY, today=TODAY, outcome="talked", by=by)
    teams.assign_task(title=f"More {number}", owner=person, due_on=TODAY - number * DAY, by=by)
    incentives.praise(to=cast.asha.person, giver=person, text=f"More {number}", given_on=TODAY - number * DAY, by=by)
    honours.nominate(
        kind="SERVICE", quarter=quarter_of(TODAY), person=cast.asha.person, nominator=person, reason=f"More {number}", on=TODAY,
        first_month=1, by=by,
    )  # fmt: skip
    honours.give_award(
        kind="SPECIAL", period=quarter_of(quarter_of(TODAY).starts_on - DAY), winner=person, reason="More", on=TODAY, by=by
    )


def _grow_asha(world, number, by):
    asha = world.cast.asha.person
    other = customers.add_customer(name=f"Asha's more {number}", owner=asha, grade="A", by=by)
    same = Customer.objects.get(pk=world.id_of("customer", "near"))
    sold = [Line(Product.objects.first(), 1, 100 + number)]
    for customer in (other, same):
        deals.open_deal(customer=customer, owner=asha, opened_on=TODAY - DAY, expected_on=TODAY, lines=sold, by=by)
        won = deals.log_deal(customer=customer, owner=asha, lines=sold, closed_on=TODAY - number * DAY, by=by)
        deals.record_payment(deal=won, amount=50, received_on=TODAY, by=by)
        visits.log_visit(
            person=asha, customer=customer, visited_on=TODAY - (number + 2) * DAY, today=TODAY, outcome="talked",
            next_step="call", next_on=TODAY + (number + 2) * DAY, by=by,
        )  # fmt: skip
        visits.claim_expense(
            person=asha, category=ExpenseCategory.objects.first(), amount=Decimal(number + 1), spent_on=TODAY, today=TODAY,
            customer=customer, by=by,
        )  # fmt: skip
        visits.plan_visit(person=asha, customer=customer, planned_on=TODAY + number * DAY, by=by)
        asked, _secret = customers.ask_customer(customer=customer, now=NOW, today=TODAY, by=by)
        customers.answer_survey(survey=asked, score=3, now=NOW, today=TODAY)
        customers.raise_complaint(
            customer=customer, raised_on=TODAY - number * DAY, severity="MINOR", what=f"More {number}", today=TODAY, by=by
        )
    deals.record_payment(deal=Deal.objects.get(pk=world.id_of("won_deal", "near")), amount=1, received_on=TODAY, by=by)
    lost = deals.open_deal(customer=same, owner=asha, opened_on=TODAY - 9 * DAY, amount=500, by=by)
    deals.lose_deal(deal=lost, reason="price", closed_on=TODAY - DAY, by=by)
    teams.assign_task(title=f"Asha's more {number}", owner=asha, due_on=TODAY + number * DAY, by=by)
    incentives.praise(to=world.cast.ada.person, giver=asha, text=f"More {number}", given_on=TODAY, by=by)


def _grow_meetings(world, number, by):
    cast = world.cast
    meeting = Meeting.objects.get(pk=world.id_of("meeting", "near"))
    item = meetings.add_point(meeting=meeting, title=f"More {number}", owner=cast.asha.person, by=by)
    meetings.decide(meeting=meeting, item=item, text=f"More {number}", owner=cast.asha.person, due_on=TODAY, by=by)
    week = date(2026, 2, 23) - number * timedelta(weeks=1)
    meetings.call_meeting(unit=cast.one, week_starts_on=week, starts_at=NOW, by=by)
