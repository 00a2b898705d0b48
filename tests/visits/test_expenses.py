"""Expenses: claimed, decided by whoever leads the claimant, taken back; and what they count."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from common.periods import month_of
from common.tenancy import company_scope
from credits import services as credits
from credits.models import Closing, Credit
from credits.queries.reconciliation import reconcile
from targets import rollups
from targets.models import Metric
from targets.queries.windows import Window, figures_in
from targets.services.metrics import add_builtin_metrics
from teams.services import transfer
from tests.credits.stories import make_customer, make_deal
from tests.signing_in import BACKEND
from visits import services
from visits.models import Expense, ExpenseCategory

TODAY = date(2026, 3, 18)
MONDAY = date(2026, 3, 16)
REF = "6f1c1a1e-0000-4000-8000-00000000cafe"


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        services.add_category(name="Travel", by=None)
        yield cast


def claim(cast, who="asha", **given):
    told = {"category": ExpenseCategory.objects.first(), "amount": Decimal("12.34"), "spent_on": MONDAY, "today": TODAY}
    member = getattr(cast, who)
    return services.claim_expense(person=member.person, by=member.user, **told | given)


def approve(cast, expense, who="bela"):
    member = getattr(cast, who)
    return services.approve_expense(expense=expense, decider=member.person, now=timezone.now(), by=member.user)


def counted(*keys):
    rows = Credit.objects.filter(measure="EXPENSES").order_by().values_list(*keys).annotate(total=Sum("amount"))
    return {row[:-1] if len(keys) > 1 else row[0]: row[-1] for row in rows if row[-1]}


class TestCounting:
    def test_counts_in_cents_on_the_day_it_was_spent_once_it_is_approved(self, lantern):
        expense = claim(lantern)
        assert counted("day") == {}
        approve(lantern, expense)
        assert counted("person", "unit", "day") == {(lantern.asha.person.pk, lantern.one.pk, MONDAY): 1234}
        assert all(row.is_exact for row in reconcile() if row.measure == "EXPENSES")

    def test_undone_it_counts_no_more_and_waits_again(self, lantern):
        expense = approve(lantern, claim(lantern))
        services.undo_decision(expense=expense, decider=lantern.bela.person, by=lantern.bela.user)
        assert counted("day") == {}
        assert list(Credit.objects.filter(measure="EXPENSES").values_list("amount", flat=True).order_by("pk")) == [1234, -1234]
        assert Expense.objects.get().status == "SUBMITTED"

    def test_approved_twice_it_counts_once(self, lantern):
        expense = claim(lantern)
        approve(lantern, expense)
        approve(lantern, expense)
        credits.post_all()
        assert counted("day") == {MONDAY: 1234}

    def test_declined_it_counts_nothing(self, lantern):
        services.decline_expense(
            expense=claim(lantern), decider=lantern.bela.person, reason="No receipt", now=timezone.now(), by=lantern.bela.user
        )
        credits.post_all()
        assert counted("day") == {}

    def test_counts_in_the_unit_of_the_day_it_was_spent(self, lantern):
        approve(lantern, claim(lantern))
        transfer(person=lantern.asha.person, unit=lantern.two, role="REP", from_day=date(2026, 3, 2), by=None)
        assert counted("unit") == {lantern.two.pk: 1234}

    def test_for_a_closed_period_it_is_a_restatement(self, lantern):
        Closing.objects.create(starts_on=date(2026, 1, 1), ends_before=date(2026, 3, 1))
        approve(lantern, claim(lantern, spent_on=date(2026, 2, 20)))
        assert counted("day", "counts_on") == {(date(2026, 2, 20), date(2026, 3, 1)): 1234}

    def test_the_ratio_is_expense_by_revenue_and_nothing_without_revenue(self, lantern):
        add_builtin_metrics()
        approve(lantern, claim(lantern, amount=Decimal(50)))
        make_deal(lantern.ada.person, amount=1000, closed_on=MONDAY, customer=make_customer())
        credits.post_all()
        rollups.refresh_everything(today=TODAY)
        metric, window = Metric.objects.get(code="expense_ratio"), Window(month_of(TODAY), "MONTH")
        team = figures_in(metrics=[metric], window=window, unit_ids=[lantern.one.pk])[(metric.pk, lantern.one.pk)]
        assert (team.numerator, team.denominator) == (5000, 100_000)
        asha = figures_in(metrics=[metric], window=window, person_ids=[lantern.asha.person.pk])[
            (metric.pk, lantern.asha.person.pk)
        ]
        assert (asha.numerator, asha.denominator or 0) == (5000, 0)


class TestDeciding:
    def test_nobody_decides_about_their_own(self, lantern):
        expense = claim(lantern, "bela")
        with pytest.raises(services.ExpenseRefused, match="own"):
            approve(lantern, expense, "bela")
        assert counted("day") == {}
        approve(lantern, expense, "dora")
        assert counted("day") == {MONDAY: 1234}

    def test_what_was_declined_is_not_approved_before_that_is_undone(self, lantern):
        expense = claim(lantern)
        decided = {"decider": lantern.bela.person, "by": lantern.bela.user}
        services.decline_expense(expense=expense, reason="No receipt", now=timezone.now(), **decided)
        with pytest.raises(services.ExpenseRefused):
            approve(lantern, expense)
        services.undo_decision(expense=expense, **decided)
        approve(lantern, expense)
        assert counted("day") == {MONDAY: 1234}

    def test_declining_takes_a_reason(self, lantern):
        with pytest.raises(services.ExpenseRefused):
            services.decline_expense(
                expense=claim(lantern), decider=lantern.bela.person, reason=" ", now=timezone.now(), by=lantern.bela.user
            )

    def test_what_was_approved_is_not_withdrawn(self, lantern):
        expense = approve(lantern, claim(lantern))
        with pytest.raises(services.ExpenseRefused):
            services.withdraw_expense(expense=expense, by=lantern.asha.user)
        assert counted("day") == {MONDAY: 1234}

    @pytest.mark.parametrize("given", [{"amount": Decimal(0)}, {"spent_on": TODAY + timedelta(days=1)}])
    def test_nothing_and_tomorrow_are_refused(self, lantern, given):
        with pytest.raises(services.ExpenseRefused):
            claim(lantern, **given)
        assert not Expense.objects.exists()

    def test_the_same_reference_twice_makes_one(self, lantern):
        assert claim(lantern, client_ref=REF).pk == claim(lantern, client_ref=REF).pk


class TestPages:
    @pytest.fixture
    def as_(self, cast, time_machine):
        time_machine.move_to("2026-03-18T02:00:00Z")
        with company_scope(cast.lantern):
            services.add_category(name="Travel", by=None)

        def client_of(who):
            client = Client()
            client.force_login(getattr(cast, who).user, backend=BACKEND)
            return client

        return client_of

    def test_a_rep_claims_and_the_manager_approves_in_the_list(self, cast, as_):
        with company_scope(cast.lantern):
            category = ExpenseCategory.objects.get()
        body = {"client_ref": REF, "amount": "25.5", "category": category.pk, "spent_on": "2026-03-17"}
        where = as_("asha").post("/lantern/visits/expenses/add/", body)["Location"]
        bela = as_("bela")
        assert f'action="{where}approve/"' in bela.get("/lantern/visits/expenses/").content.decode()
        answer = bela.post(f"{where}approve/", {"list": "?status=SUBMITTED&q=//elsewhere"})
        assert answer["Location"] == "/lantern/visits/expenses/?status=SUBMITTED&q=%2F%2Felsewhere"
        with company_scope(cast.lantern):
            assert counted("day") == {date(2026, 3, 17): 2550}
        assert "undo/" in bela.get(where).content.decode()

    def test_a_rep_approves_nothing_and_withdraws_only_their_own(self, cast, as_):
        with company_scope(cast.lantern):
            own, colleagues = claim(cast), claim(cast, "ada")
        asha = as_("asha")
        assert asha.post(f"/lantern/visits/expenses/{own.pk}/approve/").status_code == 403
        assert asha.post(f"/lantern/visits/expenses/{colleagues.pk}/withdraw/").status_code == 404
        assert as_("bela").post(f"/lantern/visits/expenses/{colleagues.pk}/withdraw/").status_code == 403
        asha.post(f"/lantern/visits/expenses/{own.pk}/withdraw/")
        with company_scope(cast.lantern):
            assert set(Expense.objects.values_list("status", flat=True)) == {"WITHDRAWN", "SUBMITTED"}

    @pytest.mark.parametrize(
        "given", [{"amount": "0"}, {"amount": "NaN"}, {"spent_on": "9999-12-31"}, {"note": "a\0"}, {"category": "0"}]
    )
    def test_says_at_the_form_what_is_wrong(self, cast, as_, given):
        with company_scope(cast.lantern):
            category = ExpenseCategory.objects.get()
        body = {"amount": "5", "category": category.pk, "spent_on": "2026-03-17"} | given
        assert as_("asha").post("/lantern/visits/expenses/add/", body).status_code == 422
        with company_scope(cast.lantern):
            assert not Expense.objects.exists()

    def test_the_admin_keeps_the_list_of_what_can_be_claimed(self, cast, as_):
        amir = as_("amir")
        assert amir.post("/lantern/visits/expenses/categories/", {"name": "Fairs"}).status_code == 302
        assert amir.post("/lantern/visits/expenses/categories/", {"name": "Fairs"}).status_code == 422
        with company_scope(cast.lantern):
            category = ExpenseCategory.objects.get(name="Fairs")
        amir.post(f"/lantern/visits/expenses/categories/{category.pk}/switch/")
        assert "Fairs" not in as_("asha").get("/lantern/visits/expenses/add/").content.decode()
