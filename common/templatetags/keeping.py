"""
Parts of a page that are drawn once and shown again: the head of every page, the navigation, the dialogs.

Nothing is ever taken back, because nothing can be out of date: a kept part sees only the values that it names, so equal
values, in one language, at one company's address and on one day, are the same part. That also keeps it from being shown
to somebody else: whose name or rights matter must be named (docs/adr/0015). Where a value cannot be hashed, the part is
drawn each time.
"""

from django import template
from django.db.models import Model
from django.template.base import token_kwargs
from django.template.defaulttags import CsrfTokenNode
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.translation import get_language

register = template.Library()
#: So many different parts of one place in a template are kept by a process; then it begins anew.
MOST = 1000


@register.tag
def kept(parser, token):
    """``{% kept menu=menu name=company.name %}…{% endkept %}`` – inside, only ``menu`` and ``name`` exist."""
    name, *given = token.split_contents()
    values = token_kwargs(given, parser)
    if given:
        raise template.TemplateSyntaxError(f"{name} takes only named values: {given}")
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    if nodes.get_nodes_by_type(CsrfTokenNode):
        raise template.TemplateSyntaxError(f"{name} shows what it holds to others, so it takes no token")
    return KeptNode(nodes, values)


def _around(context):
    """Return what a part may depend on without naming it; asked once for a page, which may have hundreds of parts."""
    around = getattr(context, "kept_around", None)
    if around is None:
        zone = timezone.get_current_timezone_name()
        around = (get_language(), get_script_prefix(), zone, timezone.localdate(), context.autoescape)
        context.kept_around = around
    return around


class KeptNode(template.Node):
    def __init__(self, nodelist, values):
        self.nodelist, self.values = nodelist, values
        self.parts = {}

    def render(self, context):
        values = {name: value.resolve(context) for name, value in self.values.items()}
        key = (_around(context), *(tuple(v.items()) if type(v) is dict else v for v in values.values()))
        try:
            part = self.parts.get(key)
        except TypeError:
            return self.draw(context, values)
        if part is None:
            if len(self.parts) >= MOST:
                self.parts.clear()
            part = self.parts[key] = self.draw(context, values)
        return part

    def draw(self, context, values):
        if rows := [name for name, value in values.items() if isinstance(value, Model)]:
            raise TypeError(f"rows change and stay equal: name what of them is shown, not {rows}")
        # A context of its own, without the request: what is not named is not there.
        own = template.Context(values, autoescape=context.autoescape)
        with own.bind_template(context.template):
            return self.nodelist.render(own)
