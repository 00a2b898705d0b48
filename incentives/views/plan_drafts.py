"""The doors to a draft of a pay plan: begun, for whom, what it pays for, checked and published, or thrown away."""

import json
from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.rules import Permission
from common import figures
from common.periods import add_months, month_of
from incentives.access import plans as access
from incentives.forms.components import ComponentForm
from incentives.forms.plans import PlanPeople, StartPlan
from incentives.models import PayPlanVersion
from incentives.queries.plan_checks import checks_of, next_start
from incentives.queries.plan_people import whom_in_words
from incentives.queries.plans import names_for, terms_of
from incentives.rules.checking import check_component
from incentives.rules.plan_templates import TEMPLATES
from incentives.rules.terms import Kind
from incentives.rules.wording import tell
from incentives.services import components as services
from incentives.services import plans as plan_services
from incentives.services.components import Draft, TermsRefused
from incentives.services.plan_templates import start_from_template
from incentives.services.plans import NotReady, PlanRefused
from teams.access import require


@require_http_methods(["GET", "POST"])
def start(request):
    """Begin a plan: empty, like another, or from a template."""
    require(request, Permission.PAY_PLAN)
    month = month_of(timezone.localdate()).starts_on
    templates = [(one.code, f"{one.name} – {one.text}") for one in TEMPLATES]
    form = StartPlan(request.POST or None, templates=templates, initial={"starts_on": add_months(month, 1)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        named = {name: given[name] for name in ("name", "starts_on", "client_ref")}
        template = next((one for one in TEMPLATES if one.code == given["begin"]), None)
        try:
            if template is not None:
                plan = start_from_template(template=template, by=request.user, **named)
            else:
                like = given.get("like") if given["begin"] == form.COPY else None
                plan = plan_services.start_plan(like=like, by=request.user, **named)
        except PlanRefused as refusal:
            form.add_error("name", refusal.reason)
        else:
            return redirect("incentives:plan", plan.pk)
    return render(request, "incentives/plan_start.html", {"form": form}, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def whom(request, version_id):
    """Say for whom a draft is, and from when to when."""
    version = access.draft_for(request, version_id)
    said = terms_of([version])[version.pk]
    initial = {
        "starts_on": version.starts_on,
        "last_day": version.ends_before and version.ends_before - timedelta(days=1),
        "roles": version.roles,
        "stages": version.stages,
        "units": list(said.unit_ids),
        "people": [person.pk for person in said.included],
        "left_out": [person.pk for person in said.left_out],
        "cap": version.cap,
        "note": version.note,
        "seen": version.revision,
    }
    about = {"currency": request.company.currency, "on": timezone.localdate()}
    form = PlanPeople(request.POST or None, initial=initial, **about)
    if request.method == "POST" and form.is_valid():
        try:
            plan_services.set_people(version=version, by=request.user, **form.cleaned_data)
        except PlanRefused as refusal:
            _tell_refusal(form, refusal, version)
        else:
            messages.success(request, _("Saved."))
            return _to_plan(version)
    context = {"form": form, "version": version, "plan": version.plan}
    return render(request, "incentives/plan_whom.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def publish(request, version_id):
    """Check a draft and publish it."""
    version = access.draft_for(request, version_id)
    if version.status != PayPlanVersion.Status.DRAFT and request.method == "GET":
        return _to_plan(version)
    checks, refusal = None, ""
    if request.method == "POST":
        seen = request.POST.get("seen", "")
        seen = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else None
        try:
            plan_services.publish(version=version, seen=seen, now=timezone.now(), by=request.user)
        except NotReady as error:
            checks = error.checks
        except PlanRefused as error:
            refusal = error.reason
            version.refresh_from_db()
        else:
            messages.success(request, _("Published. Everybody in it can read now what they are paid for."))
            return _to_plan(version)
    checks = checks if checks is not None else checks_of(version)
    context = {
        "version": version,
        "plan": version.plan,
        "checks": checks,
        "refusal": refusal,
        "is_ready": version.status == PayPlanVersion.Status.DRAFT and not any(check.is_in_the_way for check in checks),
        "whom": whom_in_words(terms_of([version])[version.pk]),
    }
    return render(request, "incentives/plan_publish.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def new_version(request, plan_id):
    """Begin a new version with what the published one says."""
    require(request, Permission.PAY_PLAN)
    on = timezone.localdate()
    plan = access.plan_for(request, plan_id, on=on)
    starts_on = next_start(plan, after=on, fiscal_start_month=request.company.fiscal_year_starts_in)
    try:
        version = plan_services.begin_version(plan=plan, starts_on=starts_on, by=request.user)
    except PlanRefused as refusal:
        messages.warning(request, refusal.reason)
        return redirect("incentives:plan", plan.pk)
    messages.success(request, _("This is a draft. Change it, then publish it; until then the version before it pays."))
    return _to_plan(version)


@require_POST
def discard(request, version_id):
    """Throw a draft away."""
    version = access.draft_for(request, version_id)
    try:
        plan_services.discard_draft(version=version, by=request.user)
    except PlanRefused as refusal:
        messages.warning(request, refusal.reason)
        return _to_plan(version)
    messages.success(request, _("The draft was thrown away."))
    return redirect("incentives:plan", version.plan_id) if version.number > 1 else redirect("incentives:plans")


@require_http_methods(["GET", "POST"])
def add(request, version_id, kind):
    """Add a component of one kind to a draft."""
    version = access.draft_for(request, version_id)
    if kind.upper() not in Kind.values:
        raise Http404
    form = _component_form(request, version, kind=kind.upper())
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            services.add_component(
                version=version, seen=given["seen"], key=given["key"], draft=Draft(**form.terms), by=request.user
            )
        except TermsRefused as refused:
            form.say(refused.findings)
        except PlanRefused as refusal:
            _tell_refusal(form, refusal, version)
        else:
            messages.success(request, _("Added."))
            return _to_plan(version)
    return _component_page(request, form, version, title=Kind(kind.upper()).label, is_new=True)


@require_http_methods(["GET", "POST"])
def component(request, version_id, component_id):
    """Change a component of a draft."""
    found = access.component_for(request, version_id, component_id)
    form = _component_form(request, found.version, kind=found.kind, draft=services.draft_of(found), key=found.key)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_component(
                component=found, seen=form.cleaned_data["seen"], draft=Draft(**form.terms), by=request.user
            )
        except TermsRefused as refused:
            form.say(refused.findings)
        except PlanRefused as refusal:
            _tell_refusal(form, refusal, found.version)
        else:
            messages.success(request, _("Saved."))
            return _to_plan(found.version)
    return _component_page(request, form, found.version, title=found.name)


@require_POST
def preview(request, version_id, kind):
    """Say in words what a component as typed so far would pay."""
    version = access.draft_for(request, version_id)
    if kind.upper() not in Kind.values:
        raise Http404
    form = _component_form(request, version, kind=kind.upper())
    said = None
    if form.is_valid():
        draft = Draft(**form.terms)
        said_terms = terms_of([version])[version.pk]
        parts = draft.parts_by_id
        component, steps, gates = draft.component(), draft.rows(), draft.gate_rows()
        # A table that nobody could be paid by is not put into words as if it held.
        faults = list(check_component(component, steps=steps, parts=parts, counted=form.counted, gates=gates))
        if not any(fault.use for fault in faults):
            names = names_for(request.company, (said_terms,))
            said = tell(component, steps=steps, parts=parts, names=names, gates=gates)
    return render(request, "incentives/_partials/component_preview.html", {"said": said})


@require_POST
def move(request, version_id, component_id, way):
    """Move a component up or down in the order in which people read it."""
    found = access.component_for(request, version_id, component_id)
    if way not in {"up", "down"}:
        raise Http404
    return _tried(request, found.version, services.move_component, component=found, up=way == "up")


@require_POST
def remove(request, version_id, component_id):
    """Take a component out of a draft."""
    found = access.component_for(request, version_id, component_id)
    return _tried(request, found.version, services.remove_component, component=found)


def _tried(request, version, service, **given):
    try:
        service(by=request.user, **given)
    except PlanRefused as refusal:
        messages.warning(request, refusal.reason)
    return _to_plan(version)


def _to_plan(version):
    response = redirect("incentives:plan", version.plan_id)
    response["Location"] += f"?version={version.number}"
    return response


def _tell_refusal(form, refusal, version):
    """Say why a draft did not take what was typed; who was told of a change may save again, knowing it."""
    form.add_error(None, refusal.reason)
    if refusal.code == "changed":
        version.refresh_from_db()
        form.catch_up(version.revision)


def _component_form(request, version, *, kind, draft=None, key=None):
    others = [(one.key, one.name) for one in version.components.order_by("position", "pk") if one.key != key]
    about = {"kind": kind, "seen": version.revision, "currency": request.company.currency}
    return ComponentForm(request.POST if request.method == "POST" else None, draft=draft, others=others, **about)


def _metric_units(form, currency):
    """Return {metric id: unit} in which the bounds of a table by its value are typed."""
    units = {figures.PERCENT: "%", figures.MONEY: currency, "MONEY_RATIO": currency}
    return {metric_id: units.get(kind, "") for metric_id, kind in form.metric_kinds.items()}


def _component_page(request, form, version, *, title, is_new=False):
    context = {
        "form": form,
        "version": version,
        "plan": version.plan,
        "title": title,
        "is_new": is_new,
        "kind": form.kind,
        "kind_label": form.kind.label,
        "currency_sign": figures.currency_sign(request.company.currency),
        "counts": [one.code for one in form.counted.values() if not one.is_money],
        "metric_units": json.dumps(_metric_units(form, figures.currency_sign(request.company.currency))),
        "rates": form.tables.get("RATE"),
        "scores": form.tables.get("SCORE"),
        "curve": form.tables.get("CURVE"),
        "gate": form.gates[0] if form.gates else None,
        "decay": form.tables.get("DECAY"),
    }
    return render(request, "incentives/component.html", context, status=422 if request.method == "POST" else 200)
