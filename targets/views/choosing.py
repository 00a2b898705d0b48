"""The choice of a split's form as it goes along in addresses: to a lock, to the numbers it goes by, and back."""

from django.http import QueryDict

#: What a form is sent once with, and what says which button was pressed.
PASSING = frozenset({"csrfmiddlewaretoken", "client_ref", "seen", "lock", "unlock", "unit"})


def choice_of(given):
    """Return the query, with its question mark, that fills a split's form as it was sent; "" of a form nobody touched."""
    kept = QueryDict(mutable=True)
    for name, values in given.lists():
        if name not in PASSING:
            kept.setlist(name, values)
    return f"?{kept.urlencode()}" if kept else ""
