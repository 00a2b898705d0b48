"""The people list as a table to take away."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tables import Column, ColumnKind

PEOPLE = (
    Column(pgettext_lazy("person", "Name"), "name"),
    Column(_("Employee number"), "employee_number"),
    Column(pgettext_lazy("organisation", "Unit"), "unit_name"),
    Column(_("Role"), "role"),
    Column(_("Tenure stage"), "stage"),
    Column(_("Hired on"), "hired_on", ColumnKind.DAY),
    Column(_("Last day"), "last_day", ColumnKind.DAY),
)
#: Only for who may see profiles.
PERSONAL = (Column(_("Mobile number"), "phone"), Column(_("E-mail"), "email", width=28))
