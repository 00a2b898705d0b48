"""The tree of units."""

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.services import change, record
from common.refusals import Refusal
from common.tenancy import require_company_id
from teams import queries, signals
from teams.models import Assignment, Unit


class UnitRefused(Refusal):
    """The tree cannot be changed so."""

    sentences = {
        "name_taken": _("There is a unit of this name in the same place already."),
        "loop": _("A unit cannot belong to itself or to a unit below it."),
        "root_stays": _("The company itself stays at the top."),
        "needs_parent": _("Every unit but the company belongs to another one."),
        "parent_closed": _("The unit above is closed."),
        "has_people": _("People are still assigned to this unit. Transfer them first."),
        "has_units": _("There are open units below this one. Close or move them first."),
    }


@transaction.atomic
def add_unit(*, name, kind, parent, by):
    """
    Add a unit below another one, after its siblings; without a parent it is the company itself, of which there is one.

    :raises UnitRefused: if the name is taken there, the parent is closed, or a second root was asked for.
    """
    _lock_tree()
    kind = Unit.Kind(kind)
    if (parent is None) != (kind == Unit.Kind.COMPANY):
        raise UnitRefused("needs_parent" if parent is None else "root_stays")
    if parent is None and Unit.objects.filter(parent=None).exists():
        raise UnitRefused("needs_parent")
    if parent is not None and Unit.objects.get(pk=parent.pk).closed_on:
        raise UnitRefused("parent_closed")
    unit = Unit(name=name.strip(), kind=kind, parent=parent, position=_last_position(parent) + 1)
    _save_with_free_name(unit.save)
    record("teams.unit.added", about=unit, by=by, after={"name": unit.name, "kind": unit.kind, "parent": str(parent or "")})
    signals.units_changed.send(sender=Unit, unit=unit, by=by)
    return unit


@transaction.atomic
def rename_unit(*, unit, name, by):
    """
    Give a unit another name.

    :raises UnitRefused: if a sibling has it.
    """
    unit = _locked(unit)
    _save_with_free_name(lambda: change(unit, action="teams.unit.renamed", by=by, name=name.strip()))
    return unit


@transaction.atomic
def move_unit(*, unit, parent, by):
    """
    Hang a unit, with everything below it, under another one.

    What people did stays with their unit; from now on the unit counts for its new place, in open periods too.

    :raises UnitRefused: for the root, for a place inside the unit itself, for a closed parent or a name that is taken there.
    """
    _lock_tree()
    unit, parent = _locked(unit), Unit.objects.get(pk=parent.pk)
    if unit.parent_id is None:
        raise UnitRefused("root_stays")
    if parent.pk in queries.subtree_ids([unit.pk]):
        raise UnitRefused("loop")
    if parent.closed_on:
        raise UnitRefused("parent_closed")
    if unit.parent_id == parent.pk:
        return unit
    position = _last_position(parent) + 1
    _save_with_free_name(lambda: change(unit, action="teams.unit.moved", by=by, parent=parent, position=position))
    signals.units_changed.send(sender=Unit, unit=unit, by=by)
    return unit


@transaction.atomic
def close_unit(*, unit, closed_on, by):
    """
    Close a unit from a day on; its figures stay.

    :raises UnitRefused: for the root, or while people or open units belong to it on that day or later.
    """
    _lock_tree()
    unit = _locked(unit)
    if unit.parent_id is None:
        raise UnitRefused("root_stays")
    if Unit.objects.filter(parent=unit, closed_on=None).exists():
        raise UnitRefused("has_units")
    if Assignment.objects.filter(Q(ends_before=None) | Q(ends_before__gt=closed_on), unit=unit).exists():
        raise UnitRefused("has_people")
    if change(unit, action="teams.unit.closed", by=by, closed_on=closed_on):
        signals.units_changed.send(sender=Unit, unit=unit, by=by)
    return unit


@transaction.atomic
def reopen_unit(*, unit, by):
    """
    Open a closed unit again.

    :raises UnitRefused: if the unit above is closed.
    """
    _lock_tree()
    unit = _locked(unit)
    if unit.parent_id and Unit.objects.get(pk=unit.parent_id).closed_on:
        raise UnitRefused("parent_closed")
    if change(unit, action="teams.unit.reopened", by=by, closed_on=None):
        signals.units_changed.send(sender=Unit, unit=unit, by=by)
    return unit


def _lock_tree():
    # Two moves at once, each without a loop, could make one together; and nobody may arrive while a unit closes.
    Company.objects.select_for_update(of=("self",)).get(pk=require_company_id())


def _locked(unit):
    return Unit.objects.select_related("parent").select_for_update(of=("self",)).get(pk=unit.pk)


def _last_position(parent):
    return Unit.objects.filter(parent=parent).aggregate(last=Max("position"))["last"] or 0


def _save_with_free_name(save):
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        raise UnitRefused("name_taken") from error
