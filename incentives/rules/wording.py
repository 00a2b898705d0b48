"""
A pay plan in the words of the people it pays, in the language that is active.

Components, steps and parts are any objects with the fields of `incentives.models.plans`; what has a name is found in `Names`.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common import figures
from incentives.rules import terms
from incentives.rules.base_pay import times
from incentives.rules.gate_words import tell_gates
from incentives.rules.numbers import write
from incentives.rules.plan_rows import group_of
from incentives.rules.rate_words import EVERYTHING, commission, how_chosen, rate_table
from incentives.rules.step_words import ladder, percent
from incentives.rules.terms import (
    Base,
    Clawback,
    Credited,
    Draw,
    Kind,
    Pays,
    Release,
    Sharing,
    Span,
    Steps,
    Use,
    Whose,
)


@dataclass(frozen=True)
class Names:
    """
    How everything is called that a plan speaks of.

    `counted` are `plan_rows.Counted` by code, the others names by id; `metric_kinds` are those of `Metric`.
    """

    currency: str = "CNY"
    counted: dict = field(default_factory=dict)
    metrics: dict = field(default_factory=dict)
    metric_kinds: dict = field(default_factory=dict)
    lines: dict = field(default_factory=dict)
    channels: dict = field(default_factory=dict)
    components: dict = field(default_factory=dict)  # by key

    def money(self, number):
        """Write money in whole currency, as it was typed."""
        return f"{figures.currency_sign(self.currency)}{write(number)}"

    def minor(self, amount):
        """Write an amount that is kept in minor units, without cents that say nothing."""
        return figures.money(amount, currency=self.currency).removesuffix(".00")

    def writer_of(self, metric_id):
        """Return how values of a metric are written: money, per cent, or a plain number."""
        kind = self.metric_kinds.get(metric_id)
        if kind in {figures.MONEY, "MONEY_RATIO"}:
            return self.money
        return percent if kind == figures.PERCENT else write

    def measure(self, code):
        return str(self.counted[code].label) if code in self.counted else "—"

    def metric(self, metric_id):
        return str(self.metrics.get(metric_id, "—"))


@dataclass(frozen=True)
class Told:
    """A component in words: the sentence that matters, and what else holds."""

    key: object
    name: str
    kind: str
    headline: str
    details: tuple[str, ...]


def tell(component, *, steps, parts, names, gates=()):
    """
    Return a component in words.

    :param steps: the rows of all its tables.
    :param parts: of a KPI bonus, as `plan_rows.Part` with ids.
    :param names: `Names`. :param gates: with the fields of `models.Gate`, in their order.
    """
    tables = {use: [step for step in steps if step.use == use] for use in Use}
    said = [text for text in (*_scores(tables, parts, names), *_details(component, tables, gates, names)) if text]
    return Told(
        component.key, component.name, component.kind, _HEADLINES[component.kind](component, tables, parts, names), tuple(said)
    )


def span_word(span):
    """Return a span as one says "a month"."""
    return {
        Span.MONTH: pgettext("each", "month"),
        Span.QUARTER: pgettext("each", "quarter"),
        Span.YEAR: pgettext("each", "fiscal year"),
    }[span]


def _bonus(component, tables, _parts, names):
    return _("%(amount)s a %(span)s × the payout by attainment of %(metric)s: %(curve)s") % {
        "amount": _promised(component, names),
        "span": span_word(component.span),
        "metric": names.metric(component.metric_id),
        "curve": _curve(component, tables),
    }


def _kpi(component, tables, parts, names):
    said = {
        "amount": _promised(component, names),
        "span": span_word(component.span),
        "parts": pgettext("between names", ", ").join(f"{names.metric(part.metric)} {write(part.weight)}" for part in parts),
        "curve": _curve(component, tables),
    }
    if not tables[Use.CURVE]:
        return _("%(amount)s a %(span)s × the weighted score (%(parts)s)") % said
    if any(part.reads for part in parts):
        return _("%(amount)s a %(span)s × the payout by weighted score (%(parts)s): %(curve)s") % said
    return _("%(amount)s a %(span)s × the payout by weighted attainment (%(parts)s): %(curve)s") % said


def _scores(tables, parts, names):
    """Yield how each metric counts that has a table of its own."""
    for part in parts:
        rows = [step for step in tables[Use.SCORE] if step.metric_id == part.metric]
        if part.reads and rows:
            bound = names.writer_of(part.metric) if part.by_value else percent
            said = {"metric": names.metric(part.metric), "scores": ladder(rows, read=part.reads, bound=bound, value=percent)}
            yield (
                _("%(metric)s counts: %(scores)s.") if part.by_value else _("%(metric)s counts by its attainment: %(scores)s.")
            ) % said


def _promised(component, names):
    """Return what 100 % of a bonus pays: an amount, or so many times everybody's own base pay."""
    if component.base_pay_factor is None:
        return names.minor(component.amount or 0)
    said = {"factor": times(component.base_pay_factor)}
    # "A month" stands beside it already.
    return (_("base pay × %(factor)s") if component.span == Span.MONTH else _("base pay of a month × %(factor)s")) % said


def _curve(component, tables):
    return ladder(tables[Use.CURVE], read=component.steps_read, bound=percent, value=percent)


def _pool(component, tables, parts, names):
    steps = tables[Use.RATE]
    said = {"span": span_word(component.span), "sharing": terms.Sharing(component.sharing).label if component.sharing else "—"}
    by_metric = {Sharing.ATTAINMENT: _("by attainment of %(metric)s"), Sharing.VALUE: _("by %(metric)s")}
    if component.sharing in by_metric:
        said["sharing"] = by_metric[component.sharing] % {"metric": names.metric(component.metric_id)}
    if len(steps) == 1 and not steps[0].starts_at and component.pays == Pays.RATE and group_of(steps[0]) == EVERYTHING:
        said |= {"rates": rate_table(component, steps, names), "what": names.measure(component.measure)}
        return _("The team's pool of a %(span)s: %(rates)s of %(what)s, shared out: %(sharing)s") % said
    said["table"] = commission(component, tables, parts, names)
    return _("The team's pool of a %(span)s – %(table)s –, shared out: %(sharing)s") % said


def _draw(component, _tables, _parts, names):
    said = {"amount": names.minor(component.amount or 0), "months": component.draw_months}
    text = {
        Draw.NON_RECOVERABLE: _("At least %(amount)s a month: what is missing is added and never taken back"),
        Draw.RECOVERABLE: _("At least %(amount)s a month: what is added now is taken from later months that earn more"),
        Draw.ADVANCE: _("%(amount)s a month ahead, taken from what the next month earns"),
    }.get(component.draw, _("%(amount)s a month"))
    if component.draw_months:
        said["guarantee"] = text % said
        return _("%(guarantee)s, in the first %(months)s months of service") % said
    return text % said


_HEADLINES = {Kind.COMMISSION: commission, Kind.BONUS: _bonus, Kind.KPI: _kpi, Kind.POOL: _pool, Kind.DRAW: _draw}


def _details(component, tables, gates, names):
    """Yield what holds beside the headline, "" for what needs no word."""
    if component.kind == Kind.DRAW:
        yield _part_of_month(component) if component.is_prorated else ""
        return
    if component.kind != Kind.POOL and component.whose != Whose.OWN:
        yield _("What counts: %(whose)s.") % {"whose": Whose(component.whose).label}
    if component.kind in {Kind.COMMISSION, Kind.POOL}:
        yield from how_chosen(component, tables[Use.RATE])
    if component.kind == Kind.COMMISSION:
        yield from _how_counted(component)
    if component.base_pay_factor is not None:
        yield _("Everybody's own base pay counts as it holds on each working day of the %(span)s.") % {
            "span": span_word(component.span)
        }
    if component.is_prorated and component.kind in {Kind.BONUS, Kind.KPI}:
        yield _("Who is there for a part of the %(span)s gets the part of its working days.") % {
            "span": span_word(component.span)
        }
    if component.is_ramped:
        yield _("In the first months of service the target counts by the company's ramp.")
    yield from tell_gates(gates, tables[Use.GATE], names)
    if tables[Use.DECAY]:
        decay = ladder(tables[Use.DECAY], read=Steps.FLAT, bound=_days, value=percent)
        yield _("By days from the deal to the customer's payment, so much of it is paid: %(steps)s.") % {"steps": decay}
    if component.cap:
        yield _("At most %(amount)s a %(span)s.") % {"amount": names.minor(component.cap), "span": span_word(component.span)}
    yield _holding(component)
    if component.kind == Kind.COMMISSION:
        yield _clawback(component)


def _part_of_month(component):
    if component.draw_months:
        return _(
            "Who joins or leaves in the month, or whose first months of service end in it, gets the part of its working days."
        )
    return _("Who joins or leaves in the month gets the part of its working days.")


def _how_counted(component):
    if component.base == Base.PERIOD:
        yield _("Adds up over the %(span)s; the next one begins from nothing.") % {"span": span_word(component.span)}
    else:
        yield {
            Base.DEAL: _("Worked out for each deal by itself."),
            Base.LINE: _("Worked out for each line of a deal by itself."),
        }[component.base]
    if component.credited != Credited.SHARES:
        yield _("What counts: %(whose)s.") % {"whose": Credited(component.credited).label}


def _days(number):
    return _("%(number)s days") % {"number": write(number)}


def _holding(component):
    at_once = percent(component.paid_at_once)
    if component.release == Release.YEAR_END:
        return _("%(part)s is paid at once, the rest with the last month of the fiscal year.") % {"part": at_once}
    if component.release == Release.COLLECTION:
        return _("%(part)s is paid at once, the rest as the customers pay.") % {"part": at_once}
    return ""


def _clawback(component):
    if component.clawback == Clawback.NOTHING:
        return _("What is returned later is not taken back.")
    if component.clawback == Clawback.UNSERVED:
        return _("What is returned later is taken back by the part of %(months)s months that was not served.") % {
            "months": component.clawback_months
        }
    return _("What is returned later is taken back at the rate that was paid.")


@dataclass(frozen=True)
class Difference:
    """What became of a component from one version to the next: NEW, GONE or CHANGED, with the sentences that differ."""

    what: str
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def differences(before, after):
    """Return how two versions differ, as `Difference`; `before` and `after` are what `tell` returned for their components."""
    old, new = ({told.key: told for told in side} for side in (before, after))
    found = []
    for key, told in new.items():
        was = old.get(key)
        if was is None:
            found.append(Difference("NEW", told.name, (), _sentences(told)))
        elif _sentences(was) != _sentences(told) or was.name != told.name:
            gone = tuple(text for text in _sentences(was) if text not in _sentences(told))
            come = tuple(text for text in _sentences(told) if text not in _sentences(was))
            name = told.name if was.name == told.name else f"{was.name} → {told.name}"
            found.append(Difference("CHANGED", name, gone, come))
    return found + [Difference("GONE", was.name, _sentences(was), ()) for key, was in old.items() if key not in new]


def _sentences(told):
    return (told.headline, *told.details)
