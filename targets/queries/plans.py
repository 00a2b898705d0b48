"""Reads of plans and their targets."""
