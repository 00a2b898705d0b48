"""Values that nobody means well with, and where on a page they can be put."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

LONG = "长" * 100_000
#: For one parameter of an address at a time.
QUERY_VALUES = (
    "9999999",
    "-1",
    "2026-13",
    "; DROP TABLE teams_person",
    "a\x00b",
    "1" + "0" * 40,
    "1' OR '1'='1",
    "２",
    "x" * 5000,
)
#: For all fields of a form at once.
FIELD_VALUES = ("", "a\x00b", "NaN", "-1e400", "1" + "0" * 40, "2026-02-30", "10000-01-01", "=cmd()|'/c calc'!A1", LONG)
#: For one field at a time, all others being sound: what gets past the field and on to whoever stands behind it.
SPOILT = ("", "a\x00b", "1" + "0" * 40, ["1", LONG])
#: Parameters that are tried on every page, whatever it shows of itself.
USUAL = {"page", "sort", "period", "q"}


class _Names(HTMLParser):
    """Collects what a page can be asked and sent: fields of its GET forms, parameters of its links, fields of its POST forms."""

    def __init__(self, here):
        super().__init__()
        self.here, self.asked, self.sent = here, set(USUAL), set()
        self._method = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            goes_here = urlsplit(given.get("action") or "").path in {"", self.here}
            self._method = (given.get("method") or "get").lower() if goes_here else "elsewhere"
        elif tag in {"input", "select", "textarea", "button"} and (name := given.get("name")):
            if self._method == "post":
                self.sent.add(name)
            elif self._method != "elsewhere":
                self.asked.add(name)
        elif tag == "a" and (target := urlsplit(given.get("href") or "")).path in {"", self.here}:
            self.asked |= {name for name, _value in parse_qsl(target.query)}

    def handle_endtag(self, tag):
        if tag == "form":
            self._method = None


def names_on(html, here):
    """Return (parameters that a page takes, fields that its forms send)."""
    names = _Names(here)
    names.feed(html)
    return sorted(names.asked), one_of_each(names.sent - {"csrfmiddlewaretoken"})


def one_of_each(fields):
    """Return the first of the fields that differ only by a number, as the lines of a table do."""
    return sorted({re.sub(r"\d+", "#", name): name for name in sorted(fields, reverse=True)}.values())


def queries_for(asked):
    """Yield every parameter with the same value, for every value, and every one given several times."""
    for value in QUERY_VALUES:
        yield dict.fromkeys(asked, value)
    yield {name: ["1", "2", "x"] for name in asked}


def bodies_for(sound, fields):
    """Yield bodies: nothing, everything spoilt alike, and a sound body with one field spoilt."""
    yield {}
    for value in FIELD_VALUES:
        yield dict.fromkeys([*sound, *fields], value)
    for name in one_of_each({*sound, *fields}):
        for value in SPOILT:
            yield sound | {name: value}
