"""
Templates spoken once per language: what a template says whoever looks is put into its text when it is loaded.

A page has hundreds of words, icons and addresses that stand in its templates as they are. Django looks each of them up again
whenever it draws the page, at several times the cost of the text that comes out. Here a template is kept for each language, with
the words of that language in it (docs/adr/0038).
"""

from threading import Lock

from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, TextNode
from django.template.defaulttags import IfNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import cached
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import get_script_prefix, get_urlconf
from django.utils.translation import get_language

#: For so many companies the address of one link is kept; then it begins anew.
MOST = 1000


def constant(function):
    """Mark the function of a tag that follows from its arguments and the language alone."""
    function.is_constant = True
    return function


class Loader(cached.Loader):
    """Django's cached loader, with a template for each language."""

    def __init__(self, engine, loaders):
        super().__init__(engine, loaders)
        self._lock = Lock()

    def cache_key(self, template_name, skip=None):
        return f"{get_language()}|{super().cache_key(template_name, skip)}"

    def get_template(self, template_name, skip=None):
        template = super().get_template(template_name, skip)
        if not hasattr(template, "is_spoken"):
            with self._lock:
                if not hasattr(template, "is_spoken"):
                    context = Context()
                    context.template = template
                    _speak(template.nodelist, context)
                    template.is_spoken = True
        return template


def _speak(nodelist, context):
    """Put into a list of nodes, and all lists inside, what they say anyway."""
    nodelist[:] = _spoken(nodelist, context)


def _spoken(nodelist, context):
    found, words = [], []
    for node in (*nodelist, None):
        if node is not None and (text := _text_of(node, context)) is not None:
            words.append(text)
            continue
        if words:
            found.append(TextNode("".join(words)))
            words = []
        if node is not None:
            found.append(_with_spoken_parts(node, context))
    return found


def _with_spoken_parts(node, context):
    """Return a node that says something else each time, as quick as it can be."""
    if _is_translated(node):
        node.render(context)
        return _Named(node.asvar, context[node.asvar])
    if isinstance(node, URLNode) and not node.asvar and not node.args and not node.kwargs and _is_literal(node.view_name):
        return _Address(node)
    if isinstance(node, IfNode):
        for _condition, inside in node.conditions_nodelists:
            _speak(inside, context)
    elif not isinstance(node, LanguageNode):
        for name in node.child_nodelists:
            if isinstance(inside := getattr(node, name, None), NodeList):
                _speak(inside, context)
    return node


def _text_of(node, context):
    """Return what a node says whoever looks; None where that depends."""
    if isinstance(node, TextNode):
        return node.s
    says_it_here = (
        (_is_translated(node) and not node.asvar)
        or (type(node) is BlockTranslateNode and _is_plain_block(node))
        or (type(node) is StaticNode and node.varname is None and _is_literal(node.path))
        or (type(node) is SimpleNode and node.target_var is None and _is_constant(node))
    )
    return node.render(context) if says_it_here else None


def _is_translated(node):
    """Return whether a node is `{% translate "…" %}` of a text that stands in the template."""
    if type(node) is not TranslateNode:
        return False
    return _is_literal(node.filter_expression) and (node.message_context is None or _is_literal(node.message_context))


def _is_plain_block(node):
    """Return whether a `{% blocktranslate %}` takes no values."""
    if node.extra_context or node.countervar or node.asvar or node.render_token_list(node.singular)[1]:
        return False
    return node.message_context is None or _is_literal(node.message_context)


def _is_constant(node):
    given = (*node.args, *node.kwargs.values())
    return not node.takes_context and getattr(node.func, "is_constant", False) and all(map(_is_literal, given))


def _is_literal(expression):
    """Return whether an expression is a text or a number that stands in the template."""
    if not isinstance(expression, FilterExpression) or expression.filters:
        return False
    return not expression.is_var or expression.var.literal is not None


class _Named(Node):
    """A text under a name, from here on."""

    child_nodelists = ()

    def __init__(self, name, text):
        self.name, self.text = name, text

    def render_annotated(self, context):
        context[self.name] = self.text
        return ""

    render = render_annotated


class _Address(Node):
    """The address of a page that is one for each company."""

    child_nodelists = ()

    def __init__(self, node):
        self.node, self.known = node, {}

    def render_annotated(self, context):
        around = get_script_prefix(), get_urlconf(), context.autoescape
        address = self.known.get(around)
        if address is None:
            if len(self.known) >= MOST:
                self.known.clear()
            address = self.known[around] = self.node.render_annotated(context)
        return address

    render = render_annotated
