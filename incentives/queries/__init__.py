"""Reads of pay, contests and recognition."""
