"""Pages and files of pay: the month's list, a statement, questions, the payroll."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.db.models import F

from common.tenancy import company_scope
from incentives.models import Dispute, PayAdjustment, PayExport, Payout, PayTerms, Statement, StatementLine
from incentives.rules.terms import LineKind, Status
from jobs.models import Job
from targets.services.metrics import add_builtin_metrics
from tests.incentives.payslips import APRIL, MARCH, NOW, bring, draft, published
from tests.reports.spreadsheet import Book
from tests.signing_in import browser

REF = "6f2b1f5e-0000-4000-8000-000000000002"


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def body(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def carried(page, name="seen"):
    """Return the figures that a page carries to whatever is decided on it."""
    return [unescape(value) for value in re.findall(f'name="{name}" value="([^"]*)"', page)]


def pay_many(member, verb, *, page=None, **given):
    """Press a button on a list; `page` is one that was opened earlier."""
    client = browser(member)
    page = page or body(client.get(f"/lantern/pay/{given['list']}"))
    seen = {name: carried(page, name) for name in ("seen", "seen_list", "seen_due")}
    return client.post(f"/lantern/pay/many/{verb}/", seen | given)


def act(member, statement, verb, *, page=None):
    """Press a button on a statement's page; `page` is one that was opened earlier."""
    client, address = browser(member), f"/lantern/pay/statements/{statement.pk}/"
    page = page or body(client.get(address))
    return client.post(f"{address}{verb}/", {"seen": carried(page)[:1]})


class TestMonth:
    def test_says_against_the_month_before_and_stands_out(self, lantern):
        published(lantern.asha.person, lantern.one, month=MARCH)
        draft(lantern.asha.person, lantern.one, month=APRIL, lines=((LineKind.EARNED, 279_000),))
        page = body(browser(lantern.bela).get("/lantern/pay/?month=2026-04"))
        assert "¥930.00" in page and "50%" in page and "pay-stands-out" in page

    def test_shows_hr_who_has_no_statement(self, lantern):
        draft(lantern.asha.person, lantern.one)
        page = body(browser(lantern.hana).get("/lantern/pay/?month=2026-03"))
        assert "people without a statement" in page and ">Ada</a>" in page.partition("without a statement")[2]
        assert ">Asha</a>" not in page.partition("without a statement")[2]

    def test_draws_the_months_by_the_parts_of_what_one_leads(self, lantern):
        for member, unit in ((lantern.asha, lantern.one), (lantern.ben, lantern.two), (lantern.dora, lantern.east)):
            published(member.person, unit, month=MARCH)
            draft(member.person, unit, month=APRIL, lines=((LineKind.EARNED, 100_000),))
        hr, director, manager = (
            browser(member).get("/lantern/pay/?month=2026-04").context["course"]
            for member in (lantern.hana, lantern.dora, lantern.bela)
        )
        assert hr["labels"] == director["labels"] == ["2026-03", "2026-04"]
        assert [(part["name"], part["values"][1]) for part in hr["series"]] == [("East", 300_000)]
        # A director's own statement is not among those that they review.
        assert [(part["name"], part["values"][1]) for part in director["series"]] == [
            ("Team One", 100_000),
            ("Team Two", 100_000),
        ]
        assert [(part["name"], part["values"][1]) for part in manager["series"]] == [("Team One", 100_000)]
        assert hr["urls"] == ["?month=2026-03", "?month=2026-04"]

    def test_draws_no_course_of_a_single_month(self, lantern):
        draft(lantern.asha.person, lantern.one)
        assert browser(lantern.hana).get("/lantern/pay/?month=2026-03").context["course"] is None

    def test_draws_ones_own_published_months_only(self, lantern):
        for month in (date(2026, 1, 1), date(2026, 2, 1)):
            published(lantern.asha.person, lantern.one, month=month)
        draft(lantern.asha.person, lantern.one, month=MARCH)
        page = browser(lantern.asha).get("/lantern/pay/mine/")
        assert page.context["course"]["labels"] == ["2026-01", "2026-02"]

    def test_leads_a_rep_to_their_own_pay(self, lantern):
        assert browser(lantern.asha).get("/lantern/pay/")["Location"] == "/lantern/pay/mine/"

    @pytest.mark.parametrize("code", ["2026", "nonsense", "1990-01", "2026-13", "2026-W10"])
    def test_refuses_what_is_no_month(self, lantern, code):
        assert browser(lantern.hana).get(f"/lantern/pay/?month={code}").status_code == 400

    def test_finds_what_is_due(self, lantern):
        published(lantern.asha.person, lantern.one)
        draft(lantern.ada.person, lantern.one)
        page = body(browser(lantern.hana).get("/lantern/pay/?month=2026-03&status=due", headers={"HX-Request": "true"}))
        assert "Asha" in page and "Ada" not in page

    def test_asks_for_a_calculation_once(self, lantern):
        for _press in range(2):
            browser(lantern.hana).post("/lantern/pay/calculate/", {"month": "2026-03"})
        assert Job.objects.get(kind="incentives.calculate").arguments == {"month": "2026-03-01"}

    def test_shows_the_statements_once_the_calculation_is_over(self, lantern):
        """The page on which it was begun lists nothing of it yet."""
        client = browser(lantern.hana)
        client.post("/lantern/pay/calculate/", {"month": "2026-03"})
        address = f"/lantern/pay/calculate/{Job.objects.get().pk}/"
        asked = {"headers": {"HX-Request": "true"}}
        assert "the work goes on" in body(client.get(address, **asked))
        Job.objects.update(status=Job.Status.FAILED, error="No room")
        assert "No room" in body(client.get(address, **asked))
        Job.objects.update(status=Job.Status.DONE, error="")
        assert client.get(address, **asked)["HX-Redirect"] == "/lantern/pay/?month=2026-03"
        page = client.get("/lantern/pay/?month=2026-03")
        assert [message.level_tag for message in page.context["messages"]] == ["success"]

    def test_the_payroll_names_how_much_it_pays_to_how_many_and_nothing_is_not_called_paid(self, lantern):
        published(lantern.asha.person, lantern.one)
        published(lantern.ada.person, lantern.one, lines=())
        draft(lantern.ben.person, lantern.two)
        client = browser(lantern.hana)
        page = body(client.get("/lantern/pay/?month=2026-03"))
        assert 'data-confirm="¥1,860.00 for 1 person, all that is published and due' in page
        assert "¥1,860.00 is due to 1 person." in page
        assert page.count("Nothing to pay") == 1
        pay_many(lantern.hana, "pay", page=page, scope="all", list="?month=2026-03", paid_on="2026-04-10", client_ref=REF)
        page = body(client.get("/lantern/pay/?month=2026-03"))
        assert "Nothing that is published is still due." in page and 'data-confirm="¥' not in page


class TestMany:
    def test_approves_all_of_a_managers_teams_and_nobody_elses(self, lantern):
        own, others = (
            [draft(p.person, lantern.one) for p in (lantern.asha, lantern.ada)],
            draft(lantern.ben.person, lantern.two),
        )
        bela = draft(lantern.bela.person, lantern.one)
        pay_many(lantern.bela, "approve", scope="all", list="?month=2026-03")
        assert {s.status for s in Statement.objects.filter(pk__in=[s.pk for s in own])} == {Status.APPROVED}
        assert {s.status for s in Statement.objects.filter(pk__in=[others.pk, bela.pk])} == {Status.DRAFT}

    def test_takes_no_statement_out_of_sight(self, lantern):
        others = draft(lantern.ben.person, lantern.two)
        pay_many(lantern.bela, "approve", statements=[others.pk], list="?month=2026-03")
        others.refresh_from_db()
        assert others.status == Status.DRAFT

    def test_narrowed_list_is_all_that_is_meant(self, lantern):
        asha, ada = draft(lantern.asha.person, lantern.one), draft(lantern.ada.person, lantern.one)
        answer = pay_many(lantern.bela, "approve", scope="all", list="?month=2026-03&q=Asha")
        assert answer["Location"] == "/lantern/pay/?month=2026-03&q=Asha"
        assert [Statement.objects.get(pk=s.pk).status for s in (asha, ada)] == [Status.APPROVED, Status.DRAFT]

    def test_asks_again_for_those_that_were_calculated_anew_since_they_were_looked_at(self, lantern):
        asha, ada = draft(lantern.asha.person, lantern.one), draft(lantern.ada.person, lantern.one)
        page = body(browser(lantern.bela).get("/lantern/pay/?month=2026-03"))
        Statement.objects.filter(pk=asha.pk).update(total=F("total") + 100_00)
        client = browser(lantern.bela)
        given = {"statements": [asha.pk, ada.pk], "list": "?month=2026-03", "seen": carried(page)}
        said = client.post("/lantern/pay/many/approve/", given, follow=True).content.decode()
        assert "¥1,860.00 then, ¥1,960.00 now" in said and "The figures have changed since you looked" in said
        assert [Statement.objects.get(pk=s.pk).status for s in (asha, ada)] == [Status.DRAFT, Status.APPROVED]
        pay_many(lantern.bela, "approve", statements=[asha.pk], list="?month=2026-03")
        assert Statement.objects.get(pk=asha.pk).status == Status.APPROVED

    def test_approves_nothing_of_a_list_that_comes_to_something_else_by_now(self, lantern):
        asha = draft(lantern.asha.person, lantern.one)
        page = body(browser(lantern.bela).get("/lantern/pay/?month=2026-03"))
        draft(lantern.ada.person, lantern.one)
        given = {"scope": "all", "list": "?month=2026-03", "seen_list": carried(page, "seen_list")}
        said = browser(lantern.bela).post("/lantern/pay/many/approve/", given, follow=True).content.decode()
        assert "1 with ¥1,860.00 then, 2 with ¥3,720.00 now" in said
        assert Statement.objects.get(pk=asha.pk).status == Status.DRAFT

    @pytest.mark.parametrize("seen", ["", "1:2", "x:y:z", "9" * 40 + ":1:1", "[[" * 2000])
    def test_approves_nothing_that_nobody_looked_at(self, lantern, seen):
        asha = draft(lantern.asha.person, lantern.one)
        for given in ({"statements": [asha.pk]}, {"scope": "all"}):
            answer = browser(lantern.bela).post(
                "/lantern/pay/many/approve/", given | {"list": "?month=2026-03", "seen": seen, "seen_list": seen}
            )
            assert answer.status_code == 302
        browser(lantern.bela).post(f"/lantern/pay/statements/{asha.pk}/approve/", {"seen": seen})
        assert Statement.objects.get(pk=asha.pk).status == Status.DRAFT

    def test_pays_the_month_on_a_day(self, lantern):
        published(lantern.asha.person, lantern.one)
        given = {"scope": "all", "list": "?month=2026-03", "paid_on": "2026-04-10", "client_ref": REF}
        for _press in range(2):
            pay_many(lantern.hana, "pay", **given)
        assert Payout.objects.get().amount == 186_000

    def test_pays_no_more_than_the_question_named(self, lantern):
        """Gone back to a page from before others were published, the button does not pay those as well."""
        published(lantern.asha.person, lantern.one)
        page = body(browser(lantern.hana).get("/lantern/pay/?month=2026-03"))
        given = {"scope": "all", "list": "?month=2026-03", "paid_on": "2026-04-10", "client_ref": REF}
        published(lantern.ada.person, lantern.one)
        for told in (page, '"no figures"'):
            pay_many(lantern.hana, "pay", page=told, **given)
            assert not Payout.objects.exists()
        assert "1 with ¥1,860.00 then, 2 with ¥3,720.00 now" in body(
            browser(lantern.hana).post("/lantern/pay/many/pay/", given | {"seen_due": carried(page, "seen_due")}, follow=True)
        )
        pay_many(lantern.hana, "pay", **given)
        assert Payout.objects.count() == 2

    @pytest.mark.parametrize("verb", ["check", "publish", "pay"])
    def test_leaves_releasing_to_hr(self, lantern, verb):
        assert pay_many(lantern.bela, verb, scope="all", list="?month=2026-03").status_code == 403


class TestStatement:
    def test_opens_each_line_to_its_arithmetic(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        page = body(browser(lantern.asha).get(f"/lantern/pay/statements/{statement.pk}/"))
        assert "62,000 × 3\u00a0% = 1,860" in page and "¥1,860.00" in page and "Question this line" in page

    def test_is_nobodys_to_approve_who_is_in_it(self, lantern):
        statement = draft(lantern.bela.person, lantern.one)
        assert browser(lantern.bela).get(f"/lantern/pay/statements/{statement.pk}/").status_code == 404
        act(lantern.dora, statement, "approve")
        statement.refresh_from_db()
        assert statement.status == Status.APPROVED

    def test_is_approved_by_hr_only_where_nobody_leads(self, lantern):
        below, top = draft(lantern.asha.person, lantern.one), draft(lantern.dora.person, lantern.east)
        codes = [act(lantern.hana, s, "approve").status_code for s in (below, top)]
        assert codes == [403, 302] and Statement.objects.get(pk=top.pk).status == Status.APPROVED

    @pytest.mark.parametrize(("before", "verb"), [(None, "approve"), (Status.APPROVED, "check"), (Status.CHECKED, "publish")])
    def test_says_line_by_line_what_has_changed_before_anybody_decides(self, lantern, before, verb):
        statement = draft(lantern.asha.person, lantern.one)
        if before:
            bring(statement, before)
        state = Statement.objects.get(pk=statement.pk).status
        page = body(
            browser(lantern.dora if verb == "approve" else lantern.hana).get(f"/lantern/pay/statements/{statement.pk}/")
        )
        StatementLine.objects.filter(statement=statement).update(amount=F("amount") + 50_00)
        Statement.objects.filter(pk=statement.pk).update(total=F("total") + 50_00)
        member = lantern.dora if verb == "approve" else lantern.hana
        address = f"/lantern/pay/statements/{statement.pk}/{verb}/"
        said = body(browser(member).post(address, {"seen": carried(page)[0]}, follow=True))
        assert "¥1,860.00 then, ¥1,910.00 now" in said
        assert Statement.objects.get(pk=statement.pk).status == state
        act(member, statement, verb)
        assert Statement.objects.get(pk=statement.pk).status != state

    def test_goes_back_with_its_reason(self, lantern):
        statement = bring(draft(lantern.asha.person, lantern.one), Status.APPROVED)
        address = f"/lantern/pay/statements/{statement.pk}/"
        assert browser(lantern.hana).post(f"{address}send-back/", {"reason": ""}).status_code == 422
        browser(lantern.hana).post(f"{address}send-back/", {"reason": "Order 7 is missing"})
        assert "Order 7 is missing" in body(browser(lantern.bela).get(address))

    def test_asks_to_confirm_a_deduction(self, lantern):
        statement = published(lantern.asha.person, lantern.one, lines=((LineKind.EARNED, 500), (LineKind.CLAWBACK, -100)))
        address, asha = f"/lantern/pay/statements/{statement.pk}/", browser(lantern.asha)
        assert "I have seen it" in body(asha.get(address)) and "Look and confirm" in body(asha.get("/lantern/pay/mine/"))
        asha.post(f"{address}acknowledge/")
        assert "Confirmed" in body(asha.get(address)) and "Look and confirm" not in body(asha.get("/lantern/pay/mine/"))

    def test_says_at_the_field_that_too_much_was_paid(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        given = {"amount": "1860.01", "paid_on": "2026-04-10", "client_ref": REF}
        answer = browser(lantern.hana).post(f"/lantern/pay/statements/{statement.pk}/pay/", given)
        assert answer.status_code == 422 and "more than what is still due" in answer.content.decode()
        assert not Payout.objects.exists()

    def test_changed_and_sent_again_after_going_back_is_asked_about(self, lantern):
        """A part of 500 after one of 1,000, typed into the page that one goes back to: not lost, and not recorded unasked."""
        statement = published(lantern.asha.person, lantern.one)
        client, address = browser(lantern.hana), f"/lantern/pay/statements/{statement.pk}/pay/"
        given = {"amount": "1000", "paid_on": "2026-04-10", "client_ref": REF}
        for _press in range(2):
            assert client.post(address, given).status_code == 302
        answer = client.post(address, given | {"amount": "500"})
        page = answer.content.decode()
        assert answer.status_code == 422 and "1,000, paid out on 2026-04-10, is recorded" in page
        (ref,) = set(carried(page, "client_ref"))
        for _press in range(2):
            client.post(address, given | {"amount": "500", "client_ref": ref})
        assert sorted(Payout.objects.values_list("amount", flat=True)) == [500_00, 1000_00]

    def test_a_correction_changed_and_sent_again_is_asked_about(self, lantern):
        client, address = browser(lantern.hana), "/lantern/pay/corrections/"
        given = {
            "person": lantern.asha.person.pk, "month": "2026-04-01", "amount": "5000", "reason": "Order 7", "client_ref": REF
        }  # fmt: skip
        for _press in range(2):
            assert client.post(address, given).status_code == 302
        answer = client.post(address, given | {"person": lantern.ada.person.pk})
        page = answer.content.decode()
        assert answer.status_code == 422 and "5,000 for Asha in 2026-04 is recorded" in page
        (ref,) = set(carried(page, "client_ref"))
        assert client.post(address, given | {"person": lantern.ada.person.pk, "client_ref": ref}).status_code == 302
        assert sorted(PayAdjustment.objects.values_list("person__name", "amount")) == [("Ada", 5000_00), ("Asha", 5000_00)]


class TestFiles:
    def test_workbook_adds_up_by_formulas_that_hold_the_same_values(self, lantern):
        statement = published(lantern.asha.person, lantern.one, lines=((LineKind.EARNED, 186_000), (LineKind.HELD, -37_200)))
        answer = browser(lantern.asha).get(f"/lantern/pay/statements/{statement.pk}/workbook/")
        book = Book(answer.content)
        (sheet,) = book.sheets
        formulas, cells = book.formulas[sheet], book.cells[sheet]
        assert formulas == {(5, 9): "C9*D9", (6, 11): "F8+F10"}
        assert [book.calculated(sheet, at) for at in formulas] == [cells[at] for at in formulas] == [1860, 1488]

    def test_workbook_says_what_each_line_is_and_where_the_statement_stands(self, lantern):
        statement = published(lantern.asha.person, lantern.one, lines=((LineKind.EARNED, 500), (LineKind.CARRIED, -100)))

        def texts():
            book = Book(browser(lantern.asha).get(f"/lantern/pay/statements/{statement.pk}/workbook/").content)
            return list(book.cells[book.sheets[0]].values())

        said = texts()
        assert {
            f"{line.name} · {line.get_kind_display()}" if line.name else line.get_kind_display()
            for line in statement.lines.all()
        } <= set(said)
        assert "Published" in said
        browser(lantern.hana).post(
            f"/lantern/pay/statements/{statement.pk}/pay/", {"amount": "1", "paid_on": "2026-04-10", "client_ref": REF}
        )
        assert "Paid in part" in texts()

    def test_paper_is_a_pdf(self, lantern):
        statement = published(lantern.asha.person, lantern.one)
        answer = browser(lantern.asha).get(f"/lantern/pay/statements/{statement.pk}/paper/")
        assert answer.content.startswith(b"%PDF") and "2026-03" in answer["Content-Disposition"]

    def test_payroll_is_kept_as_it_was_handed_out(self, lantern):
        published(lantern.asha.person, lantern.one, lines=((LineKind.EARNED, 500), (LineKind.HELD, -100)))
        published(lantern.ada.person, lantern.one)
        draft(lantern.ben.person, lantern.two)
        hana, given = browser(lantern.hana), {"month": "2026-03-01", "ending": "xlsx", "client_ref": REF}
        for _press in range(2):
            hana.post("/lantern/pay/payroll/", given)
        kept = PayExport.objects.get()
        assert (kept.people, kept.total) == (2, 186_400)
        book = Book(hana.get(f"/lantern/pay/payroll/{kept.pk}/").content)
        (sheet,) = book.sheets
        rows = [[book.cells[sheet].get((column, row)) for column in range(2, 9)] for row in (1, 2, 3)]
        assert rows[0][2:] == ["Earned", "Held back", "Total", "Paid out", "Still to be paid"]
        assert rows[1:] == [["Ada", "Team One", 1860, 0, 1860, 0, 1860], ["Asha", "Team One", 5, -1, 4, 0, 4]]

    def test_payroll_of_a_form_of_before_holds_what_was_published_since(self, lantern):
        published(lantern.asha.person, lantern.one)
        hana, given = browser(lantern.hana), {"month": "2026-03-01", "ending": "xlsx", "client_ref": REF}
        hana.post("/lantern/pay/payroll/", given)
        published(lantern.ada.person, lantern.one)
        for _press in range(2):
            hana.post("/lantern/pay/payroll/", given)
        assert sorted(PayExport.objects.values_list("people", flat=True)) == [1, 2]

    def test_payroll_as_text(self, lantern):
        published(lantern.asha.person, lantern.one)
        hana = browser(lantern.hana)
        hana.post("/lantern/pay/payroll/", {"month": "2026-03-01", "ending": "csv", "client_ref": REF})
        text = hana.get(f"/lantern/pay/payroll/{PayExport.objects.get().pk}/").content.decode("utf-8-sig")
        assert text.splitlines()[1] == "E-asha,Asha,Team One,1860.00,1860.00,0.00,1860.00"


class TestQuestions:
    def test_goes_from_the_line_to_an_amount_in_the_next_statement(self, lantern):
        line = published(lantern.asha.person, lantern.one).lines.get()
        given = {"text": "Order 7 is missing", "client_ref": REF}
        address = browser(lantern.asha).post(f"/lantern/pay/lines/{line.pk}/ask/", given)["Location"]
        bela = browser(lantern.bela)
        assert "1 question to answer" in body(bela.get("/lantern/")) and "Order 7 is missing" in body(bela.get(address))
        bela.post(f"{address}settle/", {"outcome": "GRANT", "amount": "12.50", "text": "You are right"})
        assert PayAdjustment.objects.get().amount == Decimal("12.50") * 100 and PayAdjustment.objects.get().holds_from == APRIL
        assert "You are right" in body(browser(lantern.asha).get(address)) and "¥12.50" in body(bela.get(address))

    @pytest.mark.parametrize(
        "given", [{"outcome": "GRANT", "text": "Yes"}, {"outcome": "GRANT", "amount": "0", "text": "Yes"}, {}]
    )
    def test_needs_an_amount_to_grant_and_words(self, lantern, given):
        line = published(lantern.asha.person, lantern.one).lines.get()
        dispute = Dispute.objects.create(line=line, due_on=date(2026, 4, 15))
        answer = browser(lantern.bela).post(f"/lantern/pay/questions/{dispute.pk}/settle/", given)
        assert answer.status_code == 422 and not PayAdjustment.objects.exists()
        assert b"invalid-feedback" in answer.content

    def test_says_at_the_outcome_that_none_is_chosen(self, lantern):
        line = published(lantern.asha.person, lantern.one).lines.get()
        dispute = Dispute.objects.create(line=line, due_on=date(2026, 4, 15))
        given = {"amount": "12.50", "text": "Order 7"}
        answer = browser(lantern.bela).post(f"/lantern/pay/questions/{dispute.pk}/settle/", given)
        choices = answer.content.decode().partition('<fieldset class="pay-choices">')[2].partition("</fieldset>")[0]
        assert "This field is required." in choices


class TestTerms:
    @pytest.mark.parametrize(("typed", "kept"), [("4,500", 450_000), ("1.2万", 1_200_000), (" 4500.5 ", 450_050)])
    def test_takes_amounts_as_people_type_and_paste_them(self, lantern, typed, kept):
        given = {"person": lantern.asha.person.pk, "starts_on": "2026-04-01", "base_pay": typed}
        assert browser(lantern.hana).post("/lantern/pay/terms/", given).status_code == 302
        assert PayTerms.objects.get().base_pay == kept

    def test_finds_somebody_and_those_whose_base_pay_is_not_set(self, lantern):
        PayTerms.objects.create(person=lantern.asha.person, starts_on=MARCH, base_pay=400_000)
        hana = browser(lantern.hana)
        found = {
            query: {row.name for row in hana.get(f"/lantern/pay/terms/?{query}").context["page"].object_list}
            for query in ("q=ash", "state=unset", f"q={lantern.bela.person.employee_number.lower()}", "q=nobody")
        }
        assert found["q=ash"] == {"Asha"} and "Asha" not in found["state=unset"] and "Bela" in found["state=unset"]
        assert list(found.values())[2:] == [{"Bela"}, set()]
        assert "Bela" not in hana.get("/lantern/pay/terms/?q=ash&as=csv").content.decode()

    @pytest.mark.parametrize(
        "wrong", [{"base_pay": "four"}, {"base_pay": "-1"}, {"starts_on": "9999-12-31"}, {"starts_on": "0001-01-01"}]
    )
    def test_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(self, lantern, wrong):
        given = {"person": lantern.asha.person.pk, "starts_on": "2026-04-01", "base_pay": "4500"} | wrong
        answer = browser(lantern.hana).post("/lantern/pay/terms/", given)
        [name] = wrong
        assert answer.status_code == 422 and list(answer.context["form"].errors) == [name]
        assert f'value="{given["base_pay"]}"' in answer.content.decode() and not PayTerms.objects.exists()


def test_a_person_is_told_what_the_running_month_comes_to(lantern):
    page = body(browser(lantern.asha).get("/lantern/pay/mine/so-far/"))
    assert "Nothing is earned yet" in page
