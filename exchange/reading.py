"""From a file's bytes to rows of values; what cannot be read is told the account, row by row."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.intake import Account, BadRow, Note, Row
from common.matching import suggest_mapping
from common.refusals import BadValue, Refusal
from common.tables import read_table
from common.tables.unreadable import Limits
from exchange import rules

#: How much one file may hold; said on the page where it is chosen.
LIMITS = Limits(rows=100_000, file_megabytes=20)
_TELL_EVERY = 500


class BadShape(BadRow):
    sentences = {"surplus": _("The row has more cells than there are headings.")}


class TakenCell(Note):
    sentences = {
        "replaced": _("“%(given)s” is taken as “%(taken)s”."),
        "replaced_because": _("“%(given)s” is taken as “%(taken)s”: %(because)s"),
        "same_for_all": _("The file does not say; “%(taken)s” is taken for every row."),
        "same_for_all_because": _("The file does not say; “%(taken)s” is taken for every row: %(because)s"),
    }


def open_table(content, file_name):
    """
    Return the table in a file.

    :raises common.tables.UnreadableTable: with the reason for people.
    """
    return read_table(bytes(content), file_name, limits=LIMITS)


def guess_mapping(columns, kind):
    """Return a mapping for columns nobody has matched before: field key → {"column": name}; unlikely ones are left out."""
    found = kind.guess(columns)
    rest = [column for column in columns if column not in rules.used_columns(found)]
    names = {field.key: [*_labels_of(field), *field.aliases] for field in kind.fields if field.key not in found}
    return {key: {"column": guess.header} for key, guess in suggest_mapping(rest, names).items()} | found


def samples_of(table, *, most=3):
    """Return the first values of each column, by its name, for people to recognise it by."""
    samples = {column: [] for column in table.header}
    for number, row in enumerate(table):
        for column, value in zip(table.header, row.values, strict=True):
            shown = samples[column]
            if value and value not in shown and len(shown) < most:
                shown.append(value[:60])
        if number >= 200 or all(len(values) == most for values in samples.values()):
            break
    return samples


def rows_of(table, *, mapping, kind, company, account: Account, progress=lambda done: None) -> list[Row]:
    """Return the rows that can be read; the others are rejected with every fault in them."""
    fields = {field.key: field for field in kind.fields}
    required = [field for field in kind.fields if field.is_required]
    read = _Memory(fields, company)
    rows = []
    for done, line in enumerate(table, start=1):
        if done % _TELL_EVERY == 0:
            progress(done)
        cells = dict(zip(table.header, line.values, strict=True))
        values, faults = {}, []
        if line.has_surplus:
            faults.append(("", "", BadShape("surplus")))
        for key, source in mapping.items():
            text, given = rules.value_of(source, cells)
            if not text:
                continue
            try:
                value = read(key, text)
            except Refusal as fault:
                faults.append((key, text, fault))
                continue
            if value is None:
                continue
            values[key] = value
            if note := _note_on(source, text, given):
                account.guess(line.number, note, field_key=key)
        faulty = {key for key, _text, _fault in faults}
        faults += [(f.key, "", BadValue("empty")) for f in required if f.key not in values and f.key not in faulty]
        if faults:
            account.reject_faults(line.number, faults)
            if kind.key and kind.key in values:
                account.spoiled.setdefault(values[kind.key], line.number)
        else:
            rows.append(Row(line.number, values))
    progress(table.row_count)
    return rows


class _Memory:
    """Reads each different text of a field once: most columns say the same few things in thousands of rows."""

    def __init__(self, fields, company):
        self._fields, self._company, self._known = fields, company, {}

    def __call__(self, key, text):
        known = self._known.setdefault(key, {})
        if text not in known:
            if len(known) > 10_000:
                known.clear()
            try:
                known[text] = self._fields[key].read(text, self._company)
            except Refusal as fault:
                known[text] = fault
        if isinstance(known[text], Refusal):
            raise known[text]
        return known[text]


def _note_on(source, taken, given):
    if given is None and "value" not in source:
        return None
    code = "same_for_all" if given is None else "replaced"
    said = {"taken": taken} if given is None else {"given": given, "taken": taken}
    if because := source.get("because"):
        return TakenCell(f"{code}_because", **said, because=because)
    return TakenCell(code, **said)


def _labels_of(field):
    labels = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            labels.append(str(field.label))
    return labels
