"""
Parts of a page that are drawn once and shown again: the head of every page, the navigation, the dialogs.

Nothing is ever taken back, because nothing can be out of date: a kept part sees only the values that it names, so equal
values, in one language, at one company's address and on one day, are the same part. That also keeps it from being shown
to somebody else: whose name or rights matter must be named (docs/adr/0015). Where a value cannot be hashed, the part is
drawn each time.
"""

from django import template
from django.db.models import Model
from django.template.base import TextNode, token_kwargs
from django.template.defaulttags import CsrfTokenNode, IfNode, URLNode
from django.template.loader import get_template
from django.templatetags.i18n import TranslateNode
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
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
    return KeptNode(_inside(parser, name), values)


@register.tag
def kept_rows(parser, token):
    """
    ``{% kept_rows row in page.object_list currency=company.currency %}…{% endkept_rows %}`` – each row a kept part.

    The same as a `{% for %}` with a `{% kept %}` inside it, without asking for every value once a row. Rows are dicts or tuples.
    """
    name, row, *rest = token.split_contents()
    if len(rest) < 2 or rest[0] != "in":
        raise template.TemplateSyntaxError(f"{name} goes through rows: {{% {name} row in rows %}}")
    given = rest[2:]
    values = token_kwargs(given, parser)
    if given:
        raise template.TemplateSyntaxError(f"{name} takes only named values: {given}")
    return KeptRowsNode(_inside(parser, name), values, row, parser.compile_filter(rest[1]))


def _inside(parser, name):
    """Return what stands between a tag and its end."""
    nodes = parser.parse((f"end{name}",))
    parser.delete_first_token()
    if nodes.get_nodes_by_type(CsrfTokenNode):
        raise template.TemplateSyntaxError(f"{name} shows what it holds to others, so it takes no token")
    return nodes


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
        key = (_around(context), *map(_told_apart, values.values()))
        try:
            part = self.parts.get(key)
        except TypeError:
            return self.draw(context, values)
        return self.parts.keep(key, self.draw(context, values)) if part is None else part

    def draw(self, context, values):
        own = self.context_of(context, values)
        with own.bind_template(context.template):
            return self.nodelist.render(own)

    def context_of(self, context, values):
        """Return a context of its own, without the request: what is not named is not there."""
        if rows := [name for name, value in values.items() if isinstance(value, Model)]:
            raise TypeError(f"rows change and stay equal: name what of them is shown, not {rows}")
        return template.Context(values, autoescape=context.autoescape)


class KeptRowsNode(KeptNode):
    """The same for each of many rows, which are one value of the part."""

    def __init__(self, nodelist, values, row, rows):
        super().__init__(nodelist, values)
        self.row, self.rows = row, rows
        self.spoken = {}

    def render(self, context):
        values = {name: value.resolve(context) for name, value in self.values.items()}
        around = (_around(context), *map(_told_apart, values.values()))
        # One for all rows that are to be drawn.
        drawn, own = [], None
        for row in self.rows.resolve(context):
            key = (around, _told_apart(row))
            try:
                part = self.parts.get(key)
            except TypeError:
                key = part = None
            if part is None:
                own = own or self.context_of(context, values | {self.row: row})
                # A layer of its own, so that what is named while one row is drawn is unknown to the next.
                with own.bind_template(context.template), own.push(**{self.row: row}):
                    part = self._spoken(own).render(own)
                if key:
                    self.parts.keep(key, part)
            drawn.append(part)
        return mark_safe("".join(drawn))  # noqa: S308 - drawn by Django

    def _spoken(self, own):
        """Return what a row is drawn with in the language and the company of the page."""
        around = get_language(), get_script_prefix(), own.autoescape
        if around not in self.spoken:
            if len(self.spoken) >= MOST:
                self.spoken.clear()
            self.spoken[around] = _with_words(self.nodelist, own)
        return self.spoken[around]


class _Address(template.Node):
    """The address of a page about one row, whose number is put into the address of another."""

    _ANY = 907_153_682_114

    def __init__(self, node, context):
        self.node, (self.number,) = node, node.args
        address = reverse(node.view_name.resolve(context), args=[self._ANY])
        self.before, self.after = (conditional_escape(part) for part in address.split(str(self._ANY)))

    def render(self, context):
        number = self.number.resolve(context)
        return f"{self.before}{number}{self.after}" if type(number) is int and number >= 0 else self.node.render(context)


def _with_words(nodelist, context):
    """Return the nodes with words put in and addresses prepared: looking those up was half of what drawing a row took."""
    found, words = template.NodeList(), []
    for node in (*nodelist, None):
        if isinstance(node, TextNode) or _says_the_same(node):
            words.append(node.render(context))
            continue
        if words:
            found.append(TextNode("".join(words)))
            words = []
        if isinstance(node, IfNode):
            node = IfNode([(condition, _with_words(inside, context)) for condition, inside in node.conditions_nodelists])
        elif isinstance(node, URLNode) and not node.asvar and not node.kwargs and len(node.args) == 1:
            node = _Address(node, context)
        if node is not None:
            found.append(node)
    return found


def _says_the_same(node):
    """Return whether a node is `{% translate "…" %}` of a text that stands in the template."""
    if not isinstance(node, TranslateNode) or node.asvar:
        return False
    has_context = node.message_context is not None and node.message_context.is_var
    return node.filter_expression.var.literal is not None and not node.filter_expression.filters and not has_context


def _told_apart(value):
    """Return what a value is compared by; a dict as what it holds."""
    return tuple(value.items()) if type(value) is dict else value
