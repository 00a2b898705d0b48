"""What the import commands share: who works for which company, which files, and how the account is told."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone, translation

from accounts.models import Company, Membership
from accounts.rules import Permission, may
from accounts.services import change_company
from common.tenancy import company_scope
from exchange import services, telling
from exchange.kinds import KINDS
from exchange.models import Import

_STEP_PARTS = {"kind", "file", "columns", "options"}


class CannotImport(Exception):
    """A command that cannot be carried out; the text says why."""


@dataclass(frozen=True)
class Step:
    """One file of a command."""

    kind: str
    path: Path
    columns: dict | None
    options: dict


@dataclass(frozen=True)
class FolderPlan:
    settings: dict
    files: list


@dataclass(frozen=True)
class Worker:
    """Carries out steps for one company, as one user."""

    company: Company
    user: object
    is_dry: bool

    def set_up(self, settings):
        """Change the company's settings; return the names of those that differ now."""
        with self._at_work():
            changed = change_company(company=self.company, by=self.user, **settings)
            self.company.refresh_from_db()
        return changed

    def take(self, step) -> Import:
        """Import one file, all or nothing, and return it with its account."""
        with self._at_work():
            try:
                content = step.path.read_bytes()
            except OSError as error:
                raise CannotImport(f"{step.path}: {error.strerror}") from error
            upload = services.receive_file(kind=step.kind, file_name=step.path.name, content=content, by=self.user)
            mapping = upload.mapping if step.columns is None else step.columns
            services.prepare(upload=upload, mapping=mapping, options=step.options)
            return services.run(upload_id=upload.pk, today=timezone.localdate(), now=timezone.now(), by=self.user)

    @contextmanager
    def _at_work(self):
        with (
            timezone.override(self.company.time_zone),
            translation.override(self.user.language),
            company_scope(self.company),
        ):
            yield


@contextmanager
def working_for(company, *, as_email, is_dry):
    """Work for a company as one of its people who may import; a dry run is rolled back as a whole."""
    with company_scope(company):
        members = Membership.objects.filter(is_active=True).select_related("user").order_by("pk")
        able = [m.user for m in members if may(m.role, Permission.IMPORT)]
    wanted = [user for user in able if as_email in {None, user.email}]
    if not wanted:
        raise CannotImport(f"{as_email or 'Nobody'} may import into {company.slug}.")
    worker = Worker(company, wanted[0], is_dry)
    if not is_dry:
        yield worker
        return
    with company_scope(company), transaction.atomic():
        yield worker
        transaction.set_rollback(True)


def company_called(slug):
    """Return an active company by its address."""
    company = Company.objects.filter(slug=slug, is_active=True).first()
    if company is None:
        raise CannotImport(f"There is no company {slug}.")
    return company


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CannotImport(f"{path}: {error}") from error


def step_for(*, kind, file, mapping=None, columns=None, options=None):
    """Return a step; `mapping` is what a mapping file for a single file says: `columns` and `options`, or only the columns."""
    if isinstance(mapping, dict) and "columns" in mapping:
        columns, options = mapping["columns"], mapping.get("options")
    elif mapping is not None:
        columns = mapping
    if kind not in KINDS:
        raise CannotImport(f"There is no kind of file called {kind}.")
    if columns is not None and not isinstance(columns, dict):
        raise CannotImport(f"{file}: the columns of a mapping are an object of field → column.")
    return Step(kind, Path(file), columns, dict(options or {}))


def folder_plan(given):
    """Return what a mapping file for a folder says."""
    files = given.get("files") if isinstance(given, dict) else None
    if not isinstance(files, list) or not all(
        isinstance(entry, dict) and {"kind", "file"} <= entry.keys() <= _STEP_PARTS for entry in files
    ):
        raise CannotImport("A mapping file for a folder has “files”: a list of kind, file, columns and options.")
    settings = given.get("company", {})
    if not isinstance(settings, dict):
        raise CannotImport("“company” of a mapping file is an object of settings.")
    return FolderPlan(settings, [dict(entry) for entry in files])


def tell(upload, *, write):
    """Write the account of an import for people: counts, what was guessed and how often, every row not taken."""
    # The command speaks English, whatever the product does.
    with translation.override("en"):
        counts = upload.counts
        write(f"{upload.file_name} → {Import.Kind(upload.kind).label}: {counts['rows']:,} rows")
        write(
            f"  {counts['created']:,} added + {counts['changed']:,} changed + {counts['unchanged']:,} unchanged"
            f" + {counts['rejected']:,} not taken = {counts['rows']:,}; {counts['guessed']:,} of them with a guess"
        )
        kind = KINDS[upload.kind]
        if also := telling.also_made(upload.samples.get("also", {})):
            write(f"  also added: {', '.join(also)}")
        for guess in telling.grouped(upload.guesses, kind):
            write(f"  guess · {len(guess.rows):,} × {guess.label}: {guess.reason} [{guess.first_rows}]")
        for row in telling.refused(upload.rejected[:100], kind):
            write(f"  not taken · row {row.number} · {row.reason}")
        if counts["rejected"] > 100:
            write(f"  … and {counts['rejected'] - 100:,} more; the page of this import hands them all back.")
        write("")
