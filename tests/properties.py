"""Hypothesis as it is used here: import from this module, so that timing never decides a test."""

from hypothesis import given, settings
from hypothesis import strategies as st

settings.register_profile("ours", deadline=None)
settings.load_profile("ours")

__all__ = ["given", "settings", "st"]
