"""A phone's queue of visits: each exactly once, the bad ones back with their reasons."""

from uuid import uuid4

import pytest
from django.utils import timezone

from common.tenancy import company_scope
from customers.models import Customer
from customers.services import add_customer
from tests.signing_in import BACKEND
from visits.models import Visit


@pytest.fixture
def field(cast):
    with company_scope(cast.lantern):
        cast.blue = add_customer(name="Blue House", owner=cast.asha.person, by=None)
    return cast


@pytest.fixture
def send(client, field):
    def send(*items, member=None, **more):
        client.force_login((member or field.asha).user, backend=BACKEND)
        return client.post("/lantern/visits/api/queue/", {"items": items} | more, content_type="application/json")

    return send


def item(field, **fields):
    given = {"customer": str(field.blue.pk), "kind": "PHONE", "visited_on": timezone.localdate().isoformat()}
    return {"client_ref": str(uuid4()), "fields": given | fields}


def counts(field):
    with company_scope(field.lantern):
        return Visit.objects.count(), Customer.objects.count()


def test_a_queue_is_saved_exactly_once(field, send):
    queued = [item(field, outcome=f"call {n}", visited_on=f"{timezone.localdate():%Y-%m}-01") for n in range(2)]
    first = send(*queued).json()["results"]
    again = send(*queued).json()["results"]
    assert [result["saved"] for result in first] == [True, True]
    assert first == again
    assert counts(field) == (2, 1)


def test_two_visits_to_one_new_customer_do_not_make_two(field, send):
    queued = [item(field, customer="", new_customer="Green House", new_phone="13800138000") for _ in range(2)]
    first, second = send(*queued).json()["results"]
    assert first["saved"]
    assert "Green House" in " ".join(second["errors"]["customer"])
    assert counts(field) == (1, 2)


def test_a_bad_one_does_not_hold_up_the_others(field, send):
    results = send(item(field), item(field, next_on="1999-01-01"), item(field, kind="PROSPECTING")).json()["results"]
    assert [result["saved"] for result in results] == [True, False, True]
    assert list(results[1]["errors"]) == ["next_on"]
    assert counts(field) == (2, 1)


@pytest.mark.parametrize("value", [[], {"a": "b"}, "\x00", 10**40, "x" * 3000])
def test_hostile_values_come_back_with_reasons(field, send, value):
    assert [result["saved"] for result in send(item(field, outcome="\x00", customer=value)).json()["results"]] == [False]
    assert counts(field) == (0, 1)


def test_says_on_the_next_page_what_somebody_waits_for(field, send, client):
    send(item(field), is_direct=True)
    assert "The visit is saved." in client.get("/lantern/visits/").content.decode()
    send(item(field))
    assert "The visit is" not in client.get("/lantern/visits/").content.decode()


def test_only_who_logs_visits(field, send):
    assert send(item(field), member=field.hana).status_code == 403
    assert send(item(field), member=field.amir).status_code == 403
    assert send(item(field), member=field.chandra).status_code == 404
    assert counts(field) == (0, 1)
