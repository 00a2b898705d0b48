from datetime import date

import pytest

from accounts.models import AuditEntry, Company
from common.periods import Period, month_of
from common.tenancy import company_scope
from credits import services as credits
from deals.models import Deal
from targets import rollups, rules
from targets.models import Metric, Ranking, RankingRow
from targets.queries.rankings import BY_ATTAINMENT, Subject, live_ranking, published_ranking
from targets.queries.windows import Window
from targets.services.corrections import note_corrections
from targets.services.metrics import BUILT_IN, add_builtin_metrics
from targets.services.rankings import WeekNotOver, last_finished_week, publish_weekly_ranking
from teams.models import Person
from tests.credits.stories import make_deal
from tests.properties import given, st
from tests.targets.test_rollups import ask

MARCH = date(2026, 3, 1)
MONDAY = date(2026, 3, 2)
NEXT_MONDAY = date(2026, 3, 9)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def board(code="revenue", **kwargs):
    given = {"window": Window(month_of(MARCH), "MONTH"), "on": date(2026, 3, 31)} | kwargs
    return live_ranking(metric=Metric.objects.get(code=code), **given)


def places(rows):
    return [(row.name, row.place) for row in rows]


def roll_up():
    credits.post_all()
    rollups.refresh_everything()


class TestLiveRanking:
    def test_shares_places_and_orders_equals_by_who_was_first_then_by_name(self, lantern):
        make_deal(lantern.ben.person, amount=100, closed_on=date(2026, 3, 9))
        make_deal(lantern.asha.person, amount=100, closed_on=date(2026, 3, 5))
        make_deal(lantern.bela.person, amount=500)
        roll_up()
        assert places(board()) == [("Bela", 1), ("Asha", 2), ("Ben", 2), ("Ada", 4)]

    def test_ranks_reps_without_any_result_but_not_managers_or_leavers(self, lantern):
        Person.objects.filter(pk=lantern.ada.person.pk).update(left_on=date(2026, 3, 20))
        roll_up()
        assert {row.name for row in board()} == {"Asha", "Ben"}
        assert {row.name for row in board(on=date(2026, 3, 19))} == {"Ada", "Asha", "Ben"}

    def test_turns_the_order_where_less_is_better_and_gives_no_place_without_a_value(self, lantern):
        make_deal(lantern.asha.person, amount=1, opened_on=date(2026, 1, 3))
        make_deal(lantern.ben.person, amount=1, opened_on=date(2026, 3, 1))
        roll_up()
        assert places(board("days_to_close")) == [("Ben", 1), ("Asha", 2), ("Ada", None)]

    def test_knows_equal_fractions(self, lantern):
        for person, won, lost in ((lantern.asha.person, 1, 2), (lantern.ada.person, 2, 4)):
            for number in range(won + lost):
                make_deal(person, amount=1, status=Deal.Status.WON if number < won else Deal.Status.LOST)
        roll_up()
        assert [place for name, place in places(board("win_rate")) if name != "Ben"] == [1, 1]

    def test_ranks_by_attainment_and_puts_who_has_no_target_at_the_end_by_amount(self, lantern):
        for member, amount in ((lantern.asha, 100), (lantern.ada, 900), (lantern.ben, 300)):
            make_deal(member.person, amount=amount)
        ask("revenue", MARCH, commit=50_00, person=lantern.asha.person, within=lantern.one)
        roll_up()
        rows = board(by=BY_ATTAINMENT)
        assert places(rows) == [("Asha", 1), ("Ada", None), ("Ben", None)]
        assert rows[0].attainment == 200

    def test_ranks_within_a_unit_anew(self, lantern):
        make_deal(lantern.ben.person, amount=100)
        make_deal(lantern.ada.person, amount=10)
        roll_up()
        assert places(board(among_unit_ids=[lantern.one.pk])) == [("Ada", 1), ("Asha", 2)]

    def test_ranks_teams_and_regions(self, lantern):
        make_deal(lantern.ben.person, amount=100)
        roll_up()
        assert places(board(subject=Subject.TEAM)) == [("Team Two", 1), ("Team One", 2)]
        assert places(board(subject=Subject.REGION)) == [("East", 1), ("West", 2)]

    def test_costs_one_statement(self, lantern, django_assert_num_queries):
        metric = Metric.objects.get(code="revenue")
        with django_assert_num_queries(1):
            live_ranking(metric=metric, window=Window(month_of(MARCH), "MONTH"), on=MARCH)


class TestPublishWeeklyRanking:
    def publish(self, monday=MONDAY, today=date(2026, 4, 1), **kwargs):
        return publish_weekly_ranking(week_starts_on=monday, today=today, by=None, **kwargs)

    def test_keeps_what_was_published(self, lantern):
        make_deal(lantern.ben.person, amount=100)
        roll_up()
        assert self.publish() == len(BUILT_IN) * 3 * 3
        make_deal(lantern.asha.person, amount=900)
        roll_up()
        assert self.publish() == 0
        revenue = Metric.objects.get(code="revenue")
        assert places(published_ranking(metric=revenue, span="MONTH")[1]) == [("Ben", 1), ("Ada", 2), ("Asha", 2)]

    def test_leaves_out_what_came_after_the_sunday(self, lantern):
        make_deal(lantern.ben.person, amount=100, closed_on=date(2026, 3, 8))
        make_deal(lantern.asha.person, amount=900, closed_on=NEXT_MONDAY)
        roll_up()
        self.publish()
        _ranking, rows = published_ranking(metric=Metric.objects.get(code="revenue"), span="QUARTER")
        assert [(row.name, row.numerator) for row in rows] == [("Ben", 100_00), ("Ada", 0), ("Asha", 0)]

    def test_agrees_with_the_live_ranking_of_a_period_that_is_over(self, lantern):
        for member, amount in ((lantern.asha, 300), (lantern.ada, 100), (lantern.bela, 100), (lantern.ben, 0)):
            make_deal(member.person, amount=amount, opened_on=date(2026, 2, amount // 100 + 1))
            make_deal(member.person, status=Deal.Status.LOST)
        ask("revenue", MARCH, commit=500, person=lantern.asha.person, within=lantern.one)
        roll_up()
        self.publish(monday=date(2026, 3, 30), today=date(2026, 4, 6))
        self.publish(monday=date(2026, 3, 23), today=date(2026, 4, 6))
        for metric in Metric.objects.all():
            for subject in Subject.values:
                live = live_ranking(
                    metric=metric,
                    window=Window(Period(MARCH, date(2026, 4, 1)), "MONTH"),
                    on=date(2026, 3, 31),
                    subject=subject,
                )
                _ranking, rows = published_ranking(
                    metric=metric, span="MONTH", subject=subject, week_starts_on=date(2026, 3, 23)
                )
                assert [(r.subject_id, r.place, r.value, r.attainment, r.team_id) for r in rows] == [
                    (r.subject_id, r.place, r.value, r.attainment, r.team_id) for r in live if r.place
                ]

    def test_remembers_the_place_of_the_week_before(self, lantern):
        make_deal(lantern.ben.person, amount=100)
        make_deal(lantern.asha.person, amount=900, closed_on=NEXT_MONDAY)
        roll_up()
        self.publish()
        self.publish(monday=NEXT_MONDAY)
        revenue = Metric.objects.get(code="revenue")
        _ranking, rows = published_ranking(metric=revenue, span="MONTH")
        assert [(row.name, row.place, row.movement) for row in rows] == [("Asha", 1, 1), ("Ben", 2, -1), ("Ada", 3, -1)]
        assert {row.name: row.previous_place for row in board()} == {"Asha": 1, "Ben": 2, "Ada": 3}
        assert {ranking.week_starts_on for ranking in Ranking.objects.standing()} == {NEXT_MONDAY, MONDAY}

    def test_refuses_a_week_that_is_not_over(self, lantern):
        with pytest.raises(WeekNotOver):
            self.publish(today=date(2026, 3, 8))
        assert not Ranking.objects.exists()

    def test_ranks_again_when_somebody_asks_and_says_so_in_the_audit_trail(self, lantern):
        roll_up()
        self.publish()
        make_deal(lantern.asha.person, amount=900)
        roll_up()
        publish_weekly_ranking(week_starts_on=MONDAY, today=date(2026, 4, 1), is_replacing=True, by=lantern.dora.user)
        _ranking, rows = published_ranking(metric=Metric.objects.get(code="revenue"), span="MONTH")
        assert rows[0].name == "Asha"
        assert AuditEntry.objects.get(action="targets.ranking.replaced").by == lantern.dora.user

    def test_ranks_only_the_active_company(self, lantern):
        with company_scope(lantern.rival):
            add_builtin_metrics()
            make_deal(lantern.chandra.person, amount=999)
            roll_up()
        roll_up()
        self.publish()
        assert not RankingRow.objects.filter(numerator=999_00).exists()
        with company_scope(lantern.rival):
            assert not Ranking.objects.exists()

    def test_finds_the_week_that_ended_last(self):
        assert last_finished_week(date(2026, 3, 9)).starts_on == MONDAY
        assert last_finished_week(date(2026, 3, 15)).starts_on == MONDAY


class TestMinimum:
    def test_who_has_too_few_cases_has_no_place_by_a_ratio(self, lantern):
        for person, won in ((lantern.asha.person, 1), (lantern.ada.person, 3)):
            for _n in range(won):
                make_deal(person, amount=1)
        make_deal(lantern.ada.person, amount=1, status=Deal.Status.LOST)
        roll_up()
        rows = board("win_rate", minimum=2)
        assert places(rows) == [("Ada", 1), ("Asha", None), ("Ben", None)]
        assert [row.is_short for row in rows] == [False, True, False]
        assert places(board("revenue", minimum=2))[0][1] == 1

    def test_holds_for_what_is_published_too_whatever_it_becomes_later(self, lantern):
        Company.objects.filter(pk=lantern.lantern.pk).update(ranking_minimum=2)
        for person, won in ((lantern.asha.person, 1), (lantern.ada.person, 3)):
            for _n in range(won):
                make_deal(person, amount=1)
        make_deal(lantern.ada.person, amount=1, status=Deal.Status.LOST)
        roll_up()
        publish_weekly_ranking(week_starts_on=MONDAY, today=NEXT_MONDAY, by=None)
        Company.objects.filter(pk=lantern.lantern.pk).update(ranking_minimum=4)
        _ranking, rows = published_ranking(metric=Metric.objects.get(code="win_rate"), span="MONTH")
        assert places(rows) == [("Ada", 1), ("Asha", None)]
        assert [row.is_short for row in rows] == [False, True]
        assert note_corrections(by=None) == 0

    def test_who_had_too_few_cases_has_moved_from_nowhere(self, lantern):
        Company.objects.filter(pk=lantern.lantern.pk).update(ranking_minimum=2)
        for person, won in ((lantern.asha.person, 1), (lantern.ada.person, 3)):
            for _n in range(won):
                make_deal(person, amount=1)
        roll_up()
        publish_weekly_ranking(week_starts_on=MONDAY, today=NEXT_MONDAY, by=None)
        among = [lantern.asha.person.pk, lantern.ada.person.pk]
        rows = board("win_rate", minimum=1, among_person_ids=among)
        assert {row.name: row.previous_place for row in rows} == {"Ada": 1, "Asha": None}


class TestPeers:
    def test_places_among_some_are_those_of_the_whole_without_the_others(self, lantern):
        for member, amount in ((lantern.asha, 100), (lantern.ben, 300), (lantern.ada, 100), (lantern.bela, 50)):
            make_deal(member.person, amount=amount)
        roll_up()
        peers = [lantern.asha.person.pk, lantern.ada.person.pk, lantern.bela.person.pk]
        assert places(board(among_person_ids=peers)) == [("Ada", 1), ("Asha", 1), ("Bela", 3)]
        assert places(board(among_unit_ids=[lantern.two.pk])) == [("Ben", 1)]

    def test_movement_among_some_is_against_their_published_places(self, lantern):
        make_deal(lantern.ben.person, amount=900)
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        publish_weekly_ranking(week_starts_on=MONDAY, today=NEXT_MONDAY, by=None)
        make_deal(lantern.ada.person, amount=500, closed_on=NEXT_MONDAY)
        roll_up()
        rows = board(among_unit_ids=[lantern.one.pk])
        assert [(row.name, row.place, row.movement) for row in rows] == [("Ada", 1, 1), ("Asha", 2, -1)]


class TestVersions:
    def publish(self, **also):
        return publish_weekly_ranking(week_starts_on=MONDAY, today=NEXT_MONDAY, by=None, **also)

    def test_replacing_keeps_what_was_published_as_superseded(self, lantern):
        make_deal(lantern.asha.person, amount=100)
        roll_up()
        boards = self.publish()
        make_deal(lantern.ben.person, amount=900)
        roll_up()
        assert self.publish(is_replacing=True) == boards
        assert Ranking.objects.count() == 2 * boards
        assert Ranking.objects.standing().count() == boards
        assert {ranking.week_starts_on for ranking in Ranking.objects.standing()} == {MONDAY}
        _ranking, rows = published_ranking(metric=Metric.objects.get(code="revenue"), span="MONTH", week_starts_on=MONDAY)
        assert places(rows)[0] == ("Ben", 1)
        old = RankingRow.objects.filter(ranking__superseded_at__isnull=False, rank=1, ranking__metric__code="revenue")
        assert set(old.filter(person__isnull=False).values_list("person__name", flat=True)) == {"Asha"}


@given(st.lists(st.integers(0, 6), max_size=12), st.sets(st.integers(0, 11)))
def test_places_of_peers_follow_from_those_of_the_whole(values, chosen):
    whole = rules.rank(list(enumerate(values)), value=lambda row: row[1])
    peers = [ranked for ranked in whole if ranked.row[0] in chosen]
    alone = rules.rank([ranked.row for ranked in peers], value=lambda row: row[1])
    assert rules.places_inside([ranked.place for ranked in peers]) == [ranked.place for ranked in alone]


@given(
    st.lists(st.tuples(st.integers(0, 4), st.dates(date(2026, 3, 1), date(2026, 3, 9)), st.text("abc", max_size=2)), max_size=9)
)
def test_ranks_do_not_depend_on_the_order_of_arrival(rows):
    def ranked(given_rows):
        return rules.rank(given_rows, value=lambda r: r[0], reached_at=lambda r: r[1], name=lambda r: r[2])

    assert ranked(rows) == ranked(sorted(rows)) == ranked(rows[::-1])
