"""The people list as a table to take away."""

from django.utils.translation import gettext_lazy as _

from common.tables import Column, ColumnKind

PEOPLE = (
    Column(_("Name"), "name"),
    Column(_("Employee number"), "employee_number"),
    Column(_("Unit"), "unit_name"),
    Column(_("Role"), "role"),
    Column(_("Tenure stage"), "stage"),
    Column(_("Hired on"), "hired_on", ColumnKind.DAY),
    Column(_("Last day"), "last_day", ColumnKind.DAY),
)
#: Only for who may see profiles.
PERSONAL = (Column(_("Phone number"), "phone"), Column(_("E-mail"), "email", width=28))
