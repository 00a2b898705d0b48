"""The fields of filters: ``{% load filters %}``, then ``{% filter_fields form %}``, or ``{% drawn field %}`` for one."""

from functools import lru_cache

from django import forms, template
from django.utils.html import conditional_escape, escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from common.layouts import DayInput
from common.lists import Offered

register = template.Library()
#: Widgets that are drawn from their attributes and what stands in them alone.
_KEPT = frozenset({forms.Select, forms.TextInput, DayInput})


@register.simple_tag
def filter_fields(form, without=None, says_errors=False):
    """
    Draw the fields of a filter form one after the other, each below its label.

    :param without: the name of one that stands elsewhere.
    :param says_errors: whether what is wrong is said at the field; it is marked in any case.
    """
    return mark_safe("\n".join(_labelled(field, says_errors) for field in form.visible_fields() if field.name != without))  # noqa: S308 - escaped below


def _labelled(field, says_errors):
    errors = field.errors
    said = "".join(f'<div class="invalid-feedback d-block">{escape(error)}</div>' for error in errors) if says_errors else ""
    return (
        f'<div class="filter-field{" has-error" if errors else ""}"><label class="filter-label" for="{field.id_for_label}">'
        f"{conditional_escape(field.label)}</label>{drawn(field)}{said}</div>"
    )


@register.simple_tag
def drawn(field):
    """
    Draw a field; what is the same as before is not drawn again.

    A list of a hundred people was most of what a filter bar cost. It is a function of its name, its attributes, its choices
    and the chosen one; a line to type in is one of what stands in it.
    """
    widget = field.field.widget
    if type(widget) not in _KEPT or field.errors or field.help_text:
        return field.as_widget()
    attributes = tuple((field.build_widget_attrs(widget.attrs, widget) | {"id": field.auto_id}).items())
    if type(widget) is not forms.Select:
        return _line(type(widget), widget.input_type, field.html_name, attributes, widget.format_value(field.value()))
    if (choices := _choices_of(field.field)) is None:
        return field.as_widget()
    chosen = tuple(widget.format_value(field.value()))
    return _select(field.html_name, attributes, choices, chosen, get_language())


def _choices_of(field):
    """Return the choices of a field as pairs that can be compared; None where they are in groups."""
    if isinstance(field.choices, Offered):
        return field.choices.pairs
    # Gone through once, and never asked for their number: of rows each is a query.
    offered = [(str(value), label) for value, label in field.choices]
    if any(isinstance(label, list | tuple) for _value, label in offered):
        return None
    return tuple((value, str(label)) for value, label in offered)


@lru_cache(maxsize=1000)
def _line(widget, kind, name, attributes, value):
    return mark_safe(widget(attrs={"type": kind}).render(name, value, dict(attributes)))  # noqa: S308 - drawn by Django


@lru_cache(maxsize=1000)
def _select(name, attributes, choices, chosen, _language):
    return mark_safe(forms.Select(choices=choices).render(name, list(chosen), dict(attributes)))  # noqa: S308 - drawn by Django
