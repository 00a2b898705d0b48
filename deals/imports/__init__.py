"""Products and deals in a file."""
