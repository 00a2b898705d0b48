"""Hypothesis as it is used here: import from this module, so that timing never decides a test."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")

__all__ = ["given", "settings", "st"]
