"""Tables of steps written as examples print them, in whole currency, and what they come to."""

from fractions import Fraction

from incentives.rules import earning, settling
from incentives.rules.earning import Table
from incentives.rules.tables import Row
from incentives.rules.terms import ChosenBy, Pays


def rows(*steps, scale=1, worth=1):
    """Make a table of (from, rate): each step ends where the next begins, the last never."""
    ends = [*(start for start, _rate in steps[1:]), None]
    return tuple(
        Row(Fraction(start) * scale, None if end is None else Fraction(end) * scale, Fraction(str(rate)) * worth)
        for (start, rate), end in zip(steps, ends, strict=True)
    )


def commission(amount, *steps, reads, quota=None):
    """Return what an amount earns in whole currency; with a quota the steps are per cent of it."""
    if quota is None:
        table = Table(rows(*steps, scale=100), reads)
        return earning.rate_whole(table, amount * 100).amount / 100
    table = Table(rows(*steps), reads, ChosenBy.ATTAINMENT)
    return earning.rate_whole(table, amount * 100, chosen=Fraction(amount * 100, quota)).amount / 100


def reached(amount, *steps, reads, quota=None):
    """Return what a table gives for reaching its steps, in whole currency; with a quota the steps are per cent of it."""
    by = ChosenBy.AMOUNT if quota is None else ChosenBy.ATTAINMENT
    table = Table(rows(*steps, scale=100 if quota is None else 1, worth=100), reads, by, pays=Pays.AMOUNT)
    chosen = None if quota is None else Fraction(amount * 100, quota)
    return earning.rate_whole(table, amount * 100, chosen=chosen).amount / 100


def pieces(count, *steps, reads):
    """Return what a number of pieces earns, in whole currency a piece."""
    return earning.rate_whole(Table(rows(*steps, worth=100), reads, is_money=False), count).amount / 100


def percents(steps, reads, attainment):
    """Return which per cent of a bonus an attainment pays."""
    return earning.payout_of(rows(*steps), reads, Fraction(str(attainment)))


def bonus(amount, steps, reads, attainment):
    """Return what a bonus pays, in whole currency."""
    return earning.bonus(amount * 100, rows(*steps), reads, Fraction(str(attainment))).amount / 100


def drawn(kind, guarantee, earned, *, months=None, **limits):
    """
    Return what each month pays and owes under a guarantee, in whole currency, with nothing that limits what is deducted.

    :param months: the guarantee is given in so many of the first months.
    """
    balance, found = 0, []
    for month, amount in enumerate(earned):
        given = guarantee if months is None or month < months else 0
        drawn = settling.draw(kind, earned=amount, guarantee=given, balance=balance)
        asked = {"base_pay": 0, "percent": 100, "minimum_wage": 0} | limits
        kept = settling.deduct(given=[amount, drawn.given], taken=[], to_recover=drawn.to_recover, **asked)
        balance += drawn.owed - kept.recovered
        found.append((amount + drawn.given - kept.recovered, balance))
    return found
