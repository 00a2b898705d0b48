"""
The catalogues of translations: one per app, kept in step with the sources, compiled without GNU gettext.

Pure: works on folders, needs no settings and no database. English is the language of the sources, so only what other
languages say is stored. Files are written so that parallel work merges: sorted, without dates and line numbers.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from string import Formatter
from tempfile import NamedTemporaryFile

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, generate_po, read_po

from common.extraction import Message, Unreadable, from_python, from_template

LANGUAGE = "zh_Hans"
HEADER = f"""msgid ""
msgstr ""
"Language: {LANGUAGE}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
SHARED = "common"  # owns the templates of no app
WIRING = "salesforce_mgmt"  # settings and routes; its strings are common's
TEMPLATE_SUFFIXES = {".html", ".txt", ".xml", ".json", ".webmanifest"}

Key = tuple[str, str]  # context, singular: what gettext looks up


class Unusable(Exception):
    """A catalogue or source that cannot be read; the text says which and why."""


@dataclass
class Found:
    """A string the sources ask for: its plural, if anywhere, and the files it stands in."""

    plural: str = ""
    places: set[str] = field(default_factory=set)

    def add(self, message: Message, place: str) -> None:
        if message.plural and self.plural and message.plural != self.plural:
            raise Unusable(f"{place}: {message.singular!r} has two plurals, {self.plural!r} and {message.plural!r}")
        self.plural = self.plural or message.plural
        self.places.add(place)


@dataclass(frozen=True)
class Project:
    """Where the sources are: ``root`` with a package per app and ``templates/<app>``; apps in the order of LOCALE_PATHS."""

    root: Path
    apps: tuple[str, ...]

    def po(self, app: str) -> Path:
        return self.root / app / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"

    def sources(self, app: str) -> list[Path]:
        """Return the files whose strings belong to the app, sorted."""
        packages, templates = [self.root / app], [self.root / "templates" / app, self.root / app / "templates"]
        if app == SHARED:
            packages.append(self.root / WIRING)
            templates += [path for path in (self.root / "templates").glob("*") if path.name not in self.apps]
        code = [path for package in packages for path in package.rglob("*.py") if "migrations" not in path.parts]
        pages = [path for folder in templates for path in ([folder] if folder.is_file() else folder.rglob("*"))]
        return sorted({*code, *(path for path in pages if path.suffix in TEMPLATE_SUFFIXES)})

    def found(self, app: str) -> dict[Key, Found]:
        """
        Return what the app's sources ask for.

        :raises Unusable: if a source cannot be read, or one string is asked for with two different plurals.
        """
        found: dict[Key, Found] = {}
        for path in self.sources(app):
            place = path.relative_to(self.root).as_posix()
            read = from_python if path.suffix == ".py" else from_template
            try:
                for _lineno, message in read(path.read_text(encoding="utf-8")):
                    found.setdefault((message.context, message.singular), Found()).add(message, place)
            except (Unreadable, UnicodeDecodeError) as error:
                raise Unusable(f"{place}: {error}") from error
        return found


# Reading and writing


def load(path: Path) -> Catalog:
    """
    Read a catalogue; one that does not exist yet is empty.

    :raises Unusable: if it is not a catalogue, for example because of conflict markers.
    """
    if not path.exists():
        return Catalog(locale=LANGUAGE)
    try:
        return read_po(BytesIO(path.read_bytes()), locale=LANGUAGE, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise Unusable(f"{path}: {error}") from error


def entries(catalog: Catalog) -> Iterator[Entry]:
    """The catalogue's messages without its header."""
    return (entry for entry in catalog if entry.id)


def key_of(entry: Entry) -> Key:
    return entry.context or "", singular_of(entry)


def singular_of(entry: Entry) -> str:
    return entry.id[0] if entry.pluralizable else entry.id


def translation_of(entry: Entry) -> str:
    """Return the one Chinese form (Chinese has no plural), "" when there is none."""
    return (entry.string[0] if entry.string else "") if isinstance(entry.string, tuple | list) else entry.string or ""


def translate(entry: Entry, text: str) -> None:
    entry.string = (text,) if entry.pluralizable else text
    entry.flags.discard("fuzzy")


def rendered(catalog: Catalog) -> str:
    """Return the file's text: sorted by msgid, references without line numbers, nothing that changes by itself."""
    lines = generate_po(catalog, omit_header=True, ignore_obsolete=True, include_lineno=False, sort_by="message", width=0)
    return HEADER + "".join(lines).rstrip("\n") + "\n"


def write(path: Path, content: bytes) -> None:
    """Write the file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may compile at once: each has a temporary file of its own, and the last rename wins.
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as temporary:
        temporary.write(content)
    Path(temporary.name).chmod(0o644)
    Path(temporary.name).replace(path)


# Placeholders

_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\))?[-#0+]?(?:\*|\d+)?(?:\.(?:\*|\d+))?(?P<type>[diouxXeEfFgGcrsa])|%%")


def percent_names(text: str) -> set[tuple[str, str]]:
    """Return the named placeholders with their type: ``%(count)d`` is ("count", "d")."""
    return {(place["name"], place["type"]) for place in _PERCENT.finditer(text) if place["name"]}


def percent_positions(text: str) -> list[str]:
    """Return the types of the unnamed placeholders in order: ``%s of %d`` is s, d."""
    return [place["type"] for place in _PERCENT.finditer(text) if place["type"] and not place["name"]]


def has_stray_percent(text: str) -> bool:
    """Whether formatting the text with ``%`` would fail."""
    return "%" in _PERCENT.sub("", text)


def brace_names(text: str) -> set[str]:
    """
    Return the fields of ``str.format``: ``{count:.1f}`` is count.

    :raises ValueError: if the braces are not balanced.
    """
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name is not None}


def format_flags(text: str) -> set[str]:
    """Return the flags that tell translators' editors which placeholders the message has."""
    flags = {"python-format"} if _PERCENT.search(text) else set()
    try:
        return flags | ({"python-brace-format"} if brace_names(text) else set())
    except ValueError:
        return flags


# Updating and compiling


def updated(project: Project, app: str) -> Catalog:
    """
    Return the app's catalogue as its sources want it: known translations kept, messages no longer asked for dropped.

    A new message takes the translation that another app already has for it.
    """
    old = {key_of(entry): entry for entry in entries(load(project.po(app)))}
    elsewhere = _translations(project, (other for other in project.apps if other != app))
    catalog = Catalog(locale=LANGUAGE)
    for (context, singular), found in project.found(app).items():
        entry = Entry(
            (singular, found.plural) if found.plural else singular,
            locations=[(place, None) for place in sorted(found.places)],
            context=context or None,
        )
        entry.flags = format_flags(singular) | format_flags(found.plural)
        known = old.get((context, singular))
        translate(entry, (translation_of(known) if known else "") or elsewhere.get((context, singular), ""))
        if known:
            entry.user_comments = known.user_comments
            entry.flags |= known.flags & {"fuzzy"}
        catalog[entry.id] = entry
    return catalog


def _translations(project: Project, apps: Iterable[str]) -> dict[Key, str]:
    """What the apps already say; the first one wins, as in Django."""
    said: dict[Key, str] = {}
    for app in apps:
        for entry in entries(load(project.po(app))):
            if translation_of(entry) and not entry.fuzzy:
                said.setdefault(key_of(entry), translation_of(entry))
    return said


def update(project: Project, app: str) -> Catalog:
    """
    Bring the app's file in step with its sources; an app that says nothing has no file.

    :raises Unusable: if a source or the file cannot be read; the file is left as it was.
    """
    catalog = updated(project, app)
    save(project, app, catalog)
    return catalog


def save(project: Project, app: str, catalog: Catalog) -> None:
    path = project.po(app)
    if not any(entries(catalog)):
        path.unlink(missing_ok=True)
    elif not path.exists() or path.read_text(encoding="utf-8") != rendered(catalog):
        write(path, rendered(catalog).encode())


def untranslated(catalog: Catalog) -> list[Entry]:
    return sorted(entry for entry in entries(catalog) if entry.fuzzy or not translation_of(entry))


def compile_all(project: Project) -> list[str]:
    """
    Write the ``.mo`` that Django reads, of every app whose ``.po`` is newer than it; return those apps.

    :raises Unusable: if a catalogue cannot be read.
    """
    return [app for app in project.apps if _compile(project.po(app))]


def _compile(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    if not po.exists():
        mo.unlink(missing_ok=True)
        return False
    if mo.exists() and mo.stat().st_mtime_ns > po.stat().st_mtime_ns:
        return False
    catalog, content = load(po), BytesIO()
    for entry in untranslated(catalog):
        catalog.delete(entry.id, entry.context)  # else the English singular would be stored as the Chinese text
    write_mo(content, catalog)
    write(mo, content.getvalue())
    return True


# Filling in


def name_of(entry: Entry) -> str:
    """Return how a message is named in JSON: its msgid, after ``context|`` if it has one."""
    return f"{entry.context}|{singular_of(entry)}" if entry.context else singular_of(entry)


def fill(project: Project, app: str, given: dict[str, str]) -> set[str]:
    """
    Update the app's catalogue, store the translations it has a message for, and return the names of those.

    :raises Unusable: as :func:`update`.
    """
    catalog = updated(project, app)
    filled = set()
    for entry in entries(catalog):
        if (text := given.get(name_of(entry))) is not None:
            translate(entry, text)
            filled.add(name_of(entry))
    save(project, app, catalog)
    return filled
