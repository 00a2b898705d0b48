"""
Walls three and four of tenancy, raised in PostgreSQL after every migrate: composite references and row-level security.

The same description of what must stand is read by the guard test, which compares it with the catalogue.
"""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey

from common.tenancy import CompanyModel, DerivedModel

POLICY = "company_wall"
#: A company's rows are visible while that company is active. The sub-select makes it one comparison per query, not per row.
COMPANY_IS_ACTIVE = "company_id = (SELECT current_setting('app.company_id')::bigint)"
#: Tables whose rows are also visible to one user across companies, with the condition that replaces the common one.
OWN_ROWS = {
    "accounts_membership": (
        "company_id = (SELECT NULLIF(current_setting('app.company_id', true), '')::bigint)"
        " OR user_id = (SELECT NULLIF(current_setting('app.user_id', true), '')::bigint)"
    ),
}


@dataclass(frozen=True)
class Reference:
    """A column that points from one tenant table to another."""

    table: str
    column: str
    target: str

    @property
    def name(self):
        return f"{self.table}_{self.column}_same_company"[:63]


def tenant_models():
    """Return all company models, in a stable order."""
    return sorted((m for m in apps.get_models() if issubclass(m, CompanyModel)), key=lambda m: m._meta.db_table)


def references():
    """Return every reference between two tenant tables that the database keeps; derived rows were checked at their source."""
    return [
        Reference(model._meta.db_table, field.column, field.related_model._meta.db_table)
        for model in tenant_models()
        if not issubclass(model, DerivedModel)
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey) and issubclass(field.related_model, CompanyModel)
    ]


def policy_of(table):
    """Return the condition under which the runtime role sees and writes a row of a tenant table."""
    return OWN_ROWS.get(table, COMPANY_IS_ACTIVE)


def raise_walls(connection):
    """
    Bring a migrated database up to what the models demand; safe to run again, changes nothing that already stands.

    Must run as the migrator role. Hands every object to the owner role.
    """
    quote = connection.ops.quote_name
    runtime, owner = quote(settings.DATABASE_RUNTIME_ROLE), quote(settings.DATABASE_OWNER_ROLE)
    with connection.cursor() as cursor:
        standing = _standing(cursor)
        for model in tenant_models():
            table = model._meta.db_table
            key, is_referred_to = f"{table}_company_id_key"[:63], not issubclass(model, DerivedModel)
            if is_referred_to and key not in standing:
                cursor.execute(f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(key)} UNIQUE (company_id, id)")
            elif not is_referred_to and key in standing:
                cursor.execute(f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(key)}")
            if f"{table}.{POLICY}" not in standing:
                condition = policy_of(table)
                cursor.execute(
                    f"ALTER TABLE {quote(table)} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
                    f"CREATE POLICY {POLICY} ON {quote(table)} USING ({condition}) WITH CHECK ({condition})"
                )
        for reference in references():
            if reference.name not in standing:
                cursor.execute(
                    f"ALTER TABLE {quote(reference.table)} ADD CONSTRAINT {quote(reference.name)}"
                    f" FOREIGN KEY (company_id, {quote(reference.column)}) REFERENCES {quote(reference.target)} (company_id, id)"
                    " DEFERRABLE INITIALLY DEFERRED"
                )
        _hand_over(cursor, quote, runtime, owner)


def _standing(cursor):
    cursor.execute(
        "SELECT conname FROM pg_constraint UNION ALL"
        " SELECT relname || '.' || polname FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid"
    )
    return {name for (name,) in cursor.fetchall()}


def _hand_over(cursor, quote, runtime, owner):
    sealed = {m._meta.db_table for m in tenant_models() if m.append_only} | {"django_migrations"}
    cursor.execute(
        "SELECT c.relname, c.relkind, pg_get_userbyid(c.relowner) FROM pg_class c"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')"
        # A sequence that belongs to a column follows its table; only free ones are handed over by name.
        " ORDER BY c.relkind DESC, c.relname"
    )
    rows = cursor.fetchall()
    cursor.execute(f"GRANT USAGE ON SCHEMA public TO {runtime}, {owner}")
    cursor.execute(f"GRANT CREATE ON SCHEMA public TO {owner}")
    for name, kind, owned_by in rows:
        if kind == "S":
            cursor.execute(f"GRANT USAGE, SELECT ON SEQUENCE {quote(name)} TO {runtime}")
            continue
        verbs = (
            "SELECT"
            if name == "django_migrations"
            else "SELECT, INSERT"
            if name in sealed
            else "SELECT, INSERT, UPDATE, DELETE"
        )
        cursor.execute(f"REVOKE ALL ON TABLE {quote(name)} FROM {runtime}; GRANT {verbs} ON TABLE {quote(name)} TO {runtime}")
        if owned_by != settings.DATABASE_OWNER_ROLE:
            cursor.execute(f"ALTER TABLE {quote(name)} OWNER TO {owner}")
