"""What a company counts by its own rules: which deals, on which day, for whom; and that it adds up whatever happens."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits import services
from credits.models import Credit, OwnMeasure
from credits.queries.reconciliation import reconcile
from credits.rules import own
from credits.rules.own import BadPart, CreditedRole, Customers, DatedBy, Part
from customers.models import Channel
from deals.models import Deal, ProductLine
from targets import rollups
from teams.models import Task
from tests.credits.stories import MARCH_3, ledger, make_customer, make_deal, make_payment, make_product, make_return, make_visit
from tests.credits.test_properties import FIRST, Story, days, picks, stories

APRIL_1, MAY_1, LONG_AGO = date(2026, 4, 1), date(2026, 5, 1), date(2020, 1, 1)
CODE = "OWN:1:N"


def make_rule(measure="REVENUE", *, starts_on=LONG_AGO, code=CODE, **fields):
    given = {"dated_by": own.natural_day(measure), "role": "SHARES", "customers": "ALL"} | fields
    return OwnMeasure.objects.create(code=code, measure=measure, starts_on=starts_on, **given)


def counted(*keys):
    """Return what the rule counted, by the given fields."""
    return {key[1:]: amount for key, amount in ledger("measure", *keys).items() if key[0] == CODE}


def total():
    """Return what the rule counted in all."""
    return ledger("measure").get(CODE, 0)


class TestWhatCounts:
    def test_nothing_without_a_rule(self, lantern):
        services.post_deals([make_deal(lantern.asha.person, amount=1000).pk])
        assert not Credit.objects.filter(measure__startswith="OWN:").exists()

    def test_amounts_only_of_the_product_lines_that_are_named(self, lantern):
        tiles, tools = (ProductLine.objects.create(name=name) for name in ("Tiles", "Tools"))
        lines = [(make_product(tiles), 3, 100, 60), (make_product(tools), 2, 10, 12), (make_product(), 1, 7, 1)]
        deal = make_deal(lantern.asha.person, lines=lines)
        make_rule(product_line_ids=[tools.pk])
        services.post_deals([deal.pk])
        assert counted("product_line", "person") == {(tools.pk, lantern.asha.person.pk): 20_00}

    def test_deals_that_contain_one_of_the_product_lines(self, lantern):
        tiles, tools = (ProductLine.objects.create(name=name) for name in ("Tiles", "Tools"))
        both = make_deal(lantern.asha.person, lines=[(make_product(tiles), 1, 1, 1), (make_product(tools), 1, 1, 1)])
        neither = make_deal(lantern.asha.person, lines=[(make_product(tiles), 1, 1, 1)])
        make_rule("DEALS_WON", product_line_ids=[tools.pk])
        services.post_deals([both.pk, neither.pk])
        assert counted("source_id") == {(both.pk,): 1}

    def test_the_channel_of_the_deal_else_of_the_customer(self, lantern):
        web, fair = (Channel.objects.create(code=code, name=code) for code in ("web", "fair"))
        customer = make_customer(channel=web)
        deals = [
            make_deal(lantern.asha.person, amount=10, customer=customer),
            make_deal(lantern.asha.person, amount=20, customer=customer, channel=fair),
        ]
        make_rule(channel_ids=[web.pk])
        services.post_deals([deal.pk for deal in deals])
        assert counted("channel") == {(web.pk,): 10_00}

    @pytest.mark.parametrize(("customers", "amounts"), [("NEW", 10_00), ("RETURNING", 20_00 + 40_00), ("ALL", 77_00)])
    def test_new_and_returning_customers_even_if_the_first_deal_comes_in_last(self, lantern, customers, amounts):
        make_rule(customers=customers)
        customer, asha = make_customer(), lantern.asha.person
        for amount, day in ((20, APRIL_1), (40, MAY_1), (10, MARCH_3)):
            services.post_deals([make_deal(asha, amount=amount, customer=customer, closed_on=day).pk])
        services.post_deals([make_deal(asha, amount=7).pk])  # of no customer: neither new nor returning
        assert total() == amounts

    def test_cash_on_the_day_it_came_in(self, lantern):
        deal = make_deal(lantern.asha.person, amount=100)
        make_payment(deal, 40, APRIL_1)
        make_rule("CASH_COLLECTED")
        services.post_deals([deal.pk])
        assert counted("day") == {(APRIL_1,): 40_00}

    def test_visits_and_tasks_within_the_days_of_the_rule(self, lantern):
        make_rule("VISITS", starts_on=APRIL_1)
        visits = [make_visit(lantern.asha.person, make_customer(), day) for day in (MARCH_3, APRIL_1)]
        services.post_visits([visit.pk for visit in visits])
        assert counted("source_id") == {(visits[1].pk,): 1}


class TestTheDay:
    @pytest.mark.parametrize(
        ("dated_by", "day"),
        [
            ("WON", MARCH_3),
            ("SIGNED", date(2026, 2, 20)),
            ("INVOICED", date(2026, 3, 20)),
            ("PAID", MAY_1),
        ],
    )
    def test_is_the_one_that_the_rule_names(self, lantern, dated_by, day):
        deal = make_deal(lantern.asha.person, amount=100, signed_on=date(2026, 2, 20), invoiced_on=date(2026, 3, 20))
        make_payment(deal, 40, APRIL_1)
        make_payment(deal, 60, MAY_1)
        make_rule(dated_by=dated_by)
        services.post_deals([deal.pk])
        assert counted("day") == {(day,): 100_00}

    def test_does_not_come_for_a_deal_that_lacks_it(self, lantern):
        deal = make_deal(lantern.asha.person, amount=100)
        make_payment(deal, 99, APRIL_1)
        make_rule(dated_by="PAID")
        make_rule(dated_by="SIGNED", code="OWN:2:N")
        services.post_deals([deal.pk])
        assert not Credit.objects.filter(measure__startswith="OWN:").exists()

    def test_of_a_return_is_its_own_and_never_before_the_deals(self, lantern):
        product = make_product()
        deal = make_deal(lantern.asha.person, lines=[(product, 4, 10, 1)], invoiced_on=APRIL_1)
        make_return(deal.lines.get(), 1, date(2026, 3, 10))
        make_return(deal.lines.get(), 2, MAY_1)
        make_rule(dated_by="INVOICED")
        services.post_deals([deal.pk])
        assert counted("day") == {(APRIL_1,): 30_00, (MAY_1,): -20_00}

    def test_decides_which_version_counts_a_deal_and_its_returns(self, lantern):
        deal = make_deal(lantern.asha.person, lines=[(make_product(), 1, 10, 1)])
        later = make_deal(lantern.asha.person, amount=20, closed_on=MAY_1)
        make_return(deal.lines.get(), 1, MAY_1)
        make_rule("REVENUE")
        make_rule("DEALS_WON", starts_on=APRIL_1)
        services.post_deals([deal.pk, later.pk])
        assert counted("source_id") == {(deal.pk,): 10_00, (deal.returns.get().pk,): -10_00, (later.pk,): 1}

    def test_decides_the_unit(self, lantern):
        lantern.asha.person.assignments.update(ends_before=APRIL_1)
        lantern.asha.person.assignments.create(unit=lantern.two, role="REP", starts_on=APRIL_1)
        deal = make_deal(lantern.asha.person, amount=100, invoiced_on=MAY_1)
        make_rule(dated_by="INVOICED")
        services.post_deals([deal.pk])
        assert counted("unit") == {(lantern.two.pk,): 100_00}


class TestTheRole:
    @pytest.mark.parametrize(
        ("role", "amounts"),
        [
            ("SHARES", {("asha", False): 30_00, ("ada", False): 70_00}),
            ("LEAD", {("ada", False): 100_00}),
            ("OVERLAY", {("dora", True): 10_00}),
            ("BOTH", {("asha", False): 30_00, ("ada", False): 70_00, ("dora", True): 10_00}),
        ],
    )
    def test_says_for_whom_a_deal_counts(self, lantern, role, amounts):
        people = {name: getattr(lantern, name).person for name in ("asha", "ada", "dora")}
        shares = [(people["asha"], 30, False), (people["ada"], 70, False), (people["dora"], 10, True)]
        deal = make_deal(people["asha"], amount=100, shares=shares)
        make_rule(role=role)
        services.post_deals([deal.pk])
        assert counted("person", "is_overlay") == {(people[name].pk, over): amount for (name, over), amount in amounts.items()}


class TestCheckPart:
    @pytest.mark.parametrize(
        ("part", "code", "field"),
        [
            (Part("OWN:4:N"), "itself", "measure"),
            (Part("SALARY"), "unknown", "measure"),
            (Part("VISITS", product_lines=frozenset({1})), "no_lines", "lines"),
            (Part("CASH_COLLECTED", "PAID", product_lines=frozenset({1})), "no_lines", "lines"),
            (Part("TASKS_DUE", channels=frozenset({1})), "no_channels", "channels"),
            (Part("REVENUE", product_lines=frozenset()), "empty_lines", "lines"),
            (Part("REVENUE", channels=frozenset()), "empty_channels", "channels"),
            (Part("VISITS", customers=Customers.NEW), "no_customers", "customers"),
            (Part("DEALS_CLOSED", DatedBy.SIGNED), "no_day", "dated_by"),
            (Part("CASH_COLLECTED", DatedBy.WON), "no_day", "dated_by"),
            (Part("VISITS", role=CreditedRole.LEAD), "no_role", "role"),
        ],
    )
    def test_refuses_what_can_count_nothing_at_the_field(self, part, code, field):
        with pytest.raises(BadPart) as refusal:
            own.check_part(part)
        assert (refusal.value.code, refusal.value.field) == (code, field)
        assert refusal.value.reason

    @pytest.mark.parametrize("measure", own.BASES)
    def test_takes_every_measure_as_it_is(self, measure):
        own.check_part(Part(measure, own.natural_day(measure)))


class TestCheckParts:
    @pytest.mark.parametrize(
        ("numerator", "denominator", "code"),
        [
            (Part("REVENUE"), Part("REVENUE"), "same_twice"),
            (Part("REVENUE"), Part("DEALS_WON", role=CreditedRole.OVERLAY), "zero_for_units"),
            (Part("DEALS_WON"), Part("REVENUE"), "count_by_money"),
        ],
    )
    def test_refuses_what_cannot_be_divided(self, numerator, denominator, code):
        with pytest.raises(BadPart, match=".") as refusal:
            own.check_parts(numerator, denominator)
        assert refusal.value.code == code

    def test_takes_the_same_measure_with_another_filter(self):
        own.check_parts(Part("REVENUE", product_lines=frozenset({1})), Part("REVENUE"))


def test_a_part_is_told_in_words():
    part = Part("REVENUE", DatedBy.SIGNED, CreditedRole.LEAD, Customers.NEW, frozenset({1, 2}), frozenset({3}))
    words = own.describe(part, line_names={1: "Tiles", 2: "Doors"}, channel_names={3: "Web"})
    assert words == ("Revenue · of Doors, Tiles · channel Web · New customers only · The lead alone, in full · by day signed")


def _make_task(owner, due_on, done_at):
    status = Task.Status.OPEN if done_at is None else Task.Status.DONE
    return Task.objects.create(title="Call", owner=owner, due_on=due_on, status=status, done_at=done_at)


class TestTasks:
    def test_count_on_the_day_they_are_due_and_once_more_if_done_by_its_end(self, lantern):
        asha = lantern.asha.person
        # 16:30 in UTC is half past midnight of the next day in Shanghai.
        in_time = _make_task(asha, MARCH_3, datetime(2026, 3, 3, 15, 59, tzinfo=UTC))
        late = _make_task(asha, MARCH_3, datetime(2026, 3, 3, 16, 30, tzinfo=UTC))
        undone = _make_task(asha, MARCH_3, None)
        dropped = Task.objects.create(title="No", owner=asha, due_on=MARCH_3, status=Task.Status.CANCELLED)
        services.post_tasks([in_time.pk, late.pk, undone.pk, dropped.pk])
        assert ledger("measure", "unit", "day") == {
            ("TASKS_DUE", lantern.one.pk, MARCH_3): 3,
            ("TASKS_IN_TIME", lantern.one.pk, MARCH_3): 1,
        }

    def test_follow_what_becomes_of_them(self, lantern):
        from teams.services import assign_task, cancel_task, complete_task

        task = assign_task(title="Call", owner=lantern.asha.person, due_on=MARCH_3, by=lantern.bela.user)
        assert ledger("measure") == {"TASKS_DUE": 1}
        complete_task(task=task, now=datetime(2026, 3, 2, 8, tzinfo=UTC), by=lantern.asha.user)
        assert ledger("measure") == {"TASKS_DUE": 1, "TASKS_IN_TIME": 1}
        dropped = assign_task(title="Call", owner=lantern.asha.person, due_on=MAY_1, by=lantern.bela.user)
        cancel_task(task=dropped, by=lantern.bela.user)
        assert ledger("measure") == {"TASKS_DUE": 1, "TASKS_IN_TIME": 1}


bases = st.sampled_from(own.BASES)


@st.composite
def rules(draw):
    """Return the fields of a rule that the checks would take; lines and channels as whether they are narrowed."""
    measure = draw(bases)
    return {
        "measure": measure,
        "dated_by": draw(st.sampled_from(own.days_of(measure))),
        "role": draw(st.sampled_from(CreditedRole.values if measure in own.WITH_ROLES else ["SHARES"])),
        "customers": draw(st.sampled_from(Customers.values if measure in own.WITH_CUSTOMERS else ["ALL"])),
        "product_line_ids": draw(st.booleans()) if measure in own.WITH_LINES else False,
    }


also = st.lists(
    st.tuples(st.sampled_from(["signed_on", "invoiced_on"]), picks, days) | st.tuples(st.just("task"), picks, days), max_size=5
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=stories, given_rules=st.lists(st.tuples(rules(), days), min_size=1, max_size=4), more=also)
def test_whatever_is_counted_equals_the_facts(lantern, acts, given_rules, more):
    with transaction.atomic():
        story = Story(lantern)
        line = ProductLine.objects.get()
        for number, (fields, starts_on) in enumerate(given_rules):
            fields = fields | {"product_line_ids": [line.pk] if fields["product_line_ids"] else None}
            # The first holds from the beginning, the third follows it under the same code.
            make_rule(code=f"OWN:{number % 2}:N", starts_on=FIRST if number < 2 else starts_on + timedelta(number), **fields)
        for act, when in acts:
            story.play(act, when)
        for what, pick, day in more:
            if what == "task":
                done_at = datetime(day.year, day.month, day.day, 20, tzinfo=UTC) if pick % 2 else None
                services.post_tasks([_make_task(story.people[pick % 4], day + timedelta(days=pick % 3), done_at).pk])
            elif deal := story._pick(Deal, pick):  # noqa: SLF001 - the story's own way to choose
                Deal.objects.filter(pk=deal.pk).update(**{what: day})
                story.waiting_deals.add(deal.pk)
        story.post()
        assert services.post_all() == 0, "neighbours were posted along"
        rollups.refresh_dirty()
        assert {row.measure: (row.facts, row.ledger) for row in reconcile() if not row.is_exact or not row.is_rolled_up} == {}
        transaction.set_rollback(True)


def test_a_rule_of_percentages_of_a_cent_adds_up(lantern):
    people = [member.person for member in (lantern.asha, lantern.ada, lantern.ben)]
    shares = [(person, Decimal(percent), False) for person, percent in zip(people, ("33.33", "33.33", "33.34"), strict=True)]
    make_rule(customers="NEW")
    services.post_deals([make_deal(people[0], amount="0.02", shares=shares, customer=make_customer()).pk])
    assert total() == 2
    assert [row.measure for row in reconcile() if not row.is_exact] == []
