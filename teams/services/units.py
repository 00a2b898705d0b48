"""The tree of units."""

from datetime import UTC, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from accounts.services import change, record
from common.refusals import Refusal
from common.tenancy import require_company_id
from teams import queries, signals
from teams.models import Assignment, Unit, UnitPlacement


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
        "is_expecting": _("Another unit is planned to move here from %(day)s on. Move it elsewhere first."),
        "later_move": _("The unit moves on %(day)s already. Only a move from that day on can be entered."),
        "period_closed": _("The books are closed before %(day)s. A unit can move from that day on."),
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
    _refuse_taken_name(name.strip(), parent)
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
    _lock_tree()
    unit = _locked(unit)
    _refuse_taken_name(name.strip(), unit.parent, unit=unit)
    if (latest := _latest_placement(unit)) is not None:
        _refuse_taken_name(name.strip(), latest.parent, unit=unit)
    _save_with_free_name(lambda: change(unit, action="teams.unit.renamed", by=by, name=name.strip()))
    return unit


@transaction.atomic
def move_unit(*, unit, parent, from_day, today, by):
    """
    Hang a unit, with everything below it, under another one from a day on, which may be past or to come.

    Figures of days before stay with the units above that it had then. A day to come is carried out by the night's job.

    :param today: the company's day, on which `Unit.parent` holds.
    :raises UnitRefused: for the root, for a place that is inside the unit itself on any day from then on, for a closed
        parent, a name that is taken there, a day before the unit's latest move or in a closed period.
    """
    # Before the tree is locked: a receiver may wait for somebody who needs the company's row.
    signals.unit_moving.send(sender=Unit, unit=unit, from_day=from_day)
    _lock_tree()
    unit, parent = _locked(unit), Unit.objects.get(pk=parent.pk)
    if unit.parent_id is None:
        raise UnitRefused("root_stays")
    latest = _latest_placement(unit)
    if latest is not None and from_day < latest.from_day:
        raise UnitRefused("later_move", day=latest.from_day.isoformat())
    _refuse_loop(unit, parent, from_day)
    if parent.closed_on:
        raise UnitRefused("parent_closed")
    above = latest.parent if latest is not None else unit.parent
    if above.pk == parent.pk:
        return unit
    _refuse_taken_name(unit.name, parent, unit=unit)
    if latest is None:
        # It was there from the beginning, and everybody knew.
        beginning = datetime.combine(UnitPlacement.FIRST_DAY, time.min, tzinfo=UTC)
        UnitPlacement.objects.create(
            unit=unit, parent=above, from_day=UnitPlacement.FIRST_DAY, recorded_at=beginning, recorded_by=by
        )
    UnitPlacement.objects.create(unit=unit, parent=parent, from_day=from_day, recorded_by=by)
    record(
        "teams.unit.moved",
        about=unit,
        by=by,
        before={"parent": str(above)},
        after={"parent": str(parent), "from_day": from_day.isoformat()},
    )
    _hang(unit, queries.parents_on(today)[unit.pk])
    signals.units_changed.send(sender=Unit, unit=unit, by=by)
    return unit


@transaction.atomic
def carry_out_moves(*, today):
    """Hang every unit where it was planned to be by now; return how many moved. Figures had followed their days already."""
    _lock_tree()
    moved = 0
    parents = queries.parents_on(today)
    for unit in Unit.objects.filter(pk__in=UnitPlacement.objects.values("unit")).order_by("pk"):
        moved += _hang(unit, parents[unit.pk])
    return moved


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
    for other in Unit.objects.filter(placements__parent=unit, closed_on=None).distinct():
        if (latest := _latest_placement(other)).parent_id == unit.pk:
            raise UnitRefused("is_expecting", day=latest.from_day.isoformat())
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


def _latest_placement(unit):
    return UnitPlacement.objects.filter(unit=unit).select_related("parent").order_by("from_day", "recorded_at", "pk").last()


def _hang(unit, parent_id):
    """Let `Unit.parent` be this one; return whether it was another."""
    if unit.parent_id == parent_id:
        return False
    unit.parent = Unit.objects.get(pk=parent_id)
    unit.position = _last_position(unit.parent) + 1
    _save_with_free_name(lambda: unit.save(update_fields=["parent", "position"]))
    return True


def _refuse_loop(unit, parent, from_day):
    """Raise if the unit would stand above itself on that day, or on any later day on which another unit moves."""
    later = (
        UnitPlacement.objects.filter(from_day__gt=from_day).order_by("from_day").values_list("from_day", flat=True).distinct()
    )
    for day in (from_day, *later):
        if parent.pk in queries.subtree_ids([unit.pk], on=day):
            raise UnitRefused("loop")


def _refuse_taken_name(name, parent, *, unit=None):
    """Raise if another unit of that name is below the parent, or is planned to be."""
    others = Unit.objects.filter(name=name).exclude(pk=unit and unit.pk)
    for other in others:
        latest = _latest_placement(other)
        if parent is not None and parent.pk in {other.parent_id, latest and latest.parent_id}:
            raise UnitRefused("name_taken")


def _last_position(parent):
    return Unit.objects.filter(parent=parent).aggregate(last=Max("position"))["last"] or 0


def _save_with_free_name(save):
    try:
        with transaction.atomic():
            save()
    except IntegrityError as error:
        raise UnitRefused("name_taken") from error
