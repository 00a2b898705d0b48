"""Which imports are under way."""

from django.utils.translation import gettext as _

from credits.closing_checks import Finding
from exchange.models import Import


def find_before_closing(period):  # noqa: ARG001 - the file may hold anything; its days are known once it has run
    """Return the imports that are running, or were begun and left: their rows may belong into the period."""
    begun = Import.objects.without_files().select_related("job").filter(file_removed_at=None)
    # Neither targets nor base pay are figures of a period.
    begun = (
        begun.exclude(kind__in=[Import.Kind.TARGETS, Import.Kind.BASE_PAY])
        .exclude(status=Import.Status.DONE)
        .order_by("created_at", "pk")
    )
    found = []
    for one in begun:
        is_running = one.status == Import.Status.RUNNING and not one.has_failed
        text = (
            _("The file %(file)s is being imported.") if is_running else _("The file %(file)s was uploaded and not imported.")
        )
        found.append(Finding(text % {"file": one.file_name}, "exchange:show", (one.pk,), is_blocking=is_running))
    return found
