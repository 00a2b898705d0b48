"""Shapes of what the grid of a plan sends: cells as they were typed or pasted, cells to lock, the step to take back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from common.fields import OnceField
from targets.rules import Tier

#: More than a thousand people with all their columns; whoever has more brings a file.
MOST_CELLS = 20_000
LONGEST_TEXT = 200
LARGEST = 10**17


class RowsField(forms.JSONField):
    """A list of small lists of texts and whole numbers, each checked by its own rule."""

    def __init__(self, *checks, **kwargs):
        super().__init__(**kwargs)
        self.checks = checks

    def to_python(self, value):
        rows = super().to_python(value)
        if rows is None:
            return []
        if not isinstance(rows, list) or not all(isinstance(row, list) and self._fits(row) for row in rows):
            raise forms.ValidationError(_("These cells cannot be read."), code="shape")
        if len(rows) > MOST_CELLS:
            raise forms.ValidationError(
                _("The block has %(number)s cells; at most %(most)s are taken at once."),
                code="too_many",
                params={"number": len(rows), "most": MOST_CELLS},
            )
        return rows

    def _fits(self, row):
        return len(row) == len(self.checks) and all(check(part) for check, part in zip(self.checks, row, strict=True))


def is_short_text(part):
    return isinstance(part, str) and len(part) <= LONGEST_TEXT


def is_amount_or_none(part):
    return part is None or (isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= LARGEST)


class BlockForm(forms.Form):
    """Cells in one tier: row, period, text, and the amount in minor units that was on the screen."""

    tier = forms.ChoiceField(label=_("Tier"), choices=Tier.choices)
    cells = RowsField(is_short_text, is_short_text, is_short_text, is_amount_or_none, label=_("Target"))
    client_ref = OnceField(required=False)


class LockForm(forms.Form):
    """Cells to lock or unlock, by row and period; or one whole row, by a button that bears its key."""

    is_locked = forms.BooleanField(label=_("Locked"), required=False)
    cells = RowsField(is_short_text, is_short_text, required=False, widget=forms.HiddenInput)
    lock = forms.CharField(label=_("Lock"), required=False, max_length=40)
    unlock = forms.CharField(label=_("Unlock"), required=False, max_length=40)
    # Of the page that splits it; without one it was a row's own page.
    unit = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**63 - 1)

    def clean(self):
        given = super().clean()
        if not self.errors:
            given["row"] = given["lock"] or given["unlock"]
            if given["row"]:
                given["is_locked"] = bool(given["lock"])
            elif not given["cells"]:
                raise forms.ValidationError(_("These cells cannot be read."), code="shape")
        return given


class UndoForm(forms.Form):
    """The step that a button speaks of."""

    step = forms.IntegerField(label=_("step of a plan"), min_value=1, max_value=2**63 - 1)
