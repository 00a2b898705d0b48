"""A contest from the draft to the prize on the statement, and what comes back afterwards."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import set_urlconf

from accounts.models import AuditEntry
from accounts.rules import Role
from common.periods import Period
from common.tenancy import company_scope
from credits import services as credits
from incentives.models import Contest, ContestAdjustment, ContestCorrection, ContestResult
from incentives.queries import contests as queries
from incentives.queries.standings import board_of, fixed_lines, live_lines
from incentives.rules.contest_kinds import Form, Leagues, TieRule, Yardstick
from incentives.rules.contest_terms import BadTerms, Wanted
from incentives.rules.contests import Prize, flat
from incentives.services import contest_results as results
from incentives.services import contests as services
from jobs import services as jobs
from jobs.models import Job
from targets import rollups
from targets.models import MethodInput, Metric, Plan
from targets.rules import InputKind
from targets.services.metrics import add_builtin_metrics
from teams.models import Assignment, Person
from teams.queries import sight_of
from tests.cast import join
from tests.credits.stories import make_deal, make_product, make_return
from tests.targets.test_rollups import ask

FIRST, LAST, AFTER = date(2026, 3, 2), date(2026, 3, 31), date(2026, 4, 1)
MID = date(2026, 3, 18)
NOW = datetime(2040, 1, 1, tzinfo=UTC)  # later than the clock of any test, so that everything is known
MARCH_TO_APRIL = Period(date(2026, 3, 1), date(2026, 5, 1))
PRIZES = (Prize(1, 1000_00), Prize(2, 400_00))


@pytest.fixture
def lantern(cast):
    set_urlconf(settings.COMPANY_URLCONF)
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast
    set_urlconf(None)


def wanted(*units, form=Form.RANK, prizes=PRIZES, people=(), metric="revenue", **facts):
    usual = {
        "name": "Spring race",
        "form": form,
        "metric": Metric.objects.get(code=metric),
        "yardstick": Yardstick.NONE,
        "leagues": Leagues.NONE,
        "tie_rule": TieRule.SHARE,
        "starts_on": FIRST,
        "ends_before": AFTER,
        "roles": [Role.REP],
    }
    return Wanted(usual | facts, tuple(prizes), units, people)


def announced(cast, *units, **about):
    contest = services.draft_contest(wanted=wanted(*units, **about), by=cast.bela.user)
    return services.announce_contest(contest=contest, on=date(2026, 3, 1), now=NOW, by=cast.bela.user)


def post():
    credits.post_all()
    rollups.refresh_everything()


def sell(member, amount, day=MID):
    return make_deal(member.person, lines=[(make_product(), 1, amount, 0)], closed_on=day)


def give_back(deal, amount, day):
    make_return(deal.lines.get(), 1, day, amount=amount)


def standing(contest, on=MID):
    lines = live_lines(contest, on=on)
    return [(line.entry.name, line.place, line.entry.numerator, line.amount) for line in lines]


def frozen(contest):
    return results.freeze_contest(contest=contest, on=AFTER, now=NOW, by=None)


class TestDrafting:
    def test_is_made_once_however_often_it_is_sent(self, lantern):
        ref = "6f2b1f5e-0000-4000-8000-000000000002"
        first = services.draft_contest(wanted=wanted(), client_ref=ref, by=lantern.bela.user)
        assert services.draft_contest(wanted=wanted(), client_ref=ref, by=lantern.bela.user) == first
        assert Contest.objects.count() == 1

    def test_leaves_a_trace_of_whom_it_is_for_and_what_can_be_won(self, lantern):
        contest = services.draft_contest(wanted=wanted(), by=lantern.bela.user)
        steps = (Prize(1, 300_00, threshold=900), Prize(2, 0, "A bicycle", threshold=1005))
        changed = wanted(lantern.one, form=Form.STEPS, prizes=steps, returns_days=10)
        services.change_contest(contest=contest, wanted=changed, by=lantern.bela.user)
        entry = AuditEntry.objects.get(action="incentives.contest.changed")
        differing = {name: (value, entry.after[name]) for name, value in entry.before.items() if value != entry.after[name]}
        assert differing == {
            "form": ("RANK", "STEPS"),
            "returns_days": (30, 10),
            "units": ([], [lantern.one.name]),
            "prizes": (["1: 1,000", "2: 400"], ["1 9: 300", "2 10.05: A bicycle"]),
        }

    @pytest.mark.parametrize(
        ("about", "code", "field"),
        [
            ({"ends_before": FIRST}, "ends_first", "last_day"),
            ({"prizes": ()}, "no_prize", "prizes"),
            ({"roles": [Role.DIRECTOR], "stages": ["SURVIVAL"]}, "nobody_takes_part", "units"),
            ({"yardstick": Yardstick.YEAR}, "no_past", "yardstick"),
            ({"yardstick": Yardstick.TARGET}, "no_target", "yardstick"),
            ({"leagues": Leagues.POTENTIAL}, "no_potential", "leagues"),
        ],
    )
    def test_refuses_what_nobody_could_race_by(self, lantern, about, code, field):
        with pytest.raises(BadTerms) as refused:
            services.draft_contest(wanted=wanted(**about), by=None)
        assert (refused.value.code, refused.value.field) == (code, field)
        assert not Contest.objects.exists()

    def test_refuses_a_relay_of_one_team_and_a_race_of_one(self, lantern):
        for units, about, code in (((lantern.one,), {"form": Form.RELAY}, "one_team"), ((lantern.two,), {}, "alone")):
            with pytest.raises(BadTerms) as refused:
                services.draft_contest(wanted=wanted(*units, **about), by=None)
            assert refused.value.code == code

    def test_announced_terms_never_change(self, lantern):
        contest = announced(lantern)
        with pytest.raises(services.ContestRefused):
            services.change_contest(contest=contest, wanted=wanted(name="Another"), by=None)
        with pytest.raises(services.ContestRefused):
            services.remove_contest(contest=contest, by=None)
        assert Contest.objects.get().name == "Spring race"

    def test_is_not_announced_once_its_days_are_past(self, lantern):
        contest = services.draft_contest(wanted=wanted(), by=None)
        with pytest.raises(BadTerms, match="past"):
            services.announce_contest(contest=contest, on=AFTER, now=NOW, by=None)
        assert Contest.objects.get().status == Contest.Status.DRAFT

    def test_called_off_it_says_why(self, lantern):
        contest = announced(lantern)
        with pytest.raises(services.ContestRefused):
            services.withdraw_contest(contest=contest, reason="  ", by=None)
        services.withdraw_contest(contest=contest, reason="Stock is sold out", by=lantern.bela.user)
        assert Contest.objects.get().withdrawn_reason == "Stock is sold out"
        assert AuditEntry.objects.filter(action="incentives.contest.withdrawn", about_id=contest.pk).exists()


class TestWhoTakesPart:
    def names(self, contest):
        return [one.name for one in queries.participants_of(contest)]

    def test_by_unit_role_and_name(self, lantern):
        assert self.names(announced(lantern)) == ["Ada", "Asha", "Ben"]
        assert self.names(announced(lantern, lantern.one)) == ["Ada", "Asha"]
        assert self.names(announced(lantern, lantern.one, people=(lantern.ben.person,))) == ["Ada", "Asha", "Ben"]
        assert self.names(announced(lantern, lantern.east, roles=["REP", "MANAGER"])) == ["Ada", "Asha", "Bela", "Ben", "Boris"]

    def test_whoever_joins_meanwhile_takes_part_and_who_leaves_wins_nothing(self, lantern):
        contest = announced(lantern, lantern.one)
        joiner = join("cora", Role.REP, lantern.one)
        Assignment.objects.filter(person=joiner.person).update(starts_on=MID)
        Person.objects.filter(pk=lantern.ada.person.pk).update(left_on=date(2026, 3, 20))
        sell(lantern.ada, 900)
        sell(lantern.asha, 100)
        post()
        people = {one.name: one for one in queries.participants_of(contest)}
        assert (people["Cora"].since, people["Ada"].is_there) == (MID, False)
        assert standing(contest)[0] == ("Asha", 1, 100_00, 1000_00)

    def test_who_moves_stays_where_they_began(self, lantern):
        contest = announced(lantern, form=Form.RELAY)
        Assignment.objects.filter(person=lantern.asha.person).update(ends_before=MID)
        Assignment.objects.create(person=lantern.asha.person, unit=lantern.two, role=Role.REP, starts_on=MID)
        assert {one.name: one.unit for one in queries.participants_of(contest)}["Asha"] == "Team One"


class TestTheBoard:
    def test_ranks_what_counts_in_the_days_and_nothing_else(self, lantern):
        contest = announced(lantern)
        sell(lantern.asha, 100)
        sell(lantern.ada, 300)
        sell(lantern.ada, 5000, day=date(2026, 3, 1))
        sell(lantern.asha, 5000, day=AFTER)
        post()
        assert standing(contest) == [("Ada", 1, 300_00, 1000_00), ("Asha", 2, 100_00, 400_00), ("Ben", None, 0, 0)]

    def test_a_handicap_by_the_own_past_lets_the_newcomer_win(self, lantern):
        sell(lantern.asha, 10_000, day=date(2026, 2, 3))
        sell(lantern.ada, 100, day=date(2026, 2, 3))
        post()
        contest = announced(lantern, yardstick=Yardstick.BEFORE)
        sell(lantern.asha, 5000)
        sell(lantern.ada, 400)
        post()
        assert [row[0] for row in standing(contest)] == ["Ada", "Asha", "Ben"]

    def test_a_handicap_by_the_own_target_leaves_who_has_none_without_a_place(self, lantern):
        for member, commit in ((lantern.asha, 10_000_00), (lantern.ada, 500_00)):
            ask("revenue", date(2026, 3, 1), commit=commit, person=member.person, within=lantern.one)
        sell(lantern.asha, 5000)
        sell(lantern.ada, 400)
        sell(lantern.ben, 9000)
        post()
        contest = announced(lantern, yardstick=Yardstick.TARGET, starts_on=date(2026, 3, 1))
        assert [row[:2] for row in standing(contest)] == [("Ada", 1), ("Asha", 2), ("Ben", None)]

    def test_leagues_by_market_potential_race_among_themselves(self, lantern):
        ask("revenue", date(2026, 3, 1), commit=1, person=lantern.asha.person, within=lantern.one)
        carl = join("carl", Role.REP, lantern.two)
        for member, potential in ((lantern.asha, 900), (lantern.ada, 800), (carl, 100)):
            MethodInput.objects.create(plan=Plan.objects.get(), kind=InputKind.POTENTIAL, person=member.person, value=potential)
        contest = announced(lantern, leagues=Leagues.POTENTIAL)
        for member, amount in ((lantern.asha, 500), (lantern.ada, 900), (lantern.ben, 20), (carl, 10)):
            sell(member, amount)
        post()
        lines = live_lines(contest, on=MID)
        assert [(line.entry.league, line.entry.name, line.place, line.amount) for line in lines] == [
            ("A", "Ada", 1, 1000_00),
            ("A", "Asha", 2, 400_00),
            ("A", "Ben", 3, 0),  # without a number of his own he counts as the median, which is Ada's
            ("B", "Carl", 1, 1000_00),
        ]

    def test_shows_a_colleague_who_is_winning_and_their_own_place(self, lantern):
        team = [join(f"rep{n}", Role.REP, lantern.one, name=f"Rep {n}") for n in range(8)]
        contest = announced(lantern, lantern.one)
        for n, member in enumerate(team, start=1):
            sell(member, n * 100)
        sell(lantern.asha, 250)
        post()
        contest = queries.contests_in_sight(
            membership=lantern.asha.membership,
            sight=(sight := sight_of(membership=lantern.asha.membership, on=MID)),
            user=lantern.asha.user,
        ).get(pk=contest.pk)
        (league,) = board_of(contest, on=MID, sight=sight, is_whole=False).leagues
        assert [(row.name, row.place) for row in league.rows] == [
            ("Rep 7", 1),
            ("Rep 6", 2),
            ("Rep 5", 3),
            ("Rep 2", 6),
            ("Asha", 7),
            ("Rep 1", 8),
        ]
        assert league.left_out == 4
        assert [row.name for row in league.rows if row.lineage_url] == ["Asha"]


class TestTheEnd:
    @pytest.fixture
    def race(self, lantern):
        contest = announced(lantern)
        self.deal = sell(lantern.ada, 300)
        sell(lantern.asha, 200)
        sell(lantern.ben, 100)
        post()
        return contest

    def test_is_fixed_once_as_it_stood(self, lantern, race):
        before = [(line.entry, line.place, line.amount, line.score) for line in live_lines(race, on=LAST)]
        frozen(race)
        sell(lantern.ben, 9000)
        post()
        frozen(race)
        after = [(line.entry, line.place, line.amount, line.score) for line in fixed_lines(Contest.objects.get())]
        assert after == before
        assert ContestResult.objects.count() == 3

    def test_is_not_fixed_while_it_runs(self, race):
        with pytest.raises(services.ContestRefused):
            results.freeze_contest(contest=race, on=LAST, now=NOW, by=None)
        assert not ContestResult.objects.exists()

    def test_the_night_fixes_what_is_over_and_a_second_one_nothing(self, lantern, race, time_machine):
        time_machine.move_to(datetime(2026, 3, 31, 18, tzinfo=UTC))  # in Shanghai it is April
        for expected in (1, 0):
            job = jobs.enqueue("incentives.contests", by=None)
            jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
            assert Job.objects.get(pk=job.pk).result == {"contests": expected}

    def test_prizes_are_due_once_they_are_awarded(self, lantern, race):
        frozen(race)
        assert not queries.prizes_due(MARCH_TO_APRIL)
        results.award_contest(contest=race, on=date(2026, 4, 3), by=lantern.bela.user)
        results.award_contest(contest=race, on=date(2026, 4, 9), by=lantern.bela.user)
        due = queries.prizes_due(MARCH_TO_APRIL)
        assert [(row.person_id, row.amount_minor, row.decided_on) for row in due] == [
            (lantern.ada.person.pk, 1000_00, date(2026, 4, 3)),
            (lantern.asha.person.pk, 400_00, date(2026, 4, 3)),
        ]
        assert due == queries.prizes_due(Period(date(2026, 4, 3), date(2026, 4, 4)))
        assert not queries.prizes_due(Period(date(2026, 4, 4), date(2026, 5, 1)))

    def test_a_return_after_the_end_puts_the_standing_right_by_a_logged_adjustment(self, lantern, race):
        frozen(race)
        results.award_contest(contest=race, on=date(2026, 4, 3), by=lantern.bela.user)
        first = queries.prizes_due(MARCH_TO_APRIL)
        give_back(self.deal, 150, date(2026, 4, 20))
        post()
        results.rerank_contest(contest=race, reason="Ada's deal came back", on=date(2026, 4, 21), now=NOW, by=lantern.bela.user)
        rows = {row.person.name: row for row in ContestCorrection.objects.select_related("person")}
        assert {name: (r.place_before, r.place, r.numerator, r.difference) for name, r in rows.items()} == {
            "Ada": (1, 2, 150_00, -600_00),
            "Asha": (2, 1, 200_00, 600_00),
        }
        assert [(line.entry.name, line.amount) for line in fixed_lines(Contest.objects.get())] == [
            ("Asha", 1000_00),
            ("Ada", 400_00),
            ("Ben", 0),
        ]
        due = queries.prizes_due(MARCH_TO_APRIL)
        assert due[:2] == first
        assert {(row.person_id, row.amount_minor, row.source, row.decided_on) for row in due[2:]} == {
            (lantern.ada.person.pk, -600_00, "CONTEST_CORRECTION", date(2026, 4, 21)),
            (lantern.asha.person.pk, 600_00, "CONTEST_CORRECTION", date(2026, 4, 21)),
        }
        assert len({(row.source, row.id) for row in due}) == len(due)
        assert AuditEntry.objects.filter(action="incentives.contest.corrected").exists()

    def test_put_right_before_the_award_the_difference_falls_due_with_it(self, lantern, race):
        frozen(race)
        give_back(self.deal, 150, date(2026, 4, 2))
        post()
        results.rerank_contest(contest=race, reason="It came back", on=date(2026, 4, 3), now=NOW, by=None)
        results.award_contest(contest=race, on=date(2026, 5, 2), by=None)
        due = queries.prizes_due(Period(date(2026, 5, 1), date(2026, 6, 1)))
        paid = {}
        for row in due:
            paid[row.person_id] = paid.get(row.person_id, 0) + row.amount_minor
        assert paid == {lantern.asha.person.pk: 1000_00, lantern.ada.person.pk: 400_00}

    def test_a_return_after_the_declared_days_changes_nothing(self, lantern, race):
        frozen(race)
        give_back(self.deal, 150, AFTER + timedelta(days=30))
        post()
        with pytest.raises(services.ContestRefused, match="Nothing has changed"):
            results.rerank_contest(contest=race, reason="Too late", on=date(2026, 5, 2), now=NOW, by=None)
        assert not ContestAdjustment.objects.exists()

    def test_what_comes_back_of_earlier_deals_is_none_of_its_business(self, lantern):
        old = sell(lantern.asha, 900, day=date(2026, 2, 3))
        contest = announced(lantern)
        sell(lantern.asha, 100)
        post()
        frozen(contest)
        give_back(old, 900, date(2026, 4, 2))
        post()
        assert not results.changed_lines(Contest.objects.get(), until=NOW)

    def test_a_relay_is_kept_with_its_members_and_put_right_for_all_of_them(self, lantern):
        contest = announced(lantern, form=Form.RELAY, prizes=(Prize(1, 1001),))
        deal = sell(lantern.asha, 300)
        sell(lantern.ada, 100)
        sell(lantern.ben, 150)
        post()
        before = [(line.entry, line.place, line.amount, line.score, line.heads) for line in flat(live_lines(contest, on=LAST))]
        frozen(contest)
        after = [
            (line.entry, line.place, line.amount, line.score, line.heads) for line in flat(fixed_lines(Contest.objects.get()))
        ]
        assert [row[1:] for row in after] == [row[1:] for row in before]
        assert [amount for _e, _p, amount, _s, _h in after] == [1001, 501, 500, 0, 0]
        give_back(deal, 300, date(2026, 4, 2))
        post()
        results.rerank_contest(contest=contest, reason="All of it came back", on=date(2026, 4, 3), now=NOW, by=None)
        won = {
            line.entry.name: line.amount for line in flat(fixed_lines(Contest.objects.get())) if line.wins and not line.is_team
        }
        assert won == {"Ben": 1001}


class TestQueries:
    def test_cost_the_same_for_three_and_for_twenty(self, lantern):
        contest = announced(lantern, yardstick=Yardstick.NONE, leagues=Leagues.STAGE)
        sell(lantern.asha, 100)
        post()

        def cost():
            found = Contest.objects.select_related("company", "metric").prefetch_related("prizes").get(pk=contest.pk)
            with CaptureQueriesContext(connection) as sent:
                board_of(found, on=MID, sight=sight_of(membership=lantern.hana.membership, on=MID), is_whole=True)
            return len(sent)

        few = cost()
        for n in range(17):
            sell(join(f"more{n}", Role.REP, lantern.two), n + 1)
        post()
        assert cost() == few
