"""A pay plan's life: begun, changed while it is a draft, published, followed by a new version, ended."""

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.services import change, record
from common.refusals import Refusal
from common.repeats import made_before
from incentives.models import (
    Component,
    Gate,
    KpiPart,
    PayPlan,
    PayPlanPerson,
    PayPlanUnit,
    PayPlanVersion,
    Statement,
    Step,
)
from incentives.queries.plan_checks import checks_of
from incentives.queries.plans import terms_of
from incentives.rules import terms as words

Status = PayPlanVersion.Status


class PlanRefused(Refusal):
    """A change that a pay plan cannot take."""

    sentences = {
        "no_name": _("Give the plan a name."),
        "exists": _("There is a plan with this name already."),
        "not_draft": _(
            "A published version never changes. Begin a new version: it holds from a day on, and what was paid stays."
        ),
        "changed": _(
            "Somebody else has changed this draft meanwhile. What you entered is still here: look at the draft as it is now, "
            "then save again."
        ),
        "has_draft": _("This plan has a draft already; go on with that one."),
        "has_draft_end": _("This plan has a draft. Publish or discard it first."),
        "not_published": _("Nothing of this plan is published yet."),
        "days": _("The last day must not be before the first."),
        "later": _("A later version begins on %(day)s. End that one, or choose a day before it begins."),
        "paid": _("Statements until %(day)s were published by this version. It can end after that day."),
        "in_force": _("This plan still pays people. End it first."),
        "component_gone": _("Somebody else has removed this component meanwhile."),
    }

    field = None


class NotReady(Exception):
    """
    A draft that cannot be published.

    :ivar checks: everything that was checked, `queries.plan_checks.Check`.
    """

    def __init__(self, checks):
        super().__init__(f"{len(checks)} checks")
        self.checks = checks


@transaction.atomic
def start_plan(*, name, starts_on, note="", like=None, client_ref=None, by):
    """
    Begin a plan with the draft of its first version; the same `client_ref` again gives the same plan.

    :param like: the version of another plan to begin with, people and components alike.
    :raises PlanRefused: ``no_name``, ``exists``.
    """
    if known := made_before(PayPlan.objects, client_ref):
        return known
    plan = PayPlan(name=_named(name), note=note.strip(), client_ref=client_ref)
    _save_named(plan)
    version = PayPlanVersion.objects.create(plan=plan, number=1, starts_on=starts_on)
    record("incentives.payplanversion.started", about=version, by=by, after={"starts_on": starts_on})
    if like is not None:
        _copy(like, version, keeps_keys=False)
    return plan


@transaction.atomic
def rename_plan(*, plan, name, note="", by):
    """
    Call a plan otherwise.

    :raises PlanRefused: ``no_name``, ``exists``.
    """
    try:
        with transaction.atomic():
            change(plan, action="incentives.payplan.renamed", by=by, name=_named(name), note=note.strip())
    except IntegrityError:
        raise PlanRefused("exists") from None


@transaction.atomic
def set_people(
    *,
    version,
    seen=None,
    starts_on,
    ends_before=None,
    roles=(),
    stages=(),
    units=(),
    people=(),
    left_out=(),
    cap=None,
    note="",
    by,
):
    """
    Say for whom a draft is, from when to when, and what it pays at most a month.

    :param seen: the revision that was on the screen; None takes any.
    :param people, left_out: people who are in it, or not, whatever else is said.
    :param cap: minor units, None for no cap.
    :raises PlanRefused: ``not_draft``, ``changed``, ``days``.
    """
    version = locked_draft(version, seen)
    if ends_before is not None and ends_before <= starts_on:
        raise PlanRefused("days")
    before = _as_recorded(version)
    version.starts_on, version.ends_before, version.cap, version.note = starts_on, ends_before, cap, note.strip()
    version.roles, version.stages = sorted(roles), sorted(stages)
    version.units.all().delete()
    version.people.all().delete()
    PayPlanUnit.objects.bulk_create(PayPlanUnit(version=version, unit=unit) for unit in units)
    out = {person.pk for person in left_out}
    PayPlanPerson.objects.bulk_create(
        PayPlanPerson(version=version, person=person, is_left_out=person.pk in out)
        for person in {person.pk: person for person in (*people, *left_out)}.values()
    )
    # Saved as it is, it stays the draft that others look at.
    if _record_change(version, "incentives.payplanversion.changed", before, by):
        touch(version, "starts_on", "ends_before", "cap", "note", "roles", "stages")
    return version


@transaction.atomic
def publish(*, version, seen=None, now, by):
    """
    Make a draft hold from its first day on; the version before it ends there.

    :param seen: the revision whose checks were on the screen.
    :param now: the instant of publication.
    :raises PlanRefused: ``not_draft``, ``changed``.
    :raises NotReady: with everything that was checked, if anything of it stands in the way.
    """
    version = locked_draft(version, seen)
    checks = checks_of(version)
    if any(check.is_in_the_way for check in checks):
        raise NotReady(checks)
    before = (
        version.plan.versions.filter(status=Status.PUBLISHED, starts_on__lt=version.starts_on).order_by("-starts_on").first()
    )
    if before is not None and (before.ends_before is None or before.ends_before > version.starts_on):
        change(before, action="incentives.payplanversion.ended", by=by, ends_before=version.starts_on)
    version.status, version.published_at, version.published_by = Status.PUBLISHED, now, by
    touch(version, "status", "published_at", "published_by")
    after = {"starts_on": version.starts_on, "ends_before": version.ends_before}
    record("incentives.payplanversion.published", about=version, by=by, after=after)
    return version


@transaction.atomic
def begin_version(*, plan, starts_on, by):
    """
    Begin a new version with what the latest published one says.

    :raises PlanRefused: ``has_draft``, ``not_published``.
    """
    plan = PayPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.versions.filter(status=Status.DRAFT).exists():
        raise PlanRefused("has_draft")
    latest = plan.versions.filter(status=Status.PUBLISHED).order_by("-starts_on").first()
    if latest is None and plan.versions.exclude(status=Status.DISCARDED).exists():
        raise PlanRefused("not_published")
    number = plan.versions.aggregate(last=Max("number"))["last"] + 1
    version = PayPlanVersion.objects.create(plan=plan, number=number, starts_on=starts_on)
    if latest is not None:
        _copy(latest, version, keeps_keys=True)
    change(plan, action="incentives.payplan.reopened", by=by, is_archived=False)
    record("incentives.payplanversion.started", about=version, by=by, after={"starts_on": starts_on})
    return version


@transaction.atomic
def end_plan(*, plan, ends_before, by):
    """
    Let a plan end: it pays for nothing from that day on. What was paid stays.

    :raises PlanRefused: ``not_published``, ``has_draft_end``, ``later``, ``days``, ``paid``.
    """
    plan = PayPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.versions.filter(status=Status.DRAFT).exists():
        raise PlanRefused("has_draft_end")
    latest = plan.versions.filter(status=Status.PUBLISHED).order_by("-starts_on").first()
    if latest is None:
        raise PlanRefused("not_published")
    if ends_before <= latest.starts_on:
        raise PlanRefused("later", day=latest.starts_on.isoformat())
    refuse_if_paid(latest, ends_before)
    change(latest, action="incentives.payplanversion.ended", by=by, ends_before=ends_before)
    return latest


def refuse_if_paid(version, ends_before):
    """
    Refuse to end a version before days for which statements by it were published.

    :raises PlanRefused: ``paid``.
    """
    if (last := paid_until(version)) and last.ends_before > ends_before:
        raise PlanRefused("paid", day=last.ends_before.isoformat())


def paid_until(version):
    """Return the latest published statement with lines of a version, or None."""
    lines = Statement.objects.filter(lines__component__version=version, status=words.Status.PUBLISHED)
    return lines.order_by("-ends_before").first()


@transaction.atomic
def discard_draft(*, version, by):
    """
    Throw a draft away; a plan of which nothing was ever published goes to the archive with it.

    :raises PlanRefused: ``not_draft``.
    """
    version = locked_draft(version)
    version.status = Status.DISCARDED
    touch(version, "status")
    record("incentives.payplanversion.discarded", about=version, by=by)
    if not version.plan.versions.filter(status=Status.PUBLISHED).exists():
        change(version.plan, action="incentives.payplan.archived", by=by, is_archived=True)


@transaction.atomic
def archive_plan(*, plan, on, by):
    """
    Put a plan that pays nobody any more out of the way.

    :param on: today.
    :raises PlanRefused: ``in_force``, ``has_draft_end``.
    """
    plan = PayPlan.objects.select_for_update().get(pk=plan.pk)
    if plan.versions.filter(status=Status.DRAFT).exists():
        raise PlanRefused("has_draft_end")
    published = plan.versions.filter(status=Status.PUBLISHED)
    if published.exclude(ends_before__lte=on).exists():
        raise PlanRefused("in_force")
    change(plan, action="incentives.payplan.archived", by=by, is_archived=True)


def locked_draft(version, seen=None):
    """
    Return a draft, locked until the transaction ends.

    :param seen: the revision that was on the screen.
    :raises PlanRefused: ``not_draft``, ``changed``.
    """
    version = PayPlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version.pk)
    if version.status != Status.DRAFT:
        raise PlanRefused("not_draft")
    if seen is not None and seen != version.revision:
        raise PlanRefused("changed")
    return version


def touch(version, *fields):
    """Save fields of a locked draft as its next revision."""
    version.revision += 1
    version.save(update_fields=[*fields, "revision"])


def _named(name):
    if not (name := name.strip()):
        raise PlanRefused("no_name")
    return name


def _save_named(plan):
    try:
        with transaction.atomic():
            plan.save()
    except IntegrityError:
        raise PlanRefused("exists") from None


def _as_recorded(version):
    """Return for whom a version is, as the audit trail keeps it."""
    (said,) = terms_of([version]).values()
    return {
        "starts_on": version.starts_on,
        "ends_before": version.ends_before,
        "roles": version.roles,
        "stages": version.stages,
        "cap": version.cap,
        "note": version.note,
        "units": list(said.units),
        "people": [person.name for person in said.included],
        "left_out": [person.name for person in said.left_out],
    }


def _record_change(version, action, before, by):
    """Record what a version says otherwise than before; return whether it does."""
    after = _as_recorded(version)
    differing = [name for name in after if after[name] != before[name]]
    if differing:
        old, new = ({name: side[name] for name in differing} for side in (before, after))
        record(action, about=version, by=by, before=old, after=new)
    return bool(differing)


def _copy(source, target, *, keeps_keys):
    """Give a new draft everything that another version says."""
    (said,) = terms_of([source]).values()
    for name in ("roles", "stages", "cap"):
        setattr(target, name, getattr(source, name))
    target.save(update_fields=["roles", "stages", "cap"])
    PayPlanUnit.objects.bulk_create(PayPlanUnit(version=target, unit_id=unit_id) for unit_id in sorted(said.unit_ids))
    PayPlanPerson.objects.bulk_create(
        PayPlanPerson(version=target, person_id=row.person_id, is_left_out=row.is_left_out) for row in said.people
    )
    keys, gates = {}, []
    for component, steps, parts in said.components:
        copy = _as_new(component, version=target)
        if not keeps_keys:
            copy.key = Component._meta.get_field("key").get_default()
        keys[component.key] = copy.key
        copy.save()
        gates += [_as_new(gate, component=copy) for gate in component.gates.all()]
        Step.objects.bulk_create(_as_new(step, component=copy) for step in steps)
        KpiPart.objects.bulk_create(
            KpiPart(component=copy, metric_id=metric, weight=weight, reads=reads, by_value=by_value)
            for metric, weight, reads, by_value in parts
        )
    for gate in gates:
        gate.awaits = gate.awaits and keys.get(gate.awaits)
    Gate.objects.bulk_create(gate for gate in gates if gate.awaits or gate.metric_id)


def _as_new(row, **values):
    """Return a copy of a row that is not saved yet."""
    fields = [f for f in row._meta.concrete_fields if not f.primary_key and f.attname != "company_id"]
    kept = {f.attname: getattr(row, f.attname) for f in fields if f.name not in values}
    return type(row)(**kept, **values)
