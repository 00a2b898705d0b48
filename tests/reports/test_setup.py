"""Is everything set up and healthy? What the admin's home says."""

from datetime import date

import pytest
from django.urls import set_script_prefix, set_urlconf
from django.utils import timezone, translation

from accounts.services import record
from jobs.models import Job
from reports.models import Indicator
from reports.queries.setup import last_runs, latest_changes, setup_steps
from teams.models import Person, Unit
from tests.credits.stories import make_customer, make_deal, make_product
from tests.reports.conftest import MARCH
from tests.targets.test_rollups import ask

TODAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def inside(settings):
    set_urlconf(settings.COMPANY_URLCONF)
    set_script_prefix("/lantern/")
    with translation.override("en"):
        yield
    set_script_prefix("/")
    set_urlconf(None)


def done():
    return [step.is_done for step in setup_steps(on=TODAY)]


class TestSetupSteps:
    def test_are_ticked_off_as_things_are_there(self, lantern):
        Indicator.objects.all().delete()
        assert done() == [True, True, True, False, False, False, False]
        make_product()
        make_deal(lantern.asha.person, customer=make_customer())
        ask("revenue", MARCH, commit=1, unit=lantern.one)
        Indicator.objects.create(name="Attitude", weight=100)
        assert done() == [True] * 7

    def test_customers_without_a_deal_are_not_all(self, lantern):
        make_customer()
        assert not done()[4]

    def test_a_draft_of_targets_is_not_published(self, lantern):
        ask("revenue", MARCH, commit=1, unit=lantern.one, status="DRAFT")
        assert not done()[5]

    def test_say_how_much_there_is_and_who_cannot_sign_in(self, lantern):
        Person.objects.create(name="Noor", employee_number="N-1", hired_on=date(2026, 1, 1))
        steps = setup_steps(on=TODAY)
        assert steps[0].about == f"{Unit.objects.count() - 1} units below the company"
        assert steps[2].about == "8 members, 0 invitations open, 1 people without a sign-in"
        assert steps[2].url == "/lantern/settings/members/"


class TestLastRuns:
    def test_shows_the_newest_of_each_kind_newest_first_in_words(self, lantern):
        Job.objects.create(kind="targets.rollup", status=Job.Status.DONE, finished_at=timezone.now())
        Job.objects.create(kind="targets.rollup", status=Job.Status.FAILED, error="disk full")
        Job.objects.create(kind="targets.ranking", status=Job.Status.RUNNING)
        Job.objects.create(kind="gone.away", status=Job.Status.DONE)
        assert [(run.title, run.status, run.tone) for run in last_runs()] == [
            ("Weekly ranking", "Running", "accent"),
            ("Nightly roll-up", "Failed", "behind"),
        ]


class TestLatestChanges:
    def test_tells_the_audit_trail_in_words(self, lantern):
        record(
            "teams.unit.renamed", about=lantern.one, by=lantern.amir.user, before={"name": "One"}, after={"name": "Team One"}
        )
        (change, *_rest) = latest_changes()
        assert (change.title, change.text, change.by) == ("Unit · renamed", "Team One – Name: One → Team One", "Amir")

    def test_cuts_what_is_long_and_names_the_system(self, lantern):
        record("teams.unit.changed", about=lantern.one, by=None, after={"name": "x" * 300})
        (change, *_rest) = latest_changes()
        assert len(change.text) < 100
        assert change.text.endswith("…")
        assert change.by == "The system"
