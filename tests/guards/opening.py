"""Finding the figures of a page that open to nothing: every figure is marked while it is written, and looked up in the page."""

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from common import again, figures
from common.templatetags.keeping import KeptNode, Parts
from reports.templatetags import leaders
from tests.guards.rendering import watched

# Characters that no text of ours holds: before the name of the template at work, and around the figure.
_OPEN, _NAMED, _CLOSE = "\ue000", "\ue001", "\ue002"
_MARK = re.compile(f"{_OPEN}([^{_NAMED}]*){_NAMED}([^{_OPEN}{_CLOSE}]*)")
#: Where a figure opens to: what it is made of, or the one deal, payment or visit that it is.
LEAVES = re.compile(
    r"/(figures|sales/figure)/|/pay/(statements|lines)/\d+/"
    r"|/(deals|customers|visits)/(expenses/)?(\d+/|\?)|/people/(\?|$)|^#deals$"
)
#: What stands or falls together: a figure beside one that opens, such as its target, opens with it.
_ROWS = {"tr", "li"}
_CARDS = {"card", "figure"}
#: Says of an element that it holds what is asked, and nothing that was reached.
_ASKED = "is-asked"
#: Elements without an end.
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "path", "source", "track", "wbr"}


@dataclass(frozen=True)
class Found:
    """A figure on a page: the template that wrote it, its text, and whether it opens to what it is made of."""

    template: str
    text: str
    opens: bool


@contextmanager
def marked_figures():
    """Write amounts of metrics and of money with marks around them, as `figures_of` finds them."""
    with watched() as watch, pytest.MonkeyPatch.context() as patch:

        def marked(write):
            def marking(value, **how):
                text = write(value, **how)
                # Counts of rows and the like are written without a currency: they are no figures of anybody.
                return f"{_OPEN}{_writer(watch)}{_NAMED}{text}{_CLOSE}" if "currency" in how and value is not None else text

            return marking

        # What was drawn without marks, or is drawn with them, must not be shown again.
        patch.setattr(KeptNode, "render", lambda node, context: node.draw(context, _named(node, context)))
        patch.setattr(Parts, "get", lambda _parts, _key: None)
        patch.setattr(Parts, "keep", lambda _parts, _key, part: part)
        patch.setattr(again, "pages", again._Pages())
        for name in ("amount", "money"):
            patch.setattr(figures, name, marked(getattr(figures, name)))
        leaders._row.cache_clear()
        try:
            yield
        finally:
            leaders._row.cache_clear()


def _writer(watch):
    """Return the template at work; a component writes for whoever shows it."""
    return next((name for name in reversed(watch.names) if not name.startswith(("_components/", "_layout/"))), "")


def _named(node, context):
    return {name: value.resolve(context) for name, value in node.values.items()}


def figures_of(html):
    """Return the figures that a marked page shows."""
    return _read(html).found


def openings_of(html):
    """Return the addresses that the figures of a page open to."""
    return _read(html).openings


def _read(html):
    page = _Page()
    page.feed(html)
    page.close()
    return page


@dataclass
class _Element:
    tag: str
    classes: set
    opens: bool
    waiting: list = field(default_factory=list)  # figures inside that do not open yet

    @property
    def is_together(self):
        return self.tag in _ROWS or bool(self.classes & _CARDS)


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.openings, self._open = [], set(), [_Element("page", set(), False)]

    def handle_starttag(self, tag, attributes):
        if tag in _VOID:
            return
        given = dict(attributes)
        element = _Element(tag, set((given.get("class") or "").split()), False)
        if tag == "a" and LEAVES.search(given.get("href") or ""):
            element.opens = True
            self.openings.add(given["href"])
            for each in self._open:
                each.opens = each.opens or each.is_together
        self._open.append(element)

    def handle_endtag(self, tag):
        if tag in _VOID or all(element.tag != tag for element in self._open):
            return
        while True:
            element = self._open.pop()
            if element.opens or element.is_together or len(self._open) == 1:
                self.found += [Found(template, text, element.opens) for template, text in element.waiting]
            else:
                self._open[-1].waiting += element.waiting
            if element.tag == tag:
                return

    def handle_data(self, data):
        if self._open[-1].tag not in {"script", "style", "title"}:
            found = [] if any(_ASKED in element.classes for element in self._open) else _MARK.findall(data)
            self._open[-1].waiting += [(template, text) for template, text in found if text]
