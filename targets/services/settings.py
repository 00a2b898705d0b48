"""The settings of a plan: how far floor and stretch lie from the target, and what units plan over on purpose."""

from django.db import transaction

from accounts.services import record
from targets import rules
from targets.models import PlanStep
from targets.queries.plans import sheet_of
from targets.queries.proposals import named
from targets.services.plans import PlanRefused, locked
from targets.services.steps import take_step

FIELDS = ("floor_percent", "stretch_percent", "over_company", "over_region", "over_team")


@transaction.atomic
def change_settings(*, plan, given, is_retiered=False, seen_version=None, by):
    """
    Change how tiers are derived and what is planned over; targets stay, and show what does not add up any more.

    :param given: the new values of ``FIELDS``, per cent.
    :param is_retiered: floor and stretch of every cell are worked out anew as well, in one step that can be undone; commit
        targets and locked cells stay.
    :param seen_version: the plan's version that was on the screen.
    :raises PlanRefused: ``tiers``, ``buffer``, ``published``, ``changed``, ``no_organisation``.
    :raises KeptRefused: if locked cells leave no room for the new floor and stretch; nothing is changed then.
    """
    plan = locked(plan)
    if seen_version is not None and seen_version != plan.version:
        raise PlanRefused("changed")
    if not 0 <= given["floor_percent"] <= 100 <= given["stretch_percent"] < 1000:
        raise PlanRefused("tiers")
    if not all(0 <= given[name] <= 100 for name in FIELDS[2:]):
        raise PlanRefused("buffer")
    before = {name: str(getattr(plan, name)) for name in FIELDS}
    for name in FIELDS:
        setattr(plan, name, given[name])
    plan.version += 1
    plan.save(update_fields=[*FIELDS, "version"])
    record("targets.plan.settings_changed", about=plan, by=by, before=before, after={name: str(given[name]) for name in FIELDS})
    if is_retiered:
        sheet = sheet_of(plan, company=plan.company)
        if sheet.root is None:
            raise PlanRefused("no_organisation")
        rule = rules.TierRule(plan.floor_percent, plan.stretch_percent, plan.rounding_unit)
        try:
            changes = rules.retier(sheet.sheet, sheet.root.key, rule)
        except rules.KeptRefused as refusal:
            raise named(sheet, refusal) from refusal
        inputs = {"floor_percent": str(plan.floor_percent), "stretch_percent": str(plan.stretch_percent)}
        by_hand = {key: sheet.by_hand.get(key, frozenset()) for key in changes}
        take_step(sheet, sheet.root, PlanStep.Verb.TIERS, changes, by_hand=by_hand, inputs=inputs, by=by)
    return plan
