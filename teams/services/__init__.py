"""Changes to the organisation: units, people and where they stand, the working calendar, tasks."""

from teams.services.calendar import CalendarRefused, remove_calendar_exception, set_calendar_exception
from teams.services.people import (
    PersonRefused,
    align_memberships,
    change_person,
    end_employment,
    hire,
    invite_person,
    rehire,
    transfer,
    withdraw_transfer,
)
from teams.services.tasks import TaskRefused, assign_task, cancel_task, complete_task, reopen_task
from teams.services.units import UnitRefused, add_unit, carry_out_moves, close_unit, move_unit, rename_unit, reopen_unit

__all__ = [
    "CalendarRefused",
    "PersonRefused",
    "TaskRefused",
    "UnitRefused",
    "add_unit",
    "align_memberships",
    "assign_task",
    "cancel_task",
    "carry_out_moves",
    "change_person",
    "close_unit",
    "complete_task",
    "end_employment",
    "hire",
    "invite_person",
    "move_unit",
    "rehire",
    "remove_calendar_exception",
    "rename_unit",
    "reopen_task",
    "reopen_unit",
    "set_calendar_exception",
    "transfer",
    "withdraw_transfer",
]
