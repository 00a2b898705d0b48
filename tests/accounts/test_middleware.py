"""What the door into a company leaves on every answer."""

from datetime import date

from accounts.models import User
from common.tenancy import company_scope
from deals.models import Deal
from jobs.models import Job
from tests.signing_in import BACKEND


def test_a_companys_page_is_kept_for_nobody_else(client, cast):
    client.force_login(cast.bela.user, backend=BACKEND)
    page = client.get("/lantern/")
    assert {"private", "no-cache"} <= set(page["Cache-Control"].split(", "))
    assert "HX-Request" in page["Vary"]


def test_a_browser_that_asks_for_an_icon_by_itself_is_led_to_it(client, db):
    response = client.get("/favicon.ico")
    assert (response.status_code, response["Location"].endswith("/icons/icon.svg")) == (302, True)


class TestAddressesThatOnlyTakeAForm:
    """As opened by who had to sign in again when a form was sent."""

    def test_lead_to_the_page_they_belong_to_and_say_once_that_nothing_was_changed(self, client, cast):
        User.objects.update(language="en")
        client.force_login(cast.amir.user, backend=BACKEND)
        response = client.get("/lantern/jobs/start/targets.rollup/", follow=True)
        assert (response.redirect_chain, response.status_code) == ([("/lantern/jobs/", 302)], 200)
        assert response.content.decode().count("only takes a form that is sent") == 1
        with company_scope(cast.lantern):
            assert not Job.objects.exists()

    def test_tell_nothing_of_what_is_not_there(self, client, cast):
        client.force_login(cast.bela.user, backend=BACKEND)
        with company_scope(cast.lantern):
            deal = Deal.objects.create(number="D-1", owner=cast.asha.person, opened_on=date(2026, 3, 2))
        above = f"/lantern/deals/{deal.pk}/"
        assert client.get(f"{above}reopen/")["Location"] == above
        assert client.get("/lantern/deals/999999/reopen/", follow=True).status_code == 404

    def test_keep_their_405_for_programs_and_for_parts_of_pages(self, client, cast):
        client.force_login(cast.amir.user, backend=BACKEND)
        assert client.get("/lantern/jobs/start/targets.rollup/", headers={"HX-Request": "true"}).status_code == 405
        assert client.post("/lantern/jobs/").status_code == 405
