"""The doors of the reports, by page."""
