"""
People in a file: who they are, and which unit they stand in from which day. Units come along by name.

A person is known by the employee number, or by the name when the file has no numbers. Empty cells leave what is known.
"""

from teams.imports.columns import FIELDS
from teams.imports.people import plan

__all__ = ["FIELDS", "plan"]
