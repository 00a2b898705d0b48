"""The demo company: lifelike, the same for the same day, made once."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.models import Company, User
from common.periods import PeriodKind, month_of, previous
from common.tenancy import company_scope
from credits.closing_checks import findings_in
from credits.models import Credit
from credits.queries.closings import closed_before, closing_rows
from credits.queries.reconciliation import reconcile
from credits.rollups import has_dirty_days
from credits.rules import Measure
from customers.models import Customer
from deals.models import Deal, DealReturn, DealShare, Payment
from demo.people import PASSWORD
from demo.seed import Size, seed
from targets.models import Attainment, Metric, Target
from teams.models import Assignment, Person
from teams.rules import TenureStage, tenure_stage
from visits.models import Visit

UNTIL = date(2026, 11, 20)
SMALL = Size(working_days=45, teams=3)


@pytest.fixture(scope="module")
def small_demo(django_db_setup, django_db_blocker):
    """A short story, told once for this module and forgotten afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert seed(until=UNTIL, size=SMALL)
        yield
        transaction.set_rollback(True)


def _facts():
    with company_scope(Company.objects.get(slug="jincheng")):
        return (
            list(Deal.objects.order_by("number").values_list("number", "amount", "closed_on")[:40]),
            Visit.objects.count(),
            Customer.objects.count(),
        )


def test_tells_of_sales_visits_payments_and_returns(small_demo):
    with company_scope(Company.objects.get(slug="jincheng")):
        assert Deal.objects.won().count() > 50
        assert Visit.objects.filter(is_valid=False).exists()
        assert Payment.objects.exists()
        assert DealReturn.objects.exists()
        assert Credit.objects.exists()
        assert Attainment.objects.filter(commit__gt=0, numerator__gt=0).exists()
        assert not Visit.objects.filter(visited_on__gt=UNTIL).exists()


def test_has_people_in_every_stage_and_some_who_left(small_demo):
    with company_scope(Company.objects.get(slug="jincheng")):
        stages = {tenure_stage(hired_on, UNTIL) for hired_on in Person.objects.values_list("hired_on", flat=True)}
        assert stages == set(TenureStage)
        assert Person.objects.exclude(left_on=None).exists()
        assert Assignment.objects.count() > Person.objects.count()


def test_targets_of_children_add_up_to_their_parents(small_demo):
    with company_scope(Company.objects.get(slug="jincheng")):
        # Rates are handed down, not added up.
        rows = Target.objects.filter(plan__metric__kind__in=Metric.ADDING).values_list(
            "plan_id", "month", "unit_id", "unit__parent_id", "within_id", "floor", "commit", "stretch"
        )
        own = {(plan, month, unit): tiers for plan, month, unit, _parent, _within, *tiers in rows if unit}
        below = {}
        for plan, month, unit, parent, within, *tiers in rows:
            if above := (parent if unit else within):
                sums = below.setdefault((plan, month, above), [0, 0, 0])
                below[plan, month, above] = [a + b for a, b in zip(sums, tiers, strict=True)]
        assert own
        assert {key: own[key] for key in below} == below


def test_lets_everybody_sign_in_with_the_shown_password(small_demo):
    for login in ("rep", "manager", "director", "hr", "admin"):
        assert User.objects.get(email=f"{login}@jincheng.example").check_password(PASSWORD)


def test_leaves_nothing_uncounted_so_that_its_months_can_be_closed(small_demo):
    with company_scope(Company.objects.get(slug="jincheng")):
        assert all(row.is_exact and row.is_rolled_up for row in reconcile())
        assert not has_dirty_days()
        last_month = previous(month_of(UNTIL), PeriodKind.MONTH)
        assert not any(finding.is_blocking for finding in findings_in(last_month))


def test_lives_on_after_its_last_closing(small_demo):
    """A hire, a late transfer, a shared deal, a late deal, a return, a late payment: each leaves its credits where it must."""
    with company_scope(Company.objects.get(slug="jincheng")):
        november = month_of(UNTIL).starts_on
        assert closed_before() == november
        assert all(row.is_unchanged for row in closing_rows())
        late = Credit.objects.filter(day__lt=november).exclude(counts_on=F("day"))
        assert set(late.values_list("source", flat=True)) >= {"DEAL", "PAYMENT"}
        assert set(late.values_list("counts_on", flat=True)) == {november}
        assert Credit.objects.filter(measure=Measure.REVENUE, is_overlay=True, counts_on__gte=november).exists()
        assert Credit.objects.filter(source="RETURN", day=UNTIL, amount__lt=0).exists()
        moved = Assignment.objects.get(starts_on=date(2026, 10, 16), person__assignments__starts_on__lt=date(2026, 10, 16))
        assert not Credit.objects.filter(person=moved.person, unit=moved.unit, counts_on__lt=november).exists()
        assert Credit.objects.filter(person=moved.person, unit=moved.unit, counts_on__gte=november).exists()
        assert Person.objects.filter(hired_on__gte=november, membership=None).exists()
        assert DealShare.objects.values("deal").distinct().count() > 1


def test_is_made_once(small_demo, capsys):
    before = _facts()
    call_command("seed_demo", until=UNTIL, working_days=45, teams=3)
    assert "there already" in capsys.readouterr().out
    assert _facts() == before


def test_tells_the_same_story_again(small_demo):
    told = _facts()
    with transaction.atomic():
        for slug in ("jincheng", "beichen"):
            Company.objects.filter(slug=slug).update(slug=f"{slug}-first")
        User.objects.update(email=Concat(Value("first-"), "email"), phone=None)
        assert seed(until=UNTIL, size=SMALL)
        assert _facts() == told
        transaction.set_rollback(True)
