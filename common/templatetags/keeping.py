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
from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.translation import get_language

register = template.Library()
#: So many different parts of one place in a template, and so many signs of them, are kept by a process; then it begins anew.
MOST = 1000
MOST_SIGNS = 5_000_000


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


class Parts(dict):
    """What is kept of one place, by what it names."""

    signs = 0

    def keep(self, key, part):
        if len(self) >= MOST or self.signs + len(part) > MOST_SIGNS:
            self.clear()
            self.signs = 0
        self[key] = part
        self.signs += len(part)
        return part


class Seen:
    """What a part that `drawn_of` keeps may know of its request: the address, and the company's currency."""

    def __init__(self, request):
        self.GET, self.path = request.GET, request.path  # noqa: N815 - as a request has it
        self.currency = request.company.currency


_drawn: dict[str, Parts] = {}


def drawn_of(template_name, *, request, key, context):
    """
    Return what a template draws of a context, kept like a `{% kept %}` part for an equal key.

    For the body of a page that follows from rows read just now: whoever reads equal rows need not work them out again. Besides
    the context the template sees the address and the currency, nothing of who asks.

    :param key: everything that the context follows from, as values that can be hashed: the texts that the database answered,
        rights, what is shown of whom; None for what is drawn each time.
    :param context: a function that works it out, called only when there is nothing to show again.
    """
    seen = Seen(request)
    if key is None:
        return _draw(template_name, seen, context())
    key = (*_here(), seen.currency, seen.path, seen.GET.urlencode(), key)
    parts = _drawn.setdefault(template_name, Parts())
    part = parts.get(key)
    return parts.keep(key, _draw(template_name, seen, context())) if part is None else part


def _draw(template_name, seen, context):
    return get_template(template_name).template.render(template.Context({"request": seen, "company": seen} | context))


def _here():
    """Return what a part may depend on without naming it."""
    return get_language(), get_script_prefix(), timezone.get_current_timezone_name(), timezone.localdate()


def _around(context):
    """Return `_here` for a page; asked once, since it may have hundreds of parts."""
    around = getattr(context, "kept_around", None)
    if around is None:
        around = context.kept_around = (*_here(), context.autoescape)
    return around


class KeptNode(template.Node):
    def __init__(self, nodelist, values):
        self.nodelist, self.values = nodelist, values
        self.parts = Parts()

    def render(self, context):
        values = {name: value.resolve(context) for name, value in self.values.items()}
        key = (_around(context), *(tuple(v.items()) if type(v) is dict else v for v in values.values()))
        try:
            part = self.parts.get(key)
        except TypeError:
            return self.draw(context, values)
        return self.parts.keep(key, self.draw(context, values)) if part is None else part

    def draw(self, context, values):
        if rows := [name for name, value in values.items() if isinstance(value, Model)]:
            raise TypeError(f"rows change and stay equal: name what of them is shown, not {rows}")
        # A context of its own, without the request: what is not named is not there.
        own = template.Context(values, autoescape=context.autoescape)
        with own.bind_template(context.template):
            return self.nodelist.render(own)
