"""Templates are spoken once per language: they say what they said, in the language and at the company that is asked."""

import pytest
from django.template import Context, engines
from django.template.base import TextNode
from django.template.loader import get_template
from django.urls import set_script_prefix
from django.utils import translation


@pytest.fixture
def planted(tmp_path, settings):
    """Load a text as if it were a template of ours."""
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]

    def load(text, name="page.html"):
        (tmp_path / name).write_text(text)
        return lambda: engines["django"].engine.get_template(name)

    return load


def say(load, language, **values):
    with translation.override(language):
        return load().render(Context(values))


WORDS = [
    ("{% translate 'Search' %}", "Search", "搜索"),
    ("{% translate 'Search' as word %}<b>{{ word }}</b>", "<b>Search</b>", "<b>搜索</b>"),
    ("{% if yes %}{% translate 'Search' %}{% else %}{% translate 'Cancel' %}{% endif %}", "Search", "搜索"),
    ("{% for each in three %}{% translate 'Search' %} {% endfor %}", "Search Search Search ", "搜索 搜索 搜索 "),
    ("{% kept yes=yes %}{% translate 'Search' %}{% endkept %}", "Search", "搜索"),
    ("{% blocktranslate %}Search{% endblocktranslate %}", "Search", "搜索"),
    ("{% language 'en' %}{% translate 'Search' %}{% endlanguage %}", "Search", "Search"),
    ("{% with word='Search' %}{% translate word %}{% endwith %}", "Search", "搜索"),
    ("{% translate 'Search' as word %}{% with word=n %}{{ word }}{% endwith %}{{ word }}", "1Search", "1搜索"),
]


@pytest.mark.parametrize(("text", "english", "chinese"), WORDS)
def test_says_it_in_the_language_of_the_page(planted, text, english, chinese):
    load, given = planted(text), {"yes": True, "three": "abc", "n": 1}
    assert [say(load, language, **given) for language in ("en", "zh-hans", "en")] == [english, chinese, english]


def test_says_the_rest_anew_each_time(planted):
    load = planted(
        "{% translate 'Search' %} {{ who }}{% if who %} {% blocktranslate %}for {{ who }}{% endblocktranslate %}{% endif %}"
    )
    assert [say(load, "en", who=who) for who in ("A<b>", "", "Ben")] == [
        "Search A&lt;b&gt; for A&lt;b&gt;",
        "Search ",
        "Search Ben for Ben",
    ]


def test_puts_words_icons_and_files_into_one_text(planted):
    load = planted("<a>{% icon 'phone' %}{% translate 'Search' %}{% static 'js/app.js' %}</a>{{ who }}")
    assert [type(node) is TextNode for node in load().nodelist] == [True, False]
    assert say(load, "en", who=1) == '<a><i class="ti ti-phone " aria-hidden="true"></i>Search/static/js/app.js</a>1'


def test_leads_into_the_company_of_the_page(planted):
    load, found = planted("{% url 'accounts:companies' %}"), []
    for prefix in ("/", "/rival/", "/lantern/", "/rival/"):
        set_script_prefix(prefix)
        found.append(say(load, "en"))
    set_script_prefix("/")
    home = found[0]
    assert found == [home, f"/rival{home}", f"/lantern{home}", f"/rival{home}"]


def test_speaks_what_a_page_extends_and_includes(planted):
    planted("{% block body %}{% endblock %}{% translate 'Cancel' %}", "base.html")
    planted("{% translate 'Search' %}{{ who }}", "part.html")
    load = planted(
        '{% extends "base.html" %}{% block body %}{% include "part.html" with who=n %} {{ block.super }}{% endblock %}'
    )
    assert [say(load, language, n=1) for language in ("en", "zh-hans")] == ["Search1 Cancel", "搜索1 取消"]


def test_is_how_our_templates_are_loaded():
    with translation.override("en"):
        assert get_template("_layout/company.html").template.is_spoken
