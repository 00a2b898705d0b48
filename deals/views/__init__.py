"""The doors to deals and products."""
