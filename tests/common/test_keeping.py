"""Parts of a page that are drawn once: they see only what they name, and are never those of somebody else."""

from datetime import date

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.urls import set_script_prefix, set_urlconf
from django.utils import translation

from accounts.models import Company
from common.templatetags import keeping


def draw(template, **values):
    return template.render(Context(values))


class TestKept:
    def test_shows_what_it_names(self):
        template = Template("{% kept who=person.name %}<b>{{ who }}</b>{% endkept %}")
        assert draw(template, person={"name": "A<b>"}) == "<b>A&lt;b&gt;</b>"
        assert draw(template, person={"name": "Ben"}) == "<b>Ben</b>"

    def test_is_drawn_once_for_equal_values(self):
        drawn = []
        template = Template("{% kept n=n %}{{ n }}{% endkept %}")
        node = template.nodelist[0]
        draw_anew = node.draw
        node.draw = lambda *given: drawn.append(given) or draw_anew(*given)
        assert [draw(template, n=n) for n in (1, 1, 2, 1)] == ["1", "1", "2", "1"]
        assert len(drawn) == 2

    def test_does_not_see_what_it_does_not_name(self):
        request = RequestFactory().get("/?secret=1")
        template = Template("{% kept %}{% if request or user %}seen{% endif %}{% endkept %}")
        assert draw(template, request=request, user="Asha") == ""

    def test_is_another_one_in_another_language(self):
        template = Template("{% load i18n %}{% kept %}{% translate 'Search' %}{% endkept %}")
        with translation.override("en"):
            english = draw(template)
        with translation.override("zh-hans"):
            assert draw(template) != english

    def test_is_another_one_in_another_company(self):
        template = Template("{% kept %}{% url 'accounts:companies' as here %}{{ here }}{% endkept %}")
        at_home = draw(template)
        set_script_prefix("/rival/")
        try:
            assert draw(template) == f"/rival{at_home}"
        finally:
            set_script_prefix("/")

    def test_is_another_one_on_another_day(self, time_machine):
        template = Template("{% kept due=due %}{{ due|day }}{% endkept %}")
        due = date(2026, 3, 20)
        time_machine.move_to("2026-03-19T12:00:00+08:00", tick=False)
        near = draw(template, due=due)
        time_machine.move_to("2026-09-19T12:00:00+08:00", tick=False)
        assert (near, draw(template, due=due)) == ("Fri 20 Mar", "2026-03-20")

    def test_is_drawn_each_time_from_what_cannot_be_hashed(self):
        template = Template("{% kept names=names %}{{ names|join:'+' }}{% endkept %}")
        names = ["a"]
        assert draw(template, names=names) == "a"
        names.append("b")
        assert draw(template, names=names) == "a+b"

    def test_refuses_a_row_which_stays_equal_when_it_changes(self):
        with pytest.raises(TypeError, match="company"):
            draw(Template("{% kept company=company %}{{ company.name }}{% endkept %}"), company=Company(pk=1, name="Lantern"))

    def test_refuses_a_token_that_is_one_persons(self):
        with pytest.raises(TemplateSyntaxError, match="token"):
            Template("{% kept %}<form>{% csrf_token %}</form>{% endkept %}")

    def test_forgets_when_it_has_become_too_many(self, monkeypatch):
        monkeypatch.setattr("common.templatetags.keeping.MOST", 2)
        template = Template("{% kept n=n %}{{ n }}{% endkept %}")
        assert [draw(template, n=n) for n in range(5)] == ["0", "1", "2", "3", "4"]
        assert len(template.nodelist[0].parts) <= 2


class TestKeptRows:
    """The same for each row of a list."""

    ROWS = "{% kept_rows row in rows unit=unit %}{% if row.n %}[{{ row.n }}{{ unit }}]{% else %}-{% endif %}{% endkept_rows %}"

    def test_shows_every_row_in_its_order(self):
        template = Template(self.ROWS)
        assert draw(template, rows=[{"n": 2}, {"n": 0}, {"n": 1}], unit="<") == "[2&lt;]-[1&lt;]"
        assert draw(template, rows=[{"n": 1}, {"n": 2}], unit="x") == "[1x][2x]"

    def test_draws_a_row_once(self):
        template = Template(self.ROWS)
        node = template.nodelist[0]
        draw(template, rows=[{"n": 1}, {"n": 2}], unit="")
        assert len(node.parts) == 2
        draw(template, rows=[{"n": 2}, {"n": 3}, {"n": 2}], unit="")
        assert len(node.parts) == 3

    def test_does_not_see_what_it_does_not_name(self):
        template = Template("{% kept_rows row in rows %}{% if request or user %}seen{% endif %}{{ row.n }}{% endkept_rows %}")
        assert draw(template, rows=[{"n": 1}], user="Asha", request=RequestFactory().get("/")) == "1"

    def test_leaves_nothing_of_one_row_to_the_next(self):
        template = Template(
            "{% kept_rows row in rows %}{% if row.n %}{% share_width row.n 100 as said %}{% endif %}<{{ said }}>{% endkept_rows %}"
        )
        assert draw(template, rows=[{"n": 7}, {"n": 0}]) == "<7><>"

    def test_draws_what_cannot_be_hashed_each_time(self):
        template = Template("{% kept_rows row in rows %}{{ row.names|join:'+' }}{% endkept_rows %}")
        names = ["a"]
        assert draw(template, rows=[{"names": names}]) == "a"
        names.append("b")
        assert draw(template, rows=[{"names": names}]) == "a+b"

    def test_says_words_and_addresses_in_the_language_and_company_of_the_page(self):
        template = Template(
            "{% kept_rows row in rows %}{% translate 'Search' %} {% url 'teams:person' row.pk %};{% endkept_rows %}"
        )
        set_urlconf("salesforce_mgmt.company_urls")
        try:
            with translation.override("en"):
                assert draw(template, rows=[{"pk": 4}, {"pk": 15}]) == "Search /people/4/;Search /people/15/;"
            set_script_prefix("/rival/")
            with translation.override("zh-hans"):
                drawn = draw(template, rows=[{"pk": 4}])
        finally:
            set_script_prefix("/")
            set_urlconf(None)
        assert drawn.endswith(" /rival/people/4/;") and not drawn.startswith("Search")

    def test_refuses_a_token_that_is_one_persons(self):
        with pytest.raises(TemplateSyntaxError, match="token"):
            Template("{% kept_rows row in rows %}{% csrf_token %}{% endkept_rows %}")


class TestDrawnOf:
    """The body of a page that follows from rows read just now (`drawn_of`)."""

    @pytest.fixture
    def bodies(self, settings, tmp_path):
        (tmp_path / "body.html").write_text(
            "{{ figure }}{% if user %}{{ user }}{% endif %}{% query sort='a' as url %}{{ url }}"
        )
        settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
        keeping._drawn.clear()
        yield []
        keeping._drawn.clear()

    def body(self, bodies, *, key, figure=1, query="", currency="CNY"):
        request = RequestFactory().get(f"/?{query}")
        request.company, request.user = Company(currency=currency), "Asha"

        def context():
            bodies.append(figure)
            return {"figure": figure}

        return keeping.drawn_of("body.html", request=request, key=key, context=context)

    def test_is_worked_out_once_for_equal_rows(self, bodies):
        assert [self.body(bodies, key=("rows",)) for _again in range(2)] == ["1?sort=a", "1?sort=a"]
        assert bodies == [1]

    @pytest.mark.parametrize(
        "change", [{"key": ("others",)}, {"query": "page=2"}, {"currency": "EUR"}], ids=["rows", "address", "currency"]
    )
    def test_is_another_one_for_other(self, bodies, change):
        self.body(bodies, key=("rows",))
        self.body(bodies, **{"key": ("rows",)} | change, figure=2)
        assert bodies == [1, 2]

    def test_is_drawn_each_time_without_a_key(self, bodies):
        assert [self.body(bodies, key=None, figure=n) for n in (1, 2)] == ["1?sort=a", "2?sort=a"]

    def test_does_not_see_who_asks(self, bodies):
        assert "Asha" not in self.body(bodies, key=("rows",))

    def test_begins_anew_when_too_much_is_kept(self, bodies, monkeypatch):
        monkeypatch.setattr(keeping, "MOST_SIGNS", 20)
        for n in (1, 2, 3, 1):
            self.body(bodies, key=n, figure=n)
        assert bodies == [1, 2, 3, 1]
        assert keeping._drawn["body.html"].signs == 16
