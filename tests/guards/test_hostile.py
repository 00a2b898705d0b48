"""
Wrong, missing, huge and hostile values get an answer, never an error of the server, and store nothing half.

Every page is asked with every parameter that it shows, every form is sent with every field spoilt in turn.
"""

import pytest
from django.db import connection, transaction

from common import walls
from common.tenancy import company_scope
from teams.models import CalendarException
from tests.guards.hostile import bodies_for, names_on, queries_for
from tests.guards.matrix import MATRIX
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.test_routes import ask
from tests.guards.world import ROLES

PAGES = sorted(name for name, row in MATRIX.items() if row.get and min(row.get) < 400)
#: The doors that take JSON turn a form away whatever is in it; their own tests send them hostile JSON.
FORMS = sorted(name for name, row in MATRIX.items() if row.post and 415 not in row.post)
#: What may come into being although the request was refused.
MAY_GROW = {"accounts_auditentry"}
READING = ("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET CONSTRAINTS")


def first_who(row, method, wanted=(200, 302)):
    """Return the first of the roles, from the least powerful, that gets through."""
    return next(ROLES[role] for role, status in zip(ROLES, getattr(row, method), strict=True) if status in wanted)


def counts():
    """Return how many rows each company table holds."""
    tables = sorted(model._meta.db_table for model in walls.tenant_models() if model._meta.db_table not in MAY_GROW)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables))
        return dict(cursor.fetchall())


def writes_into(written):
    """Return a wrapper that notes the statements which write; most refused requests send none, and need no counting."""

    def note(execute, sql, params, many, context):
        if not sql.lstrip().upper().startswith(READING):
            written.append(sql)
        return execute(sql, params, many, context)

    return note


def is_refused(response):
    if response.status_code >= 400:
        return True
    form = response.context.get("form") if response.context else None
    return bool(form is not None and getattr(form, "errors", None))


def told(value):
    text = repr(value)
    return text if len(text) < 200 else f"{text[:200]}…"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_answers_whatever_it_is_asked(world, name):
    row, faults = MATRIX[name], []
    client, where = world.clients[first_who(row, "get")], address(name, world, row).split("?")[0]
    sound = row.query | {kind: world.id_of(kind, "near") for kind in row.asks}
    page = ask(client, "get", where, sound)
    asked, _sent = names_on(page.content.decode(errors="replace"), where)

    def answers(query):
        try:
            response = ask(client, "get", where, sound | query)
        except Exception as error:  # noqa: BLE001 - whatever comes out is the fault looked for
            faults.append(f"{where} {told(query)}: {type(error).__name__}: {str(error)[:200]}")
            return True
        if response.status_code >= 500:
            faults.append(f"{where} {told(query)}: {response.status_code}")
        return response.status_code == 200

    for query in queries_for(sorted({*asked, *sound})):
        if not answers(query):
            # The first parameter was refused and has hidden the others.
            for parameter, value in query.items():
                answers({parameter: value})
    nothing(faults)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_answers_whatever_it_is_sent_and_keeps_nothing_it_refused(world, name):
    row, faults = MATRIX[name], []
    client, where = world.clients[first_who(row, "post", (200, 302, 400, 422))], address(name, world, row)
    fields = []
    if row.get:
        _asked, fields = names_on(ask(client, "get", where).content.decode(errors="replace"), where)
    with transaction.atomic():
        before = _counts_of(world)
        for body in bodies_for(row.body_for(world), fields):
            point, written = transaction.savepoint(), []
            try:
                with connection.execute_wrapper(writes_into(written)):
                    response = client.post(where, body)
                connection.check_constraints()
                if response.status_code >= 500:
                    faults.append(f"{where} {told(body)}: {response.status_code}")
                elif written and is_refused(response) and (after := _counts_of(world)) != before:
                    faults.append(f"{where} {told(body)} was refused, yet left {dict(after.items() - before.items())}")
            except Exception as error:  # noqa: BLE001
                faults.append(f"{where} {told(body)}: {type(error).__name__}: {str(error)[:200]}")
            transaction.savepoint_rollback(point)
        transaction.set_rollback(True)
    nothing(faults)


def _counts_of(world):
    with company_scope(world.cast.lantern):
        return counts()


class TestTheGuard:
    def test_reads_the_parameters_and_fields_of_a_page(self):
        html = (
            '<form><input name="unit"></form><a href="?tier=x&page=2">more</a><a href="/lantern/deals/?far=1">far</a>'
            '<form method="post"><textarea name="note-0"></textarea><input name="note-1"><input name="csrfmiddlewaretoken"></form>'
            '<form method="post" action="/language/"><input name="language"></form>'
        )
        asked, sent = names_on(html, "/lantern/plans/")
        assert asked == ["page", "period", "q", "sort", "tier", "unit"]
        assert sent == ["note-0"]

    def test_sees_a_row_that_a_refused_form_left(self, world):
        with transaction.atomic():
            before = _counts_of(world)
            with company_scope(world.cast.lantern):
                CalendarException.objects.create(day="2026-06-06", is_working=True, name="half")
            assert _counts_of(world).items() - before.items() == {("teams_calendarexception", 2)}
            transaction.set_rollback(True)
