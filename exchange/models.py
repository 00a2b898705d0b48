"""Data coming in: files, how their columns were understood, what became of each row."""

from django.conf import settings
from django.db import models
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from jobs.models import Job


class Import(CompanyModel):
    """One file on its way in: uploaded, mapped, previewed, run."""

    class Kind(models.TextChoices):
        PEOPLE = "PEOPLE", _("People")
        CUSTOMERS = "CUSTOMERS", _("Customers")
        PRODUCTS = "PRODUCTS", _("Products")
        DEALS = "DEALS", _("Deals")
        TARGETS = "TARGETS", _("Targets")

    class Status(models.TextChoices):
        UPLOADED = "UPLOADED", _("Columns to be matched")
        MAPPED = "MAPPED", _("Ready")
        RUNNING = "RUNNING", _("Running")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField()
    content_hash = models.CharField(max_length=64)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UPLOADED)
    # created, changed, unchanged, rejected, guessed
    counts = models.JSONField(default=dict)
    # [{"row": 17, "field": "amount", "value": "abc", "reason": "…"}]
    rejected = models.JSONField(default=list)
    guessed = models.JSONField(default=list)
    job = CompanyForeignKey(Job, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created_at"]

    def __str__(self):
        return self.file_name


class ColumnMapping(CompanyModel):
    """How the columns of a kind of file were matched last time; offered again for the same columns."""

    kind = models.CharField(max_length=10, choices=Import.Kind)
    columns_hash = models.CharField(max_length=64)
    mapping = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("column mapping")
        verbose_name_plural = _("column mappings")
        constraints = [UniqueConstraint(fields=["company", "kind", "columns_hash"], name="one_mapping_per_columns")]

    def __str__(self):
        return f"{self.kind}"
