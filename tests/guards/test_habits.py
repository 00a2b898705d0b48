"""Habits of every line: no SQL is built from input, nobody below the doors reads the clock, rules know no database."""

import ast

import pytest

from tests.guards.source import ROOT, modules, nothing, parsed
from tests.guards.sql import built_sql

#: Files that put SQL together, each with its reason.
BUILDS_SQL = {
    "common/db/postgres/base.py": "prepares statements that are the program's own text",
    "common/db/postgres/cursors.py": "hands on what it is given",
    "common/db/postgres/reading.py": "asks word for word what was sent before",
    "common/rows.py": "names of a table and its columns, from the models",
    "common/questions.py": "asks word for word what the ORM made of a queryset",
    "common/walls.py": "names of tables and roles, quoted, from the models and the settings",
}
#: Rooms that are told the time by the door that called them.
TOLD_THE_TIME = {"rules", "models", "queries", "rollups", "services", "access", "forms", "imports", "exports"}
CLOCKS = {"now", "today", "localdate", "localtime", "utcnow"}
CLOCK_OWNERS = {"timezone", "date", "datetime", "time"}
#: Below the doors and yet with a clock of their own, each with its reason.
READS_CLOCK = {
    "jobs/services.py": "when a machine began and ended work is nobody's business day",
}
#: Looks for what a form's reference made by itself, each under a lock of its own.
LOOKS_BY_ITSELF = {
    "common/repeats.py": "is the one way of doing it",
    "incentives/services/payouts.py": "holds every statement that is paid",
    "deals/services/return_.py": "holds the deal",
    "targets/services/adjustments.py": "holds the plan",
    "targets/services/blocks.py": "asks again after the plan was let go",
    "targets/services/negotiation.py": "holds the plan",
    "targets/services/parts.py": "holds the plan",
    "targets/services/rates.py": "holds the plan",
    "targets/services/splits.py": "holds the plan",
    "targets/services/stages.py": "holds the plan of stages",
}
#: What a rule cannot know.
UNKNOWN_TO_RULES = ("django.db.connection", "django.db.transaction", "django.http", "django.shortcuts", "django.utils.timezone")


def read_clocks(candidates, known=()):
    faults = []
    for module in candidates:
        if module.room not in TOLD_THE_TIME or module.path in known:
            continue
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Attribute(attr=verb, value=ast.Name(id=owner)), args=[*given]) if (
                    verb in CLOCKS and owner in CLOCK_OWNERS and not (given and verb.startswith("local"))
                ):
                    faults.append(f"{module.path}:{node.lineno}: {owner}.{verb}()")
    return faults


def unguarded_repeats(candidates):
    """Return where services look for what a reference has made before without waiting for who is making it."""
    return [
        f"{module.path}:{node.lineno}"
        for module in candidates
        if module.room == "services" or module.path == "common/repeats.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"filter", "get", "get_or_create"}
        and any(keyword.arg == "client_ref" for keyword in node.keywords)
    ]


def impure_rules(candidates):
    return [
        f"{module.path}: {imported}"
        for module in candidates
        if module.room == "rules"
        for imported in module.imports()
        if imported.startswith(UNKNOWN_TO_RULES)
    ]


def sql_faults(candidates, known=()):
    return [fault for module in candidates if module.path not in known for fault in built_sql(module)]


class TestSql:
    def test_is_never_put_together_from_input(self):
        everything = [*modules(also=("salesforce_mgmt", "tooling")), *_migrations()]
        nothing(sql_faults(everything, BUILDS_SQL))

    def test_the_exceptions_still_need_to_be(self):
        assert {fault.split(":")[0] for fault in sql_faults(modules())} == set(BUILDS_SQL)

    @pytest.mark.parametrize(
        "planted",
        [
            "cursor.execute(f\"SELECT * FROM t WHERE name = '{name}'\")",
            "cursor.execute(\"SELECT * FROM t WHERE name = '%s'\" % name)",
            'cursor.execute("SELECT * FROM t ORDER BY " + request.GET["sort"])',
            'cursor.execute("SELECT {}".format(name))',
            'cursor.execute(" ".join(parts))',
            '_ALL = {key: part + " 1" for key, part in asked.items()}\ncursor.execute(_ALL[key])',
            'sql = "SELECT 1"\nsql += f" WHERE x = {x}"\ncursor.execute(sql)',
            'def run(sql):\n    cursor.execute(sql)\nrun(f"SELECT {x}")',
            "def run(sql):\n    cursor.execute(sql)",
            "Deal.objects.raw(request.GET['q'])",
            "Deal.objects.extra(where=['1=1'])",
            "queryset.annotate(x=RawSQL(column, []))",
            'migrations.RunSQL("DROP TABLE " + name)',
            'execute_values(cursor, f"INSERT INTO {table} VALUES %s", rows)',
        ],
    )
    def test_built_sql_is_found(self, planted):
        assert len(sql_faults([parsed("deals/queries.py", planted)])) == 1

    @pytest.mark.parametrize(
        "sound",
        [
            'cursor.execute("SELECT %s", [name])',
            '_HEAD = "SELECT"\ncursor.execute(f"{_HEAD} 1")',
            '_HEAD = "SELECT"\n_ALL = _HEAD + " 1"\ncursor.execute(_ALL if wide else _HEAD)',
            '_PARTS = {1: "SELECT"}\n_ALL = {key: part + " 1" for key, part in _PARTS.items()}\ncursor.execute(_ALL[key])',
            'def run(sql, **given):\n    cursor.execute(sql, given)\nrun("SELECT 1")\nrun("SELECT 2")',
        ],
    )
    def test_the_programs_own_text_is_let_through(self, sound):
        assert sql_faults([parsed("deals/queries.py", sound)]) == []


class TestClock:
    def test_is_read_at_the_doors_only(self):
        nothing(read_clocks(modules(), READS_CLOCK))

    def test_the_exceptions_still_need_to_be(self):
        assert {fault.split(":")[0] for fault in read_clocks(modules())} == set(READS_CLOCK)

    def test_a_clock_below_the_doors_is_found(self):
        planted = parsed("deals/services/deal.py", "timezone.localdate(), date.today(), timezone.localdate(moment)")
        assert len(read_clocks([planted])) == 2
        assert read_clocks([parsed("deals/views.py", "timezone.now()")]) == []


class TestRepeats:
    def test_are_looked_for_in_one_way(self):
        nothing([fault for fault in unguarded_repeats(modules()) if fault.split(":")[0] not in LOOKS_BY_ITSELF])

    def test_the_exceptions_still_need_to_be(self):
        assert {fault.split(":")[0] for fault in unguarded_repeats(modules())} == set(LOOKS_BY_ITSELF)

    def test_a_look_that_does_not_wait_is_found(self):
        planted = parsed("deals/services/deal.py", "made = Deal.objects.filter(client_ref=client_ref).first()")
        assert unguarded_repeats([planted]) == ["deals/services/deal.py:1"]


class TestRules:
    def test_know_neither_database_nor_clock_nor_request(self):
        nothing(impure_rules(modules()))

    def test_a_rule_that_asks_the_database_is_found(self):
        planted = parsed("targets/rules/pay.py", "from django.db import connection")
        assert impure_rules([planted]) == ["targets/rules/pay.py: django.db.connection"]


def _migrations():
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        yield parsed(str(path.relative_to(ROOT)), path.read_text())
