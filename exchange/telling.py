"""What an import says about its rows, put together for people."""

import json
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from common.intake import sentence

#: What came into being on the way.
ALSO = {
    "units": ngettext_lazy("%(count)s unit", "%(count)s units", "count"),
    "managers": ngettext_lazy("%(count)s manager", "%(count)s managers", "count"),
    "channels": ngettext_lazy("%(count)s channel", "%(count)s channels", "count"),
    "product_lines": ngettext_lazy("%(count)s product line", "%(count)s product lines", "count"),
    "customers": ngettext_lazy("%(count)s customer", "%(count)s customers", "count"),
    "plans": ngettext_lazy("%(count)s target plan", "%(count)s target plans", "count"),
}
#: Changed values that are no column of their own.
_MORE_LABELS = {
    "place": gettext_lazy("Place"),
    "lines": gettext_lazy("Products"),
    "amount": gettext_lazy("Amount"),
    "cost": gettext_lazy("Cost"),
    "months": gettext_lazy("Months"),
}


@dataclass(frozen=True)
class Guesses:
    """The same guess about one or many rows."""

    label: str
    reason: str
    rows: list[int]

    @property
    def first_rows(self):
        return ", ".join(map(str, self.rows[:5])) + (", …" if len(self.rows) > 5 else "")


@dataclass(frozen=True)
class Refused:
    """A row that was not taken."""

    number: int
    reason: str


def grouped(guesses, kind) -> list[Guesses]:
    """Return the guesses of an import, equal ones together, the most frequent first."""
    groups = {}
    for guess in guesses:
        groups.setdefault((guess["field"], json.dumps(guess["said"], sort_keys=True)), []).append(guess["row"])
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[1][0]))
    return [Guesses(label_of(field, kind), sentence(json.loads(said)), rows) for (field, said), rows in ordered]


def refused(rejected, kind) -> list[Refused]:
    """Return rows that were not taken, each with everything that is wrong with it in one text."""
    return [Refused(entry["row"], " ".join(fault_text(fault, kind) for fault in entry["faults"])) for entry in rejected]


def fault_text(fault, kind) -> str:
    label = label_of(fault["field"], kind)
    said = sentence(fault["said"])
    return _("%(column)s: %(reason)s") % {"column": label, "reason": said} if label else said


def also_made(counts) -> list[str]:
    """Return what came into being on the way, in words."""
    return [str(ALSO[key] % {"count": count}) for key, count in counts.items() if count and key in ALSO]


def label_of(key, kind) -> str:
    field = kind.field(key)
    return str(field.label if field else _MORE_LABELS.get(key, key))
