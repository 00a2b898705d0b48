"""Action plans: what channels must bring beside what they brought, tasks, and who may write them."""

from datetime import date
from uuid import uuid4

import pytest

from accounts.models import User
from common.periods import Period, quarter_of
from common.tenancy import company_scope
from credits import services as credits
from customers import services as customers
from customers.models import Channel
from deals import services as deals
from deals.rules import Line
from targets.models import ActionPlan, Metric
from targets.queries import actions as queries
from targets.queries.plans import sheet_of
from targets.services import actions, plans, splits
from targets.services.actions import Goal
from targets.services.metrics import add_builtin_metrics
from tests.signing_in import BACKEND

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
TODAY = date(2026, 3, 18)
QUARTER = quarter_of(TODAY, 1)


@pytest.fixture
def world(cast):
    """This year's revenue, 300,000 for Asha, and two channels; one of them has brought an order of 200."""
    User.objects.update(language="en")
    with company_scope(cast.lantern):
        add_builtin_metrics()
        cast.plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=100, by=cast.amir.user)
        splits.set_year(plan=cast.plan, tiers=1_200_000_00, method="EQUAL", on=TODAY, by=cast.amir.user)
        splits.split_down(plan=cast.plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=TODAY, by=cast.amir.user)
        cast.walk_in = customers.add_channel(code="walk", name="Walk-in", by=cast.amir.user)
        cast.fair = customers.add_channel(code="fair", name="Fair", by=cast.amir.user)
        customer = customers.add_customer(name="Mr Li", owner=cast.asha.person, phone="13800000001", by=cast.asha.user)
        product = deals.add_product(code="D", name="Door", list_price=100, cost=60, by=cast.amir.user)
        deals.log_deal(
            customer=customer, owner=cast.asha.person, channel=cast.walk_in, title="Doors", closed_on=TODAY,
            lines=[Line(product, 2, 100)], by=cast.asha.user,
        )  # fmt: skip
        credits.post_all()
        yield cast


def write(world, goals, **given):
    given = {"plan": world.plan, "person": world.asha.person, "by": world.bela.user} | given
    return actions.write_action_plan(goals=goals, **given)


def lines(world, found, *, person=True, period=YEAR):
    about = {"person": world.asha.person} if person else {"unit": world.one}
    return {line.channel: line for line in queries.channel_lines(found, plan=world.plan, period=period, **about)}


def url(world, key, more=""):
    return f"/lantern/targets/{world.plan.pk}/actions/{key}/{more}"


@pytest.fixture
def sign_in(client):
    def as_member(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return as_member


class TestChannels:
    def test_stand_beside_what_they_brought(self, world):
        found = write(world, {world.walk_in: Goal(100, 25, 5, 500_00), world.fair: Goal(amount=100_00)})
        line = lines(world, found)[world.walk_in]
        assert (line.orders_done, line.amount_done, line.percent) == (1, 200_00, 40)
        assert (line.visit_share, line.order_share) == (25, 20)
        assert lines(world, found)[world.fair].amount_done == 0

    def test_of_a_unit_hold_everybody_below(self, world):
        assert lines(world, None, person=False)[world.walk_in].amount_done == 200_00

    def test_count_in_their_quarter_only(self, world):
        later = quarter_of(date(2026, 5, 1), 1)
        assert lines(world, None, period=QUARTER)[world.walk_in].amount_done == 200_00
        assert lines(world, None, period=later)[world.walk_in].amount_done == 0

    def test_written_again_replace_what_was_there(self, world):
        write(world, {world.walk_in: Goal(amount=100), world.fair: Goal(amount=200)})
        found = write(world, {world.walk_in: Goal(), world.fair: Goal(amount=300)})
        assert [(goal.channel, goal.amount) for goal in found.goals.all()] == [(world.fair, 300)]

    def test_year_and_quarter_have_plans_of_their_own(self, world):
        year = write(world, {world.fair: Goal(amount=200)})
        assert write(world, {world.fair: Goal(amount=50)}, quarter=QUARTER.starts_on) != year
        assert ActionPlan.objects.count() == 2

    @pytest.mark.parametrize(
        ("goal", "code"),
        [
            (Goal(10, 20, 5), "order"),
            (Goal(None, 4, 5), "order"),
            (Goal(orders=10**9), "too_large"),
            (Goal(amount=10**16), "too_large"),
        ],
    )
    def test_refuse_what_cannot_be_and_store_nothing(self, world, goal, code):
        with pytest.raises(actions.ActionRefused) as caught:
            write(world, {world.fair: goal})
        assert (caught.value.code, ActionPlan.objects.exists()) == (code, False)

    def test_nobody_overwrites_what_they_have_not_seen(self, world):
        write(world, {world.fair: Goal(amount=200)}, seen_version=0)
        with pytest.raises(actions.ActionRefused) as caught:
            write(world, {world.fair: Goal(amount=900)}, seen_version=0)
        assert caught.value.code == "changed"
        write(world, {world.fair: Goal(amount=200)}, seen_version=0)  # who sends the same twice has what they want

    def test_below_a_unit_are_summed_up(self, world):
        write(world, {world.fair: Goal(amount=255_000_00)})
        sheet = sheet_of(world.plan, company=world.lantern)
        node = sheet.nodes[f"u{world.one.pk}"]
        rows = {row.name: row for row in queries.below(sheet, node, positions=range(12), quarter=None)}
        assert (rows["Asha"].covered, rows["Ada"].covered) == (85, None)


class TestTasks:
    def test_serve_the_plan_once_with_one_reference(self, world):
        given = {"plan": world.plan, "person": world.asha.person, "title": "Call", "owner": world.asha.person}
        ref = uuid4()
        for _press in range(2):
            actions.add_action_task(due_on=TODAY, client_ref=ref, by=world.bela.user, **given)
        found = queries.find_action_plan(plan=world.plan, person=world.asha.person)
        assert [task.title for task in queries.tasks_of(found)] == ["Call"]


class TestPages:
    def test_a_person_writes_their_own_once_it_is_theirs_to_see(self, world, sign_in):
        key = f"p{world.asha.person.pk}"
        assert sign_in(world.asha).get(url(world, key)).status_code == 404
        plans.publish(plan=world.plan, now="2026-01-01T00:00Z", by=world.amir.user)
        fair = Channel.objects.get(code="fair").pk
        body = {"version": 0, f"orders_{fair}": 3, f"amount_{fair}": "1.5万", "prospects": "the fair"}
        answer = sign_in(world.asha).post(url(world, key, "?quarter=2"), body)
        assert (answer.status_code, answer.url) == (302, url(world, key, "?quarter=2"))
        page = sign_in(world.bela).get(url(world, key, "?quarter=2"))
        assert (page.context["planned"], page.context["asked"], page.context["covered"]) == (15_000_00, 75_000_00, 20)

    def test_wrong_numbers_are_said_at_the_channel(self, world, sign_in):
        fair = Channel.objects.get(code="fair").pk
        page = sign_in(world.bela).post(url(world, f"u{world.one.pk}"), {f"visits_{fair}": 3, f"orders_{fair}": 9})
        assert (page.status_code, list(page.context["form"].errors)) == (422, [f"orders_{fair}"])
        assert not ActionPlan.objects.exists()

    @pytest.mark.parametrize("more", ["?quarter=5", "?quarter=x"])
    def test_there_are_four_quarters(self, world, sign_in, more):
        assert sign_in(world.bela).get(url(world, f"u{world.one.pk}", more)).status_code == 404

    @pytest.mark.parametrize("key", ["x1", "p", "u99999999999", "p1-2"])
    def test_a_key_that_is_none_is_not_found(self, world, sign_in, key):
        assert sign_in(world.bela).get(url(world, key)).status_code == 404
