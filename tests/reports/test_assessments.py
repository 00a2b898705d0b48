"""The assessment: who is assessed by what, who gives scores, who sees which sheet, what is refused."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from accounts.services import found_company
from common.periods import Period
from common.tenancy import company_scope
from reports import services
from reports.models import AssessmentGrade, Indicator, ManualScore, Remark
from reports.queries import assessments
from targets.models import Metric
from teams.queries import sight_of

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
ON = date(2026, 3, 20)
URL = "/lantern/assessments/"


def assess():
    return assessments.assess(quarter=QUARTER, on=ON)


def sheet_of(member):
    return assess().sheet_of(member.person.pk)


def indicator(name):
    return Indicator.objects.get(name_en=name)


def give(member, points, *, name="Attitude", by):
    key = (member.person.pk, indicator(name).pk)
    points = None if points is None else Decimal(points)
    return services.give_scores(quarter=QUARTER, scores={key: points}, remarks={}, by=by.user)


class TestAssess:
    def test_scores_a_metric_by_attainment_within_its_bounds(self, quarter_story):
        lines = {line.indicator.indicator_id: line for line in sheet_of(quarter_story.asha).lines}
        revenue = lines[Indicator.objects.get(metric__code="revenue").pk]
        assert (revenue.target, revenue.actual, revenue.attainment, revenue.score) == (1_000_00, 1_200_00, 120, 120)
        Indicator.objects.filter(metric__code="revenue").update(cap_percent=110)
        assert sheet_of(quarter_story.asha).lines[0].score == 110
        Indicator.objects.filter(metric__code="revenue").update(floor_percent=60)
        assert sheet_of(quarter_story.ada).lines[0].score == 60

    def test_lines_without_a_score_drop_out_and_the_points_add_up_to_the_total(self, quarter_story):
        sheet = sheet_of(quarter_story.asha)
        # Revenue 120 × 40 and visits 50 × 10 have a score; profit and cash have no target, attitude and teamwork no hand yet.
        assert sheet.total == (Decimal(120) * 40 + Decimal(50) * 10) / 50
        assert sum(line.points for line in sheet.lines if line.points is not None) == sheet.total
        assert sheet.missing == 2

    def test_nobody_without_any_score_has_a_total_or_a_grade(self, quarter_story):
        sheet = sheet_of(quarter_story.ben)
        assert (sheet.total, sheet.grade) == (None, None)
        assert assess().sheets[-1].total is None

    def test_who_leads_is_assessed_by_the_units_figures(self, quarter_story):
        sheet = sheet_of(quarter_story.bela)
        assert (sheet.figures_of, sheet.lines[0].target, sheet.lines[0].actual) == ("Team One", 1_500_00, 1_450_00)

    def test_hr_and_admins_who_do_not_sell_are_not_assessed(self, quarter_story):
        assert {s.name for s in assess().sheets} == {"Asha", "Ada", "Ben", "Bela", "Boris", "Dora"}

    def test_less_is_better_where_the_metric_says_so(self, quarter_story):
        Metric.objects.filter(code="revenue").update(is_lower_better=True)
        assert sheet_of(quarter_story.asha).lines[0].score == 80
        assert sheet_of(quarter_story.ada).lines[0].score == 120

    def test_grades_are_shared_out_within_a_role_and_ties_share_the_better_one(self, quarter_story):
        Indicator.objects.exclude(name_en="Attitude").update(is_active=False)
        for member, points in ((quarter_story.asha, 90), (quarter_story.ada, 90), (quarter_story.ben, 60)):
            give(member, points, by=quarter_story.amir)
        give(quarter_story.bela, 10, by=quarter_story.amir)
        grades = {s.name: s.grade for s in assess().sheets}
        # Of three reps one may be A and two B; Asha and Ada tie. Bela leads, and is the only manager with a total.
        assert grades == {"Asha": "A", "Ada": "A", "Ben": "B", "Bela": "B", "Boris": None, "Dora": None}

    def test_costs_the_same_for_one_more_person(self, quarter_story, django_assert_num_queries):
        with django_assert_num_queries(8):
            assert len(assess().sheets) == 6

    def test_a_past_quarter_shows_who_was_there_then(self, quarter_story):
        before = Period(date(2023, 10, 1), date(2024, 1, 1))
        assert assessments.assess(quarter=before, on=ON).sheets == ()


class TestReadiness:
    def test_counts_people_with_every_score_by_hand(self, quarter_story):
        sight = _sight(quarter_story.bela)
        assert assessments.readiness(QUARTER, sight, ON) == (3, 0, 0)
        for name in ("Attitude", "Teamwork"):
            give(quarter_story.asha, 80, name=name, by=quarter_story.bela)
        assert assessments.readiness(QUARTER, sight, ON).scored == 1


def _sight(member):
    return sight_of(membership=member.membership, on=ON)


class TestGiveScores:
    def test_writes_changes_and_takes_back_with_a_trail(self, quarter_story):
        assert give(quarter_story.asha, Decimal("80.5"), by=quarter_story.bela) == 1
        assert give(quarter_story.asha, Decimal("80.5"), by=quarter_story.bela) == 0
        assert give(quarter_story.asha, 70, by=quarter_story.dora) == 1
        assert ManualScore.objects.get().score == 70
        assert give(quarter_story.asha, None, by=quarter_story.bela) == 1
        assert not ManualScore.objects.exists()
        assert list(
            AuditEntry.objects.filter(action__startswith="reports.score").order_by("pk").values_list("action", flat=True)
        ) == [
            "reports.score.given",
            "reports.score.given",
            "reports.score.withdrawn",
        ]

    @pytest.mark.parametrize("points", [Decimal("-0.1"), Decimal("100.1"), Decimal("80.55"), Decimal("NaN"), Decimal(10) ** 40])
    def test_refuses_what_is_no_score_and_stores_nothing(self, quarter_story, points):
        asha, ada = quarter_story.asha.person.pk, quarter_story.ada.person.pk
        scores = {(ada, indicator("Attitude").pk): Decimal(50), (asha, indicator("Attitude").pk): points}
        with pytest.raises(services.AssessmentRefused):
            services.give_scores(quarter=QUARTER, scores=scores, remarks={asha: "well"}, by=quarter_story.bela.user)
        assert not ManualScore.objects.exists()
        assert not Remark.objects.exists()


class TestBuiltIn:
    def test_a_new_company_has_indicators_that_add_up_and_grades(self, db):
        company = found_company(name="New Ltd.", slug="new-ltd", admin_name="Nia", admin_email="nia@example.com", by=None)
        with company_scope(company):
            assert sum(Indicator.objects.values_list("weight", flat=True)) == 100
            assert list(Indicator.objects.filter(metric=None).values_list("name_en", "weight")) == [
                ("Attitude", 10),
                ("Teamwork", 10),
            ]
            assert list(AssessmentGrade.objects.values_list("name", "percent")) == [("A", 20), ("B", 60), ("C", 20)]

    def test_what_the_company_changed_stays(self, lantern):
        Indicator.objects.exclude(name_en="Attitude").delete()
        services.add_builtin_assessment()
        assert Indicator.objects.count() == 1


class TestOverview:
    @pytest.mark.parametrize(
        ("who", "seen"),
        [
            ("bela", {"Asha", "Ada", "Bela"}),
            ("dora", {"Asha", "Ada", "Bela", "Ben", "Boris", "Dora"}),
            ("hana", {"Asha", "Ada", "Bela", "Ben", "Boris", "Dora"}),
        ],
    )
    def test_shows_the_people_in_sight(self, quarter_story, as_, who, seen):
        response = as_(getattr(quarter_story, who)).get(URL)
        assert {s.name for s in response.context["page"]} == seen

    def test_is_not_for_reps(self, quarter_story, as_):
        assert as_(quarter_story.asha).get(URL).status_code == 403

    def test_narrows_by_unit_and_by_missing_scores_and_sorts(self, quarter_story, as_):
        client = as_(quarter_story.hana)
        assert {s.name for s in client.get(URL, {"unit": quarter_story.two.pk}).context["page"]} == {"Ben", "Boris"}
        for name in ("Attitude", "Teamwork"):
            give(quarter_story.ben, 30, name=name, by=quarter_story.boris)
        assert {s.name for s in client.get(URL, {"unit": quarter_story.two.pk, "missing": "1"}).context["page"]} == {"Boris"}
        names = [s.name for s in client.get(URL, {"sort": "total"}).context["page"]]
        assert names[:2] == ["Ben", "Ada"]
        assert names[-2:] == ["Boris", "Dora"]

    def test_warns_when_the_weights_do_not_add_up(self, quarter_story, as_):
        client = as_(quarter_story.hana)
        assert "not to 100" not in client.get(URL).content.decode()
        Indicator.objects.filter(name_en="Attitude").update(weight=20)
        assert "add up to 110 %, not to 100 %" in client.get(URL).content.decode()

    @pytest.mark.parametrize(
        "query",
        [
            "period=2026",
            "period=2026-13",
            "period=2027-Q1",
            "period=%00",
            "unit=x",
            "unit=99999999999999999999",
            "unit=1%00",
            "sort=pk",
        ],
    )
    def test_hostile_parameters_are_not_found(self, quarter_story, as_, query):
        assert as_(quarter_story.hana).get(f"{URL}?{query}").status_code == 404

    def test_a_manager_cannot_narrow_to_another_team(self, quarter_story, as_):
        assert as_(quarter_story.bela).get(URL, {"unit": quarter_story.two.pk}).status_code == 404

    def test_costs_the_same_for_more_people(self, quarter_story, as_, django_assert_max_num_queries):
        client = as_(quarter_story.hana)
        client.get(URL)
        with django_assert_max_num_queries(30):
            client.get(URL)


class TestSheet:
    def path(self, member):
        return f"{URL}people/{member.person.pk}/"

    def test_shows_ones_own_sheet_but_not_a_peers(self, quarter_story, as_):
        client = as_(quarter_story.asha)
        assert "106.0" in client.get(self.path(quarter_story.asha)).content.decode()
        assert client.get(self.path(quarter_story.ada)).status_code == 404
        assert client.get(self.path(quarter_story.bela)).status_code == 404

    def test_says_that_somebody_is_not_assessed(self, quarter_story, as_):
        response = as_(quarter_story.hana).get(self.path(quarter_story.hana))
        assert "Not assessed" in response.content.decode()

    def test_writes_remarks_as_text(self, quarter_story, as_):
        asha = quarter_story.asha.person.pk
        services.give_scores(quarter=QUARTER, scores={}, remarks={asha: "<b>bold</b>"}, by=quarter_story.bela.user)
        assert "&lt;b&gt;bold" in as_(quarter_story.asha).get(self.path(quarter_story.asha)).content.decode()

    def test_prints_the_sheets_of_ones_people(self, quarter_story, as_):
        response = as_(quarter_story.bela).get(f"{URL}paper/")
        assert {s.name for s in response.context["sheets"]} == {"Asha", "Ada", "Bela"}


class TestScorePage:
    path = f"{URL}scores/"

    def post(self, client, quarter_story, **values):
        names = {"attitude": indicator("Attitude").pk, "teamwork": indicator("Teamwork").pk}
        data = {}
        for key, value in values.items():
            who, _sep, what = key.partition("_")
            pk = getattr(quarter_story, who).person.pk
            data[f"score-{pk}-{names[what]}" if what in names else f"remark-{pk}"] = value
        return client.post(self.path, data)

    def test_saves_what_was_sent_and_nothing_else(self, quarter_story, as_):
        give(quarter_story.ada, 40, by=quarter_story.bela)
        response = self.post(
            as_(quarter_story.bela), quarter_story, asha_attitude="88.5", asha_remark="Calm with hard customers"
        )
        assert response.status_code == 302
        assert sorted(ManualScore.objects.values_list("score", flat=True)) == [40, Decimal("88.5")]
        assert Remark.objects.get().text == "Calm with hard customers"

    @pytest.mark.parametrize("bad", ["101", "-1", "NaN", "1e40", "50.55", "viel", "\x00", "9" * 400])
    def test_marks_a_bad_score_at_its_field_and_stores_nothing(self, quarter_story, as_, bad):
        response = self.post(as_(quarter_story.bela), quarter_story, asha_attitude=bad, ada_attitude="50")
        assert response.status_code == 200
        assert "is-invalid" in response.content.decode()
        assert not ManualScore.objects.exists()

    def test_nobody_scores_themselves_or_people_out_of_sight(self, quarter_story, as_):
        client = as_(quarter_story.bela)
        assert [sheet.name for sheet, _scores, _remark in client.get(self.path).context["rows"]] == ["Ada", "Asha"]
        self.post(client, quarter_story, bela_attitude="100", ben_attitude="0")
        assert not ManualScore.objects.exists()

    def test_a_director_scores_the_managers_below(self, quarter_story, as_):
        names = {sheet.name for sheet, _scores, _remark in as_(quarter_story.dora).get(self.path).context["rows"]}
        assert names == {"Asha", "Ada", "Bela", "Ben", "Boris"}

    @pytest.mark.parametrize("who", ["asha", "hana"])
    def test_is_for_those_who_score(self, quarter_story, as_, who):
        assert as_(getattr(quarter_story, who)).get(self.path).status_code == 403
