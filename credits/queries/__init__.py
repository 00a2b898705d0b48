"""Reads of the ledger: what every fact should have credited, where a figure comes from, and whether all adds up."""
