"""Extraction, update, compilation and checks, on small projects in temporary folders."""

import gettext
import io
import json
import os
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from common import catalogues
from common.catalogue_checks import conflicts, faults, findings
from common.catalogues import Entry, Project, Unusable
from common.management.commands import messages


@pytest.fixture
def project(tmp_path):
    """Two apps, with a page each and one shared page."""
    for path, text in {
        "common/words.py": '_("Save")',
        "salesforce_mgmt/settings.py": '_("Sales")',
        "teams/models.py": '_("Team")',
        "teams/migrations/0001.py": '_("Old team")',
        "templates/teams/_partials/rows.html": '{% translate "Team" %}{% translate "Rep" %}',
        "templates/_layout/base.html": '{% translate "Home" %}',
        "templates/account/email/hello.txt": '{% translate "Hello" %}',
        "templates/404.html": '{% translate "Not here" %}',
        "static/js/page.js": '_("Script")',
    }.items():
        write(tmp_path, path, text)
    return Project(root=tmp_path, apps=("common", "teams"))


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def text_of(project, app="teams"):
    return project.po(app).read_text(encoding="utf-8")


def entry_of(project, name, app="teams"):
    return next(e for e in catalogues.entries(catalogues.load(project.po(app))) if catalogues.name_of(e) == name)


class TestUpdate:
    def test_what_belongs_to_no_app_belongs_to_common(self, project):
        assert {key[1] for key in project.found("common")} == {"Save", "Sales", "Home", "Hello", "Not here"}
        assert {key[1] for key in project.found("teams")} == {"Team", "Rep"}

    def test_the_file_has_nothing_that_changes_by_itself(self, project):
        catalogues.update(project, "teams")
        assert text_of(project) == (
            'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"MIME-Version: 1.0\\n"\n'
            '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
            '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
            '#: templates/teams/_partials/rows.html\nmsgid "Rep"\nmsgstr ""\n\n'
            '#: teams/models.py templates/teams/_partials/rows.html\nmsgid "Team"\nmsgstr ""\n'
        )

    def test_a_second_update_does_not_touch_the_file(self, project):
        catalogues.update(project, "teams")
        os.utime(project.po("teams"), (1, 1))
        catalogues.update(project, "teams")
        assert project.po("teams").stat().st_mtime == 1

    def test_moving_a_line_changes_nothing(self, project):
        catalogues.update(project, "teams")
        before = text_of(project)
        write(project.root, "teams/models.py", '\n\n\n_("Team")')
        catalogues.update(project, "teams")
        assert text_of(project) == before

    def test_translations_and_translators_remarks_stay_and_what_is_gone_goes(self, project):
        catalogues.fill(project, "teams", {"Team": "团队", "Rep": "业务员"})
        project.po("teams").write_text(
            text_of(project).replace("#: teams/models.py", "# A group.\n#: teams/models.py"), "utf-8"
        )
        write(project.root, "templates/teams/_partials/rows.html", '{% translate "Person" %}')
        catalogues.update(project, "teams")
        assert '# A group.\n#: teams/models.py\nmsgid "Team"\nmsgstr "团队"\n' in text_of(project)
        assert 'msgid "Person"\nmsgstr ""\n' in text_of(project)
        assert "Rep" not in text_of(project)
        assert "#~" not in text_of(project)

    def test_a_message_that_another_app_has_translated_takes_its_words(self, project):
        catalogues.fill(project, "common", {"Save": "保存"})
        write(project.root, "teams/views.py", '_("Save")')
        catalogues.update(project, "teams")
        assert catalogues.translation_of(entry_of(project, "Save")) == "保存"

    def test_a_message_keeps_its_translation_when_it_gets_a_plural(self, project):
        catalogues.fill(project, "teams", {"Team": "团队"})
        write(project.root, "teams/views.py", 'ngettext("Team", "Teams", n)')
        catalogues.update(project, "teams")
        assert 'msgid "Team"\nmsgid_plural "Teams"\nmsgstr[0] "团队"\n' in text_of(project)

    def test_two_plurals_of_one_message_are_refused(self, project):
        write(project.root, "teams/views.py", 'ngettext("Team", "Teams", n), ngettext("Team", "%d teams", n)')
        with pytest.raises(Unusable, match="two plurals"):
            catalogues.update(project, "teams")

    def test_an_unreadable_source_leaves_the_file_alone(self, project):
        catalogues.fill(project, "teams", {"Team": "团队"})
        before = text_of(project)
        write(project.root, "templates/teams/half.html", "{% blocktranslate %}not yet")
        with pytest.raises(Unusable, match="templates/teams/half.html: line 1"):
            catalogues.update(project, "teams")
        assert text_of(project) == before

    def test_an_app_that_says_nothing_has_no_file(self, project):
        catalogues.update(project, "teams")
        write(project.root, "teams/models.py", "")
        write(project.root, "templates/teams/_partials/rows.html", "")
        catalogues.update(project, "teams")
        assert not project.po("teams").exists()

    def test_placeholders_are_flagged_and_plain_percent_signs_are_not(self, project):
        write(project.root, "teams/views.py", '_("%(n)d of {all}"), _("10% off"), _("%s")')
        catalogues.update(project, "teams")
        flags = {catalogues.singular_of(e): e.flags for e in catalogues.entries(catalogues.updated(project, "teams"))}
        assert flags["%(n)d of {all}"] == {"python-format", "python-brace-format"}
        assert flags["%s"] == {"python-format"}
        assert flags["10% off"] == set()

    def test_conflict_markers_are_refused_and_doubles_of_a_merge_disappear(self, project):
        catalogues.fill(project, "teams", {"Team": "团队", "Rep": "业务员"})
        clean = text_of(project)
        entry = clean[clean.index("#: teams/models.py") :]
        project.po("teams").write_text(clean + "\n" + entry, encoding="utf-8")
        catalogues.update(project, "teams")
        assert text_of(project) == clean
        project.po("teams").write_text(f"{clean}\n<<<<<<< ours\n{entry}", encoding="utf-8")
        with pytest.raises(Unusable, match=r"django\.po"):
            catalogues.update(project, "teams")


class TestCompile:
    def compiled(self, project, app="teams"):
        with project.po(app).with_suffix(".mo").open("rb") as file:
            return gettext.GNUTranslations(file)

    def test_python_reads_what_was_compiled(self, project):
        write(project.root, "teams/views.py", 'ngettext("%d deal", "%d deals", n), pgettext("month", "May")')
        catalogues.fill(project, "teams", {"Team": "团队", "%d deal": "%d 个商机", "month|May": "五月"})
        assert catalogues.compile_all(project) == ["teams"]
        read = self.compiled(project)
        assert read.gettext("Team") == "团队"
        assert [read.ngettext("%d deal", "%d deals", n) for n in (1, 2)] == ["%d 个商机"] * 2
        assert read.pgettext("month", "May") == "五月"

    def test_untranslated_and_fuzzy_messages_stay_english_in_both_numbers(self, project):
        write(project.root, "teams/views.py", 'ngettext("a deal", "%d deals", n)')
        catalogues.fill(project, "teams", {"Team": "团队"})
        fuzzy = text_of(project).replace('msgid "Team"', '#, fuzzy\nmsgid "Team"')
        project.po("teams").write_text(fuzzy, encoding="utf-8")
        catalogues.compile_all(project)
        read = self.compiled(project)
        assert read.ngettext("a deal", "%d deals", 2) == "%d deals"
        assert read.gettext("Team") == "Team"

    def test_only_what_changed_is_compiled_again(self, project):
        catalogues.update(project, "teams")
        catalogues.update(project, "common")
        assert catalogues.compile_all(project) == ["common", "teams"]
        assert catalogues.compile_all(project) == []
        mo = project.po("teams").with_suffix(".mo")
        os.utime(mo, (1, 1))
        assert catalogues.compile_all(project) == ["teams"]

    def test_the_compiled_file_goes_with_its_catalogue(self, project):
        catalogues.update(project, "teams")
        catalogues.compile_all(project)
        project.po("teams").unlink()
        assert catalogues.compile_all(project) == []
        assert not project.po("teams").with_suffix(".mo").exists()


def entry(msgid, text, *, flags=()):
    return Entry(msgid, (text,) if isinstance(msgid, tuple) else text, flags=flags)


class TestFaults:
    @pytest.mark.parametrize(
        ("msgid", "text"),
        [
            ("Team", "团队"),
            ("%(a)s of %(b)s", "%(b)s 中的 %(a)s"),
            ("%s: %d", "%s：%d"),
            ("10% off", "九折，10%"),
            ("%(a)s, 10%%", "%(a)s，10%%"),
            (("one deal", "%(n)s deals"), "%(n)s 个商机"),
            (("%(who)s has a deal", "%(n)s deals"), "%(who)s 有 %(n)s 个商机"),
            ("{a} and {b:.1f}", "{b:.1f} 和 {a}"),
            ("Type { to begin", "输入 { 开始"),
            ('<a href="%(url)s">Open</a> <b>it</b>', '<b>它</b><a href="%(url)s">打开</a>'),
            ("KPI (Excel)", "KPI (Excel)"),
            ("%(a)s – %(b)s", "%(a)s – %(b)s"),
            ("1.0", "1.0"),
        ],
    )
    def test_a_good_translation_has_none(self, msgid, text):
        assert faults(entry(msgid, text)) == []

    @pytest.mark.parametrize(
        ("msgid", "text", "fault"),
        [
            ("Team", "", "is not translated"),
            (("deal", "deals"), "", "is not translated"),
            ("Hi %(name)s", "你好 %(nmae)s", "other placeholders"),
            ("Hi %(name)s", "你好", "other placeholders"),
            ("Hi", "你好 %(name)s", "other placeholders"),
            ("%(n)d deals", "%(n)s 个商机", "other placeholders"),
            ("%s: %d", "%d：%s", "other placeholders"),
            (("one deal", "%(n)s deals"), "一个商机", "other placeholders"),
            ("%(a)s, 10%% off", "%(a)s，优惠 10%。", "stray %"),
            ("{a} and {b}", "{a} 和 {c}", "other {fields}"),
            ("{a}", "{a", "unbalanced braces"),
            ("<b>Save</b>", "保存", "other markup"),
            ("<b>Save</b>", "<b>保存<b>", "other markup"),
            ("Save it", "Save it", "still English"),
        ],
    )
    def test_a_bad_one_is_named(self, msgid, text, fault):
        assert any(fault in found for found in faults(entry(msgid, text)))

    def test_a_guess_is_not_a_translation(self):
        assert faults(entry("Team", "团队", flags=["fuzzy"])) == ["is fuzzy"]


class TestFindings:
    @pytest.fixture
    def complete(self, project):
        catalogues.fill(project, "teams", {"Team": "团队", "Rep": "业务员"})
        catalogues.fill(
            project, "common", {"Save": "保存", "Sales": "销售", "Home": "首页", "Hello": "你好", "Not here": "不在这里"}
        )
        return project

    def test_a_complete_project_has_none(self, complete):
        assert findings(complete) == []

    def test_each_names_the_app_and_the_place(self, complete):
        catalogues.fill(complete, "teams", {"Rep": ""})
        assert list(map(str, findings(complete))) == ["teams: 'Rep' is not translated  [templates/teams/_partials/rows.html]"]

    def test_a_new_message_makes_the_file_out_of_date(self, complete):
        write(complete.root, "teams/views.py", '_("Save")')  # known in common, so it is translated at once
        assert list(map(str, findings(complete))) == ["teams: out of date; run `manage.py messages teams`"]

    def test_a_missing_file_is_out_of_date(self, complete):
        complete.po("teams").unlink()
        assert "teams: out of date; run `manage.py messages teams`" in map(str, findings(complete))

    def test_a_broken_source_is_reported_beside_the_other_apps(self, complete):
        write(complete.root, "teams/views.py", '_(f"{x}")')
        catalogues.fill(complete, "common", {"Save": ""})
        assert [finding.app for finding in findings(complete)] == ["common", "teams"]

    def test_two_words_for_one_thing_name_both_apps(self, complete):
        write(complete.root, "common/words.py", '_("Save"), _("Team")')
        catalogues.fill(complete, "common", {"Team": "小组"})
        assert list(map(str, conflicts(complete))) == ["teams: 'Team' is '团队' here but '小组' in common"]

    def test_the_same_word_in_another_context_may_differ(self, complete):
        write(complete.root, "common/words.py", '_("Save"), pgettext("sports", "Team")')
        catalogues.fill(complete, "common", {"sports|Team": "球队"})
        assert conflicts(complete) == []


class TestTheCommand:
    @pytest.fixture
    def run(self, project, monkeypatch):
        monkeypatch.setattr(messages, "our_project", lambda: project)

        def run(*arguments, given=None):
            monkeypatch.setattr("sys.stdin", io.StringIO(given if isinstance(given, str) else json.dumps(given)))
            out = SimpleNamespace(out=io.StringIO(), err=io.StringIO(), failed="")
            try:
                call_command(messages.Command(), *arguments, stdout=out.out, stderr=out.err, no_color=True)
            except CommandError as error:
                out.failed = str(error)
            return SimpleNamespace(out=out.out.getvalue(), err=out.err.getvalue(), failed=out.failed)

        return run

    def test_updates_compiles_and_lists_what_is_missing(self, run, project):
        done = run("teams")
        assert "teams: 2 messages, 2 untranslated\n  'Rep'  [templates/teams/_partials/rows.html]\n" in done.out
        assert done.failed == ""
        assert project.po("teams").with_suffix(".mo").exists()
        assert not project.po("common").exists()

    def test_one_broken_app_does_not_stop_the_others(self, run, project):
        write(project.root, "common/words.py", '_(f"{x}")')
        done = run()
        assert "common/words.py: line 1" in done.failed
        assert "teams: 2 messages" in done.out

    def test_check_changes_nothing_and_fails(self, run, project):
        done = run("--check")
        assert done.failed == "9 findings"
        assert "teams: 'Team' is not translated" in done.err
        assert not project.po("teams").exists()

    def test_bulk_translation_goes_round(self, run, project):
        todo = json.loads(run("--todo", "teams").out)
        assert todo == {"Rep": "", "Team": ""}
        done = run("--set", "teams", given=dict.fromkeys(todo, "字"))
        assert (done.failed, done.out) == ("", "teams: 2 translations stored\ncompiled teams\n")
        assert json.loads(run("--todo", "teams").out) == {}

    def test_set_without_an_app_reaches_every_app_that_has_the_message(self, run, project):
        write(project.root, "common/words.py", '_("Team")')
        run("--set", given={"Team": "团队"})
        assert catalogues.translation_of(entry_of(project, "Team", "common")) == "团队"
        assert catalogues.translation_of(entry_of(project, "Team", "teams")) == "团队"

    def test_set_stores_the_good_and_names_the_bad(self, run, project):
        write(project.root, "teams/views.py", '_("Hi %(name)s")')
        done = run("--set", "teams", given={"Team": "团队", "Hi %(name)s": "你好", "Ghost": "鬼"})
        assert "no such message: 'Ghost'" in done.err
        assert "other placeholders" in done.err
        assert done.failed
        assert catalogues.translation_of(entry_of(project, "Team")) == "团队"

    @pytest.mark.parametrize("given", ["[", '["a"]', '{"Team": ["团队"]}'])
    def test_set_refuses_what_is_not_a_table_of_texts(self, run, project, given):
        assert run("--set", "teams", given=given).failed
        assert not project.po("teams").exists()

    def test_refuses_an_unknown_app(self, run):
        assert run("ghosts").failed == "No such app: ghosts"

    def test_needs_no_database(self):
        assert messages.Command.requires_system_checks == []
        assert messages.Command.requires_migrations_checks is False
