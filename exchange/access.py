"""Imports for the member behind a request: a kind of file is seen by whoever may import it."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from exchange.kinds import KINDS, kinds_for
from exchange.models import Import
from teams.access import require


def kinds_of(request):
    """
    Return the kinds of file that the member may import, by their code.

    :raises PermissionDenied: if there is none.
    """
    if not (kinds := kinds_for(request.membership)):
        raise PermissionDenied
    return kinds


def import_for(request, import_id, *, with_file=False):
    """
    Return an import of the company.

    :param with_file: also load the file itself, which may be large.
    """
    kinds_of(request)
    imports = Import.objects.select_related("job", "created_by")
    upload = get_object_or_404(imports if with_file else imports.defer("content"), pk=import_id)
    require(request, KINDS[upload.kind].needs)
    return upload
