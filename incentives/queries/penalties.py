"""Reads about team rules and cases: what holds when, who has read it, whose cases one sees, what is due on statements."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, Subquery

from accounts.models import Membership
from accounts.rules import PERMISSIONS, Permission, Role
from incentives.models import RuleAcknowledgement, RuleCase, RuleVersion
from incentives.rules.penalties import EFFECTIVE, AppliesTo, CaseStatus, Effect
from teams.models import Assignment, Person, Unit
from teams.queries import LEADING_ROLES, path_of, people_in_sight, subtree_ids, with_place


@dataclass(frozen=True)
class CaseDue:
    """What a final case takes or gives, for a statement; minor units, never negative. `case_id` comes once, ever."""

    person_id: int
    case_id: int
    name: str
    amount_minor: int
    decided_on: date


def deductions_due(period):
    """
    Return what cases that became final in a period deduct, in a stable order; the statement applies its own limits.

    Final: the days to appeal went by without an appeal, or the appeal was answered and the case upheld.
    """
    return _due(period, Effect.PENALTY)


def rewards_due(period):
    """Return what confirmed rewards give that became final in a period; as `deductions_due`."""
    return _due(period, Effect.REWARD)


def _due(period, effect):
    rows = RuleCase.objects.final_in(period).filter(status__in=EFFECTIVE, version__effect=effect, version__amount__gt=0)
    rows = rows.select_related("version").order_by("person_id", "pk")
    return [CaseDue(row.person_id, row.pk, row.version.title, row.version.amount, row.decided_on) for row in rows]


def versions_in_force(on):
    """Return the version of every rule that holds on a day."""
    latest = RuleVersion.objects.filter(rule=OuterRef("rule"), holds_from__lte=on).order_by("-holds_from").values("pk")[:1]
    rows = RuleVersion.objects.filter(pk=Subquery(latest)).select_related("rule__unit")
    return rows.filter(Q(rule__retired_on=None) | Q(rule__retired_on__gt=on)).order_by("title", "pk")


def versions_shown(on):
    """Return what members read: the newest published version of every rule that is not retired, also one still to come."""
    latest = RuleVersion.objects.published().filter(rule=OuterRef("rule")).order_by("-number").values("pk")[:1]
    rows = RuleVersion.objects.filter(pk=Subquery(latest)).select_related("rule__unit")
    return rows.filter(Q(rule__retired_on=None) | Q(rule__retired_on__gt=on)).order_by("title", "pk")


def bound_by(version, *, on):
    """Return the people for whom a version of a rule holds on a day, annotated with their place."""
    people = with_place(Person.objects.employed_on(on), on=on)
    if version.rule.unit_id is not None:
        people = people.filter(unit_id__in=subtree_ids([version.rule.unit_id], on=on))
    if version.applies_to == AppliesTo.REPS:
        people = people.filter(unit_role=Role.REP)
    return people.order_by("name", "pk")


def acknowledged(version):
    """Return when who has read a version: {person id: day}."""
    rows = RuleAcknowledgement.objects.filter(version=version)
    return dict(rows.values_list("person_id", "acknowledged_on"))


@dataclass(frozen=True)
class Readers:
    """Who has read a version of those for whom it holds and whom one sees; `missing` are (id, name) of the others."""

    done: int
    of: int
    missing: tuple[tuple[int, str], ...]


def readers_of(version, *, sight, on):
    """Return who in sight has read a version and who has not."""
    seen = people_in_sight(sight).values("pk")
    people = list(bound_by(version, on=on).filter(pk__in=seen).values_list("pk", "name"))
    read = acknowledged(version)
    missing = tuple((pk, name) for pk, name in people if pk not in read)
    return Readers(len(people) - len(missing), len(people), missing)


def unread_by(person, *, on):
    """Return the versions that hold for a person, now or soon, and that they have not yet acknowledged."""
    read = RuleAcknowledgement.objects.filter(person=person).values("version")
    place = with_place(Person.objects.filter(pk=person.pk), on=on).values("unit_id", "unit_role").first()
    rows = versions_shown(on).exclude(pk__in=read)
    if place["unit_role"] != Role.REP:
        rows = rows.exclude(applies_to=AppliesTo.REPS)
    above, unit_id, parents = {None}, place["unit_id"], dict(Unit.objects.values_list("pk", "parent_id"))
    while unit_id is not None:
        above.add(unit_id)
        unit_id = parents[unit_id]
    return [row for row in rows if row.rule.unit_id in above]


def cases_in_sight(sight):
    """
    Return the cases a member sees: their own, and those of whom they lead; HR all. Peers never.

    Whoever leads a unit beside somebody is their peer: the next level sees and decides.

    One's own that still wait for the decision, or lapsed, are nobody's news yet: a person sees what was decided.
    """
    rows = RuleCase.objects.filter(person__in=_people_judged(sight).values("pk"))
    undecided = Q(status__in=(CaseStatus.PROPOSED, CaseStatus.LAPSED))
    return rows.exclude(undecided & Q(person=sight.person_id or 0)).select_related("version", "person")


def _people_judged(sight):
    people = people_in_sight(sight)
    if sight.sees_everybody:
        return people
    return people.exclude(Q(unit_id=sight.own_unit_id or 0, unit_role__in=LEADING_ROLES) & ~Q(pk=sight.person_id or 0))


def people_led(sight):
    """Return the people about whom a member may open a case: those whose cases they see, without themselves."""
    return _people_judged(sight).employed_on(sight.on).exclude(pk=sight.person_id or 0).order_by("name", "pk")


def is_another_decider(person, *, besides, on):
    """Return whether somebody else than a user could decide about a person on a day: HR, an admin, or who leads them."""
    roles = [role for role in Role if Permission.PENALTIES_DECIDE in PERMISSIONS[role]]
    everywhere = [role for role in roles if Permission.SEE_EVERYBODY in PERMISSIONS[role]]
    place = with_place(Person.objects.filter(pk=person.pk), on=on).values("unit_id", "unit_role").first()
    above = [unit.pk for unit in path_of(Unit.objects.get(pk=place["unit_id"]))] if place["unit_id"] else []
    if place["unit_role"] not in LEADING_ROLES:
        above.append(place["unit_id"])
    leads = Assignment.objects.on(on).filter(person__membership=OuterRef("pk"), role__in=LEADING_ROLES, unit__in=above)
    others = (
        Membership.objects.filter(role__in=roles, is_active=True).exclude(user=besides).exclude(pk=person.membership_id or 0)
    )
    return others.filter(Q(role__in=everywhere) | Exists(leads)).exists()


def waiting_for_answer(sight, *, user):
    """Return how many cases in sight wait for a member: (to be decided, under appeal), without what is somebody else's to do."""
    rows = cases_in_sight(sight).order_by().values_list("status", flat=True)
    of_others = Q(status=CaseStatus.PROPOSED, opened_by=user) | Q(status=CaseStatus.APPEALED, decided_by=user)
    statuses = list(rows.filter(status__in=(CaseStatus.PROPOSED, CaseStatus.APPEALED)).exclude(of_others))
    return statuses.count(CaseStatus.PROPOSED), statuses.count(CaseStatus.APPEALED)


def open_to_appeal(person, *, on):
    """Return a person's decided cases against which they may still appeal, the nearest deadline first."""
    rows = RuleCase.objects.filter(person=person, status=CaseStatus.CONFIRMED, final_on=None, appeal_until__gte=on)
    return list(rows.select_related("version").order_by(F("appeal_until"), "pk"))
