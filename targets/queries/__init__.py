"""Reads of plans, attainment and rankings."""
