"""Changes of plans, metrics and published rankings."""
