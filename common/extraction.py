"""
The strings that a source asks to have translated, exactly as Django looks them up at run time.

Pure: text in, messages out. What cannot be looked up (an f-string, a filter inside ``blocktranslate``) is refused with its
line instead of being passed over, because it would show up only as an English word on a Chinese page.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.template.base import Lexer, Token, TokenType, Variable
from django.utils.translation import trim_whitespace


@dataclass(frozen=True, order=True)
class Message:
    """A string to translate: what gettext is asked for. No context and no plural are empty strings."""

    singular: str
    context: str = ""
    plural: str = ""


class Unreadable(Exception):
    """A source whose messages cannot be known before it runs: ``lineno`` and why."""

    def __init__(self, lineno: int, why: str):
        super().__init__(f"line {lineno}: {why}")
        self.lineno = lineno
        self.why = why


_PARAMETERS = {
    "gettext": ("message",),
    "ngettext": ("singular", "plural"),
    "pgettext": ("context", "message"),
    "npgettext": ("context", "singular", "plural"),
}
_PARAMETERS |= {f"{name}_lazy": parameters for name, parameters in _PARAMETERS.items()}
_PARAMETERS["gettext_noop"] = ("message",)
_ALIASES = {"_": "gettext", "_lazy": "gettext_lazy"}


def from_python(source: str) -> Iterator[tuple[int, Message]]:
    """
    Yield (line, message) for every call of Django's translation functions, under whatever name they were imported.

    A call with a variable (``_(metric.name)``) is allowed and yields nothing: its strings are marked where they are written.

    :raises Unreadable: for an f-string, for text formatted before it is looked up, and for a syntax error.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise Unreadable(error.lineno or 0, f"not Python: {error.msg}") from error
    names = _ALIASES | dict(_imported(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (function := _function(node.func, names)):
            yield from _from_call(node, _PARAMETERS[function])


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names if alias.name in _PARAMETERS)


def _function(called: ast.expr, names: dict[str, str]) -> str | None:
    if isinstance(called, ast.Name):
        return names.get(called.id, called.id if called.id in _PARAMETERS else None)
    if isinstance(called, ast.Attribute) and called.attr in _PARAMETERS:
        return called.attr  # translation.gettext(…)
    return None


def _from_call(call: ast.Call, parameters: tuple[str, ...]) -> Iterator[tuple[int, Message]]:
    given = dict(zip(parameters, call.args, strict=False)) | {word.arg: word.value for word in call.keywords}
    texts = {name: _literals(given[name]) for name in parameters if name in given}
    if len(texts) < len(parameters) or not all(texts.values()):
        if any(texts.values()):
            raise Unreadable(call.lineno, "context, singular and plural must all be written out")
        return
    if "" in texts.get("message", texts.get("singular")):
        raise Unreadable(call.lineno, "an empty string cannot be translated")
    if "plural" in texts:
        yield call.lineno, Message(texts["singular"][0], texts.get("context", [""])[0], texts["plural"][0])
        return
    for text in texts["message"]:
        yield call.lineno, Message(text, texts.get("context", [""])[0])


def _literals(node: ast.expr) -> list[str]:
    """Return the texts the expression can be: none for a variable, two for ``"a" if x else "b"``."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            return _literals(body) + _literals(other)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [a + b for a in _literals(left) for b in _literals(right)]
        case ast.JoinedStr():
            raise Unreadable(node.lineno, "an f-string cannot be looked up; use a placeholder and format the translation")
        case ast.BinOp(op=ast.Mod(), left=text) | ast.Call(func=ast.Attribute(value=text, attr="format")) if _literals(text):
            raise Unreadable(node.lineno, "translate first, then fill in the placeholders")
    return []


_CONSTANT = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'"""
# Plain constants are matched too, and passed over, so that "_('…')" inside a quoted string is not taken for a call.
_MARKED = re.compile(rf"""(?<!\w)_\((?P<marked>{_CONSTANT})\)|{_CONSTANT}""")
_AT_START = re.compile(_CONSTANT)
_TRANSLATE = {"translate", "trans"}
_BLOCK_TRANSLATE = {"blocktranslate", "blocktrans"}


def from_template(source: str) -> Iterator[tuple[int, Message]]:
    """
    Yield (line, message) for every ``{% translate %}``, ``{% blocktranslate %}`` and ``_("…")`` of a Django template.

    :raises Unreadable: for tags or filters inside ``blocktranslate``, and for a context that is not written out.
    """
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        yield from _marked(token)
        tag = token.contents.split(None, 1)[0] if token.token_type == TokenType.BLOCK and token.contents else ""
        if tag == "comment":
            _skip_to("endcomment", token, tokens)
        elif tag in _TRANSLATE:
            yield from _translate(token)
        elif tag in _BLOCK_TRANSLATE:
            yield from _block_translate(token, tokens)


def _marked(token: Token) -> Iterator[tuple[int, Message]]:
    for piece in _MARKED.finditer(token.contents):
        if constant := piece["marked"]:
            # Django doubles the percent sign in template constants before it looks them up.
            yield token.lineno, Message(Variable(constant).literal.replace("%", "%%"))


def _translate(token: Token) -> Iterator[tuple[int, Message]]:
    bits = token.split_contents()
    if len(bits) > 1 and (constant := _AT_START.match(bits[1])) and len(constant[0]) > 2:
        text = Variable(f"'{Variable(constant[0]).literal}'").literal.replace("%", "%%")
        yield token.lineno, Message(str(text), _context(bits, token))


def _block_translate(token: Token, tokens: Iterator[Token]) -> Iterator[tuple[int, Message]]:
    bits = token.split_contents()
    trimmed, context = "trimmed" in bits, _context(bits, token)
    singular, end = _inside(token, tokens)
    plural = ""
    if end == "plural":
        if "count" not in bits:
            raise Unreadable(token.lineno, "{% plural %} without count")
        plural, end = _inside(token, tokens)
    elif "count" in bits:
        raise Unreadable(token.lineno, "count without {% plural %}")
    if end != f"end{bits[0]}":
        raise Unreadable(token.lineno, f"{{% {end} %}} inside {{% {bits[0]} %}}")
    if trimmed:
        singular, plural = trim_whitespace(singular), trim_whitespace(plural)
    if singular:
        yield token.lineno, Message(singular, context, plural)


def _inside(opening: Token, tokens: Iterator[Token]) -> tuple[str, str]:
    """Return the text up to the next tag, variables as placeholders, and that tag's contents."""
    parts = []
    for token in tokens:
        if token.token_type == TokenType.TEXT:
            parts.append(token.contents.replace("%", "%%"))
        elif token.token_type == TokenType.VAR:
            if not token.contents.isidentifier():
                # Django would look for a context variable of that very name and print nothing.
                raise Unreadable(token.lineno, f"{{{{ {token.contents} }}}} in {{% blocktranslate %}}: name it with `with`")
            parts.append(f"%({token.contents})s")
        elif token.token_type == TokenType.BLOCK:
            return "".join(parts), token.contents.strip()
        else:
            raise Unreadable(token.lineno, "a comment inside {% blocktranslate %}")
    raise Unreadable(opening.lineno, f"{{% {opening.contents.split()[0]} %}} is not closed")


def _context(bits: list[str], token: Token) -> str:
    if "context" not in bits[1:]:
        return ""
    value = bits[bits.index("context", 1) + 1 :][:1]
    if not value or not _AT_START.fullmatch(value[0]):
        raise Unreadable(token.lineno, "a context must be written out")
    return Variable(value[0]).literal


def _skip_to(end: str, opening: Token, tokens: Iterator[Token]) -> None:
    for token in tokens:
        if token.token_type == TokenType.BLOCK and token.contents.strip() == end:
            return
    raise Unreadable(opening.lineno, f"{{% {end} %}} is missing")
