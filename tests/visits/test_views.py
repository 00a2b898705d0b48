"""Visits on their pages: logged in under a minute, checked against the plan, seen by whom it may be."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.tenancy import company_scope
from customers.models import Customer
from customers.services import add_customer
from visits import services
from visits.models import Visit, VisitPlan


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def field(cast, today):
    """Asha visited Blue House today and has planned it for tomorrow; Ben visited Red House."""
    with company_scope(cast.lantern):
        cast.blue = add_customer(name="Blue House", owner=cast.asha.person, by=None)
        cast.green = add_customer(name="Green House", owner=cast.asha.person, by=None)
        cast.red = add_customer(name="Red House", owner=cast.ben.person, by=None)
        given = {"visited_on": today, "today": today, "by": None}
        cast.visit = services.log_visit(
            person=cast.asha.person,
            customer=cast.blue,
            outcome="Wants oak",
            next_step="Quote",
            next_on=today + timedelta(days=1),
            **given,
        )
        cast.bens = services.log_visit(person=cast.ben.person, customer=cast.red, **given)
    return cast


@pytest.fixture
def lantern(cast):
    def ask(question):
        with company_scope(cast.lantern):
            return question()

    return ask


def filled(field, **given):
    fields = {
        "client_ref": str(uuid4()),
        "customer": str(field.green.pk),
        "kind": "FOLLOW_UP",
        "visited_on": timezone.localdate().isoformat(),
    }
    return fields | given


class TestAdd:
    def test_logs_a_visit_with_its_next_step_and_position(self, field, enter, lantern, today):
        friday = (today + timedelta(days=3)).isoformat()
        given = filled(field, outcome="New kitchen", next_step="Measure", next_on=friday, latitude="31.2", longitude="121.5")
        assert enter(field.asha).post("/lantern/visits/add/", given).status_code == 302
        visit = lantern(lambda: Visit.objects.latest("pk"))
        assert (visit.outcome, visit.is_valid, float(visit.latitude)) == ("New kitchen", True, 31.2)
        assert lantern(lambda: VisitPlan.objects.get(customer=field.green).purpose) == "Measure"

    def test_a_new_customer_comes_with_the_visit_or_neither_does(self, field, enter, lantern):
        client = enter(field.asha)
        given = filled(field, customer="", new_customer="RED HOUSE", outcome="x")
        answer = client.post("/lantern/visits/add/", given)
        assert (answer.status_code, "Red House (Ben)" in answer.content.decode()) == (422, True)
        assert lantern(lambda: (Visit.objects.count(), Customer.objects.count())) == (2, 3)
        given |= {"new_customer": "Yellow House", "new_phone": "13800138000"}
        assert {client.post("/lantern/visits/add/", given).status_code for _press in range(2)} == {302}
        assert lantern(lambda: (Visit.objects.count(), Customer.objects.count())) == (3, 4)

    def test_what_does_not_count_is_kept_and_said(self, field, enter, lantern):
        client = enter(field.asha)
        answer = client.post("/lantern/visits/add/", filled(field, customer=str(field.blue.pk)), follow=True)
        assert "does not count" in answer.content.decode()
        assert lantern(lambda: Visit.objects.latest("pk").invalid_reason) == "DUPLICATE"

    @pytest.mark.parametrize(
        "given",
        [
            {"customer": ""},
            {"customer": "9" * 40},
            {"customer": "\x00"},
            {"kind": "TEA"},
            {"visited_on": "2026-02-30"},
            {"visited_on": "0001-01-01"},
            {"visited_on": "9999-12-31"},
            {"visited_on": ""},
            {"next_on": "2000-01-01"},
            {"next_on": "NaN"},
            {"outcome": "x" * 2001},
            {"outcome": "a\x00b"},
            {"next_step": "x" * 201},
            {"latitude": "91", "longitude": "0"},
            {"latitude": "NaN", "longitude": "0"},
            {"client_ref": "x"},
        ],
    )
    def test_hostile_values_are_refused_and_nothing_is_kept(self, field, enter, lantern, given):
        assert enter(field.asha).post("/lantern/visits/add/", filled(field, **given)).status_code == 422
        assert lantern(Visit.objects.count) == 2

    def test_only_who_logs_visits_and_only_at_customers_in_sight(self, field, enter, lantern):
        assert enter(field.hana).get("/lantern/visits/add/").status_code == 403
        assert enter(field.amir).get("/lantern/visits/add/").status_code == 403
        assert enter(field.asha).post("/lantern/visits/add/", filled(field, customer=str(field.red.pk))).status_code == 422
        assert lantern(Visit.objects.count) == 2

    def test_opens_without_a_network(self, field, enter):
        assert enter(field.asha).get("/lantern/visits/add/")["Service-Worker-Keep"] == "yes"


class TestVisit:
    def test_out_of_sight_is_not_there_and_anothers_is_not_ones_own(self, field, enter, lantern):
        client = enter(field.asha)
        assert client.get(f"/lantern/visits/{field.visit.pk}/").status_code == 200
        assert client.get(f"/lantern/visits/{field.bens.pk}/").status_code == 404
        assert client.get(f"/lantern/visits/{field.bens.pk}/end/").status_code == 404
        assert enter(field.chandra).get(f"/lantern/visits/{field.visit.pk}/").status_code == 404
        leader = enter(field.bela)
        assert leader.get(f"/lantern/visits/{field.visit.pk}/").status_code == 200
        assert leader.post(f"/lantern/visits/{field.visit.pk}/end/", {"kind": "PHONE"}).status_code == 403
        assert lantern(lambda: Visit.objects.get(pk=field.visit.pk).kind) == "FOLLOW_UP"

    def test_is_begun_and_ended(self, field, enter, lantern):
        client = enter(field.asha)
        client.post("/lantern/visits/add/", filled(field, action="check_in", visited_on="2026-01-01"))
        begun = lantern(lambda: Visit.objects.latest("pk"))
        assert (begun.visited_on, begun.checked_out_at) == (timezone.localdate(), None)
        assert begun.checked_in_at is not None
        assert "Check out" in client.get(f"/lantern/visits/{begun.pk}/").content.decode()
        given = {"kind": "PROSPECTING", "outcome": "Nobody in"}
        assert client.post(f"/lantern/visits/{begun.pk}/end/", given).status_code == 302
        ended = lantern(lambda: Visit.objects.get(pk=begun.pk))
        assert (ended.outcome, ended.invalid_reason) == ("Nobody in", "TOO_SHORT")

    def test_is_corrected_with_a_trail(self, field, enter, lantern):
        client = enter(field.asha)
        client.post(f"/lantern/visits/{field.visit.pk}/end/", {"kind": "AFTER_SALE", "outcome": "Wants ash"})
        assert lantern(lambda: Visit.objects.get(pk=field.visit.pk).outcome) == "Wants ash"
        assert "Visit changed" in client.get(f"/lantern/visits/{field.visit.pk}/").content.decode()


class TestList:
    @pytest.mark.parametrize(("who", "count"), [("asha", 1), ("ada", 0), ("bela", 1), ("dora", 2), ("hana", 2), ("amir", 2)])
    def test_shows_what_is_in_sight(self, field, enter, who, count):
        page = enter(getattr(field, who)).get("/lantern/visits/").content.decode()
        assert sum(f"/lantern/visits/{visit.pk}/" in page for visit in (field.visit, field.bens)) == count

    def test_spot_checks_what_does_not_count(self, field, enter, lantern, today):
        again = {"person": field.asha.person, "customer": field.blue, "visited_on": today, "today": today}
        double = lantern(lambda: services.log_visit(**again, by=None))
        client = enter(field.bela)
        assert "1 visit here does not count" in client.get("/lantern/visits/").content.decode()
        for counts in ("no", "DUPLICATE"):
            page = client.get(f"/lantern/visits/?counts={counts}").content.decode()
            assert f"/lantern/visits/{double.pk}/" in page
            assert f"/lantern/visits/{field.visit.pk}/" not in page
        assert f"/lantern/visits/{double.pk}/" not in client.get("/lantern/visits/?counts=TOO_SHORT").content.decode()

    @pytest.mark.parametrize("given", [{"since": "x"}, {"q": "\x00"}, {"person": "9" * 40}, {"kind": "TEA"}, {"page": "x"}])
    def test_says_what_it_cannot_read(self, field, enter, given):
        assert enter(field.amir).get("/lantern/visits/", given).status_code == 200

    def test_is_taken_away_only_by_who_may(self, field, enter):
        answer = enter(field.bela).get("/lantern/visits/?as=csv")
        assert answer.content.decode("utf-8-sig").splitlines()[1].split(",")[1:3] == ["Asha", "Blue House"]
        assert enter(field.asha).get("/lantern/visits/?as=csv").status_code == 403

    def test_costs_the_same_for_few_and_many(self, field, enter, lantern, today):
        client, counts = enter(field.dora), []
        client.get("/lantern/visits/")
        for _round in range(2):
            with CaptureQueriesContext(connection) as asked:
                client.get("/lantern/visits/")
                client.get("/lantern/visits/day/")
                client.get(f"/lantern/visits/day/?person={field.asha.person.pk}")
            counts.append(len(asked))
            for person in (field.asha.person, field.ada.person):
                for ago in range(10):
                    given = {"customer": field.blue, "visited_on": today - timedelta(days=ago), "today": today}
                    lantern(lambda p=person, g=given: services.log_visit(person=p, **g, by=None))
                    lantern(lambda p=person: services.plan_visit(person=p, customer=field.green, planned_on=today, by=None))
        assert counts[0] == counts[1]


class TestDay:
    def test_shows_planned_against_done(self, field, enter, lantern, today):
        client = enter(field.asha)
        page = client.get("/lantern/visits/day/").content.decode()
        assert "Blue House" in page  # visited without a plan
        tomorrow = client.get(f"/lantern/visits/day/?day={today + timedelta(days=1)}").content.decode()
        assert "0 / 1" in tomorrow
        assert "Quote" in tomorrow

    def test_a_manager_sees_the_team_and_each_of_them(self, field, enter):
        client = enter(field.bela)
        page = client.get("/lantern/visits/day/").content.decode()
        assert ("Asha" in page, "Ada" in page, ">Ben<" in page) == (True, True, False)
        assert client.get(f"/lantern/visits/day/?person={field.asha.person.pk}").status_code == 200
        assert client.get(f"/lantern/visits/day/?person={field.ben.person.pk}").status_code == 404

    @pytest.mark.parametrize("given", ["day=2026-02-30", "day=0001-01-01", "day=x%00", "person=x", "person=" + "9" * 40])
    def test_an_address_that_is_none_is_not_there(self, field, enter, given):
        assert enter(field.bela).get(f"/lantern/visits/day/?{given}").status_code == 404

    def test_a_visit_is_planned_and_taken_back(self, field, enter, lantern, today):
        client = enter(field.asha)
        given = {"customer": field.green.pk, "planned_on": today.isoformat(), "purpose": "Measure"}
        assert {client.post("/lantern/visits/plan/", given).status_code for _press in range(2)} == {302}
        plan = lantern(lambda: VisitPlan.objects.get(customer=field.green))
        assert enter(field.bela).post(f"/lantern/visits/plan/{plan.pk}/drop/").status_code == 403
        assert enter(field.ben).post(f"/lantern/visits/plan/{plan.pk}/drop/").status_code == 404
        enter(field.asha).post(f"/lantern/visits/plan/{plan.pk}/drop/")
        assert not lantern(lambda: VisitPlan.objects.filter(customer=field.green).exists())

    @pytest.mark.parametrize(
        "given",
        [{"customer": ""}, {"planned_on": "2000-01-01"}, {"planned_on": "9999-01-01"}, {"purpose": "\x00"}, {"customer": "x"}],
    )
    def test_a_plan_that_cannot_be_is_refused(self, field, enter, lantern, today, given):
        good = {"customer": field.green.pk, "planned_on": today.isoformat()}
        assert enter(field.asha).post("/lantern/visits/plan/", good | given).status_code == 422
        assert not lantern(lambda: VisitPlan.objects.filter(customer=field.green).exists())
