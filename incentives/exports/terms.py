"""Everybody's base pay as a sheet that can be changed and imported again."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.tables import Column, ColumnKind

#: The headings are those of `incentives.imports`, so that the import knows them again.
COLUMNS = (
    Column(_("Employee number"), "employee_number"),
    Column(pgettext_lazy("person", "Name"), "name"),
    Column(pgettext_lazy("terms of pay", "From"), "terms_from", ColumnKind.DAY),
    Column(_("Base pay a month"), "base_pay", ColumnKind.MONEY),
    Column(_("Local minimum wage a month"), "minimum_wage", ColumnKind.MONEY),
)
