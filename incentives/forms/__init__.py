"""Shapes of input: about pay and recognition."""
