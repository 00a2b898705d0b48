"""What is earned and paid, and what people are honoured for."""

from incentives.models.recognition import Praise

__all__ = ["Praise"]
