"""Fields of forms that several rooms ask with."""

from datetime import date
from uuid import uuid4

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from common.layouts import DayInput
from common.periods import FIRST_YEAR, LAST_YEAR

EARLIEST, LATEST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


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
