"""Contests: who sees them, who takes part, what each reached, the standing as it is and as it was fixed, and prizes due."""

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Greatest

from accounts.rules import Permission
from common.periods import Period, kind_of, year_before
from credits.models import Credit
from credits.queries.lens import Lens
from credits.rules import BROUGHT_FORWARD
from deals.models import DealReturn
from incentives.models import Contest, ContestCorrection, ContestResult, ContestScope
from incentives.rules import contests as rules
from incentives.rules.contest_kinds import Form, Leagues, PotBy, TieRule, Yardstick
from incentives.rules.contests import Prize, Terms
from targets.models import MethodInput, Metric
from targets.queries.live import live_rows
from targets.rules import InputKind
from teams.models import Assignment, Unit
from teams.queries import calendar_of, subtree_ids
from teams.rules import tenure_stage

#: Of so many 52 weeks a span without a name goes back to be compared with the year before: Mondays meet Mondays.
_YEAR = timedelta(days=364)
_SCALES = {Metric.Kind.PERCENT: 1000, Metric.Kind.MONEY_RATIO: 1, Metric.Kind.COUNT_RATIO: 10}


class Participant(NamedTuple):
    """Somebody who takes part, as they stood on their first day in the contest."""

    person_id: int
    name: str
    unit_id: int
    unit: str
    hired_on: date
    since: date
    is_there: bool  # still employed on the last day
    stage: str


class PrizeDue(NamedTuple):
    """A prize in money, or a correction of one (it may be negative), due with the pay of the day it was decided."""

    person_id: int
    contest_id: int
    name: str
    amount_minor: int
    decided_on: date
    source: str  # CONTEST_RESULT or CONTEST_CORRECTION
    id: int


def prizes_due(period):
    """
    Return the money prizes decided in a period and the corrections made in it, for statements: oldest first.

    Stable: what was returned for a period once is returned again, row by row, whatever is corrected later, for results and
    corrections are never changed and each carries the day from which it is due; `(source, id)` is the key of a row for ever. A
    correction made before the prizes were decided falls due with them.
    """
    decided = {"contest__status": Contest.Status.DECIDED}
    results = ContestResult.objects.filter(
        **decided,
        person__isnull=False,
        prize__gt=0,
        contest__decided_on__gte=period.starts_on,
        contest__decided_on__lt=period.ends_before,
    ).values_list("person_id", "contest_id", "contest__name", "prize", "contest__decided_on", "pk")
    corrections = (
        ContestCorrection.objects.filter(adjustment__contest__status=Contest.Status.DECIDED, person__isnull=False)
        .exclude(prize=F("prize_before"))
        .annotate(due_on=Greatest("adjustment__made_on", "adjustment__contest__decided_on"))
        .filter(due_on__gte=period.starts_on, due_on__lt=period.ends_before)
        .values_list(
            "person_id", "adjustment__contest_id", "adjustment__contest__name", F("prize") - F("prize_before"), "due_on", "pk"
        )
    )
    found = [PrizeDue(*row[:5], "CONTEST_RESULT", row[5]) for row in results]
    found += [PrizeDue(*row[:5], "CONTEST_CORRECTION", row[5]) for row in corrections]
    return sorted(found, key=lambda due: (due.decided_on, due.contest_id, due.source, due.id))


def contests_in_sight(*, membership, sight, user):
    """
    Return the contests a member may look at: open ones, those they take part in or lead somebody in, and those they made.

    Drafts are seen by who runs them.
    """
    found = Contest.objects.select_related("company", "metric", "product_line", "channel")
    runs = membership.may(Permission.CONTESTS_RUN)
    if runs and sight.sees_everybody:
        return found
    mine = Q(created_by=user) | _is_led(sight) if runs else Q(pk=None)
    return found.filter(mine | (~Q(status=Contest.Status.DRAFT) & (Q(is_open=True) | _concerns(sight))))


def _concerns(sight):
    """Return the condition that a contest is about somebody in sight: by name, by a unit, or as the whole company's."""
    own = {sight.own_unit_id} - {None}
    rows = ContestScope.objects.filter(contest=OuterRef("pk"))
    about = Q(person=sight.person_id) if sight.person_id else Q(pk=None)
    about |= Q(unit__in=above(own)) | _led(sight)
    return Exists(rows.filter(about)) | ~Exists(rows)


def _is_led(sight):
    """Return the condition that only units and people take part whom the member leads."""
    rows = ContestScope.objects.filter(contest=OuterRef("pk"))
    return Exists(rows) & ~Exists(rows.exclude(_led(sight)))


def _led(sight):
    """Return the condition that a row of who takes part is of a unit, or somebody in a unit, that the member leads."""
    there = Assignment.objects.on(sight.on).filter(unit_id__in=sight.unit_ids)
    return Q(unit__in=sight.unit_ids) | Q(person__in=there.values("person_id"))


def above(unit_ids):
    """Return these units and all above them, as they hang today."""
    parents = dict(Unit.objects.values_list("pk", "parent_id")) if unit_ids else {}
    found = set()
    for unit_id in unit_ids:
        while unit_id is not None and unit_id not in found:
            found.add(unit_id)
            unit_id = parents.get(unit_id)
    return found


def may_run(contest, *, membership, sight, user):
    """Return whether a member runs a contest: who sees everybody, who made it, and who leads all that take part."""
    if not membership.may(Permission.CONTESTS_RUN):
        return False
    if sight.sees_everybody or (contest.created_by_id is not None and contest.created_by_id == user.pk):
        return True
    return Contest.objects.filter(_is_led(sight), pk=contest.pk).exists()


def cost_of(contest, people):
    """Return what the prizes of a contest cost at most if these people take part, in minor units."""
    return rules.most_paid(entries_of(contest, people), terms_of(contest))


def cost_beside(contest, *, user):
    """
    Return what the other contests that somebody announced, and that run on any of its days, cost at most, in minor units.

    Whoever drafted them: of two who lead a team together, each announces up to the limit and no more. With who takes part by now.
    """
    others = Contest.objects.filter(starts_on__lt=contest.ends_before, ends_before__gt=contest.starts_on, announced_by=user)
    others = others.exclude(pk=contest.pk).exclude(status__in=[Contest.Status.DRAFT, Contest.Status.WITHDRAWN])
    others = others.select_related("company", "metric", "product_line", "channel").order_by("pk")
    return sum(cost_of(other, participants_of(other)) for other in others)


def participants_of(contest, *, scopes=None):
    """
    Return who takes part, by name: everybody of the roles, stages and units, or chosen by name, from their first day in it on.

    Whoever joins while it runs takes part from that day; whoever moves meanwhile stays in the unit in which they began.

    :param scopes: (unit ids, person ids), where they are not stored yet.
    """
    units, people = scopes if scopes is not None else _scopes_of(contest)
    rows = (
        Assignment.objects.filter(starts_on__lt=contest.ends_before)
        .filter(Q(ends_before=None) | Q(ends_before__gt=contest.starts_on))
        .filter(Q(person__left_on=None) | Q(person__left_on__gt=contest.starts_on), person__hired_on__lt=contest.ends_before)
        .order_by("person_id", "starts_on")
        .values_list(
            "person_id", "person__name", "unit_id", "unit__name", "person__hired_on", "starts_on", "person__left_on", "role"
        )
    )
    inside = None if not units and not people else set(subtree_ids(units, on=contest.starts_on))
    found = {}
    for person_id, name, unit_id, unit, hired_on, starts_on, left_on, role in rows:
        since = max(contest.starts_on, starts_on, hired_on)
        stage = tenure_stage(hired_on, since)
        is_meant = (
            role in contest.roles and (inside is None or unit_id in inside) and (not contest.stages or stage in contest.stages)
        )
        if person_id not in found and (is_meant or person_id in people):
            is_there = left_on is None or left_on > contest.last_day
            found[person_id] = Participant(person_id, name, unit_id, unit, hired_on, since, is_there, stage or "")
    return sorted(found.values(), key=lambda one: (one.name, one.person_id))


def _scopes_of(contest):
    rows = list(contest.scopes.all())
    return [row.unit_id for row in rows if row.unit_id], {row.person_id for row in rows if row.person_id}


def terms_of(contest, *, prizes=None):
    """Return how a contest is won, as a plain value."""
    rows = contest.prizes.all() if prizes is None else prizes
    return Terms(
        form=Form(contest.form),
        prizes=tuple(Prize(row.number, row.amount, row.thing, row.threshold) for row in rows),
        tie_rule=TieRule(contest.tie_rule),
        pot_by=PotBy(contest.pot_by),
        minimum=contest.minimum,
        is_lower_better=contest.metric.is_lower_better,
        has_yardstick=contest.yardstick != Yardstick.NONE,
        scale=_SCALES.get(contest.metric.kind, 1),
    )


def lens_of(contest, *, as_of=None, until=None):
    """Return through what a contest's figures are looked at."""
    return Lens(product_line_id=contest.product_line_id, channel_id=contest.channel_id, as_of=as_of, until=until)


def past_of(contest):
    """Return the days that somebody's own past is taken from; None where it is not asked for."""
    if contest.yardstick == Yardstick.BEFORE:
        return Period(contest.starts_on - timedelta(days=contest.period.days), contest.starts_on)
    if contest.yardstick != Yardstick.YEAR:
        return None
    company = contest.company
    if kind := kind_of(contest.period, company.fiscal_year_starts_in):
        return year_before(contest.period, kind)
    return Period(contest.starts_on - _YEAR, contest.ends_before - _YEAR)


class Reached(NamedTuple):
    """What somebody reached in a contest's days, in the metric's smallest unit, and what their target asks of these days."""

    numerator: int
    denominator: int | None
    commit: int | None
    reached_on: date | None


def reached_of(contest, person_ids, *, as_of=None, until=None, with_aftermath=False):
    """
    Return what each of these people reached, by person id, also who did nothing; a fixed number of queries.

    :param as_of: what counts later is left out; `until`: what was recorded from this moment on is left out.
    :param with_aftermath: with what came back, and what arrived late for closed days, after the last day.
    """
    metric, lens = contest.metric, lens_of(contest, as_of=as_of, until=until)
    rows = {
        row.person_id: row for row in live_rows(metrics=[metric], periods=[contest.period], lens=lens, person_ids=person_ids)
    }
    after = aftermath_of(contest, person_ids, until=until) if with_aftermath else {}
    found = {}
    for person_id in person_ids:
        row, more = rows.get(person_id), after.get(person_id, {})
        found[person_id] = Reached(
            (row.numerator if row else 0) + more.get(metric.numerator, 0),
            ((row.denominator or 0) if row else 0) + more.get(metric.denominator, 0) if metric.is_ratio else None,
            row.commit if row else None,
            row.reached_on if row else None,
        )
    return found


def entries_of(contest, people, *, as_of=None, until=None):
    """
    Return what each who takes part reached, ready to be ranked; a fixed number of queries whatever their number.

    :param people: as `participants_of` returned them; otherwise as `reached_of`.
    """
    reached = reached_of(contest, [one.person_id for one in people], as_of=as_of, until=until)
    sticks, leagues = _yardsticks(contest, people, reached, until=until), leagues_of(contest, people)
    entries = []
    for one in people:
        has = reached[one.person_id]
        entries.append(
            rules.Entry(
                key=one.person_id,
                name=one.name,
                numerator=has.numerator,
                denominator=has.denominator,
                yardstick=sticks.get(one.person_id),
                reached_on=has.reached_on,
                league=leagues.get(one.person_id, ""),
                team=one.unit_id,
                is_eligible=one.is_there,
            )
        )
    return entries


def _yardsticks(contest, people, reached, *, until):
    if contest.yardstick == Yardstick.NONE:
        return {}
    if contest.yardstick == Yardstick.TARGET:
        return {person_id: has.commit for person_id, has in reached.items()}
    past, calendar = past_of(contest), calendar_of(contest.company)
    ids, lens = [one.person_id for one in people], lens_of(contest, until=until)
    done = {row.person_id: row for row in live_rows(metrics=[contest.metric], periods=[past], lens=lens, person_ids=ids)}
    found = {}
    for one in people:
        if one.person_id in done and one.hired_on < past.ends_before:
            then = Period(max(past.starts_on, one.hired_on), past.ends_before)
            now = Period(one.since, contest.ends_before)
            found[one.person_id] = rules.past_yardstick(
                done[one.person_id].numerator,
                past_days=calendar.working_day_count(then),
                days=calendar.working_day_count(now),
            )
    return found


def leagues_of(contest, people):
    """Return the league of each who takes part: the stage on their first day, or A, B, C by market potential."""
    if contest.leagues == Leagues.STAGE:
        return {one.person_id: one.stage for one in people}
    if contest.leagues == Leagues.POTENTIAL:
        known = potentials_of(contest, people)
        return rules.potential_leagues({one.person_id: known.get(one.person_id) for one in people})
    return {}


def potentials_of(contest, people):
    """Return the market potentials on record of those who take part, of the latest plan that begins by the contest's first day."""
    rows = MethodInput.objects.filter(
        kind=InputKind.POTENTIAL,
        person_id__in=[one.person_id for one in people],
        plan__year_starts_on__lte=contest.starts_on,
    ).order_by("plan__year_starts_on", "pk")
    return dict(rows.values_list("person_id", "value"))


def aftermath_of(contest, person_ids, *, until=None):
    """
    Return what changes a contest's figures after its last day, per person and measure: {person id: {measure: minor units}}.

    Returns, within the declared days, of deals that counted in it; and what arrived for its days after they were closed.
    """
    found = defaultdict(dict)
    rows = aftermath_credits(contest, person_ids, until=until)
    for person_id, measure, amount in rows.order_by().values_list("person_id", "measure").annotate(Sum("amount")):
        found[person_id][measure] = amount
    return found


def aftermath_credits(contest, person_ids, *, until=None):
    """Return the credits behind `aftermath_of`."""
    period = contest.period
    measures = [measure for measure in contest.metric.measures if measure not in BROUGHT_FORWARD]
    counted = Credit.objects.counting_in(period).filter(source=Credit.Source.DEAL, measure__in=measures)
    returned = DealReturn.objects.filter(deal_id__in=counted.values("source_id"))
    back = Q(source=Credit.Source.RETURN, source_id__in=returned.values("pk"), counts_on__lt=contest.returns_until)
    late = Q(day__gte=period.starts_on, day__lt=period.ends_before)
    credits = Credit.objects.filter(
        back | late, counts_on__gte=period.ends_before, measure__in=measures, person_id__in=list(person_ids)
    )
    if until is not None:
        credits = credits.filter(recorded_at__lt=until)
    if contest.product_line_id is not None:
        credits = credits.filter(product_line_id=contest.product_line_id)
    if contest.channel_id is not None:
        credits = credits.filter(channel_id=contest.channel_id)
    return credits
