"""Doors of the organisation: people, one person, moves, units, the working calendar, tasks."""
