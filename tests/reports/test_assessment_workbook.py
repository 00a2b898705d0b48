"""The assessment workbook: live formulas that give what the rules give, sheets one can print, texts that stay texts."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from common.periods import Period
from reports import services
from reports.exports.assessment_workbook import file_name_of, write_assessment_workbook
from reports.exports.person_sheet import SCORE, TARGET
from reports.models import AssessmentGrade, Indicator
from reports.queries.assessments import assessed_in
from targets.models import Metric
from teams.models import Person, Unit
from tests.reports.spreadsheet import Book

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
ON = date(2026, 3, 20)
NO_VALUE = "—"


def write(story, unit=None, **changes):
    unit = unit or story.root
    about = {"company": story.lantern, "unit_name": unit.name, "made_at": datetime(2026, 3, 20, 9, tzinfo=UTC)} | changes
    assessment = assessed_in(unit, quarter=QUARTER, on=ON)
    return assessment, Book(write_assessment_workbook(assessment, **about))


def score_everybody(story):
    for name, points in (("Attitude", "80.5"), ("Teamwork", "66")):
        indicator = Indicator.objects.get(name_en=name)
        scores = {(getattr(story, who).person.pk, indicator.pk): Decimal(points) for who in ("asha", "bela", "ben")}
        services.give_scores(quarter=QUARTER, scores=scores, remarks={story.asha.person.pk: "=1+1"}, by=story.dora.user)


def overview_rows(book):
    sheet = book.sheets[0]
    [head] = [row for (column, row), text in book.cells[sheet].items() if column == 1 and text == "No."]
    titles = {text: column for (column, row), text in book.cells[sheet].items() if row == head}
    people = [row for (column, row) in book.cells[sheet] if column == 1 and row > head]
    return sheet, titles, sorted(people)


class TestOrigins:
    def test_every_actual_leads_to_what_it_is_made_of_and_stays_a_number(self, quarter_story, settings):
        settings.BASE_URL = "https://sales.example"
        assessment, book = write(quarter_story)
        asha, bela = (next(sheet for sheet in book.sheets if sheet.endswith(f" {name}")) for name in ("Asha", "Bela"))
        own = next(sheet for sheet in assessment.sheets if sheet.name == "Asha")
        line = next(line for line in own.lines if line.indicator.metric == "revenue")
        address = f"https://sales.example/lantern/figures/?metric=revenue&person={own.person_id}&period=2026-Q1"
        [place] = [place for place, link in book.links(asha).items() if link == address]
        assert book.cells[asha][place] == line.actual / 100 > 0
        # Who leads is assessed by the unit's figures.
        assert all(f"&unit={quarter_story.one.pk}&" in link for link in book.links(bela).values())


class TestFormulas:
    def test_every_formula_gives_the_value_it_carries(self, quarter_story):
        score_everybody(quarter_story)
        Metric.objects.filter(code="visits").update(is_lower_better=True)
        _assessment, book = write(quarter_story)
        checked = 0
        for sheet in book.sheets:
            for place in book.formulas[sheet]:
                carried, worked_out = book.cells[sheet].get(place), book.calculated(sheet, place)
                if isinstance(carried, float):
                    assert worked_out == pytest.approx(carried, abs=1e-9), (sheet, place, book.formulas[sheet][place])
                else:
                    assert worked_out == carried, (sheet, place, book.formulas[sheet][place])
                checked += 1
        assert checked > 100

    def test_totals_and_grades_are_those_of_the_rules(self, quarter_story):
        score_everybody(quarter_story)
        assessment, book = write(quarter_story)
        sheet, titles, rows = overview_rows(book)
        shown = {
            book.cells[sheet][titles["Name"], row]: (
                book.calculated(sheet, (titles["Total"], row)),
                book.calculated(sheet, (titles["Assessment grade"], row)),
            )
            for row in rows
        }
        assert len(shown) == 6
        for person in assessment.sheets:
            total, grade = shown[person.name]
            if person.total is None:
                assert (total, grade) == (NO_VALUE, NO_VALUE)
            else:
                assert total == pytest.approx(float(person.total))
                assert grade == person.grade

    def test_a_changed_cell_moves_attainment_score_total_place_and_overview(self, quarter_story):
        score_everybody(quarter_story)
        _assessment, book = write(quarter_story)
        sheet, titles, rows = overview_rows(book)
        [row] = [row for row in rows if book.cells[sheet][titles["Name"], row] == "Ada"]
        [own] = [name for name in book.sheets if name.endswith("Ada")]
        first_line = 9
        before = book.calculated(sheet, (titles["Total"], row))
        book.cells[own][TARGET + 1, first_line] = 200.0  # instead of 500, with 250 reached: 125 %, capped at 120
        assert book.calculated(own, (SCORE + 1, first_line)) == 120
        assert book.calculated(sheet, (titles["Total"], row)) == pytest.approx(120) != before
        assert book.calculated(sheet, (titles["Place among the same role"], row)) == 1

    def test_without_a_target_there_is_no_attainment_and_the_weights_grow(self, quarter_story):
        _assessment, book = write(quarter_story)
        [own] = [name for name in book.sheets if name.endswith("Ada")]
        assert book.calculated(own, (5, 10)) == NO_VALUE
        assert book.calculated(own, (SCORE + 1, 10)) == NO_VALUE
        assert book.calculated(own, (SCORE + 1, 15)) == 50  # the total is that of revenue alone

    def test_a_team_has_the_grades_of_the_whole_company(self, quarter_story):
        score_everybody(quarter_story)
        whole, _book = write(quarter_story)
        assessment, book = write(quarter_story, quarter_story.two)
        assert [s.name for s in assessment.sheets] == ["Ben", "Boris"]
        sheet, titles, rows = overview_rows(book)
        assert (
            book.calculated(sheet, (titles["Assessment grade"], rows[0])) == whole.sheet_of(quarter_story.ben.person.pk).grade
        )

    @pytest.mark.parametrize(
        "shares", [[("S", 100)], [("A", 0), ("B", 0), ("C", 100)], [("A", 25), ('B"', 25), ("C", 25), ("D", 25)]]
    )
    def test_any_grades_of_a_company_work(self, quarter_story, shares):
        score_everybody(quarter_story)
        AssessmentGrade.objects.all().delete()
        services.save_grades(shares=shares, by=quarter_story.amir.user)
        assessment, book = write(quarter_story)
        sheet, titles, rows = overview_rows(book)
        by_name = {s.name: s.grade or NO_VALUE for s in assessment.sheets}
        for row in rows:
            assert book.calculated(sheet, (titles["Assessment grade"], row)) == by_name[book.cells[sheet][titles["Name"], row]]

    def test_a_company_without_indicators_still_has_a_workbook(self, quarter_story):
        Indicator.objects.all().delete()
        _assessment, book = write(quarter_story)
        sheet, titles, rows = overview_rows(book)
        assert {book.calculated(sheet, (titles["Total"], row)) for row in rows} == {NO_VALUE}


class TestTexts:
    @pytest.mark.parametrize(
        "name", ["=cmd()", "+1", "@x", "a" * 80, "[x]:*?/\\", "O'Neill & Söhne", "'quoted'", "history", "\x01odd"]
    )
    def test_any_name_gives_a_sheet_and_stays_a_text(self, quarter_story, name):
        Person.objects.filter(pk=quarter_story.ada.person.pk).update(name=name)
        Unit.objects.filter(pk=quarter_story.one.pk).update(name=name)
        _assessment, book = write(quarter_story)
        assert len(book.sheets) == 7
        assert all(len(sheet) <= 31 and not set(sheet) & set("[]:*?/\\") for sheet in book.sheets)
        sheet, titles, rows = overview_rows(book)
        names = {book.cells[sheet][titles["Name"], row] for row in rows}
        assert name.replace("\x01", "") in names
        for row in rows:
            assert (titles["Name"], row) not in book.formulas[sheet]
            book.calculated(sheet, (titles["Total"], row))

    def test_people_of_one_name_have_a_sheet_each(self, quarter_story):
        Person.objects.update(name="Wang")
        _assessment, book = write(quarter_story)
        assert len({sheet.casefold() for sheet in book.sheets}) == 7

    def test_a_remark_that_looks_like_a_formula_stays_a_text(self, quarter_story):
        score_everybody(quarter_story)
        _assessment, book = write(quarter_story)
        [own] = [name for name in book.sheets if name.endswith("Asha")]
        [place] = [place for place, text in book.cells[own].items() if text == "=1+1"]
        assert place not in book.formulas[own]

    def test_speaks_the_language_that_is_active(self, quarter_story):
        with translation.override("en"):
            _assessment, book = write(quarter_story)
            assert book.sheets[0] == "Overview"
            assert file_name_of(quarter_story.one, QUARTER, quarter_story.lantern) == "Assessment 2026-Q1 Team One.xlsx"
        with translation.override("zh-hans"):
            _assessment, book = write(quarter_story)
            assert book.sheets[0] == translation.gettext("Overview")


class TestPaper:
    def test_prints_on_a4_one_page_wide_with_page_numbers_and_lines_to_sign_on(self, quarter_story):
        _assessment, book = write(quarter_story)
        overview, own = book.setup(book.sheets[0]), book.setup(book.sheets[1])
        for setup, orientation in ((overview, "landscape"), (own, "portrait")):
            assert f'paperSize="9" orientation="{orientation}"' in setup or (
                f'orientation="{orientation}"' in setup and 'paperSize="9"' in setup
            )
            assert 'fitToHeight="0"' in setup
            assert "&amp;C&amp;P / &amp;N" in setup
            assert "<oddHeader>&amp;LLantern Ltd.&amp;RQ1 2026</oddHeader>" in setup
        assert "<pane " in overview
        assert "<autoFilter " in overview
        workbook = book.archive.read("xl/workbook.xml").decode()
        assert "_xlnm.Print_Titles" in workbook
        texts = set(book.cells[book.sheets[1]].values())
        assert {"Person, date", "Manager, date", "HR, date"} <= texts

    def test_tells_how_far_it_is(self, quarter_story):
        told = []
        write(quarter_story, progress=lambda done, total: told.append((done, total)))
        assert told == [(n, 6) for n in range(1, 7)]
