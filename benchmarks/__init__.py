"""Measurements, side by side with the bare limit, in one run on one machine."""
