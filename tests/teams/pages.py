"""What the tests of pages of the organisation do again and again. Today is 2 March 2026."""

from datetime import date

TODAY = date(2026, 3, 2)
APRIL = date(2026, 4, 1)


def text(response):
    return response.content.decode()


def path(member, rest=""):
    return f"/lantern/people/{member.person.pk}/{rest}"
