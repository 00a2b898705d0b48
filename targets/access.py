"""Plans and their rows for the member behind a request: out of sight is 404, in sight without the right is 403."""

import re
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from targets.models import Adjustment, Exemption, NegotiationRound, Plan, Pledge, StagePlan
from targets.queries.adjusting import waiting_adjustments
from targets.queries.negotiation import waiting_by_plan
from targets.queries.plans import plan_by_key
from teams.access import person_for, require, unit_for
from teams.models import Unit
from teams.queries import people_in_sight

_KEY = re.compile(r"u(?P<unit>\d{1,18})|p(?P<person>\d{1,18})-(?P<within>\d{1,18})", re.ASCII)


@dataclass(frozen=True)
class Reach:
    """
    What a member may do in every plan.

    One sets what is below a unit one leads; a unit's own target is set by who leads the unit above it.
    """

    sees_everybody: bool
    unit_ids: frozenset
    edits: bool
    leads_company: bool
    publishes: bool

    def sees(self, unit_id):
        return self.sees_everybody or unit_id in self.unit_ids

    def may_split(self, unit_id):
        """Return whether one may change what is below a unit."""
        return self.edits and self.sees(unit_id)

    def may_set(self, node, sheet):
        """Return whether one may change the target of a row of a plan's sheet."""
        if node.parent is None:
            return self.edits and self.leads_company
        return self.may_split(sheet.nodes[node.parent].unit_id)

    @property
    def may_publish(self):
        return self.publishes and self.leads_company


def reach_of(request):
    """Return what the member may do in every plan of the company."""
    sight, may = request.sight, request.membership.may
    leads_company = sight.sees_everybody or Unit.objects.filter(parent=None, pk__in=sight.unit_ids).exists()
    return Reach(
        sees_everybody=sight.sees_everybody,
        unit_ids=sight.unit_ids,
        edits=may(Permission.TARGETS_EDIT),
        leads_company=leads_company,
        publishes=may(Permission.TARGETS_PUBLISH),
    )


def plans_for(request):
    """Return the plans a member sees: all of them for who leads a unit or sees everybody, none for others."""
    if request.sight.sees_everybody or request.sight.unit_ids:
        return Plan.objects.all()
    return Plan.objects.none()


def plan_for(request, plan_id):
    """Return a plan in sight, with its metric and company."""
    is_in_sight = request.sight.sees_everybody or request.sight.unit_ids
    found = plan_by_key(plan_id) if is_in_sight else None
    if found is None:
        raise Http404
    found.company = request.company
    return found


def stage_plan_for(request, stage_plan_id):
    """Return targets by stage of a plan in sight."""
    rows = StagePlan.objects.filter(plan__in=plans_for(request)).select_related("plan__metric", "own")
    found = get_object_or_404(rows, pk=stage_plan_id)
    found.plan.company = request.company
    return found


def exemptions_in(request, plan):
    """Return who is to have no target in a plan, of those in sight, the latest first: [(Exemption, whether one may take it back)]."""
    rows = Exemption.objects.filter(plan=plan, person__in=people_in_sight(request.sight)).select_related("person", "made_by")
    may_lift = request.membership.may(Permission.TARGETS_EDIT)
    return [(row, may_lift and not _is_oneself(request, row.person_id)) for row in rows]


def exemption_for(request, exemption_id):
    """Return a statement that somebody in sight gets no target, for whoever may take it back."""
    rows = Exemption.objects.filter(plan__in=plans_for(request), person__in=people_in_sight(request.sight))
    found = get_object_or_404(rows.select_related("person", "plan__metric", "plan__company"), pk=exemption_id)
    require(request, Permission.TARGETS_EDIT)
    if _is_oneself(request, found.person_id):
        raise PermissionDenied
    return found


def _is_oneself(request, person_id):
    return request.person is not None and request.person.pk == person_id


def judged_plan_for(request, plan_id, person_id):
    """
    Return a plan for looking at one person's target in it: whoever sees the plan and the person, and, once it is published, themselves.

    :returns: (plan, person).
    """
    own = request.person
    if own is not None and own.pk == person_id:
        published = Plan.objects.filter(status=Plan.Status.PUBLISHED, targets__person=own)
        seen = plans_for(request) if request.sight.sees_everybody or request.sight.unit_ids else published
        return get_object_or_404(seen.select_related("metric", "company").distinct(), pk=plan_id), own
    plan = plan_for(request, plan_id)
    return plan, person_for(request, person_id)


def require_start(request):
    """Refuse who may not begin, publish or withdraw a plan of the whole company."""
    if not reach_of(request).may_publish:
        raise PermissionDenied


def unit_to_split(request, unit_id):
    """Return a unit in sight whose children the member may set."""
    return unit_for(request, unit_id, needing=Permission.TARGETS_EDIT)


def require_set(request, key):
    """Refuse a row's key as ``require_set_all`` does; return it."""
    return require_set_all(request, [key])[0]


def require_set_all(request, keys):
    """
    Refuse rows' keys that are out of sight (404) or whose target is set by somebody above (403).

    Whether a plan has such rows is for its sheet to say: where everybody is in sight nothing is looked up.

    :returns: the keys.
    """
    if not all(found := [_KEY.fullmatch(key) for key in keys]):
        raise Http404
    require(request, Permission.TARGETS_EDIT)
    if request.sight.sees_everybody:
        return keys
    own, within = ({int(match[part]) for match in found if match[part]} for part in ("unit", "within"))
    if not own | within <= request.sight.unit_ids:
        raise Http404
    # The unit above decides; whoever leads the root decides about the root, for nobody is above it.
    parents = dict(Unit.objects.filter(pk__in=own).values_list("pk", "parent_id")) if own else {}
    if not {parents[unit] or unit for unit in own} <= request.sight.unit_ids:
        raise PermissionDenied
    return keys


def adjustments_for(request):
    """Return the adjustments a member sees: those inside the units they lead, and what they asked for themselves."""
    found = Adjustment.objects.filter(plan__in=plans_for(request))
    if request.sight.sees_everybody:
        return found
    return found.filter(Q(unit_id__in=request.sight.unit_ids) | Q(made_by=request.user))


def adjustment_for(request, adjustment_id):
    """Return an adjustment in sight, with its plan."""
    found = adjustments_for(request).select_related("plan__metric", "plan__company", "unit", "level", "made_by", "decided_by")
    return get_object_or_404(found, pk=adjustment_id)


def may_decide(request, adjustment):
    """Return whether a member stands high enough to decide about an adjustment, whoever asked for it."""
    reach = reach_of(request)
    if adjustment.level_id is None:
        return reach.edits and reach.may_publish
    return reach.may_split(adjustment.level_id)


def adjustments_to_decide(request):
    """Return how many adjustments of each plan wait for the member (`queries.adjusting.Waiting`)."""
    if not request.membership.may(Permission.TARGETS_EDIT):
        return []
    return waiting_adjustments(
        unit_ids=None if request.sight.sees_everybody else request.sight.unit_ids,
        publishes=request.membership.may(Permission.TARGETS_PUBLISH),
        besides=request.user,
    )


def talks_to_answer(request, *, on):
    """Return what waits in the talks of a member's units, by plan (`queries.negotiation.Waiting`)."""
    if not request.membership.may(Permission.TARGETS_EDIT):
        return []
    unit_ids = None if request.sight.sees_everybody else request.sight.unit_ids
    return waiting_by_plan(unit_ids=unit_ids, besides=request.person, on=on)


def row_to_adjust(request, sheet, key):
    """Return the node of a row of a plan that the member may ask to be changed."""
    require_set(request, key)
    if (node := sheet.nodes.get(key)) is None:
        raise Http404
    return node


def rounds_for(request):
    """Return the rounds of talks a member sees: their own, and those with people in units in sight."""
    rounds = NegotiationRound.objects.select_related("plan__metric", "plan__company", "person", "unit", "proposed_by")
    if request.sight.sees_everybody:
        return rounds
    return rounds.filter(Q(person=request.sight.person_id) | Q(unit__in=request.sight.unit_ids))


def round_for(request, round_id):
    """Return a round of talks in sight."""
    return get_object_or_404(rounds_for(request), pk=round_id)


def is_own(request, found):
    """Return whether a round or pledge is the member's own."""
    return request.person is not None and found.person_id == request.person.pk


def own_round(request, round_id):
    """Return a round of one's own: nobody answers for somebody else."""
    found = round_for(request, round_id)
    if not is_own(request, found):
        raise PermissionDenied
    return found


def may_answer(request, found):
    """Return whether a member answers what somebody says in a round: whoever sets targets in its unit, never oneself."""
    return not is_own(request, found) and reach_of(request).may_split(found.unit_id)


def round_to_answer(request, round_id):
    """Return a round in which the member answers for the company."""
    found = round_for(request, round_id)
    if not may_answer(request, found):
        raise PermissionDenied
    return found


def pledge_for(request, pledge_id):
    """Return a signed pledge in sight."""
    return get_object_or_404(Pledge.objects.filter(round__in=rounds_for(request)).select_related("signed_by"), pk=pledge_id)


_ABOUT = re.compile(r"(?P<kind>[up])(?P<id>\d{1,18})", re.ASCII)


def target_about(request, plan_id, key):
    """
    Return a plan with the unit or the person that a key names, both in sight: (plan, unit, person).

    Of their own, people see the plans that are published or were proposed to them.
    """
    if not (match := _ABOUT.fullmatch(key)):
        raise Http404
    if match["kind"] == "u":
        return plan_for(request, plan_id), unit_for(request, int(match["id"])), None
    person = person_for(request, int(match["id"]))
    if not (request.person is not None and person.pk == request.person.pk):
        return plan_for(request, plan_id), None, person
    known = Q(status=Plan.Status.PUBLISHED) | Q(rounds__person=person) | Q(pk__in=plans_for(request))
    plans = Plan.objects.filter(known).select_related("metric", "company").distinct()
    return get_object_or_404(plans, pk=plan_id), None, person


def may_plan_actions(request, person):
    """Return whether a member writes an action plan: the person's own, or as whoever sets targets."""
    return (request.person is not None and person == request.person) or request.membership.may(Permission.TARGETS_EDIT)
