"""How points are written."""

from django import template

from common.figures import NO_VALUE, number

register = template.Library()


@register.filter
def points(value):
    """``{{ sheet.total|points }}`` – with one decimal place; ``—`` for None."""
    return NO_VALUE if value is None else number(value, places=1)
