"""The demo's published targets: set from an average month with its season, shared by what each person usually brings."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction
from zoneinfo import ZoneInfo

from common.money import NoWeights, apportion
from common.periods import add_months, fiscal_year_of, months_in
from deals.models import ProductLine
from demo.facts import SEASON
from targets.models import PartTarget, Plan, PlanPart, Target
from targets.queries.parts import divided, mix_of, propose_parts
from targets.queries.plans import sheet_of
from targets.rules import derive_tiers
from targets.rules.parts import PartMethod
from targets.services.plans import start_plan
from targets.services.rates import set_rate


@dataclass(frozen=True)
class Asked:
    """How one metric's targets are made: rounded to `unit` (minor units), `growth` over the average month."""

    metric: object
    unit: int
    growth: Fraction
    done_by_person: dict  # person id → amount in minor units over the whole story


def publish(*, asked, reps, days, until, company):
    """Publish one plan for each fiscal year that the story touches; children add up to their parents by construction."""
    zone = ZoneInfo(company.time_zone)
    year = fiscal_year_of(days[0], company.fiscal_year_starts_in)
    while year.starts_on <= until:
        published_at = datetime.combine(max(year.starts_on, days[0]), time(9), tzinfo=zone)
        plan = Plan.objects.create(
            metric=asked.metric,
            year_starts_on=year.starts_on,
            name=f"{year.starts_on.year} {asked.metric.name}",
            rounding_unit=asked.unit,
            status=Plan.Status.PUBLISHED,
            published_at=published_at,
        )
        story_months = [month for month in months_in(year) if month.starts_on >= days[0]]
        rows = [row for month in story_months for row in _month(plan, asked, reps, month, len(days))]
        Target.objects.bulk_create(rows, batch_size=2000)
        year = fiscal_year_of(add_months(year.starts_on, 12), company.fiscal_year_starts_in)


def publish_rate(*, metric, percent, days, until, company, by=None):
    """Publish a plan for each fiscal year that the story touches, of a rate that holds for everybody."""
    zone = ZoneInfo(company.time_zone)
    year = fiscal_year_of(days[0], company.fiscal_year_starts_in)
    while year.starts_on <= until:
        plan = start_plan(metric=metric, year=year, rounding_unit=1, floor_percent=95, stretch_percent=105, by=by)
        root = sheet_of(plan, company=company).root
        amounts = {month.starts_on: percent * 10**metric.scale for month in months_in(year)}
        set_rate(plan=plan, key=root.key, tier="commit", amounts=amounts, by=by)
        plan.refresh_from_db()
        plan.status = Plan.Status.PUBLISHED
        plan.published_at = datetime.combine(max(year.starts_on, days[0]), time(9), tzinfo=zone)
        plan.first_published_at = plan.published_at
        plan.save(update_fields=["status", "published_at", "first_published_at"])
        year = fiscal_year_of(add_months(year.starts_on, 12), company.fiscal_year_starts_in)


def divide_by_line(*, company, until):
    """Divide the running year's revenue among the product lines: the company's as last year, everybody's by what they sold."""
    year = fiscal_year_of(until, company.fiscal_year_starts_in)
    plan = Plan.objects.select_related("metric", "company").get(metric__code="revenue", year_starts_on=year.starts_on)
    for position, line in enumerate(ProductLine.objects.all()):
        PlanPart.objects.create(plan=plan, dimension=PlanPart.Dimension.LINE, product_line=line, position=position)
    found = divided(sheet_of(plan, company=company))
    about = {"mix": mix_of(plan, found.parts, on=until), "each_own": True}
    try:
        changes = propose_parts(found, found.plan_sheet.root.key, method=PartMethod.HISTORY, **about)
    except NoWeights:
        # A demo of a few days has no year before.
        changes = propose_parts(found, found.plan_sheet.root.key, method=PartMethod.EQUAL, **about)
    rows = []
    for (key, part), cells in changes.items():
        node = found.nodes[key]
        place = {"person_id": node.person_id, "within_id": node.unit_id} if node.is_person else {"unit_id": node.unit_id}
        for month, (floor, commit, stretch) in zip(found.plan_sheet.months, map(_as_tuple, cells), strict=True):
            if stretch:
                tiers = {"floor": floor, "commit": commit, "stretch": stretch}
                rows.append(PartTarget(company=company, part_id=part, month=month, **tiers, **place))
    PartTarget.objects.bulk_create(rows, batch_size=2000)


def _month(plan, asked, reps, month, day_count):
    at_work = [r for r in reps if r.hired_on < month.ends_before and (r.left_on is None or r.left_on > month.starts_on)]
    if not at_work:
        return []
    # A working day of an average rep, so that nobody's target is simply their own past (no ratchet).
    usual = Fraction(sum(asked.done_by_person.values()), max(1, len(reps) * day_count))
    total = int(usual * 21 * len(at_work) * Fraction(SEASON[month.starts_on.month]).limit_denominator(100) * asked.growth)
    total -= total % asked.unit
    weights = [_weight(asked, r, month, usual, day_count) for r in at_work]
    unit_tiers = defaultdict(list)
    rows = []
    for rep, commit in zip(at_work, apportion(total, weights, asked.unit), strict=True):
        team = _team_on(rep, month.starts_on)
        tiers = derive_tiers(commit, 85, 120, 1)
        rows.append(_row(plan, month, tiers, person=rep.person, within=team))
        unit = team
        while unit is not None:
            unit_tiers[unit].append(tiers)
            unit = unit.parent
    for unit, tiers in unit_tiers.items():
        rows.append(_row(plan, month, tuple(sum(t[i] for t in map(_as_tuple, tiers)) for i in range(3)), unit=unit))
    return rows


def _weight(asked, rep, month, usual, day_count):
    own = Fraction(asked.done_by_person.get(rep.person.pk, 0), day_count)
    service = (month.starts_on - rep.hired_on).days
    ramp = Fraction(1, 2) if service < 60 else Fraction(4, 5) if service < 180 else Fraction(1)
    return (usual * Fraction(7, 10) + own * Fraction(3, 10)) * ramp


def _team_on(rep, day):
    team = rep.team
    for moved_on, unit in rep.moves:
        if moved_on <= day:
            team = unit
    return team


def _as_tuple(tiers):
    return (tiers.floor, tiers.commit, tiers.stretch)


def _row(plan, month, tiers, **about):
    floor, commit, stretch = tiers if isinstance(tiers, tuple) else _as_tuple(tiers)
    return Target(company=plan.company, plan=plan, month=month.starts_on, floor=floor, commit=commit, stretch=stretch, **about)
