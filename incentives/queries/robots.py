"""What is news for a group robot, and how it is told."""

from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common import figures
from common.periods import iso_week_of
from incentives.models import Award, Contest, Praise, RobotMessage, VictoryReport
from incentives.queries.contest_words import prize_words, score_words
from incentives.queries.honours import told_award, told_victory
from incentives.queries.standings import fixed_lines, live_lines
from incentives.rules.robots import MOST_SIGNS, NEWS_SPAN, Topic, without_amounts

START, RESULT = "start", "result"
PLACES_TOLD, WINNERS_TOLD = 3, 10


def news_for(robot, *, on, now):
    """Return what a robot has not been given yet, as (topic, id, edition), the oldest of each kind first."""
    since = max(robot.since, now - NEWS_SPAN)
    found = [piece for topic in robot.topics for piece in _SOURCES[topic](since, on)]
    given = set(
        RobotMessage.objects.filter(robot=robot, subject_id__in={pk for _topic, pk, _edition in found}).values_list(
            "topic", "subject_id", "edition"
        )
    )
    return [piece for piece in found if piece not in given]


def text_of(message, *, company, on):
    """
    Return what a message says in the language that is active, None if it is no news any more.

    Without the robot's leave no amount stands in it: figures are left out, and so are numbers in what people wrote.
    """
    robot = message.robot
    lines = _TOLD[message.topic](message, robot.shows_amounts, company, on)
    if lines is None:
        return None
    return "\n".join([f"【{company.name}】{lines[0]}", *filter(None, lines[1:])])[:MOST_SIGNS]


def _victories(since, _on):
    rows = VictoryReport.objects.standing().filter(created_at__gt=since).order_by("pk")
    return [(Topic.VICTORY, pk, "") for pk in rows.values_list("pk", flat=True)]


def _awards(since, _on):
    rows = Award.objects.standing().filter(created_at__gt=since).order_by("pk")
    return [(Topic.AWARD, pk, "") for pk in rows.values_list("pk", flat=True)]


def _praise(since, _on):
    return [
        (Topic.PRAISE, pk, "") for pk in Praise.objects.filter(created_at__gt=since).order_by("pk").values_list("pk", flat=True)
    ]


def _contests(since, on):
    """Contests that everybody may look at: announced, on the Mondays while they run, and with their standing fixed."""
    rows = Contest.objects.filter(is_open=True).order_by("pk")
    running, monday = Contest.Status.ANNOUNCED, iso_week_of(on).starts_on
    told = [(pk, START) for pk in rows.filter(status=running, announced_at__gt=since).values_list("pk", flat=True)]
    if on == monday:
        inside = rows.filter(status=running, starts_on__lt=monday, ends_before__gt=monday)
        told += [(pk, monday.isoformat()) for pk in inside.values_list("pk", flat=True)]
    told += [(pk, RESULT) for pk in rows.filter(frozen_at__gt=since).values_list("pk", flat=True)]
    return [(Topic.CONTEST, pk, edition) for pk, edition in told]


_SOURCES = {Topic.VICTORY: _victories, Topic.AWARD: _awards, Topic.PRAISE: _praise, Topic.CONTEST: _contests}


def _tell_victory(message, shows_amounts, company, _on):
    rows = VictoryReport.objects.standing().select_related("person", "unit", "metric")
    if (report := rows.filter(pk=message.subject_id).first()) is None:
        return None
    told = told_victory(report, first_month=company.fiscal_year_starts_in, shows_amounts=shows_amounts)
    amount = "" if told.amount is None or report.metric_id else figures.money(told.amount, currency=company.currency)
    return [_("Victory report"), f"{told.who}: {told.title}", told.text, amount]


def _tell_award(message, shows_amounts, company, _on):
    rows = Award.objects.standing().select_related("person", "unit", "among", "decided_by")
    if (award := rows.filter(pk=message.subject_id).first()) is None:
        return None
    told = told_award(award, first_month=company.fiscal_year_starts_in)
    prize = ""
    if shows_amounts and award.prize:
        prize = _("Prize: %(prize)s") % {"prize": figures.money(award.prize, currency=company.currency)}
    return [_("Award"), f"{told.title}: {told.who}", _written(told.text, shows_amounts), prize]


def _tell_praise(message, shows_amounts, _company, _on):
    given = Praise.objects.filter(pk=message.subject_id).select_related("to", "by").first()
    if given is None:
        return None
    who = _("%(giver)s thanks %(person)s") % {"giver": given.by.name, "person": given.to.name}
    return [_("Praise"), who, _written(given.text, shows_amounts)]


def _tell_contest(message, shows_amounts, company, on):
    rows = Contest.objects.filter(is_open=True).exclude(status__in=[Contest.Status.DRAFT, Contest.Status.WITHDRAWN])
    rows = rows.select_related("metric", "company", "product_line", "channel")
    if (contest := rows.filter(pk=message.subject_id).first()) is None:
        return None
    name = _written(contest.name, shows_amounts)
    if message.edition == START:
        days = {"first": date_format(contest.starts_on), "last": date_format(contest.last_day)}
        prizes = [prize_words(prize, company.currency) for prize in contest.prizes.all()] if shows_amounts else []
        return [_("A contest begins"), name, _("%(first)s to %(last)s") % days, *prizes]
    if message.edition == RESULT:
        won = [line for line in fixed_lines(contest) if line.wins][:WINNERS_TOLD]
        prizes = [_prize_of(line, company, shows_amounts) for line in won]
        return [_("The contest is over"), name, *map(_placed, won, prizes)]
    if contest.status != Contest.Status.ANNOUNCED or message.edition != iso_week_of(on).starts_on.isoformat():
        return None
    lines = [line for line in live_lines(contest, on=on - timedelta(days=1)) if line.place is not None][:PLACES_TOLD]
    figures_of = [_score_of(contest, line, company) if shows_amounts else "" for line in lines]
    return [_("Standing of the contest"), name, *map(_placed, lines, figures_of)] if lines else None


def _placed(line, beside):
    place = f"{line.place}. " if line.place else ""
    return f"{place}{line.entry.name}" + (f" · {beside}" if beside else "")


def _prize_of(line, company, shows_amounts):
    money = figures.money(line.amount, currency=company.currency) if shows_amounts and line.amount else ""
    return " + ".join(filter(None, (money, _written(line.thing, shows_amounts))))


def _score_of(contest, line, company):
    return "" if line.score is None else score_words(contest, round(line.score), company.currency)


def _written(text, shows_amounts):
    return text if shows_amounts else without_amounts(text)


_TOLD = {
    Topic.VICTORY: _tell_victory,
    Topic.AWARD: _tell_award,
    Topic.PRAISE: _tell_praise,
    Topic.CONTEST: _tell_contest,
}
