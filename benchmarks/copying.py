"""Many rows of one, and many companies of one, in a statement a table: how a scene grows large."""

from contextlib import contextmanager

from benchmarks.ground import migrator

#: Filled without references and secondary indexes, which are built afterwards at a tenth of the cost.
LARGE = (
    "deals_deal",
    "credits_credit",
    "credits_dailytotal",
    "targets_target",
    "targets_attainment",
    "targets_ranking",
    "targets_rankingrow",
)


def multiply(cursor, table, pattern_id, count, *, given=None, **columns):
    """Insert a row so many times with other values, given as SQL over `n` from 1 on; return the new ids in order."""
    kept = [name for name in columns_of(cursor, table) if name != "id" and name not in columns]
    names = ", ".join(f'"{name}"' for name in [*columns, *kept])
    values = ", ".join([*columns.values(), *(f'pattern."{name}"' for name in kept)])
    cursor.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, %(count)s) AS n,"
        f" (SELECT * FROM {table} WHERE id = %(pattern)s) pattern ORDER BY n RETURNING id",
        (given or {}) | {"count": count, "pattern": pattern_id},
    )
    return [row_id for (row_id,) in cursor.fetchall()]


def copy_company(first, companies):
    """Copy a company until there are so many; return the ids of all."""
    from django.db import transaction

    from common.walls import tenant_models

    with migrator() as cursor:
        models = [model for model in tenant_models() if _has_rows(cursor, model._meta.db_table, first.pk)]
        step = max(_last_id(cursor, model._meta.db_table) for model in models) + 1
        columns = columns_of(cursor, "accounts_company")
        values = {"id": "id + n", "slug": "'bench-' || (n + 1)", "name": "'Bench ' || (n + 1)"}
        cursor.execute(
            f"INSERT INTO accounts_company ({', '.join(columns)}) SELECT {', '.join(values.get(c, c) for c in columns)}"
            " FROM accounts_company, generate_series(1, %s) AS n WHERE id = %s",
            [companies - 1, first.pk],
        )
        _move_sequence(cursor, "accounts_company")
        # Small tables refer to each other, which is checked at the end of a transaction; the large ones only to those.
        with transaction.atomic(using="migrator"):
            for model in models:
                if model._meta.db_table not in LARGE:
                    _copy_table(cursor, model, first.pk, companies - 1, step)
        for model in models:
            if model._meta.db_table in LARGE:
                with bare(cursor, model._meta.db_table):
                    _copy_table(cursor, model, first.pk, companies - 1, step)
    return [first.pk + n for n in range(companies)]


def _copy_table(cursor, model, company_id, times, step):
    """Copy one company's rows so many times, every key that points to a company's row moved on by the step."""
    from django.db.models import ForeignKey

    from common.tenancy import CompanyModel

    table = model._meta.db_table
    moved = {"id", "source_id"} | {
        field.column
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and issubclass(field.related_model, CompanyModel)
    }
    columns = columns_of(cursor, table)
    values = ["company_id + n" if c == "company_id" else f'"{c}" + n * %(step)s' if c in moved else f'"{c}"' for c in columns]
    cursor.execute(
        "INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, %(times)s) AS n, LATERAL"
        " (SELECT * FROM {table} WHERE company_id = %(company)s ORDER BY id) AS original".format(
            table=table, names=", ".join(f'"{c}"' for c in columns), values=", ".join(values)
        ),
        {"company": company_id, "times": times, "step": step},
    )
    _move_sequence(cursor, table)


@contextmanager
def bare(cursor, table):
    """Take references and secondary indexes off a table while it is filled."""
    cursor.execute(
        "SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),"
        " format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f'"
        " UNION ALL"
        " SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)"
        " FROM pg_index WHERE indrelid = %(table)s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        {"table": table},
    )
    taken = cursor.fetchall()
    for take_off, _put_back in taken:
        cursor.execute(take_off)
    yield
    for _take_off, put_back in reversed(taken):
        cursor.execute(put_back)


def columns_of(cursor, table):
    """Return the names of a table's columns that can be written."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        " ORDER BY attnum",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def _has_rows(cursor, table, company_id):
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE company_id = %s)", [company_id])
    return cursor.fetchone()[0]


def _last_id(cursor, table):
    cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
    return cursor.fetchone()[0]


def _move_sequence(cursor, table):
    cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))")
