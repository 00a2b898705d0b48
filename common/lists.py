"""
What every list page does alike: read filters from the address, say which are on, sort, turn pages.

A filter is a GET form that owns its queryset step (`narrow`); a parameter it does not know is refused, a value it cannot
read is said at the field and finds nothing.
"""

from django import forms
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.choices import BaseChoiceIterator

from common.templatetags.pages import query_string

PAGE_SIZE = 50


class FilterForm(forms.Form):
    """
    The filters of a list.

    Subclasses add fields, `sorts` (parameter → fields to order by, upwards), `default_sort`, and a method
    `narrow_<field>(rows, value)` for each field that narrows; further `parameters` belong to the page, not to the list.
    """

    sorts: dict[str, tuple[str, ...]] = {}
    default_sort = ""
    parameters: frozenset[str] = frozenset()

    def __init__(self, given, **kwargs):
        super().__init__(given, **kwargs)
        known = {*self.fields, *self.parameters, "sort", "page", "as"}
        if unknown := given.keys() - known:
            raise BadRequest(f"Unknown parameters: {sorted(unknown)}")
        for field in self.fields.values():
            field.required = False
            field.widget.attrs.setdefault("class", "form-select" if isinstance(field, forms.ChoiceField) else "form-control")

    def narrow(self, rows):
        """Return the rows that pass the filters; none if a filter cannot be read."""
        if not self.is_valid():
            return rows.none()
        for name, value in self.cleaned_data.items():
            if value not in (None, "") and (step := getattr(self, f"narrow_{name}", None)):
                rows = step(rows, value)
        return rows

    @property
    def asked(self):
        """What narrows and sorts, for a `common.questions.Question`; None if the filters cannot be read."""
        if not self.is_valid():
            return None
        return tuple(self.cleaned_data.items()), self.data.get("sort", "")

    def sorted(self, rows):
        """Return the rows in the order that the address asks for."""
        sort = self.data.get("sort", "") or self.default_sort
        fields = self.sorts.get(sort.removeprefix("-")) or self.sorts[self.default_sort.removeprefix("-")]
        if sort.startswith("-"):
            fields = [field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields]
        return rows.order_by(*fields)

    def chips(self):
        """Return what is on, each with the address that takes it off."""
        if not self.is_valid():
            return []
        return [
            {
                "label": self.fields[name].label,
                "value": self.said(name, value),
                "remove_url": query_string(self.data, **{name: None}),
            }
            for name, value in self.cleaned_data.items()
            if value not in (None, "")
        ]

    def said(self, name, value):
        """Return a filter's value as people read it."""
        choices = getattr(self.fields[name], "choices", None)
        if choices is not None and not isinstance(self.fields[name], forms.ModelChoiceField):
            return dict(choices).get(value, value)
        return str(value)

    @property
    def clear_url(self):
        """The address without any filter; sort and the page's own parameters stay."""
        return query_string(self.data, **dict.fromkeys(self.fields))


class Offered(BaseChoiceIterator):
    """What is to be chosen from, as (key, text) pairs that are ready as they are: fields and widgets do not look through them."""

    def __init__(self, pairs):
        self.pairs = tuple(pairs)

    def __iter__(self):
        return iter(self.pairs)


class RowChoice(forms.ModelChoiceField):
    """A row chosen from a list of names that the page has read already; the row itself is read only if it was chosen."""

    def __init__(self, **kwargs):
        super().__init__(queryset=None, **kwargs)

    def offer(self, names, rows):
        """
        Offer these names.

        :param names: (key, name) pairs.
        :param rows: a function that returns the queryset they are of.
        """
        self.rows = rows
        self.choices = Offered([("", str(self.empty_label or "")), *names])

    def to_python(self, value):
        if value in self.empty_values:
            return None
        self.queryset = self.rows()
        return super().to_python(value)


def in_words(labels):
    """Return {value: its label as a text} in the language of the page, for the rows of a list: a text is told apart faster."""
    return {value: str(label) for value, label in labels.items()}


def page_of(rows, request, *, size=PAGE_SIZE, count=None):
    """
    Return the asked-for page of rows; the first or last one for a number that is none.

    :param count: how many rows there are, where that is known already.
    """
    paginator = Paginator(rows, size)
    if count is not None:
        paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)  # here, not while the page is drawn
    return page


def render_list(request, page_template, rows_template, context):
    """
    Answer with the whole page, or, to htmx, with the rows only.

    The address that htmx then shows is short: without the filters that say nothing.
    """
    if not request.htmx:
        return render(request, page_template, context)
    response = render(request, rows_template, context)
    given = {key: request.GET.getlist(key) for key in request.GET if any(request.GET.getlist(key))}
    response["HX-Push-Url"] = request.path + query_string(request.GET, **{key: None for key in request.GET if key not in given})
    return response
