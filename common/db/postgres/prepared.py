"""
Statements that a connection parses once and then calls by name.

For what every page asks: to read, check and plan a small statement takes the server two to five times as long as to answer
it. A prepared statement lasts as long as its connection; whether the plan for any values is as good as one for these is
the server's decision.
"""

import re
from hashlib import blake2b

_PARAMETER = re.compile(r"%\((\w+)\)s")


class Prepared(str):
    """
    SQL that is prepared at its first use on a connection.

    As a text it is the statement itself, so that it runs anywhere; `parts` are (name, text for the server), `call` is what is
    sent instead. One that is `passing` is forgotten by a connection after it has prepared many others.
    """

    __slots__ = ("call", "is_passing", "parts")


def prepared(*statements, **types):
    """
    Return statements, sent together, that are prepared.

    :param statements: each one statement, with parameters by name as `%(company)s`.
    :param types: what the parameters are to the server, as `company="bigint"`.
    """
    sql = Prepared(";\n".join(statements))
    parts = [_part(statement, types) for statement in statements]
    sql.parts = tuple((name, text) for name, text, _call in parts)
    sql.call = "; ".join(call for _name, _text, call in parts)
    sql.is_passing = False
    return sql


def with_values(statement):
    """Return one statement that is prepared as it is, with its values in it; there may be many of them, so it is passing."""
    sql = Prepared(statement)
    name = f"asked_{blake2b(statement.encode(), digest_size=16).hexdigest()}"
    sql.parts, sql.call, sql.is_passing = ((name, f"PREPARE {name} AS {statement}"),), f"EXECUTE {name}", True
    return sql


def is_passing(sql):
    """Return whether a text is a statement that is prepared with its values in it."""
    return type(sql) is Prepared and sql.is_passing


def _part(statement, types):
    used = list(dict.fromkeys(_PARAMETER.findall(statement)))
    text = _PARAMETER.sub(lambda found: f"${used.index(found[1]) + 1}", statement).replace("%%", "%")
    taken = ", ".join(types[name] for name in used)
    name = f"kept_{blake2b(f'{taken}|{text}'.encode(), digest_size=16).hexdigest()}"
    given = ", ".join(f"%({each})s" for each in used)
    return (
        name,
        f"PREPARE {name}{f' ({taken})' if used else ''} AS {text}",
        f"EXECUTE {name}{f' ({given})' if used else ''}",
    )
