"""The demo's pay: plans for every region and for those who lead, a year of statements paid, the last month in review, two questions."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import translation

from accounts.models import Membership
from accounts.rules import Role
from common.money import to_minor
from common.periods import fiscal_year_of, month_of, months_in
from demo import names
from incentives.models import PaySettings, PayTerms, Statement
from incentives.rules.plan_templates import TEMPLATES
from incentives.rules.terms import Kind, LineKind, Status, Steps, Use, Whose
from incentives.services import disputes, payouts, plan_templates, plans
from incentives.services import statements as services
from incentives.services.calculating import calculate
from incentives.services.components import Draft, add_component
from teams.models import Person, Unit
from teams.queries import LEADING_ROLES, with_place

DAY = timedelta(days=1)
#: On which days of the next month a month is calculated, approved, checked, published and paid.
CALCULATED, APPROVED, CHECKED, PUBLISHED, PAID = 6, 8, 10, 12, 15
#: Base pay a month by role, in whole yuan.
BASE_PAY = {Role.REP: 4_500, Role.MANAGER: 9_000, Role.DIRECTOR: 16_000, Role.HR: 8_000, Role.ADMIN: 8_000}
MINIMUM_WAGE = 2_490
TEMPLATE_OF_REGION = ("RETAIL", "B2B", "POOL")


def pay_everybody(*, company, until, tell):
    """Make plans for the running fiscal year and bring every month that is over as far as it would be on the last day of the story."""
    story = _Story(company, until)
    story.set_terms()
    story.publish_plans()
    *paid, last = story.months or [None]
    for month in paid:
        story.release(month)
    if last is not None:
        story.ask(paid[-1] if paid else None)
        story.review(last)
    tell(f"{len(paid)} months are paid, the last one is in review")


class _Story:
    """Who pays whom, when: everything on its own day."""

    def __init__(self, company, until):
        self.company, self.until = company, until
        self.zone = ZoneInfo(company.time_zone)
        self.year = fiscal_year_of(until, company.fiscal_year_starts_in)
        running = month_of(until)
        self.months = [month for month in months_in(self.year) if month.ends_before <= running.starts_on]
        self.hr = self._user(Role.HR)
        self.people = list(with_place(Person.objects.select_related("membership__user"), on=until))

    def set_terms(self):
        """Say what everybody has beside commission, and how the company pays."""
        PaySettings.objects.create(minimum_wage=to_minor(MINIMUM_WAGE), rounding=1, dispute_days=60, answer_days=7)
        PayTerms.objects.bulk_create(
            PayTerms(
                person=person,
                starts_on=max(person.hired_on, self.year.starts_on),
                base_pay=to_minor(BASE_PAY.get(person.unit_role, BASE_PAY[Role.REP])),
                recorded_at=self._at(max(person.hired_on, self.year.starts_on) - DAY),
            )
            for person in self.people
        )

    def publish_plans(self):
        """Publish a plan for the reps of each region, and one for those who lead."""
        templates = {template.code: template for template in TEMPLATES}
        regions = Unit.objects.filter(kind=Unit.Kind.REGION).order_by("position", "pk")
        begun = self._at(self.year.starts_on - 10 * DAY)
        with translation.override("zh-hans"):
            for code, name, region in zip(TEMPLATE_OF_REGION, names.PAY_PLANS, regions, strict=False):
                plan = plan_templates.start_from_template(
                    template=templates[code], name=name, starts_on=self.year.starts_on, by=self.hr
                )
                version = plan.versions.get(number=1)
                plans.set_people(version=version, starts_on=self.year.starts_on, roles=[Role.REP], units=[region], by=self.hr)
                plans.publish(version=version, now=begun, by=self.hr)
            self._publish_leading(begun)

    def _publish_leading(self, begun):
        plan = plans.start_plan(name=names.PAY_PLAN_LEADING, starts_on=self.year.starts_on, by=self.hr)
        version = plan.versions.get(number=1)
        plans.set_people(version=version, starts_on=self.year.starts_on, roles=list(LEADING_ROLES), by=self.hr)
        values = {
            "name": names.PAY_COMPONENT_LEADING,
            "measure": "GROSS_PROFIT",
            "whose": Whose.TEAM,
            "steps_read": Steps.MARGINAL,
        }
        steps = [
            {"use": Use.RATE, "starts_at": 0, "ends_before": 200_000, "value": "1.5"},
            {"use": Use.RATE, "starts_at": 200_000, "ends_before": None, "value": "0.5"},
        ]
        add_component(version=version, draft=Draft(Kind.COMMISSION, values, steps), by=self.hr)
        plans.publish(version=version, now=begun, by=self.hr)

    def release(self, month):
        """Calculate, approve, check, publish and pay a month."""
        calculate(month=month, now=self._in_next(month, CALCULATED), by=self.hr)
        ids = self._approve(month)
        services.check(statements=ids, decider=None, now=self._in_next(month, CHECKED), by=self.hr)
        services.publish(statements=ids, now=self._in_next(month, PUBLISHED), by=self.hr)
        paid_on = self._in_next(month, PAID).date()
        reference = f"{names.PAY_REFERENCE} {month.starts_on:%Y-%m}"
        payouts.pay_all(statements=ids, paid_on=paid_on, reference=reference, today=self.until, by=self.hr)

    def review(self, month):
        """Calculate the last month; some teams have approved theirs, of these HR has checked the first."""
        calculate(month=month, now=self._in_next(month, CALCULATED), by=self.hr)
        units = sorted(set(Statement.objects.filter(starts_on=month.starts_on).values_list("unit", flat=True)))
        ids = self._approve(month, units=units[::2])
        services.check(statements=ids[: len(ids) // 3], decider=None, now=self._in_next(month, CHECKED), by=self.hr)

    def ask(self, month):
        """Let two reps question a line of the last paid month: one is granted an amount, the other still waits."""
        lines = [] if month is None else self._lines_of_first_team(month)
        for number, line in enumerate(lines[:2]):
            person = line.statement.person
            asked_on = self.until - (2 if number == 0 else 25) * DAY
            given = {"line": line, "person": person, "text": names.PAY_QUESTIONS[number], "today": asked_on}
            dispute = disputes.ask(**given, now=self._at(asked_on), by=person.membership and person.membership.user)
            if number:
                leader = self._leader_of(line.statement.unit_id)
                disputes.settle(
                    dispute=dispute,
                    grants=to_minor(260),
                    text=names.PAY_ANSWER,
                    decider=None,
                    now=self._at(asked_on + 2 * DAY),
                    today=asked_on + 2 * DAY,
                    by=leader,
                )

    def _lines_of_first_team(self, month):
        """Return a line each of the reps beside the one who signs in, theirs first."""
        first = next((p for p in self.people if p.membership and p.membership.user.email.startswith("rep@")), None)
        if first is None:
            return []
        statements = Statement.objects.filter(starts_on=month.starts_on, unit=first.unit_id, status=Status.PUBLISHED)
        reps = [p.pk for p in self.people if p.unit_role == Role.REP]
        found = []
        for statement in statements.filter(person__in=reps).select_related("person__membership__user"):
            line = statement.lines.filter(kind=LineKind.EARNED, amount__gt=0).select_related("statement__person").first()
            found += [line] if line else []
        return sorted(found, key=lambda line: (line.statement.person_id != first.pk, line.pk))

    def _approve(self, month, units=None):
        """Let the leader of each unit approve its drafts, nobody their own; return what is approved."""
        drafts = Statement.objects.filter(starts_on=month.starts_on, status=Status.DRAFT)
        by_unit = {}
        for pk, unit_id, person_id in drafts.order_by("pk").values_list("pk", "unit_id", "person_id"):
            if units is None or unit_id in units:
                leads = any(p.pk == person_id and p.unit_role in LEADING_ROLES for p in self.people)
                by_unit.setdefault((unit_id, leads), []).append(pk)
        approved = []
        for (unit_id, leads), ids in by_unit.items():
            decider = self.hr if leads else self._leader_of(unit_id) or self.hr
            services.approve(statements=ids, decider=None, now=self._in_next(month, APPROVED), by=decider)
            approved += ids
        return approved

    def _leader_of(self, unit_id):
        leaders = (p for p in self.people if p.unit_id == unit_id and p.unit_role in LEADING_ROLES and p.membership)
        return next((leader.membership.user for leader in leaders), None)

    def _user(self, role):
        found = Membership.objects.select_related("user").filter(role=role).order_by("pk").first()
        return found and found.user

    def _in_next(self, month, day):
        return self._at(min(month.ends_before.replace(day=day), self.until))

    def _at(self, day):
        return datetime.combine(day, time(17), tzinfo=self.zone)
