"""What arrived after its period was closed: one row a deal, with its measures, opening to its credits."""

from datetime import date

import pytest

from common.tenancy import company_scope
from credits import services
from credits.queries.closings import restatements
from credits.queries.restated import facts_behind, facts_of
from targets.services.metrics import add_builtin_metrics
from teams.queries import sight_of
from tests.credits.stories import make_customer, make_deal, make_payment
from tests.signing_in import BACKEND

MARCH_3, APRIL_1, MAY_1 = date(2026, 3, 3), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def lantern(cast):
    """March is closed; then a deal of Asha's and Ada's comes in with a payment, and one of Ben's."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        make_deal(cast.asha.person, amount=100)
        services.post_all()
        services.close_period(ends_before=APRIL_1, today=MAY_1, by=None)
        shares = [(cast.asha.person, 60, False), (cast.ada.person, 40, False), (cast.bela.person, 10, True)]
        cast.shared = make_deal(cast.asha.person, amount=50, cost=20, shares=shares)
        make_payment(cast.shared, 30, date(2026, 3, 20))
        cast.other = make_deal(cast.ben.person, amount="7.77", customer=make_customer())
        services.post_deals([cast.shared.pk, cast.other.pk])
        yield cast


def facts(cast, **narrowed):
    credits = restatements(**narrowed)
    sight = sight_of(membership=cast.amir.membership, on=MAY_1)
    found = facts_of(list(facts_behind(credits)), credits, sight=sight)
    assert sum(len(fact.credits) for fact in found) == credits.count()
    return {(fact.source_label, fact.credit.route_id): fact for fact in found}


class TestFacts:
    def test_are_one_a_deal_with_its_payments_and_everybody_in_it(self, lantern):
        fact = facts(lantern)["Deal", lantern.shared.pk]
        assert fact.people == ["Ada", "Asha", "Bela"]
        assert (fact.day, fact.last_day, fact.counts_on) == (MARCH_3, date(2026, 3, 20), APRIL_1)
        sums = {measure.label: measure.amount for measure in fact.measures}
        assert sums["Revenue"] == 50_00, "overlay is on top and in no unit"
        assert (sums["Gross profit"], sums["Cash collected"], sums["Deals won"]) == (30_00, 30_00, 1)

    def test_are_another_for_what_arrived_at_another_moment(self, lantern):
        first = facts(lantern)["Deal", lantern.shared.pk]
        make_payment(lantern.shared, 20, date(2026, 3, 21))
        services.post_deals([lantern.shared.pk], recorded_at=first.recorded_at.replace(year=first.recorded_at.year + 1))
        found = facts_of(
            list(facts_behind(restatements())),
            restatements(),
            sight=sight_of(membership=lantern.amir.membership, on=MAY_1),
        )
        later, earlier = [fact for fact in found if fact.credit.route_id == lantern.shared.pk]
        assert [(measure.label, measure.amount) for measure in later.measures] == [("Cash collected", 20_00)]
        assert earlier.measures == first.measures

    def test_hold_only_what_the_filter_lets_through(self, lantern):
        found = facts(lantern, person=lantern.ada.person)
        assert {measure.amount for measure in found["Deal", lantern.shared.pk].measures if measure.label == "Revenue"} == {
            20_00
        }
        assert ("Deal", lantern.other.pk) not in found


def test_the_page_tells_each_deal_once_and_opens_to_its_credits(lantern, client):
    client.force_login(lantern.amir.user, backend=BACKEND)
    response = client.get("/lantern/figures/restatements/")
    page = response.content.decode()
    assert [fact.credit.route_id for fact in response.context["facts"]].count(lantern.shared.pk) == 1
    assert page.count("<details><summary>") >= 2
    assert "¥50.00" in page and "¥30.00" in page
