"""
A world with a few rows of every kind in both companies, made through the services.

`world.id_of("customer", "near")` is a customer of Asha's: in sight of her, of Bela who leads her, of Dora and of the whole
office. `peer` is her colleague Ada's, `far` belongs to Wade in the West, whom neither Bela nor Dora sees. `rival` is
the other company's; every name there carries the word that must never show up on a page of Lantern's.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import time_machine
from django.db import connection, transaction
from django.test import Client
from django.urls import set_script_prefix

from accounts import services as accounts
from accounts.models import Company, Membership
from accounts.rules import Role
from common.periods import fiscal_year_of, iso_week_of, quarter_of
from common.tenancy import company_scope
from credits import services as credits
from credits.rules.own import Part
from customers import services as customers
from deals import services as deals
from deals.models import Product
from deals.rules import Line
from exchange import services as exchange
from incentives.models import VictoryReport
from incentives.services import honours
from incentives.services import recognition as incentives
from jobs.models import Job
from meetings import services as meetings
from reports import services as assessments
from reports.exports.assessment_workbook import write_assessment_workbook
from reports.models import Indicator
from reports.queries.assessments import assessed_in
from targets import rollups, rules
from targets.models import Metric, NegotiationRound, Plan, PlanPart, QuotaPeriod, Ranking
from targets.queries.adjusting import Proposed
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.rules.parts import PartMethod
from targets.services import negotiation, parts, plans, splits
from targets.services.adjustments import request_adjustment
from targets.services.exemptions import exempt
from targets.services.metrics import add_builtin_metrics, add_own_metric
from targets.services.periods import add_quota_period
from targets.services.rankings import last_finished_week, publish_weekly_ranking
from targets.services.rates import set_rate
from targets.services.stages import start_stages
from teams import services as teams
from teams.models import Person
from tests.cast import HIRED, Cast, make_cast
from tests.guards.races import race
from tests.guards.world_pay import fill_office, fill_pay
from tests.guards.world_plans import fill_plans
from tests.guards.world_recognition import honour, judge, set_up_robot, write_rules
from tests.signing_in import BACKEND
from visits import services as visits
from visits.models import ExpenseCategory

#: A Wednesday at ten in the morning, Shanghai time, in which the whole world lives.
NOW = datetime(2026, 3, 18, 2, tzinfo=UTC)
TODAY = date(2026, 3, 18)
CANARY = "canary"
ROLES = {"rep": "asha", "manager": "bela", "director": "dora", "hr": "hana", "admin": "amir"}
DAY = timedelta(days=1)


@dataclass
class World:
    """Everybody, everything that can be opened (kind → whose → id), and a signed-in browser for each role."""

    cast: Cast
    things: dict[str, dict[str, object]] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def keep(self, whose, **made):
        for kind, thing in made.items():
            self.things.setdefault(kind, {})[whose] = getattr(thing, "pk", thing)

    def id_of(self, kind, whose):
        """Return the id of a thing; what belongs to nobody in particular is the same for everybody in the company."""
        variants = self.things[kind]
        return variants.get(whose, variants["near"]) if whose != "rival" else variants["rival"]

    def has(self, kind, whose):
        return whose in self.things[kind]


@contextmanager
def living_world():
    """A world for as long as the context lasts; nothing of it is committed."""
    with time_machine.travel(NOW), transaction.atomic():
        world = make_world()
        # References made so far are checked here, or else every later check within a savepoint would begin with all of them.
        connection.check_constraints()
        yield world
        set_script_prefix("/")
        transaction.set_rollback(True)


def make_world():
    """Make both companies with everything in them, and sign everybody in."""
    world = World(make_cast())
    cast = world.cast
    with company_scope(cast.lantern):
        three = teams.add_unit(name="Team Three", kind="TEAM", parent=cast.west, by=None)
        wade = _hire("Wade", three)
        _fill_company(world, whose="near", word="Lantern", root=cast.root, by=cast.amir.user)
        for whose, person, unit, colleague in (
            ("near", cast.asha.person, cast.one, cast.ben.person),
            ("peer", cast.ada.person, cast.one, cast.ben.person),
            ("far", wade, three, _hire("Wanda", three)),
        ):
            fill_person(world, whose=whose, person=person, colleague=colleague, unit=unit, by=cast.bela.user)
        _follow_up(world, whose="near", root=cast.root, by=cast.amir.user)
        for whose, unit in (("near", cast.one), ("far", three)):
            fill_plans(world, whose=whose, unit=unit, now=NOW, by=cast.hana.user)
    with company_scope(cast.rival):
        chandra = cast.chandra.person
        root = chandra.assignments.get().unit
        team = teams.add_unit(name="Rivalcanary Team", kind="TEAM", parent=root, by=None)
        colleague = _hire("Colleaguecanary", team)
        _fill_company(world, whose="rival", word="Rivalcanary", root=root, by=cast.rex.user)
        fill_person(world, whose="rival", person=chandra, colleague=colleague, unit=team, by=cast.chandra.user)
        _follow_up(world, whose="rival", root=root, by=cast.rex.user)
        fill_plans(world, whose="rival", unit=root, now=NOW, by=cast.rex.user)
    for who in (*ROLES.values(), "chandra", "rex"):
        world.clients[who] = Client()
        world.clients[who].force_login(getattr(cast, who).user, backend=BACKEND)
    return world


def _hire(name, unit):
    return teams.hire(name=name, employee_number=f"E-{name}", unit=unit, role=Role.REP, hired_on=HIRED, by=None)


def _fill_company(world, *, whose, word, root, by):
    """What a company has once: its catalogue, its calendar, its metrics, members, files and jobs."""
    add_builtin_metrics()
    assessments.add_builtin_assessment()
    honours.change_settings(deal_limit=100_00, by=by)
    fill_office(world, whose=whose, by=by)
    channel = customers.add_channel(code=f"{word}-walk-in", name=f"{word} walk-in", by=by)
    line = deals.add_line(name=f"{word} line", by=by)
    product = deals.add_product(code=f"{word}-1", name=f"{word} door", line=line, list_price=100, cost=60, by=by)
    deals.add_product(code=f"{word}-2", name=f"{word} window", line=line, list_price=50, cost=20, by=by)
    category = visits.add_category(name=f"{word} travel", by=by)
    exception = teams.set_calendar_exception(day=date(2026, 5, 9), is_working=True, name=f"{word} fair", by=by)
    quota_period = add_quota_period(
        name=f"{word} spring", kind="QUOTA", starts_on=date(2026, 2, 10), ends_before=date(2026, 5, 10), by=by
    )
    own_metric = add_own_metric(
        name=f"{word} share",
        numerator=Part("REVENUE", product_lines=frozenset([line.pk])),
        starts_on=date(2026, 1, 1),
        by=by,
    )
    invitation, token = accounts.invite(name=f"{word} guest", email=f"{word}.guest@example.com", role=Role.REP, now=NOW, by=by)
    csv = f"name,phone,grade,parent\n{word} import one,13900000001,A,{word} nobody\n{word} import two,x,Q,\n".encode()
    upload = exchange.receive_file(kind="CUSTOMERS", file_name=f"{word}.csv", content=csv, by=by)
    mapping = {column: {"column": column} for column in ("name", "phone", "grade", "parent")}
    ready = exchange.receive_file(kind="CUSTOMERS", file_name=f"{word}-ready.csv", content=csv + b" ", by=by)
    ready = exchange.match_columns(upload=ready, mapping=mapping, options={}, today=TODAY, by=by)
    job = Job.objects.create(
        kind="targets.rollup",
        status=Job.Status.FAILED,
        error=f"{word} failed",
        requested_by=by,
        started_at=NOW,
        finished_at=NOW,
    )
    indicator = Indicator.objects.create(name=f"{word} revenue", metric=Metric.objects.get(code="revenue"), weight=70)
    attitude = Indicator.objects.create(name=f"{word} attitude", weight=30, position=1)
    world.keep(
        whose,
        channel=channel,
        line=line,
        product=product,
        exception=exception,
        quota_period=quota_period,
        invitation=invitation,
        token=token,
        upload=upload,
        ready_upload=ready,
        job=job,
        job_verb="targets.rollup",
        template_verb="customers",
        indicator=indicator,
        attitude=attitude,
        metric=Metric.objects.get(code="revenue"),
        own_metric=own_metric,
        move_verb="up",
        decision_verb="approve",
        profit=Metric.objects.get(code="gross_profit"),
        root_key=unit_key(root.pk),
        slug=Company.objects.get(pk=root.company_id).slug,
        root=root,
        membership=Membership.objects.order_by("pk").first(),
        task_verb="complete",
        complaint_verb="cancel",
        expense_verb="approve",
        category=category,
        award_verb="special",
    )
    write_rules(world, whose=whose, word=word, by=by)
    set_up_robot(world, whose=whose, word=word, by=by)
    for variant, parent in ({"rival": root} if whose == "rival" else {"near": world.cast.one, "far": world.cast.west}).items():
        gone = _hire(f"{word} leaver {variant}", parent)
        teams.end_employment(person=gone, left_on=TODAY - 50 * DAY, reason="moved", by=by)
        world.keep(
            variant, leaver=gone, empty_unit=teams.add_unit(name=f"{word} new {variant}", kind="TEAM", parent=parent, by=by)
        )


def fill_person(world, *, whose, person, colleague, unit, by):
    """What one person does in a quarter: a bit of everything, in every state that it can be in."""
    word = f"{person.name}'s"
    customer = customers.add_customer(name=f"{word} customer", owner=person, phone=f"1380000{person.pk:04d}", by=by)
    customers.add_customer(name=f"{word} second", owner=person, grade="A", by=by)
    product = Product.objects.get(pk=world.id_of("product", "rival" if whose == "rival" else "near"))
    common = {"customer": customer, "owner": person, "by": by}
    lines = [Line(product, 2, 90)]
    open_deal = deals.open_deal(
        **common, title=f"{word} hope", opened_on=TODAY - 20 * DAY, expected_on=TODAY + 5 * DAY, lines=lines
    )
    won = deals.log_deal(**common, title=f"{word} win", closed_on=TODAY - 3 * DAY, lines=lines)
    payment = deals.record_payment(deal=won, amount=150, received_on=TODAY - 2 * DAY, note=f"{word} money", by=by)
    returned = deals.log_deal(**common, title=f"{word} return", closed_on=TODAY - 30 * DAY, lines=lines)
    deals.return_lines(
        deal=returned, returned_on=TODAY - DAY, reason=f"{word} reason", items=[(returned.lines.get(), 1)], by=by
    )
    lost = deals.open_deal(**common, title=f"{word} loss", opened_on=TODAY - 9 * DAY, amount=500)
    lost = deals.lose_deal(deal=lost, reason=f"{word} reason", closed_on=TODAY - DAY, by=by)
    cancelled = deals.log_deal(**common, title=f"{word} mistake", closed_on=TODAY - 5 * DAY, lines=lines)
    cancelled = deals.cancel_deal(deal=cancelled, reason=f"{word} reason", closed_on=TODAY - 4 * DAY, by=by)
    shared = deals.log_deal(**common, title=f"{word} together", closed_on=TODAY - 2 * DAY, lines=lines)
    deals.set_shares(deal=shared, shares=[(person, Decimal(60)), (colleague, Decimal(40))], by=by)
    visit = visits.log_visit(
        person=person, customer=customer, visited_on=TODAY - DAY, today=TODAY, outcome=f"{word} outcome",
        next_step=f"{word} next", next_on=TODAY + DAY, by=by,
    )  # fmt: skip
    begun = visits.check_in(
        person=person, customer=customer, at=NOW - timedelta(minutes=20), visited_on=TODAY, today=TODAY, by=by
    )
    plan = visits.plan_visit(person=person, customer=customer, planned_on=TODAY, purpose=f"{word} purpose", by=by)
    task = teams.assign_task(title=f"{word} task", owner=person, due_on=TODAY - DAY, by=by)
    done = teams.assign_task(title=f"{word} done task", owner=person, due_on=TODAY, by=by)
    teams.complete_task(task=done, now=NOW, by=by)
    category = ExpenseCategory.objects.get()
    spent = {"person": person, "category": category, "spent_on": TODAY - DAY, "today": TODAY, "by": by}
    claim = visits.claim_expense(amount=Decimal("12.50"), note=f"{word} taxi", customer=customer, **spent)
    approved = visits.claim_expense(amount=Decimal(30), note=f"{word} dinner", **spent)
    visits.approve_expense(expense=approved, decider=None, now=NOW, by=by)
    complaint = customers.raise_complaint(
        customer=customer, raised_on=TODAY - DAY, severity="SERIOUS", what=f"{word} complaint", today=TODAY, by=by
    )
    survey, _secret = customers.ask_customer(customer=customer, now=NOW, today=TODAY - DAY, by=by)
    customers.answer_survey(survey=survey, score=4, comment=f"{word} comment", now=NOW, today=TODAY)
    _open_survey, survey_token = customers.ask_customer(customer=customer, now=NOW, today=TODAY, by=by)
    moved = teams.transfer(person=person, unit=unit, role=Role.MANAGER, from_day=TODAY + 60 * DAY, by=by)
    praise = incentives.praise(to=colleague, giver=person, text=f"{word} praise", given_on=TODAY - DAY, by=by)
    incentives.praise(to=person, giver=colleague, text=f"{word} thanks", given_on=TODAY - DAY, by=by)
    judge(world, whose=whose, person=person, word=word, today=TODAY, by=by)
    award, nomination = honour(person, colleague, word=word, today=TODAY, by=by)
    world.keep(
        whose,
        person=person,
        colleague=colleague,
        unit=unit,
        customer=customer,
        deal=open_deal,
        won_deal=won,
        won_line=won.lines.get(),
        unpaid_deal=shared,
        payment=payment,
        lost_deal=lost,
        cancelled_deal=cancelled,
        visit=visit,
        begun_visit=begun,
        visit_plan=plan,
        task=task,
        assignment=moved,
        praise=praise,
        award=award,
        nomination=nomination,
        victory=VictoryReport.objects.get(deal=won),
        complaint=complaint,
        expense=claim,
        survey=survey,
        survey_token=survey_token,
    )
    _meet(world, whose=whose, unit=unit, person=person, by=by)
    world.keep(whose, **race(whose=whose, unit=unit, person=person, today=TODAY, now=NOW))
    fill_pay(world, whose=whose, person=person, unit=unit, now=NOW, today=TODAY, by=by)


def _meet(world, *, whose, unit, person, by):
    """The unit's weekly meeting, with a point of its own and a decision, and last week's with its minutes closed."""
    if "meeting" in world.things and whose == "peer":
        return
    word = f"{unit.name}'s"
    for week, closed in ((date(2026, 3, 9), True), (date(2026, 3, 16), False)):
        meeting = meetings.call_meeting(unit=unit, week_starts_on=week, starts_at=NOW, place=f"{word} room", by=by)
        meetings.write_agenda(meeting=meeting, company=unit.company, on=week, now=NOW, by=by)
        item = meetings.add_point(meeting=meeting, title=f"{word} point", owner=person, by=by)
        decision = meetings.decide(meeting=meeting, item=item, text=f"{word} decision", owner=person, due_on=TODAY, by=by)
        if closed:
            meetings.close_minutes(meeting=meeting, now=NOW, by=by)
            world.keep(whose, closed_meeting=meeting)
    world.keep(whose, meeting=meeting, item=item, decision=decision)


def _ask_for_less(plan, key):
    """Ask that somebody's target be less in June, which stays as a difference; the company's, if they have none."""
    plan = Plan.objects.select_related("metric", "company").get(pk=plan)
    sheet = sheet_of(plan, company=plan.company)
    key = key if key in sheet.sheet.cells else sheet.root.key
    cells = list(sheet.sheet.of(key))
    cells[5] = rules.NO_TARGET
    return request_adjustment(
        plan=plan,
        proposed=Proposed({key: tuple(cells)}, typed=frozenset([key])),
        balance=rules.Balance.DIFFERENCE,
        from_on=date(2026, 6, 1),
        reason=f"{plan.company.name} reason",
        about=sheet.nodes[key].name,
        now=NOW,
        today=TODAY,
        by=None,
    )


def _follow_up(world, *, whose, root, by):
    """Targets, the roll-up, the week's ranking, and the quarter's sheet."""
    company = root.company
    year = fiscal_year_of(TODAY, company.fiscal_year_starts_in)
    for code, kind in (("revenue", "plan"), ("visits", "draft_plan")):
        plan = plans.start_plan(metric=Metric.objects.get(code=code), year=year, rounding_unit=1, by=by)
        splits.set_year(plan=plan, tiers=1_200_000, method=rules.MonthMethod.EQUAL, on=TODAY, by=by)
        splits.split_down(plan=plan, unit=root, method=rules.SplitMethod.EQUAL, whole_subtree=True, on=TODAY, by=by)
        negotiation.propose(plan=plan, unit=root, answer_by=TODAY + 7 * DAY, note=whose, now=NOW, today=TODAY, by=by)
        if kind == "plan":
            _sign(world, whose=whose, plan=plan, by=by)
            plan.refresh_from_db()
            plans.publish(plan=plan, now=NOW, by=by)
        else:
            chosen = [(world.id_of("channel", whose), None), (None, None)]
            parts.choose_parts(plan=plan, dimension=PlanPart.Dimension.CHANNEL, chosen=chosen, by=by)
            parts.divide_parts(plan=plan, method=PartMethod.EQUAL, on=TODAY, by=by)
            own = QuotaPeriod.objects.get(pk=world.id_of("quota_period", whose))
            world.keep(whose, stage_plan=start_stages(plan=plan, own=own, by=by), stage_verb="share")
            world.keep(whose, part=PlanPart.objects.filter(plan=plan).first())
        world.keep(whose, **{kind: plan})
    rates = plans.start_plan(metric=Metric.objects.get(code="win_rate"), year=year, rounding_unit=1, by=by)
    set_rate(plan=rates, key=unit_key(root.pk), tier="commit", amounts={year.starts_on: 500}, by=by)
    world.keep(whose, rate_plan=rates)
    for variant, person_id in _people(world, whose):
        found = NegotiationRound.objects.get(person=person_id, plan=plan)
        key = person_key(person_id, world.id_of("unit", variant))
        adjustment = _ask_for_less(world.things["plan"][whose], key)
        about = {"plan": adjustment.plan, "person": Person.objects.get(pk=person_id), "reason": f"{company.name} reason"}
        world.keep(variant, exemption=exempt(**about, by=by))
        world.keep(variant, round=found, key=key, about=f"p{person_id}", case=f"{key}.20260318", adjustment=adjustment)
    credits.post_all()
    rollups.refresh_everything()
    publish_weekly_ranking(week_starts_on=last_finished_week(TODAY).starts_on, today=TODAY, by=None)
    world.keep(whose, ranking=Ranking.objects.first(), week=str(iso_week_of(TODAY).starts_on))
    quarter = quarter_of(TODAY, company.fiscal_year_starts_in)
    person_id = world.id_of("person", whose)
    scores = {(person_id, world.id_of("attitude", whose)): Decimal(80)}
    assessments.give_scores(quarter=quarter, scores=scores, remarks={person_id: f"{root.name} remark"}, by=by)
    assessed = assessed_in(root, quarter=quarter, on=TODAY)
    content = write_assessment_workbook(assessed, company=company, unit_name=root.name, made_at=NOW)
    export = assessments.keep_workbook(
        quarter=quarter,
        unit=root,
        file_name=f"{root.name}.xlsx",
        content=content,
        people=len(assessed.sheets),
        client_ref=None,
        by=by,
    )
    world.keep(whose, export=export)


def _people(world, whose):
    """Return (variant, person) of everybody in the same company as `whose`."""
    return [pair for pair in world.things["person"].items() if (pair[0] == "rival") == (whose == "rival")]


def _sign(world, *, whose, plan, by):
    """Everybody accepts what a plan asks, with a pledge."""
    for variant, person_id in _people(world, whose):
        found = NegotiationRound.objects.select_related("person").get(person=person_id, plan=plan)
        words = f"{found.person.name} pledges"
        pledge = negotiation.accept(round=found, signed_name=found.person.name, wording=words, now=NOW, by=by)
        world.keep(variant, pledge=pledge)
