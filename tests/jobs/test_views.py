import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from common.tenancy import company_scope
from jobs.models import Job
from tests.signing_in import BACKEND


@pytest.fixture
def lantern(cast, client, monkeypatch):
    monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", lambda **_: None)
    client.force_login(cast.amir.user, backend=BACKEND)
    return cast


def make_job(cast, **fields):
    with company_scope(cast.lantern):
        return Job.objects.create(**{"kind": "targets.rollup"} | fields)


class TestList:
    def test_shows_each_kind_with_its_last_run_and_who_started_it(self, lantern, client):
        now = timezone.now()
        result = {"days": 1, "totals": 12, "attainments": 34}
        make_job(lantern, status="DONE", started_at=now, finished_at=now, result=result, requested_by=lantern.dora.user)
        page = client.get("/lantern/jobs/").content.decode()
        assert "Nightly roll-up" in page
        assert "Weekly ranking" in page
        assert "Figures corrected: 34." in page
        assert "Dora" in page

    def test_says_why_one_failed_and_offers_to_try_again(self, lantern, client):
        job = make_job(lantern, status="FAILED", error="<b>disk full</b>")
        page = client.get("/lantern/jobs/").content.decode()
        assert "&lt;b&gt;disk full" in page
        assert f"/lantern/jobs/{job.pk}/retry/" in page

    def test_narrows_by_kind_and_state_and_bears_nonsense(self, lantern, client):
        make_job(lantern, status="FAILED", error="the first one")
        make_job(lantern, kind="targets.ranking", status="DONE")
        assert "the first one" in client.get("/lantern/jobs/?kind=targets.rollup&status=FAILED").content.decode()
        assert "No run matches" in client.get("/lantern/jobs/?kind=targets.ranking&status=FAILED").content.decode()
        assert client.get("/lantern/jobs/?kind=%00&status=x&page=-3").status_code == 200

    def test_costs_the_same_for_one_run_and_for_twenty(
        self, lantern, client, django_assert_num_queries, django_assert_max_num_queries
    ):
        make_job(lantern, status="DONE")
        with django_assert_max_num_queries(40) as one:
            client.get("/lantern/jobs/")
        for _time in range(20):
            make_job(lantern, status="DONE", requested_by=lantern.dora.user)
        with django_assert_num_queries(len(one.captured_queries)):
            client.get("/lantern/jobs/")

    def test_is_closed_to_who_may_not_run_jobs(self, lantern, client):
        for member in (lantern.asha, lantern.bela, lantern.hana):
            client.force_login(member.user, backend=BACKEND)
            assert client.get("/lantern/jobs/").status_code == 403


class TestStart:
    def test_asks_for_the_job_once_however_often_it_is_pressed(self, lantern, client):
        for _press in range(2):
            assert client.post("/lantern/jobs/start/targets.rollup/").status_code == 302
        with company_scope(lantern.lantern):
            assert list(Job.objects.values_list("kind", "requested_by")) == [("targets.rollup", lantern.amir.user.pk)]
            assert AuditEntry.objects.filter(action="jobs.job.started").count() == 1

    def test_knows_only_kinds_that_people_may_start(self, lantern, client):
        for kind in ("targets.refresh", "nothing", "exchange.import"):
            assert client.post(f"/lantern/jobs/start/{kind}/").status_code == 404

    def test_refuses_a_rep_and_a_get(self, lantern, client):
        assert client.get("/lantern/jobs/start/targets.rollup/")["Location"] == "/lantern/jobs/"
        client.force_login(lantern.asha.user, backend=BACKEND)
        assert client.post("/lantern/jobs/start/targets.rollup/").status_code == 403
        with company_scope(lantern.lantern):
            assert not Job.objects.exists()


class TestRetry:
    def test_asks_for_the_same_work_again(self, lantern, client):
        job = make_job(lantern, status="FAILED", arguments={"slot": "2026-03-02"})
        client.post(f"/lantern/jobs/{job.pk}/retry/")
        client.post(f"/lantern/jobs/{job.pk}/retry/")
        with company_scope(lantern.lantern):
            assert [j.arguments for j in Job.objects.filter(status="QUEUED")] == [{"slot": "2026-03-02"}]

    def test_leaves_alone_what_did_not_fail_and_what_is_not_ours(self, lantern, client):
        done = make_job(lantern, status="DONE")
        with company_scope(lantern.rival):
            foreign = Job.objects.create(kind="targets.rollup", status="FAILED")
        for job in (done, foreign):
            assert client.post(f"/lantern/jobs/{job.pk}/retry/").status_code == 404


class TestFollow:
    def test_asks_itself_again_until_it_is_over(self, lantern, client):
        job = make_job(lantern, status="RUNNING")
        assert "hx-get" in client.get(f"/lantern/jobs/{job.pk}/progress/").content.decode()
        with company_scope(lantern.lantern):
            Job.objects.update(status="FAILED", error="no room")
        page = client.get(f"/lantern/jobs/{job.pk}/progress/").content.decode()
        assert "hx-get" not in page
        assert "no room" in page

    def test_is_for_who_asked_and_who_may_run_jobs(self, lantern, client):
        job = make_job(lantern, requested_by=lantern.asha.user)
        for member, status in ((lantern.asha, 200), (lantern.dora, 200), (lantern.ben, 404)):
            client.force_login(member.user, backend=BACKEND)
            assert client.get(f"/lantern/jobs/{job.pk}/progress/").status_code == status
