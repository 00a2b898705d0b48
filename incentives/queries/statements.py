"""Reads about statements: who sees which, who decides about them, and what a month comes to."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum

from accounts.rules import PERMISSIONS, Permission
from incentives.models import Dispute, Statement, StatementEvent
from incentives.rules.terms import Status
from teams.models import Assignment, Unit
from teams.queries import LEADING_ROLES

APPROVING = [role for role, rights in PERMISSIONS.items() if Permission.PAY_APPROVE in rights]


def statements_in_sight(sight):
    """
    Return the statements a member sees: as HR all, of whom one leads all, and one's own once they are published.

    Whoever leads a unit sees those of its people and of everybody below, but not those of others who lead the same unit.
    """
    if sight.sees_everybody:
        return Statement.objects.all()
    return Statement.objects.filter(_led_by(sight) | Q(person=sight.person_id or 0, status=Status.PUBLISHED))


def statements_led(sight):
    """Return the statements a member reviews: those in sight without one's own."""
    if sight.sees_everybody:
        return Statement.objects.exclude(person=sight.person_id or 0)
    return Statement.objects.filter(_led_by(sight))


def own_statements(person):
    """Return what somebody has been given: their published statements, the latest first."""
    return Statement.objects.filter(person=person, status=Status.PUBLISHED).order_by("-starts_on")


def _led_by(sight):
    if not sight.unit_ids:
        return Q(pk=None)
    leads_too = Assignment.objects.filter(
        Q(ends_before=None) | Q(ends_before__gt=OuterRef("starts_on")),
        person=OuterRef("person"),
        unit=sight.own_unit_id or 0,
        role__in=LEADING_ROLES,
        starts_on__lt=OuterRef("ends_before"),
    )
    is_level = Q(unit=sight.own_unit_id or 0) & Q(Exists(leads_too))
    return Q(unit__in=sight.unit_ids) & ~Q(person=sight.person_id or 0) & ~is_level


class Reviewers:
    """Who leads whom on a day, as far as it is about approving pay; read once for a page, in two queries."""

    def __init__(self, on):
        self.parents = dict(Unit.objects.values_list("pk", "parent_id"))
        self.leaders = {}
        leading = Assignment.objects.filter(
            Q(ends_before=None) | Q(ends_before__gt=on),
            role__in=LEADING_ROLES,
            starts_on__lte=on,
            person__membership__is_active=True,
            person__membership__role__in=APPROVING,
        )
        for unit_id, person_id, name in leading.order_by("person__name").values_list("unit_id", "person_id", "person__name"):
            self.leaders.setdefault(unit_id, {})[person_id] = name

    def of(self, *, person_id, unit_id):
        """Return the names of who approves somebody's statement: the nearest level that leads them, empty if there is none."""
        leads_too = person_id in self.leaders.get(unit_id, {})
        unit_id = self.parents.get(unit_id) if leads_too else unit_id
        while unit_id is not None:
            if names := [name for leader, name in self.leaders.get(unit_id, {}).items() if leader != person_id]:
                return names
            unit_id = self.parents.get(unit_id)
        return []


def approvable_ids(statements, *, membership, person, on):
    """
    Return the ids of drafts that a member may approve.

    Managers approve those whom they lead. HR stands in where nobody leads above; the company admin may always.

    :param statements: statements that the member sees; never one's own.
    """
    drafts = [s for s in statements if s.status == Status.DRAFT and (person is None or s.person_id != person.pk)]
    if membership.may(Permission.PAY_APPROVE):
        return {s.pk for s in drafts}
    if not membership.may(Permission.PAY_RELEASE) or not drafts:
        return set()
    reviewers = Reviewers(on)
    return {s.pk for s in drafts if not reviewers.of(person_id=s.person_id, unit_id=s.unit_id)}


@dataclass(frozen=True)
class MonthSum:
    """
    What a month's statements come to, in minor units.

    :ivar payable: how many are published and not settled; `payable_total` is what is due on them.
    """

    count: int
    draft: int
    approved: int
    checked: int
    published: int
    stale: int
    total: int
    paid: int
    payable: int
    payable_total: int

    @property
    def due(self):
        return self.total - self.paid


def sum_of(statements):
    """Return what statements come to, in one query."""
    payable = Q(status=Status.PUBLISHED) & ~Q(total=F("paid"))
    found = statements.order_by().aggregate(
        # First: further down `total` and `paid` are the sums.
        payable=Count("pk", filter=payable),
        payable_total=Sum(F("total") - F("paid"), filter=payable, default=0),
        count=Count("pk"),
        **{status.lower(): Count("pk", filter=Q(status=status)) for status in Status.values},
        stale=Count("pk", filter=Q(is_stale=True)),
        total=Sum("total", default=0),
        paid=Sum("paid", default=0),
    )
    return MonthSum(**found)


def with_marks(statements):
    """Annotate statements with what a list shows beside them: what the person had the month before, open questions, notices."""
    before = Statement.objects.filter(person=OuterRef("person"), ends_before=OuterRef("starts_on"))
    events = StatementEvent.objects.filter(statement=OuterRef("pk"))
    last = events.order_by("-made_at", "-pk")
    return statements.annotate(
        before=Subquery(before.values("total")[:1]),
        has_notice=Exists(events.filter(kind=StatementEvent.Kind.NOTICE)),
        is_asked=Exists(Dispute.objects.filter(line__statement=OuterRef("pk"), status=Dispute.Status.OPEN)),
        last_step=Subquery(last.values("kind")[:1]),
    )


def months_with_statements():
    """Return the first days of all months that have statements, the latest first."""
    return list(Statement.objects.order_by("-starts_on").values_list("starts_on", flat=True).distinct())


def open_disputes(sight):
    """Return the unsettled questions about statements whom a member reviews, the most urgent first."""
    rows = Dispute.objects.filter(status=Dispute.Status.OPEN, line__statement__in=statements_led(sight).values("pk"))
    return rows.select_related("line__statement__person").order_by("due_on", "pk")


def disputes_in_sight(sight):
    """Return all questions about statements that a member sees."""
    rows = Dispute.objects.filter(line__statement__in=statements_in_sight(sight).values("pk"))
    return rows.select_related("line__statement__person", "settled_by")
