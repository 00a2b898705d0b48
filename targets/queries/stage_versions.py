"""A campaign's past, derived from its steps and the audit trail, as `targets.queries.versions` derives a plan's."""

from dataclasses import replace

from accounts.models import AuditEntry
from targets.models import StagePlan, StageStep
from targets.queries.stages import stage_sheet_of
from targets.queries.versions import counted_on, end_of

#: What the audit trail tells of a campaign as a whole.
LIFE = ("targets.stages.started", "targets.stages.published", "targets.stages.withdrawn")
_ABOUT = "targets.stageplan"


def stage_life_of(plan, *, since=None, before=None):
    """
    Return the audit entries about a plan's campaigns as a whole, newest first: (entry, name of the campaign).

    :param since, before: the instants they lie between, open where not given.
    """
    names = dict(StagePlan.objects.filter(plan=plan).values_list("pk", "own__name"))
    entries = AuditEntry.objects.filter(about_model=_ABOUT, about_id__in=list(names), action__in=LIFE)
    if since is not None:
        entries = entries.filter(at__gte=since)
    if before is not None:
        entries = entries.filter(at__lt=before)
    return [(entry, names[entry.about_id]) for entry in entries.select_related("by").order_by("-pk")]


def stage_sheet_on(stage_plan, day, *, company):
    """
    Return a campaign's targets as they stood at the end of a day, in the tree and the stages of today.

    What a stage asked for that is not there any more is not shown.
    """
    sheet = stage_sheet_of(stage_plan, company=company)
    found = {}
    steps = StageStep.objects.filter(stage_plan=stage_plan, made_at__gte=end_of(day)).order_by("pk")
    for inputs, before in steps.values_list("inputs", "before").iterator():
        for key, image in before.items():
            found[key] = dict(zip(inputs["stages"], image, strict=True)) | found.get(key, {})
    cells = {key: sheet.of_today(key, kept) for key, kept in found.items() if key in sheet.nodes}
    return replace(sheet, sheet=sheet.sheet.with_changes(cells))


def stages_counted_on(stage_plan, day):
    """Return whether a campaign's own targets counted at the end of a day."""
    return counted_on(stage_plan, day, about=_ABOUT, actions=LIFE[1:])


def stage_plans_on(plan, day):
    """Return the campaigns of a plan that had targets of their own at the end of a day, the earliest first."""
    rows = StagePlan.objects.filter(plan=plan, created_at__lt=end_of(day)).select_related("plan__metric", "own")
    return list(rows.order_by("own__starts_on", "pk"))
