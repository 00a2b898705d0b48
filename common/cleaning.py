"""The last look at a row's plain values before it is written, for callers that come without a form."""

from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import CharField, ForeignKey, TextField
from django.utils.translation import gettext as _

from common.periods import FIRST_YEAR, LAST_YEAR

_without_nul = ProhibitNullCharactersValidator()


def clean_values(row):
    """
    Check lengths, choices, years and signs of a row as its model states them; references are left to the database.

    :raises ValidationError: by field name, with sentences for people.
    """
    fields = [field for field in row._meta.concrete_fields if not isinstance(field, ForeignKey)]
    faults = {}
    for field in fields:
        value = getattr(row, field.attname)
        if isinstance(value, str) and isinstance(field, CharField | TextField):
            try:
                _without_nul(value)
                if isinstance(field, TextField) and field.max_length and len(value) > field.max_length:
                    # Django checks the length of a text field only in forms.
                    CharField(max_length=field.max_length).run_validators(value)
            except ValidationError as error:
                faults[field.name] = error.error_list
        elif isinstance(value, date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
            text = _("The year must lie between %(first)s and %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
            faults[field.name] = [ValidationError(text)]
    if faults:
        raise ValidationError(faults)
    row.clean_fields(exclude=[f.name for f in row._meta.concrete_fields if isinstance(f, ForeignKey)])
