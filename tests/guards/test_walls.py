"""Every tenant table has its four walls. Each check is shown to fail on a table that lacks one."""

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, ProgrammingError, connection, connections, models, transaction
from django.db.models import UniqueConstraint

from accounts.models import AuditEntry, Company, Membership
from common import walls
from common.tenancy import (
    CompanyManager,
    CompanyModel,
    DerivedModel,
    ForeignCompany,
    NoActiveCompany,
    company_scope,
    user_scope,
)
from customers.models import Customer
from teams.models import Person, Unit

OURS = {
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
    "reports",
    "exchange",
}
#: Models of ours that belong to no company, with the reason.
SHARED = {"accounts.Company": "is the tenant", "accounts.User": "may belong to several companies"}


def models_without_tenancy(candidates):
    """Return our models that are neither company models nor listed as shared, or whose manager is open."""
    faults = []
    for model in candidates:
        label = model._meta.label
        if issubclass(model, CompanyModel):
            if not isinstance(model._default_manager, CompanyManager):
                faults.append(f"{label}: default manager is open")
        elif label not in SHARED:
            faults.append(f"{label}: not a CompanyModel")
    return faults


def constraints_without_company(candidates):
    """Return unique constraints that do not begin with the company, and unique fields."""
    faults = []
    for model in candidates:
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and (constraint.fields or ("",))[0] != "company":
                faults.append(constraint.name)
        faults += [f"{model._meta.label}.{f.name}" for f in model._meta.local_fields if f.unique and not f.primary_key]
        faults += [f"{model._meta.label}.{f.name} is many-to-many" for f in model._meta.local_many_to_many]
    return faults


def missing_walls(expected_tables, expected_references, cursor):
    """Compare the catalogue with what must stand; return what is missing."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity"
    )
    secured = {name for (name,) in cursor.fetchall()}
    cursor.execute(
        "SELECT relname, count(*), bool_and(polpermissive AND polcmd = '*' AND polwithcheck IS NOT NULL)"
        " FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid GROUP BY relname"
    )
    policies = {name: (count, sound) for name, count, sound in cursor.fetchall()}
    cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) = 2 AND convalidated")
    references = {name for (name,) in cursor.fetchall()}
    faults = [f"{t}: row-level security is off" for t in expected_tables if t not in secured]
    faults += [f"{t}: {policies.get(t)} policies" for t in expected_tables if policies.get(t) != (1, True)]
    faults += [f"{r.table}.{r.column}: no composite reference" for r in expected_references if r.name not in references]
    return faults


def excessive_rights(cursor, append_only):
    """Return what the runtime role may do although it must not."""
    cursor.execute("SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
    faults = ["the role itself is privileged"] if cursor.fetchone()[0] else []
    cursor.execute(
        "SELECT relname, pg_has_role(current_user, relowner, 'member'), has_table_privilege(oid, 'UPDATE'),"
        " has_table_privilege(oid, 'DELETE'), has_table_privilege(oid, 'TRUNCATE')"
        " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    for name, owns, updates, deletes, truncates in cursor.fetchall():
        if owns or truncates or (name in append_only and (updates or deletes)):
            faults.append(name)
    return faults


def our_models():
    return [m for m in apps.get_models() if m._meta.app_label in OURS]


class TestModels:
    def test_every_model_belongs_to_a_company_or_says_why_not(self):
        assert models_without_tenancy(our_models()) == []

    def test_a_planted_open_model_is_found(self):
        class Loose(models.Model):
            class Meta:
                app_label = "planted"
                managed = False

        assert models_without_tenancy([Loose]) == ["planted.Loose: not a CompanyModel"]

    def test_every_unique_constraint_begins_with_the_company(self):
        assert constraints_without_company(walls.tenant_models()) == []

    def test_a_planted_global_unique_is_found(self):
        class Global(CompanyModel):
            code = models.CharField(max_length=5, unique=True)

            class Meta:
                app_label = "planted"
                managed = False
                constraints = [UniqueConstraint(fields=["code"], name="planted_global")]

        assert constraints_without_company([Global]) == ["planted_global", "planted.Global.code"]


class TestCatalogue:
    def test_every_tenant_table_has_its_policy_and_its_references(self, db):
        with connection.cursor() as cursor:
            assert missing_walls([m._meta.db_table for m in walls.tenant_models()], walls.references(), cursor) == []

    def test_what_is_worked_out_has_no_key_for_references(self, db):
        derived = [m._meta.db_table for m in walls.tenant_models() if issubclass(m, DerivedModel)]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE indnkeyatts = 2 AND indisunique"
                " AND pg_get_indexdef(indexrelid) LIKE '%%(company_id, id)'"
            )
            keyed = {name for (name,) in cursor.fetchall()}
        assert len(derived) == 3
        assert not keyed & set(derived)
        assert "credits_credit" in keyed

    def test_a_table_without_walls_is_found(self, db):
        planted = walls.Reference("accounts_user", "company_id", "accounts_company")
        with connection.cursor() as cursor:
            faults = missing_walls(["accounts_user"], [planted], cursor)
        assert len(faults) == 3

    def test_the_runtime_role_has_no_more_rights_than_it_needs(self, db):
        sealed = {m._meta.db_table for m in walls.tenant_models() if m.append_only}
        assert sealed >= {"accounts_auditentry", "credits_credit"}
        with connection.cursor() as cursor:
            assert excessive_rights(cursor, sealed) == []
            assert "customers_customer" in excessive_rights(cursor, sealed | {"customers_customer"})

    @pytest.mark.django_db(databases=["default", "migrator"])
    def test_the_migrator_would_be_found_too_powerful(self):
        with connections["migrator"].cursor() as cursor:
            assert "the role itself is privileged" in excessive_rights(cursor, set())


class TestManager:
    @pytest.mark.parametrize(
        "use",
        [lambda m: m.exists(), lambda m: m.none(), lambda m: m.bulk_create([]), lambda m: m.count(), lambda m: m.create()],
    )
    def test_refuses_without_a_company(self, cast, use):
        with pytest.raises(NoActiveCompany):
            use(Customer.objects)

    def test_shows_the_active_companys_rows_only(self, cast):
        with company_scope(cast.rival):
            assert [p.name for p in Person.objects.all()] == ["Chandracanary"]


class TestWrites:
    def test_refuse_a_foreign_row_one_by_one_and_in_bulk(self, cast):
        with company_scope(cast.lantern):
            for write in (
                lambda c: c.save(),
                lambda c: Customer.objects.bulk_create([c]),
                lambda c: Customer.objects.bulk_update([c], ["name"]),
            ):
                with pytest.raises(ForeignCompany):
                    write(Customer(pk=1, company=cast.rival, name="x"))
            assert not Customer.objects.exists()

    def test_a_reference_into_another_company_is_refused_by_the_database(self, cast):
        with company_scope(cast.rival):
            foreign = Unit.objects.get()
        with company_scope(cast.lantern), pytest.raises(IntegrityError, match="same_company"), transaction.atomic():
            Unit.objects.create(name="Spy", kind=Unit.Kind.TEAM, parent_id=foreign.pk)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class TestDatabase:
    def test_shows_no_row_of_another_company_even_to_bare_sql(self, cast):
        with company_scope(cast.lantern), connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT company_id FROM teams_person")
            assert cursor.fetchall() == [(cast.lantern.pk,)]

    def test_refuses_bare_sql_without_a_company(self, cast):
        with pytest.raises((ProgrammingError, DataError), match="app.company_id|invalid input syntax"), transaction.atomic():
            connection.cursor().execute("SELECT count(*) FROM teams_person")

    def test_remembers_the_company_after_a_rollback_to_a_savepoint(self, cast):
        with company_scope(cast.lantern):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                raise ZeroDivisionError
            assert Person.objects.count() == 7

    def test_returns_to_the_outer_company(self, cast):
        with company_scope(cast.lantern):
            with pytest.raises(ZeroDivisionError), company_scope(cast.rival):
                raise ZeroDivisionError
            assert Person.objects.count() == 7

    def test_shows_a_user_their_own_memberships_only(self, cast):
        with user_scope(cast.chandra.user):
            assert [m.company for m in Membership.across_companies.of_user(cast.chandra.user)] == [cast.rival]
            assert not Membership.across_companies.of_user(cast.asha.user).exists()

    def test_keeps_the_audit_trail_as_it_was_written(self, cast):
        with company_scope(cast.lantern):
            entry = AuditEntry.objects.create(action="x", about_model="y", about_id=1, about_name="z")
            for spoil in (lambda: AuditEntry.objects.update(action="forged"), entry.delete):
                with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                    spoil()
            assert AuditEntry.objects.get().action == "x"


def test_companies_are_not_tenant_rows():
    assert not issubclass(Company, CompanyModel)
