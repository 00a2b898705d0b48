"""Fields of forms that several rooms ask with."""

from datetime import date
from uuid import uuid4

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from common.layouts import DayInput
from common.periods import FIRST_YEAR, LAST_YEAR

EARLIEST, LATEST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


class _Searched:
    """
    A list of rows found by typing (static/js/searched.js).

    :param has_numbers: whether a person's number stands beside the name; not where people are offered that the reader does not see.
    """

    def __init__(self, attrs=None, *, has_numbers=True, **kwargs):
        says = {
            "data-searched": "",
            "data-placeholder": _("Type a name or number"),
            "data-none": _("Nothing found"),
            "data-found": _("Results:"),
            "data-clear": _("Clear"),
            "data-remove": _("Remove"),
        }
        super().__init__(says | (attrs or {}), **kwargs)
        self.has_numbers = has_numbers

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        number = getattr(getattr(value, "instance", None), "employee_number", "")
        if number and self.has_numbers:
            option["attrs"]["data-note"] = number
        return option


class SearchedSelect(_Searched, forms.Select):
    """One of many, found by typing."""


class SearchedSelectMultiple(_Searched, forms.SelectMultiple):
    """Several of many, each found by typing."""


class DayField(forms.DateField):
    """A day, of the years that periods know unless other bounds are given; a picker where the browser has one."""

    def __init__(self, *, earliest=EARLIEST, latest=LATEST, css="", **kwargs):
        """:param css: the class of the input, where nothing else dresses the form."""
        look = {"class": css} if css else {}
        super().__init__(**{"widget": DayInput(attrs={"min": earliest, "max": latest} | look)} | kwargs)
        self.validators += [MinValueValidator(earliest), MaxValueValidator(latest)]


class OnceField(forms.UUIDField):
    """The reference that a form is born with: however often it is sent, what it makes is made once (`common.repeats`)."""

    def __init__(self, **kwargs):
        super().__init__(**{"widget": forms.HiddenInput, "initial": uuid4} | kwargs)


class OnceForm(forms.Form):
    """A form that makes one row however often it is sent."""

    client_ref = OnceField()

    def renew(self):
        """Take a new reference: whoever was told what was made with this one may send it again, knowing it."""
        self.data = self.data.copy()
        self.data["client_ref"] = str(uuid4())
