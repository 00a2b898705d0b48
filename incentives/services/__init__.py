"""Changes of pay and recognition."""
