"""Many values for one statement."""


def as_array(values):
    """
    Return numbers, days or digests as the text of an array, for a parameter that the statement casts: ``%(days)s::date[]``.

    One value, of which PostgreSQL reads thousands several times faster than as many written one by one.
    """
    # None is no part of any of these, and they come by the ten thousand.
    return f"{{{','.join(map(str, values)).replace('None', 'NULL')}}}"
