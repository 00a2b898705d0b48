"""What the guards read: the project's own Python, parsed once."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: The floors of the product (docs/architecture.md), without the wiring on top of them.
APPS = (
    "common",
    "accounts",
    "jobs",
    "teams",
    "customers",
    "deals",
    "visits",
    "credits",
    "targets",
    "incentives",
    "meetings",
    "exchange",
    "reports",
    "demo",
)


@dataclass(frozen=True)
class Module:
    """One file: `app` and the `room` it belongs to, which a package of the same name stands for as a whole."""

    path: str
    tree: ast.Module

    @property
    def app(self):
        return self.path.split("/")[0]

    @property
    def room(self):
        parts = self.path.removesuffix(".py").split("/")
        return parts[1] if len(parts) > 1 else ""

    @property
    def name(self):
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def imports(self):
        """Yield the dotted name of everything imported, `from a import b` as `a.b`, wherever in the file it stands."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(path, text):
    return Module(path, ast.parse(text, path))


@cache
def modules(*, also=()):
    """Return every module of the apps, and of the folders named besides, without migrations."""
    return tuple(
        parsed(str(path.relative_to(ROOT)), path.read_text())
        for folder in (*APPS, *also)
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    )


def nothing(faults):
    """Fail with every fault on a line of its own."""
    __tracebackhide__ = True
    assert not faults, "\n" + "\n".join(map(str, faults))
