"""Rows stored by a prepared statement are what `save` stores, behind the same wall."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine

from accounts.models import AuditEntry
from common.rows import insert
from common.tenancy import ForeignCompany, NoActiveCompany, company_scope

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def entry(cast, **given):
    about = {"action": "deals.deal.won", "about_model": "deals.deal", "about_id": 7, "about_name": "O'Neil's “铁观音” $1 %s"}
    told = {"before": {}, "after": {"day": date(2026, 3, 2), "amount": Decimal("1.20"), "name": "a'b; --"}}
    return AuditEntry(by=cast.bela.user, **about | told | given)


def values_of(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}


class TestInsert:
    @time_machine.travel(NOON, tick=False)
    def test_stores_what_save_stores(self, cast):
        with company_scope(cast.lantern):
            saved, inserted = entry(cast), entry(cast)
            saved.save()
            assert insert(inserted) is inserted
            assert inserted.pk == saved.pk + 1
            assert not inserted._state.adding
            first, second = (values_of(AuditEntry.objects.get(pk=row.pk)) for row in (saved, inserted))
        assert first == second
        assert second["at"] == NOON
        assert second["company_id"] == cast.lantern.pk

    def test_refuses_a_row_of_another_company(self, cast):
        with company_scope(cast.lantern), pytest.raises(ForeignCompany):
            insert(entry(cast, company=cast.rival))
        with pytest.raises(NoActiveCompany):
            insert(entry(cast))
        with company_scope(cast.lantern):
            assert not AuditEntry.objects.filter(about_id=7).exists()
