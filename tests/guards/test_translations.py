"""Every text is shown in both languages: nothing is untranslated, and nothing is written into a source in one language."""

import importlib.util
import inspect
from fnmatch import fnmatch
from pathlib import Path

import pytest
from django.conf import settings
from django.forms import BaseForm, CharField, Form, HiddenInput
from django.utils.translation import gettext_lazy

from common import catalogues
from common.catalogue_checks import findings
from tests.guards.hardcoded import bare_texts, chinese_in_script, chinese_strings, plain_labels, unlabelled_fields

ROOT = Path(settings.BASE_DIR)
APPS = tuple(app for app in settings.INSTALLED_APPS if (ROOT / app).is_dir())
UNTRANSLATED_PAGES = {
    "templates/500.html",  # rendered without context after a fault, so it says everything in both languages
}
BOTH_LANGUAGES_IN_SCRIPT = {"static/js/charts/look.js"}  # steps of large numbers, the Chinese beside the English ones
# In the language switch each language is called by its own name, in its own language.
OWN_NAMES = {"EN", "Read this in English", "中", "切换到中文"}
SOURCES = [
    path
    for package in (*APPS, "salesforce_mgmt")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
ALLOWED = dict(
    line.split(None, 1)
    for line in (Path(__file__).parent / "chinese_allowed.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)


def read(path):
    return path.read_text(encoding="utf-8")


def place(path, found):
    return [f"{path.relative_to(ROOT).as_posix()}:{lineno}: {text}" for lineno, text in found]


def is_allowed_chinese(path):
    return any(fnmatch(path.relative_to(ROOT).as_posix(), pattern) for pattern in ALLOWED)


def fail_on(lines):
    assert not lines, "\n" + "\n".join(lines)


class TestTheProject:
    def test_every_message_is_translated(self):
        fail_on([str(finding) for finding in findings(catalogues.Project(root=ROOT, apps=APPS))])

    def test_no_template_has_text_in_one_language_only(self):
        pages = [path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in catalogues.TEMPLATE_SUFFIXES]
        fail_on(
            [
                line
                for path in pages
                if path.relative_to(ROOT).as_posix() not in UNTRANSLATED_PAGES
                for line in place(path, bare_texts(read(path), html=path.suffix == ".html"))
                if line.rpartition(": ")[2] not in OWN_NAMES
            ]
        )

    def test_no_python_source_speaks_chinese(self):
        fail_on([line for path in SOURCES if not is_allowed_chinese(path) for line in place(path, chinese_strings(read(path)))])

    def test_every_permission_to_speak_chinese_is_used(self):
        speaking = [path.relative_to(ROOT).as_posix() for path in SOURCES if chinese_strings(read(path))]
        fail_on([pattern for pattern in ALLOWED if not any(fnmatch(path, pattern) for path in speaking)])

    def test_no_python_source_shows_plain_english(self):
        shown = [path for path in SOURCES if "management" not in path.parts]
        fail_on([line for path in shown for line in place(path, plain_labels(read(path)))])

    def test_no_script_speaks_chinese(self):
        scripts = [
            p for p in sorted((ROOT / "static").rglob("*.js")) if p.relative_to(ROOT).as_posix() not in BOTH_LANGUAGES_IN_SCRIPT
        ]
        fail_on([line for path in scripts for line in place(path, chinese_in_script(read(path)))])

    def test_every_form_field_has_a_label_that_can_be_translated(self):
        modules = [importlib.import_module(f"{app}.forms") for app in APPS if importlib.util.find_spec(f"{app}.forms")]
        forms = {form for module in modules for _name, form in inspect.getmembers(module, inspect.isclass)}
        ours = [form for form in forms if issubclass(form, BaseForm) and form.__module__.split(".")[0] in APPS]
        fail_on(sorted(f"{form.__module__}.{form.__name__}.{name}" for form in ours for name in unlabelled_fields(form)))


class TestTheGuardsThemselves:
    """Each is shown what it must find, and next to it what it must leave alone."""

    @pytest.fixture
    def small_project(self, tmp_path):
        self.page = tmp_path / "templates" / "teams" / "people.html"
        self.page.parent.mkdir(parents=True)
        (tmp_path / "teams").mkdir()
        self.page.write_text(
            '{% translate "People" %}{% blocktranslate %}Hi {{ name }}{% endblocktranslate %}', encoding="utf-8"
        )
        self.project = catalogues.Project(root=tmp_path, apps=("teams",))
        self.say({"People": "人员", "Hi %(name)s": "你好，%(name)s"})

    def say(self, translations):
        catalogues.fill(self.project, "teams", translations)

    def check(self):
        return "\n".join(map(str, findings(self.project)))

    def test_a_complete_catalogue_passes(self, small_project):
        assert self.check() == ""

    def test_a_missing_translation_is_found(self, small_project):
        self.say({"People": ""})
        assert "'People' is not translated  [templates/teams/people.html]" in self.check()

    def test_a_differing_placeholder_is_found(self, small_project):
        self.say({"Hi %(name)s": "你好，%(nmae)s"})
        assert "other placeholders" in self.check()

    def test_a_new_text_on_a_page_is_found(self, small_project):
        self.page.write_text(read(self.page) + '{% translate "Team" %}', encoding="utf-8")
        error = self.check()
        assert "out of date" in error
        assert "'Team' is not translated" in error

    @pytest.mark.parametrize(
        ("template", "found"),
        [
            ("<p>\n Nobody here\n</p>", [(2, "Nobody here")]),
            ("<p>暂无人员</p>", [(1, "暂无人员")]),
            ("<td>{{ n }} deals</td>", [(1, "deals")]),
            ("<h1>{% if x %}Won{% else %}{{ y }}{% endif %}</h1>", [(1, "Won")]),
            ('<a {% if x %}class="on"{% endif %}\n title="Open {{ name }}">{{ x }}</a>', [(2, "Open")]),
            ('<img alt="Photo" src="a.png">', [(1, "Photo")]),
            ('<input placeholder="Search">', [(1, "Search")]),
            ('<button aria-label="Close"></button>', [(1, "Close")]),
            ('<button hx-confirm="Delete it?" data-saved-text="Saved"></button>', [(1, "Delete it?"), (1, "Saved")]),
            ('<input type="submit" value="Save">', [(1, "Save")]),
            ('<div data-name="名称"></div>', [(1, "名称")]),
            ('{% include "_components/empty.html" with title="Nothing yet" %}', [(1, '"Nothing yet"')]),
            ('<td>{{ grade|default:"none" }}</td>', [(1, '"none"')]),
            ('<td>{{ won|yesno:"yes,no" }}</td>', [(1, '"yes,no"')]),
            ('<td title="{{ x|default:"nobody" }}">{{ "Rep" }}</td>', [(1, '"Rep"'), (1, '"nobody"')]),
            ("<td>{{ n }}{{ n|pluralize }}</td>", [(1, "|pluralize: English grammar; use blocktranslate count")]),
            ("{% blocktranslate %}a\nb{% endblocktranslate %}\n<p>Stray</p>", [(3, "Stray")]),
            ("{% comment %}\nnothing\n{% endcomment %}Stray", [(3, "Stray")]),
            ("{# untranslated: #}<p>Stray</p>", [(1, "Stray")]),
            ("<script>let a</script>Stray", [(1, "Stray")]),
        ],
    )
    def test_bare_text_in_a_template_is_found(self, template, found):
        assert bare_texts(template) == found

    @pytest.mark.parametrize(
        "template",
        [
            '<p class="muted">{% translate "Nobody here" %}</p>',
            '<a title="{% translate "Open" %}" href="/teams/">{{ name }}</a>',
            "{% blocktranslate count n=x %}{{ n }} deal{% plural %}{{ n }} deals{% endblocktranslate %}",
            '{% include "_components/empty.html" with title=_("Nothing yet") icon="users" %}',
            '<td class="{{ tone|default:"secondary" }}">{{ day|date:"Y-m-d" }} — 100&nbsp;% ×</td>',
            '<td>{{ kind|default:"MONEY"|words_of }}</td>',
            "{# untranslated: the name of the product #}\n<p>Sales</p>",
            "<p>Sales</p>{# untranslated: the name of the product #}",
            "{# A remark #}{% comment %}Another{% endcomment %}",
            "<kbd>Ctrl</kbd><code>manage.py</code><script>const a = 1</script><style>p { color: red }</style>",
            '<a href="x.xlsx" data-url="{% url "a" %}" data-kind="month">Excel</a>',
            '<input type="hidden" value="MONTH">',
            '{% block body %}class="{% if x %}has-dock{% endif %} wide" data-page="home"{% endblock %}',
        ],
    )
    def test_translated_and_excused_text_passes(self, template):
        assert bare_texts(template) == []

    def test_bare_text_in_a_mail_is_found(self):
        assert bare_texts("{{ name }},\nplease <sign> in: {{ url }}\n", html=False) == [(2, "please <sign> in:")]

    def test_chinese_in_a_python_string_is_found_but_not_in_comments_and_docstrings(self):
        source = '"""目标"""\n# 目标\ndef f(x):\n    """目标"""\n    y = "target"\n    return f"{x}的目标" + "目标"\n'
        assert chinese_strings(source) == [(6, "的目标"), (6, "目标")]

    @pytest.mark.parametrize(
        "source",
        [
            'CharField(label="Name")',
            'CharField("x", verbose_name=f"Name {x}")',
            'messages.success(request, "Saved.")',
            'messages.error(request, "%s is closed." % month)',
            'raise ValidationError("Too many {}".format(x))',
            'form.add_error(None, "This month is closed.")',
            'TextInput(attrs={"placeholder": "Search"})',
            'class Meta:\n    verbose_name = "deal"',
            'class Status(models.TextChoices):\n    WON = "WON", "Won"',
            'class Status(TextChoices):\n    WON = "WON"',
        ],
    )
    def test_plain_english_for_people_is_found(self, source):
        assert len(plain_labels(source)) == 1

    @pytest.mark.parametrize(
        "source",
        [
            'CharField(label=_("Name"), label_suffix="")',
            'messages.success(request, _("Saved."))',
            'logger.error("%s lost", "job")',
            'form.add_error("amount", _("Too much."))',
            'class Status(TextChoices):\n    WON = "WON", _("Won")',
            'raise ValueError("a programmer reads this")',
            'class Meta:\n    verbose_name = _("deal")\n    ordering = ["name"]',
        ],
    )
    def test_marked_text_and_text_for_programmers_pass(self, source):
        assert plain_labels(source) == []

    def test_a_script_may_speak_chinese_in_comments_only(self):
        assert chinese_in_script('/* 目标\n目标 */\nlet a = "目标"; // 目标\nfetch("https://a/") // 目标') == [
            (3, 'let a = "目标"; // 目标')
        ]

    def test_a_label_made_from_the_name_of_a_field_is_found(self):
        class Planted(Form):
            hired_on = CharField()
            name = CharField(label=gettext_lazy("Name"))
            quick = CharField(label="")
            token = CharField(widget=HiddenInput)
            left_on = CharField(label="Last day")

        assert unlabelled_fields(Planted) == ["hired_on", "left_on"]
