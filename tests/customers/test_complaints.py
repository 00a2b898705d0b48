"""Complaints: entered, answered, closed, judged again, taken back; and what each of them counts."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import Client

from accounts.models import AuditEntry, Company
from accounts.services import change_company
from accounts.services.companies import CompanyRefused
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing, Credit
from credits.queries.reconciliation import reconcile
from customers import services
from customers.models import Complaint, Customer
from teams.services import transfer
from tests.credits.stories import make_customer
from tests.signing_in import BACKEND

TODAY = date(2026, 3, 18)
MONDAY = date(2026, 3, 16)
REF = "6f1c1a1e-0000-4000-8000-00000000c0de"


def enter(cast, **given):
    customer = given.pop("customer", None) or make_customer(owner=cast.asha.person)
    told = {"raised_on": MONDAY, "severity": "SERIOUS", "what": "The door jams", "today": TODAY, "by": cast.bela.user}
    return services.raise_complaint(customer=customer, **told | given)


def counted(*keys):
    rows = Credit.objects.filter(measure="COMPLAINTS").order_by().values_list(*keys).annotate(total=Sum("amount"))
    return {row[:-1] if len(keys) > 1 else row[0]: row[-1] for row in rows if row[-1]}


def exact():
    (row,) = [row for row in reconcile() if row.measure == "COMPLAINTS"]
    assert row.is_exact
    return row.ledger


class TestCounting:
    def test_counts_with_its_weight_for_who_looks_after_the_customer_on_the_day_it_was_raised(self, lantern):
        enter(lantern)
        assert counted("person", "unit", "day") == {(lantern.asha.person.pk, lantern.one.pk, MONDAY): 2}
        assert exact() == 2

    def test_counts_in_the_unit_of_that_day_however_late_it_is_entered(self, lantern):
        transfer(person=lantern.asha.person, unit=lantern.two, role="REP", from_day=TODAY - timedelta(days=1), by=None)
        enter(lantern)
        assert counted("unit") == {lantern.one.pk: 2}
        enter(lantern, raised_on=TODAY)
        assert counted("unit") == {lantern.one.pk: 2, lantern.two.pk: 2}

    def test_stays_with_whoever_had_the_customer_then(self, lantern):
        complaint = enter(lantern)
        services.reassign_customers(customers=[complaint.customer], owner=lantern.ben.person, by=None)
        credits.post_all()
        assert counted("person") == {lantern.asha.person.pk: 2}

    def test_of_a_customer_that_nobody_looks_after_counts_for_the_company_only(self, lantern):
        enter(lantern, customer=make_customer())
        assert counted("person", "unit") == {(None, None): 2}

    def test_another_severity_posts_the_difference(self, lantern):
        complaint = enter(lantern)
        judged = {"raised_on": MONDAY, "handler": lantern.bela.person, "today": TODAY, "by": lantern.bela.user}
        services.judge_complaint(complaint=complaint, severity="SEVERE", **judged)
        assert list(Credit.objects.filter(measure="COMPLAINTS").order_by("pk").values_list("amount", flat=True)) == [2, 1]
        services.judge_complaint(complaint=complaint, severity="MINOR", **judged)
        assert counted("day") == {MONDAY: 1}

    def test_another_day_moves_it(self, lantern):
        complaint = enter(lantern)
        services.judge_complaint(
            complaint=complaint, raised_on=TODAY, severity="SERIOUS", handler=None, today=TODAY, by=lantern.bela.user
        )
        assert counted("day") == {TODAY: 2}

    def test_entered_by_mistake_it_counts_nothing_until_it_is_put_back(self, lantern):
        complaint = enter(lantern)
        services.cancel_complaint(complaint=complaint, by=lantern.bela.user)
        assert counted("day") == {}
        assert exact() == 0
        services.reopen_complaint(complaint=complaint, by=lantern.bela.user)
        assert counted("day") == {MONDAY: 2}
        assert exact() == 2

    def test_an_answer_changes_no_figure(self, lantern):
        complaint = enter(lantern)
        services.answer_complaint(complaint=complaint, answer="Planed it", answered_on=TODAY, today=TODAY, by=lantern.asha.user)
        services.close_complaint(complaint=complaint, today=TODAY, by=lantern.asha.user)
        assert Credit.objects.filter(measure="COMPLAINTS").count() == 1

    def test_the_weight_of_the_day_it_was_entered_holds(self, lantern):
        complaint = enter(lantern)
        change_company(company=lantern.lantern, complaint_weights=[1, 5, 9], by=lantern.amir.user)
        credits.post_all()
        assert counted("day") == {MONDAY: 2}
        enter(lantern)
        assert counted("day") == {MONDAY: 7}
        services.judge_complaint(
            complaint=complaint, raised_on=MONDAY, severity="SEVERE", handler=None, today=TODAY, by=lantern.bela.user
        )
        assert counted("day") == {MONDAY: 14}

    def test_for_a_closed_period_it_is_a_restatement(self, lantern):
        Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=date(2026, 3, 1))
        enter(lantern, raised_on=date(2026, 2, 20))
        assert counted("day", "counts_on") == {(date(2026, 2, 20), date(2026, 3, 1)): 2}

    def test_carries_the_channel_of_its_customer(self, lantern):
        channel = services.add_channel(code="fair", name="Fair", by=None)
        complaint = enter(lantern)
        services.change_customer(customer=complaint.customer, channel=channel, by=None)
        assert counted("channel") == {channel.pk: 2}


class TestEntering:
    def test_the_same_reference_twice_makes_one(self, lantern):
        assert enter(lantern, client_ref=REF).pk == enter(lantern, client_ref=REF).pk
        assert Complaint.objects.count() == 1

    def test_refuses_tomorrow_and_keeps_nothing(self, lantern):
        with pytest.raises(services.ComplaintRefused):
            enter(lantern, raised_on=TODAY + timedelta(days=1))
        assert not Complaint.objects.exists()
        assert not AuditEntry.objects.filter(about_model="customers.complaint").exists()

    def test_the_database_refuses_a_closed_one_without_its_day(self, lantern):
        complaint = enter(lantern)
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.filter(pk=complaint.pk).update(status="CLOSED")


class TestLife:
    def test_goes_from_open_to_answered_to_closed_and_back(self, lantern):
        complaint = enter(lantern)
        with pytest.raises(services.ComplaintRefused, match="what was done"):
            services.close_complaint(complaint=complaint, today=TODAY, by=None)
        answer = {"answer": "Planed it", "answered_on": TODAY, "today": TODAY, "by": None}
        assert services.answer_complaint(complaint=complaint, **answer).status == "ANSWERED"
        closed = services.close_complaint(complaint=complaint, today=TODAY, by=None)
        assert (closed.status, closed.closed_on) == ("CLOSED", TODAY)
        with pytest.raises(services.ComplaintRefused, match="closed"):
            services.answer_complaint(complaint=complaint, **answer)
        opened = services.reopen_complaint(complaint=complaint, by=None)
        assert (opened.status, opened.closed_on) == ("ANSWERED", None)

    def test_is_not_answered_before_it_was_raised(self, lantern):
        complaint = enter(lantern)
        with pytest.raises(services.ComplaintRefused):
            services.answer_complaint(
                complaint=complaint, answer="x", answered_on=MONDAY - timedelta(days=1), today=TODAY, by=None
            )
        complaint.refresh_from_db()
        assert (complaint.status, complaint.answer) == ("OPEN", "")

    def test_one_entered_by_mistake_is_not_judged(self, lantern):
        complaint = services.cancel_complaint(complaint=enter(lantern), by=None)
        with pytest.raises(services.ComplaintRefused):
            services.judge_complaint(
                complaint=complaint, raised_on=MONDAY, severity="SEVERE", handler=None, today=TODAY, by=None
            )
        assert counted("day") == {}


@pytest.mark.parametrize("weights", [[], [1, 2], [0, 1, 2], [3, 2, 1], [1, 2, 101]])
def test_weights_that_make_no_sense_are_refused(lantern, weights):
    with pytest.raises(CompanyRefused):
        change_company(company=lantern.lantern, complaint_weights=weights, by=lantern.amir.user)
    assert Company.objects.get(slug="lantern").complaint_weights == [1, 2, 3]


class TestPages:
    @pytest.fixture
    def as_(self, cast, time_machine):
        time_machine.move_to("2026-03-18T02:00:00Z")

        def client_of(who):
            client = Client()
            client.force_login(getattr(cast, who).user, backend=BACKEND)
            return client

        return client_of

    def test_a_rep_enters_one_and_answers_it_from_the_customers_page(self, cast, as_):
        with company_scope(cast.lantern):
            customer = make_customer(owner=cast.asha.person)
        asha = as_("asha")
        assert "complaints/add/?customer=" in asha.get(f"/lantern/customers/{customer.pk}/").content.decode()
        body = {"customer": customer.pk, "severity": "SEVERE", "what": "It leaks", "raised_on": "2026-03-18", "client_ref": REF}
        where = asha.post("/lantern/customers/complaints/add/", body)["Location"]
        answer = asha.post(f"{where}answer/", {"answer": "Sealed it", "answered_on": "2026-03-18"})
        assert answer["Location"] == where
        assert "Sealed it" in asha.get(where).content.decode()
        asha.post(f"{where}close/")
        assert "It leaks" in asha.get(f"/lantern/customers/{customer.pk}/").content.decode()
        with company_scope(cast.lantern):
            assert Complaint.objects.get().status == "CLOSED"

    def test_a_rep_cannot_take_one_back_nor_make_it_lighter(self, cast, as_):
        with company_scope(cast.lantern):
            complaint = enter(cast)
        asha, where = as_("asha"), f"/lantern/customers/complaints/{complaint.pk}/"
        assert asha.post(f"{where}cancel/").status_code == 403
        assert asha.post(f"{where}judge/", {"severity": "MINOR", "raised_on": "2026-03-16"}).status_code == 403
        with company_scope(cast.lantern):
            assert counted("day") == {MONDAY: 2}

    def test_a_rep_cannot_put_back_what_the_manager_took_back(self, cast, as_):
        with company_scope(cast.lantern):
            complaint = services.cancel_complaint(complaint=enter(cast), by=None)
        as_("asha").post(f"/lantern/customers/complaints/{complaint.pk}/reopen/")
        with company_scope(cast.lantern):
            assert Complaint.objects.get().status == "CANCELLED"

    def test_the_manager_narrows_the_list_by_status_severity_and_unit(self, cast, as_):
        with company_scope(cast.lantern):
            first, second = (
                enter(cast, customer=Customer.objects.create(name=name, owner=cast.asha.person), severity=severity)
                for name, severity in (("Loud", "SEVERE"), ("Quiet", "MINOR"))
            )
            services.answer_complaint(complaint=second, answer="x", answered_on=TODAY, today=TODAY, by=None)
        bela = as_("bela")

        def found(query):
            page = bela.get(f"/lantern/customers/complaints/{query}").content.decode()
            return {name for name in ("Loud", "Quiet") if name in page}

        assert found("") == {"Loud", "Quiet"}
        assert found("?severity=SEVERE") == {"Loud"}
        assert found("?status=ANSWERED") == {"Quiet"}
        assert found(f"?unit={cast.one.pk}&status=waiting") == {"Loud", "Quiet"}
        assert found("?status=CANCELLED") == set()
        assert bela.get("/lantern/customers/complaints/?as=csv").status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"severity": "WORST", "what": "x", "raised_on": "2026-03-18"},
            {"severity": "MINOR", "what": "x\0y", "raised_on": "2026-03-18"},
            {"severity": "MINOR", "what": "x", "raised_on": "9999-12-31"},
            {"severity": "MINOR", "what": "x" * 2001, "raised_on": "2026-03-18"},
        ],
    )
    def test_says_at_the_form_what_is_wrong(self, cast, as_, body):
        with company_scope(cast.lantern):
            customer = make_customer(owner=cast.asha.person)
        response = as_("asha").post("/lantern/customers/complaints/add/", {"customer": customer.pk} | body)
        assert response.status_code == 422
        with company_scope(cast.lantern):
            assert not Complaint.objects.exists()

    def test_a_customer_out_of_sight_cannot_be_chosen(self, cast, as_):
        with company_scope(cast.lantern):
            customer = make_customer(owner=cast.ben.person)
        body = {"customer": customer.pk, "severity": "MINOR", "what": "x", "raised_on": "2026-03-18"}
        assert as_("asha").post("/lantern/customers/complaints/add/", body).status_code == 422
