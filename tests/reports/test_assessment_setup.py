"""What people are assessed by, on its page, and the workbooks of a quarter."""

from datetime import date
from uuid import uuid4

import pytest

from accounts.models import AuditEntry
from common.periods import Period
from common.tenancy import company_scope
from jobs import services as jobs
from jobs.models import Job
from reports import rules, services
from reports.models import AssessmentExport, Indicator
from reports.queries import assessments

QUARTER = Period(date(2026, 1, 1), date(2026, 4, 1))
ON = date(2026, 3, 20)
URL = "/lantern/assessments/"


class TestIndicatorsPage:
    path = f"{URL}indicators/"

    def filled(self, client, **changes):
        table = client.get(self.path).context["table"]
        data = {"form": "indicators"}
        for field in table.management_form:
            data[field.html_name] = field.value()
        for line in table:
            for field in line:
                if field.value() is not None and field.value() is not False:
                    data[field.html_name] = field.value()
        return data | {f"indicator-{key}": value for key, value in changes.items()}

    def test_hr_and_admin_change_indicators_and_nobody_who_is_assessed_by_them(self, quarter_story, as_):
        for who in ("asha", "bela", "dora"):
            client = as_(getattr(quarter_story, who))
            assert client.get(self.path).status_code == 403
            assert self.path not in client.get(URL).content.decode()
        for who in ("hana", "amir"):
            client = as_(getattr(quarter_story, who))
            assert client.get(self.path).status_code == 200
            assert self.path in client.get(URL).content.decode()

    def test_changes_one_adds_one_and_keeps_a_trail(self, quarter_story, as_):
        client = as_(quarter_story.amir)
        data = self.filled(
            client, **{"0-weight": "30", "6-name": "Reports", "6-weight": "10", "6-position": "9", "6-cap_percent": "100"}
        )
        assert client.post(self.path, data).status_code == 302
        assert Indicator.objects.get(name="Reports").metric is None
        assert sum(Indicator.objects.filter(is_active=True).values_list("weight", flat=True)) == 100
        actions = set(AuditEntry.objects.filter(action__startswith="reports.indicator").values_list("action", flat=True))
        assert actions == {"reports.indicator.changed", "reports.indicator.added"}

    @pytest.mark.parametrize(
        "changes",
        [
            {"0-weight": "0"},
            {"0-weight": "101"},
            {"0-weight": "9" * 40},
            {"0-name": ""},
            {"0-name": "x" * 81},
            {"0-name": "a\x00b"},
            {"0-metric": "999999999999999999999"},
            {"0-metric": "x"},
            {"0-floor_percent": "130"},
            {"0-id": "987654"},
            {"0-id": ""},
            {"1-name": "same", "2-name": "same"},
            {"TOTAL_FORMS": "x"},
            {"TOTAL_FORMS": "100000"},
            {"INITIAL_FORMS": "0"},
            {"INITIAL_FORMS": "0x10"},
        ],
    )
    def test_bad_values_are_named_and_nothing_is_stored(self, quarter_story, as_, changes):
        before = list(Indicator.objects.values_list())
        client = as_(quarter_story.amir)
        response = client.post(self.path, self.filled(client, **changes))
        assert response.status_code == 200
        assert list(Indicator.objects.values_list()) == before

    def test_an_indicator_of_a_rival_cannot_be_named(self, quarter_story, as_):
        with company_scope(quarter_story.rival):
            theirs = Indicator.objects.create(name="Theirs", weight=5)
        client = as_(quarter_story.amir)
        assert client.post(self.path, self.filled(client, **{"0-id": str(theirs.pk)})).status_code == 200
        with company_scope(quarter_story.rival):
            assert Indicator.objects.get().name == "Theirs"

    def grades(self, *lines):
        data = {"form": "grades", "grade-TOTAL_FORMS": "6", "grade-INITIAL_FORMS": "3"}
        for at, (name, percent) in enumerate(lines):
            data |= {f"grade-{at}-name": name, f"grade-{at}-percent": percent}
        return data

    def test_sets_the_grades(self, quarter_story, as_):
        response = as_(quarter_story.amir).post(self.path, self.grades(("S", "10"), ("A", "40"), ("B", "50")))
        assert response.status_code == 302
        assert [share.grade for share in assessments.grade_shares()] == ["S", "A", "B"]

    @pytest.mark.parametrize(
        "lines", [[("A", "50")], [], [("A", "50"), ("A", "50")], [("A", ""), ("B", "100")], [("A", "NaN")]]
    )
    def test_refuses_grades_that_do_not_add_up(self, quarter_story, as_, lines):
        assert as_(quarter_story.amir).post(self.path, self.grades(*lines)).status_code == 200
        assert [share.grade for share in assessments.grade_shares()] == ["A", "B", "C"]


class TestWorkbooks:
    path = f"{URL}workbooks/make/?period=2026-Q1"

    def test_makes_keeps_and_hands_out_again(self, quarter_story, as_):
        client = as_(quarter_story.hana)
        data = {"unit": quarter_story.one.pk, "client_ref": str(uuid4())}
        for _press in range(2):
            assert client.post(self.path, data).status_code == 302
        kept = AssessmentExport.objects.get()
        assert (kept.people, kept.created_by, kept.unit) == (3, quarter_story.hana.user, quarter_story.one)
        response = client.get(f"{URL}workbooks/{kept.pk}/")
        assert response.content == bytes(kept.content)
        assert kept.file_name in client.get(URL).content.decode()

    def test_many_people_are_done_in_the_background_once(self, quarter_story, as_, monkeypatch):
        monkeypatch.setattr(rules, "LONG_RUN", 2)
        client = as_(quarter_story.hana)
        for _press in range(2):
            client.post(self.path, {"unit": quarter_story.root.pk, "client_ref": str(uuid4())})
        job = Job.objects.get(kind=rules.WORKBOOK_JOB)
        assert not AssessmentExport.objects.exists()
        assert jobs.run(company_id=quarter_story.lantern.pk, job_id=job.pk)
        job.refresh_from_db()
        assert (job.status, job.error) == (Job.Status.DONE, "")
        assert AssessmentExport.objects.get().people == 6
        assert jobs.progress_of(job)[:2] == (6, 6)
        progress = f"{URL}workbooks/jobs/{job.pk}/"
        assert f"/lantern/assessments/workbooks/{job.result['export']}/" in client.get(progress).content.decode()
        assert as_(quarter_story.amir).get(progress).status_code == 404

    @pytest.mark.parametrize("who", ["asha", "bela", "dora"])
    def test_is_for_hr_and_admins(self, quarter_story, as_, who):
        client = as_(getattr(quarter_story, who))
        assert client.post(self.path, {"unit": quarter_story.one.pk}).status_code == 403
        assert not AssessmentExport.objects.exists()

    @pytest.mark.parametrize("unit", ["x", "0", "9" * 30, "1\x00"])
    def test_hostile_units_are_not_found(self, quarter_story, as_, unit):
        assert as_(quarter_story.hana).post(self.path, {"unit": unit}).status_code == 404

    def test_an_empty_unit_says_so(self, quarter_story, as_):
        response = as_(quarter_story.hana).post(self.path, {"unit": quarter_story.west.pk}, follow=True)
        assert "Nobody in West is assessed" in response.content.decode()
        assert not AssessmentExport.objects.exists()

    def test_a_rival_gets_none_of_ours(self, quarter_story, as_):
        kept = services.keep_workbook(
            quarter=QUARTER,
            unit=quarter_story.one,
            file_name="a.xlsx",
            content=b"x",
            people=1,
            client_ref=None,
            by=quarter_story.hana.user,
        )
        assert as_(quarter_story.rex).get(f"/rival/assessments/workbooks/{kept.pk}/").status_code == 404
