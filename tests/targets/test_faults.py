"""A roll-up that dies in the middle, or meets another one, ends in the same state as a clean run."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from common.locks import LockSpace
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Credit, DailyTotal, DirtyDay
from jobs import services as jobs
from jobs.models import Job
from targets import rollups
from targets.models import Attainment
from targets.services.metrics import add_builtin_metrics
from tests.cast import make_cast
from tests.credits.stories import ledger, make_customer, make_deal, make_visit

#: Runs a job up to the middle of its roll-up, says so, and waits to be killed.
_DIES_IN_THE_MIDDLE = """
import sys, time
import django
django.setup()
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from jobs import services
from targets import rollups
def stop(*args, **kwargs):
    print("in the middle", flush=True)
    time.sleep(600)
rollups._store_longer = stop
services.run(company_id=int(sys.argv[2]), job_id=int(sys.argv[3]))
"""


@pytest.fixture
def lantern(committed, monkeypatch):
    monkeypatch.setattr("jobs.tasks.run_jobs.apply_async", lambda **_: None)
    cast = make_cast()
    with company_scope(cast.lantern):
        add_builtin_metrics()
        for member, amount in ((cast.asha, 100), (cast.ada, 200), (cast.ben, 300)):
            make_deal(member.person, amount=amount, customer=make_customer())
        credits.post_all()
    return cast


def figures(cast):
    """Return all stored figures of the company, comparable."""
    with company_scope(cast.lantern):
        return [
            sorted(model.objects.values_list(*(f.attname for f in model._meta.local_fields if f.name != "id")), key=repr)
            for model in (DailyTotal, Attainment)
        ]


def figures_of_a_clean_run(cast):
    with company_scope(cast.lantern):
        rollups.rebuild(today=timezone.localdate())
    return figures(cast)


def ask(cast, kind="targets.rollup"):
    with company_scope(cast.lantern):
        return jobs.enqueue(kind, by=None)


def in_thread(work):
    """Start work in a thread with a connection of its own; `.join()` gives back what it raised in `.raised`."""

    class Thread(threading.Thread):
        raised = None

        def run(self):
            try:
                work()
            except Exception as error:  # noqa: BLE001 - shown by the test that waits
                self.raised = error
            finally:
                connections.close_all()

    thread = Thread(daemon=True)
    thread.start()
    return thread


class TestDying:
    def test_an_error_between_two_statements_leaves_nothing_half(self, lantern, monkeypatch):
        def fall(*_args):
            raise RuntimeError("planted")

        job = ask(lantern, "targets.refresh")
        with monkeypatch.context() as planted:
            planted.setattr(rollups, "_store_longer", fall)
            jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
        assert figures(lantern) == [[], []]
        with company_scope(lantern.lantern):
            assert Job.objects.get(pk=job.pk).error == "planted"
            assert DirtyDay.objects.exists(), "the marks are back"
        job = ask(lantern, "targets.refresh")
        jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
        done = figures(lantern)
        assert done[1]
        assert done == figures_of_a_clean_run(lantern)

    def test_a_worker_killed_in_the_middle_is_made_good_by_the_next(self, lantern):
        job = ask(lantern, "targets.refresh")
        name = connections["default"].settings_dict["NAME"]
        worker = subprocess.Popen(
            [sys.executable, "-c", _DIES_IN_THE_MIDDLE, name, str(lantern.lantern.pk), str(job.pk)],
            cwd=settings.BASE_DIR,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "salesforce_mgmt.settings", "PYTHONPATH": str(settings.BASE_DIR)},
            stdout=subprocess.PIPE,
        )
        try:
            assert worker.stdout.readline() == b"in the middle\n"
            assert not jobs.run(company_id=lantern.lantern.pk, job_id=job.pk), "the other one is at it"
            os.kill(worker.pid, signal.SIGKILL)
        finally:
            worker.kill()
            worker.wait()
            worker.stdout.close()
        with company_scope(lantern.lantern):
            # The server notices the dead connection at once, but not in the same instant.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LockSpace.JOB, job.pk])
            assert Job.objects.get(pk=job.pk).status == Job.Status.RUNNING
            assert not Attainment.objects.exists()
            assert DirtyDay.objects.exists()
        assert jobs.sweep(now=timezone.now() + timedelta(minutes=1)) >= 1
        assert jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
        with company_scope(lantern.lantern):
            assert (Job.objects.get(pk=job.pk).status, Job.objects.get(pk=job.pk).attempts) == (Job.Status.DONE, 2)
            assert ledger("measure")["REVENUE"] == 600_00
        done = figures(lantern)
        assert done[1]
        assert done == figures_of_a_clean_run(lantern)


class TestMeeting:
    def test_two_roll_ups_at_once_end_as_one(self, lantern):
        begun = threading.Barrier(2, timeout=30)

        def roll_up():
            begun.wait()
            with company_scope(lantern.lantern):
                rollups.refresh_everything(today=timezone.localdate())

        threads = [in_thread(roll_up), in_thread(roll_up)]
        for thread in threads:
            thread.join(60)
        assert [thread.raised for thread in threads] == [None, None]
        done = figures(lantern)
        assert done == figures_of_a_clean_run(lantern)

    def test_people_go_on_while_a_roll_up_is_under_way_and_their_day_is_refreshed_by_the_next(self, lantern):
        rolled, posted = threading.Event(), threading.Event()

        def roll_up():
            with company_scope(lantern.lantern):
                rollups.refresh_dirty(today=timezone.localdate())
                rolled.set()
                assert posted.wait(30), "the poster was held up"

        thread = in_thread(roll_up)
        assert rolled.wait(30)
        with company_scope(lantern.lantern):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            credits.post_deals([make_deal(lantern.asha.person, amount=7).pk])
        posted.set()
        thread.join(60)
        assert thread.raised is None
        with company_scope(lantern.lantern):
            assert DirtyDay.objects.exists()
            assert rollups.refresh_dirty(today=timezone.localdate())["days"] == 1
        assert figures(lantern) == figures_of_a_clean_run(lantern)

    def test_a_closing_and_what_is_posted_go_through_while_a_night_is_under_way(self, lantern, monkeypatch):
        under_way, over = threading.Event(), threading.Event()
        store = rollups._store_longer

        def stop_there(*given):
            under_way.set()
            assert over.wait(30), "somebody was held up"
            return store(*given)

        with company_scope(lantern.lantern):
            credits.post_visits([make_visit(lantern.asha.person, make_customer(), date(2026, 1, 5)).pk])
        job = ask(lantern)
        with monkeypatch.context() as planted:
            planted.setattr(rollups, "_store_longer", stop_there)
            night = in_thread(lambda: jobs.run(company_id=lantern.lantern.pk, job_id=job.pk))
            assert under_way.wait(30)
            try:
                with company_scope(lantern.lantern):
                    assert Credit.objects.filter(measure="DAYS_WORKED").exists(), "the night has posted what it had to"
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL lock_timeout = '2s'")
                    credits.post_deals([make_deal(lantern.asha.person, amount=7, closed_on=date(2026, 1, 7)).pk])
                    credits.close_period(ends_before=date(2026, 2, 1), today=timezone.localdate(), by=None)
                    credits.post_deals([make_deal(lantern.asha.person, amount=9).pk])
            finally:
                over.set()
            night.join(60)
        assert night.raised is None
        with company_scope(lantern.lantern):
            asked = list(Job.objects.filter(status=Job.Status.QUEUED).order_by("pk"))
        assert {each.kind for each in asked} == {"targets.rollup", "targets.refresh"}
        for each in asked:
            assert jobs.run(company_id=lantern.lantern.pk, job_id=each.pk)
        done = figures(lantern)
        assert done == figures_of_a_clean_run(lantern)
        with company_scope(lantern.lantern):
            january = Attainment.objects.get(
                metric__code="revenue", span="MONTH", starts_on=date(2026, 1, 1), unit=lantern.root, person=None
            )
            assert january.numerator == 7_00

    def test_people_post_on_the_same_day_without_waiting_for_each_other(self, lantern):
        posted, over = threading.Event(), threading.Event()

        def import_much():
            with company_scope(lantern.lantern):
                credits.post_deals([make_deal(lantern.ada.person, amount=1).pk])
                posted.set()
                assert over.wait(30), "the other one was held up"

        thread = in_thread(import_much)
        assert posted.wait(30)
        with company_scope(lantern.lantern):
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
            credits.post_deals([make_deal(lantern.asha.person, amount=7).pk])
        over.set()
        thread.join(60)
        assert thread.raised is None

    def test_two_who_post_the_same_deal_credit_it_once(self, lantern):
        with company_scope(lantern.lantern):
            deal = make_deal(lantern.asha.person, amount=50, closed_on=date(2026, 2, 2))
        begun = threading.Barrier(2, timeout=30)

        def post():
            begun.wait()
            with company_scope(lantern.lantern):
                credits.post_deals([deal.pk])

        threads = [in_thread(post), in_thread(post)]
        for thread in threads:
            thread.join(60)
        assert [thread.raised for thread in threads] == [None, None]
        with company_scope(lantern.lantern):
            assert Credit.objects.filter(source="DEAL", source_id=deal.pk, measure="REVENUE").count() == 1
