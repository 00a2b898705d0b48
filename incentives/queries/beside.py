"""What a statement holds beside the plans: prizes, corrections, deductions; and what a person is paid each month anyway."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Sum

from incentives.models import PayAdjustment, PayTerms, StatementLine
from incentives.queries.drafts import Line
from incentives.rules.terms import LineKind, Source, Status
from teams.models import Assignment


@dataclass(frozen=True, slots=True)
class Due:
    """An amount that is due to somebody for a reason of its own; negative where it is taken."""

    person_id: int
    source: str
    kind: str
    source_id: int
    name: str
    amount: int


@dataclass
class Beside:
    lines: dict = field(default_factory=lambda: defaultdict(list))
    terms: dict = field(default_factory=dict)  # person id: (base pay, minimum wage of their own)
    units: dict = field(default_factory=dict)  # of those who are in no plan: where they were last

    def terms_of(self, person_id, settings):
        """Return base pay and minimum wage a month."""
        base_pay, wage = self.terms.get(person_id, (0, None))
        return base_pay, settings.minimum_wage if wage is None else wage


def beside_plans(*, month, person_ids=None):
    """
    Return what is due in a month beside the plans, each to date less what other statements hold of it already.

    A correction that came too late for its month stands in the first one that is open.

    :param person_ids: of whom pay terms are wanted beside; None for nobody else.
    """
    found, dues = Beside(), [*_adjustments(month)]
    posted = _posted_of_sources(month)
    for due in dues:
        amount = due.amount - posted.get((due.person_id, due.source, due.source_id), 0)
        if amount:
            facts = {"formula": "decided"}
            found.lines[due.person_id].append(Line(due.kind, due.name, amount, facts, due.source, due.source_id))
    terms = PayTerms.objects.filter(starts_on__lt=month.ends_before).order_by("starts_on")
    for person_id, base_pay, minimum_wage in terms.values_list("person_id", "base_pay", "minimum_wage"):
        found.terms[person_id] = (base_pay, minimum_wage)
    places = Assignment.objects.filter(person__in=list(found.lines), starts_on__lt=month.ends_before).order_by("starts_on")
    found.units = dict(places.values_list("person_id", "unit_id"))
    return found


def _adjustments(month):
    rows = PayAdjustment.objects.filter(holds_from__lt=month.ends_before).order_by("pk")
    for pk, person_id, amount, reason in rows.values_list("pk", "person_id", "amount", "reason"):
        yield Due(person_id, Source.ADJUSTMENT, LineKind.ADJUSTMENT, pk, reason[:120], amount)


def _posted_of_sources(month):
    """Return {(person id, source, source id): what other statements hold}: earlier ones as they stand, later ones once published."""
    rows = StatementLine.objects.exclude(source__in=[Source.COMPONENT, Source.BALANCE]).exclude(
        statement__starts_on=month.starts_on
    )
    rows = rows.exclude(statement__starts_on__gt=month.starts_on, statement__status__in=set(Status.values) - {Status.PUBLISHED})
    sums = rows.order_by().values_list("statement__person_id", "source", "source_id").annotate(total=Sum("amount"))
    return {tuple(key): total for *key, total in sums}
