"""The doors to pay and recognition."""
