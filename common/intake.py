"""
What happens to the rows of a file on their way in: said row by row, planned as a whole, stored in sets.

An app's `imports.py` describes the columns it takes (`Field`) and turns parsed rows into `Changes`; what became of each
row it tells an `Account`. Planning writes nothing, so a preview is a plan that is not stored.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Model

from common.matching import NameIndex, fold
from common.refusals import Refusal

#: Rows written by one statement.
CHUNK = 1000
#: How many rows of each outcome an account keeps to be shown; all rejected and guessed ones are kept.
SAMPLES = 20


class Note:
    """
    Something said about a row that was taken: what was guessed, and why. Shaped like a `Refusal`, but it refuses nothing.

    `code` and `params` (plain values) are what is stored; the sentence is put together in the reader's language.
    """

    sentences: dict = {}

    def __init__(self, code: str, **params):
        if code not in self.sentences:
            raise KeyError(code)
        self.code, self.params = code, params

    @property
    def reason(self) -> str:
        sentence = str(self.sentences[self.code])
        return sentence % self.params if self.params else sentence


def stored(said: Note | Refusal) -> list:
    """Return a note or refusal as a JSON-ready list, from which `sentence` makes the words again."""
    return [type(said).__name__, said.code, {key: _plain(value) for key, value in said.params.items()}]


def sentence(stored_reason: list) -> str:
    """Return what a stored note or refusal says, in the language that is active now."""
    kind, code, params = stored_reason
    speaker = next((c for base in (Note, Refusal) for c in _descendants(base) if c.__name__ == kind), None)
    if speaker is None or code not in speaker.sentences:
        return code
    return speaker(code, **params).reason


def _descendants(kind):
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


def _plain(value):
    return value if isinstance(value, int | bool | None) else _printable(str(value))


def _printable(text):
    # NUL and half surrogates cannot be kept as JSON; nothing that cannot be seen is worth keeping here.
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "·" for sign in text)


class BadRow(Refusal):
    """Why a row was not taken, whatever it is about. Apps add their own sentences in subclasses."""


@dataclass(frozen=True)
class Field:
    """
    One thing that a file may say about a row.

    :param read: turns the text of a cell that is not empty, and the company, into a value; raises a `Refusal`.
    :param aliases: other headings, Chinese and English, under which files carry it.
    """

    key: str
    label: Any
    read: Callable[[str, Any], Any]
    help: Any = ""
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    example: Any = ""


@dataclass(frozen=True)
class Row:
    """A row as it was read: its number in the file (the headings are row 1) and its values by field key, empty ones left out."""

    number: int
    values: dict

    def get(self, key, default=None):
        return self.values.get(key, default)


@dataclass
class Account:
    """
    What became of every row. `created`, `changed`, `unchanged` and `rejected` add up to the rows of the file;
    `guessed` counts those of the taken rows of which something was guessed.
    """

    counts: Counter = field(default_factory=Counter)
    rejected: list = field(default_factory=list)
    guesses: list = field(default_factory=list)
    samples: dict = field(default_factory=lambda: {"created": [], "changed": []})
    #: Rows that came into being on the way, by a translatable word: units, channels, product lines.
    also: Counter = field(default_factory=Counter)
    #: (object, before, after) of every changed row, for the audit trail.
    changes: list = field(default_factory=list)
    #: What the key column said in rows that could not be read: a record of several rows is not taken without one of them.
    spoiled: dict = field(default_factory=dict)
    _guessed_rows: set = field(default_factory=set)
    _settled: set = field(default_factory=set)

    def create(self, number, name, details: str = ""):
        self._settle(number, "created")
        self._sample("created", number, name, details)

    def change(self, number, obj, before, after, *, name=""):
        """A row that changes something; `obj` is None where whoever stores it writes the audit trail."""
        self._settle(number, "changed")
        if obj is not None:
            self.changes.append((obj, before, after))
        what = [[key, _shown(before.get(key)), _shown(after[key])] for key in after]
        self._sample("changed", number, name or str(obj), what)

    def counted_with(self, number, outcome):
        """A further row of a record that is accounted for by another one."""
        self._settle(number, outcome)

    def keep(self, number):
        self._settle(number, "unchanged")

    def reject(self, number, said):
        """A row that cannot be taken, for one reason."""
        self.reject_faults(number, [("", "", said)])

    def reject_faults(self, number, faults):
        """A row that cannot be taken, for everything that is wrong with it: (field key, what is written, refusal) each."""
        self._settle(number, "rejected")
        told = [{"field": key, "value": _printable(str(value)[:200]), "said": stored(said)} for key, value, said in faults]
        self.rejected.append({"row": number, "faults": told})

    def guess(self, number, said, *, field_key=""):
        self._guessed_rows.add(number)
        self.guesses.append({"row": number, "field": field_key, "said": stored(said)})

    def close(self):
        """Leave out the guesses about rows that were not taken after all, and count the rest."""
        refused = {entry["row"] for entry in self.rejected}
        self.rejected.sort(key=lambda entry: entry["row"])
        self.guesses = sorted((g for g in self.guesses if g["row"] not in refused), key=lambda g: g["row"])
        self.counts["guessed"] = len(self._guessed_rows - refused)
        self.counts["rows"] = len(self._settled)

    def _settle(self, number, outcome):
        if number in self._settled:
            raise ValueError(f"Row {number} is accounted for twice")
        self._settled.add(number)
        self.counts[outcome] += 1

    def _sample(self, outcome, number, name, details):
        if len(self.samples[outcome]) < SAMPLES:
            self.samples[outcome].append({"row": number, "name": _printable(str(name)[:200]), "details": details})


def _shown(value):
    return "" if value is None else _printable(str(value)[:100])


@dataclass
class Changes:
    """What a plan will write, in order; nothing is written before `store`."""

    steps: list = field(default_factory=list)
    afterwards: list = field(default_factory=list)

    def then(self, act: Callable[[Any], None]):
        """Have something done, as `act(by)`, once everything is written: news sent, a service called."""
        self.afterwards.append(act)

    def create(self, model: type[Model], objects: list):
        self.steps.append(("create", model, objects, ()))

    def update(self, model: type[Model], objects: list, fields: Iterable[str]):
        self.steps.append(("update", model, objects, tuple(fields)))

    def delete(self, model: type[Model], ids: list):
        self.steps.append(("delete", model, ids, ()))

    @property
    def total(self) -> int:
        return sum(len(objects) for _verb, _model, objects, _fields in self.steps)

    def store(self, *, by, progress=lambda done, total: None):
        """Write everything in chunks, then do what was asked for afterwards; call inside a transaction."""
        done, total = 0, self.total
        for verb, model, objects, fields in self.steps:
            for chunk in chunks(objects):
                if verb == "create":
                    model.objects.bulk_create(chunk)
                elif verb == "update":
                    model.objects.bulk_update(chunk, fields)
                else:
                    model.objects.filter(pk__in=chunk).delete()
                done += len(chunk)
                progress(done, total)
        for act in self.afterwards:
            act(by)


def chunks(things: Iterable, size: int = CHUNK) -> Iterator[list]:
    """Cut things into lists of at most ``size``."""
    source = iter(things)
    while chunk := list(islice(source, size)):
        yield chunk


class Unclear(Exception):
    """A name that means more than one thing."""


class Lookup:
    """
    Find things by what files call them: as written first, then by letters and digits only (`GTXPro` is `GTX Pro`).

    Unlike a `NameIndex` it grows while a file is read, and knows when a name is shared by two things.
    """

    def __init__(self, named: Iterable[tuple[str, Any]] = ()):
        self._exact: dict[str, list] = {}
        self._loose: dict[str, list] = {}
        self._near: dict[str, str] = {}
        for name, thing in named:
            self.add(name, thing)

    def __len__(self):
        return len(self._exact)

    def add(self, name: str, thing):
        if not name:
            return
        _put(self._exact, name.strip(), thing)
        if folded := fold(name):
            _put(self._loose, folded, thing)

    def find(self, name: str) -> tuple[Any, bool]:
        """
        Return (thing, is_exact), or (None, False) if nothing is called so.

        :raises Unclear: if several things are.
        """
        for things, is_exact in ((self._exact.get(name.strip()), True), (self._loose.get(fold(name) or "\0"), False)):
            if things and len(things) > 1:
                raise Unclear(name)
            if things:
                return things[0], is_exact
        return None, False

    def near(self, name: str) -> str:
        """Return the known names that look like this one, for a hint; often empty."""
        if name not in self._near:
            # Asked rarely, and mostly for the same few names.
            self._near[name] = ", ".join(NameIndex(self._exact).find(name).suggestions)
        return self._near[name]


def _put(names, key, thing):
    things = names.setdefault(key, [])
    if not any(known is thing for known in things):
        things.append(thing)


def differences(obj, values: dict) -> tuple[dict, dict]:
    """Return what some attributes are and would be where they differ, JSON-ready; two empty dicts if nothing differs."""
    changed = {name: value for name, value in values.items() if getattr(obj, name) != value}
    return {name: _plain(getattr(obj, name)) for name in changed}, {name: _plain(value) for name, value in changed.items()}


def taken_over(obj, values: dict) -> tuple[dict, dict]:
    """Set attributes that differ, and return what they were and are, as `differences` does."""
    before, after = differences(obj, values)
    for name in after:
        setattr(obj, name, values[name])
    return before, after
