"""Files to take away: the rows that were not taken, the guesses, a template for each kind."""

from dataclasses import dataclass
from pathlib import PurePath

from django.utils.translation import gettext as _

from common.intake import sentence
from common.tables import Column, ColumnKind, Sheet, write_csv, write_sheets
from exchange import reading
from exchange.kinds import KINDS
from exchange.telling import fault_text

CSV_TYPE = "text/csv; charset=utf-8"
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Download:
    """A file for the browser."""

    name: str
    content: bytes
    content_type: str


def rejected_rows(upload) -> Download:
    """
    Return the rows that were not taken as they came, with their number and the reason, in the kind of file they came in.

    Corrected, the file can be imported as it is: the two columns in front are not taken for anything.
    """
    kind = KINDS[upload.kind]
    reasons = {entry["row"]: " ".join(fault_text(fault, kind) for fault in entry["faults"]) for entry in upload.rejected}
    table = reading.open_table(upload.content, upload.file_name)
    rows = [(row.number, reasons[row.number], *row.values) for row in table if row.number in reasons]
    columns = [
        Column(_("Row"), lambda row: row[0], ColumnKind.COUNT),
        Column(_("Why it was not taken"), lambda row: row[1], width=60),
        *(Column(name, lambda row, at=index: row[at]) for index, name in enumerate(table.header, start=2)),
    ]
    name = _("%(file)s – rows not taken") % {"file": PurePath(upload.file_name).stem}
    if PurePath(upload.file_name).suffix.lower() in {".csv", ".txt", ".tsv"}:
        return Download(f"{name}.csv", write_csv(columns, rows), CSV_TYPE)
    return Download(f"{name}.xlsx", write_sheets([Sheet(_("Rows not taken"), columns, rows)]), WORKBOOK_TYPE)


def guesses(upload) -> Download:
    """Return every guess with its row."""
    kind = KINDS[upload.kind]
    columns = [
        Column(_("Row"), lambda guess: guess["row"], ColumnKind.COUNT),
        Column(_("Column"), lambda guess: getattr(kind.field(guess["field"]), "label", "")),
        Column(_("What was guessed"), lambda guess: sentence(guess["said"]), width=80),
    ]
    name = _("%(file)s – guesses") % {"file": PurePath(upload.file_name).stem}
    return Download(f"{name}.xlsx", write_sheets([Sheet(_("Guesses"), columns, upload.guesses)]), WORKBOOK_TYPE)


def template(kind) -> Download:
    """Return an empty file of a kind with one example row, and a second sheet that explains the columns."""
    columns = [
        Column(f"{field.label} *" if field.is_required else field.label, lambda row, key=field.key: row[key])
        for field in kind.fields
    ]
    example = {field.key: field.example for field in kind.fields}
    help_columns = [
        Column(_("Column"), lambda field: field.label, width=24),
        Column(_("Needed"), lambda field: _("Yes") if field.is_required else "", width=10),
        Column(_("What belongs here"), lambda field: field.help, width=80),
    ]
    sheets = [Sheet(str(kind.label), columns, [example]), Sheet(_("How to fill it in"), help_columns, kind.fields)]
    return Download(_("%(kind)s – template") % {"kind": kind.label} + ".xlsx", write_sheets(sheets), WORKBOOK_TYPE)
