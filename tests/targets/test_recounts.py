"""A metric counted by another rule: whole by the old one until it is whole by the new one, whoever looks and whoever dies."""

from datetime import date

import pytest
from django.utils import timezone

from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from credits.closing_checks import findings_in
from credits.models import Recounting
from credits.queries.lens import Basis, Lens
from credits.rules.own import DatedBy, Part
from credits.services import posting
from jobs import services as jobs
from jobs.models import Job
from targets import rollups
from targets.models import Attainment, Metric
from targets.queries.attainment import attainments
from targets.queries.figures import figure_of
from targets.queries.live import live_rows
from targets.queries.windows import Window
from targets.services import metrics
from teams.models import Unit
from teams.queries import calendar_of
from tests.cast import make_cast
from tests.credits.stories import MARCH_3, make_deal

MARCH_1, APRIL_1 = date(2026, 3, 1), date(2026, 4, 1)
REVENUE, BY_SIGNING = Part("REVENUE"), Part("REVENUE", DatedBy.SIGNED)


@pytest.fixture
def lantern(committed, monkeypatch):
    """Three deals won in March and counted by that day; two of them were signed in April."""
    monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", lambda **_: None)
    monkeypatch.setattr(posting, "BATCH", 1)
    cast = make_cast()
    with company_scope(cast.lantern):
        metrics.add_builtin_metrics()
        for amount, signed_on in ((100, MARCH_3), (20, APRIL_1), (3, APRIL_1)):
            make_deal(cast.asha.person, amount=amount, signed_on=signed_on)
        cast.metric = metrics.add_own_metric(name="Signed", numerator=REVENUE, starts_on=date(2026, 1, 1), by=cast.amir.user)
        credits.post_all()
        rollups.refresh_dirty()
        Job.objects.all().delete()
    return cast


def count_by_signing(cast):
    """Let the metric count by the day of signing, and return the job that does it."""
    with company_scope(cast.lantern):
        metrics.activate_version(metric=cast.metric, numerator=BY_SIGNING, starts_on=date(2026, 1, 2), by=cast.amir.user)
        return Job.objects.get(kind="targets.recount", status=Job.Status.QUEUED)


def run(cast, job):
    return jobs.run(company_id=cast.lantern.pk, job_id=job.pk)


def figures(cast):
    """Return March and April of the company: as stored, added up by territory while one looks, and as credits."""
    with company_scope(cast.lantern):
        root = Unit.objects.get(parent=None)
        found = []
        for month in (MARCH_1, APRIL_1):
            stored = attainments(metric=cast.metric, span=Attainment.Span.MONTH, starts_on=month, unit_ids=[root.pk]).get(
                root.pk
            )
            period = month_of(month)
            lens = Lens(basis=Basis.TERRITORY)
            live = live_rows(metrics=[cast.metric], periods=[period], lens=lens, unit_ids=[root.pk])
            window = Window(period, None, lens)
            figure = figure_of(metric=cast.metric, window=window, calendar=calendar_of(cast.lantern), unit_id=root.pk)
            found.append((stored.numerator if stored else 0, live[0].numerator if live else 0, figure.parts[0].added_up))
    return found


OLD, NEW = [(123_00,) * 3, (0,) * 3], [(100_00,) * 3, (23_00,) * 3]


class TestRecount:
    def test_shows_the_old_rule_after_every_part_and_then_the_new_one_at_once(self, lantern, monkeypatch):
        job, seen = count_by_signing(lantern), []

        def look(*_args):
            with company_scope(lantern.lantern):
                rollups.refresh_open(today=timezone.localdate())
                rollups.refresh_dirty(today=timezone.localdate())
            seen.append(figures(lantern))

        monkeypatch.setattr(jobs, "_progress_of", lambda _job_id: look)
        assert run(lantern, job)
        assert len(seen) > 3
        assert all(found == OLD for found in seen)
        assert figures(lantern) == NEW
        with company_scope(lantern.lantern):
            assert not Recounting.objects.exists()
            stored = list(Attainment.objects.order_by("pk").values_list("metric_id", "starts_on", "span", "numerator"))
            rollups.rebuild(today=timezone.localdate())
            assert sorted(stored) == sorted(Attainment.objects.values_list("metric_id", "starts_on", "span", "numerator"))

    def test_counts_a_deal_that_comes_in_meanwhile_once_all_is_counted(self, lantern):
        job = count_by_signing(lantern)
        with company_scope(lantern.lantern):
            credits.post_deals([make_deal(lantern.asha.person, amount=7, signed_on=APRIL_1).pk])
            rollups.refresh_dirty(today=timezone.localdate())
        assert figures(lantern) == OLD
        assert run(lantern, job)
        assert figures(lantern) == [(100_00,) * 3, (30_00,) * 3]

    def test_leaves_other_metrics_to_follow_within_the_minute(self, lantern):
        count_by_signing(lantern)
        with company_scope(lantern.lantern):
            credits.post_deals([make_deal(lantern.asha.person, amount=7).pk])
            rollups.refresh_dirty(today=timezone.localdate())
            revenue, root = Metric.objects.get(code="revenue"), Unit.objects.get(parent=None)
            row = attainments(metric=revenue, span=Attainment.Span.MONTH, starts_on=MARCH_1, unit_ids=[root.pk])[root.pk]
        assert row.numerator == 130_00

    def test_a_run_that_dies_between_two_parts_shows_nothing_and_the_next_ends_it(self, lantern, monkeypatch):
        job = count_by_signing(lantern)
        with monkeypatch.context() as planted:
            done = []

            def die(*_args):
                done.append(1)
                if len(done) == 2:
                    raise KeyboardInterrupt

            planted.setattr(jobs, "_progress_of", lambda _job_id: die)
            with pytest.raises(KeyboardInterrupt):
                run(lantern, job)
        assert figures(lantern) == OLD
        assert run(lantern, job)
        assert figures(lantern) == NEW

    def test_a_rule_changed_again_meanwhile_is_waited_for(self, lantern, monkeypatch):
        job, again = count_by_signing(lantern), []

        def change(*_args):
            if not again:
                with company_scope(lantern.lantern):
                    metrics.activate_version(
                        metric=lantern.metric, numerator=REVENUE, starts_on=date(2026, 1, 3), by=lantern.amir.user
                    )
                    again.append(Job.objects.get(kind="targets.recount", status=Job.Status.QUEUED))

        monkeypatch.setattr(jobs, "_progress_of", lambda _job_id: change)
        assert run(lantern, job)
        assert figures(lantern) == OLD
        with company_scope(lantern.lantern):
            assert Recounting.objects.exists()
        assert run(lantern, again[0])
        assert figures(lantern) == OLD
        with company_scope(lantern.lantern):
            assert not Recounting.objects.exists()

    def test_lets_nobody_close_a_period_meanwhile(self, lantern):
        count_by_signing(lantern)
        with company_scope(lantern.lantern):
            credits.post_all()
            metrics.activate_version(metric=lantern.metric, numerator=REVENUE, starts_on=date(2026, 1, 3), by=lantern.amir.user)
            found = [finding.text for finding in findings_in(month_of(MARCH_1)) if finding.is_blocking]
        assert "A metric is being counted anew by another rule." in found

    def test_is_begun_again_by_the_night_where_it_came_to_no_end(self, lantern):
        job = count_by_signing(lantern)
        with company_scope(lantern.lantern):
            Job.objects.filter(pk=job.pk).update(status=Job.Status.FAILED)
            night = jobs.enqueue("targets.rollup", by=None)
        assert run(lantern, night)
        assert figures(lantern) == OLD
        with company_scope(lantern.lantern):
            again = Job.objects.get(kind="targets.recount", status=Job.Status.QUEUED)
        assert run(lantern, again)
        assert figures(lantern) == NEW


class TestPages:
    def test_say_that_a_metric_is_being_counted_anew(self, lantern, client):
        job = count_by_signing(lantern)
        client.force_login(lantern.amir.user)
        slug = lantern.lantern.slug
        for address in ("metrics/", f"metrics/{lantern.metric.pk}/"):
            page = client.get(f"/{slug}/targets/{address}").content.decode()
            assert "Being counted anew: Signed" in page
            assert f"jobs/{job.pk}/progress/" in page
        run(lantern, job)
        assert "Being counted anew" not in client.get(f"/{slug}/targets/metrics/").content.decode()
