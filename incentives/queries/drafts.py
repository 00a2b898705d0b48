"""The shape of a statement before it is stored."""

import json
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from common.periods import Period
from incentives.rules.terms import Source


@dataclass(slots=True)
class Line:
    """One line of a draft, as `StatementLine` keeps it."""

    kind: str
    name: str
    amount: int
    facts: dict = field(default_factory=dict)
    source: str = Source.COMPONENT
    source_id: int | None = None
    component_id: int | None = None
    key: str | None = None
    span: Period | None = None
    base: int | None = None


@dataclass(slots=True)
class Draft:
    """A statement as it would stand. `held`, `draw_balance` and `carried` are to date, this month's lines included."""

    person_id: int
    unit_id: int
    lines: list = field(default_factory=list)
    held: int = 0
    draw_balance: int = 0
    carried: int = 0

    @property
    def total(self):
        return sum(line.amount for line in self.lines)


class Heads(dict):
    """
    What lines of many people have in common, everything but their figures: {head: its name}, each named after what it says.

    The name of a head is part of what is written of a line, so that a digest of it holds the head as well.
    """

    def __init__(self):
        super().__init__()
        self.rows = []

    def __missing__(self, head):
        kind, source, source_id, component_id, key, span, name = head
        row = {
            "kind": kind, "source": source, "source_id": source_id, "component_id": component_id, "component_key": key,
            "earned_from": span and span.starts_on, "earned_before": span and span.ends_before, "name": name,
        }  # fmt: skip
        self[head] = called = _digest_of(_written(row), size=8)
        self.rows.append({"head": called} | row)
        return called

    @property
    def text(self):
        """All of them as JSON."""
        return _written(self.rows).decode()


class Written:
    """
    A draft as it is stored.

    :ivar lines: (name of its head, base, amount, facts as JSON) of each line.
    :ivar digest: of everything that is stored of it: the same for what reads the same, so that what is stored need not be read to
        be compared.
    """

    __slots__ = ("digest", "draft", "lines", "total")

    def __init__(self, draft: Draft, heads: Heads):
        self.draft, self.total = draft, draft.total
        self.lines = [
            (
                heads[line.kind, line.source, line.source_id, line.component_id, line.key, line.span, line.name],
                line.base, line.amount, _written(line.facts),
            )
            for line in draft.lines
        ]  # fmt: skip
        about = {
            "person_id": draft.person_id, "unit_id": draft.unit_id, "total": self.total, "held": draft.held,
            "draw_balance": draft.draw_balance, "carried": draft.carried,
            "lines": [
                {"head": head, "base": base, "amount": amount, "facts": orjson.Fragment(facts)}
                for head, base, amount, facts in self.lines
            ],
        }  # fmt: skip
        self.digest = _digest_of(orjson.dumps(about))


#: What facts say in words: these differ by the language in which they were worked out, and by how something is called.
_WORDS = frozenset({"metric", "component", "line_name", "channel_name", "deal"})


def figures_of(facts):
    """Return facts without their words: what is the same in every language."""
    if isinstance(facts, dict):
        return {key: figures_of(value) for key, value in facts.items() if key not in _WORDS}
    return [figures_of(each) for each in facts] if isinstance(facts, list) else facts


_written_slowly = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=str).encode


def _written(value):
    """Return plain values as JSON on one line."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # a whole number of more than 64 bits
        return _written_slowly(value).encode()


def _digest_of(written, *, size=16):
    return blake2b(written, digest_size=size).hexdigest()
