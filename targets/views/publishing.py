"""Making a plan count, taking it back, its history, and the sheet to take away."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from common import figures
from common.period_names import name_of
from common.periods import month_of
from targets import access, forms
from targets.models import NegotiationMove, PartStep, Plan, PlanStep
from targets.queries import negotiation, workbench
from targets.queries.parts import divided, gap_rows
from targets.queries.plans import sheet_of, year_of
from targets.queries.stage_versions import stage_life_of
from targets.queries.workbench import methods_of
from targets.rules import Tier
from targets.rules.sheets import gaps_by_unit
from targets.services import plans as services

SHOWN_GAPS = 100


@require_http_methods(["GET", "POST"])
def publish(request, plan_id):
    """Check a plan and publish it."""
    found = access.plan_for(request, plan_id)
    access.require_start(request)
    if found.status == Plan.Status.PUBLISHED:
        return redirect("targets:plan", found.pk)
    sheet, gaps, refusal = None, [], None
    if request.method == "POST":
        try:
            version = request.POST.get("version", "")
            seen = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
            services.publish(plan=found, seen_version=seen, now=timezone.now(), by=request.user)
            messages.success(request, _("Published. Everybody's figures will follow in a moment."))
            return redirect("targets:plan", found.pk)
        except services.DoesNotAddUp as error:
            sheet, gaps = error.sheet, error.gaps
        except services.PartsDoNotAddUp:
            pass  # told below, as when one looks
        except services.PlanRefused as error:
            refusal = error.reason
    sheet = sheet or sheet_of(found, company=request.company)
    if request.method == "GET" and sheet.root and found.metric.adds_up:
        gaps = sheet.sheet.gaps(sheet.root.key)
    by_unit = gaps_by_unit(gaps)
    whole = sheet.sheet.year_of(sheet.root.key) if sheet.root else None
    part_gaps = gap_rows(divided(sheet)) if sheet.root else []
    without = [
        node
        for node in sheet.nodes.values()
        if node.is_person and not node.is_leader and not sheet.sheet.year_of(node.key).commit
    ]
    talks = negotiation.not_accepted(sheet, on=timezone.localdate()) if whole and not gaps else []
    find = request.GET.get("find", "").strip()[:80]
    context = {
        "plan": found,
        "refusal": refusal,
        "year": name_of(year_of(found), found.year_starts_on.month),
        "gaps": [
            (sheet.nodes[gap.key], _months_in_words(gap.months), [Tier(name).label for name in gap.tiers], gap)
            for gap in by_unit[:SHOWN_GAPS]
        ],
        "gap_count": len(by_unit),
        "more": max(0, len(by_unit) - SHOWN_GAPS),
        "whole": whole,
        "units": sum(not node.is_person and bool(sheet.sheet.year_of(node.key).stretch) for node in sheet.nodes.values()),
        "people": sum(node.is_person and bool(sheet.sheet.year_of(node.key).stretch) for node in sheet.nodes.values()),
        "without": _by_unit(sheet, without, find),
        "without_count": len(without),
        "not_accepted": _by_unit(sheet, [talk.node for talk in talks], find),
        "not_accepted_count": len(talks),
        "find": find,
        "must_accept": request.company.targets_need_acceptance,
        "part_gaps": part_gaps[:SHOWN_GAPS],
        "part_gap_count": len(part_gaps),
        "root": sheet.root,
        "is_ready": bool(whole and whole.stretch and not gaps and not part_gaps),
    }
    return render(request, "targets/publish.html", context, status=422 if request.method == "POST" else 200)


def _by_unit(sheet, people, find):
    """Return the people whose own or whose unit's name holds what is looked for, by unit in the shown order: (unit, people)."""
    found = {}
    for node in people:
        unit = sheet.nodes[node.parent]
        if find.casefold() in f"{node.name}\n{unit.name}".casefold():
            found.setdefault(unit.key, (unit, []))[1].append(node)
    return list(found.values())


def _months_in_words(months):
    """Return months as people say them: those that follow one another as a span."""
    spans = []
    for month in map(month_of, months):
        if spans and spans[-1][1].ends_before == month.starts_on:
            spans[-1] = (spans[-1][0], month)
        else:
            spans.append((month, month))
    return [name_of(first) if first == last else f"{name_of(first)} – {name_of(last)}" for first, last in spans]


@require_http_methods(["GET", "POST"])
def withdraw(request, plan_id):
    """Make a published plan a draft again."""
    found = access.plan_for(request, plan_id)
    access.require_start(request)
    form = forms.WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            services.withdraw(plan=found, reason=form.cleaned_data["reason"], by=request.user)
            messages.success(request, _("The plan is a draft again. Publish it anew when it is right."))
        except services.PlanRefused as refusal:
            messages.warning(request, refusal.reason)
        return redirect("targets:plan", found.pk)
    if found.status != Plan.Status.PUBLISHED:
        return redirect("targets:plan", found.pk)
    context = {"plan": found, "form": form, "year": name_of(year_of(found), found.year_starts_on.month)}
    return render(request, "targets/withdraw.html", context, status=422 if form.is_bound else 200)


@require_GET
def history(request, plan_id):
    """Show what was done to a plan, by whom and how; to a manager for their own part."""
    found, reach = access.plan_for(request, plan_id), access.reach_of(request)
    unit_ids = None if reach.sees_everybody else reach.unit_ids
    steps = workbench.steps_of(found, unit_ids=unit_ids)
    page = Paginator(steps, 50).get_page(request.GET.get("page"))
    context = {
        "plan": found,
        "page": page,
        "events": _events(found, page, steps, unit_ids=unit_ids, currency=request.company.currency),
        "year": name_of(year_of(found), found.year_starts_on.month),
    }
    return render(request, "targets/history.html", context)


#: What the audit trail tells of a plan beside its steps.
_LIFE = {
    "targets.plan.started": (gettext_lazy("Plan started"), "file-plus", ""),
    "targets.plan.published": (gettext_lazy("Published"), "send", "on_pace"),
    "targets.plan.settings_changed": (gettext_lazy("Settings changed"), "settings", ""),
    "targets.plan.withdrawn": (gettext_lazy("Withdrawn"), "arrow-back-up", "at_risk"),
}


#: The same of a campaign in its year.
_STAGE_LIFE = {
    "targets.stages.started": (gettext_lazy("Targets by stage started"), "flag-3", ""),
    "targets.stages.published": (gettext_lazy("Targets by stage published"), "send", "on_pace"),
    "targets.stages.withdrawn": (gettext_lazy("Targets by stage withdrawn"), "arrow-back-up", "at_risk"),
}


def _events(plan, page, steps, *, unit_ids, currency):
    """Return the steps of a page with what happened to the plan as a whole, its parts and its campaigns between them, newest first."""
    shown = [_event(step, metric=plan.metric, currency=currency) for step in page.object_list]
    # A page tells what came after its oldest step, up to the oldest of the page before.
    since = shown[-1]["at"] if page.has_next() else None
    before = steps[page.start_index() - 2].made_at if page.has_previous() else None
    for entry in workbench.life_of(plan, actions=_LIFE, since=since, before=before):
        title, icon, tone = _LIFE[entry.action]
        event = {"at": entry.at, "title": title, "text": entry.after.get("reason", ""), "by": str(entry.by or "")}
        shown.append(event | {"icon": icon, "tone": tone})
    for entry, name in stage_life_of(plan, since=since, before=before):
        title, icon, tone = _STAGE_LIFE[entry.action]
        event = {"at": entry.at, "title": f"{name} · {title}", "text": entry.after.get("reason", ""), "by": str(entry.by or "")}
        shown.append(event | {"icon": icon, "tone": tone})
    for step, about in workbench.steps_beside(plan, unit_ids=unit_ids, since=since, before=before):
        title = " · ".join([about, step.get_verb_display(), step.unit.name])
        event = {"at": step.made_at, "title": title, "text": "", "by": str(step.made_by or "")}
        shown.append(event | {"icon": "chart-pie" if isinstance(step, PartStep) else "flag-3"})
    return sorted(shown, key=lambda event: event["at"], reverse=True)


_ICONS = {
    PlanStep.Verb.YEAR: "calendar-dollar",
    PlanStep.Verb.SPLIT: "arrows-split-2",
    PlanStep.Verb.CELL: "pencil",
    PlanStep.Verb.BLOCK: "table-row",
    PlanStep.Verb.LOCK: "lock",
    PlanStep.Verb.TIERS: "stairs",
    PlanStep.Verb.SPREAD: "arrows-diff",
    PlanStep.Verb.SUM: "sum",
    PlanStep.Verb.IMPORT: "table-import",
    PlanStep.Verb.UNDO: "arrow-back-up",
    PlanStep.Verb.ADJUST: "adjustments",
    PlanStep.Verb.COPY: "copy",
}


def _why(given, *, by):
    """Return what an adjustment was about, from when on, why, and who asked for it; "" for other steps."""
    if "adjustment" not in given:
        return ""
    asked_by = given.get("asked_by")
    asked = [_("Asked for by %(name)s") % {"name": asked_by}] if asked_by and asked_by != by else []
    return " · ".join([*(given[name] for name in ("about", "from", "reason") if given.get(name)), *asked])


def _event(step, *, metric, currency):
    """Return a step as the timeline shows it."""

    def amount(minor):
        return figures.amount(minor, kind=metric.kind, scale=metric.scale, language=get_language(), currency=currency)

    by = str(step.made_by or "")
    methods = [f"{word} {say:.0f}%" if say is not None else str(word) for word, say in methods_of(step)]
    if step.verb == PlanStep.Verb.YEAR:
        methods.insert(0, amount(step.inputs["year"]))
    given = step.inputs
    changes = [
        f"{row['name']} · {code} · {Tier(given['tier']).label}: {amount(was)} → {amount(now)}"
        for row in given.get("rows", {}).values()
        for code, (was, now) in row["periods"].items()
    ]
    if "talk" in given:
        was, now = map(amount, given["year"])
        changes = [f"{given['name']} · {NegotiationMove.Kind(given['talk']).label}: {was} → {now}"]
    if step.verb == PlanStep.Verb.LOCK:
        names = pgettext("between names", ", ").join(given["names"]) + ("…" if given["more"] else "")
        changes = [(_("Locked: %(names)s") if given["is_locked"] else _("Unlocked: %(names)s")) % {"names": names}]
    return {
        "at": step.made_at,
        "title": " · ".join([step.get_verb_display(), step.unit.name, *methods]),
        "text": "\n".join(changes[:3] + ["…"] * (len(changes) > 3)) or _why(given, by=by),
        "by": by,
        "icon": _ICONS[step.verb],
    }
