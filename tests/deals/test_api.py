"""A phone's queue of deals: each exactly once, the bad ones back with their reasons."""

from uuid import uuid4

import pytest
from django.utils import timezone

from common.tenancy import company_scope
from customers.services import add_customer
from deals.models import Deal
from deals.services import add_product
from tests.signing_in import BACKEND


@pytest.fixture
def shop(cast):
    with company_scope(cast.lantern):
        cast.blue = add_customer(name="Blue House", owner=cast.asha.person, by=None)
        cast.board = add_product(code="B1", name="Board", list_price=100, by=None)
    return cast


def item(shop, **fields):
    given = {
        "customer": shop.blue.pk,
        "status": "WON",
        "closed_on": timezone.localdate().isoformat(),
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-product": shop.board.pk,
        "lines-0-quantity": 2,
        "lines-0-price": "90",
    }
    return {"client_ref": str(uuid4()), "fields": given | fields}


@pytest.fixture
def send(client, shop):
    def send(*items, member=None, **more):
        client.force_login((member or shop.asha).user, backend=BACKEND)
        return client.post("/lantern/deals/api/queue/", {"items": items} | more, content_type="application/json")

    return send


def count(shop):
    with company_scope(shop.lantern):
        return Deal.objects.count()


def test_good_ones_are_saved_and_bad_ones_say_why(shop, send):
    bad = item(shop, **{"lines-0-quantity": 0})
    none = item(shop, customer=None)
    results = send(item(shop), bad, none, item(shop)).json()["results"]
    assert [result["saved"] for result in results] == [True, False, False, True]
    assert list(results[1]["errors"]) == ["product"]
    assert list(results[2]["errors"]) == ["customer"]
    assert results[1]["client_ref"] == bad["client_ref"]
    assert count(shop) == 2


def test_sending_again_makes_no_second_row(shop, send):
    queued = item(shop)
    first, second = (send(queued, queued).json()["results"] for _ in range(2))
    assert {result["url"] for result in first + second} == {first[0]["url"]}
    assert count(shop) == 1


def test_a_corrected_item_is_saved_under_its_own_reference(shop, send):
    queued = item(shop, **{"lines-0-price": "NaN"})
    assert not send(queued).json()["results"][0]["saved"]
    queued["fields"]["lines-0-price"] = "80"
    assert send(queued).json()["results"][0]["saved"]
    assert count(shop) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"items": []},
        {},
        {"items": [{"client_ref": "x", "fields": {}}]},
        {"items": [{"client_ref": "9" * 40}]},
        {"items": "all"},
    ],
)
def test_a_broken_request_is_refused_whole(shop, client, body):
    client.force_login(shop.asha.user, backend=BACKEND)
    answer = client.post("/lantern/deals/api/queue/", body, content_type="application/json")
    assert answer.status_code == 400
    assert count(shop) == 0


def test_takes_at_most_fifty(shop, send):
    assert send(*(item(shop) for _ in range(51))).status_code == 400
    assert count(shop) == 0


@pytest.mark.parametrize("value", [None, [], {"a": 1}, "\x00", 10**40, True, "9" * 5000])
def test_hostile_values_come_back_with_reasons(shop, send, value):
    results = send(item(shop, customer=value, note=value)).json()["results"]
    assert [result["saved"] for result in results] == [False]
    assert count(shop) == 0


@pytest.mark.parametrize("field", ["note", "status", "stage", "title", "\ud800"])
def test_half_a_sign_is_refused_without_harm_to_the_others(shop, send, field):
    results = send(item(shop, **{field: "\ud800"}), item(shop)).json()["results"]
    assert [result["saved"] for result in results] == [False, True]
    assert list(results[0]["errors"]) == ["__all__" if field == "\ud800" else field]


def test_endless_nesting_is_refused(shop, send, client):
    send(item(shop))
    answer = client.post("/lantern/deals/api/queue/", "[" * 100_000, content_type="application/json")
    assert answer.status_code == 400


def test_only_who_may_log_deals_and_only_their_own_customers(shop, send):
    assert send(item(shop), member=shop.hana).status_code == 403
    assert not send(item(shop), member=shop.ben).json()["results"][0]["saved"]
    assert send(item(shop), member=shop.chandra).status_code == 404
    assert count(shop) == 0


def test_who_is_not_signed_in_is_sent_to_sign_in(shop, client):
    answer = client.post("/lantern/deals/api/queue/", {"items": [item(shop)]}, content_type="application/json")
    assert answer.status_code == 302
    assert count(shop) == 0
