"""What comes late for a span that is paid already, and what comes back of it: the rate that was paid is that of all that was paid for."""

from datetime import UTC, date, datetime

import pytest

from common.periods import Period
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing
from deals.models import Deal
from incentives.models import PaySettings, PayTerms, Statement
from incentives.queries.rerun import check_published
from incentives.rules.terms import Base, LineKind, Status
from tests.credits.stories import make_product, make_return
from tests.incentives.paying import APRIL, MARCH, lines_of, make_component, make_version, pay, sell

FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
EARNED, CLAWBACK = LineKind.EARNED, LineKind.CLAWBACK


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        PaySettings.objects.create(deduction_percent=100)
        PayTerms.objects.create(person=cast.asha.person, starts_on=date(2026, 1, 1), base_pay=10_000_00)
        yield cast


def moment(month, day):
    """Return when something becomes known: years after the story's people and settings, which are known since it is told."""
    return datetime(2099, month, day, tzinfo=UTC)


def sold(cast, *, known):
    """Sell ten pieces at 100 in February; it is known only from a moment on."""
    return sell(cast.asha.person, 0, lines=[(make_product(), 10, 100, 40)], on=date(2026, 2, 10), recorded_at=known)


def comes_back(deal, on, *, known):
    make_return(deal.lines.get(), 10, on)
    credits.post_deals([deal.pk], recorded_at=known)


def paid(cast, month, *, now):
    """Work a month out at a moment and publish it; return Asha's lines."""
    pay(month, by=cast.hana.user, now=now)
    Statement.objects.filter(starts_on=month.starts_on).update(status=Status.PUBLISHED)
    return lines_of(cast.asha.person, month)


def close(cast, *, before, at):
    Closing.objects.create(starts_on=date(2020, 1, 1), ends_before=before, closed_at=at, closed_by=cast.hana.user)


def test_of_what_came_late_beyond_a_cap_no_more_is_taken_back_than_was_paid(lantern):
    make_component(make_version(), (0, None, 3), cap=30_00)
    first = sold(lantern, known=moment(2, 11))
    assert paid(lantern, FEBRUARY, now=moment(3, 2)) == [(EARNED, 30_00)]
    late = sold(lantern, known=moment(3, 10))
    # Nothing is paid for it, yet the statement says what February's pay stands for now.
    assert paid(lantern, MARCH, now=moment(4, 2)) == [(EARNED, 0), (EARNED, 0)]
    close(lantern, before=APRIL.starts_on, at=moment(4, 3))
    for deal in (first, late):
        comes_back(deal, date(2026, 4, 8), known=moment(4, 8))
    assert paid(lantern, APRIL, now=moment(5, 2)) == [(EARNED, 0), (CLAWBACK, -30_00)]
    assert check_published(months=[FEBRUARY, MARCH, APRIL], company=lantern.lantern)[1] == []


def test_what_comes_back_while_its_span_is_put_right_is_taken_at_the_rate_that_it_has_then(lantern):
    make_component(make_version(), (0, 2000, 3), (2000, None, 5))
    deal = sold(lantern, known=moment(2, 11))
    assert paid(lantern, FEBRUARY, now=moment(3, 2)) == [(EARNED, 30_00)]
    sold(lantern, known=moment(3, 10))
    comes_back(deal, date(2026, 3, 20), known=moment(3, 20))
    assert paid(lantern, MARCH, now=moment(4, 2)) == [(EARNED, 0), (EARNED, 70_00), (CLAWBACK, -50_00)]
    assert check_published(months=[FEBRUARY, MARCH], company=lantern.lantern)[1] == []


def test_what_came_after_the_calculation_and_before_the_books_were_closed_is_paid_with_the_next(lantern):
    make_component(make_version(), (0, None, 3))
    sold(lantern, known=moment(2, 11))
    assert paid(lantern, FEBRUARY, now=moment(3, 2)) == [(EARNED, 30_00)]
    sold(lantern, known=moment(3, 4))
    close(lantern, before=MARCH.starts_on, at=moment(3, 5))
    assert paid(lantern, MARCH, now=moment(4, 2)) == [(EARNED, 0), (EARNED, 30_00)]
    assert paid(lantern, APRIL, now=moment(5, 2)) == [(EARNED, 0)]
    assert check_published(months=[FEBRUARY, MARCH, APRIL], company=lantern.lantern)[1] == []


@pytest.mark.parametrize("others", [0, 1])
def test_a_loss_that_comes_back_leaves_what_all_else_earned(lantern, others):
    make_component(make_version(), (0, None, 5), measure="GROSS_PROFIT")
    for _each in range(others):
        sold(lantern, known=moment(2, 11))
    loss = sell(lantern.asha.person, 0, lines=[(make_product(), 10, 100, 110)], on=date(2026, 2, 10), recorded_at=moment(2, 11))
    assert paid(lantern, FEBRUARY, now=moment(3, 2)) == [(EARNED, others * 30_00 - 5_00)]
    comes_back(loss, date(2026, 3, 20), known=moment(3, 20))
    paid(lantern, MARCH, now=moment(4, 2))
    assert sum(Statement.objects.filter(person=lantern.asha.person).values_list("total", flat=True)) == others * 30_00


class TestWhatIsNoReturnAnyMore:
    """Sold by Asha in February at 5 %, partly returned in March; both are somebody else's since, or never were."""

    @pytest.fixture
    def deal(self, lantern):
        make_component(make_version(), (0, 500, 3), (500, None, 5), base=Base.DEAL)
        deal = sold(lantern, known=moment(2, 11))
        assert paid(lantern, FEBRUARY, now=moment(3, 2)) == [(EARNED, 50_00)]
        make_return(deal.lines.get(), 3, date(2026, 3, 20))
        credits.post_deals([deal.pk], recorded_at=moment(3, 20))
        assert paid(lantern, MARCH, now=moment(4, 2)) == [(EARNED, 0), (CLAWBACK, -15_00)]
        return deal

    @pytest.mark.parametrize("change", [{"status": "CANCELLED"}, {"owner": "ada"}], ids=["cancelled", "of another"])
    @pytest.mark.parametrize("closed", [None, MARCH.starts_on, APRIL.starts_on])
    def test_leaves_nothing_of_what_it_paid(self, lantern, deal, change, closed):
        if closed:
            close(lantern, before=closed, at=moment(4, 3))
        given = {"owner": lantern.ada.person} if "owner" in change else change
        Deal.objects.filter(pk=deal.pk).update(**given)
        credits.post_deals([deal.pk], recorded_at=moment(4, 10))
        paid(lantern, APRIL, now=moment(5, 2))
        assert sum(Statement.objects.filter(person=lantern.asha.person).values_list("total", flat=True)) == 0
        assert check_published(months=[FEBRUARY, MARCH, APRIL], company=lantern.lantern)[1] == []
