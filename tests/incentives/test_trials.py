"""A version of a plan over months that were paid: to the cent what was paid if nothing changes, by hand if something does."""

from datetime import date
from uuid import uuid4

import pytest
from django.utils import timezone

from common.periods import Period
from incentives.models import PlanTrial, Step
from incentives.queries.trials import try_version
from incentives.rules.terms import Release, Steps
from incentives.services import plans, trials
from jobs import services as jobs
from jobs.models import Job
from tests.incentives.paying import APRIL, MARCH, make_component, make_version, pay, publish, sell
from tests.signing_in import BACKEND

ON = date(2026, 5, 20)


@pytest.fixture
def version(lantern):
    """Two published months of a table, four fifths paid at once; Ada below the bound in March, above it in April."""
    version = make_version()
    make_component(version, (0, 1000, 3), (1000, None, 5), steps_read=Steps.FLAT, paid_at_once=80, release=Release.YEAR_END)
    sell(lantern.asha.person, 1400)
    sell(lantern.ada.person, 900)
    publish(lantern, MARCH, days=1)
    sell(lantern.ada.person, 4000, on=date(2026, 4, 12))
    publish(lantern, APRIL, days=2)
    return version


def changed(version, lantern):
    """The next version as a draft: 6 instead of 5 % above the bound."""
    draft = plans.begin_version(plan=version.plan, starts_on=date(2026, 7, 1), by=lantern.hana.user)
    Step.objects.filter(component__version=draft, starts_at=1000).update(value=6)
    return draft


class TestAVersionThatChangesNothing:
    def test_costs_what_was_paid_for_everybody(self, lantern, version):
        found = try_version(version=version, on=ON, company=lantern.lantern)
        # March: 1,400 at 5 % and 900 at 3 %; April: 4,000 at 5 %; four fifths of each.
        assert [month["paid"] for month in found["months"]] == [56_00 + 21_60, 160_00]
        assert [month["cost"] for month in found["months"]] == [56_00 + 21_60, 160_00]
        assert all(row["cost"] == row["paid"] for row in found["people"])

    def test_and_so_does_its_copy(self, lantern, version):
        draft = plans.begin_version(plan=version.plan, starts_on=date(2026, 7, 1), by=lantern.hana.user)
        found = try_version(version=draft, on=ON, company=lantern.lantern)
        assert found["cost"] == found["paid"] == 237_60

    def test_says_that_what_was_paid_comes_out_again(self, lantern, version):
        check = try_version(version=version, on=ON, company=lantern.lantern)["check"]
        assert check["different"] == 0
        assert check["again"] == check["paid"] == 237_60


class TestAChangedRate:
    def test_comes_to_what_one_works_out_by_hand(self, lantern, version):
        found = try_version(version=changed(version, lantern), on=ON, company=lantern.lantern)
        # One per cent more above the bound, four fifths of it: of 1,400 in March, of 4,000 in April.
        assert [month["cost"] - month["paid"] for month in found["months"]] == [11_20, 32_00]
        assert found["check"]["different"] == 0

    def test_lists_people_by_what_they_would_gain(self, lantern, version):
        found = try_version(version=changed(version, lantern), on=ON, company=lantern.lantern)
        gains = [(row["id"], row["cost"] - row["paid"]) for row in found["people"]]
        assert gains[:2] == [(lantern.ada.person.pk, 32_00), (lantern.asha.person.pk, 11_20)]
        assert {gain for _person, gain in gains[2:]} <= {0}

    def test_is_set_against_revenue_and_gross_profit(self, lantern, version):
        found = try_version(version=changed(version, lantern), on=ON, company=lantern.lantern)
        assert found["achieved"] == {"revenue": 6300_00, "gross_profit": 2520_00}

    def test_leaves_out_who_has_an_unpublished_statement(self, lantern, version):
        sell(lantern.asha.person, 2000, on=date(2026, 5, 4))
        pay(Period(date(2026, 5, 1), date(2026, 6, 1)), by=lantern.hana.user)
        found = try_version(version=version, on=date(2026, 6, 2), company=lantern.lantern)
        assert [month["starts_on"] for month in found["months"]] == ["2026-03-01", "2026-04-01"]

    def test_is_nothing_before_anything_was_paid(self, lantern):
        assert try_version(version=make_version(), on=ON, company=lantern.lantern) == {"months": []}


class TestAPlanThatChangedMeanwhile:
    def test_is_tried_in_the_words_of_one_version_all_along(self, lantern):
        key = uuid4()
        first = make_version(starts_on=date(2025, 1, 1), ends_before=date(2026, 4, 1))
        make_component(first, (0, None, 3), key=key)
        second = make_version(starts_on=date(2026, 4, 1))
        make_component(second, (0, None, 5), key=key)
        sell(lantern.asha.person, 1000)
        publish(lantern, MARCH, days=1)
        sell(lantern.asha.person, 2000, on=date(2026, 4, 12))
        publish(lantern, APRIL, days=2)

        def tried(version):
            found = try_version(version=version, on=ON, company=lantern.lantern)
            assert (found["paid"], found["check"]["different"]) == (130_00, 0)
            return [month["cost"] for month in found["months"]]

        assert tried(first) == [30_00, 60_00]
        assert tried(second) == [50_00, 100_00]


class TestATrial:
    def test_is_worked_out_by_a_job_that_names_nobody(self, lantern, version, client, time_machine):
        time_machine.move_to("2026-05-20T10:00:00+08:00", tick=False)
        draft = changed(version, lantern)
        asked = trials.ask_for_trial(version=draft, now=timezone.now(), by=lantern.hana.user)
        assert trials.ask_for_trial(version=draft, now=timezone.now(), by=lantern.hana.user) == asked
        client.force_login(lantern.hana.user, backend=BACKEND)
        assert "the work goes on" in client.get(f"/lantern/pay/plans/trials/{asked.pk}/progress/").content.decode()
        job = Job.objects.get(kind="incentives.trial")
        jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
        job.refresh_from_db()
        asked.refresh_from_db()
        assert job.result == {"months": 2, "people": len(asked.result["people"])}
        assert asked.result["cost"] - asked.result["paid"] == 43_20

    def test_is_read_by_those_who_make_plans_and_nobody_else(self, lantern, version, client, time_machine):
        time_machine.move_to("2026-05-20T10:00:00+08:00", tick=False)
        trial = PlanTrial.objects.create(
            version=version, revision=version.revision, asked_by=lantern.hana.user, asked_at=timezone.now(), made_at=timezone.now(),
            result=try_version(version=version, on=ON, company=lantern.lantern),
        )  # fmt: skip
        assert trial.result["months"]
        url = f"/lantern/pay/plans/versions/{version.pk}/trial/"
        client.force_login(lantern.hana.user, backend=BACKEND)
        assert "237.60" in client.get(url).content.decode()
        for other in (lantern.asha, lantern.bela, lantern.dora):
            client.force_login(other.user, backend=BACKEND)
            response = client.get(url)
            assert response.status_code == 403
            assert "237.60" not in response.content.decode()
