"""The doors to customers and what they complain about."""
