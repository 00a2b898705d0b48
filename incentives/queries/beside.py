"""What a statement holds beside the plans: prizes, corrections, deductions; and what a person is paid each month anyway."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Min, Sum

from common.periods import Period
from incentives.models import PayAdjustment, PayTerms, Statement, StatementLine
from incentives.queries import awards, contests, penalties
from incentives.queries.drafts import Line
from incentives.rules.terms import LineKind, Source, Status


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

    def terms_of(self, person_id, settings):
        """Return base pay and minimum wage a month."""
        base_pay, wage = self.terms.get(person_id, (0, None))
        return base_pay, settings.minimum_wage if wage is None else wage


def beside_plans(*, month, known_at=None):
    """
    Return what is due in a month beside the plans, each to date less what other statements hold of it already.

    What was decided too late for its month stands in the first one that is open; what was decided before pay was first
    calculated at all was settled elsewhere.

    :param known_at: terms of pay that were set later are left out. Decisions need no such limit: each is due from its own day on.
    """
    found, posted, due_to_date = Beside(), _posted_of_sources(month), {}
    for due in [*_adjustments(month), *_decided(month)]:
        key = due.person_id, due.source, due.source_id
        due_to_date[key] = (due, due_to_date.get(key, (due, 0))[1] + due.amount)
    # What was given and is not due any more, as when an award was withdrawn.
    for key, (kind, name) in _last_lines_of(posted.keys() - due_to_date.keys(), month).items():
        due_to_date[key] = (Due(*key[:2], kind, key[2], name, 0), 0)
    for key, (due, to_date) in due_to_date.items():
        before = posted.get(key, 0)
        if to_date - before:
            facts = {"formula": "decided", "due": to_date, "posted": before}
            line = Line(due.kind, due.name, to_date - before, facts, due.source, due.source_id)
            found.lines[due.person_id].append(line)
    terms = PayTerms.objects.filter(starts_on__lt=month.ends_before).order_by("starts_on", "pk")
    if known_at is not None:
        terms = terms.filter(recorded_at__lte=known_at)
    for person_id, base_pay, minimum_wage in terms.values_list("person_id", "base_pay", "minimum_wage"):
        found.terms[person_id] = (base_pay, minimum_wage)
    return found


def _adjustments(month):
    rows = PayAdjustment.objects.filter(holds_from__lt=month.ends_before).order_by("pk")
    for pk, person_id, amount, reason in rows.values_list("pk", "person_id", "amount", "reason"):
        yield Due(person_id, Source.ADJUSTMENT, LineKind.ADJUSTMENT, pk, reason[:120], amount)


def _decided(month):
    """Yield prizes of contests and awards, and what cases of the team's rules give and take once they are final."""
    first = Statement.objects.aggregate(first=Min("starts_on"))["first"] or month.starts_on
    period = Period(min(first, month.starts_on), month.ends_before)
    for row in contests.prizes_due(period):
        yield Due(row.person_id, Source.CONTEST, LineKind.PRIZE, row.contest_id, row.name[:120], row.amount_minor)
    for row in awards.prizes_due(period):
        yield Due(row.person_id, Source.AWARD, LineKind.PRIZE, row.award_id, row.name[:120], row.amount_minor)
    for row in penalties.rewards_due(period):
        yield Due(row.person_id, Source.PENALTY, LineKind.PRIZE, row.case_id, row.name[:120], row.amount_minor)
    for row in penalties.deductions_due(period):
        yield Due(row.person_id, Source.PENALTY, LineKind.DEDUCTION, row.case_id, row.name[:120], -row.amount_minor)


def _last_lines_of(keys, month):
    """Return {key: (kind, name)} of the lines by which something was given last before a month."""
    if not keys:
        return {}
    people, sources, ids = (set(column) for column in zip(*keys, strict=True))
    lines = StatementLine.objects.filter(
        statement__person__in=people, statement__starts_on__lt=month.starts_on, source__in=sources, source_id__in=ids
    )
    rows = lines.order_by("statement__starts_on", "position").values_list(
        "statement__person_id", "source", "source_id", "kind", "name"
    )
    return {key: (kind, name) for *of, kind, name in rows if (key := tuple(of)) in keys}


def _posted_of_sources(month):
    """Return {(person id, source, source id): what other statements hold}: earlier ones as they stand, later ones once published."""
    rows = StatementLine.objects.exclude(source__in=[Source.COMPONENT, Source.BALANCE]).exclude(
        statement__starts_on=month.starts_on
    )
    rows = rows.exclude(statement__starts_on__gt=month.starts_on, statement__status__in=set(Status.values) - {Status.PUBLISHED})
    sums = rows.order_by().values_list("statement__person_id", "source", "source_id").annotate(total=Sum("amount"))
    return {tuple(key): total for *key, total in sums if total}
