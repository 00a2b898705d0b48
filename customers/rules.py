"""How customers are compared, and how often each grade is to be seen: plain values only."""

import re
import unicodedata
from datetime import date, timedelta

#: Days within which a customer of a grade is to be seen again.
FOLLOW_UP_DAYS = {"A": 7, "B": 14, "C": 30}
#: A number with fewer digits is an extension or a typing error; it says nothing about who it belongs to.
TELLING_DIGITS = 7


def name_key_of(name):
    """Return a name as it is compared when looking for duplicates: letters and digits only, small, half-width."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()[:120]


def phone_key_of(phone):
    """
    Return a phone number as it is compared: digits only, without China's country code.

    Empty when there are too few digits to tell one customer from another.
    """
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", phone))
    digits = re.sub(r"^(?:00)?86(?=1\d{10}$)", "", digits)
    return digits if len(digits) >= TELLING_DIGITS else ""


def due_on(*, grade, seen_on) -> date:
    """Return the last day on which a customer of a grade, last seen on a day, is still followed up in time."""
    return seen_on + timedelta(days=FOLLOW_UP_DAYS[grade])


def days_overdue(*, grade, seen_on, on) -> int:
    """Return by how many days a follow-up is late; 0 while it is not."""
    return max((on - due_on(grade=grade, seen_on=seen_on)).days, 0)
