"""Finders of text in one language only: functions over a source, so that the guards can be shown planted faults."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain

from django.forms import BaseForm
from django.template.base import Lexer, Token, TokenType
from django.utils.functional import Promise

from common.catalogue_checks import SAME_IN_BOTH

CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+|[\u3400-\u4dbf\u4e00-\u9fff]+")
_CONSTANT = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""

Found = tuple[int, str]  # line, text


def words(text: str) -> list[str]:
    """Return the words that somebody would have to translate; a grade A is an A everywhere."""
    return [word for word in _WORD.findall(text) if word not in SAME_IN_BOTH and not re.fullmatch("[A-Z]", word)]


# Templates

_FIRST_MARK = 0xF0000  # private use: one character stands for each template tag while HTML is parsed
_MARK = re.compile(f"[{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + 0xFFFD)}]")
_EXCUSE = re.compile(r"untranslated:\s*\S+")
_READ_ALOUD = re.compile(
    r"(alt|title|placeholder|label|aria-(label|description|roledescription|valuetext|placeholder)|hx-(confirm|prompt)"
    r"|data-(\S+-)?(confirm|message|label|title|text|hint|placeholder|empty|error))"
)
# `{% block body_attributes %}class="wide"{% endblock %}` fills a tag of another template.
_ATTRIBUTE = re.compile(r"\b(?:class|id|role|style|lang|data-[\w-]+|hx-[\w-]+)=\"[^\"]*\"")
_NOT_PROSE = {"script", "style", "code", "kbd", "samp"}
_TEXT_ARGUMENT = re.compile(
    rf"\b(?:title|subtitle|heading|label|text|hint|help|message|body|caption|placeholder|alt|empty|button|action|confirm"
    rf"|summary|description|\w+_(?:label|text|title|message))=({_CONSTANT})"
)
_TEXT_FILTER = re.compile(rf"\|\s*(?:default|default_if_none|yesno):({_CONSTANT})")
_CHOICE = re.compile(r"""(["'])[A-Z_]{2,}\1""")  # a stored value, turned into words by the next filter
_LITERAL = re.compile(rf"^({_CONSTANT})")
_FIRST_OF = re.compile(rf"^firstof\b.*?\s({_CONSTANT})")


def bare_texts(source: str, *, html: bool = True) -> list[Found]:
    """
    Return the human text of a template that is not translated: prose, attributes that are read, arguments of tags and filters.

    ``{# untranslated: why #}`` excuses its own line and the next.
    """
    tokens = Lexer(source).tokenize()
    excused = {token.lineno + after for token in tokens if _is_excuse(token) for after in (0, 1)}
    shown = list(_outside_translations(tokens))
    if html:
        reader = _Reader(shown)
        reader.feed("".join(_as_html(number, token) for number, token in enumerate(shown)))
        reader.close()
        found = reader.found
    else:
        found = [f for token in shown for f in (_lines(token) if token.token_type == TokenType.TEXT else _said_by(token))]
    found += chain.from_iterable(map(_arguments, shown))
    return sorted({(lineno, text) for lineno, text in found if lineno not in excused})


def _is_excuse(token: Token) -> bool:
    return token.token_type == TokenType.COMMENT and bool(_EXCUSE.match(token.contents))


def _outside_translations(tokens: list[Token]) -> Iterator[Token]:
    waiting_for = ""
    for token in tokens:
        tag = token.contents.split(None, 1)[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if waiting_for:
            # What is left out leaves its line breaks, so that lines stay right.
            yield Token(TokenType.TEXT, "\n" * token.contents.count("\n"), lineno=token.lineno)
            waiting_for = "" if tag == waiting_for else waiting_for
        elif tag in {"blocktranslate", "blocktrans", "comment"}:
            waiting_for = f"end{tag}"
            yield token
        else:
            yield token


def _as_html(number: int, token: Token) -> str:
    return token.contents if token.token_type == TokenType.TEXT else chr(_FIRST_MARK + number)


def _lines(token: Token) -> list[Found]:
    return [(token.lineno + offset, line.strip()) for offset, line in enumerate(token.contents.splitlines()) if words(line)]


def _said_by(token: Token) -> list[Found]:
    """What a tag in the place of human text prints out of its own arguments."""
    if token.token_type == TokenType.VAR:
        constants = _LITERAL.findall(token.contents) + _TEXT_FILTER.findall(token.contents)
    else:
        constants = _FIRST_OF.findall(token.contents)
    return [(token.lineno, constant) for constant in constants if words(constant) and not _CHOICE.fullmatch(constant)]


def _arguments(token: Token) -> list[Found]:
    if token.token_type == TokenType.BLOCK and not token.contents.startswith(("translate", "trans ", "blocktrans")):
        return [(token.lineno, text) for text in _TEXT_ARGUMENT.findall(token.contents) if words(text)]
    if token.token_type == TokenType.VAR and re.search(r"\|\s*pluralize\b", token.contents):
        return [(token.lineno, "|pluralize: English grammar; use blocktranslate count")]
    return []


class _Reader(HTMLParser):
    def __init__(self, tokens: list[Token]):
        super().__init__()
        self.tokens, self.found, self.not_prose = tokens, [], 0

    def handle_starttag(self, tag, attrs):
        self._read_attributes(tag, dict(attrs))
        self.not_prose += tag in _NOT_PROSE

    def handle_startendtag(self, tag, attrs):
        self._read_attributes(tag, dict(attrs))

    def handle_endtag(self, tag):
        self.not_prose -= tag in _NOT_PROSE

    def handle_data(self, data):
        if not self.not_prose:
            self._read(_ATTRIBUTE.sub(lambda found: "\n" * found[0].count("\n"), data), self.getpos()[0])

    def _read_attributes(self, tag, attributes):
        source = self.get_starttag_text() or ""
        is_button = tag == "input" and attributes.get("type") in {"submit", "button", "reset"}
        is_summary = tag == "meta" and attributes.get("name") in {"description", "apple-mobile-web-app-title"}
        for name, value in attributes.items():
            is_text = _READ_ALOUD.fullmatch(name) or (is_button and name == "value") or (is_summary and name == "content")
            if value and (is_text or CHINESE.search(value)):
                before = source[: max(source.find(f"{name}="), 0)]
                self._read(value, self.getpos()[0] + before.count("\n"))

    def _read(self, text, lineno):
        for offset, line in enumerate(text.split("\n")):
            plain = _MARK.sub(" ", line)
            if words(plain):
                self.found.append((lineno + offset, plain.strip()))
            for mark in _MARK.findall(line):
                self.found += _said_by(self.tokens[ord(mark) - _FIRST_MARK])


# Python

_ENDS_OF_RANGE = {"\u4e00", "\u9fff"}  # `"\u4e00" <= sign <= "\u9fff"`
_LABEL_WORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "empty_label"}
_LABEL_KEYS = {"placeholder", "title", "alt", "aria-label"}
_SPOKEN = {"ValidationError": 0, "add_error": 1} | dict.fromkeys(("success", "info", "warning", "error"), 1)


def chinese_strings(source: str) -> list[Found]:
    """Return the strings of a Python source that contain Chinese; docstrings and comments may."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return sorted(
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if CHINESE.search(node.value) and node.value not in _ENDS_OF_RANGE and id(node) not in docstrings
    )


def plain_labels(source: str) -> list[Found]:
    """Return what a Python source would show to people without asking for its translation."""
    return sorted(
        (node.lineno, text) for node in ast.walk(ast.parse(source)) for text in map(_text, _shown_by(node)) if words(text)
    )


def _shown_by(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments, keywords=keywords):
            yield from (word.value for word in keywords if word.arg in _LABEL_WORDS)
            place = _SPOKEN.get(name)
            is_log = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in {"logger", "log"}
            if place is not None and place < len(arguments) and not is_log:
                yield arguments[place]
        case ast.Dict(keys=keys, values=values):
            yield from (value for key, value in zip(keys, values, strict=True) if _text(key) in _LABEL_KEYS)
        case ast.ClassDef(name="Meta", body=body):
            yield from (s.value for s in body if isinstance(s, ast.Assign) and getattr(s.targets[0], "id", "") in _LABEL_WORDS)
        case ast.ClassDef(bases=bases, body=body) if any(ast.unparse(base).endswith("Choices") for base in bases):
            for statement in body:
                if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "").isupper():
                    value = statement.value
                    # Without a label Django makes one, in English, out of the name.
                    yield value.elts[-1] if isinstance(value, ast.Tuple) else value


def _text(node: ast.expr | None) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(_text, parts))
        case ast.BinOp(left=left, op=ast.Mod()):
            return _text(left)
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _text(value)
    return ""


def unlabelled_fields(form: type[BaseForm]) -> list[str]:
    """Return the visible fields of a form class whose label Django would make, in English, out of the field's name."""
    return [
        name
        for name, field in form.base_fields.items()
        if not field.widget.is_hidden and field.label != "" and not isinstance(field.label, Promise)
    ]


# JavaScript


def chinese_in_script(source: str) -> list[Found]:
    """Return the lines of a script with Chinese outside comments: its texts come from the page."""
    code = re.sub(r"/\*.*?\*/", lambda comment: "\n" * comment[0].count("\n"), source, flags=re.DOTALL)
    return [
        (lineno, line.strip())
        for lineno, line in enumerate(code.split("\n"), start=1)
        if CHINESE.search(re.sub(r"(?<!:)//.*", "", line))
    ]
