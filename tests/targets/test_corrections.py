"""What became known of a published week since, beside its ranking as it was published."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.tenancy import company_scope
from credits import services as credits
from credits.models import Credit
from deals.models import Deal
from targets import rollups
from targets.models import Metric, Ranking, RankingCorrection, RankingRow
from targets.queries.corrections import correction_of, entered_since
from targets.queries.rankings import published_ranking
from targets.services.corrections import note_corrections
from targets.services.metrics import add_builtin_metrics
from targets.services.rankings import WeekClosed, publish_weekly_ranking
from tests.credits.stories import make_deal

MONDAY = date(2026, 3, 2)
LAST_OF_MARCH = date(2026, 3, 23)
APRIL = date(2026, 4, 1)
TODAY = date(2026, 4, 14)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def roll_up():
    # A transaction's own clock stands still, and these tests are one.
    credits.post_all(recorded_at=timezone.now())
    rollups.refresh_everything()


def publish(monday=MONDAY, **also):
    return publish_weekly_ranking(week_starts_on=monday, today=TODAY, by=None, **also)


def shown(monday=MONDAY, span="MONTH"):
    """Return the revenue board of a week as (places, corrected lines)."""
    metric = Metric.objects.get(code="revenue")
    ranking, rows = published_ranking(metric=metric, span=span, week_starts_on=monday)
    lines = correction_of(ranking, metric=metric)[1]
    return [(row.name, row.place) for row in rows], [(x.name, x.was, x.would_be, x.value_was, x.value_is) for x in lines]


LATE = [("Ben", 2, 1, 0, 900_00), ("Asha", 1, 2, 100_00, 100_00), ("Ada", 2, 3, 0, 0)]


class TestNoteCorrections:
    def test_a_late_deal_is_noted_and_changes_no_place(self, lantern):
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        publish()
        assert note_corrections(by=None) == 0
        make_deal(lantern.ben.person, amount=900)
        roll_up()
        before = set(RankingRow.objects.values_list())
        assert note_corrections(by=None) > 0
        assert set(RankingRow.objects.values_list()) == before
        places, lines = shown()
        assert places[0] == ("Asha", 1)
        assert lines == LATE
        assert note_corrections(by=None) == 0

    def test_leads_to_what_was_entered_since(self, lantern):
        moved = make_deal(lantern.asha.person, amount=100)
        roll_up()
        publish()
        late = make_deal(lantern.ben.person, amount=900)
        make_deal(lantern.ada.person, amount=50, closed_on=date(2026, 3, 9))
        Deal.objects.filter(pk=moved.pk).update(closed_on=MONDAY)
        roll_up()
        revenue = Metric.objects.get(code="revenue")
        ranking, _rows = published_ranking(metric=revenue, span="MONTH", week_starts_on=MONDAY)
        found = entered_since(ranking, metric=revenue)
        assert [(credit.source_id, credit.person, credit.amount) for credit in found] == [(late.pk, lantern.ben.person, 900_00)]

    def test_a_correction_that_was_taken_back_leaves_nothing_to_say(self, lantern):
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        publish()
        late = make_deal(lantern.ben.person, amount=900)
        roll_up()
        note_corrections(by=None)
        Deal.objects.filter(pk=late.pk).update(status=Deal.Status.CANCELLED)
        roll_up()
        assert note_corrections(by=None) > 0
        assert shown()[1] == []

    def test_corrects_each_week_for_what_lies_in_it(self, lantern):
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        for monday in (MONDAY, date(2026, 3, 9)):
            publish(monday)
        make_deal(lantern.ben.person, amount=900, closed_on=date(2026, 3, 10))
        roll_up()
        note_corrections(by=None)
        assert shown(MONDAY)[1] == []
        assert shown(date(2026, 3, 9))[1] == LATE
        assert shown(date(2026, 3, 9), "YEAR")[1] == LATE

    def test_does_not_look_at_the_figures_where_nothing_was_credited_since(self, lantern, django_assert_max_num_queries):
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        publish()
        rankings_published_two_hours_from_now()
        make_deal(lantern.ben.person, amount=900, closed_on=date(2026, 3, 10))
        roll_up()
        # The lock, the company, the weeks, the ledger, and the transaction's own two.
        with django_assert_max_num_queries(6):
            assert note_corrections(by=None) == 0

    def test_costs_the_same_for_one_week_and_for_five(self, lantern):
        def statements():
            make_deal(lantern.ben.person, amount=900, closed_on=MONDAY)
            roll_up()
            with CaptureQueriesContext(connection) as sent:
                assert note_corrections(by=None)
            return len(sent)

        roll_up()
        publish()
        one = statements()
        for day in (9, 16, 23, 30):
            publish(date(2026, 3, day))
        assert statements() == one


class TestClosedPeriods:
    @pytest.fixture
    def closed(self, lantern):
        """March is published and closed, then Ben's deal of March comes in."""
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        publish(LAST_OF_MARCH)
        credits.close_period(ends_before=APRIL, today=TODAY, by=None)
        make_deal(lantern.ben.person, amount=900)
        roll_up()
        assert set(Credit.objects.filter(person=lantern.ben.person, amount__gt=0).values_list("counts_on", flat=True)) == {
            APRIL
        }
        return lantern

    def test_a_late_deal_of_a_closed_week_is_noted_there_and_the_week_is_never_ranked_again(self, closed):
        before = set(RankingRow.objects.values_list())
        note_corrections(by=None)
        places, lines = shown(LAST_OF_MARCH)
        assert places == [("Asha", 1), ("Ada", 2), ("Ben", 2)]
        assert lines == LATE
        with pytest.raises(WeekClosed):
            publish(LAST_OF_MARCH, is_replacing=True)
        assert set(RankingRow.objects.values_list()) == before
        assert not Ranking.objects.exclude(superseded_at=None).exists()

    def test_a_week_published_with_a_restatement_in_it_is_not_corrected_for_it(self, closed):
        publish(date(2026, 4, 6))
        note_corrections(by=None)
        assert shown(date(2026, 4, 6))[0][0] == ("Ben", 1)
        assert shown(date(2026, 4, 6))[1] == []
        assert set(RankingCorrection.objects.values_list("ranking__week_starts_on", flat=True)) == {LAST_OF_MARCH}


def rankings_published_two_hours_from_now():
    """Let what is credited now be of long before the rankings were published."""
    Ranking.objects.update(published_at=timezone.now() + timedelta(hours=2))
