"""The audit trail as a table to take away."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.tables import Column

AUDIT = (
    Column(_("When"), lambda line: f"{timezone.localtime(line.at):%Y-%m-%d %H:%M:%S}", width=20),
    Column(_("Who"), "by"),
    Column(_("Subject"), "about_kind"),
    Column(_("Name"), "about", width=28),
    Column(_("Action"), "action"),
    Column(_("Before → after"), "summary", width=80),
)
