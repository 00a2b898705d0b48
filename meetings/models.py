"""Review meetings: an agenda that writes itself from the figures, decisions, minutes."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from teams.models import Person, Task, Unit


class Meeting(CompanyModel):
    """A review meeting of one unit for one week. Its agenda keeps the figures as they stood when it was written."""

    class Status(models.TextChoices):
        PLANNED = "PLANNED", _("Planned")
        RUNNING = "RUNNING", _("Running")
        MINUTED = "MINUTED", _("Minutes closed")

    unit = CompanyForeignKey(Unit, related_name="meetings", verbose_name=_("unit"))
    week_starts_on = models.DateField(_("week of"))
    starts_at = models.DateTimeField(_("starts"))
    place = models.CharField(_("place or link"), max_length=300, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PLANNED)
    written_at = models.DateTimeField(_("agenda written"), null=True, blank=True)
    minutes = models.TextField(_("minutes"), blank=True, max_length=20000)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ["-week_starts_on", "unit"]
        constraints = [
            models.UniqueConstraint(fields=["company", "unit", "week_starts_on"], name="one_weekly_meeting_per_unit")
        ]

    def __str__(self):
        return f"{self.unit} {self.week_starts_on}"


class AgendaItem(CompanyModel):
    """One point of an agenda: what the figures said, and what was made of it."""

    class Kind(models.TextChoices):
        RANKING = "RANKING", _("Ranking and movement")
        BEHIND = "BEHIND", _("Behind the target")
        PRAISE = "PRAISE", _("Praise")
        TASKS = "TASKS", _("Open tasks")
        OTHER = "OTHER", _("Other")

    meeting = CompanyForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    # Frozen rows as shown: what each holds depends on the kind (see meetings.rules).
    figures = models.JSONField(default=list)
    question = models.CharField(_("question"), max_length=300, blank=True)
    owner = CompanyForeignKey(Person, null=True, blank=True, related_name="+", verbose_name=_("owner"))
    notes = models.TextField(_("notes"), blank=True, max_length=5000)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.title


class Decision(CompanyModel):
    """Something the meeting decided; the task it led to, if any."""

    meeting = CompanyForeignKey(Meeting, on_delete=models.CASCADE, related_name="decisions")
    item = CompanyForeignKey(AgendaItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions")
    text = models.CharField(_("decision"), max_length=500)
    task = CompanyForeignKey(Task, null=True, blank=True, related_name="decisions")
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["company", "client_ref"], name="one_decision_per_client_ref")]

    def __str__(self):
        return self.text
