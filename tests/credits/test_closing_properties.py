"""
Closed is closed, and nothing is lost: facts, corrections, returns, transfers, moving units and closings in any order.

After each closing the figures of the closed periods are taken down; whatever happens afterwards they must stay, the ledger
must equal the facts, and rolling up from nothing must end in the same rows.
"""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.refusals import Refusal
from common.tenancy import company_scope
from credits import services
from credits.models import Closing, Credit, DailyTotal
from credits.queries.closings import closed_before, closing_rows
from credits.queries.reconciliation import reconcile
from customers.models import Customer
from deals.models import Deal
from targets import rollups
from targets.models import Attainment, Metric, Ranking
from targets.services.metrics import add_builtin_metrics
from targets.services.rankings import publish_weekly_ranking
from teams import services as teams
from tests.credits.stories import ledger
from tests.credits.test_properties import FIRST, Story, acts, days, figures, in_a_world_of_its_own, lines, picks, shares
from visits.models import Visit

TODAY = date(2026, 12, 31)
units = st.sampled_from(["east", "west", "one", "two"])
happenings = st.one_of(
    acts,
    st.tuples(st.just("close until"), st.integers(1, 150).map(lambda n: FIRST + timedelta(days=n))),
    st.tuples(st.just("transfer"), picks, st.sampled_from(["one", "two"]), days),
    st.tuples(st.just("move a unit"), units, st.sampled_from(["root", "east", "west"]), days),
    st.tuples(st.just("rank a week"), days),
)
stories = st.lists(st.tuples(happenings, st.sampled_from(["now", "later"])), min_size=3, max_size=16)
quick = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        # A few metrics show as much as all of them, in a third of the time.
        Metric.objects.exclude(code__in=["revenue", "win_rate", "new_customers", "visits"]).update(is_active=False)
        yield cast


class LongStory(Story):
    """A story in which periods are closed, people are transferred and units move; what is refused changes nothing."""

    def __init__(self, cast):
        super().__init__(cast)
        self.cast, self.closed = cast, []

    def play(self, act, when):
        if act[0] == "close until":
            # In the product a fact is posted by the transaction that writes it.
            self.post()
        try:
            with transaction.atomic():
                super().play(act, when)
        except Refusal:
            pass

    def close_until(self, ends_before):
        services.close_period(ends_before=ends_before, today=TODAY, by=None)
        self.closed.append((ends_before, closed_figures(ends_before)))

    def transfer(self, pick, unit, day):
        # The fourth is in no unit for a while; the product has no such transfer.
        person = self.people[pick % 3]
        teams.transfer(person=person, unit=getattr(self.cast, unit), role="REP", from_day=day, by=None)

    def move_a_unit(self, unit, parent, day):
        moved, above = getattr(self.cast, unit), getattr(self.cast, parent)
        teams.move_unit(unit=moved, parent=above, from_day=day, today=TODAY, by=None)

    def rank_a_week(self, day):
        rollups.refresh_everything()
        publish_weekly_ranking(week_starts_on=day, today=TODAY, is_replacing=True, by=None)


def closed_figures(boundary):
    """Return every stored figure that lies wholly before a day, comparable."""
    rankings = Ranking.objects.filter(week_starts_on__lte=boundary - timedelta(days=7))
    kept = (
        DailyTotal.objects.filter(day__lt=boundary),
        Attainment.objects.filter(ends_before__lte=boundary),
        Credit.objects.filter(counts_on__lt=boundary),
    )
    return [
        *(
            sorted(rows.values_list(*(f.attname for f in rows.model._meta.local_fields if f.name != "id")), key=repr)
            for rows in kept
        ),
        sorted(rankings.values_list("pk", "rows__person", "rows__unit", "rows__rank", "rows__numerator"), key=repr),
    ]


@quick
@given(told=stories)
def test_a_closed_period_never_changes_and_everything_adds_up(lantern, told):
    @in_a_world_of_its_own
    def example():
        story = LongStory(lantern)
        for number, (act, when) in enumerate(told):
            story.play(act, when)
            if when == "now":
                # By day what was marked, and every other time a night.
                (rollups.refresh_open if number % 2 else rollups.refresh_dirty)()
        story.post()
        assert services.post_all() == 0
        rollups.refresh_open()
        assert {row.measure: row.difference for row in reconcile() if not row.is_exact or not row.is_rolled_up} == {}
        incremental = figures()
        rollups.rebuild()
        assert figures() == incremental
        for boundary, before in story.closed:
            # A week that was first ranked later is new, not changed.
            *now, ranked = closed_figures(boundary)
            *then, ranked_then = before
            assert now == then, boundary
            assert set(ranked_then) <= set(ranked)
        assert all(row.is_unchanged for row in closing_rows())
        boundary = closed_before()
        assert not Credit.objects.restated().filter(day__gte=boundary or TODAY).exists()

    example()


@quick
@given(told=stories)
def test_what_is_shown_is_the_sum_of_the_facts(lantern, told):
    """People and whoever nobody is credited for, units and who belongs to none, and the company: all the same sum."""

    @in_a_world_of_its_own
    def example():
        story = LongStory(lantern)
        for act, when in told:
            story.play(act, when)
        story.post()
        rollups.refresh_everything()
        facts = {row.measure: row.facts for row in reconcile()}
        for metric in Metric.objects.filter(is_active=True, denominator=""):
            years = Attainment.objects.filter(metric=metric, span="YEAR", unit=lantern.root)
            assert sum(years.values_list("numerator", flat=True)) == facts[metric.numerator]
            by_person = ledger("measure", "is_overlay", "person")
            shown = sum(
                v for (measure, is_overlay, _p), v in by_person.items() if measure == metric.numerator and not is_overlay
            )
            assert shown == facts[metric.numerator]
            months = Attainment.objects.filter(metric=metric, span="MONTH")
            for month in set(months.values_list("starts_on", flat=True)):
                whole = (
                    months.get(starts_on=month, unit=lantern.root).numerator
                    if months.filter(starts_on=month, unit=lantern.root)
                    else 0
                )
                own = DailyTotal.objects.filter(measure=metric.numerator, is_overlay=False, day__year=month.year)
                assert whole == sum(own.filter(day__month=month.month).values_list("amount", flat=True))

    example()


@quick
@given(
    lines=lines.filter(bool),
    shares=shares,
    sold_on=days,
    returned_on=days,
    between=st.lists(
        st.one_of(
            st.tuples(st.just("close until"), st.integers(1, 150).map(lambda n: FIRST + timedelta(days=n))),
            st.tuples(st.just("transfer"), picks, st.sampled_from(["one", "two"]), days),
        ),
        max_size=4,
    ),
    later=st.permutations(["sale", "return", "between"]),
)
def test_a_sale_and_its_full_return_leave_nothing_whatever_was_closed_between(  # noqa: PLR0917
    lantern, lines, shares, sold_on, returned_on, between, later
):
    @in_a_world_of_its_own
    def example():
        story = LongStory(lantern)
        story.win(0, lines, shares, sold_on, 0)
        if later.index("sale") < later.index("between"):
            story.post()
        for number, act in enumerate(between):
            story.play(act, "now")
            if number == later.index("return"):
                story.play(("return in full", 0, returned_on), "now")
        story.play(("return in full", 0, returned_on), "now")
        story.post()
        for keys in (("measure", "person"), ("measure", "unit"), ("measure", "unit", "person", "is_overlay")):
            assert ledger(*keys) == {}
        rollups.refresh_everything()
        assert not any(Attainment.objects.filter(span="YEAR").values_list("numerator", flat=True))

    example()


@quick
@given(told=st.lists(acts, min_size=2, max_size=10), order=st.randoms(use_true_random=False), size=st.integers(1, 4))
def test_the_order_and_the_batches_of_posting_do_not_matter(lantern, told, order, size):
    def ledger_after(post):
        with transaction.atomic():
            post()
            rows = ledger("person", "unit", "day", "counts_on", "measure", "product_line", "channel", "is_overlay", "source_id")
            transaction.set_rollback(True)
        return rows

    def one_by_one():
        calls = [(services.post_deals, [pk]) for pk in Deal.objects.values_list("pk", flat=True)]
        calls += [(services.post_visits, [pk]) for pk in Visit.objects.values_list("pk", flat=True)]
        calls += [(services.post_customers, [pk]) for pk in Customer.objects.values_list("pk", flat=True)]
        order.shuffle(calls)
        for post, ids in calls:
            post(ids)

    def in_batches():
        ids = list(Deal.objects.values_list("pk", flat=True))
        order.shuffle(ids)
        for start in range(0, len(ids), size):
            services.post_deals(ids[start : start + size])
        services.post_visits(Visit.objects.values_list("pk", flat=True))

    @in_a_world_of_its_own
    def example():
        story = LongStory(lantern)
        for act in told:
            name, *given_ = act
            getattr(story, name.replace(" ", "_"))(*given_)
        Closing.objects.create(starts_on=FIRST, ends_before=FIRST + timedelta(days=45))
        at_once = ledger_after(services.post_all)
        assert ledger_after(one_by_one) == at_once
        assert ledger_after(in_batches) == at_once

    example()
