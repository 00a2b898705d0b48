"""When a visit counts, as plain values."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class InvalidReason(TextChoices):
    """Why a visit is kept but does not count; empty for one that does."""

    NONE = "", ""
    TOO_SHORT = "TOO_SHORT", _("shorter than the minimum stay")
    DUPLICATE = "DUPLICATE", _("the same customer was already visited that day")
    IN_FUTURE = "IN_FUTURE", _("dated in the future")


def invalid_reason(*, visited_on, today, arrived_at=None, left_at=None, minimum_minutes=0, is_repeated=False):
    """
    Return why a visit does not count; `NONE` if it does.

    :param arrived_at, left_at: datetimes; the stay is judged only when both are known.
    :param is_repeated: the person has another visit of the customer that counts on that day.
    """
    if visited_on > today:
        return InvalidReason.IN_FUTURE
    if is_repeated:
        return InvalidReason.DUPLICATE
    if arrived_at and left_at and (left_at - arrived_at).total_seconds() < minimum_minutes * 60:
        return InvalidReason.TOO_SHORT
    return InvalidReason.NONE
