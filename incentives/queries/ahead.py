"""What lies ahead of one person this month: what open deals would pay, the next steps, and the curves on which they stand."""

from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from common.period_names import name_of
from credits.rules import Measure, is_own
from incentives.queries.foretell import Foretelling, Part, Sale
from incentives.queries.metric_names import metric_names
from incentives.queries.prospects import Prospect, margin_of, open_deals_of, prospects_of
from incentives.rules import ahead as words
from incentives.rules.fact_names import with_names
from incentives.rules.numbers import exact
from incentives.rules.telling import tell_next
from incentives.rules.terms import ChosenBy
from targets.models import Metric

#: More open deals than these are not gone through one by one.
DEALS_SHOWN = 40


@dataclass(frozen=True)
class Row:
    """An open deal with what it pays, in minor units: once it is won, and once the customer has paid as well."""

    deal: object
    won: int
    collected: int


@dataclass(frozen=True)
class Gain:
    """What something would pay: now, then, and what of it each component of the plan gives, as (name, minor units)."""

    now: int
    then: int
    parts: tuple[tuple[str, int], ...]

    @property
    def more(self):
        return self.then - self.now


class Ahead:
    """What lies ahead of somebody; read once, asked as often as one likes."""

    def __init__(self, *, person, on, company):
        self.person, self.on, self.company = person, on, company
        self.foretelling = Foretelling(person_id=person.pk, on=on, company=company)
        self.month = name_of(self.foretelling.month)

    def shown(self):
        """Return what a page shows, read and worked out."""
        names = ("is_paid", "month", *(("so_far", "gates", "steps", "rows", "all_open", "by_discount") if self.is_paid else ()))
        return {name: getattr(self, name) for name in names}

    @property
    def is_paid(self):
        """Whether any plan pays the person this month."""
        return self.foretelling.is_paid and self.foretelling.now() is not None

    @property
    def so_far(self):
        """What the month comes to as things stand, in minor units."""
        return self.foretelling.now().total

    @property
    def gates(self):
        """The gates that let through less than everything: (component, facts of the gate, from where on it lets through more)."""
        lines = self.foretelling.now().lines
        names = metric_names([line.facts for line in lines])
        found = ((line.name, with_names(gate, names)) for line in lines for gate in line.facts.get("gates", ()))
        return [(name, gate, tell_next(gate)) for name, gate in found if exact(gate["passes"]) < 100]  # noqa: PLR2004 - per cent

    @cached_property
    def steps(self):
        """The next steps in words; where the rate falls there is nothing to reach for."""
        found = [each for each in self.foretelling.distances() if each.rate is None or each.next_rate > each.rate]
        return [words.tell(each, what=self._named(each), currency=self.company.currency) for each in found]

    def pictures(self, *, here):
        """
        Return (name, data for the chart `payout`) of each component with steps.

        :param here: what the point is called on which the person stands.
        """
        found = []
        for curve in self.foretelling.curves():
            unit = "PERCENT" if curve.by_attainment else "MONEY" if curve.is_money else "COUNT"
            name = _("Attainment") if curve.by_attainment else self._named(curve)
            data = {
                "x": {"unit": unit, "scale": 2 if unit == "MONEY" else 0, "name": name},
                "unit": "MONEY",
                "name": _("Earned"),
                "points": [[float(x), float(y)] for x, y in curve.points],
                "here": [float(part) for part in curve.here],
                "here_name": here,
            }
            found.append((words.name_of(curve), data))
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """The open deals with what they pay, those first that end first."""
        return [Row(each.deal, self._more([each.won]), self._more([each.collected])) for each in self._prospects]

    @cached_property
    def all_open(self):
        """What all the open deals together would pay, won and paid in full."""
        return self._more([each.collected for each in self._prospects])

    def deal(self, deal) -> tuple[Gain, Gain]:
        """Return what one open deal would pay: won, and won and paid in full."""
        (prospect,) = prospects_of([deal], person_id=self.person.pk, on=self.on)
        return self.gain([prospect.won]), self.gain([prospect.collected])

    def gain(self, sales) -> Gain:
        """Return what some sales would pay, component by component."""
        foretold = self.foretelling.with_sales(sales)
        names = {clause.key: clause.component.name for clause in self.foretelling.clauses}
        parts = tuple((names[key], amount) for key, amount in foretold.gains.items() if key in names)
        return Gain(foretold.now.total, foretold.then.total, parts)

    def typed(self, *, amount, gross_profit=0, is_collected=False, line_id=None, is_new=False) -> Gain:
        """Return what a deal that somebody thinks of would pay; amounts in minor units."""
        margin = margin_of(gross_profit or 0, amount)
        part = Part(line_id, amount, gross_profit or 0, 1, margin=margin)
        given = {"collected": amount, "paid": 100} if is_collected else {}
        return self.gain([Sale((part,), is_new=is_new, margin=margin, age=0, **given)])

    @cached_property
    def asks(self):
        """What of a deal decides about pay beside its amount: of ``profit``, ``line``, ``customers``, ``cash``."""
        found = set()
        for clause in self.foretelling.clauses:
            component = clause.component
            measures = {component.measure, *(code for metric in clause.metrics.values() for code in metric.measures)}
            found |= {"profit"} if Measure.GROSS_PROFIT in measures or component.chosen_by == ChosenBy.MARGIN else set()
            found |= {"cash"} if Measure.CASH_COLLECTED in measures else set()
            found |= {"line"} if clause.by_line else set()
            if clause.by_customers or Measure.NEW_CUSTOMERS in measures:
                found.add("customers")
        return found

    @property
    def by_discount(self):
        """Whether the discount decides about a rate, which a typed amount does not know."""
        return any(clause.component.chosen_by == ChosenBy.DISCOUNT for clause in self.foretelling.clauses)

    @property
    def by_age(self):
        """Whether a rate goes by how long the customer has been one, which a typed amount does not know."""
        return any(clause.is_by_age for clause in self.foretelling.clauses)

    @cached_property
    def _prospects(self) -> list[Prospect]:
        return prospects_of(open_deals_of(self.person.pk)[:DEALS_SHOWN], person_id=self.person.pk, on=self.on)

    def _more(self, sales):
        return self.foretelling.with_sales(sales).gained if sales else 0

    def _named(self, about):
        """Return how a measure or metric is called in a sentence."""
        if about.by_attainment or not about.what:
            return about.what
        if is_own(about.what):
            return self._own_names.get(about.what, about.component)
        return str(Measure(about.what).label)

    @cached_property
    def _own_names(self):
        return {metric.numerator: metric.label for metric in Metric.objects.all()}
