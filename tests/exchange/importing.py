"""Files as text, and what importing them did, in few words."""

from datetime import UTC, date, datetime
from pathlib import Path

from common.intake import sentence
from exchange import services
from exchange.models import Import

DATA = Path(__file__).parent / "data"
TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)


def upload(kind, content, *, by, name="file.csv"):
    """Receive a file given as text (indented as the test is) or as bytes."""
    if isinstance(content, str):
        content = "\n".join(line.strip() for line in content.strip().splitlines()).encode()
    return services.receive_file(kind=Import.Kind(kind), file_name=name, content=content, by=by)


def take(kind, content, *, by, columns=None, options=None, today=TODAY, name="file.csv"):
    """Import a file in the active company with its guessed columns, unless others are given."""
    received = upload(kind, content, by=by, name=name)
    mapping = received.mapping if columns is None else columns
    services.prepare(upload=received, mapping=mapping, options=options or {})
    return services.run(upload_id=received.pk, today=today, now=NOW, by=by)


def counts(imported):
    """Return (created, changed, unchanged, rejected)."""
    return tuple(imported.counts[key] for key in ("created", "changed", "unchanged", "rejected"))


def refusals(imported):
    """Return {row: [sentences]}."""
    return {entry["row"]: [sentence(fault["said"]) for fault in entry["faults"]] for entry in imported.rejected}


def guesses(imported):
    """Return [(row, sentence)]."""
    return [(guess["row"], sentence(guess["said"])) for guess in imported.guesses]
