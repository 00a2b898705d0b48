"""
Pages that are shown again while the database answers the same.

What a page says follows from who asks, what their address says, the day, and what the database answers. Where a view is
marked `@shown_again`, its statements are noted with their rows. When the same member asks for the same address again,
those statements are asked again, word for word, under the same walls; if every answer is the same, so is the page. If one
is not, the view works the page out, from what was just read as far as it goes. So nothing can be out of date, and there
is nothing to take back (docs/adr/0029).

A view so marked takes nothing from elsewhere: no clock but the day (`each_minute` for one that says more), no session, nothing
drawn by lot. What it asks of anything but the database – the cache – it asks through `told`.
"""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.middleware.csrf import _does_token_match, get_token
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.translation import get_language

from common.db.postgres.reading import Told, ask_again, noting

#: What a process keeps at most, in signs; the page that was not asked for the longest goes first. A single one is smaller.
MOST_SIGNS, MOST_OF_ONE = 48_000_000, 1_000_000
#: A row that was read takes about so many signs more than its texts.
_SIGNS_OF_A_ROW = 400
#: A token is 64 letters and digits between other signs. A page is told by the shape of its signs, since to try at every
#: one of them whether a word of that length begins cost as much as drawing fifty rows.
_LONG = 64
_SHAPE = bytes(ord("a" if chr(sign).isascii() and chr(sign).isalnum() else " ") for sign in range(256))
_TOKEN = b" " + b"a" * _LONG + b" "


def shown_again(view=None, *, each_minute=False):
    """
    Mark a view whose pages may be shown again.

    :param each_minute: whether the page also follows from the time of day, told by the minute.
    """
    if view is None:
        return lambda marked: shown_again(marked, each_minute=each_minute)
    view.shown_again = _Mark(each_minute)
    return view


def told(function, *given):
    """Return what a function says that asks something else than the database; it is asked again like a statement."""
    answer = function(*given)
    if connection.reading is not None:
        connection.reading.noted.append(Told(function, given, answer))
    return answer


class _Mark(NamedTuple):
    each_minute: bool


class _Page(NamedTuple):
    """A page without its tokens, and what was read for it."""

    parts: list[bytes]
    headers: tuple
    noted: list
    signs: int


class _Pages(OrderedDict):
    """What is kept, by who asked for what; the latest last."""

    def __init__(self):
        super().__init__()
        self.signs, self._lock = 0, Lock()

    def keep(self, key, page):
        with self._lock:
            self._leave(key)
            if page.signs <= MOST_OF_ONE:
                self[key] = page
                self.signs += page.signs
            while self.signs > MOST_SIGNS:
                self.signs -= self.popitem(last=False)[1].signs

    def found(self, key):
        with self._lock:
            if key in self:
                self.move_to_end(key)
            return self.get(key)

    def leave(self, key):
        with self._lock:
            self._leave(key)

    def clear(self):
        super().clear()
        self.signs = 0

    def _leave(self, key):
        if (page := self.pop(key, None)) is not None:
            self.signs -= page.signs


pages = _Pages()


def answer(request, view, args, kwargs, *, who):
    """
    Answer a request that only reads, by the page shown before if it is still what the view would say.

    :param who: the rows and values that say who asks and what they see. Model rows count with all their columns.
    """
    key = _key(request, view, who)
    if key is None:
        return view(request, *args, **kwargs)
    asked = ()
    if (page := pages.found(key)) is not None and (asked := ask_again(connection, page.noted)) is None:
        return _again(request, page)
    with noting(connection, asked) as reading:
        response = view(request, *args, **kwargs)
    if reading.is_whole and _may_be_kept(response):
        pages.keep(key, _page_of(request, response, reading.noted))
    elif page is not None:
        pages.leave(key)
    return response


def _key(request, view, who):
    """Return all that a page follows from but the database; None if it follows from more."""
    if len(get_messages(request)):
        return None
    now = timezone.localtime()
    key = (
        view,
        request.method,
        request.build_absolute_uri(),
        request.path_info,
        tuple(sorted(item for item in request.META.items() if item[0].startswith("HTTP_HX_"))),
        get_language(),
        get_script_prefix(),
        timezone.get_current_timezone_name(),
        now.strftime("%Y-%m-%d %H:%M") if view.shown_again.each_minute else now.date(),
        tuple(_values(each) for each in who),
    )
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _values(row):
    """Return what a model's row says, or the value itself."""
    if (fields := getattr(row, "_meta", None)) is None:
        return row
    values = (getattr(row, field.attname) for field in fields.concrete_fields if field.name != "password")
    return (fields.label, *(tuple(value) if type(value) is list else value for value in values))


def _may_be_kept(response):
    return (
        type(response) is HttpResponse
        and response.status_code == 200
        and response.headers["Content-Type"].startswith("text/html")
        and not response.cookies
    )


def _page_of(request, response, noted):
    secret, content, parts, end = request.META.get("CSRF_COOKIE", ""), response.content, [], 0
    is_token = {}  # mostly one, in several places
    for begin in _words_like_tokens(content) if secret else ():
        word = content[begin : begin + _LONG]
        if word not in is_token:
            is_token[word] = _does_token_match(word.decode(), secret)
        if is_token[word]:
            parts.append(content[end:begin])
            end = begin + _LONG
    parts.append(content[end:])
    signs = len(content) + sum(map(_signs_of, noted))
    return _Page(parts, tuple(response.headers.items()), noted, signs)


def _words_like_tokens(content):
    """Give where words of a token's length begin in a page."""
    shape = b" %b " % content.translate(_SHAPE)
    found = shape.find(_TOKEN)
    while found >= 0:
        yield found
        found = shape.find(_TOKEN, found + _LONG)


def _signs_of(each):
    if isinstance(each, Told):
        return _SIGNS_OF_A_ROW
    return len(each.text) + sum(_SIGNS_OF_A_ROW + (0 if each.is_plain else len(row)) for row in each.rows)


def _again(request, page):
    token = get_token(request).encode() if len(page.parts) > 1 else b""
    response = HttpResponse(token.join(page.parts))
    for name, value in page.headers:
        response.headers[name] = value
    return response
