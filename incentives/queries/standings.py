"""The standing of a contest for pages: live, or as it was fixed and put right since."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from urllib.parse import urlencode

from common.periods import format_code
from incentives.models import ContestCorrection, ContestResult
from incentives.queries import contests as queries
from incentives.rules import contests as rules
from incentives.rules.contest_kinds import Form, Leagues, Phase
from incentives.rules.contests import Entry, Line
from targets.choices import lineage_url
from targets.queries.attainment import value_of
from targets.rules import movement
from teams.models import Unit
from teams.rules import TenureStage

#: From so many days on movement is against a week ago, before that against the day before.
WEEKLY_FROM = 9
#: Colleagues see so many places even where fewer win; and so many around their own.
PLACES_SHOWN, AROUND = 3, 1
#: Of a longer league who runs the contest sees the first so many.
MOST_SHOWN = 300


@dataclass(frozen=True)
class Row:
    """
    One line of a board.

    :ivar value: the figure as `common.figures.amount` takes it; per head for a team whose figures add up.
    :ivar percent: of the yardstick, None without one.
    :ivar moved: places gained since the day the board is compared with; None for who is new.
    :ivar missing: what is needed to `ahead` (`PLACE`, `STEP`, `MINIMUM`), as a figure or in per cent of a rate's yardstick.
    """

    key: int
    is_team: bool
    name: str
    home: str
    league: str
    place: int | None
    moved: int | None
    value: object
    percent: Decimal | None
    amount: int
    thing: str
    wins: bool
    number: int | None
    apart: str
    ahead: str
    ahead_number: int | None
    missing: object
    legs: int | None
    heads: int
    width: int
    is_mine: bool
    lineage_url: str
    members: tuple = ()


@dataclass(frozen=True)
class League:
    """A league's rows as a member sees them; the whole board is one without a name where there are none."""

    name: str
    rows: tuple[Row, ...]
    is_mine: bool
    left_out: int  # rows that a colleague does not see


@dataclass(frozen=True)
class Board:
    """A contest's board. `mine` is the member's own row, in a relay that of their team."""

    leagues: tuple[League, ...]
    mine: Row | None
    total: int
    winners: int
    compared_with: date | None
    lines: tuple[Line, ...]


def live_lines(contest, *, on, until=None):
    """Return the standing as it is on a day."""
    people = queries.participants_of(contest)
    as_of = on if on < contest.last_day else None
    return rules.standing(queries.entries_of(contest, people, as_of=as_of, until=until), queries.terms_of(contest))


def fixed_lines(contest):
    """Return the standing as it was fixed, with what was put right since."""
    results = list(ContestResult.objects.filter(contest=contest).select_related("person", "unit").order_by("position"))
    corrections = ContestCorrection.objects.filter(adjustment__contest=contest).order_by("adjustment__number", "pk")
    latest = {(row.person_id, row.unit_id): row for row in corrections}
    terms = queries.terms_of(contest)
    people = [_line(row, latest.get((row.person_id, None)), terms) for row in results if row.person_id]
    if contest.form != Form.RELAY:
        return sorted(people, key=_order)
    teams = {}
    for line in people:
        teams.setdefault(line.entry.team, []).append(line)
    lines = []
    for row in results:
        if row.unit_id:
            members = tuple(teams.get(row.unit_id, ()))
            lines.append(_line(row, latest.get((None, row.unit_id)), terms, members=members))
    return sorted(lines, key=_order)


def known_of(contest):
    """Return as known at which moment the standing of a contest stands: when it was fixed, or put right for the last time."""
    latest = contest.adjustments.order_by("-number").values_list("known_at", flat=True).first()
    return latest or contest.frozen_at


def _order(line):
    return line.entry.league, line.place is None, line.place or 0, line.entry.name, line.entry.key


def _line(result, correction, terms, *, members=()):
    stands = correction or result
    entry = Entry(
        key=result.person_id or result.unit_id,
        name=(result.person or result.unit).name,
        numerator=stands.numerator,
        denominator=stands.denominator,
        yardstick=result.yardstick,
        reached_on=result.reached_on,
        league=result.league,
        team=result.team_id or result.unit_id,
        is_eligible=result.is_eligible,
    )
    heads = max(1, sum(member.entry.is_eligible for member in members))
    score = rules.team_score(entry, heads, terms) if members else rules.score_of(entry, terms)
    return Line(
        entry,
        score,
        place=stands.place,
        apart=None if stands.place else rules.why_apart(entry, score, terms),
        amount=stands.prize,
        thing=stands.thing,
        number=stands.number,
        legs=stands.legs,
        heads=heads,
        members=members,
    )


def board_of(contest, *, on, sight, is_whole):
    """
    Return the board of a contest that has begun; a fixed number of queries.

    :param is_whole: whether every line is shown. A colleague sees who is winning and their own surroundings, nobody's last place.
    """
    known_at = None
    if contest.phase(on) in (Phase.FROZEN, Phase.DECIDED):
        lines, before, compared, known_at = fixed_lines(contest), {}, None, known_of(contest)
    else:
        lines = live_lines(contest, on=on)
        before, compared = _places_before(contest, lines, on)
    teams = dict(Unit.objects.filter(pk__in={line.entry.team for line in rules.flat(lines)}).values_list("pk", "name"))
    draw = _Drawing(contest, known_at=known_at, sight=sight, teams=teams, before=before)
    leagues = []
    for name in dict.fromkeys(line.entry.league for line in lines):
        own = [line for line in lines if line.entry.league == name]
        is_mine = [draw.is_mine(line) for line in own]
        shown = own[:MOST_SHOWN] if is_whole else _of_colleague(own, is_mine)
        rows = tuple(draw.row(line, own) for line in shown)
        leagues.append(League(_league_name(contest, name), rows, any(is_mine), len(own) - len(rows)))
    # One's own first, then from the newest to the most experienced, or A, B, C.
    stages = [str(stage.label) for stage in TenureStage]
    leagues.sort(key=lambda league: (not league.is_mine, league.name in stages and stages.index(league.name), league.name))
    mine = next((row for league in leagues for row in league.rows if row.is_mine), None)
    return Board(tuple(leagues), mine, len(lines), sum(line.wins for line in lines), compared, tuple(lines))


def _places_before(contest, lines, on):
    """Return the places of the day that movement is against, and that day; nothing on a contest's first day."""
    back = 7 if (on - contest.starts_on).days >= WEEKLY_FROM else 1
    day = min(on, contest.last_day) - timedelta(days=back)
    if day < contest.starts_on:
        return {}, None
    entries = [line.entry for line in rules.flat(lines) if not line.is_team]
    then = queries.reached_of(contest, [entry.key for entry in entries], as_of=day)
    earlier = rules.standing(
        [
            replace(entry, numerator=was.numerator, denominator=was.denominator, reached_on=was.reached_on)
            for entry in entries
            for was in (then[entry.key],)
        ],
        queries.terms_of(contest),
    )
    return {(line.is_team, line.entry.key): line.place for line in earlier}, day


def _league_name(contest, name):
    if contest.leagues == Leagues.STAGE:
        return str(TenureStage(name).label) if name else ""
    return name


def _of_colleague(lines, is_mine):
    """Return the lines that a colleague sees: who is winning, at least the first three, and the own one with its neighbours."""
    own = is_mine.index(True) if any(is_mine) else None
    return [
        line
        for n, line in enumerate(lines)
        if line.wins
        or (line.place is not None and line.place <= PLACES_SHOWN)
        or (own is not None and abs(n - own) <= AROUND and (line.place is not None or n == own))
    ]


@dataclass(frozen=True)
class Leaders:
    """Who leads a contest: the first rows, with leagues the best of each; and how many win something as it stands, of how many."""

    rows: tuple[Row, ...]
    winners: int
    total: int


def leaders_of(contest, *, on, sight):
    """Return who leads a contest that runs, at most `PLACES_SHOWN`: of every league the first, else the first places."""
    lines = live_lines(contest, on=on)
    first = [line for line in lines if line.place is not None and (line.place == 1 or contest.leagues == Leagues.NONE)]
    first = sorted(first, key=lambda line: (line.place, line.entry.league))[:PLACES_SHOWN]
    teams = dict(Unit.objects.filter(pk__in={line.entry.team for line in first}).values_list("pk", "name"))
    draw = _Drawing(contest, known_at=None, sight=sight, teams=teams, before={})
    rows = tuple(replace(draw.row(line, ()), league=_league_name(contest, line.entry.league)) for line in first)
    return Leaders(rows, sum(line.wins for line in lines), len(lines))


class _Drawing:
    """Puts the lines of one board together as rows."""

    def __init__(self, contest, *, known_at, sight, teams, before):
        self.contest, self.sight, self.teams, self.before = contest, sight, teams, before
        self.metric, self.terms = contest.metric, queries.terms_of(contest)
        code = format_code(contest.period, contest.company.fiscal_year_starts_in)
        self.query = urlencode({"period": code} | queries.lens_of(contest, until=known_at).parameters())

    def row(self, line, league):
        """Return a line as a row; `league` are the lines it races against, none for a member of a team."""
        entry, ahead = line.entry, rules.distance_of(line, league, self.terms) if league else None
        places = (self.before.get((line.is_team, entry.key)), line.place)
        members = tuple(self.row(member, ()) for member in line.members)
        return Row(
            key=entry.key,
            is_team=line.is_team,
            name=self.teams.get(entry.key, "") if line.is_team else entry.name,
            home="" if line.is_team else self.teams.get(entry.team, ""),
            league=entry.league,
            place=line.place,
            moved=movement(*places) if self.before else None,
            value=self._value(line),
            percent=Decimal(int(line.score)).scaleb(-1) if self.terms.has_yardstick and line.score is not None else None,
            amount=line.amount,
            thing=line.thing,
            wins=line.wins,
            number=line.number,
            apart=str(line.apart.label) if line.apart else "",
            ahead=ahead.to if ahead else "",
            ahead_number=ahead.number if ahead else None,
            missing=self._missing(ahead.score, line) if ahead else None,
            legs=line.legs,
            heads=line.heads,
            width=self._width(line, league),
            is_mine=self.is_mine(line),
            lineage_url=self._lineage(entry) if not line.is_team and self._is_seen(entry) else "",
            members=members,
        )

    def is_mine(self, line):
        """Return whether a line is the member's own, or their team's."""
        return any(map(self.is_mine, line.members)) if line.is_team else line.entry.key == self.sight.person_id

    def _value(self, line):
        if line.is_team and line.entry.denominator is None:
            return round(Fraction(line.entry.numerator, line.heads))
        return value_of(self.metric.kind, line.entry.numerator, line.entry.denominator)

    def _missing(self, score, line):
        """Return a difference of scores as a figure of the metric; for a rate against a yardstick as per cent of it."""
        if line.entry.denominator is None:
            per_head = line.is_team and self.terms.has_yardstick
            amount = rules.amount_of_score(score, line.entry.yardstick if self.terms.has_yardstick else None)
            return -(-amount // line.heads) if per_head else amount
        scale = 1 if self.terms.has_yardstick else self.metric.scale
        return Decimal(rules.amount_of_score(score, None)).scaleb(-scale)

    def _width(self, line, league):
        best = max((abs(other.score) for other in league if other.score is not None), default=0)
        return int(max(0, line.score or 0) * 100 / best) if best else 0

    def _is_seen(self, entry):
        seen = self.sight
        return seen.sees_everybody or entry.team in seen.unit_ids or entry.key == seen.person_id

    def _lineage(self, entry):
        return lineage_url(self.metric, self.query, person_id=entry.key)
