"""Many values for one statement."""


def as_array(values):
    """
    Return numbers, days or digests as the text of an array, for a parameter that the statement casts: ``%(days)s::date[]``.

    One value, of which PostgreSQL reads thousands several times faster than as many written one by one.
    """
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"
