"""
Near matches between what people write and what is known: column headers and names.

Nothing here decides in silence: a match is exact, a guess that carries its reason, or a mere suggestion.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

SUGGEST_FROM = 0.9  # part of the letters that two names must share to be suggested
_SIMILAR_HEADER_FROM = 0.82
_MEANINGFUL_MARKS = frozenset("#%&@")  # C# is not C; but a full stop or a bracket makes no other name


def fold(text: str) -> str:
    """Return the letters, digits and meaningful signs of a text: without width, case, spaces and punctuation."""
    normal = unicodedata.normalize("NFKC", text).casefold()
    kept = (mark for mark in normal if mark.isalnum() or mark in _MEANINGFUL_MARKS or unicodedata.category(mark)[0] in "SM")
    return unicodedata.normalize("NFC", "".join(kept))


class Certainty(TextChoices):
    EXACT = "EXACT", _("exact")
    GUESS = "GUESS", _("a guess")
    NONE = "NONE", _("not found")


@dataclass(frozen=True)
class NameMatch:
    """What a written name was found to mean; ``found`` is None when nothing may be taken for it."""

    given: str
    found: str | None
    certainty: Certainty
    suggestions: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The sentence for the report, in the language that is active now; empty for an exact match."""
        if self.certainty == Certainty.GUESS:
            return _("“%(given)s” was taken for “%(found)s”: the same but for spaces, case or punctuation.") % {
                "given": self.given,
                "found": self.found,
            }
        if self.certainty == Certainty.EXACT:
            return ""
        if self.suggestions:
            return _("“%(given)s” is not known. Did you mean: %(suggestions)s?") % {
                "given": self.given,
                "suggestions": ", ".join(self.suggestions),
            }
        return _("“%(given)s” is not known.") % {"given": self.given}


class NameIndex:
    """Known names, ready to be asked for many written ones; every answer is worked out once."""

    def __init__(self, names: Iterable[str]):
        self._names = dict.fromkeys(names)
        self._by_fold: dict[str, list[str]] = defaultdict(list)
        for name in self._names:
            if folded := fold(name):
                self._by_fold[folded].append(name)
        self._answers: dict[str, NameMatch] = {}

    def find(self, given: str) -> NameMatch:
        """
        Return the known name that is meant.

        The same letters ignoring spaces, case and punctuation are a guess, unless two known names share them; from nine
        tenths of the letters on a name is only suggested, never taken.
        """
        if given not in self._answers:
            self._answers[given] = self._look_up(given)
        return self._answers[given]

    def _look_up(self, given: str) -> NameMatch:
        plain = unicodedata.normalize("NFC", given).strip()
        if plain in self._names:
            return NameMatch(given, plain, Certainty.EXACT)
        folded = fold(given)
        same = self._by_fold.get(folded, [])
        if len(same) == 1:
            return NameMatch(given, same[0], Certainty.GUESS)
        if same:
            return NameMatch(given, None, Certainty.NONE, tuple(same[:3]))
        near = sorted(
            ((-_likeness(folded, other), name) for other, names in self._by_fold.items() for name in names if folded),
        )
        return NameMatch(given, None, Certainty.NONE, tuple(name for score, name in near[:3] if -score >= SUGGEST_FROM))


@dataclass(frozen=True)
class HeaderGuess:
    """Which column is probably meant for a field; ``is_sure`` when header and label are the same letters."""

    index: int
    header: str
    is_sure: bool


def suggest_mapping(headers: Sequence[str], fields: Mapping[str, Sequence[str]]) -> dict[str, HeaderGuess]:
    """
    Return for each field the column that suits it best; fields without a likely column are left out.

    :param fields: field name → its labels in every language and other names it goes by; the field's name counts too.
    :returns: in the order of ``fields``; no column is given to two fields.
    """
    folded_headers = [fold(header) for header in headers]
    candidates = []
    for field_order, (field, labels) in enumerate(fields.items()):
        names = {folded for name in (field, *labels) if (folded := fold(name))}
        for index, header in enumerate(folded_headers):
            score = max((_header_score(header, name) for name in names), default=0) if header else 0
            if score >= _SIMILAR_HEADER_FROM:
                candidates.append((-score, field_order, index, field))
    taken: dict[str, HeaderGuess] = {}
    used: set[int] = set()
    for negative_score, _order, index, field in sorted(candidates):
        if field not in taken and index not in used:
            taken[field] = HeaderGuess(index, headers[index], is_sure=negative_score == -1)
            used.add(index)
    return {field: taken[field] for field in fields if field in taken}


def _header_score(header: str, name: str) -> float:
    if header == name:
        return 1
    shorter, longer = sorted((header, name), key=len)
    # "客户名称（必填）" holds "客户名称"; two letters of an alphabet would be found in anything.
    if shorter in longer and len(shorter) >= (4 if shorter.isascii() else 2) and len(shorter) * 2 >= len(longer):
        return 0.9 + 0.09 * len(shorter) / len(longer)
    return min(0.89, _likeness(header, name))


def _likeness(one: str, other: str) -> float:
    """Return the share of common letters, 0 to 1; both ways alike, and quick to say no."""
    shorter, longer = sorted((one, other), key=lambda text: (len(text), text))
    if not longer or 2 * len(shorter) < _SIMILAR_HEADER_FROM * (len(shorter) + len(longer)):
        return 0
    matcher = SequenceMatcher(None, shorter, longer, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _SIMILAR_HEADER_FROM else 0
