"""
The figures that were on the screen of somebody who decides about statements: how a page carries them, and what has changed since.

Nothing here is a secret or a right: it keeps people from approving what they have not seen.
"""

import json
from dataclasses import dataclass

from django.db.models import Count, Max, Sum

from incentives.models import Statement


@dataclass(frozen=True, slots=True)
class Seen:
    """What a statement came to when it was looked at: minor units, and the moment whose knowledge it held."""

    total: int
    known_at: object  # datetime

    @classmethod
    def of(cls, statement):
        return cls(statement.total, statement.known_at)


@dataclass(frozen=True, slots=True)
class Change:
    """A line or total that is not what it was: minor units, None where it was not there or is gone."""

    name: str
    before: int | None
    now: int | None


def write_statement(lines) -> str:
    """
    Return a statement's figures as its page carries them.

    :param lines: with `name`, `kind_label`, `earned_in` and `amount`.
    """
    return json.dumps(_entries(lines), ensure_ascii=False, separators=(",", ":"))


def changes_since(text, lines) -> list[Change] | None:
    """Return the lines that differ from what a page carried; None where it carried nothing that can be read."""
    try:
        before = {str(name): int(amount) for name, amount in json.loads(text)}
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    now = dict(_entries(lines))
    return [
        Change(name, before.get(name), now.get(name))
        for name in dict.fromkeys([*before, *now]) if before.get(name) != now.get(name)
    ]  # fmt: skip


def _entries(lines):
    """Return (what a line is called, minor units) of every line; of two that are called alike the second is numbered."""
    found = {}
    for line in lines:
        name = " · ".join(filter(None, (line.name, line.kind_label, line.earned_in)))
        number = 1
        while (key := name if number == 1 else f"{name} ({number})") in found:
            number += 1
        found[key] = line.amount
    return list(found.items())


def write_row(statement) -> str:
    """Return one statement's figures as a list carries them."""
    return f"{statement.pk}:{statement.total}:{_moment(statement.known_at)}"


def rows_seen(values) -> dict[int, tuple[str, str]]:
    """Return {id of a statement: (total, moment) as a list carried them}; what cannot be read is left out."""
    parts = [value.split(":") for value in values]
    return {int(part[0]): (part[1], part[2]) for part in parts if len(part) == 3 and part[0].isdecimal() and len(part[0]) < 19}  # noqa: PLR2004 - its three parts, digits of a bigint


def is_as_seen(statement, seen) -> bool:
    """Return whether a statement stands as a list carried it."""
    return seen.get(statement.pk) == (str(statement.total), _moment(statement.known_at))


def write_list(statements) -> str:
    """Return what a whole list comes to, as its page carries it: how many, their total, and the latest moment; one query."""
    rows = Statement.objects.filter(pk__in=statements.order_by().values("pk"))
    found = rows.aggregate(count=Count("pk"), total=Sum("total", default=0), latest=Max("known_at"))
    return f"{found['count']}:{found['total']}:{_moment(found['latest'])}"


def write_due(count, total) -> str:
    """Return what is due to how many of a month, as its page carries it to the payroll; minor units."""
    return f"{count}:{total}"


def list_seen(text) -> tuple[int, int] | None:
    """Return how many statements a list carried and what they came to; None where it carried nothing that can be read."""
    count, _colon, rest = text.partition(":")
    total = rest.partition(":")[0]
    if count.isdecimal() and total.removeprefix("-").isdecimal() and len(text) < 80:  # noqa: PLR2004 - three numbers
        return int(count), int(total)
    return None


def _moment(at):
    return "" if at is None else f"{at:%Y%m%d%H%M%S%f}"
