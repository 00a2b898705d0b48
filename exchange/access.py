"""Imports for the member behind a request: only who may import sees them at all."""

from django.shortcuts import get_object_or_404

from accounts.rules import Permission
from exchange.models import Import
from teams.access import require


def import_for(request, import_id, *, with_file=False):
    """
    Return an import of the company.

    :param with_file: also load the file itself, which may be large.
    """
    require(request, Permission.IMPORT)
    imports = Import.objects.select_related("job", "created_by")
    return get_object_or_404(imports if with_file else imports.defer("content"), pk=import_id)
