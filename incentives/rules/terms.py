"""The words in which a pay plan says what it pays for. Conventions: docs/conventions.md, "Pay"."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    """What a component of a plan is."""

    COMMISSION = "COMMISSION", _("Commission")
    BONUS = "BONUS", _("Bonus by attainment")
    KPI = "KPI", _("Weighted KPI bonus")
    POOL = "POOL", _("Team pool")
    DRAW = "DRAW", _("Guarantee")


class Whose(TextChoices):
    """Whose results a component counts."""

    OWN = "OWN", _("One's own")
    TEAM = "TEAM", _("The units one leads, with oneself")
    OTHERS = "OTHERS", _("The units one leads, without oneself")


class Credited(TextChoices):
    """Which credit counts."""

    SHARES = "SHARES", _("Shares")
    OVERLAY = "OVERLAY", _("Credit on top only")
    BOTH = "BOTH", _("Shares, and credit on top")


class Base(TextChoices):
    """On what a rate is worked out at a time."""

    LINE = "LINE", _("Each line of a deal")
    DEAL = "DEAL", _("Each deal")
    PERIOD = "PERIOD", _("The period to date")


class Span(TextChoices):
    """Over which period a component adds up; the next one begins from nothing."""

    MONTH = "MONTH", _("Month")
    QUARTER = "QUARTER", _("Quarter")
    YEAR = "YEAR", _("Fiscal year")


class Steps(TextChoices):
    """How a table of steps is read. Bounds are [from, to)."""

    FLAT = "FLAT", _("Flat: everything at the rate that is reached")
    MARGINAL = "MARGINAL", _("Marginal: each slice at its own rate")
    INTERPOLATED = "INTERPOLATED", _("Interpolated: in a straight line between the points")


class ChosenBy(TextChoices):
    """What decides which step of a rate table is reached."""

    AMOUNT = "AMOUNT", _("The amount itself")
    ATTAINMENT = "ATTAINMENT", _("The attainment of a target")
    VALUE = "VALUE", _("The value of a metric")
    DISCOUNT = "DISCOUNT", _("The discount given")
    MARGIN = "MARGIN", _("The gross margin of the deal")
    TOTAL = "TOTAL", _("The total of everything counted, of all product lines together")
    AGE = "AGE", _("How long the customer has been one")


#: What is counted decides itself: the bounds of the steps are amounts of it.
BY_MEASURE = frozenset({ChosenBy.AMOUNT, ChosenBy.TOTAL})
#: A metric decides: what was reached of its target, or its value.
BY_METRIC = frozenset({ChosenBy.ATTAINMENT, ChosenBy.VALUE})
#: Something that each deal, or each line of it, has by itself decides.
BY_DEAL = frozenset({ChosenBy.DISCOUNT, ChosenBy.MARGIN})


class Pays(TextChoices):
    """What a step of a rate table gives."""

    RATE = "RATE", _("A rate: per cent of money, money per piece")
    AMOUNT = "AMOUNT", _("An amount of money for reaching it")


class Use(TextChoices):
    """What a step is for."""

    RATE = "RATE", _("Rate")
    CURVE = "CURVE", _("Payout")
    GATE = "GATE", _("Gate or multiplier")
    DECAY = "DECAY", _("Decay with days to collect")
    SCORE = "SCORE", _("Score of a metric of a KPI bonus")


class Customers(TextChoices):
    """Whose deals a rate is for."""

    ALL = "ALL", _("All customers")
    NEW = "NEW", _("New customers only")
    RETURNING = "RETURNING", _("Returning customers only")


class Release(TextChoices):
    """When the part that is held back is paid."""

    NEVER_HELD = "NONE", _("Nothing is held back")
    YEAR_END = "YEAR_END", _("With the last month of the fiscal year")
    COLLECTION = "COLLECTION", _("As the customers pay")


class Clawback(TextChoices):
    """What is taken back when a sale of an earlier span is returned or cancelled."""

    PAID_RATE = "PAID", _("In full, at the rate that was paid")
    UNSERVED = "UNSERVED", _("By the part of the term that was not served, at the rate that was paid")
    NOTHING = "NOTHING", _("Nothing")


class Draw(TextChoices):
    """What kind of guarantee a draw is."""

    NON_RECOVERABLE = "NON_REC", _("Guaranteed: at least this much is paid")
    RECOVERABLE = "REC", _("Recoverable: what is paid more than earned is taken from later pay")
    ADVANCE = "ADVANCE", _("Advance: paid on top and taken from the next month")


class Sharing(TextChoices):
    """By what a team's pool is shared out."""

    EQUAL = "EQUAL", _("Equally")
    RESULT = "RESULT", _("By what each brought in")
    ATTAINMENT = "ATTAIN", _("By attainment")
    VALUE = "VALUE", _("By the value of a metric")
    DAYS = "DAYS", _("By working days in the team")


class LineKind(TextChoices):
    """What a line of a statement is."""

    EARNED = "EARNED", _("Earned")
    HELD = "HELD", _("Held back")
    RELEASED = "RELEASED", _("Released")
    CLAWBACK = "CLAWBACK", _("Taken back")
    DRAW = "DRAW", _("Guarantee")
    DRAW_RECOVERY = "DRAW_REC", _("Guarantee worked off")
    PRIZE = "PRIZE", _("Prize")
    DEDUCTION = "DEDUCT", _("Deduction")
    ADJUSTMENT = "ADJUST", _("Correction")
    CAPPED = "CAPPED", _("Over the cap")
    CARRIED = "CARRIED", _("Carried to the next month")
    BROUGHT = "BROUGHT", _("Brought from the month before")


class Source(TextChoices):
    """What stands behind a line beside a component."""

    COMPONENT = "COMPONENT", _("Pay plan")
    CONTEST = "CONTEST", _("Contest")
    AWARD = "AWARD", _("Award")
    PENALTY = "PENALTY", _("Team rule")
    ADJUSTMENT = "ADJUSTMENT", _("Correction")
    BALANCE = "BALANCE", _("Balance")


class Status(TextChoices):
    """Where a statement stands."""

    DRAFT = "DRAFT", _("Draft")
    APPROVED = "APPROVED", _("Approved by the manager")
    CHECKED = "CHECKED", _("Checked by HR")
    PUBLISHED = "PUBLISHED", pgettext_lazy("statement", "Published")
