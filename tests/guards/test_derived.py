"""
Tables whose references the database does not check must be few, and written by a roll-up only (docs/adr/0006); those that do
not check their company by itself hang on a row that does (docs/adr/0031).
"""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from common.tenancy import CompanyForeignKey, DerivedModel, PartModel, company_scope
from common.walls import POLICY, references, tenant_models
from incentives.models import Statement
from teams.models import Person, Unit
from tests.incentives.paying import NOW


def parts_without_a_whole(candidates):
    """Return parts with no required reference to a row whose own company is checked, by itself or by what it is a part of."""
    return [model._meta.label for model in candidates if issubclass(model, PartModel) and not _is_of_a_company(model)]


def _is_of_a_company(model):
    if not issubclass(model, PartModel):
        return not issubclass(model, DerivedModel)
    required = [field for field in model._meta.local_fields if isinstance(field, CompanyForeignKey) and not field.null]
    return any(_is_of_a_company(field.related_model) for field in required)


def test_only_what_a_roll_up_works_out_goes_without_keys():
    derived = {model._meta.db_table for model in tenant_models() if issubclass(model, DerivedModel)}
    assert derived == {"credits_dailytotal", "targets_attainment", "targets_monthproof"}
    assert not derived & {reference.table for reference in references()}


def test_they_stand_behind_row_level_security_like_any_other(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
            " WHERE relname IN ('credits_dailytotal', 'targets_attainment') AND relforcerowsecurity AND polname = %s",
            [POLICY],
        )
        assert {name for (name,) in cursor.fetchall()} == {"credits_dailytotal", "targets_attainment"}


class TestParts:
    def test_each_belongs_to_a_row_that_is_of_a_company(self):
        assert parts_without_a_whole(tenant_models()) == []

    def test_a_planted_part_of_nothing_is_found(self):
        class Splinter(PartModel):
            unit = CompanyForeignKey(Unit, null=True)

            class Meta:
                app_label = "planted"
                managed = False

        assert parts_without_a_whole([Splinter]) == ["planted.Splinter"]

    def test_a_part_of_a_row_in_another_company_is_refused_by_the_database(self, cast):
        with company_scope(cast.rival):
            theirs = Person.objects.first()
        with company_scope(cast.lantern), pytest.raises(IntegrityError, match="same_company"), transaction.atomic():
            Statement.objects.create(
                person_id=theirs.pk, unit=cast.one, starts_on=date(2026, 3, 1), ends_before=date(2026, 4, 1), known_at=NOW
            )
            connection.check_constraints()
