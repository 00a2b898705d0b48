"""The cache while its server is away."""

import pytest
from django.core.cache import caches

from common.caches import SteadyCache
from tests.cast import PASSWORD

AWAY = {
    "default": {
        "BACKEND": "common.caches.SteadyCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"socket_connect_timeout": 1},
    }
}


@pytest.fixture
def away(settings):
    settings.CACHES = AWAY
    caches["default"].clear()
    yield caches["default"]
    caches["default"].clear()


class TestSteadyCache:
    def test_is_the_one_in_use(self):
        assert isinstance(caches["default"], SteadyCache)

    def test_remembers_by_itself(self, away):
        assert away.get("a", "nothing") == "nothing"
        away.set_many({"a": 1, "b": (2, "x")})
        assert away.get_many(["a", "b", "c"]) == {"a": 1, "b": (2, "x")}
        assert not away.add("a", 5)
        assert away.incr("a") == 2
        assert away.has_key("a") and away.touch("a") and away.delete("a")
        assert away.get("a") is None

    def test_people_can_sign_in_and_guessing_stays_limited(self, away, client, cast):
        user = cast.asha.user
        user.set_password(PASSWORD)
        user.save()
        for _ in range(6):
            page = client.post("/accounts/login/", {"login": user.email, "password": "wrong"})
            assert page.status_code == 200
        assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 200
        away.clear()
        assert client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}).status_code == 302
        assert client.get("/join/lantern/x/").status_code == 404
