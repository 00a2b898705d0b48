"""What a night must find beside closed months: the quarters and years that began in them, and what they left to the open ones."""

from datetime import date

import pytest
from django.db.models import F

from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing, DailyTotal
from targets import rollups
from targets.models import Attainment
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_deal, make_instalment, make_payment
from tests.targets.test_rollups import everything

JANUARY, APRIL, MAY = date(2026, 1, 1), date(2026, 4, 1), date(2026, 5, 1)
TODAY = date(2026, 5, 20)


def night():
    rollups.refresh_open(today=TODAY)


@pytest.fixture(params=[None, APRIL, MAY, date(2026, 5, 11)], ids=["open", "quarter", "month", "stage"])
def closed_before(cast, request):
    """A sale of February that is still owed, another of April; rolled up and proved; all is closed up to a day."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        deal = make_deal(cast.asha.person, amount=100, closed_on=date(2026, 2, 9))
        make_instalment(deal, 100, date(2026, 2, 20))
        make_payment(deal, 30, date(2026, 3, 5))
        make_deal(cast.ben.person, amount=70, closed_on=date(2026, 4, 10))
        credits.post_all()
        if request.param:
            Closing.objects.create(starts_on=JANUARY, ends_before=request.param)
        rollups.refresh_everything(today=TODAY)
        night()
        night()
        yield request.param


@pytest.mark.parametrize(("span", "starts_on"), [("QUARTER", APRIL), ("YEAR", JANUARY)])
@pytest.mark.parametrize("spoil", [lambda rows: rows.delete(), lambda rows: rows.update(ends_before=date(2026, 2, 1))])
def test_a_quarter_and_a_year_come_back_whole_though_they_began_before_the_open_months(closed_before, span, starts_on, spoil):
    right = everything()
    spoil(Attainment.objects.filter(span=span, starts_on=starts_on))
    assert everything() != right
    night()
    assert everything() == right


def test_what_is_brought_forward_out_of_closed_months_is_right_though_their_totals_were_spoilt(closed_before):
    right = everything()
    DailyTotal.objects.filter(measure="AMOUNT_DUE").update(amount=F("amount") + 5)
    DailyTotal.objects.filter(measure="COLLECTED_DUE").delete()
    night()
    assert everything() == right
