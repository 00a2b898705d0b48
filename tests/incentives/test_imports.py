"""Base pay in a file: what it changes, what it refuses, and that the exported sheet changes nothing."""

from datetime import date

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import AuditEntry
from common.tenancy import company_scope
from exchange.models import Import
from incentives.models import PayTerms, Statement
from incentives.services import corrections
from tests.exchange.importing import counts, guesses, refusals, take
from tests.incentives.paying import MARCH, make_component, make_version, pay
from tests.signing_in import BACKEND

HEAD = "employee number,name,effective date,base pay,minimum wage\n"
TODAY = date(2026, 3, 20)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        for number, member in (("E1", cast.asha), ("E2", cast.bela), ("E9", cast.hana)):
            member.person.employee_number = number
            member.person.save(update_fields=["employee_number"])
        yield cast


@pytest.fixture
def paid(lantern):
    """Asha earns 4,000 from January on."""
    corrections.set_terms(person=lantern.asha.person, starts_on=date(2026, 1, 1), base_pay=400_000, by=lantern.hana.user)
    return lantern


def bring(cast, *rows, by="hana"):
    return take("BASE_PAY", HEAD + "\n".join(rows), by=getattr(cast, by).user, today=TODAY)


def terms_of(member):
    rows = PayTerms.objects.filter(person=member.person).order_by("starts_on", "pk")
    counting = {terms.starts_on: terms for terms in rows}
    return [(day.isoformat(), terms.base_pay, terms.minimum_wage) for day, terms in counting.items()]


class TestImport:
    def test_sets_first_terms_raises_and_puts_right(self, paid):
        done = bring(
            paid,
            'E1,,2026-04-01,"4,500",2490',
            "E2,Bela,2026-03-01,9000,",
            f"E1,{paid.asha.person.name},2026-01-01,4200,",
        )
        assert counts(done) == (1, 2, 0, 0)
        assert terms_of(paid.asha) == [("2026-01-01", 420_000, None), ("2026-04-01", 450_000, 249_000)]
        assert terms_of(paid.bela) == [("2026-03-01", 900_000, None)]

    def test_shows_what_differs_from_what_was_paid(self, paid):
        done = bring(paid, "E1,,2026-04-01,4500,")
        [told] = done.samples["changed"]
        assert told["name"] == paid.asha.person.name
        assert told["details"] == [["starts_on", "2026-01-01", "2026-04-01"], ["base_pay", "4,000.00", "4,500.00"]]

    def test_leaves_alone_what_is_as_it_says(self, paid):
        done = bring(paid, "E1,,2026-01-01,4000,", "E1,,2026-03-01,4000,", "E2,,,,")
        assert counts(done) == (0, 0, 3, 0)
        assert terms_of(paid.asha) == [("2026-01-01", 400_000, None)]

    def test_an_empty_minimum_wage_stays_as_it_was(self, paid):
        bring(paid, "E1,,2026-02-01,4100,2500")
        bring(paid, "E1,,2026-03-01,4200,")
        assert terms_of(paid.asha)[-1] == ("2026-03-01", 420_000, 250_000)

    @pytest.mark.parametrize(
        ("row", "sentence"),
        [
            (",,2026-03-01,4000,", "The row names nobody: give the employee number or the name."),
            ("E77,,2026-03-01,4000,", "Nobody has the employee number E77."),
            ("E1,Bela,2026-03-01,4000,", "The employee number E1 is that of Asha."),
            ("E2,,,4000,", "Say from which day on it holds."),
            ("E2,,2026-03-01,,", "The row gives no base pay."),
            ("E2,,2026-03-01,four thousand,", "“four thousand” is not an amount."),
            ("E2,,2026-03-01,-5,", None),
            ("E2,,9999-12-31,4000,", None),
            ("E2,,2026-03-01,99999999999999.99,", None),
            (",<b>Nobody</b> 😀,2026-03-01,4000,", None),
        ],
    )
    def test_refuses_a_row_and_says_why_and_takes_the_others(self, paid, row, sentence):
        done = bring(paid, row, "E1,,2026-04-01,4500,")
        assert counts(done) == (0, 1, 0, 1)
        [said] = refusals(done)[2]
        assert said and (sentence is None or said.endswith(sentence))
        assert not terms_of(paid.bela)

    def test_refuses_one_day_said_twice_differently(self, paid):
        done = bring(paid, "E2,,2026-03-01,9000,", "E2,,2026-03-01,9000,", "E2,,2026-03-01,9500,")
        assert counts(done) == (1, 0, 1, 1)
        assert "Row 2" in refusals(done)[4][0]

    def test_compares_rows_of_a_file_with_one_another(self, paid):
        assert counts(bring(paid, "E1,,2026-09-01,4000,", "E1,,2026-07-01,6000,2490")) == (0, 2, 0, 0)
        assert terms_of(paid.asha)[1:] == [("2026-07-01", 600_000, 249_000), ("2026-09-01", 400_000, 249_000)]

    def test_refuses_the_day_after_somebody_left(self, paid):
        paid.bela.person.left_on = date(2026, 3, 1)
        paid.bela.person.save(update_fields=["left_on"])
        assert counts(bring(paid, "E2,,2026-03-01,9000,")) == (0, 0, 0, 1)

    def test_nobody_sets_their_own_whoever_uploaded_the_file(self, paid):
        done = bring(paid, "E9,,2026-03-01,90000,")
        assert refusals(done) == {2: ["Nobody corrects their own pay."]}
        assert counts(bring(paid, "E9,,2026-03-01,8000,", by="amir")) == (1, 0, 0, 0)

    def test_says_when_a_name_was_taken_loosely(self, paid):
        done = bring(paid, f",{paid.asha.person.name.lower()},2026-04-01,4500,")
        assert counts(done)[1] == 1 and guesses(done)

    def test_the_trail_says_who_but_not_to_what(self, paid):
        bring(paid, "E1,,2026-04-01,4567,", "E2,,2026-03-01,7654,")
        trail = AuditEntry.objects.filter(action__startswith="incentives.payterms").order_by("pk")
        assert list(trail.values_list("action", flat=True)) == ["incentives.payterms.set"] * 3
        assert not any(amount in str(list(trail.values())) for amount in ("4567", "7654", "456700"))


class TestDrafts:
    def test_a_draft_with_a_deduction_is_marked_and_one_without_is_not(self, paid):
        make_component(make_version(), (0, None, 3))
        corrections.correct(
            person=paid.asha.person, month=MARCH.starts_on, amount=-10_000, reason="Order 7", decider=None, by=paid.hana.user
        )
        pay(by=paid.hana.user)
        bring(paid, "E1,,2026-03-01,4500,", "E2,,2026-03-01,9000,")
        assert set(Statement.objects.filter(is_stale=True).values_list("person", flat=True)) == {paid.asha.person.pk}


class TestPages:
    @pytest.fixture
    def hana(self, client, paid):
        client.force_login(paid.hana.user, backend=BACKEND)
        with time_machine.travel(f"{TODAY}T06:00:00Z", tick=False):
            yield client

    @pytest.mark.parametrize("language", ["en", "zh-hans"])
    @pytest.mark.parametrize("ending", ["xlsx", "csv"])
    def test_the_exported_sheet_changes_nothing(self, hana, paid, language, ending):
        paid.hana.user.language = language
        paid.hana.user.save(update_fields=["language"])
        corrections.set_terms(
            person=paid.hana.person, starts_on=date(2026, 2, 1), base_pay=800_050, minimum_wage=249_000, by=paid.amir.user
        )
        sheet = hana.get(f"/lantern/pay/terms/?as={ending}").content
        answer = hana.post("/lantern/exchange/new/", {"kind": "BASE_PAY", "file": SimpleUploadedFile(f"pay.{ending}", sheet)})
        upload = Import.objects.get()
        assert answer.headers["Location"].endswith(f"/{upload.pk}/columns/")
        form = hana.get(answer.headers["Location"]).context["form"]
        answer = hana.post(answer.headers["Location"], {field.html_name: field.value() for field in form})
        upload.refresh_from_db()
        assert upload.counts["unchanged"] == upload.counts["rows"] > 3
        assert "4,000.00" not in hana.get(answer.headers["Location"]).content.decode()

    def test_hr_imports_base_pay_and_nothing_else(self, hana, paid):
        page = hana.get("/lantern/exchange/new/")
        assert [kind.code for kind in page.context["kinds"]] == ["BASE_PAY"]
        refused = hana.post("/lantern/exchange/new/", {"kind": "DEALS", "file": SimpleUploadedFile("a.csv", b"deal\n1")})
        assert refused.status_code == 422 and not Import.objects.exists()
        take("PRODUCTS", "product,list price,cost\nPump,400,300", by=paid.amir.user)
        upload = Import.objects.get()
        assert hana.get(f"/lantern/exchange/{upload.pk}/").status_code == 403
        assert upload.file_name not in hana.get("/lantern/exchange/").content.decode()
        assert hana.get("/lantern/exchange/templates/base_pay.xlsx").status_code == 200
        assert hana.get("/lantern/exchange/templates/deals.xlsx").status_code == 403

    @pytest.mark.parametrize("who", ["asha", "bela", "dora"])
    def test_nobody_else_sees_the_sheet(self, client, paid, who):
        client.force_login(getattr(paid, who).user, backend=BACKEND)
        assert client.get("/lantern/pay/terms/?as=csv").status_code == 403
        assert client.get("/lantern/exchange/").status_code == 403
