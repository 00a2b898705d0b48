"""The answer with a certificate, whatever was won."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from incentives.exports.certificate import write_certificate


def certificate_of(request, *, name, sentence, reason, decided_on, decided_by, file_name):
    """
    Answer with a certificate as PDF.

    :param sentence: what it is for, as it is read out below the name.
    """
    content = write_certificate(
        heading=_("Certificate of honour"),
        name=name,
        sentence=sentence,
        reason=reason,
        day=date_format(decided_on, "DATE_FORMAT"),
        company=request.company.name,
        company_word=_("Awarded by"),
        given_by=str(decided_by) if decided_by else "",
        giver_word=_("Given by"),
        made_at=timezone.now(),
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{file_name}"'
    return response
