"""A contest in words, as those who take part read it: who, how it is compared, what is to be won, what happens in the end."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from accounts.rules import Role
from common import figures
from incentives.queries.contests import past_of
from incentives.rules.contest_kinds import RANKED, Form, Leagues, PotBy, TieRule, Yardstick
from teams.rules import TenureStage


@dataclass(frozen=True)
class Said:
    """The terms of a contest in sentences; `prizes` are (for what, what)."""

    who: str
    how: str
    prizes: tuple[tuple[str, str], ...]
    ending: str

    @property
    def prize_line(self):
        """The prizes in one line, for a list of contests."""
        pairs = (pgettext("for what, and what", "%(what)s %(prize)s") % {"what": a, "prize": b} for a, b in self.prizes)
        return pgettext("between parts of a sentence", ", ").join(pairs)


def said_of(contest, *, currency):
    """Return the terms of a contest in the reader's language; its scopes and prizes should have been fetched along."""
    return Said(
        who=_who(contest),
        how=_together(_measure(contest), _form(contest, currency), _leagues(contest), _ties(contest)),
        prizes=tuple((_for_what(contest, prize, currency), prize_words(prize, currency)) for prize in contest.prizes.all()),
        ending=_ending(contest),
    )


def prize_words(prize, currency):
    """Return what is won: money, a thing, or both."""
    money = figures.money(prize.amount, currency=currency) if prize.amount else ""
    return pgettext("money and a thing", " + ").join(filter(None, (money, prize.thing)))


def score_words(contest, score, currency):
    """Return a bound as it was typed: in per cent of the yardstick, or in the metric's own unit."""
    if contest.yardstick != Yardstick.NONE:
        return figures.percent(Decimal(score).scaleb(-1), places=0 if score % 10 == 0 else 1)
    metric = contest.metric
    value = score if metric.adds_up else Decimal(score).scaleb(-metric.scale)
    return figures.amount(value, kind=metric.kind, scale=metric.scale, language=get_language(), currency=currency)


def _together(*sentences):
    """Put sentences one after the other; between Chinese ones there is no space."""
    text = ""
    for sentence in filter(None, sentences):
        text = pgettext("two sentences", "%(first)s %(then)s") % {"first": text, "then": sentence} if text else sentence
    return text


def _joined(parts):
    return pgettext("between names", ", ").join(str(part) for part in parts)


def _who(contest):
    scopes = list(contest.scopes.all())
    units, people = [s.unit.name for s in scopes if s.unit_id], [s.person.name for s in scopes if s.person_id]
    sentences = []
    if units or not people:
        given = {
            "roles": _joined(Role(role).label for role in contest.roles),
            "units": _joined(units) if units else _("the whole company"),
            "stages": _joined(TenureStage(stage).label for stage in contest.stages),
        }
        if contest.stages:
            sentences.append(_("%(roles)s of %(units)s, in these stages: %(stages)s.") % given)
        else:
            sentences.append(_("%(roles)s of %(units)s.") % given)
        sentences.append(_("Whoever joins meanwhile takes part from that day."))
    if people:
        sentences.append(_("By name: %(people)s.") % {"people": _joined(people)})
    return _together(*sentences)


def _measure(contest):
    narrowed = [part.name for part in (contest.product_line, contest.channel) if part is not None]
    metric = contest.metric.label + (f" ({_joined(narrowed)})" if narrowed else "")
    if contest.yardstick == Yardstick.TARGET:
        said = _("Compared is %(metric)s in per cent of one’s own target for these days.")
    elif contest.yardstick != Yardstick.NONE:
        said = _("Compared is %(metric)s in per cent of one’s own from %(first)s to %(last)s, per working day.")
    else:
        said = _("Compared is %(metric)s.")
    past = past_of(contest)
    words = said % {"metric": metric, "first": past and past.starts_on, "last": past and past.last_day}
    return _together(words, _("Less is better.") if contest.metric.is_lower_better else "")


def _form(contest, currency):
    prizes = len(contest.prizes.all())
    bound = "" if contest.minimum is None else score_words(contest, contest.minimum, currency)
    given = {"n": prizes, "bound": bound}
    match contest.form:
        case Form.STEPS:
            return _("Everybody who reaches a step wins; the highest step counts.")
        case Form.POT:
            shared = _("in equal parts") if contest.pot_by == PotBy.EQUAL else _("in proportion to what each reached")
            if bound:
                return _("Everybody who reaches %(bound)s shares the pot, %(shared)s.") % (given | {"shared": shared})
            return _("Everybody with a result shares the pot, %(shared)s.") % {"shared": shared}
        case Form.PERSONAL:
            return _("Everybody who reaches %(bound)s wins.") % given
        case Form.RELAY:
            if not bound:
                return _("Teams race: what their members reach per head decides.")
            return (
                _(
                    "Teams race: everybody runs a leg, which is done at %(bound)s. The team with the largest part of its legs done"
                    " leads; among equals what they reach per head decides."
                )
                % given
            )
    words = ngettext("The best one wins.", "The best %(n)s win.", prizes) % given
    return _together(words, _("Whoever wins has reached %(bound)s.") % given if bound else "")


def _leagues(contest):
    if contest.leagues == Leagues.STAGE:
        return _("Each tenure stage races among itself, for prizes of its own.")
    if contest.leagues == Leagues.POTENTIAL:
        return _("There are leagues by market potential, each with prizes of its own.")
    return ""


def _ties(contest):
    if contest.form not in (*RANKED, Form.RELAY):
        return ""
    return {
        TieRule.SHARE: _("With equal results they share the prizes of their places."),
        TieRule.FULL: _("With equal results each gets the full prize."),
        TieRule.FIRST: _("With equal results whoever reached it first is ahead."),
    }[contest.tie_rule]


def _for_what(contest, prize, currency):
    match contest.form:
        case Form.STEPS:
            return _("From %(bound)s:") % {"bound": score_words(contest, prize.threshold, currency)}
        case Form.POT:
            return _("The pot:")
        case Form.PERSONAL:
            return _("For each:")
        case Form.RELAY:
            return _("Team at place %(number)s, in equal parts:") % {"number": prize.number}
    return _("Place %(number)s:") % {"number": prize.number}


def _ending(contest):
    words = _("Prizes are for who still works here on the last day.")
    if not contest.returns_days:
        return words
    later = ngettext(
        "What comes back within %(n)s day after the end is taken off, and the standing put right.",
        "What comes back within %(n)s days after the end is taken off, and the standing put right.",
        contest.returns_days,
    )
    return _together(words, later % {"n": contest.returns_days})
