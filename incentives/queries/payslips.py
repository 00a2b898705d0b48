"""One statement as a page, a file and paper show it: its lines told in arithmetic, balances, payouts, history."""

from dataclasses import dataclass

from common.period_names import name_of
from common.periods import Period
from incentives.models import Dispute
from incentives.queries.metric_names import metric_names
from incentives.rules.statements import deducted, last_day_to_ask
from incentives.rules.telling import tell
from incentives.rules.terms import LineKind, Status


@dataclass(frozen=True)
class TellingLine:
    """A line as people read it: what for, when earned, how it was worked out, what it comes to and the sum so far."""

    pk: int
    name: str
    kind: str
    kind_label: str
    earned_in: str  # empty where it is the statement's own month
    sentences: tuple[str, ...]
    base: int | None
    amount: int
    sum_so_far: int
    component: object  # of the plan that it follows from, with its version; None for what no plan says
    source: str
    source_id: int | None
    dispute: object = None
    products: tuple = ()  # (base, rate, whether the base is money): what `base × rate` was added up
    earned_for: tuple = ()  # the key of the component and the first day of the span

    @property
    def opens_to_credits(self):
        """Whether there are credits behind it, which its page shows."""
        return self.component is not None and (
            self.kind == LineKind.CLAWBACK or (self.kind == LineKind.EARNED and self.base is not None)
        )

    @property
    def what(self):
        """What the line is for in one go: its name with its kind; its kind where it has no name of its own."""
        return f"{self.name} · {self.kind_label}" if self.name else str(self.kind_label)

    @property
    def icon(self):
        return _ICONS.get(self.kind, "receipt")


_ICONS = {
    LineKind.EARNED: "coin",
    LineKind.HELD: "lock",
    LineKind.RELEASED: "lock-open",
    LineKind.CLAWBACK: "arrow-back-up",
    LineKind.DRAW: "shield-check",
    LineKind.DRAW_RECOVERY: "shield-minus",
    LineKind.PRIZE: "trophy",
    LineKind.DEDUCTION: "minus",
    LineKind.ADJUSTMENT: "pencil",
    LineKind.CAPPED: "arrow-bar-to-up",
    LineKind.CARRIED: "arrow-forward-up",
    LineKind.BROUGHT: "arrow-down-right",
}


def lines_of(statement, *, fiscal_start_month=1):
    """Return a statement's lines as they are read, in the active language; three queries."""
    disputes = {}
    for dispute in Dispute.objects.filter(line__statement=statement).order_by("pk"):
        disputes[dispute.line_id] = dispute
    told, so_far = [], 0
    lines = list(statement.lines.select_related("component__version__plan").order_by("position"))
    names = metric_names([line.facts for line in lines])
    for line in lines:
        so_far += line.amount
        told.append(
            TellingLine(
                pk=line.pk,
                name=line.name,
                kind=line.kind,
                kind_label=line.get_kind_display(),
                earned_in=_earned_in(line, statement, fiscal_start_month),
                sentences=tuple(tell(line.facts, names)),
                base=line.base,
                amount=line.amount,
                sum_so_far=so_far,
                component=line.component,
                source=line.source,
                source_id=line.source_id,
                dispute=disputes.get(line.pk),
                products=tuple(_products(line.facts)),
                earned_for=(line.component_key, line.earned_from),
            )
        )
    return told


def deducted_of(lines):
    """Return what the lines of a statement take from earlier pay, in minor units (`rules.statements.deducted`)."""
    return deducted([(line.kind, line.amount, line.earned_for) for line in lines])


def _products(facts):
    is_money = facts.get("is_money", True)
    for group in facts.get("groups") or facts.get("pool", {}).get("groups", ()):
        for step in group.get("steps", ()):
            if "worth" in step:
                yield step["count"], step["worth"], False
            else:
                yield step["part"], step["rate"], is_money


def _earned_in(line, statement, fiscal_start_month):
    if line.earned_from is None or (line.earned_from, line.earned_before) == (statement.starts_on, statement.ends_before):
        return ""
    return name_of(Period(line.earned_from, line.earned_before), fiscal_start_month)


def question_until(statement, *, published_on, days):
    """Return the last day on which a line can be questioned; None before it is published."""
    return last_day_to_ask(published_on, days) if statement.status == Status.PUBLISHED else None
