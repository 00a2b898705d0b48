from datetime import date

import pytest

from common.tenancy import company_scope
from credits import rollups as totals
from credits import services
from teams.models import Assignment
from tests.credits.stories import make_deal
from tests.signing_in import BACKEND


@pytest.fixture
def lantern(cast, client):
    client.force_login(cast.amir.user, backend=BACKEND)
    with company_scope(cast.lantern):
        make_deal(cast.asha.person, amount=100)
        make_deal(None, amount="12.34")
        services.post_all()
        totals.refresh_daily_totals()
        totals.take_dirty_days()
    return cast


class TestReconciliation:
    def test_says_that_everything_adds_up(self, lantern, client):
        page = client.get("/lantern/figures/ledger/").content.decode()
        assert "to the last cent" in page
        assert "¥112.34" in page
        assert "¥12.34" in page

    def test_says_what_does_not(self, lantern, client):
        with company_scope(lantern.lantern):
            make_deal(lantern.asha.person, amount=5)
        page = client.get("/lantern/figures/ledger/").content.decode()
        assert "differs from its facts" in page
        assert "−¥5.00" in page

    def test_is_for_who_sees_the_whole_company_or_runs_jobs(self, lantern, client):
        for member, status in ((lantern.asha, 403), (lantern.bela, 403), (lantern.dora, 200), (lantern.hana, 200)):
            client.force_login(member.user, backend=BACKEND)
            assert client.get("/lantern/figures/ledger/").status_code == status
            assert client.get("/lantern/figures/uncredited/").status_code == status


class TestUncredited:
    def test_lists_deals_without_an_owner_and_people_without_a_unit(self, lantern, client):
        with company_scope(lantern.lantern):
            Assignment.objects.filter(person=lantern.ben.person).update(ends_before=date(2026, 3, 1))
            deal = make_deal(lantern.ben.person, amount="7.77")
            services.post_deals([deal.pk])
        page = client.get("/lantern/figures/uncredited/?measure=REVENUE").content.decode()
        assert "¥12.34" in page
        assert "¥7.77" in page
        assert "¥100.00" not in page

    def test_bears_nonsense_and_says_when_there_is_nothing(self, lantern, client):
        assert client.get("/lantern/figures/uncredited/?measure=%00&page=x").status_code == 200
        assert "Nothing of this measure" in client.get("/lantern/figures/uncredited/?measure=VISITS").content.decode()
