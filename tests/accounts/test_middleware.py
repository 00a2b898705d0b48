"""What the door into a company leaves on every answer."""

from tests.signing_in import BACKEND


def test_a_companys_page_is_kept_for_nobody_else(client, cast):
    client.force_login(cast.bela.user, backend=BACKEND)
    page = client.get("/lantern/")
    assert {"private", "no-cache"} <= set(page["Cache-Control"].split(", "))
    assert "HX-Request" in page["Vary"]


def test_a_browser_that_asks_for_an_icon_by_itself_is_led_to_it(client, db):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"].endswith("/icons/icon.svg")) == (302, True)
