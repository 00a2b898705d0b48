"""A page is shown again only while every answer is the same; what it follows from is asked each time."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.test import RequestFactory
from django.utils import translation

from accounts.models import Company
from common import again
from common.again import shown_again, told

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    again.pages.clear()
    yield
    again.pages.clear()


@pytest.fixture
def lantern():
    return Company.objects.create(name="Lantern", slug="lantern")


class Page:
    """A page that shows what it is told to read, and counts how often it is worked out."""

    def __init__(self, read, **mark):
        self.worked_out, self.who = 0, ("Asha",)
        self.request = RequestFactory().get("/lantern/page/")

        def view(request):
            self.worked_out += 1
            return HttpResponse(f"<p>{read(request)}")

        self.view = shown_again(view, **mark)

    def ask(self, **given):
        with transaction.atomic():
            response = again.answer(given.pop("request", self.request), self.view, (), {}, who=self.who)
        return response.content.decode().removeprefix("<p>")


def names(_request):
    return ", ".join(Company.objects.order_by("name").values_list("name", flat=True))


def rows_of(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


class TestShownAgain:
    def test_is_worked_out_once_while_the_answers_are_the_same(self, lantern):
        page = Page(names)
        assert [page.ask(), page.ask(), page.ask()] == ["Lantern"] * 3
        assert page.worked_out == 1

    def test_says_what_has_changed_since(self, lantern):
        page = Page(names)
        page.ask()
        Company.objects.create(name="Rival", slug="rival")
        assert page.ask() == "Lantern, Rival"
        Company.objects.filter(slug="rival").update(name="Another")
        assert page.ask() == "Another, Lantern"

    def test_tells_values_apart_that_are_equal_but_read_otherwise(self, lantern):
        scale = ["1.0"]
        page = Page(lambda _request: rows_of(f"SELECT name, {scale[0]} FROM accounts_company")[0][1])
        before = page.ask()
        (kept,) = again.pages.values()
        scale[0] = "1.00"
        # The same question, answered otherwise: as if the amounts had got another scale.
        kept.noted[:] = [each._replace(text=each.text.replace("1.0", "1.00")) for each in kept.noted]
        assert (before, page.ask()) == ("1.0", "1.00")

    def test_is_not_misled_by_a_view_that_changes_what_it_read(self, lantern):
        def spoilt(_request):
            ((found,),) = rows_of("SELECT json_agg(name ORDER BY name) FROM accounts_company")
            found.append("Rival")
            return found

        page = Page(spoilt)
        page.ask()
        Company.objects.create(name="Rival", slug="rival")
        assert page.ask() == "['Lantern', 'Rival', 'Rival']"

    @pytest.mark.parametrize("size", [1, 2])
    def test_works_it_out_from_what_was_just_read(self, lantern, size):
        def two(_request):
            first = names(None)
            return first, Company.objects.count(), Company.objects.filter(slug="none").first()

        page, sent = Page(two), []
        page.ask()
        for number in range(1, size):
            Company.objects.create(name=f"Rival {number}", slug=f"rival-{number}")

        def note(execute, sql, *given):
            sent.append(sql)
            return execute(sql, *given)

        with connection.execute_wrapper(note):
            page.ask()
        assert len([sql for sql in sent if "SAVEPOINT" not in sql]) == 3
        assert page.worked_out == size

    def test_is_another_one_for_somebody_else(self, lantern):
        page = Page(lambda _request: (names(None), page.who))
        first = page.ask()
        page.who = ("Bela",)
        assert "Bela" in page.ask()
        page.who = ("Asha",)
        assert page.ask() == first
        assert page.worked_out == 2

    def test_counts_every_column_of_who_asks_but_no_password(self):
        user = get_user_model()(pk=1, name="Asha", password="secret")
        page = Page(lambda request: page.who[0].name)
        page.who = (user,)
        assert page.ask() == "Asha"
        user.name = "Bela"
        assert page.ask() == "Bela"
        assert "secret" not in repr(list(again.pages))

    def test_is_another_one_at_another_address_in_another_language_or_for_a_part_of_it(self, lantern):
        page = Page(lambda request: (request.get_full_path(), translation.get_language(), request.headers.get("HX-Request")))
        factory = RequestFactory()
        asked = [
            factory.get("/lantern/page/"),
            factory.get("/lantern/page/?page=2"),
            factory.get("/lantern/page/", headers={"HX-Request": "true"}),
            factory.get("/lantern/page/", headers={"host": "localhost"}),
        ]
        with translation.override("zh-hans"):
            first = [page.ask(request=request) for request in asked]
        with translation.override("en"):
            first.append(page.ask())
        assert page.worked_out == 5
        assert len(set(first)) == 4  # the host is not said on it

    def test_is_another_one_on_another_day_and_where_it_says_so_every_minute(self, lantern):
        daily, by_minute = Page(names), Page(names, each_minute=True)
        for minute in (0, 0, 1):
            with time_machine.travel(datetime(2026, 3, 18, 2, minute, tzinfo=UTC), tick=False):
                daily.ask()
                by_minute.ask()
        with time_machine.travel(datetime(2026, 3, 19, 2, tzinfo=UTC), tick=False):
            daily.ask()
        assert (daily.worked_out, by_minute.worked_out) == (2, 2)

    def test_asks_again_what_is_not_in_the_database(self, lantern):
        progress = [1]
        page = Page(lambda _request: told(lambda: progress[0]))
        assert page.ask() == "1"
        progress[0] = 2
        assert page.ask() == "2"

    def test_gives_every_visitor_a_token_of_their_own(self, lantern):
        page = Page(lambda request: f'{names(None)} <input value="{get_token(request)}"> {"a" * 64}')
        first = page.ask()
        request = RequestFactory().get("/lantern/page/")
        second = page.ask(request=request)
        assert page.worked_out == 1
        assert first != second
        assert len(first) == len(second)
        assert "a" * 64 in second
        assert request.META["CSRF_COOKIE"] not in first

    def test_leaves_out_what_changes_something(self, lantern):
        def touch(_request):
            Company.objects.filter(pk=lantern.pk).update(name="Lantern")
            return names(None)

        page = Page(touch)
        page.ask()
        page.ask()
        assert page.worked_out == 2

    @pytest.mark.parametrize(
        "given", [{"status": 404}, {"content_type": "text/csv"}, {"headers": {"Set-Cookie": "a=b"}, "content_type": "text/x"}]
    )
    def test_leaves_out_refusals_and_files(self, lantern, given):
        page = Page(names)
        page.view = shown_again(lambda _request: HttpResponse(names(None), **given))
        page.ask()
        assert not again.pages


class TestPages:
    def test_forgets_what_was_not_asked_for_the_longest(self, monkeypatch):
        monkeypatch.setattr(again, "MOST_SIGNS", 25)
        for key in ("a", "b"):
            again.pages.keep(key, again._Page([b""], (), [], 10))
        again.pages.found("a")
        again.pages.keep("c", again._Page([b""], (), [], 10))
        assert list(again.pages) == ["a", "c"]
        assert again.pages.signs == 20

    def test_does_not_keep_what_is_too_large(self, monkeypatch):
        monkeypatch.setattr(again, "MOST_OF_ONE", 5)
        again.pages.keep("a", again._Page([b""], (), [], 10))
        assert not again.pages
        assert again.pages.signs == 0
