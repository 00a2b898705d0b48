"""Judging targets: each person's against their own record, comparable people, capacity and last year, in a fixed number of statements."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Sum

from common.period_names import month_name
from common.periods import Period, add_months
from credits.models import DailyTotal
from credits.rules import Measure
from targets import rules
from targets.models import Plan, Target
from targets.queries.inputs import Given
from targets.queries.outlooks import Outlooks, outlooks_of
from targets.queries.plans import Node
from targets.rules import InputKind, SplitMethod, chances, judgement

#: How far back visits, deals and their value speak for somebody's capacity.
WORK_MONTHS = 12
#: A run of months that says how much somebody comparable ever did: at least this many, at most a year.
LEAST_RUN = 3
_TONES = {
    "TOO_HIGH": "behind",
    "LOST": "behind",
    "TOO_LOW": "at_risk",
    "DEMANDING": "at_risk",
    "EASY": "at_risk",
    "FINE": "on_pace",
    "SAFE": "on_pace",
}
_WORK = (Measure.VISITS, Measure.DAYS_WORKED, Measure.DEALS_WON, Measure.DEALS_CLOSED)


@dataclass(frozen=True)
class Peers:
    """
    What comparable people do in a usual month, in minor units, without the person it is for.

    :ivar levels: of the last twelve months of each, in rising order; ``best`` the best run of months of any of them.
    """

    stage: str
    levels: tuple[int, ...]
    best: int | None

    @property
    def count(self):
        return len(self.levels)

    def part(self, share):
        return judgement.part_of(self.levels, share) if self.levels else None

    @property
    def low(self):
        return self.part(Fraction(1, 4))

    @property
    def middle(self):
        return self.part(Fraction(1, 2))

    @property
    def high(self):
        return self.part(Fraction(3, 4))


@dataclass(frozen=True)
class Chances:
    """How likely each tier is, 0–1; None for a tier that asks for nothing, or where nobody can say."""

    floor: Fraction | None = None
    commit: Fraction | None = None
    stretch: Fraction | None = None


@dataclass(frozen=True)
class Judged:
    """A person's target in a plan, and everything that speaks for and against it. Amounts in minor units."""

    node: Node
    name: str
    unit: str
    year: rules.Tiers
    chances: Chances
    findings: tuple
    verdict: str
    stage: str
    basis: str  # own, mixed, peers; "" where nobody can say
    own_months: int
    own_level: int | None
    asked_level: int
    peers: Peers
    capacity: judgement.Capacity | None
    ratchet: judgement.Ratchet | None
    last_asked: int
    last_done: int

    @property
    def is_known(self):
        return self.chances.commit is not None

    @property
    def verdict_label(self):
        return judgement.Verdict(self.verdict).label

    @property
    def tone(self):
        return _TONES.get(self.verdict, "neutral")

    @property
    def by_aspect(self):
        """The findings under their aspects, in the order of the word."""
        found = defaultdict(list)
        for finding in self.findings:
            found[finding.aspect].append(finding)
        return [(judgement.Aspect(aspect).label, found[aspect]) for aspect in judgement.Aspect.values if aspect in found]


class Judge:
    """
    Everything needed to judge the targets of one plan, read once.

    :param cells: key → twelve ``rules.Tiers`` that are proposed instead of those in the sheet.
    """

    def __init__(self, sheet, *, company, on, cells=None, given=None):
        self.sheet, self.plan, self.metric = sheet, sheet.plan, sheet.plan.metric
        # Whoever still drafts a year that is over asks what could be expected when it began.
        is_late = self.plan.status == Plan.Status.DRAFT and sheet.year.ends_before <= on
        on = sheet.year.starts_on if is_late else on
        self.cells = cells or {}
        self.outlooks: Outlooks = outlooks_of(self.metric, months=sheet.months, company=company, on=on)
        self.work = _work_of(self.metric.numerator, self.outlooks.day)
        self.last_asked = _last_asked(self.plan)
        day = self.outlooks.day
        self.given = given or Given(self.plan, Period(add_months(day, -WORK_MONTHS), day))
        self._teams, self._usual_shares = {}, {}

    def of(self, key):
        """Return the cells of a row as they are proposed, else as they are."""
        return self.cells.get(key) or self.sheet.sheet.of(key)

    def seats_below(self, key):
        """Return (person, presence) of who carries a row: whoever has a target there, before the first split whoever sells there."""
        people = [node for node in map(self.sheet.nodes.get, self.sheet.sheet.below(key)) if node.is_person]
        carrying = [node for node in people if rules.total(self.of(node.key)).stretch]
        return [(node.person_id, node.presence) for node in carrying or people if carrying or not node.is_leader]

    def chances_of(self, key, positions=None):
        """Return how likely a row reaches its tiers over some of its months, the year if not said; a unit with all below it."""
        positions = tuple(range(12)) if positions is None else positions
        tiers, seats = rules.total(self.of(key)[i] for i in positions), self.seats_below(key)
        found = self.outlooks.sums_of(seats, positions) if seats else None
        return _chances(tiers, found)

    def judge(self, node):
        """Return a person's row judged over the plan's year."""
        cells, outlooks = self.of(node.key), self.outlooks
        year, unit = rules.total(cells), self.sheet.nodes[node.parent]
        asked_in = [i for i, cell in enumerate(cells) if cell.commit]
        usual = sum(outlooks.season[self.sheet.months[i]] * float(node.presence[i]) for i in asked_in)
        stage = outlooks.known.stage_of(node.person_id, self.sheet.months[asked_in[len(asked_in) // 2] if asked_in else 6])
        peers, outlook = self.peers_of(node.person_id, stage), outlooks.of(node.person_id)
        own_months = len(outlooks.records.get(node.person_id, ()))
        own_level = self._level(node.person_id)
        found = self.chances_of(node.key)
        capacity = self.capacity_of(node, asked_in)
        subject = judgement.Subject(
            name=node.name,
            unit=unit.name,
            metric=self.metric.label,
            first=str(self.sheet.year.starts_on),
            last=str(self.sheet.year.last_day),
            days=round(sum(self.sheet.working_days[self.sheet.months[i]] * node.presence[i] for i in asked_in)),
            asked=year.commit,
            asked_level=int(year.commit / usual) if usual else 0,
            chance=found.commit,
            has_begun=any(i not in outlooks.ahead for i in asked_in),
            is_over=bool(asked_in) and not any(i in outlooks.ahead for i in asked_in),
            own_months=own_months,
            own_level=own_level,
            levels=peers.levels,
            best=peers.best,
            capacity=capacity,
            break_even=self._break_even(node),
            gap=sum(left[1] for left in self._sheet_as_proposed.left_over(unit.key)),
            without_days=self._named(i for i in asked_in if not self.sheet.working_days[self.sheet.months[i]]),
            absent=self._named(i for i in asked_in if not node.presence[i]),
            is_measured=bool(outlooks.crowd.levels),
            **self._shares_of_potential(node),
        )
        findings = judgement.judge(subject)
        last_asked, last_done, ratchet = self._ratchet(node)
        return Judged(
            node=node,
            name=node.name,
            unit=unit.name,
            year=year,
            chances=found,
            findings=tuple(findings),
            verdict=judgement.verdict_of(findings),
            stage=stage,
            basis=outlook.basis if outlook else "",
            own_months=own_months,
            own_level=own_level,
            asked_level=subject.asked_level,
            peers=peers,
            capacity=capacity,
            ratchet=ratchet,
            last_asked=last_asked,
            last_done=last_done,
        )

    @property
    def _sheet_as_proposed(self):
        return self.sheet.sheet.with_changes(self.cells)

    def _named(self, positions):
        return ", ".join(month_name(self.sheet.months[i]) for i in positions)

    def _level(self, person_id):
        """Return what somebody did in a usual month of the last twelve they worked, or None without any."""
        return _mean([self._usual(row) for row in self.outlooks.records.get(person_id, ())][-12:])

    def _usual(self, row):
        season = self.outlooks.season.get(row.month)
        return row.amount / season if season else None

    def peers_of(self, person_id, stage):
        """Return what others in a tenure stage do: those who were in it for some months."""
        levels, best = [], []
        for other, (level, run) in self._runs(stage).items():
            if other != person_id:
                levels.append(level)
                best.append(run)
        return Peers(stage, tuple(sorted(levels)), max(best, default=None))

    def _runs(self, stage):
        """Return person → (mean of their last twelve months in a stage, mean of the best run of months)."""
        if stage not in self._teams:
            runs = {}
            for person_id in sorted(self.outlooks.known.sellers):
                rows = [row for row in self.outlooks.records.get(person_id, ()) if row.stage == stage]
                usual = [value for value in map(self._usual, rows) if value is not None]
                if len(usual) >= LEAST_RUN:
                    length = min(12, len(usual))
                    best = max(sum(usual[i : i + length]) / length for i in range(len(usual) - length + 1))
                    runs[person_id] = (_mean(usual[-12:]), int(best))
            self._teams[stage] = runs
        return self._teams[stage]

    def capacity_of(self, node, positions):
        """Return working days × visits a day × win rate × average order of a person over some months; None without one of them."""
        work = self.work.get(node.person_id, {})
        return judgement.capacity_of(
            days=sum((self.sheet.working_days[self.sheet.months[i]] * node.presence[i] for i in positions), Fraction(0)),
            visits=work.get(Measure.VISITS, 0),
            days_worked=work.get(Measure.DAYS_WORKED, 0),
            won=work.get(Measure.DEALS_WON, 0),
            closed=work.get(Measure.DEALS_CLOSED, 0),
            amount=work.get(self.metric.numerator, 0),
            measure=self.metric.numerator,
        )

    def _break_even(self, node):
        """Return what pays somebody's fixed cost, in minor units; only sales can be compared with it."""
        if self.metric.numerator != Measure.REVENUE or self.given.entered(InputKind.FIXED_COST, node) is None:
            return None
        value = self.given.value_of(SplitMethod.CRITICAL_POINT, node, self.sheet)
        return value and int(value.value * 100)

    def _shares_of_potential(self, node):
        """Return which part of their potential a person is asked for, and what is usual in the team; nothing without one."""
        own = self._potential_share(node)
        if own is None:
            return {}
        if node.parent not in self._usual_shares:
            shares = [self._potential_share(child) for child in self.sheet.children_of(node.parent) if child.is_person]
            shares = sorted(share for share in shares if share is not None)
            self._usual_shares[node.parent] = shares[len(shares) // 2] if len(shares) > 2 else None
        return {"potential_share": own, "usual_share": self._usual_shares[node.parent]}

    def _potential_share(self, node):
        potential = self.given.entered(InputKind.POTENTIAL, node)
        asked = rules.total(self.of(node.key)).commit
        return Fraction(asked, 10**self.metric.scale) / Fraction(potential) if potential and asked else None

    def _ratchet(self, node):
        """Return what was asked and done a year ago, over the months that can be compared, and the ratchet in what is asked now."""
        team = [self._year_ago(child) for child in self.sheet.children_of(node.parent) if child.is_person]
        asked, last_asked, last_done = self._year_ago(node)
        ratchet = judgement.ratchet_of(
            asked=asked,
            last_asked=last_asked,
            last_done=last_done,
            team_asked=sum(row[0] for row in team),
            team_last_asked=sum(row[1] for row in team),
        )
        return last_asked, last_done, ratchet

    def _year_ago(self, node):
        """Return (asked now, asked then, done then) over the months that had a target a year ago and were over by now."""
        then, done = self.last_asked.get(node.person_id, {}), self.outlooks.known.done.get(node.person_id, {})
        asked = last_asked = last_done = 0
        for month, cell in zip(self.sheet.months, self.of(node.key), strict=True):
            before = add_months(month, -12)
            if cell.commit and then.get(before) and before < self.outlooks.day:
                asked += cell.commit
                last_asked += then[before]
                last_done += done.get(before, 0)
        return asked, last_asked, last_done


def _mean(values):
    values = [value for value in values if value is not None]
    return int(sum(values) / len(values)) if values else None


def _chances(tiers, found):
    if found is None:
        return Chances()
    sums, done = found
    amounts = (tiers.floor, tiers.commit, tiers.stretch)
    return Chances(*(Fraction(chances.chance_of(sums, amount, done)) if amount else None for amount in amounts))


def _work_of(measure, before):
    """Return person → measure → sum over the last twelve months before a day: visits, days worked, deals, and the metric itself."""
    period = Period(add_months(before, -WORK_MONTHS), before)
    rows = (
        DailyTotal.objects.filter(
            measure__in={*_WORK, measure}, day__gte=period.starts_on, day__lt=period.ends_before, person__isnull=False
        )
        .order_by()
        .values_list("person_id", "measure")
        .annotate(sum=Sum("amount"))
    )
    found = defaultdict(dict)
    for person_id, of, amount in rows:
        found[person_id][of] = amount
    return found


def _last_asked(plan):
    """Return person → month → what last year's published plan of the same metric asked for."""
    rows = (
        Target.objects.filter(
            plan__metric=plan.metric_id,
            plan__year_starts_on=add_months(plan.year_starts_on, -12),
            plan__status=Plan.Status.PUBLISHED,
            person__isnull=False,
        )
        .order_by()
        .values_list("person_id", "month")
        .annotate(sum=Sum("commit"))
    )
    found = defaultdict(dict)
    for person_id, month, amount in rows:
        found[person_id][month] = amount
    return found


def by_risk(judged):
    """Return judged rows with what needs a look first: too high, too low, unknown, fine; the least likely before the others."""
    order = list(judgement.Verdict.values)
    return sorted(judged, key=lambda row: (order.index(row.verdict), _least_sure(row), row.name))


def _least_sure(row):
    chance = row.chances.commit
    if chance is None:
        return Fraction(2)
    return -chance if row.verdict == judgement.Verdict.TOO_LOW else chance
