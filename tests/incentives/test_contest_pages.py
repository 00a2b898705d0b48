"""The pages of contests: the builder with its refusals at the field, announcing, the board, the result."""

from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.conf import settings
from django.urls import reverse, set_urlconf

from common.tenancy import company_scope
from incentives.models import Contest
from incentives.queries.contest_list import days_gone, running_for
from incentives.queries.standings import leaders_of
from incentives.rules.contest_kinds import Form
from incentives.rules.contests import Prize
from incentives.services import contest_results as results
from incentives.services import contests as services
from incentives.services import honours
from targets.models import Metric
from targets.services.metrics import add_builtin_metrics
from teams.models import Person
from teams.queries import sight_of
from tests.cast import join
from tests.incentives.test_contests import AFTER, MID, NOW, announced, give_back, post, sell, wanted
from tests.signing_in import browser


@pytest.fixture
def lantern(cast, time_machine):
    time_machine.move_to(datetime(2026, 3, 18, 2, tzinfo=UTC))
    set_urlconf(settings.COMPANY_URLCONF)
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast
    set_urlconf(None)


def address(name, *args):
    return "/lantern" + reverse(f"incentives:{name}", args=args, urlconf=settings.COMPANY_URLCONF)


def read(member, name, *args, query=""):
    response = browser(member).get(address(name, *args) + query)
    return response.status_code, unescape(response.content.decode())


def typed(**changed):
    given = {
        "name": "Spring race",
        "form": "STEPS",
        "metric": Metric.objects.get(code="revenue").pk,
        "starts_on": "2026-03-20",
        "last_day": "2026-03-31",
        "roles": ["REP"],
        "yardstick": "NONE",
        "threshold_1": "1000",
        "amount_1": "50",
        "threshold_2": "1.2万",
        "amount_2": "¥80.50",
        "returns_days": 30,
    }
    return {name: value for name, value in (given | changed).items() if value is not None}


class TestTheBuilder:
    def test_reads_amounts_as_people_type_them(self, lantern):
        response = browser(lantern.hana).post(address("add_contest"), typed())
        contest = Contest.objects.get()
        assert response.headers["Location"] == address("announce_contest", contest.pk)
        assert list(contest.prizes.values_list("threshold", "amount")) == [(1000_00, 50_00), (12_000_00, 80_50)]
        assert (contest.starts_on, contest.ends_before, contest.created_by) == (
            date(2026, 3, 20),
            date(2026, 4, 1),
            lantern.hana.user,
        )

    @pytest.mark.parametrize(
        ("changed", "field", "sentence"),
        [
            ({"last_day": "2026-03-19"}, "last_day", "lies before the first"),
            ({"threshold_2": "1000"}, "threshold_2", "asks for no more than the one before"),
            ({"threshold_2": None}, "threshold_2", "not what has to be reached"),
            ({"amount_2": None}, "threshold_2", "has no prize"),
            ({"form": "POT", "amount_1": None}, "amount_1", "needs an amount"),
            ({"amount_1": "80%"}, "amount_1", "80%"),
            ({"form": "RANK", "amount_1": None, "amount_2": None}, "amount_1", "at least one prize"),
            ({"form": "RANK_MINIMUM"}, "minimum", "From which result|from which result"),
            ({"form": "PERSONAL", "minimum": "100"}, "yardstick", "own target or past"),
            ({"yardstick": "YEAR"}, "yardstick", "has a result in the days to compare with"),
            ({"roles": ["DIRECTOR"], "stages": ["SURVIVAL"]}, "units", "Nobody takes part"),
            ({"leagues": "STAGE"}, "leagues", "Leagues are for rankings"),
            ({"amount_1": "much"}, "amount_1", "much"),
            ({"amount_1": "1.005"}, "amount_1", "decimal places"),
            ({"amount_1": "-5"}, "amount_1", ""),
            ({"metric": "x"}, "metric", ""),
            ({"units": ["99999999999999999999"]}, "units", ""),
            ({"starts_on": "0001-01-01"}, "starts_on", ""),
            ({"name": "a\x00b"}, "name", ""),
        ],
    )
    def test_says_what_is_wrong_at_the_field_and_keeps_nothing(self, lantern, changed, field, sentence):
        response = browser(lantern.hana).post(address("add_contest"), typed(**changed))
        assert response.status_code == 422
        errors = response.context["form"].errors
        assert field in errors, errors
        assert any(part in " ".join(errors[field]) for part in sentence.split("|"))
        assert not Contest.objects.exists()

    def test_whoever_leads_a_branch_says_who_of_it_takes_part(self, lantern):
        response = browser(lantern.bela).post(address("add_contest"), typed())
        assert "units" in response.context["form"].errors
        response = browser(lantern.bela).post(address("add_contest"), typed(units=[lantern.two.pk]))
        assert "units" in response.context["form"].errors  # another team than hers
        browser(lantern.bela).post(address("add_contest"), typed(units=[lantern.one.pk]))
        assert Contest.objects.get().scopes.get().unit == lantern.one

    def test_begins_with_what_another_contest_says(self, lantern):
        contest = announced(lantern, lantern.one)
        form = browser(lantern.hana).get(address("add_contest") + f"?like={contest.pk}").context["form"]
        assert (form.initial["name"], form.initial["amount_1"], form.initial["units"]) == (
            "Spring race",
            "1000",
            [lantern.one.pk],
        )


class TestAnnouncing:
    def test_somebody_who_is_quicker_is_told_and_nothing_breaks(self, lantern, monkeypatch):
        contest = services.draft_contest(wanted=wanted(lantern.one), by=lantern.bela.user)

        def too_late(**_given):
            raise services.ContestRefused("not_draft")

        for name in ("announce_contest", "change_contest"):
            monkeypatch.setattr(services, name, too_late)
            response = browser(lantern.bela).post(address(name, contest.pk), typed())
            assert response.status_code in {302, 422}, name
        assert Contest.objects.get().status == Contest.Status.DRAFT

    def test_shows_the_terms_as_sentences_and_then_to_everybody(self, lantern):
        contest = services.draft_contest(wanted=wanted(lantern.one), by=lantern.bela.user)
        assert read(lantern.asha, "contest", contest.pk)[0] == 404
        _status, page = read(lantern.bela, "announce_contest", contest.pk)
        for said in (
            "Rep of Team One.",
            "Compared is Revenue.",
            "The best 2 win.",
            "Place 1:",
            "¥1,000.00",
            "2 people take part",
        ):
            assert said in page, said
        browser(lantern.bela).post(address("announce_contest", contest.pk))
        assert read(lantern.asha, "contest", contest.pk)[0] == 200
        assert "Spring race" in read(lantern.asha, "contests")[1]

    def test_a_closed_board_is_for_those_who_take_part_and_who_leads_them(self, lantern):
        contest = announced(lantern, lantern.one, is_open=False)
        seen = {
            who: read(getattr(lantern, who), "contest", contest.pk)[0]
            for who in ("asha", "bela", "dora", "hana", "ben", "boris")
        }
        assert seen == {"asha": 200, "bela": 200, "dora": 200, "hana": 200, "ben": 404, "boris": 404}

    def test_stands_on_the_first_page_of_those_who_take_part(self, lantern):
        announced(lantern, lantern.one)
        for member, unit, names in ((lantern.asha, lantern.one, ["Spring race"]), (lantern.ben, lantern.two, [])):
            assert [row.name for row in running_for(member.person, own_unit_id=unit.pk, on=MID)] == names
        assert running_for(lantern.asha.person, own_unit_id=lantern.one.pk, on=AFTER) == []


class TestTheFirstPages:
    def test_lead_to_what_runs_and_who_was_honoured_once_they_are_there(self, lantern):
        for member in (lantern.asha, lantern.bela, lantern.dora):
            assert f'hx-get="{address("honours_latest")}"' in unescape(browser(member).get("/lantern/").content.decode())

    def test_name_who_leads_what_runs(self, lantern):
        announced(lantern, lantern.one)
        announced(
            lantern, lantern.two, name="Elsewhere", is_open=False, form=Form.STEPS, prizes=[Prize(1, 50_00, threshold=1000_00)]
        )
        sell(lantern.ada, 900)
        sell(lantern.asha, 400)
        post()
        page = read(lantern.asha, "honours_latest")[1]
        assert page.index("Spring race") < page.index("Ada") < page.index("Asha")
        assert "2 of 2 win something as it stands" in page
        assert "Elsewhere" not in page
        assert "Elsewhere" in read(lantern.dora, "honours_latest")[1]

    def test_show_nothing_where_nothing_runs_and_nobody_was_honoured(self, lantern):
        services.draft_contest(wanted=wanted(lantern.one), by=lantern.bela.user)
        assert read(lantern.bela, "honours_latest")[1].strip() == ""

    def test_of_leagues_name_the_best_of_each(self, lantern):
        Person.objects.filter(pk=lantern.ben.person.pk).update(hired_on=date(2026, 2, 1))
        contest = announced(lantern, form=Form.RANK, leagues="STAGE")
        sell(lantern.ada, 900)
        sell(lantern.asha, 400)
        sell(lantern.ben, 300)
        post()
        rows = leaders_of(contest, on=MID, sight=sight_of(membership=lantern.hana.membership, on=MID)).rows
        assert {row.place for row in rows} == {1}
        assert len({row.league for row in rows}) == len(rows) > 1


class TestTheLimit:
    @pytest.fixture
    def draft(self, lantern):
        honours.change_settings(contest_limit=1399_99, by=lantern.amir.user)
        return services.draft_contest(wanted=wanted(lantern.one), by=lantern.bela.user)

    def test_a_manager_is_told_what_it_may_cost_and_who_announces_it(self, lantern, draft):
        page = read(lantern.bela, "announce_contest", draft.pk)[1]
        assert "¥1,400.00 at most; managers announce up to ¥1,399.99" in page
        response = browser(lantern.bela).post(address("announce_contest", draft.pk), follow=True)
        assert [message.level_tag for message in response.context["messages"]] == ["warning"]
        assert Contest.objects.get().status == Contest.Status.DRAFT

    @pytest.mark.parametrize("who", ["dora", "hana", "amir"])
    def test_who_leads_them_hr_and_admins_find_the_draft_and_announce_it(self, lantern, draft, who):
        member = getattr(lantern, who)
        assert draft.name in read(member, "contests", query="?tab=drafts")[1]
        browser(member).post(address("announce_contest", draft.pk))
        assert Contest.objects.get().status == Contest.Status.ANNOUNCED

    def test_up_to_it_and_without_one_a_manager_announces(self, lantern, draft):
        honours.change_settings(contest_limit=1400_00, by=lantern.amir.user)
        browser(lantern.bela).post(address("announce_contest", draft.pk))
        assert Contest.objects.get().status == Contest.Status.ANNOUNCED
        honours.change_settings(contest_limit=None, by=lantern.amir.user)
        other = services.draft_contest(wanted=wanted(lantern.one, prizes=[Prize(1, 10**9)]), by=lantern.bela.user)
        browser(lantern.bela).post(address("announce_contest", other.pk))
        assert Contest.objects.filter(status=Contest.Status.ANNOUNCED).count() == 2

    def test_counts_what_a_managers_other_contests_of_the_days_may_cost(self, lantern, draft):
        """A contest cut in two costs no less."""
        honours.change_settings(contest_limit=2000_00, by=lantern.amir.user)
        browser(lantern.bela).post(address("announce_contest", draft.pk))
        other = services.draft_contest(wanted=wanted(lantern.one), by=lantern.bela.user)
        page = read(lantern.bela, "announce_contest", other.pk)[1]
        assert "Your contests of the same days cost ¥1,400.00 at most already." in page
        browser(lantern.bela).post(address("announce_contest", other.pk))
        assert Contest.objects.filter(status=Contest.Status.ANNOUNCED).count() == 1
        # Not what was called off.
        Contest.objects.filter(pk=draft.pk).update(status=Contest.Status.WITHDRAWN)
        browser(lantern.bela).post(address("announce_contest", other.pk))
        assert Contest.objects.get(pk=other.pk).status == Contest.Status.ANNOUNCED

    def test_counts_for_whoever_announces_and_not_for_who_drafted(self, lantern, draft):
        """Two who lead a team together cannot have the other announce what is beyond their own limit, contest after contest."""
        honours.change_settings(contest_limit=2000_00, by=lantern.amir.user)
        berta = join("berta", "MANAGER", lantern.one)
        others = [services.draft_contest(wanted=wanted(lantern.one), by=lantern.bela.user) for _n in range(2)]
        for contest in (draft, *others):
            browser(berta).post(address("announce_contest", contest.pk))
        assert list(Contest.objects.filter(status="ANNOUNCED").values_list("pk", "announced_by")) == [(draft.pk, berta.user.pk)]
        # Bela has announced nothing yet: hers is still to be had, once.
        for contest in others:
            browser(lantern.bela).post(address("announce_contest", contest.pk))
        announced_by = Contest.objects.filter(status="ANNOUNCED").order_by("pk").values_list("announced_by", flat=True)
        assert list(announced_by) == [berta.user.pk, lantern.bela.user.pk]


class TestTheBoardAndTheResult:
    @pytest.fixture
    def over(self, lantern):
        contest = announced(lantern, lantern.east, is_open=True, purpose="Clear the winter stock")
        deal = sell(lantern.ada, 300)
        sell(lantern.asha, 200)
        post()
        results.freeze_contest(contest=contest, on=AFTER, now=NOW, by=None)
        give_back(deal, 150, date(2026, 4, 2))
        post()
        results.rerank_contest(
            contest=contest, reason="Half of it came back", on=date(2026, 4, 3), now=NOW, by=lantern.bela.user
        )
        return results.award_contest(contest=contest, on=date(2026, 4, 3), by=lantern.bela.user)

    def test_the_board_shows_ones_own_place_and_what_is_missing(self, lantern):
        contest = announced(lantern, lantern.one)
        sell(lantern.ada, 300)
        sell(lantern.asha, 200)
        post()
        page = read(lantern.asha, "contest", contest.pk)[1]
        assert "Where I stand" in page
        assert "100.00" in page
        assert "to place 1" in page

    def test_the_result_tells_what_came_back_and_opens_it_only_to_who_may(self, lantern, over):
        for member, is_open in ((lantern.hana, True), (lantern.asha, False)):
            page = read(member, "contest", over.pk)[1]
            assert "Half of it came back" in page
            assert ("−¥150.00" in page) == is_open
        assert "−¥600.00" in read(lantern.ada, "contest", over.pk)[1]

    def test_the_result_begins_with_who_won_what(self, lantern, over):
        running = announced(lantern, lantern.one)
        for member in (lantern.hana, lantern.asha, lantern.ben):
            page = read(member, "contest", over.pk)[1]
            said = page[page.index("Winners") : page.index("Course of the days")]
            assert said.index("Asha") < said.index("¥1,000.00") < said.index("Ada") < said.index("¥400.00")
            assert "Winners" not in read(member, "contest", running.pk)[1]

    def test_winners_have_a_certificate(self, lantern, over):
        response = browser(lantern.asha).get(address("contest_certificate", over.pk))
        assert (response.status_code, response.content[:5]) == (200, b"%PDF-")
        assert read(lantern.ben, "contest_certificate", over.pk)[0] == 404
        assert (
            browser(lantern.hana).get(address("contest_certificate", over.pk) + f"?person={lantern.ada.person.pk}").status_code
            == 200
        )
        assert read(lantern.ben, "contest_certificate", over.pk, query=f"?person={lantern.ada.person.pk}")[0] == 404

    def test_who_does_not_run_it_changes_nothing(self, lantern):
        contest = announced(lantern, lantern.one)
        for name in ("withdraw_contest", "fix_contest", "award_contest", "rerank_contest"):
            assert browser(lantern.asha).post(address(name, contest.pk), {"reason": "no"}).status_code == 403
        assert Contest.objects.get().status == Contest.Status.ANNOUNCED

    def test_a_deed_that_cannot_be_done_is_said_and_changes_nothing(self, lantern):
        contest = announced(lantern, lantern.one)
        for name in ("fix_contest", "award_contest", "rerank_contest", "withdraw_contest"):
            response = browser(lantern.bela).post(
                address(name, contest.pk), {"reason": "  " if "withdraw" in name else "why"}, follow=True
            )
            assert [message.level_tag for message in response.context["messages"]] == ["error"], name
        assert Contest.objects.get().status == Contest.Status.ANNOUNCED


class TestTheList:
    def test_says_which_day_of_a_running_contest_it_is(self, lantern):
        announced(lantern)
        status, page = read(lantern.asha, "contests")
        contest = Contest.objects.get()
        day, of = (date(2026, 3, 18) - contest.starts_on).days + 1, (contest.ends_before - contest.starts_on).days
        assert status == 200 and f"Day {day} of {of}" in page

    @pytest.mark.parametrize(
        ("on", "day"), [(date(2026, 2, 28), None), (date(2026, 3, 1), 1), (date(2026, 3, 31), 31), (date(2026, 4, 1), None)]
    )
    def test_counts_both_ends_in(self, on, day):
        contest = Contest(starts_on=date(2026, 3, 1), ends_before=date(2026, 4, 1))
        gone = days_gone(contest, on=on)
        assert (gone and gone.day) == day and (gone is None or gone.of == 31)
