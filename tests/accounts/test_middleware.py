"""What the door into a company leaves on every answer."""

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def test_a_companys_page_is_kept_for_nobody_else(client, cast):
    client.force_login(cast.bela.user, backend=BACKEND)
    page = client.get("/lantern/")
    assert {"private", "no-cache"} <= set(page["Cache-Control"].split(", "))
    assert "HX-Request" in page["Vary"]
