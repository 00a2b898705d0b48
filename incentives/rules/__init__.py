"""Arithmetic of pay and of contests, on plain values."""
