"""
Whoever changes something leaves a trace: every public service with a `by` writes to the audit trail.

Read from the sources: a service must call `accounts.services.record` or `change`, itself or through services it calls. The check
says that there is a path to an entry, not that every path leads there; what each entry says is tested with its service.
"""

import ast
from pathlib import Path

import django.apps
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = tuple(app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir())
WRITERS = {"accounts.services.audit.record", "accounts.services.audit.change"}
#: Services that leave no entry, each with the reason.
WITHOUT_TRACE = {
    "exchange.services.receive_file": "keeps a file; what it changes is recorded when it is imported",
    "exchange.services.match_columns": "remembers which column is what and looks at the file",
    "exchange.services.start": "asks for a job that records every change it makes",
    "exchange.services.try_again": "asks for the same job again",
    "jobs.services.do_now": "the job's own row, see enqueue",
    "targets.services.plans.refresh_attainment": "asks for a job",
    "targets.services.corrections.note_corrections": "its own rows say what was found and when; the job's row who asked",
    "targets.services.forecasts.store_forecasts": "keeps what the figures said; the job's own row says who asked and what came of it",
    "targets.services.nudging.write_reminders": "sends letters; the talk keeps that it was reminded, see reminding.remind",
    "targets.services.nudging.remind_by_itself": "sends letters; the talk keeps that it did, the job's row when",
    "jobs.services.enqueue": "the job's own row says who asked, when, for what, and what came of it",
    "jobs.services.retry": "asks for a job again, see enqueue",
}


class Sources:
    """The service modules of a project: their functions, and what each name in them means."""

    def __init__(self, modules):
        self.trees = {name: ast.parse(text) for name, text in modules.items()}
        self.names = {name: _names_of(name, tree, name in _packages(modules)) for name, tree in self.trees.items()}
        self.functions = {
            f"{name}.{node.name}": node
            for name, tree in self.trees.items()
            for node in tree.body
            if isinstance(node, ast.FunctionDef)
        }

    def resolve(self, path):
        """Follow re-exports to where a function is written."""
        for _step in range(10):
            module, _dot, name = path.rpartition(".")
            further = self.names.get(module, {}).get(name)
            if path in self.functions or further is None or further == path:
                return path
            path = further
        return path

    def called_by(self, function):
        """Return the full names of what a function calls, lambdas and nested functions included."""
        module = function.rpartition(".")[0]
        found = set()
        for node in ast.walk(self.functions[function]):
            # A function that is only handed on (`on_commit(ring)`, `_attempt(act)`) counts as called.
            if isinstance(node, ast.Name):
                found.add(self.names[module].get(node.id, f"{module}.{node.id}"))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                found.add(f"{self.names[module].get(node.value.id, '?')}.{node.attr}")
        return {self.resolve(path) for path in found}

    def leaves_a_trace(self, function, seen=frozenset()):
        if function in WRITERS:
            return True
        if function not in self.functions or function in seen:
            return False
        return any(self.leaves_a_trace(path, seen | {function}) for path in self.called_by(function))

    def silent_services(self):
        """Return the public functions with a `by` that leave no trace."""
        return {
            path
            for path, node in self.functions.items()
            if not node.name.startswith("_")
            and any(argument.arg == "by" for argument in (*node.args.args, *node.args.kwonlyargs))
            and path not in WRITERS
            and not self.leaves_a_trace(path)
        }


def _packages(modules):
    return {name for name in modules if any(other.startswith(f"{name}.") for other in modules)}


def _names_of(module, tree, is_package):
    """Return what the names bound by imports and definitions of a module mean, as dotted paths."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {
                (alias.asname or alias.name.split(".")[0]): (alias.asname and alias.name or alias.name.split(".")[0])
                for alias in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")[: None if is_package and node.level == 1 else -node.level + is_package]
                base = ".".join([*parts, *([node.module] if node.module else [])])
            names |= {(alias.asname or alias.name): f"{base}.{alias.name}" for alias in node.names}
    return names


def service_modules():
    """Return the text of every service module of ours by dotted name."""
    found = {}
    for app in APPS:
        for path in [ROOT / app / "services.py", *(ROOT / app / "services").rglob("*.py")]:
            if path.is_file():
                parts = path.relative_to(ROOT).with_suffix("").parts
                found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


class TestServices:
    def test_every_change_leaves_a_trace_or_says_why_not(self):
        assert Sources(service_modules()).silent_services() == set(WITHOUT_TRACE)

    def test_the_check_reads_what_is_there(self):
        found = Sources(service_modules()).functions
        assert {"accounts.services.members.change_role", "teams.services.people.transfer"} <= set(found)

    @pytest.mark.parametrize(
        ("planted", "is_silent"),
        [
            ("def wipe(*, row, by):\n    row.delete()", True),
            ("def wipe(*, row, by):\n    record = row.delete\n    audit(row)", True),
            ("from elsewhere import record\ndef wipe(*, row, by):\n    record(row)", True),
            ("from accounts.services import record\ndef wipe(*, row, by):\n    record('x.y.z', about=row, by=by)", False),
            ("from accounts import services\ndef wipe(*, row, by):\n    services.record('x.y.z', about=row, by=by)", False),
            (
                "from accounts.services import change\ndef wipe(*, row, by):\n    _do(row, by)\ndef _do(row, by):\n    change(row, by=by)",
                False,
            ),
            ("from teams.services import rename_unit\ndef wipe(*, row, by):\n    rename_unit(unit=row, name='', by=by)", False),
            ("from teams.services.units import _locked\ndef wipe(*, row, by):\n    _locked(row)", True),
        ],
    )
    def test_a_planted_silent_service_is_found(self, planted, is_silent):
        silent = Sources(service_modules() | {"planted.services": planted}).silent_services()
        assert ("planted.services.wipe" in silent) is is_silent


class TestWords:
    def test_every_action_is_said_in_words(self):
        from accounts.rules import VERBS

        unknown = {action for action in actions() if action.rpartition(".")[2] not in VERBS}
        assert unknown == set()

    def test_every_recorded_value_has_a_label_in_chinese(self):
        from accounts.queries.trail import WORDS

        nameless = {(app, name) for app, name in recorded_values() if name not in WORDS and not _is_labelled(app, name)}
        assert nameless == set()

    def test_every_action_names_an_app_a_noun_and_a_verb(self):
        assert {action for action in actions() if action.count(".") != 2 or action.split(".")[0] not in APPS} == set()


def actions():
    """Return every action that our services write, as it stands in their sources."""
    found = set()
    for text in service_modules().values():
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or _called(node) not in {"record", "change", "_set", "_note"}:
                continue
            given = [*node.args[:2], *(keyword.value for keyword in node.keywords if keyword.arg == "action")]
            found |= {
                argument.value
                for argument in given
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value.count(".") >= 2
            }
    return found


def recorded_values():
    """Return (app, name) of every value that our services name when they record a change."""
    found = set()
    for module, text in service_modules().items():
        app = module.partition(".")[0]
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or _called(node) not in {"record", "change"}:
                continue
            for keyword in node.keywords:
                if _called(node) == "change" and keyword.arg not in {"action", "by", None}:
                    found.add((app, keyword.arg))
                elif keyword.arg in {"before", "after"} and isinstance(keyword.value, ast.Dict):
                    found |= {(app, key.value) for key in keyword.value.keys if isinstance(key, ast.Constant)}
    return found


def _is_labelled(app, name):
    """Return whether a model of the app has such a field, named by hand and not after its column."""
    fields = [
        field
        for model in django.apps.apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if field.name == name
    ]
    return any(not isinstance(field.verbose_name, str) or not field.verbose_name.isascii() for field in fields)


def _called(node):
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
