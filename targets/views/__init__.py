"""The doors to target plans."""
