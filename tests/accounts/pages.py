"""What the tests of pages of accounts do again and again."""

from tests.cast import PASSWORD


def text(response):
    return response.content.decode()


def sign_in(client, login, password=PASSWORD):
    return client.post("/accounts/login/", {"login": login, "password": password})
