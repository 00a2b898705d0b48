"""Pay plans to begin with, as sales forces have them. Metrics are named by their code; what a company does not count is left out."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incentives.rules.terms import ChosenBy, Customers, Draw, Kind, Release, Sharing, Span, Steps, Use, Whose


@dataclass(frozen=True)
class Ask:
    """A gate on a metric: rows as (from, to, value)."""

    metric: str
    rows: tuple
    by_attainment: bool = False


@dataclass(frozen=True)
class Weighs:
    """A metric of a KPI bonus; with rows as (from, to, value) it counts by a score, read as said."""

    metric: str
    weight: int
    rows: tuple = ()
    reads: str = ""
    by_value: bool = False


@dataclass(frozen=True)
class Piece:
    """A component: fields by name, metrics by code; rows as (use, from, to, value), perhaps with whose deals they are for."""

    kind: Kind
    name: Promise
    values: dict = field(default_factory=dict)
    rows: tuple = ()
    metric: str = ""
    gates: tuple[Ask, ...] = ()
    parts: tuple[Weighs, ...] = ()


@dataclass(frozen=True)
class Template:
    """A plan to begin with: for which roles and stages, paying for what."""

    code: str
    name: Promise
    text: Promise
    pieces: tuple[Piece, ...]
    roles: tuple[str, ...] = ("REP",)
    stages: tuple[str, ...] = ()


_COLLECTED = ((0, 70, 0), (70, 85, 50), (85, None, 100))
_YEAR_END = {"paid_at_once": 80, "release": Release.YEAR_END}

TEMPLATES = (
    Template(
        "RETAIL",
        _("Retail"),
        _("tiers on cash collected in the month, 80 % paid at once, the rest at the end of the year"),
        (
            Piece(
                Kind.COMMISSION,
                _("Commission on cash collected"),
                {"measure": "CASH_COLLECTED", "span": Span.MONTH, "steps_read": Steps.MARGINAL, **_YEAR_END},
                ((Use.RATE, 0, 50000, 2), (Use.RATE, 50000, 100000, 3), (Use.RATE, 100000, None, 5)),
            ),
        ),
    ),
    Template(
        "B2B",
        _("B2B"),
        _("gross profit by the attainment of its target, with a gate on the collection rate"),
        (
            Piece(
                Kind.COMMISSION,
                _("Commission on gross profit"),
                {
                    "measure": "GROSS_PROFIT",
                    "span": Span.QUARTER,
                    "chosen_by": ChosenBy.ATTAINMENT,
                    "steps_read": Steps.INTERPOLATED,
                },
                (
                    (Use.RATE, 60, 100, 5),
                    (Use.RATE, 100, 130, 10),
                    (Use.RATE, 130, None, 14),
                ),
                metric="gross_profit",
                gates=(Ask("collection_rate", _COLLECTED),),
            ),
        ),
    ),
    Template(
        "B2B_TOTAL",
        _("B2B, tiers by all sales together"),
        _(
            "tiers by the total of new and returning customers, each at rates of their own; gates on collection, margin and satisfaction"
        ),
        (
            Piece(
                Kind.COMMISSION,
                _("Commission on sales"),
                {"measure": "REVENUE", "span": Span.QUARTER, "chosen_by": ChosenBy.TOTAL, "steps_read": Steps.MARGINAL},
                (
                    (Use.RATE, 0, 300000, "1.5", Customers.NEW),
                    (Use.RATE, 300000, 800000, "2.5", Customers.NEW),
                    (Use.RATE, 800000, None, "3.5", Customers.NEW),
                    (Use.RATE, 0, 300000, 1, Customers.RETURNING),
                    (Use.RATE, 300000, 800000, "1.5", Customers.RETURNING),
                    (Use.RATE, 800000, None, 2, Customers.RETURNING),
                ),
                gates=(
                    Ask("collection_rate", _COLLECTED),
                    Ask("gross_profit", ((0, 60, 50), (60, None, 100)), by_attainment=True),
                    Ask("satisfaction", ((0, 80, 90), (80, 95, 100), (95, None, 110))),
                ),
            ),
        ),
    ),
    Template(
        "KPI",
        _("Base pay and KPI"),
        _("every month 30 % of base pay by the scores of four metrics, and a small commission on cash collected"),
        (
            Piece(
                Kind.KPI,
                _("Performance pay"),
                {"span": Span.MONTH, "base_pay_factor": "0.3", "steps_read": Steps.INTERPOLATED},
                parts=(
                    Weighs("revenue", 50, ((60, 100, 0), (100, 150, 100), (150, None, 150)), Steps.INTERPOLATED),
                    Weighs("collection_rate", 20, ((70, 85, 60), (85, 95, 100), (95, None, 120)), Steps.FLAT, by_value=True),
                    Weighs("visits", 20),
                    Weighs("complaints", 10, ((0, 1, 100), (1, 3, 50), (3, None, 0)), Steps.FLAT, by_value=True),
                ),
            ),
            Piece(
                Kind.COMMISSION, _("Commission on cash collected"), {"measure": "CASH_COLLECTED"}, ((Use.RATE, 0, None, "0.5"),)
            ),
        ),
    ),
    Template(
        "POOL",
        _("Team pool with a guarantee for newcomers"),
        _("a part of the team’s gross profit, shared out by what each brought in; newcomers are guaranteed a minimum"),
        (
            Piece(
                Kind.POOL,
                _("Team pool"),
                {"measure": "GROSS_PROFIT", "span": Span.MONTH, "sharing": Sharing.RESULT, "whose": Whose.OWN},
                ((Use.RATE, 0, None, 3),),
            ),
            Piece(
                Kind.DRAW,
                _("Guarantee for newcomers"),
                {"amount": 300000, "draw": Draw.NON_RECOVERABLE, "draw_months": 3},
            ),
        ),
    ),
)
