"""Files on their way in: received, matched, checked, imported."""

import hashlib

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, Company
from accounts.services import record
from common.intake import Account, Changes, chunks
from common.locks import LockSpace, hold
from common.refusals import Refusal
from common.repeats import made_before
from common.tenancy import require_company_id
from exchange import reading, rules
from exchange.kinds import KINDS
from exchange.models import ColumnMapping, Import
from jobs.models import Job
from jobs.services import enqueue
from teams.services.people import HIDDEN, PERSONAL

#: Up to so many rows a file is checked while one waits; a larger one in the background.
CHECKED_AT_ONCE = 1000


class ImportRefused(Refusal):
    """A step that this import is not ready for."""

    sentences = {
        "busy": _("The file is being worked on."),
        "done": _("The file has been imported already."),
        "not_checked": _("Match the columns and look at the preview first."),
    }


@transaction.atomic
def receive_file(*, kind, file_name, content, client_ref=None, by) -> Import:
    """
    Keep a file and guess its columns, or take them as they were matched last time; a repeated `client_ref` returns the
    import that it made before.

    :raises common.tables.UnreadableTable: with the reason; nothing is kept.
    """
    if made := made_before(Import.objects, client_ref):
        return made
    table = reading.open_table(content, file_name)
    remembered = ColumnMapping.objects.filter(kind=kind, columns_hash=rules.columns_hash(table.header)).first()
    upload = Import(
        kind=kind,
        file_name=_stored_name(file_name),
        content=content,
        content_hash=hashlib.sha256(content).hexdigest(),
        columns=list(table.header),
        row_count=table.row_count,
        mapping=remembered.mapping if remembered else reading.guess_mapping(table.header, KINDS[kind]),
        options=remembered.options if remembered else {},
        client_ref=client_ref,
        created_by=by,
    )
    upload.save()
    return upload


@transaction.atomic
def prepare(*, upload, mapping, options) -> Import:
    """
    Say which column is what, and remember it for files with the same columns.

    :raises exchange.rules.BadMapping: a needed field without a source, an unknown column.
    :raises ImportRefused: `busy`, `done`.
    """
    upload = _locked(upload.pk)
    _require_idle(upload)
    kind = KINDS[upload.kind]
    upload.mapping = rules.normal_mapping(mapping, columns=upload.columns, fields=kind.fields)
    upload.options = {key: value for key, value in options.items() if value}
    ColumnMapping.objects.update_or_create(
        kind=upload.kind,
        columns_hash=rules.columns_hash(upload.columns),
        defaults={"mapping": upload.mapping, "options": upload.options},
    )
    upload.save(update_fields=["mapping", "options"])
    return upload


@transaction.atomic
def match_columns(*, upload, mapping, options, today, by) -> Import:
    """
    `prepare`, and have the file checked: at once when it is small.

    :raises: as `prepare`.
    """
    upload = prepare(upload=upload, mapping=mapping, options=options)
    if upload.row_count <= CHECKED_AT_ONCE:
        return check(upload_id=upload.pk, today=today)
    upload.status = Import.Status.CHECKING
    upload.job = enqueue("exchange.preview", arguments={"import_id": upload.pk}, key=str(upload.pk), by=by)
    upload.save(update_fields=["status", "job"])
    return upload


@transaction.atomic
def check(*, upload_id, today, progress=lambda done, total: None) -> Import:
    """Work out what importing would do to every row, and write nothing but that."""
    upload = _locked(upload_id)
    if upload.status in {Import.Status.RUNNING, Import.Status.DONE}:
        return upload
    account, _changes = _work_out(upload, today=today, by=upload.created_by, progress=progress)
    upload.status = Import.Status.READY
    _keep_account(upload, account)
    return upload


@transaction.atomic
def start(*, upload, by) -> Import:
    """
    Have a checked file imported in the background.

    :raises ImportRefused: `not_checked`, `busy`, `done`.
    """
    upload = _locked(upload.pk)
    _require_idle(upload)
    if upload.status != Import.Status.READY:
        raise ImportRefused("not_checked")
    return _enqueue_run(upload, by)


@transaction.atomic
def try_again(*, upload, by) -> Import:
    """Do a step again whose job failed; nothing of it had been stored."""
    upload = _locked(upload.pk)
    if not upload.has_failed:
        raise ImportRefused("busy")
    if upload.status == Import.Status.CHECKING:
        upload.job = enqueue("exchange.preview", arguments={"import_id": upload.pk}, key=str(upload.pk), by=by)
        upload.save(update_fields=["job"])
        return upload
    return _enqueue_run(upload, by)


@transaction.atomic
def run(*, upload_id, today, now, by, progress=lambda done, total: None) -> Import:
    """
    Import a file whose columns are matched: all rows that can be taken, in one transaction. Doing it again changes nothing.
    """
    _wait_for_others()
    upload = _locked(upload_id)
    if upload.status == Import.Status.DONE:
        return upload
    # Reading and storing take about as long; what follows from the rows, the credits above all, takes the rest.
    rows = upload.row_count
    account, changes = _work_out(upload, today=today, by=by, progress=lambda done, total: progress(done * 2 // 5, rows))
    whole = max(changes.total, 1)
    changes.store(by=by, progress=lambda done, total: progress(rows * 2 // 5 + rows * 2 * done // (5 * whole), rows))
    _record_changes(account, by)
    upload.status, upload.finished_at = Import.Status.DONE, now
    _keep_account(upload, account)
    record("exchange.import.done", about=upload, by=by, after={"kind": upload.kind, **upload.counts})
    return upload


@transaction.atomic
def remove_old_files(*, before, now):
    """
    Remove the files of the active company's imports that were finished before a moment; what became of their rows is kept.

    Uploads that nobody went on with are forgotten altogether: nothing was taken from them. Returns how many were removed
    and forgotten.
    """
    removed = Import.objects.filter(status=Import.Status.DONE, finished_at__lt=before, file_removed_at=None)
    removed_count = removed.update(content=b"", file_removed_at=now)
    waiting = Q(status__in=[Import.Status.UPLOADED, Import.Status.READY])
    failed = Q(status__in=[Import.Status.CHECKING, Import.Status.RUNNING], job__status=Job.Status.FAILED)
    forgotten_count, _by_model = Import.objects.filter(waiting | failed, created_at__lt=before).delete()
    return removed_count, forgotten_count


def _enqueue_run(upload, by):
    upload.status = Import.Status.RUNNING
    upload.job = enqueue("exchange.import", arguments={"import_id": upload.pk}, key=str(upload.pk), by=by)
    upload.save(update_fields=["status", "job"])
    return upload


def _work_out(upload, *, today, by, progress) -> tuple[Account, Changes]:
    kind, account = KINDS[upload.kind], Account()
    # Whoever sent the file and whoever takes it in: neither may do by the other what they may not do.
    asker = {"by": {each for each in (by, upload.created_by) if each}} if kind.minds_who else {}
    table = reading.open_table(upload.content, upload.file_name)
    rows = reading.rows_of(
        table,
        mapping=upload.mapping,
        kind=kind,
        company=Company.objects.get(pk=require_company_id()),
        account=account,
        progress=lambda done: progress(done, table.row_count),
    )
    read = len(rows) + account.counts["rejected"]
    changes = kind.plan(rows, account=account, today=today, options=upload.options, **asker)
    account.close()
    if account.counts["rows"] != read:
        raise AssertionError(f"{account.counts['rows']} of {read} rows are accounted for")
    return account, changes


def _keep_account(upload, account):
    upload.counts = {key: account.counts[key] for key in ("rows", "created", "changed", "unchanged", "rejected", "guessed")}
    upload.rejected, upload.guesses = account.rejected, account.guesses
    upload.samples = {**account.samples, "also": {key: count for key, count in account.also.items() if count}}
    upload.save(update_fields=["status", "finished_at", "counts", "rejected", "guesses", "samples"])


def _record_changes(account, by):
    """Write who changed what into the audit trail: what rows of the file changed; the new ones are told by the import."""
    for some in chunks(account.changes):
        AuditEntry.objects.bulk_create(
            AuditEntry(
                action=f"{obj._meta.app_label}.{obj._meta.model_name}.imported",
                about_model=obj._meta.label_lower,
                about_id=obj.pk,
                about_name=str(obj)[:200],
                by=by,
                before=_without_personal(obj, before),
                after=_without_personal(obj, after),
            )
            for obj, before, after in some
        )


def _without_personal(obj, values):
    is_person = obj._meta.label_lower == "teams.person"
    return {key: HIDDEN if is_person and key in PERSONAL else value for key, value in values.items()}


def _wait_for_others():
    """Import one file of a company at a time: two that bring the same customer would each add it."""
    hold(LockSpace.IMPORT, require_company_id())


def _require_idle(upload):
    if upload.status == Import.Status.DONE:
        raise ImportRefused("done")
    if upload.is_working and upload.job and upload.job.status in {Job.Status.QUEUED, Job.Status.RUNNING}:
        raise ImportRefused("busy")


def _locked(upload_id):
    # The file itself is read where it is worked with: most steps do not need it.
    return Import.objects.select_for_update(of=("self",)).select_related("job").defer("content").get(pk=upload_id)


def _stored_name(name):
    """Return a file's name without a path, short enough to keep; its ending, which says what it is, stays."""
    name = "".join(sign for sign in name.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable())
    return name if len(name) <= 200 else name[:150] + "…" + name[-40:]
