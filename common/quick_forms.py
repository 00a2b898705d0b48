"""
How fields of forms are drawn: as Django's own templates do, but without a template for every option of a list.

A filter bar of four lists cost as much as the fifty rows below it.
"""

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe


class QuickRenderer(DjangoTemplates):
    """Django's renderer, with the most common widgets written in one go."""

    def render(self, template_name, context, request=None):
        write = _WRITERS.get(template_name)
        return mark_safe(write(context["widget"])) if write else super().render(template_name, context, request)  # noqa: S308 - escaped below


def _attributes(given):
    return "".join(
        f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
        for name, value in given.items()
        if value is not False
    )


def _input(widget):
    value = "" if widget["value"] is None else f' value="{conditional_escape(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{conditional_escape(widget["name"])}"{value}{_attributes(widget["attrs"])}>'


def _select(widget):
    parts = [f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _position in widget["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{conditional_escape(group)}">')
        parts += [
            f'<option value="{conditional_escape(option["value"])}"{_attributes(option["attrs"])}>'
            f"{conditional_escape(option['label'])}</option>"
            for option in options
        ]
        if group:
            parts.append("</optgroup>")
    parts.append("</select>")
    return "\n".join(parts)


_PLAIN_INPUTS = ("date", "email", "hidden", "input", "number", "password", "text")
_WRITERS = {f"django/forms/widgets/{name}.html": _input for name in _PLAIN_INPUTS} | {
    "django/forms/widgets/select.html": _select
}
