"""Tables whose references the database does not check must be few, and written by a roll-up only (docs/adr/0006)."""

from common.tenancy import DerivedModel
from common.walls import POLICY, references, tenant_models


def test_only_what_a_roll_up_works_out_goes_without_keys():
    derived = {model._meta.db_table for model in tenant_models() if issubclass(model, DerivedModel)}
    assert derived == {"credits_dailytotal", "targets_attainment", "targets_monthproof"}
    assert not derived & {reference.table for reference in references()}


def test_they_stand_behind_row_level_security_like_any_other(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
            " WHERE relname IN ('credits_dailytotal', 'targets_attainment') AND relforcerowsecurity AND polname = %s",
            [POLICY],
        )
        assert {name for (name,) in cursor.fetchall()} == {"credits_dailytotal", "targets_attainment"}
