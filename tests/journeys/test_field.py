"""A rep in the field, on a phone: one thumb, a keyboard if need be, and a network that comes and goes."""

import re
from datetime import timedelta
from threading import Thread

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connections
from django.test.testcases import QuietWSGIRequestHandler
from django.utils import timezone
from playwright.sync_api import expect

from common.tenancy import company_scope
from customers.models import Customer
from customers.services import add_customer
from deals.models import Deal
from deals.services import add_product
from tests.cast import make_cast
from tests.signing_in import BACKEND
from visits.models import Visit

PATIENCE = 30_000  # milliseconds; machines that test are busy
pytestmark = pytest.mark.journey


class Server(ThreadedWSGIServer):
    """Closing waits for every request, so that none holds the database that is dropped next."""

    daemon_threads = False

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


@pytest.fixture
def served(committed, settings):
    """The product on a free port, over a database whose rows are committed."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = Server(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(StaticFilesHandler(WSGIHandler()))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shop(served):
    cast = make_cast()
    with company_scope(cast.lantern):
        cast.blue = add_customer(name="Blue House", phone="13800138000", owner=cast.asha.person, by=None)
        cast.green = add_customer(name="Green House", owner=cast.asha.person, by=None)
        cast.board = add_product(code="B1", name="Oak board", list_price=100, by=None)
        add_product(code="S1", name="Skirting", list_price=20, by=None)
    return cast


@pytest.fixture
def phone(served, shop, browser):
    """Asha's phone, signed in, with the page that is asked for."""
    session = SessionStore()
    session[SESSION_KEY] = str(shop.asha.user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = shop.asha.user.get_session_auth_hash()
    session.save()
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, base_url=served)
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": "sessionid", "value": session.session_key, "url": served}])
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    connections.close_all()  # those made while the event loop ran are not seen by the rest of the tests
    assert faults == []


def opened(page, path):
    page.goto(f"/lantern/{path}")
    expect(page.locator("[data-waiting-pill][data-ready]")).to_be_attached(timeout=PATIENCE)
    return page


def choose(page, field, text):
    """Choose with the keyboard alone."""
    page.locator(f"#{field}_text").focus()
    page.keyboard.type(text)
    expect(page.locator(f"#{field}_list [aria-selected=true]")).to_contain_text(text, ignore_case=True, timeout=PATIENCE)
    page.keyboard.press("Enter")


def send(page):
    page.locator(".submit-bar-main").click()


def rows(shop, model):
    with company_scope(shop.lantern):
        return list(model.objects.order_by("pk"))


def test_logs_a_deal_and_what_is_shown_is_what_is_kept(phone, shop):
    page = opened(phone, "deals/add/")
    choose(page, "id_customer", "Blue")
    choose(page, "id_product", "oak")
    choose(page, "id_product", "skirt")
    page.get_by_role("button", name="One more").first.click()
    page.locator("[data-price]").first.fill("89.99")
    expect(page.locator("[data-total]")).to_have_text("¥199.98")
    page.get_by_role("button", name="Remove").last.click()
    expect(page.locator("[data-total]")).to_have_text("¥179.98")
    send(page)
    expect(page.get_by_role("status").filter(has_text="is won")).to_be_visible(timeout=PATIENCE)
    [deal] = rows(shop, Deal)
    assert (str(deal.amount), deal.customer_id) == ("179.98", shop.blue.pk)


def test_a_form_never_slides_sideways_on_a_narrow_phone(phone, shop):
    for path in ("deals/add/", "visits/add/", "customers/add/", "visits/day/", "customers/", "deals/", "visits/"):
        phone.goto(f"/lantern/{path}")
        assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def test_visits_logged_without_a_network_are_sent_exactly_once(phone, shop):
    page = opened(phone, "visits/add/")
    # The phone fetches its copy of the customers before the network goes.
    page.wait_for_function("sessionStorage.length > 0")
    page.context.set_offline(True)
    for name in ("Blue", "Green"):
        choose(page, "id_customer", name)
        page.locator("#id_outcome").fill(f"At {name}")
        send(page)
        expect(page.locator("#id_customer_text")).to_have_value("", timeout=PATIENCE)
    expect(page.locator("[data-waiting-pill]")).to_have_text("Waiting to be sent (2)")
    assert rows(shop, Visit) == []
    page.context.set_offline(False)
    expect(page.locator("[data-waiting-pill]")).to_be_hidden(timeout=PATIENCE)
    page.reload()
    expect(page.locator("[data-waiting-pill]")).to_be_hidden()
    assert [visit.outcome for visit in rows(shop, Visit)] == ["At Blue", "At Green"]


def test_an_answer_that_was_lost_does_not_make_a_second_visit(phone, shop):
    page = opened(phone, "visits/add/")
    choose(page, "id_customer", "Blue")

    def save_but_lose_the_answer(route):
        route.fetch()
        route.abort()

    page.route("**/visits/api/queue/", save_but_lose_the_answer, times=1)
    send(page)
    expect(page.locator("[data-waiting-pill]")).to_have_text("Waiting to be sent (1)", timeout=PATIENCE)
    assert len(rows(shop, Visit)) == 1
    page.reload()
    expect(page.locator("[data-waiting-pill][data-ready]")).to_be_hidden(timeout=PATIENCE)
    assert len(rows(shop, Visit)) == 1


def test_what_the_server_refuses_is_kept_and_corrected(phone, shop):
    page = opened(phone, "deals/add/")
    page.wait_for_function("sessionStorage.length > 0")
    page.context.set_offline(True)
    choose(page, "id_customer", "Blue")
    send(page)  # won, but of what?
    expect(page.locator("[data-waiting-pill]")).to_be_visible(timeout=PATIENCE)
    page.context.set_offline(False)
    expect(page.locator("[data-waiting-pill]")).to_have_text("Not accepted (1)", timeout=PATIENCE)
    page.goto("/lantern/customers/")
    page.locator("[data-waiting-pill]").click()
    expect(page.locator("[data-waiting-list]")).to_contain_text("A deal needs at least one product to be won.")
    page.get_by_role("link", name="Correct").click()
    expect(page.locator("#id_customer_text")).to_have_value("Blue House", timeout=PATIENCE)
    choose(page, "id_product", "oak")
    send(page)
    page.wait_for_url(re.compile(r"/deals/\d+/$"))
    expect(page.locator("[data-waiting-pill]")).to_be_hidden()
    assert [(str(deal.amount), deal.customer_id) for deal in rows(shop, Deal)] == [("100.00", shop.blue.pk)]


def test_a_new_customer_comes_with_the_visit_and_a_double_is_named(phone, shop):
    page = opened(phone, "visits/add/")
    page.locator("#id_customer_text").fill("Blue  house")
    page.get_by_role("option", name="as a new customer").click()
    send(page)
    expect(page.locator("[data-field-errors=customer]")).to_contain_text("Blue House (Asha)", timeout=PATIENCE)
    page.locator("#id_customer_text").fill("Yellow House")
    page.get_by_role("option", name="as a new customer").click()
    page.locator("#id_new_phone").fill("139 1234 5678")
    page.get_by_role("button", name="In 3 days").click()
    send(page)
    page.wait_for_url(re.compile(r"/visits/\d+/$"))
    [visit] = rows(shop, Visit)
    assert visit.next_on == timezone.localdate() + timedelta(days=3)
    assert [customer.name for customer in rows(shop, Customer)] == ["Blue House", "Green House", "Yellow House"]


def test_a_refused_position_is_said_and_the_visit_goes_on(phone, shop):
    page = opened(phone, "visits/add/")
    choose(page, "id_customer", "Green")
    page.get_by_role("button", name="Add my position").click()
    expect(page.locator("[data-position-status]")).to_contain_text("can be saved without it", timeout=PATIENCE)
    send(page)
    page.wait_for_url(re.compile(r"/visits/\d+/$"))
    [visit] = rows(shop, Visit)
    assert (visit.latitude, visit.is_valid) == (None, True)
