"""Pay plans to begin with, as sales forces have them. Metrics are named by their code; what a company does not count is left out."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incentives.rules.terms import ChosenBy, Draw, Kind, Release, Sharing, Span, Steps, Use, Whose


@dataclass(frozen=True)
class Piece:
    """A component: fields by name, metrics by code; rows as (use, from, to, value), the last without an end."""

    kind: Kind
    name: Promise
    values: dict = field(default_factory=dict)
    rows: tuple = ()
    metric: str = ""
    gate_metric: str = ""


@dataclass(frozen=True)
class Template:
    """A plan to begin with: for which roles and stages, paying for what."""

    code: str
    name: Promise
    text: Promise
    pieces: tuple[Piece, ...]
    roles: tuple[str, ...] = ("REP",)
    stages: tuple[str, ...] = ()


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
                    (Use.GATE, 0, 70, 0),
                    (Use.GATE, 70, 85, 50),
                    (Use.GATE, 85, None, 100),
                ),
                metric="gross_profit",
                gate_metric="collection_rate",
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
