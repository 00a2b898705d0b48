import zipfile
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
import time_machine

from accounts.models import AuditEntry
from common.intake import Changes
from common.tables import UnreadableTable
from common.tenancy import company_scope
from customers.models import Customer
from deals.models import Product
from exchange import services
from exchange.models import ColumnMapping, Import
from exchange.rules import BadMapping
from jobs import services as jobs
from jobs.models import Job
from teams.models import Person
from tests.exchange.importing import NOW, TODAY, counts, guesses, refusals, take, upload

PRODUCTS = "product,list price,cost\nPump,400,300\nValve,60,20"


class TestReceiveFile:
    def test_guesses_columns_from_chinese_and_english_headings(self, lantern):
        received = upload("CUSTOMERS", "客户名称,Owner,电话,colour\nA,,,", by=lantern.amir.user)
        assert received.mapping == {"name": {"column": "客户名称"}, "owner": {"column": "Owner"}, "phone": {"column": "电话"}}
        assert received.columns == ["客户名称", "Owner", "电话", "colour"]
        assert received.row_count == 1

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
    def test_reads_chinese_in_the_encodings_that_people_send(self, lantern, encoding):
        content = "产品名称,标价,成本\n橡木门（八十厘米）,1980,1120\n不锈钢合页,35.5,20".encode(encoding)
        done = take("PRODUCTS", content, by=lantern.amir.user)
        assert counts(done) == (2, 0, 0, 0)
        assert Product.objects.filter(name="橡木门（八十厘米）", list_price=1980).exists()

    def test_repeats_itself_for_the_same_client_ref(self, lantern):
        asked = {"kind": Import.Kind.PRODUCTS, "file_name": "a.csv", "content": PRODUCTS.encode(), "client_ref": uuid4()}
        first = services.receive_file(**asked, by=lantern.amir.user)
        assert services.receive_file(**asked, by=lantern.amir.user) == first
        assert Import.objects.count() == 1

    def test_keeps_only_the_name_of_a_path(self, lantern):
        received = upload("PRODUCTS", PRODUCTS, by=lantern.amir.user, name="C:\\temp\\..\\pri\x00ces\n.csv")
        assert received.file_name == "prices.csv"

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("a.xlsx", b"not a workbook at all", "not_a_workbook"),
            ("a.csv", b"", "empty"),
            ("a.csv", "é".encode("latin-1") * 30 + b",\xff\xfe\xfd", "encoding"),
            ("a.exe", b"MZ", "unknown_kind"),
            ("a.csv", b'name,price\n"open,5\n' + b"x" * 200_000, "cell_too_long"),
            ("a.csv", b"x" * (20 * 2**20 + 1), "too_big"),
        ],
    )
    def test_refuses_a_file_that_is_no_table_and_keeps_nothing(self, lantern, name, content, code):
        with pytest.raises(UnreadableTable) as refusal:
            upload("PRODUCTS", content, by=lantern.amir.user, name=name)
        assert refusal.value.code == code
        assert not Import.objects.exists()

    def test_refuses_a_zip_bomb(self, lantern):
        bomb = BytesIO()
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"<workbook/>")
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
                for _megabyte in range(450):
                    part.write(b" " * 2**20)
        with pytest.raises(UnreadableTable) as refusal:
            upload("PRODUCTS", bomb.getvalue(), by=lantern.amir.user, name="bomb.xlsx")
        assert refusal.value.code == "unpacks_too_big"


class TestMatchColumns:
    def test_is_remembered_for_files_with_the_same_columns(self, lantern):
        first = upload("PRODUCTS", "Was,Wieviel\nPump,400", by=lantern.amir.user)
        assert first.mapping == {}
        chosen = {"name": "Was", "list_price": "Wieviel"}
        services.match_columns(upload=first, mapping=chosen, options={}, today=TODAY, by=lantern.amir.user)
        second = upload("PRODUCTS", "Wieviel,Was\n60,Valve", by=lantern.amir.user)
        assert second.mapping == {"name": {"column": "Was"}, "list_price": {"column": "Wieviel"}}
        assert ColumnMapping.objects.count() == 1

    def test_is_not_remembered_for_another_kind_or_another_company(self, lantern):
        first = upload("PRODUCTS", "Was,Wieviel\nPump,400", by=lantern.amir.user)
        chosen = {"name": "Was", "list_price": "Wieviel"}
        services.match_columns(upload=first, mapping=chosen, options={}, today=TODAY, by=lantern.amir.user)
        assert upload("CUSTOMERS", "Was,Wieviel\nA,1", by=lantern.amir.user).mapping == {}
        with company_scope(lantern.rival):
            assert upload("PRODUCTS", "Was,Wieviel\nA,1", by=lantern.rex.user).mapping == {}

    def test_refuses_to_do_without_a_needed_column(self, lantern):
        received = upload("PRODUCTS", "Was,Wieviel\nPump,400", by=lantern.amir.user)
        with pytest.raises(BadMapping):
            services.match_columns(upload=received, mapping={"name": "Was"}, options={}, today=TODAY, by=lantern.amir.user)
        assert not ColumnMapping.objects.exists()

    def test_previews_a_small_file_at_once_and_stores_nothing_of_it(self, lantern):
        received = upload("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        shown = services.match_columns(upload=received, mapping=received.mapping, options={}, today=TODAY, by=lantern.amir.user)
        assert shown.status == Import.Status.READY
        assert counts(shown) == (2, 0, 0, 0)
        assert not Product.objects.exists()

    def test_previews_a_large_file_in_the_background(self, lantern, monkeypatch):
        monkeypatch.setattr(services, "CHECKED_AT_ONCE", 1)
        received = upload("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        waiting = services.match_columns(
            upload=received, mapping=received.mapping, options={}, today=TODAY, by=lantern.amir.user
        )
        assert waiting.status == Import.Status.CHECKING
        assert waiting.job.kind == "exchange.preview"
        with pytest.raises(services.ImportRefused):
            services.start(upload=waiting, by=lantern.amir.user)


class TestRun:
    def test_says_what_the_preview_said(self, lantern):
        Product.objects.create(code="Pump", name="Pump", list_price=1, cost=300)
        content = PRODUCTS + "\nBad,abc,5"
        received = upload("PRODUCTS", content, by=lantern.amir.user)
        shown = services.match_columns(upload=received, mapping=received.mapping, options={}, today=TODAY, by=lantern.amir.user)
        before = (counts(shown), refusals(shown), guesses(shown))
        done = services.run(upload_id=received.pk, today=TODAY, now=NOW, by=lantern.amir.user)
        assert (counts(done), refusals(done), guesses(done)) == before
        assert counts(done) == (1, 1, 0, 1)

    def test_done_twice_changes_nothing_the_second_time(self, lantern):
        done = take("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        Product.objects.all().delete()
        again = services.run(upload_id=done.pk, today=TODAY, now=NOW, by=lantern.amir.user)
        assert again.finished_at == done.finished_at
        assert not Product.objects.exists()

    def test_is_written_into_the_audit_trail_with_every_changed_row(self, lantern):
        take("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        take("PRODUCTS", PRODUCTS.replace("400", "410"), by=lantern.amir.user)
        assert AuditEntry.objects.filter(action="exchange.import.done").count() == 2
        entry = AuditEntry.objects.get(action="deals.product.imported")
        assert (entry.before, entry.after, entry.by) == ({"list_price": "400.00"}, {"list_price": "410.00"}, lantern.amir.user)

    def test_keeps_personal_data_out_of_the_audit_trail(self, lantern):
        take("PEOPLE", "employee number,name,hobbies\nE-asha,Asha,chess", by=lantern.amir.user)
        entry = AuditEntry.objects.get(action="teams.person.imported")
        assert "chess" not in str(entry.after)
        assert list(entry.after) == ["hobbies"]

    def test_a_row_with_more_cells_than_headings_is_handed_back(self, lantern):
        done = take("PRODUCTS", "product,list price\nPump, large,400\nValve,60", by=lantern.amir.user)
        assert refusals(done) == {2: ["The row has more cells than there are headings.", "“large” is not an amount."]}
        assert counts(done) == (1, 0, 0, 1)

    def test_reaches_only_the_active_company(self, lantern):
        with company_scope(lantern.rival):
            Product.objects.create(code="Pump", name="Pump", list_price=1)
        assert counts(take("PRODUCTS", PRODUCTS, by=lantern.amir.user)) == (2, 0, 0, 0)
        with company_scope(lantern.rival):
            assert list(Product.objects.values_list("list_price", flat=True)) == [1]

    def test_a_large_file_needs_no_more_statements_than_a_small_one(self, lantern, django_assert_max_num_queries):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def statements(rows):
            lines = "\n".join(f"P{rows}-{number},{number}" for number in range(rows))
            received = upload("PRODUCTS", f"product,list price\n{lines}", by=lantern.amir.user)
            services.prepare(upload=received, mapping=received.mapping, options={})
            with CaptureQueriesContext(
                connection,
            ) as captured:
                services.run(upload_id=received.pk, today=TODAY, now=NOW, by=lantern.amir.user)
            return len(captured)

        assert statements(5) == statements(500)


class TestAJobKilledInTheMiddle:
    """What is not committed is not there: the job runs again and ends as if nothing had happened."""

    @pytest.fixture
    def started(self, committed):
        from tests.cast import make_cast

        cast = make_cast()
        with company_scope(cast.lantern):
            lines = "\n".join(f"Customer {number},A" for number in range(2500))
            received = upload("CUSTOMERS", f"name,grade\n{lines}", by=cast.amir.user)
            services.prepare(upload=received, mapping=received.mapping, options={})
            services.check(upload_id=received.pk, today=TODAY)
            started = services.start(upload=received, by=cast.amir.user)
        return cast, started

    def test_has_stored_nothing_and_does_everything_when_it_runs_again(self, started, monkeypatch):
        from jobs.services import run as run_job

        cast, received = started
        true_store, chunks_stored = Changes.store, []

        def store(changes, *, by, progress):
            def die_after_half(done, total):
                progress(done, total)
                chunks_stored.append(done)
                if done >= total / 2:
                    raise KeyboardInterrupt  # what a killed worker's code sees, at most

            true_store(changes, by=by, progress=die_after_half)

        monkeypatch.setattr(Changes, "store", store)
        with pytest.raises(KeyboardInterrupt):
            run_job(company_id=cast.lantern.pk, job_id=received.job_id)
        monkeypatch.undo()
        assert chunks_stored[-1] >= 1250
        with company_scope(cast.lantern):
            assert not Customer.objects.exists()
            assert Import.objects.get().status == Import.Status.RUNNING
            assert Job.objects.get(pk=received.job_id).status == Job.Status.RUNNING

        assert run_job(company_id=cast.lantern.pk, job_id=received.job_id)
        with company_scope(cast.lantern):
            assert Customer.objects.count() == 2500
            done = Import.objects.get()
            assert (done.status, counts(done)) == (Import.Status.DONE, (2500, 0, 0, 0))
        assert not run_job(company_id=cast.lantern.pk, job_id=received.job_id)

    def test_that_fails_says_so_stores_nothing_and_can_be_tried_again(self, started, monkeypatch):
        from jobs.services import run as run_job

        cast, received = started

        def fail(changes, *, by, progress):
            Customer.objects.create(name="half")
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(Changes, "store", fail)
        run_job(company_id=cast.lantern.pk, job_id=received.job_id)
        monkeypatch.undo()
        with company_scope(cast.lantern):
            assert not Customer.objects.exists()
            failed = Import.objects.select_related("job").get()
            assert failed.has_failed
            again = services.try_again(upload=failed, by=cast.amir.user)
        run_job(company_id=cast.lantern.pk, job_id=again.job_id)
        with company_scope(cast.lantern):
            assert Customer.objects.count() == 2500


def test_nothing_of_a_refused_file_touches_people(lantern):
    people = Person.objects.count()
    with pytest.raises(UnreadableTable):
        take("PEOPLE", b"\x00\x01\x02" * 100, by=lantern.amir.user)
    assert Person.objects.count() == people


class TestRemoveOldFiles:
    BEFORE = NOW + timedelta(days=1)

    def remove(self, before=BEFORE):
        return services.remove_old_files(before=before, now=before)

    def made(self, received, **values):
        Import.objects.filter(pk=received.pk).update(created_at=NOW, **values)

    def test_takes_the_file_of_what_was_imported_and_leaves_its_account(self, lantern):
        done = take("PRODUCTS", PRODUCTS + "\nBad,abc,1", by=lantern.amir.user)
        assert self.remove() == (1, 0)
        kept = Import.objects.get()
        assert (bytes(kept.content), kept.has_file, kept.file_name) == (b"", False, done.file_name)
        assert (counts(kept), refusals(kept)) == (counts(done), refusals(done))
        assert self.remove() == (0, 0)

    def test_leaves_what_was_imported_a_short_while_ago(self, lantern):
        take("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        assert self.remove(before=NOW) == (0, 0)
        assert bytes(Import.objects.get().content)

    def test_forgets_uploads_that_nobody_went_on_with(self, lantern):
        self.made(upload("PRODUCTS", PRODUCTS, by=lantern.amir.user))
        failed = Job.objects.create(kind="exchange.import", status=Job.Status.FAILED, error="disk full")
        self.made(upload("PRODUCTS", PRODUCTS, by=lantern.amir.user), status=Import.Status.RUNNING, job=failed)
        new = upload("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        assert self.remove() == (0, 2)
        assert Import.objects.get() == new

    def test_leaves_what_is_being_worked_on(self, lantern):
        job = Job.objects.create(kind="exchange.import", status=Job.Status.RUNNING)
        self.made(upload("PRODUCTS", PRODUCTS, by=lantern.amir.user), status=Import.Status.RUNNING, job=job)
        assert self.remove() == (0, 0)
        assert bytes(Import.objects.get().content)

    def test_is_done_by_the_night_after_the_days_that_are_set(self, lantern, settings):
        take("PRODUCTS", PRODUCTS, by=lantern.amir.user)
        for days, removed in ((31, 0), (30, 1)):
            settings.IMPORT_FILES_KEPT_DAYS = days
            with time_machine.travel(NOW + timedelta(days=30, minutes=1)):
                job = Job.objects.create(kind="exchange.tidy")
                jobs.run(company_id=lantern.lantern.pk, job_id=job.pk)
            job.refresh_from_db()
            assert (job.status, job.result) == (Job.Status.DONE, {"removed": removed, "forgotten": 0})
