"""What reports hand out as files."""
