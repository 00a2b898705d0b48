"""The picture of a contest: how the leading ones, and the member, came to where they are, day by day."""

from django.utils.translation import pgettext

from credits.queries.lens import days_through
from incentives.queries.contests import lens_of, terms_of
from incentives.queries.standings import known_of
from incentives.rules import contests as rules
from incentives.rules.contest_kinds import Form
from targets.models import Metric

SHOWN = 5
_UNITS = {Metric.Kind.MONEY: "MONEY", Metric.Kind.MONEY_RATIO: "MONEY", Metric.Kind.PERCENT: "PERCENT"}


def course_of(contest, board, *, on, mine):
    """
    Return the data of the `line` chart: a line for each of the first, and one's own; two queries.

    Per cent of the yardstick where there is one. What has to be reached – the next step, the goal – is the target line.

    :param mine: the id of the member's person, or None.
    :returns: None where nothing can be drawn yet.
    """
    lines = _chosen(contest, board, mine)
    days = [day for day in contest.period.each_day() if day <= on]
    if not lines or len(days) < 2:
        return None
    terms, done = terms_of(contest), _done(contest, lines)
    series = [{"name": name, "values": _values(line, days, done, terms=terms, metric=contest.metric)} for line, name in lines]
    data = {"labels": [day.isoformat() for day in days], "series": series}
    if terms.has_yardstick:
        data |= {"unit": "PERCENT"}
    else:
        unit = _UNITS.get(contest.metric.kind, "COUNT")
        data |= {"unit": unit, "scale": contest.metric.scale if unit == "MONEY" else 0}
    if (bound := _bound(contest, board, terms)) is not None:
        data["target"] = [_shown(bound, terms, contest.metric)] * len(days)
    return data


def _chosen(contest, board, mine):
    """Return the lines to draw with their names: of one's own league the first, and one's own."""
    shown = {(row.is_team, row.key): row for league in board.leagues for row in league.rows}
    placed = [line for line in board.lines if line.place is not None and (line.is_team, line.entry.key) in shown]
    if board.mine is not None:
        placed = [line for line in placed if line.entry.league == board.mine.league]
    placed.sort(key=lambda line: line.place)
    own = [line for line in board.lines if mine in {e.entry.key for e in (line, *line.members) if not e.is_team}]
    chosen = own + [line for line in placed if line not in own][: SHOWN - len(own)]
    return [
        (line, pgettext("contest", "Me") if line in own and not line.is_team else shown[line.is_team, line.entry.key].name)
        for line in chosen
        if (line.is_team, line.entry.key) in shown
    ]


def _done(contest, lines):
    """Return what counts per person and measure on each day: {(person id, measure): {day: minor units}}."""
    ids = [m.entry.key for line, _name in lines for m in (line.members or (line,))]
    until = known_of(contest) if contest.frozen_at else None
    rows = days_through(lens_of(contest, until=until), measures=contest.metric.measures, period=contest.period)
    found = {}
    for person_id, measure, day, amount in rows.filter(person_id__in=ids).values_list("person_id", "measure", "on", "amount"):
        by_day = found.setdefault((person_id, measure), {})
        by_day[day] = by_day.get(day, 0) + amount
    return found


def _values(line, days, done, *, terms, metric):
    members = [m.entry for m in line.members] if line.is_team else [line.entry]
    values, numerator, denominator = [], 0, 0
    for day in days:
        for entry in members:
            numerator += done.get((entry.key, metric.numerator), {}).get(day, 0)
            denominator += done.get((entry.key, metric.denominator), {}).get(day, 0)
        so_far = rules.Entry(
            line.entry.key, "", numerator, denominator if metric.is_ratio else None, yardstick=line.entry.yardstick
        )
        score = rules.team_score(so_far, line.heads, terms) if line.is_team else rules.score_of(so_far, terms)
        values.append(_shown(score, terms, metric))
    return values


def _shown(score, terms, metric):
    """Return a score as charts take it: minor units, or per cent."""
    if score is None:
        return None
    if terms.has_yardstick:
        return round(float(score) / 10, 1)
    return round(float(score) / 10, 1) if metric.kind in (Metric.Kind.PERCENT, Metric.Kind.COUNT_RATIO) else int(score)


def _bound(contest, board, terms):
    if contest.form == Form.RELAY:
        return None
    if contest.form != Form.STEPS:
        return contest.minimum
    own = next((line for line in board.lines if board.mine and line.entry.key == board.mine.key), None)
    ahead = [p for p in terms.prizes if own is None or not rules.reaches(own.score, p.threshold, terms)]
    return (ahead or terms.prizes)[0].threshold
