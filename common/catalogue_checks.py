"""
What can be wrong with the catalogues: out of date, untranslated, broken placeholders, two words for one thing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from babel.messages.catalog import Message as Entry

from common import catalogues
from common.catalogues import Project, Unusable, entries, key_of, singular_of, translation_of

#: Words that stay as they are on a Chinese page; only of these may a translation that repeats its msgid consist.
SAME_IN_BOTH = {"API", "CSV", "Excel", "GBK", "HR", "ID", "KPI", "OK", "PDF", "UTF", "xls", "xlsx"}
_WORD = re.compile(r"[A-Za-z]{2,}")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")


@dataclass(frozen=True)
class Finding:
    """Something wrong with the translations of an app, and the files in which the message stands."""

    app: str
    what: str
    place: str = ""

    def __str__(self):
        return f"{self.app}: {self.what}" + (f"  [{self.place}]" if self.place else "")


def findings(project: Project, apps: tuple[str, ...] = ()) -> list[Finding]:
    """Return what is wrong with the catalogues of these apps (default all) and between any two."""
    return [*(finding for app in apps or project.apps for finding in _in_app(project, app)), *conflicts(project)]


def _in_app(project: Project, app: str) -> Iterator[Finding]:
    try:
        catalog = catalogues.updated(project, app)
        path = project.po(app)
        wanted = catalogues.rendered(catalog) if any(entries(catalog)) else ""
        if wanted != (path.read_text(encoding="utf-8") if path.exists() else ""):
            yield Finding(app, f"out of date; run `manage.py messages {app}`")
        for entry in sorted(entries(catalog)):
            place = " ".join(path for path, _lineno in entry.locations)
            yield from (Finding(app, f"{singular_of(entry)!r} {fault}", place) for fault in faults(entry))
    except Unusable as error:
        yield Finding(app, str(error))


def faults(entry: Entry) -> list[str]:
    """Return what is wrong with one message's translation, as the end of a sentence."""
    text = translation_of(entry)
    if not text:
        return ["is not translated"]
    found = ["is fuzzy"] if entry.fuzzy else []
    singular, plural = entry.id if entry.pluralizable else (entry.id, entry.id)
    found += _placeholder_faults(singular, plural, text)
    if sorted(_MARKUP.findall(plural)) != sorted(_MARKUP.findall(text)):
        found.append(f"has other markup in {text!r}")
    if text == singular and set(_WORD.findall(_plain(text))) - SAME_IN_BOTH:
        found.append("is still English")
    return found


def _placeholder_faults(singular: str, plural: str, text: str) -> Iterator[str]:
    # Chinese has one form: it says what the English plural says; what only the singular names may be used, too.
    names, allowed = catalogues.percent_names(plural), catalogues.percent_names(singular + plural)
    used = catalogues.percent_names(text)
    if not names <= used <= allowed or catalogues.percent_positions(plural) != catalogues.percent_positions(text):
        yield f"has other placeholders in {text!r}"
    elif "python-format" in catalogues.format_flags(plural) and catalogues.has_stray_percent(text):
        yield f"has a stray % in {text!r}: write %%"
    try:
        wanted = catalogues.brace_names(plural)
    except ValueError:
        return  # not a format string
    try:
        if wanted != catalogues.brace_names(text):
            yield f"has other {{fields}} in {text!r}"
    except ValueError:
        yield f"has unbalanced braces in {text!r}"


def _plain(text: str) -> str:
    return re.sub(r"%\(\w+\)\w|\{\w*\}", "", _MARKUP.sub("", text))


def conflicts(project: Project) -> list[Finding]:
    """Return the messages that two apps translate differently; Django would show the first app's word everywhere."""
    said: dict[tuple[str, str], tuple[str, str]] = {}
    found = []
    for app in project.apps:
        try:
            catalog = catalogues.load(project.po(app))
        except Unusable:
            continue  # reported with its app
        for entry in entries(catalog):
            if not (text := translation_of(entry)):
                continue
            first_app, first_text = said.setdefault(key_of(entry), (app, text))
            if text != first_text:
                found.append(Finding(app, f"{singular_of(entry)!r} is {text!r} here but {first_text!r} in {first_app}"))
    return found
