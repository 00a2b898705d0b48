"""Somebody who is to have no target in a plan: said once with the reason, and taken back."""

from django.db import transaction

from accounts.services import record
from targets.models import Exemption
from targets.services.adjustments import AdjustmentRefused, opened


@transaction.atomic
def exempt(*, plan, person, reason, by) -> Exemption:
    """
    Let somebody have no target in a published plan; they are not listed as a joiner without one any more.

    Who says it again for the same person changes nothing.

    :raises AdjustmentRefused: ``no_reason``, ``not_published``.
    """
    if not (reason := reason.strip()):
        raise AdjustmentRefused("no_reason")
    plan = opened(plan)
    if there := Exemption.objects.filter(plan=plan, person=person).first():
        return there
    made = Exemption.objects.create(plan=plan, person=person, reason=reason[:300], made_by=by)
    record("targets.exemption.made", about=made, by=by, after={"reason": reason})
    return made


@transaction.atomic
def lift(*, exemption, by):
    """Take it back: the person is listed again while they have no target. Who does it twice does it once."""
    opened(exemption.plan)
    if there := Exemption.objects.filter(pk=exemption.pk).select_related("person", "plan").first():
        record("targets.exemption.withdrawn", about=there, by=by, before={"reason": there.reason})
        there.delete()
