"""
Rows read and written by statements that are put together once.

For what every request reads or every change writes: to put a queryset together anew costs more than the statement itself.
Several models come out of one: `SELECT NULL AS "|", {columns_of(Member, "member")}, NULL AS "|", … FROM …`.
"""

from functools import cache

from django.db import connection

from common.db.postgres.prepared import prepared


def columns_of(model, name):
    """Return the columns of a model for a statement that calls its table `name`; later ones do not disturb a prepared one."""
    return ", ".join(f'{name}."{field.column}"' for field in model._meta.concrete_fields)


def instances_of(cursor, row, *models, using="default"):
    """Return one instance of each model from a row; a column `|` stands before the columns of each."""
    parts = []
    for column, value in zip(cursor.description, row, strict=True):
        if column.name == "|":
            parts.append({})
        elif parts:
            parts[-1][column.name] = value
    return [_instance(model, given, using) for model, given in zip(models, parts, strict=True)]


def _instance(model, given, using):
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(using, names, [given[name] for name in names])


def insert(row):
    """
    Store a new row of a company's table as ``save`` does, by a prepared statement; returns it with its key.

    :raises ForeignCompany, NoActiveCompany: as ``save``.
    """
    row.claim_company()
    statement, fields = _insertion_of(type(row))
    given = {field.column: field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields}
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias
    return row


@cache
def _insertion_of(model):
    """Return the statement that stores a row of a model, and the fields that it takes."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names, given = ", ".join(f'"{field.column}"' for field in fields), ", ".join(f"%({field.column})s" for field in fields)
    types = {field.column: field.db_type(connection) for field in fields}
    return prepared(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({given}) RETURNING id', **types), fields
