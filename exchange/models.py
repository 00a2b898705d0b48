"""Data coming in: files, how their columns were understood, what became of each row."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyManager, CompanyModel, CompanyQuerySet
from jobs.models import Job


class ImportQuerySet(CompanyQuerySet):
    def without_files(self):
        """For lists: the rows without the files themselves and what is said about each of their rows."""
        return self.defer("content", "rejected", "guesses", "samples", "mapping", "columns")


class Import(CompanyModel):
    """
    One file on its way in: uploaded, its columns matched, checked, run.

    What is said about its rows is first what will happen, once it has run what has happened. Sentences are kept as codes
    (`common.intake.stored`), so that everybody reads them in their own language.
    """

    class Kind(models.TextChoices):
        PEOPLE = "PEOPLE", _("People")
        CUSTOMERS = "CUSTOMERS", _("Customers")
        PRODUCTS = "PRODUCTS", _("Products")
        DEALS = "DEALS", _("Deals")
        TARGETS = "TARGETS", _("Targets")
        BASE_PAY = "BASE_PAY", _("Base pay")

    class Status(models.TextChoices):
        UPLOADED = "UPLOADED", _("Columns to be matched")
        CHECKING = "CHECKING", _("Being checked")
        READY = "READY", _("Ready to import")
        RUNNING = "RUNNING", _("Being imported")
        DONE = "DONE", _("Imported")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64)
    columns = models.JSONField(default=list)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    # Field key → {"column": …} | {"value": …} | {"template": …}, each with "replace" and "because" if wanted; exchange.rules.
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UPLOADED)
    # created, changed, unchanged, rejected – they add up to rows – and guessed
    counts = models.JSONField(default=dict)
    # [{"row": 17, "faults": [{"field": "amount", "value": "abc", "said": […]}]}]
    rejected = models.JSONField(default=list)
    # [{"row": 17, "field": "product", "said": […]}]
    guesses = models.JSONField(default=list)
    # The first rows of each outcome, and what came into being on the way: {"created": […], "changed": […], "also": {…}}
    samples = models.JSONField(default=dict)
    job = CompanyForeignKey(Job, null=True, blank=True, related_name="+")
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    file_removed_at = models.DateTimeField(null=True, blank=True)

    objects = CompanyManager.from_queryset(ImportQuerySet)()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at", "-pk"]
        constraints = [UniqueConstraint(fields=["company", "client_ref"], name="one_import_per_client_ref")]
        indexes = [models.Index(fields=["company", "-created_at"], name="import_by_time")]

    def __str__(self):
        return self.file_name

    @property
    def has_file(self):
        """Whether the file itself is still there; it goes some weeks after its import (`services.remove_old_files`)."""
        return self.file_removed_at is None

    @property
    def is_working(self):
        """Whether a job is at it, or was when it failed."""
        return self.status in {self.Status.CHECKING, self.Status.RUNNING}

    @property
    def has_failed(self):
        return self.is_working and self.job is not None and self.job.status == Job.Status.FAILED


class ColumnMapping(CompanyModel):
    """How the columns of a kind of file were matched last time; offered again for the same columns."""

    kind = models.CharField(max_length=10, choices=Import.Kind)
    columns_hash = models.CharField(max_length=64)
    mapping = models.JSONField()
    options = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [UniqueConstraint(fields=["company", "kind", "columns_hash"], name="one_mapping_per_columns")]

    def __str__(self):
        return f"{self.kind}"
