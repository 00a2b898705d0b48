"""Which messages are found in Python and in templates."""

import gettext

import pytest
from django.template import Context, Engine
from django.utils import translation

from common.extraction import Message, Unreadable, from_python, from_template


def messages_of(found):
    return [message for _lineno, message in found]


class TestFromPython:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ('_("Save")', [Message("Save")]),
            ('_("Save " "all")', [Message("Save all")]),
            ('_("Save " + "all")', [Message("Save all")]),
            ('gettext_lazy(\n  # why\n  "Save",\n)', [Message("Save")]),
            ('translation.gettext("Save")', [Message("Save")]),
            ('from django.utils.translation import gettext_lazy as say\nsay("Save")', [Message("Save")]),
            ('ngettext("%(n)d deal", "%(n)d deals", n) % {"n": n}', [Message("%(n)d deal", plural="%(n)d deals")]),
            ('pgettext("month", "May")', [Message("May", context="month")]),
            ('pgettext_lazy(context="month", message="May")', [Message("May", context="month")]),
            ('npgettext("a", "b", "c", 2)', [Message("b", "a", "c")]),
            ('_("Won" if won else "Lost")', [Message("Won"), Message("Lost")]),
            ('_("a") if x else f(_("b"), g("c"))', [Message("a"), Message("b")]),
            ('_("%s is late") % _("Team")', [Message("%s is late"), Message("Team")]),
            ('_("100% of it")', [Message("100% of it")]),
            ("_(metric.name)", []),
            ('other("Save")', []),
            ('# _("Save")\n"_(\'Save\')"', []),
            ('class _Page:\n  def gettext(self, text="Save"): ...', []),
        ],
    )
    def test_takes_what_gettext_will_be_asked_for(self, source, expected):
        assert sorted(messages_of(from_python(source))) == sorted(expected)

    @pytest.mark.parametrize(
        ("source", "why"),
        [
            ('\n_(f"Hello {name}")', "line 2: an f-string"),
            ('_("Hello %s" % name)', "translate first"),
            ('_("Hello {}".format(name))', "translate first"),
            ('_("")', "empty string"),
            ('ngettext("deal", plural_of(x), n)', "all be written out"),
            ('pgettext(where, "May")', "all be written out"),
            ("def f(:", "not Python"),
        ],
    )
    def test_refuses_what_can_never_be_found(self, source, why):
        with pytest.raises(Unreadable, match=why):
            list(from_python(source))


TEMPLATES = [
    ('{% translate "People" %}', [Message("People")]),
    ("{% trans 'It\\'s late' %}", [Message("It's late")]),
    ('{% translate "100% sure" %}', [Message("100%% sure")]),
    ('{% translate "May" context "month" as name %}', [Message("May", "month")]),
    ('{% translate "Later" noop as x %}', [Message("Later")]),
    ('{% translate "People"|upper %}', [Message("People")]),
    ('{{ _("Team")|upper }}', [Message("Team")]),
    ('{{ name|default:_("Nobody") }}', [Message("Nobody")]),
    ('{% firstof name _("Nobody") %}', [Message("Nobody")]),
    ("{% blocktranslate %}Hello {{ name }}, 5% off{% endblocktranslate %}", [Message("Hello %(name)s, 5%% off")]),
    ("{% blocktrans trimmed %}\n  One\n  two\n{% endblocktrans %}", [Message("One two")]),
    ("{% blocktranslate %}\n  One\n{% endblocktranslate %}", [Message("\n  One\n")]),
    (
        '{% blocktranslate trimmed count n=2 context "c" %} {{ n }} deal {% plural %} {{ n }} deals {% endblocktranslate %}',
        [Message("%(n)s deal", "c", "%(n)s deals")],
    ),
    (
        '{% blocktranslate with who=_("you") asvar x %}Dear {{ who }}{% endblocktranslate %}',
        [Message("Dear %(who)s"), Message("you")],
    ),
]


class TestFromTemplate:
    @pytest.mark.parametrize(("source", "expected"), TEMPLATES)
    def test_takes_what_is_marked(self, source, expected):
        assert sorted(messages_of(from_template(source))) == sorted(expected)

    @pytest.mark.parametrize(("source", "expected"), TEMPLATES)
    def test_takes_exactly_what_django_looks_up(self, source, expected, monkeypatch):
        asked = set()

        class Listening(gettext.NullTranslations):
            def gettext(self, message):
                asked.add(Message(message))
                return message

            def ngettext(self, singular, plural, number):
                asked.add(Message(singular, plural=plural))
                return plural

            def pgettext(self, context, message):
                asked.add(Message(message, context))
                return message

            def npgettext(self, context, singular, plural, number):
                asked.add(Message(singular, context, plural))
                return plural

        listening = Listening()
        for name in ("gettext", "ngettext", "pgettext", "npgettext"):
            monkeypatch.setattr(translation._trans, name, getattr(listening, name))
        engine = Engine(builtins=["django.templatetags.i18n"])
        engine.from_string(source).render(Context({"name": ""}))
        if "noop" in source:  # marked for a later {% translate variable %}
            assert asked == set()
        else:
            assert asked == set(expected)

    @pytest.mark.parametrize(
        "source",
        [
            "{% comment %}{% translate 'Hidden' %}{% endcomment %}",
            "{# {% translate 'Hidden' %} #}",
            "{% verbatim %}{% translate 'Shown as it is' %}{% endverbatim %}",
            "{% translate variable %}",
            '{% url "people" %}',
            """{% if x == "call _('that')" %}{% endif %}""",
        ],
    )
    def test_leaves_the_rest(self, source):
        assert messages_of(from_template(source)) == []

    def test_takes_titles_handed_to_included_templates(self):
        source = (
            """{% include "_components/empty.html" with title=_("Nothing here yet") text=_('Add one') icon="users" only %}"""
        )
        assert messages_of(from_template(source)) == [Message("Nothing here yet"), Message("Add one")]

    def test_knows_the_line(self):
        assert list(from_template('<p>\n\n{% translate "People" %}</p>')) == [(3, Message("People"))]

    @pytest.mark.parametrize(
        ("source", "why"),
        [
            ("\n{% blocktranslate %}{{ name|upper }}{% endblocktranslate %}", "line 2: .*name it with `with`"),
            ("{% blocktranslate %}{{ rep.name }}{% endblocktranslate %}", "name it with `with`"),
            ("{% blocktranslate %}{% if x %}a{% endif %}{% endblocktranslate %}", "if x"),
            ("{% blocktranslate %}a{% plural %}b{% endblocktranslate %}", "without count"),
            ("{% blocktranslate count n=1 %}a{% endblocktranslate %}", "without {% plural"),
            ("{% blocktranslate %}a", "not closed"),
            ("{% blocktranslate %}a{# b #}{% endblocktranslate %}", "comment"),
            ('{% translate "May" context where %}', "context must be written out"),
            ("{% comment %}", "endcomment"),
        ],
    )
    def test_refuses_what_can_never_be_found(self, source, why):
        with pytest.raises(Unreadable, match=why):
            list(from_template(source))
