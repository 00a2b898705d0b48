"""Floors, rooms and doors stay what docs/architecture.md says. Each check is shown to fail on a planted fault."""

import importlib
from pathlib import Path

from importlinter.cli import lint_imports

from tests.guards.source import APPS, ROOT, modules, nothing, parsed

#: The rooms, and which rooms of its own app each may import. A door may import every room but another door.
BELOW = {
    "rules": {"rules"},
    "signals": set(),
    "models": {"rules", "models"},
    "queries": {"rules", "models", "queries"},
    "rollups": {"rules", "models", "queries", "rollups"},
    "services": {"rules", "signals", "models", "queries", "rollups", "services"},
    "access": {"rules", "models", "queries", "access"},
    "forms": {"rules", "models", "queries", "forms"},
    "exports": {"rules", "models", "queries", "rollups", "exports"},
    "imports": {"rules", "signals", "models", "queries", "rollups", "services", "imports"},
}
DOORS = {"views", "api", "tasks", "receivers", "admin", "management", "middleware", "context_processors", "templatetags"}
WIRING = {"apps", "urls", "migrations", "__init__"}
#: What another app never imports: it would reach round the services, or see a form that is not its own.
CLOSED = DOORS | {"forms", "urls"}


def stray_modules(candidates, known):
    """Return the modules that stand in no room and are not listed with a reason."""
    rooms = BELOW.keys() | DOORS | WIRING
    return sorted(
        {
            f"{m.app}/{m.room}"
            for m in candidates
            if m.app not in FREE and m.room not in rooms and f"{m.app}/{m.room}" not in known
        }
    )


def doors_imported_across(candidates, shared=()):
    """Return the imports of another app's door."""
    faults = []
    for module in candidates:
        for imported in module.imports():
            app, _dot, rest = imported.partition(".")
            if app in APPS and app not in {module.app, "common"} and rest.split(".")[0] in CLOSED and imported not in shared:
                faults.append(f"{module.path}: {imported}")
    return faults


def imports_of_higher_rooms(candidates, known=frozenset()):
    """Return what a room imports of its own app although it stands above it."""
    faults = []
    for module in candidates:
        if (allowed := BELOW.get(module.room)) is None or module.app in FREE:
            continue
        for imported in module.imports():
            app, _dot, rest = imported.partition(".")
            room = rest.split(".")[0]
            fault = f"{module.path}: {room}"
            if app == module.app and room in (BELOW.keys() | DOORS) - allowed and fault not in known:
                faults.append(fault)
    return faults


def long_files(sizes, *, limit, known=()):
    return sorted(f"{path}: {lines} lines" for path, lines in sizes.items() if lines > limit and path not in known)


def sizes_of(*patterns):
    paths = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in paths
        if not {"migrations", "node_modules", ".venv"} & set(path.parts)
    }


#: Apps that are no floor of the business: a library of single tools, and the script of the demo.
FREE = {"common", "demo"}
#: Modules outside the rooms, each with what it is.
LISTED = {
    "accounts/adapters": "what the sign-in library asks us",
    "accounts/company_urls": "routes inside a company, beside those outside",
    "accounts/plain_urls": "routes whose names other software expects",
    "accounts/sessions": "where sessions are read, as the settings name it",
    "customers/timeline": "where apps tell what happened with a customer",
    "deals/intake": "logging what a page or a phone's queue brought",
    "deals/timeline": "what deals tell on a customer's page",
    "deals/trail": "the audit trail of a deal in words",
    "exchange/commanding": "what the import commands have in common",
    "exchange/kinds": "which app brings which kind of import",
    "exchange/reading": "from a file to rows of values",
    "exchange/telling": "what an import says about its rows, put for people",
    "deals/cards": "where apps put cards on a deal's page",
    "incentives/cards": "what incentives put on the pages of people and deals",
    "jobs/registry": "where apps say which jobs they do",
    "meetings/agenda": "the agenda that writes itself from the figures",
    "meetings/words": "sentences of the agenda",
    "reports/choices": "what a page may be switched to",
    "reports/navigation": "the entries of each role",
    "reports/search": "one search over everything in sight",
    "targets/choices": "which period and lens a page shows",
    "customers/survey_urls": "the route of the customer's own page, outside of any company",
    "targets/figure_urls": "routes to figures, beside those of plans",
    "targets/period_jump": "the periods that have figures, as links of the period switch",
    "meetings/pages": "what the page of a meeting shows, put together from its rooms",
    "credits/closing_checks": "where apps say what to look at before a period is closed",
    "teams/cards": "where apps put cards on a person's page",
    "visits/intake": "logging what a page or a phone's queue brought",
    "visits/timeline": "what visits tell on a customer's page",
}
#: Imports against the order of rooms, each with its reason.
UPWARD = {
    "jobs/services.py: tasks": "ringing the bell is calling the task",
}
#: Parts of another app's closed rooms that are shared on purpose, each with its reason.
SHARED = {
    "accounts.forms.PhoneField": "a field, not a form",
    "customers.forms.CustomerChoice": "the customer of a visit or deal, chosen or new: fields, not a form",
    "jobs.management.job_command.JobCommand": "the base of commands that do a job",
    "teams.forms.PeoplesDaysFilter": "what narrows a list of what people did on days: the base of a filter",
    "jobs.management.job_command.chosen_companies": "the same option of every command",
}


class TestFloors:
    def test_imports_only_go_down(self, capsys):
        assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0, capsys.readouterr().out

    def test_an_import_that_goes_up_is_found(self, tmp_path, capsys):
        upside_down = tmp_path / "upside_down.toml"
        upside_down.write_text(
            '[tool.importlinter]\nroot_packages = ["accounts", "common"]\n'
            '[[tool.importlinter.contracts]]\nname = "planted"\ntype = "layers"\nlayers = ["common", "accounts"]\n'
        )
        assert lint_imports(config_filename=str(upside_down), no_cache=True) == 1
        assert "accounts.models -> common.tenancy" in capsys.readouterr().out

    def test_every_app_is_on_a_floor(self):
        installed = {path.parent.name for path in ROOT.glob("*/apps.py")}
        assert installed == set(APPS)


class TestRooms:
    def test_every_module_stands_in_a_room_or_says_what_it_is(self):
        nothing(stray_modules(modules(), LISTED))

    def test_a_stray_module_is_found(self):
        assert stray_modules([parsed("deals/helpers.py", ""), parsed("deals/utils/text.py", "")], {}) == [
            "deals/helpers",
            "deals/utils",
        ]

    def test_every_listed_exception_still_exists(self):
        standing = {f"{m.app}/{m.room}" for m in modules()}
        assert set(LISTED) - standing == set()
        assert set(UPWARD) - set(imports_of_higher_rooms(modules())) == set()
        assert set(SHARED) - {fault.split(": ")[1] for fault in doors_imported_across(modules())} == set()

    def test_a_room_imports_only_what_stands_below_it(self):
        nothing(imports_of_higher_rooms(modules(), UPWARD))

    def test_an_import_of_a_higher_room_is_found(self):
        planted = [
            parsed("deals/rules.py", "from deals.models import Deal"),
            parsed("deals/queries/lists.py", "from deals.services import win_deal"),
            parsed("deals/services/deal.py", "def f():\n    from deals import forms"),
            parsed("deals/views.py", "from deals import services"),
        ]
        assert imports_of_higher_rooms(planted) == [
            "deals/rules.py: models",
            "deals/queries/lists.py: services",
            "deals/services/deal.py: forms",
        ]


class TestDoors:
    def test_no_app_walks_through_the_door_of_another(self):
        nothing(doors_imported_across(modules(), SHARED))

    def test_walking_through_anothers_door_is_found(self):
        planted = parsed("reports/views.py", "from teams import forms\nimport deals.views\nfrom teams import queries")
        assert doors_imported_across([planted]) == ["reports/views.py: teams.forms", "reports/views.py: deals.views"]


class TestSize:
    def test_no_file_is_too_long_to_read_at_a_sitting(self):
        product = sizes_of(*(f"{folder}/**/*.py" for folder in (*APPS, "salesforce_mgmt", "tooling")))
        pages = sizes_of("templates/**/*.html", "static/js/**/*.js", "static/css/**/*.css")
        nothing(long_files(product | pages, limit=400))

    def test_tests_may_be_a_little_longer_for_they_are_lists_of_sentences(self):
        nothing(long_files(sizes_of("tests/**/*.py"), limit=600))

    def test_a_long_file_is_found(self):
        assert long_files({"deals/views.py": 401, "deals/urls.py": 400}, limit=400) == ["deals/views.py: 401 lines"]


def test_the_guards_see_the_whole_project():
    assert {m.app for m in modules()} == set(APPS)
    assert {"teams.access", "accounts.rules"} <= {m.name for m in modules()}
    assert Path(importlib.import_module("common").__file__).is_relative_to(ROOT)
