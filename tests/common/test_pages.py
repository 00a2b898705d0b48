from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.http import QueryDict
from django.template import Context, Engine, RequestContext
from django.test import RequestFactory
from django.urls import get_script_prefix, set_script_prefix
from django.utils import translation
from django.utils.html import escape

from common.templatetags import pages


@pytest.fixture
def inside_a_company():
    set_script_prefix("/huaxin/")
    yield
    set_script_prefix("/")


class TestOuterUrl:
    def test_leads_out_of_the_company_and_leaves_the_prefix_as_it_was(self, inside_a_company):
        assert pages.outer_url("account_login") == "/accounts/login/"
        assert get_script_prefix() == "/huaxin/"

    def test_leaves_the_prefix_as_it_was_when_there_is_no_such_route(self, inside_a_company):
        with pytest.raises(Exception, match="no_such_route"):
            pages.outer_url("no_such_route")
        assert get_script_prefix() == "/huaxin/"


class TestQueryString:
    def test_keeps_the_filters_and_replaces_the_page(self):
        assert pages.query_string(QueryDict("team=3&team=4&page=2"), page=3) == "?team=3&team=4&page=3"

    def test_another_filter_starts_at_the_first_page(self):
        assert pages.query_string(QueryDict("team=3&page=7"), sort="-name") == "?team=3&sort=-name"

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_drops_what_is_emptied(self, nothing):
        assert pages.query_string(QueryDict("team=3"), team=nothing) == "?"

    def test_escapes_what_people_type(self):
        assert pages.query_string(QueryDict(""), q='a&b="<') == "?q=a%26b%3D%22%3C"


class TestSortLink:
    @pytest.mark.parametrize(
        ("address", "first", "expected"),
        [
            ("/", "asc", ("?sort=name", "")),
            ("/", "desc", ("?sort=-name", "")),
            ("/?sort=name", "asc", ("?sort=-name", "asc")),
            ("/?sort=-name", "asc", ("?sort=name", "desc")),
            ("/?sort=amount&team=2", "asc", ("?team=2&sort=name", "")),
        ],
    )
    def test_turns_the_order_at_the_second_press(self, address, first, expected):
        link = pages.sort_link({"request": RequestFactory().get(address)}, "name", "Name", first)
        href, direction = expected
        assert f'href="{escape(href)}"' in link
        assert [word for word in ("asc", "desc") if f"is-{word}" in link] == [direction] * bool(direction)


class TestPageNumbers:
    def test_shows_the_ends_the_neighbours_and_gaps(self):
        assert pages.page_numbers(Paginator(range(480), 20).page(7)) == (1, None, 5, 6, 7, 8, 9, None, 24)

    def test_has_no_gap_where_nothing_is_left_out(self):
        assert pages.page_numbers(Paginator(range(60), 20).page(1)) == (1, 2, 3)


class TestInitials:
    @pytest.mark.parametrize(
        ("name", "text"), [("王晓梅", "晓梅"), ("欧阳志远", "志远"), ("Darcel Schlecht", "DS"), ("cher", "C"), ("", "?")]
    )
    def test_stand_for_a_person(self, name, text):
        assert pages.initials(name) == text


class TestIcon:
    def test_is_silent_without_a_label_and_escapes_one(self):
        assert 'aria-hidden="true"' in pages.icon("phone")
        assert "<b>" not in pages.icon("phone", "", "<b>")


class TestFiguresInTemplates:
    def test_an_include_with_only_keeps_the_currency_of_the_company_and_the_filters(self):
        loaders = [("django.template.loaders.locmem.Loader", {"part": "{% money total %} {% query page=2 %}"})]
        engine = Engine(loaders=loaders, builtins=["common.templatetags.figures", "common.templatetags.pages"])
        request = RequestFactory().get("/?team=3")
        request.company = SimpleNamespace(currency="USD")
        html = engine.from_string("{% include 'part' with total=total only %}").render(RequestContext(request, {"total": 150}))
        assert html == "$1.50 ?team=3&amp;page=2"

    def test_the_headline_says_the_exact_amount_too(self):
        engine = Engine(builtins=["common.templatetags.figures"])
        with translation.override("zh-hans"):
            html = engine.from_string("{% money_short total %}").render(Context({"total": 123456789, "company": None}))
        assert 'title="¥1,234,567.89"' in html
        assert "123.5万" in html
