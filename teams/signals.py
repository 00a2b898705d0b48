"""What teams announces to the floors above. Receivers run inside the change's transaction and its company's scope."""

from django.dispatch import Signal

#: People stand elsewhere from a day on, which may be past: what they did since then may count for another unit.
#: Sends person_ids=, from_day=, by=.
assignments_changed = Signal()
#: A unit hangs elsewhere in the tree, or is new, closed or open again. Sends unit=, by=.
units_changed = Signal()
#: Days became working days or free ones. Sends days= (a list), by=.
calendar_changed = Signal()
#: A day is about to become a working day or a free one. A receiver that cannot have it raises `teams.services.CalendarRefused`.
#: Sends day=.
calendar_changing = Signal()
#: A task was given, done, cancelled or opened again. Sends task=, by=.
task_changed = Signal()
#: A unit is about to hang elsewhere from a day on. A receiver that cannot have it raises `teams.services.UnitRefused`.
#: Sends unit=, from_day=.
unit_moving = Signal()
