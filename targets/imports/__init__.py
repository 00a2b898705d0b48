"""
Targets in a file: a row per person or unit with the months beside each other, or a row per month.

A target is known by its cell: metric, year, person or unit, month. Empty cells leave what is known.
"""

from targets.imports.columns import FIELDS, guess_columns
from targets.imports.plans import plan

__all__ = ["FIELDS", "guess_columns", "plan"]
