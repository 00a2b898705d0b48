"""Making, splitting and publishing plans."""
