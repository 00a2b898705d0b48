"""Customers on their pages: found, added, changed, handed over – by whom it may be, and seen by whom it may be."""

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import CalamineWorkbook

from common.tenancy import company_scope
from customers import services
from customers.models import Channel, Customer
from visits.models import Visit

HOSTILE = ["a\x00b", "9" * 200, "=cmd()" * 60]


@pytest.fixture
def shop(cast):
    """Asha has Blue House, Ben has Red House; the rival has its own."""
    with company_scope(cast.lantern):
        cast.channel = Channel.objects.create(code="walk-in", name="Walk-in")
        cast.blue = services.add_customer(name="Blue House", phone="13800138000", owner=cast.asha.person, grade="A", by=None)
        cast.red = services.add_customer(name="Red House", owner=cast.ben.person, by=None)
    with company_scope(cast.rival):
        cast.theirs = services.add_customer(name="Canaryhouse", owner=cast.chandra.person, by=None)
    return cast


def stored(cast, **wanted):
    with company_scope(cast.lantern):
        return Customer.objects.filter(**wanted).first()


def filled(**given):
    return {"client_ref": str(uuid4()), "name": "Green House", "grade": "B", "credit_days": "30"} | given


class TestList:
    @pytest.mark.parametrize(
        ("who", "names"),
        [("asha", {"Blue House"}), ("bela", {"Blue House"}), ("boris", {"Red House"}), ("hana", {"Blue House", "Red House"})],
    )
    def test_shows_what_is_in_sight_and_nothing_of_the_rival(self, shop, enter, who, names):
        page = enter(getattr(shop, who)).get("/lantern/customers/").content.decode()
        assert {name for name in ("Blue House", "Red House", "Canaryhouse") if name in page} == names

    def test_narrows_by_what_the_address_says_and_shows_it_as_chips(self, shop, enter):
        client = enter(shop.amir)
        page = client.get("/lantern/customers/", {"q": "blue", "grade": "A", "owner": shop.asha.person.pk}).content.decode()
        assert "Blue House" in page
        assert "Red House" not in page
        assert page.count('class="chip"') == 3
        assert "No customer matches" in client.get("/lantern/customers/", {"grade": "B"}).content.decode()
        assert "Red House" in client.get("/lantern/customers/", {"unit": shop.two.pk}).content.decode()

    def test_answers_htmx_with_the_rows_and_a_short_address(self, shop, enter):
        answer = enter(shop.asha).get("/lantern/customers/?q=blue&grade=&sort=", headers={"HX-Request": "true"})
        assert answer.content.decode().startswith('<div id="customers">')
        assert answer["HX-Push-Url"] == "/lantern/customers/?q=blue"

    @pytest.mark.parametrize("given", [{"q": "a\x00b"}, {"grade": "Z"}, {"owner": "1" * 40}, {"unit": "x"}, {"page": "9" * 40}])
    def test_says_what_it_cannot_read(self, shop, enter, given):
        assert enter(shop.amir).get("/lantern/customers/", given).status_code == 200

    def test_refuses_parameters_it_does_not_know(self, shop, enter):
        assert enter(shop.asha).get("/lantern/customers/?colour=red").status_code == 400

    def test_finds_who_was_not_seen_in_time(self, shop, enter):
        with company_scope(shop.lantern):
            Visit.objects.create(person=shop.ben.person, customer=shop.red, visited_on=date(2020, 1, 1))
        page = enter(shop.amir).get("/lantern/customers/?follow_up=overdue").content.decode()
        assert "Red House" in page
        assert "Blue House" not in page

    def test_costs_the_same_for_one_customer_and_for_thirty(self, shop, enter):
        client = enter(shop.asha)
        client.get("/lantern/customers/")
        with CaptureQueriesContext(connection) as few:
            client.get("/lantern/customers/")
        with company_scope(shop.lantern):
            for number in range(29):
                services.add_customer(name=f"House {number}", owner=shop.asha.person, channel=shop.channel, by=None)
        with CaptureQueriesContext(connection) as many:
            client.get("/lantern/customers/")
        assert len(many) == len(few)

    def test_is_taken_away_only_by_who_may(self, shop, enter):
        answer = enter(shop.bela).get("/lantern/customers/?as=xlsx")
        rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows] == ["Name", "Blue House"]
        assert enter(shop.asha).get("/lantern/customers/?as=xlsx").status_code == 403
        assert enter(shop.bela).get("/lantern/customers/?as=pdf").status_code == 404

    def test_too_many_rows_for_one_file_lead_back_to_the_list(self, shop, enter, monkeypatch):
        monkeypatch.setattr("common.tables.answers.MOST_ROWS", 0)
        answer = enter(shop.bela).get("/lantern/customers/?as=csv&grade=A")
        assert answer.status_code == 302
        assert answer["Location"] == "/lantern/customers/?grade=A"


class TestCustomer:
    def test_out_of_sight_is_not_there(self, shop, enter):
        client = enter(shop.asha)
        assert client.get(f"/lantern/customers/{shop.blue.pk}/").status_code == 200
        for pk in (shop.red.pk, shop.theirs.pk, 10**30):
            assert client.get(f"/lantern/customers/{pk}/").status_code == 404
            assert client.post(f"/lantern/customers/{pk}/change/").status_code == 404
        assert enter(shop.chandra).get(f"/lantern/customers/{shop.blue.pk}/").status_code == 404

    def test_in_sight_without_the_right_is_forbidden(self, shop, enter):
        client = enter(shop.hana)
        assert client.get(f"/lantern/customers/{shop.blue.pk}/").status_code == 200
        assert client.post(f"/lantern/customers/{shop.blue.pk}/change/", filled(name="Mine")).status_code == 403
        assert client.post(f"/lantern/customers/{shop.blue.pk}/archive/").status_code == 403
        assert client.get("/lantern/customers/add/").status_code == 403
        assert client.get("/lantern/customers/similar/?name=Blue+House").status_code == 403
        assert not stored(shop, name="Mine")

    def test_is_changed_and_archived(self, shop, enter):
        client = enter(shop.asha)
        client.post(f"/lantern/customers/{shop.blue.pk}/change/", filled(name="Blue Palace"))
        assert stored(shop, name="Blue Palace").grade == "B"
        client.post(f"/lantern/customers/{shop.blue.pk}/archive/")
        assert stored(shop, name="Blue Palace").is_archived
        client.get("/lantern/customers/")  # the message about it
        assert "Blue Palace" not in client.get("/lantern/customers/").content.decode()
        assert "Blue Palace" in client.get("/lantern/customers/?archived=yes").content.decode()

    def test_pressed_twice_stays_archived_until_it_is_put_back(self, shop, enter):
        client = enter(shop.asha)
        for _press in range(2):
            client.post(f"/lantern/customers/{shop.blue.pk}/archive/")
        assert stored(shop, pk=shop.blue.pk).is_archived
        for _press in range(2):
            client.post(f"/lantern/customers/{shop.blue.pk}/restore/")
        assert not stored(shop, pk=shop.blue.pk).is_archived

    def test_changes_hands_only_by_who_leads(self, shop, enter):
        given = {"customers": [shop.blue.pk], "owner": shop.ada.person.pk}
        assert enter(shop.asha).post("/lantern/customers/reassign/", given).status_code == 403
        enter(shop.bela).post("/lantern/customers/reassign/", given | {"customers": [shop.blue.pk, shop.red.pk]})
        assert stored(shop, pk=shop.red.pk).owner_id == shop.ben.person.pk  # one out of sight refuses the whole
        assert stored(shop, pk=shop.blue.pk).owner_id == shop.asha.person.pk
        enter(shop.bela).post("/lantern/customers/reassign/", given)
        assert stored(shop, pk=shop.blue.pk).owner_id == shop.ada.person.pk


class TestAdd:
    def test_a_rep_adds_for_themselves_whatever_they_send(self, shop, enter):
        enter(shop.asha).post("/lantern/customers/add/", filled(owner=shop.ada.person.pk))
        assert stored(shop, name="Green House").owner_id == shop.asha.person.pk

    def test_a_manager_may_choose_the_owner(self, shop, enter):
        enter(shop.bela).post("/lantern/customers/add/", filled(owner=shop.ada.person.pk))
        assert stored(shop, name="Green House").owner_id == shop.ada.person.pk
        answer = enter(shop.bela).post("/lantern/customers/add/", filled(name="Other", owner=shop.ben.person.pk))
        assert answer.status_code == 422
        assert not stored(shop, name="Other")

    def test_a_double_press_makes_one_row(self, shop, enter):
        client, given = enter(shop.asha), filled()
        assert [client.post("/lantern/customers/add/", given).status_code for _ in range(2)] == [302, 302]
        with company_scope(shop.lantern):
            assert Customer.objects.filter(name="Green House").count() == 1

    def test_names_the_duplicate_and_its_owner_and_adds_only_when_asked_to(self, shop, enter):
        client = enter(shop.asha)
        given = filled(name="red-house")
        answer = client.post("/lantern/customers/add/", given)
        assert answer.status_code == 422
        assert "Red House (Ben)" in answer.content.decode()
        assert not stored(shop, name="red-house")
        client.post("/lantern/customers/add/", given | {"is_duplicate_wanted": "on"})
        assert stored(shop, name="red-house")

    def test_similar_ones_are_named_while_typing(self, shop, enter):
        page = enter(shop.asha).get("/lantern/customers/similar/", {"name": "x", "phone": "+86 138-0013-8000"}).content.decode()
        assert "Blue House" in page
        page = enter(shop.asha).get("/lantern/customers/similar/", {"name": "RED HOUSE"}).content.decode()
        assert "Ben" in page
        assert "13800138000" not in page
        assert enter(shop.asha).get("/lantern/customers/similar/", {"name": "a\x00", "but": "9" * 40}).status_code == 200

    @pytest.mark.parametrize("text", HOSTILE)
    @pytest.mark.parametrize("field", ["name", "phone", "industry", "address", "external_ref"])
    def test_hostile_text_is_refused_at_the_field(self, shop, enter, field, text):
        answer = enter(shop.asha).post("/lantern/customers/add/", filled(**{field: text}))
        if answer.status_code == 302:  # it fits: kept as the text that it is
            assert getattr(stored(shop, name=text if field == "name" else "Green House"), field) == text
        else:
            assert answer.status_code == 422
            assert "is-invalid" in answer.content.decode()
            assert not stored(shop, name="Green House")

    @pytest.mark.parametrize(
        "given",
        [{"credit_days": "-1"}, {"credit_days": "1e9"}, {"credit_days": str(10**40)}, {"grade": "Z"}, {"channel": "x\x00"}],
    )
    def test_hostile_values_are_refused(self, shop, enter, given):
        assert enter(shop.asha).post("/lantern/customers/add/", filled(**given)).status_code == 422
        assert not stored(shop, name="Green House")


class TestPick:
    def test_finds_only_what_is_in_sight(self, shop, enter):
        found = enter(shop.asha).get("/lantern/customers/pick/?q=house").json()["results"]
        assert [row["label"] for row in found] == ["Blue House"]
        assert found[0]["id"] == shop.blue.pk
        assert enter(shop.asha).get("/lantern/customers/pick/", {"q": "a\x00" * 99}).json() == {"results": []}

    def test_a_phone_keeps_the_members_own(self, shop, enter):
        assert [row["label"] for row in enter(shop.dora).get("/lantern/customers/pick/?keep=1").json()["results"]] == []
        assert [row["label"] for row in enter(shop.ben).get("/lantern/customers/pick/?keep=1").json()["results"]] == [
            "Red House"
        ]


def test_the_page_tells_what_happened_and_what_is_due(shop, enter):
    with company_scope(shop.lantern):
        Visit.objects.create(
            person=shop.ada.person, customer=shop.blue, visited_on=timezone.localdate() - timedelta(days=9), outcome="Wants oak"
        )
    page = enter(shop.asha).get(f"/lantern/customers/{shop.blue.pk}/").content.decode()
    assert "Wants oak" in page
    assert "2 days overdue" in page
    # The visit was Ada's: told, but out of Asha's sight.
    assert "/lantern/visits/" not in page.partition("Wants oak")[0].rpartition("event-title")[2]
