"""
What makes the terms of a pay plan impossible, or surely not what was meant.

Components, steps and parts are any objects with the fields of `incentives.models.plans`: rows of a draft, or what was just typed.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal
from incentives.rules.base_pay import MOST_TIMES
from incentives.rules.plan_rows import table_of
from incentives.rules.tables import Row, find_faults
from incentives.rules.terms import (
    BY_DEAL,
    BY_METRIC,
    Base,
    ChosenBy,
    Clawback,
    Customers,
    Kind,
    Pays,
    Release,
    Sharing,
    Steps,
    Use,
)

#: A payout may well be more than what was promised for 100 %; beyond this it is a slip of the pen.
MOST_PAYOUT = 1000
#: A gate lets through up to 100 %; beyond that it multiplies, as a kicker does.
MOST_FACTOR = 300
MOST_MONTHS = 120


class BadTerms(Refusal):
    """Terms that nobody could be paid by."""

    sentences = {
        "negative": _("This cannot be negative."),
        "percentage": _("A percentage lies between 0 and 100."),
        "payout": _("A payout lies between 0 and 1000 %."),
        "factor": _("A gate lets through up to 100 %; as a multiplier it pays up to 300 %."),
        "open_end": _("Leave “to” empty in the last row, so that there is no upper end; where nothing is paid, write 0."),
        "no_rows": _("The table needs at least one row."),
        "one_point": _("A straight line needs at least two points."),
        "no_lines": _("“%(measure)s” knows no product lines, so this row would never pay anything."),
        "no_channels": _("“%(measure)s” knows no channels, so this row would never pay anything."),
        "no_customers": _("“%(measure)s” cannot tell new customers from returning ones."),
        "no_deals": _("“%(measure)s” does not come from deals: choose “The period to date”."),
        "lines_of_whole": _("“%(measure)s” counts a deal as a whole; choose each deal or the period to date."),
        "measure": _("Choose what is counted."),
        "metric": _("Choose whose attainment decides."),
        "metric_value": _("Choose the metric that decides."),
        "slices_of_value": _("The value of a metric has no slices: choose “Flat” or “Interpolated”."),
        "no_discount": _("A discount belongs to a deal: choose each deal or each line of a deal."),
        "slices_of_discount": _("A discount has steps only: choose “Flat”."),
        "no_margin": _("A margin belongs to a deal: choose each deal or each line of a deal."),
        "slices_of_margin": _("A margin has steps only: choose “Flat”."),
        "total_of_period": _("The total is one of the whole period: choose “The period to date”."),
        "age_of_each": _("Each amount counts by the age of its own customer anyway: choose “The period to date”."),
        "slices_of_age": _("An age has steps only: choose “Flat”."),
        "amount_of_age": _("By the age of its customer an amount has a rate: choose “A rate”."),
        "age_of_deals": _("“%(measure)s” does not come from deals, so it has no customer whose age could decide."),
        "age_of_pool": _("A team’s pool cannot be made by the age of customers; use a commission for it."),
        "lower_shares": _("Less is better here, so who does worst would get most: choose “By attainment”, or another metric."),
        "amount": _("Say how much it is; more than zero."),
        "amount_twice": _("It pays either an amount or a share of base pay, not both."),
        "times": _("More than 0 and at most 36 times the base pay of a month; a fifth of it is 20 %."),
        "weights": _("Choose at least one metric with its weight."),
        "twice": _("This metric is there twice."),
        "score_of": _("Choose the metric whose score this is."),
        "score_idle": _("This row belongs to no metric above that counts by a table: choose above how it counts."),
        "no_scores": _("Give its scores in the table below, or let its attainment count itself."),
        "gate_twice": _("A gate asks either for a metric or for another component, not for both."),
        "gate_rows": _("Say in the table from which value on how much is paid."),
        "gate_same": _("It is asked for by another gate already."),
        "gate_idle": _("This table belongs to a gate: choose the metric it asks for."),
        "circle": _("These gates wait for one another: %(names)s. One of them must open by itself."),
        "gate_gone": _("The component this gate waits for is no longer in the plan."),
        "no_decay": _("Only cash collected can lose value with the days it takes."),
        "release": _("Say when the rest is paid."),
        "all_at_once": _("Everything is paid at once, so there is no rest to hold back."),
        "no_collection": _("Only what comes from deals can wait until customers pay."),
        "months": _("Between 1 and 120 months."),
        "draw": _("Say what kind of guarantee it is."),
        "sharing": _("Say how the pool is shared out."),
    }


@dataclass(frozen=True)
class Finding:
    """
    One thing that is wrong with a component.

    :ivar refusal: the sentence (`BadTerms` or `tables.BadTable`).
    :ivar field: where it is to be mended, "" for the whole.
    :ivar use, row: of a row of a table: which table, and which of its rows from 0 on.
    :ivar place: of several gates, which, from 0 on.
    """

    refusal: Refusal
    field: str = ""
    use: str = ""
    row: int | None = None
    place: int = 0

    @property
    def reason(self):
        return self.refusal.reason


def bad(code, *, field="", use="", row=None, **params):
    """Return a finding of one's own."""
    return Finding(BadTerms(code, **params), field, use, row)


def check_steps(steps, *, use, is_share, read=Steps.FLAT, is_discount=False):
    """
    Yield what is wrong with the rows of one table.

    :param is_share, is_discount: as `tables.find_faults` asks.
    """
    if not steps:
        yield bad("no_rows", field="steps", use=use)
    groups = {}
    for at, step in enumerate(steps):
        groups.setdefault(table_of(step), []).append((at, step))
    for rows in groups.values():
        yield from _check_group(rows, use=use, reads=read, is_share=is_share, is_discount=is_discount)


def _check_group(rows, *, use, **asked):
    """Yield what is wrong with the rows that hold for the same: (row, step) pairs."""
    rows = sorted(rows, key=lambda row: (row[1].starts_at, row[0]))
    table = [
        Row(Fraction(s.starts_at), None if s.ends_before is None else Fraction(s.ends_before), Fraction(s.value))
        for _at, s in rows
    ]
    faults = find_faults(table, **asked)
    for fault in faults:
        at = rows[fault.row][0]
        # The sentence counts the rows of its own table; people see all of them in one.
        fault.params["number"] = at + 1
        if "before" in fault.params:
            fault.params["before"] = rows[fault.row - 1][0] + 1
        yield Finding(fault, _FIELDS.get(fault.code, "starts_at"), use, at)
    at, last = rows[-1]
    code, most = _MOST.get(use, ("", None))
    if most is not None and (beyond := next((at for at, step in rows if step.value > most), None)) is not None:
        yield bad(code, field="value", use=use, row=beyond)
    if asked["reads"] == Steps.INTERPOLATED and len(rows) == 1:
        yield bad("one_point", field="steps", use=use)
    elif last.ends_before is not None and not faults:
        yield bad("open_end", field="ends_before", use=use, row=at)


#: What is surely a slip of the pen, by what a table is for.
_MOST = {Use.CURVE: ("payout", MOST_PAYOUT), Use.SCORE: ("payout", MOST_PAYOUT), Use.GATE: ("factor", MOST_FACTOR)}
#: At which cell of its row a fault of a table is mended, unless at "from".
_FIELDS = {"negative": "value", "above_hundred": "value", "backwards": "ends_before", "not_last": "ends_before"}


def check_component(component, *, steps, parts, counted, gates=()):
    """
    Yield everything that is wrong with one component.

    :param steps: rows of all its tables, in the order shown.
    :param parts: of a KPI bonus, as `plan_rows.Part` with ids.
    :param counted: what is known of the measures, by code (`plan_rows.Counted`).
    :param gates: with the fields of `models.Gate`, in their order.
    """
    tables = {use: [step for step in steps if step.use == use] for use in Use}
    measure = counted.get(component.measure)
    yield from _CHECKS[component.kind](component, tables, measure, parts)
    if component.kind != Kind.DRAW:
        yield from _check_gates(gates, tables[Use.GATE])
        yield from _check_holding(component, measure)
    if tables[Use.DECAY]:
        if measure is None or not measure.is_cash:
            yield bad("no_decay", field="steps", use=Use.DECAY, row=0)
        else:
            yield from check_steps(tables[Use.DECAY], use=Use.DECAY, is_share=True)
    for name in ("amount", "cap"):
        number = getattr(component, name)
        if number is not None and number < 0:
            yield bad("negative", field=name)
    if component.cap == 0:
        yield bad("amount", field="cap")


def _check_commission(component, tables, measure, _parts):
    if measure is None:
        yield bad("measure", field="measure")
        return
    label = {"measure": measure.label}
    if component.base != Base.PERIOD and not measure.has_deals:
        yield bad("no_deals", field="base", **label)
    elif component.base == Base.LINE and (measure.is_whole or not measure.has_lines):
        yield bad("lines_of_whole", field="base", **label)
    if component.chosen_by in BY_METRIC and component.metric_id is None:
        yield bad("metric" if component.chosen_by == ChosenBy.ATTAINMENT else "metric_value", field="metric")
    if component.chosen_by in BY_DEAL:
        of_period, sliced = _OF_DEALS[component.chosen_by]
        if component.base == Base.PERIOD:
            yield bad(of_period, field="base")
        if component.steps_read != Steps.FLAT:
            yield bad(sliced, field="steps_read")
    if component.chosen_by == ChosenBy.TOTAL and component.base != Base.PERIOD:
        yield bad("total_of_period", field="base")
    if component.chosen_by == ChosenBy.AGE:
        yield from _check_age(component, measure)
    yield from _check_rates(component, tables[Use.RATE], measure)
    if component.clawback == Clawback.UNSERVED and not 1 <= (component.clawback_months or 0) <= MOST_MONTHS:
        yield bad("months", field="clawback_months")


def _check_age(component, measure):
    """Yield what is wrong with rates by the age of customers beside the numbers of the table."""
    if not measure.has_deals:
        yield bad("age_of_deals", field="chosen_by", measure=measure.label)
    if component.base != Base.PERIOD:
        yield bad("age_of_each", field="base")
    if component.steps_read != Steps.FLAT:
        yield bad("slices_of_age", field="steps_read")
    if component.pays != Pays.RATE:
        yield bad("amount_of_age", field="pays")


#: What is wrong with a table by the discount or margin of a deal over a period, and with one that is not flat.
_OF_DEALS = {ChosenBy.DISCOUNT: ("no_discount", "slices_of_discount"), ChosenBy.MARGIN: ("no_margin", "slices_of_margin")}


def _check_rates(component, steps, measure):
    """Yield what is wrong with a table of rates: its numbers, and rows that the measure cannot tell apart."""
    is_discount = component.chosen_by == ChosenBy.DISCOUNT
    is_share = measure.is_money and component.pays == Pays.RATE
    if component.chosen_by == ChosenBy.VALUE and component.steps_read == Steps.MARGINAL and component.pays == Pays.RATE:
        yield bad("slices_of_value", field="steps_read")
    yield from check_steps(steps, use=Use.RATE, is_share=is_share, read=component.steps_read, is_discount=is_discount)
    for at, step in enumerate(steps):
        for code, named, known, field in (
            ("no_lines", step.product_line_id is not None, measure.has_lines, "product_line"),
            ("no_channels", step.channel_id is not None, measure.has_channels, "channel"),
            ("no_customers", step.customers != Customers.ALL, measure.has_deals, "customers"),
        ):
            if named and not known:
                yield bad(code, field=field, use=Use.RATE, row=at, measure=measure.label)


def _check_bonus(component, tables, _measure, _parts):
    if component.metric_id is None:
        yield bad("metric", field="metric")
    yield from _check_promise(component)
    yield from check_steps(tables[Use.CURVE], use=Use.CURVE, is_share=False, read=component.steps_read)


def _check_kpi(component, tables, _measure, parts):
    yield from _check_promise(component)
    if tables[Use.CURVE] or not any(part.reads for part in parts):
        yield from check_steps(tables[Use.CURVE], use=Use.CURVE, is_share=False, read=component.steps_read)
    if not parts:
        yield bad("weights", field="parts", use="PART")
    seen = set()
    for at, (metric_id, weight, *_counts) in enumerate(parts):
        if weight is None or not Decimal(weight).is_finite() or not 0 < weight < 100000:
            yield bad("amount", field="weight", use="PART", row=at)
        if metric_id in seen:
            yield bad("twice", field="metric", use="PART", row=at)
        seen.add(metric_id)
    yield from _check_scores(tables[Use.SCORE], parts)


def _check_scores(steps, parts):
    """Yield what is wrong with the tables of single metrics: numbers, tables nobody reads, metrics that have none."""
    reads, tables = {part.metric: part.reads for part in parts}, {}
    for at, step in enumerate(steps):
        if step.metric_id is None:
            yield bad("score_of", field="score_metric", use=Use.SCORE, row=at)
        elif not reads.get(step.metric_id):
            yield bad("score_idle", field="score_metric", use=Use.SCORE, row=at)
        else:
            tables.setdefault(step.metric_id, []).append((at, step))
    for metric_id, rows in tables.items():
        yield from _check_group(rows, use=Use.SCORE, reads=reads[metric_id], is_share=False, is_discount=False)
    for at, part in enumerate(parts):
        if part.reads and part.metric not in tables:
            yield bad("no_scores", field="counts", use="PART", row=at)


def _check_pool(component, tables, measure, _parts):
    if measure is None:
        yield bad("measure", field="measure")
        return
    yield from _check_rates(component, tables[Use.RATE], measure)
    if not component.sharing:
        yield bad("sharing", field="sharing")
    if component.chosen_by == ChosenBy.AGE:
        yield bad("age_of_pool", field="chosen_by")
    if component.sharing == Sharing.VALUE and component.metric_id is not None and component.metric.is_lower_better:
        yield bad("lower_shares", field="metric")
    if component.metric_id is None:
        if component.sharing == Sharing.ATTAINMENT or component.chosen_by == ChosenBy.ATTAINMENT:
            yield bad("metric", field="metric")
        elif component.sharing == Sharing.VALUE or component.chosen_by == ChosenBy.VALUE:
            yield bad("metric_value", field="metric")


def _check_draw(component, _tables, _measure, _parts):
    yield from _check_amount(component)
    if not component.draw:
        yield bad("draw", field="draw")
    if component.draw_months is not None and not 1 <= component.draw_months <= MOST_MONTHS:
        yield bad("months", field="draw_months")


_CHECKS = {
    Kind.COMMISSION: _check_commission,
    Kind.BONUS: _check_bonus,
    Kind.KPI: _check_kpi,
    Kind.POOL: _check_pool,
    Kind.DRAW: _check_draw,
}


def _check_promise(component):
    """Yield what is wrong with what 100 % of a bonus pays: an amount, or so many times base pay."""
    if component.base_pay_factor is None:
        yield from _check_amount(component)
    elif component.amount is not None:
        yield bad("amount_twice", field="amount")
    elif not Decimal(component.base_pay_factor).is_finite() or not 0 < component.base_pay_factor <= MOST_TIMES:
        yield bad("times", field="base_pay_factor")


def _check_amount(component):
    if not component.amount:
        yield bad("amount", field="amount")


def _check_gates(gates, steps):
    """Yield what is wrong with the gates of a component, each with its own table."""
    seen = set()
    for place, gate in enumerate(gates):
        rows = [step for step in steps if step.gate == gate.position]
        for finding in _check_gate(gate, rows):
            yield replace(finding, place=place)
        asks = (gate.metric_id, gate.metric_id is not None and gate.by_attainment, gate.awaits)
        if asks in seen:
            yield replace(bad("gate_same", field="gate_key" if gate.metric_id is None else "gate_metric"), place=place)
        seen.add(asks)


def _check_gate(gate, steps):
    if gate.metric_id is not None and gate.awaits is not None:
        yield bad("gate_twice", field="gate_key")
    elif gate.metric_id is None:
        if steps or gate.awaits is None:
            yield bad("gate_idle", field="gate_metric")
    elif not steps:
        yield bad("gate_rows", field="steps", use=Use.GATE)
    else:
        yield from check_steps(steps, use=Use.GATE, is_share=False)


def _check_holding(component, measure):
    if not Decimal(component.paid_at_once).is_finite() or not 0 <= component.paid_at_once <= 100:
        yield bad("percentage", field="paid_at_once")
    elif component.paid_at_once < 100 and component.release == Release.NEVER_HELD:
        yield bad("release", field="release")
    elif component.paid_at_once == 100 and component.release != Release.NEVER_HELD:
        yield bad("all_at_once", field="paid_at_once")
    if component.release == Release.COLLECTION and (measure is None or not measure.has_deals or measure.is_cash):
        yield bad("no_collection", field="release")
