"""The fields of filters: ``{% load filters %}``, then ``{% drawn field %}``."""

from functools import lru_cache

from django import forms, template
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def drawn(field):
    """
    Draw a field; a list that is the same as before is not drawn again.

    A list of a hundred people was most of what a filter bar cost. It is a function of its name, its attributes, its choices
    and the chosen one.
    """
    widget = field.field.widget
    if type(widget) is not forms.Select or field.errors or field.help_text:
        return field.as_widget()
    # Gone through once, and never asked for their number: of rows each is a query.
    offered = [(str(value), label) for value, label in field.field.choices]
    if any(isinstance(label, list | tuple) for _value, label in offered):
        return field.as_widget()
    choices = tuple((value, str(label)) for value, label in offered)
    attributes = tuple((field.build_widget_attrs(widget.attrs, widget) | {"id": field.auto_id}).items())
    chosen = tuple(widget.format_value(field.value()))
    return _select(field.html_name, attributes, choices, chosen, get_language())


@lru_cache(maxsize=1000)
def _select(name, attributes, choices, chosen, _language):
    return mark_safe(forms.Select(choices=choices).render(name, list(chosen), dict(attributes)))  # noqa: S308 - drawn by Django
