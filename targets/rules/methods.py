"""
Methods of splitting that go by what somebody found out: market potential, break-even sales, dealers' purchase intentions.

Values are exact numbers as people read them. Conventions: docs/conventions.md, "Proposing a split".
"""

from collections.abc import Hashable, Mapping
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.money import Weight
from common.refusals import BadValue
from targets.rules.sheets import SplitMethod

Key = TypeVar("Key", bound=Hashable)


class InputKind(TextChoices):
    """What can be known about a unit or person before a split."""

    POTENTIAL = "POTENTIAL", _("Market potential")
    FIXED_COST = "FIXED_COST", _("Fixed cost")
    MARGIN = "MARGIN", _("Gross margin, %")
    INTENTION = "INTENTION", _("Dealers' intentions")
    HEADS = "HEADS", _("Planned heads")
    WEIGHT = "WEIGHT", _("Free weight")


#: What each method goes by; the first is the one it cannot do without. Planned heads stand in for those that are counted, free
#: weights for those that are typed where a unit is split.
KINDS_OF_METHOD = {
    SplitMethod.POTENTIAL: (InputKind.POTENTIAL,),
    SplitMethod.CRITICAL_POINT: (InputKind.FIXED_COST, InputKind.MARGIN),
    SplitMethod.INTENTIONS: (InputKind.INTENTION,),
}
#: The largest value that is taken, in the unit people read.
LARGEST_INPUT = 10**13


class BadInput(BadValue):
    """A value that a method cannot go by."""

    sentences = {
        "negative": _("This cannot be less than zero."),
        "margin": _("A gross margin is more than 0 and at most 100 %."),
        "too_large": _("The amount is too large."),
    }


def check_input(kind: str, value: Decimal) -> None:
    """
    Refuse a value that its method cannot go by.

    :raises BadInput: below zero, beyond the largest, or a margin outside 0–100 % (0 itself breaks no cost even).
    """
    if kind == InputKind.MARGIN:
        if not 0 < value <= 100:
            raise BadInput("margin")
    elif value < 0:
        raise BadInput("negative")
    elif value > LARGEST_INPUT:
        raise BadInput("too_large")


def break_even(fixed_cost: Weight, margin_percent: Weight) -> Fraction:
    """
    Return the sales at which the gross profit just pays the fixed cost: fixed cost ÷ gross margin.

    :raises BadInput: see ``check_input``.
    """
    check_input(InputKind.FIXED_COST, Decimal(0) if fixed_cost >= 0 else Decimal(-1))
    if not 0 < margin_percent <= 100:
        raise BadInput("margin")
    return Fraction(fixed_cost) * 100 / Fraction(margin_percent)


def fill_lacking(values: Mapping[Key, Weight | None]) -> dict[Key, Fraction] | None:
    """
    Return everybody's value, where the median of those who have one stands in for who has none; None if nobody has one.

    So whoever lacks a number is asked for a usual part: neither nothing at all nor the mean that one large value pulls up.
    """
    known = [Fraction(value) for value in values.values() if value is not None]
    if not known:
        return None
    usual = Fraction(median(known))
    return {key: usual if value is None else Fraction(value) for key, value in values.items()}
