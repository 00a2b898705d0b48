"""Shapes of input: a file of a kind, which column is what, and the filter of the list."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.fields import OnceField
from common.refusals import Refusal
from exchange.kinds import KINDS
from exchange.models import Import
from exchange.reading import LIMITS

ACCEPTED = ".xlsx,.xlsm,.csv,.txt,.tsv"
#: Choices of a column's select that are no column.
NOTHING, SAME_FOR_ALL, AS_BEFORE = "", "same", "before"


class Upload(forms.Form):
    """A file and what it is about."""

    kind = forms.ChoiceField(label=_("What is in the file?"), choices=Import.Kind)
    file = forms.FileField(label=_("File"), allow_empty_file=True)
    client_ref = OnceField(required=False)

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds.values()]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LIMITS.file_bytes:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Please split it."), params={"limit": LIMITS.file_megabytes}
            )
        return file


class Columns(forms.Form):
    """
    Which column is what: for each field of the kind a select of the file's columns, or one value for every row.

    `mapping` and `chosen_options` are what was said, once the form is valid.
    """

    def __init__(self, data=None, *, upload, company):
        super().__init__(data)
        self.upload, self.company, self.kind = upload, company, KINDS[upload.kind]
        columns = [(str(index), name) for index, name in enumerate(upload.columns)]
        for field in self.kind.fields:
            source = upload.mapping.get(field.key, {})
            choices = [(NOTHING, _("Not in the file")), *columns, (SAME_FOR_ALL, _("The same for every row …"))]
            if "template" in source:
                choices.append((AS_BEFORE, source["template"]))
            self.fields[f"column_{field.key}"] = forms.ChoiceField(
                label=field.label, choices=choices, required=False, initial=self._chosen(source)
            )
            self.fields[f"value_{field.key}"] = forms.CharField(
                label=_("Value for every row"), required=False, max_length=400, initial=source.get("value", "")
            )
        for option in self.kind.options:
            self.fields[f"option_{option.key}"] = forms.BooleanField(
                label=option.label, help_text=option.help, required=False, initial=bool(upload.options.get(option.key))
            )

    def rows(self):
        """Return what is shown first: fields that are needed or matched, each with its select and its value."""
        return [row for row in self._rows() if row[0].is_required or row[1].value()]

    def further_rows(self):
        """Return the fields that the file does not seem to have, in the same shape."""
        return [row for row in self._rows() if not (row[0].is_required or row[1].value())]

    def _rows(self):
        return [(field, self[f"column_{field.key}"], self[f"value_{field.key}"]) for field in self.kind.fields]

    def option_fields(self):
        return [self[f"option_{option.key}"] for option in self.kind.options]

    def clean(self):
        data = super().clean()
        self.mapping = {}
        for field in self.kind.fields:
            if source := self._source(field, data):
                self.mapping[field.key] = source
            elif field.is_required and f"column_{field.key}" not in self.errors:
                self.add_error(f"column_{field.key}", _("Choose the column, or give one value for every row."))
        # What a page cannot show stays as it was brought by a mapping file.
        unseen = {key: value for key, value in self.upload.options.items() if f"option_{key}" not in self.fields}
        self.chosen_options = unseen | {option.key: data.get(f"option_{option.key}", False) for option in self.kind.options}
        return data

    def _source(self, field, data):
        chosen, value = data.get(f"column_{field.key}", ""), (data.get(f"value_{field.key}") or "").strip()
        known = self.upload.mapping.get(field.key, {})
        if chosen == AS_BEFORE:
            return known
        if chosen == SAME_FOR_ALL:
            if not value:
                self.add_error(f"value_{field.key}", _("Give the value for every row."))
                return None
            try:
                field.read(value, self.company)
            except Refusal as refusal:
                self.add_error(f"value_{field.key}", refusal.reason)
            return known if known.get("value") == value else {"value": value}
        if chosen == NOTHING:
            return None
        column = self.upload.columns[int(chosen)]
        return known if known.get("column") == column else {"column": column}

    def _chosen(self, source):
        if "value" in source:
            return SAME_FOR_ALL
        if "template" in source:
            return AS_BEFORE
        return str(self.upload.columns.index(source["column"])) if source.get("column") in self.upload.columns else NOTHING


class ListFilter(forms.Form):
    """Which imports the list shows."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("import", "Kind"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.kinds = kinds
        self.fields["kind"].choices = [("", _("All kinds")), *((kind.code, kind.label) for kind in kinds.values())]

    def narrow(self, imports):
        imports = imports.filter(kind__in=self.kinds)
        if self.is_valid() and (kind := self.cleaned_data["kind"]):
            return imports.filter(kind=kind)
        return imports
