"""Thanks between people, and honours."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.tenancy import CompanyForeignKey, CompanyModel
from teams.models import Person


class Praise(CompanyModel):
    """Thanks from one person to another for something specific, seen by everybody."""

    to = CompanyForeignKey(Person, related_name="praise_received", verbose_name=_("to"))
    by = CompanyForeignKey(Person, related_name="praise_given", verbose_name=_("from"))
    text = models.CharField(_("what they did"), max_length=300)
    given_on = models.DateField(_("day"))
    client_ref = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("praise")
        verbose_name_plural = _("praise")
        ordering = ["-given_on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(to=models.F("by")), name="nobody_praises_themselves"),
            models.UniqueConstraint(fields=["company", "client_ref"], name="one_praise_per_client_ref"),
        ]

    def __str__(self):
        return f"{self.by} → {self.to}"
