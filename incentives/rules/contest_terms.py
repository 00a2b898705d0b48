"""What a contest's terms must fulfil before anybody may race by them: plain values, and sentences at the field."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal
from incentives.rules.contest_kinds import RANKED, Form, Leagues, PotBy, TieRule, Yardstick
from incentives.rules.contests import Prize

LONGEST_DAYS = 366
MOST_PRIZES = 10
MOST_RETURNS_DAYS = 180


class BadTerms(Refusal):
    """Terms by which nobody could race; `field` is where it has to be mended."""

    sentences = {
        "ends_first": _("The last day lies before the first."),
        "too_long": _("A contest lasts a year at most. Make several of it."),
        "over_already": _("The last day is past: nobody could take part any more."),
        "nobody_takes_part": _("Nobody takes part: in these days there is nobody with this role and stage in these units."),
        "alone": _("Only one person takes part. For one alone choose steps or a personal goal."),
        "one_team": _("Everybody belongs to the same team. A relay takes at least two."),
        "no_prize": _("Say what is to be won: at least one prize, an amount or a thing."),
        "no_pot": _("A pot needs an amount of money to be shared."),
        "gap_in_places": _("Place %(number)s has no prize, but a later one has. Give the prizes in order."),
        "gap_in_steps": _("Step %(number)s is empty, but a later one is not. Give the steps in order."),
        "no_threshold": _("Step %(number)s has a prize, but not what has to be reached for it."),
        "empty_step": _("Step %(number)s says what to reach, but has no prize."),
        "steps_not_ascending": _("Step %(number)s asks for no more than the one before it. Each step has to be higher."),
        "steps_not_descending": _("Less is better here, so step %(number)s has to ask for less than the one before it."),
        "prizes_not_falling": _("Place %(number)s would win more money than the place before it."),
        "steps_not_rising": _("Step %(number)s would pay less than the one before it, which is already reached."),
        "no_minimum": _("Say from which result on somebody can win."),
        "no_goal": _("Say what has to be reached of one’s own yardstick, for example 100 %."),
        "negative": _("This cannot be negative."),
        "goal_needs_yardstick": _("A personal goal is measured by one’s own target or past: choose which."),
        "leagues_only_ranked": _("Leagues are for rankings. Here everybody can win anyway, or teams race."),
        "first_only_ranked": _("Who was first only matters where there are places."),
        "pot_of_less": _("Where less is better a pot can only be shared in equal parts."),
        "level_has_no_past": _("This metric is a number at the end, or a rate: compare it as it is, or with one’s own target."),
        "relay_of_rate": _("A team’s rate is formed of its members’ figures and has no yardstick: compare it as it is."),
        "line_not_counted": _("This metric is not counted by product line."),
        "narrowed_target": _("Targets are not set for a product line and a channel at once: choose one of them, or the past."),
        "no_past": _("None of those who take part has a result in the days to compare with. Compare the figure as it is."),
        "no_target": _("None of those who take part has a target for these days. Publish targets first, or compare the figure as it is."),
        "no_potential": _("None of those who take part has a market potential on record. Enter it in the target plan first."),
    }  # fmt: skip

    def __init__(self, code, *, field, **params):
        super().__init__(code, **params)
        self.field = field


@dataclass(frozen=True)
class Wanted:
    """
    Everything that a contest says about itself.

    :ivar facts: fields of `Contest` by name: name, purpose, form, metric, days, … as the model takes them.
    :ivar units: units that take part with everybody below; `people`: persons by name. Both empty: the whole company.
    """

    facts: dict
    prizes: tuple[Prize, ...]
    units: tuple = ()
    people: tuple = ()


def check_days(*, starts_on: date, ends_before: date):
    """
    Check the days of a contest.

    :raises BadTerms: if it ends before it starts, or lasts longer than a year.
    """
    if ends_before <= starts_on:
        raise BadTerms("ends_first", field="last_day")
    if (ends_before - starts_on).days > LONGEST_DAYS:
        raise BadTerms("too_long", field="last_day")


def check_terms(terms, *, yardstick, leagues, adds_up: bool):
    """
    Check how a contest is won.

    :param terms: `incentives.rules.contests.Terms`.
    :param adds_up: whether the metric's days add up, so that one's past can be compared day by day.
    :raises BadTerms: with the field to mend.
    """
    if terms.minimum is not None and terms.minimum < 0:
        raise BadTerms("negative", field="minimum")
    _check_yardstick(terms, yardstick, adds_up)
    if leagues != Leagues.NONE and terms.form not in RANKED:
        raise BadTerms("leagues_only_ranked", field="leagues")
    if terms.tie_rule == TieRule.FIRST and terms.form not in (*RANKED, Form.RELAY):
        raise BadTerms("first_only_ranked", field="tie_rule")
    if terms.form == Form.RANK_MINIMUM and terms.minimum is None:
        raise BadTerms("no_minimum", field="minimum")
    if terms.form == Form.PERSONAL and terms.minimum is None:
        raise BadTerms("no_goal", field="minimum")
    if terms.form == Form.POT:
        _check_pot(terms)
    elif not terms.prizes:
        raise BadTerms("no_prize", field="prizes")
    elif terms.form == Form.STEPS:
        _check_steps(terms)
    else:
        _check_places(terms.prizes)


def _check_yardstick(terms, yardstick, adds_up):
    if terms.form == Form.PERSONAL and yardstick == Yardstick.NONE:
        raise BadTerms("goal_needs_yardstick", field="yardstick")
    if not adds_up and yardstick in (Yardstick.BEFORE, Yardstick.YEAR):
        raise BadTerms("level_has_no_past", field="yardstick")
    if not adds_up and terms.form == Form.RELAY and yardstick != Yardstick.NONE:
        raise BadTerms("relay_of_rate", field="yardstick")


def _check_pot(terms):
    if not terms.prizes or terms.prizes[0].amount <= 0:
        raise BadTerms("no_pot", field="prizes")
    if terms.is_lower_better and terms.pot_by == PotBy.VALUE:
        raise BadTerms("pot_of_less", field="pot_by")


def _check_steps(terms):
    for expected, prize in enumerate(terms.prizes, start=1):
        if prize.number != expected:
            raise BadTerms("gap_in_steps", field="prizes", number=expected)
        if prize.threshold is None:
            raise BadTerms("no_threshold", field="prizes", number=prize.number)
        if prize.threshold < 0 or prize.amount < 0:
            raise BadTerms("negative", field="prizes")
        if not prize.amount and not prize.thing:
            raise BadTerms("empty_step", field="prizes", number=prize.number)
    for before, prize in zip(terms.prizes, terms.prizes[1:], strict=False):
        rises = prize.threshold < before.threshold if terms.is_lower_better else prize.threshold > before.threshold
        if not rises:
            code = "steps_not_descending" if terms.is_lower_better else "steps_not_ascending"
            raise BadTerms(code, field="prizes", number=prize.number)
        if prize.amount < before.amount and not prize.thing:
            raise BadTerms("steps_not_rising", field="prizes", number=prize.number)


def _check_places(prizes):
    for expected, prize in enumerate(prizes, start=1):
        if prize.number != expected:
            raise BadTerms("gap_in_places", field="prizes", number=expected)
        if prize.amount < 0:
            raise BadTerms("negative", field="prizes")
    for before, prize in zip(prizes, prizes[1:], strict=False):
        if prize.amount > before.amount and not before.thing:
            raise BadTerms("prizes_not_falling", field="prizes", number=prize.number)
