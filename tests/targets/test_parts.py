"""A plan divided by product line or channel: chosen, divided, typed, fitted, undone, published, and looked at."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.utils import translation

from accounts.models import AuditEntry
from common.money import NoWeights
from common.periods import Period
from common.tenancy import company_scope
from credits.models import Credit
from credits.queries.lens import Lens
from credits.rules import Measure
from customers.models import Channel
from deals.models import ProductLine
from targets.models import Metric, PartStep, PartTarget, Plan, PlanPart
from targets.queries.parts import dimensions_of, divided, gap_rows
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.queries.windows import Window, figures_in
from targets.rules import BadTiers, MonthMethod, SplitMethod
from targets.rules.parts import PartMethod, PartsRefused
from targets.services import parts, plans, splits
from targets.services.metrics import add_builtin_metrics

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
TODAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
MILLION = 1_000_000_00
LINE, CHANNEL = PlanPart.Dimension.LINE, PlanPart.Dimension.CHANNEL


@pytest.fixture
def in_january(time_machine):
    """What the story does first is recorded on 10 January."""
    time_machine.move_to(datetime(2026, 1, 10, 4, tzinfo=UTC))
    return time_machine


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern), translation.override("en"):
        add_builtin_metrics()
        cast.oak, cast.pine = (ProductLine.objects.create(name=name) for name in ("Oak", "Pine"))
        yield cast


@pytest.fixture
def plan(lantern):
    """Twelve millions over the months, split among everybody and divided into nothing yet."""
    about = {"on": TODAY, "by": lantern.amir.user}
    plan = plans.start_plan(metric=metric("revenue"), year=YEAR, rounding_unit=100, by=lantern.amir.user)
    splits.set_year(plan=plan, tiers=12 * MILLION, method=MonthMethod.EQUAL, **about)
    splits.split_down(plan=plan, unit=lantern.root, method=SplitMethod.EQUAL, whole_subtree=True, **about)
    return plan


@pytest.fixture
def by_line(lantern, plan):
    """The plan divided three to one between Oak and Pine."""
    parts.choose_parts(plan=plan, dimension=LINE, chosen=chosen(lantern), by=lantern.amir.user)
    oak, pine = PlanPart.objects.all()
    weights = {oak.pk: 3, pine.pk: 1}
    parts.divide_parts(plan=plan, method=PartMethod.WEIGHTS, weights=weights, on=TODAY, by=lantern.amir.user)
    return plan


def metric(code):
    return Metric.objects.get(code=code)


def chosen(cast):
    return [(cast.oak.pk, None), (cast.pine.pk, date(2026, 2, 1))]


def look(plan):
    found = Plan.objects.select_related("metric", "company").get(pk=plan.pk)
    return divided(sheet_of(found, company=found.company))


def year_of(plan, key):
    found = look(plan)
    return [sum(cell.commit for cell in found.table.of(key, part.pk)) for part in found.parts]


def sold(member, unit, day, line, amount):
    about = {"measure": Measure.REVENUE, "source": "DEAL", "source_id": 1, "product_line": line, "amount": amount}
    Credit.objects.create(person=member.person, unit=unit, day=day, counts_on=day, **about)


class TestChoose:
    def test_offers_only_what_the_metrics_facts_carry(self, lantern):
        assert dimensions_of(metric("revenue")) == [LINE, CHANNEL]
        assert dimensions_of(metric("units_sold")) == [LINE, CHANNEL]
        assert dimensions_of(metric("visits")) == [CHANNEL]
        assert dimensions_of(metric("average_order")) == []

    def test_refuses_another_dimension_one_part_alone_and_the_same_twice(self, lantern, plan):
        visits = plans.start_plan(metric=metric("visits"), year=YEAR, rounding_unit=1, by=lantern.amir.user)
        oak = (lantern.oak.pk, None)
        for code, about in {
            "dimension": {"plan": visits, "chosen": chosen(lantern)},
            "too_few": {"plan": plan, "chosen": [oak]},
            "exists": {"plan": plan, "chosen": [oak, oak]},
        }.items():
            with pytest.raises(parts.NotDivided) as refusal:
                parts.choose_parts(dimension=LINE, **about, by=lantern.amir.user)
            assert refusal.value.code == code
        assert not PlanPart.objects.exists()

    def test_keeps_the_deadline_and_leaves_a_trace(self, lantern, by_line):
        assert [part.due_on for part in PlanPart.objects.all()] == [None, date(2026, 2, 1)]
        entry = AuditEntry.objects.get(action="targets.plan.parts_chosen")
        assert entry.after["parts"] == "Oak, Pine"

    def test_takes_away_the_targets_of_what_is_left_out_and_knows_them_afterwards(self, lantern, by_line):
        parts.choose_parts(plan=by_line, dimension=LINE, chosen=[(lantern.oak.pk, None), (None, None)], by=lantern.amir.user)
        assert [str(part.name) for part in look(by_line).parts] == ["Oak", "All others"]
        assert set(PartTarget.objects.values_list("part__product_line", flat=True)) == {lantern.oak.pk}
        step = PartStep.objects.first()
        assert step.verb == PartStep.Verb.CHOOSE
        pine = PlanPart.objects.get(product_line=lantern.pine)
        # West has nobody and no target.
        assert {name.partition(".")[2] for name in step.before} == {str(pine.pk)}
        assert len(step.before) == len(look(by_line).nodes) - 1

    def test_moves_from_lines_to_channels_at_once(self, lantern, by_line):
        walk_in = Channel.objects.create(code="w", name="Walk-in")
        parts.choose_parts(plan=by_line, dimension=CHANNEL, chosen=[(walk_in.pk, None), (None, None)], by=lantern.amir.user)
        assert look(by_line).dimension == CHANNEL
        assert not PartTarget.objects.exists()

    def test_does_not_change_a_published_plan(self, lantern, by_line):
        plans.publish(plan=by_line, now=NOW, by=lantern.amir.user)
        with pytest.raises(plans.PlanRefused, match="published"):
            parts.choose_parts(plan=by_line, dimension=LINE, chosen=[], by=lantern.amir.user)
        assert PlanPart.objects.filter(is_active=True).count() == 2


class TestDivide:
    def test_is_exact_in_every_dimension_at_once(self, lantern, by_line):
        found = look(by_line)
        assert found.gaps() == []
        assert year_of(by_line, unit_key(lantern.root.pk)) == [9 * MILLION, 3 * MILLION]
        assert sum(year_of(by_line, person_key(lantern.asha.person.pk, lantern.one.pk))) == 2 * MILLION * 2 * 2 // 4 * 3 // 2

    def test_follows_everybodys_own_mix_within_the_companys(self, lantern, plan):
        for member, oak, pine in ((lantern.asha, 900_00, 100_00), (lantern.ada, 100_00, 900_00)):
            sold(member, lantern.one, date(2025, 6, 10), lantern.oak, oak)
            sold(member, lantern.one, date(2025, 7, 10), lantern.pine, pine)
        parts.choose_parts(plan=plan, dimension=LINE, chosen=chosen(lantern), by=lantern.amir.user)
        parts.divide_parts(plan=plan, method=PartMethod.HISTORY, on=TODAY, by=lantern.amir.user)
        asha, ada = (year_of(plan, person_key(member.person.pk, lantern.one.pk)) for member in (lantern.asha, lantern.ada))
        assert asha[0] > 4 * asha[1]
        assert ada[1] > 4 * ada[0]
        assert year_of(plan, unit_key(lantern.root.pk)) == [6 * MILLION, 6 * MILLION]
        assert look(plan).gaps() == []

    def test_counts_what_no_part_names_among_all_others(self, lantern, plan):
        sold(lantern.asha, lantern.one, date(2025, 6, 10), lantern.oak, 100_00)
        sold(lantern.asha, lantern.one, date(2025, 6, 10), lantern.pine, 200_00)
        sold(lantern.asha, lantern.one, date(2025, 6, 10), None, 100_00)
        parts.choose_parts(plan=plan, dimension=LINE, chosen=[(lantern.oak.pk, None), (None, None)], by=lantern.amir.user)
        parts.divide_parts(plan=plan, method=PartMethod.HISTORY, on=TODAY, by=lantern.amir.user)
        assert year_of(plan, unit_key(lantern.root.pk)) == [3 * MILLION, 9 * MILLION]

    def test_refuses_a_mix_that_nobody_has_and_changes_nothing(self, lantern, by_line):
        before = list(PartTarget.objects.order_by("pk").values())
        with pytest.raises(NoWeights):
            parts.divide_parts(plan=by_line, method=PartMethod.HISTORY, on=TODAY, by=lantern.amir.user)
        assert list(PartTarget.objects.order_by("pk").values()) == before

    def test_of_a_team_keeps_what_the_team_was_given(self, lantern, by_line):
        given = year_of(by_line, unit_key(lantern.one.pk))
        sold(lantern.asha, lantern.one, date(2025, 6, 10), lantern.oak, 100_00)
        sold(lantern.ada, lantern.one, date(2025, 6, 10), lantern.pine, 100_00)
        parts.divide_parts(plan=by_line, unit=lantern.one, method=PartMethod.HISTORY, on=TODAY, by=lantern.bela.user)
        assert year_of(by_line, unit_key(lantern.one.pk)) == given
        assert look(by_line).gaps() == []

    def test_is_done_once_however_often_it_is_sent_and_tells_who_saw_other_numbers(self, lantern, by_line):
        ref = uuid4()
        about = {"plan": by_line, "method": PartMethod.EQUAL, "on": TODAY, "by": lantern.amir.user}
        assert parts.divide_parts(client_ref=ref, **about) == parts.divide_parts(client_ref=ref, **about)
        seen = look(by_line).stamp(unit_key(lantern.root.pk))
        splits.set_cell(plan=by_line, key=unit_key(lantern.one.pk), period=MARCH, tier="commit", amount=1, by=lantern.amir.user)
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            parts.divide_parts(seen=seen, **about)


class TestCells:
    def set(self, cast, plan, member, amount, **also):
        key, oak = person_key(member.person.pk, cast.one.pk), PlanPart.objects.first()
        about = {"period": MARCH, "tier": "commit", "by": cast.amir.user} | also
        return parts.set_part(plan=plan, key=key, part_id=oak.pk, amount=amount, **about)

    def test_stays_when_the_others_are_fitted_around_it(self, lantern, by_line):
        self.set(lantern, by_line, lantern.asha, 150_000_00)
        assert {(row.node.name, row.part and row.part.name) for row in gap_rows(look(by_line))} == {
            ("Asha", None),
            ("Team One", "Oak"),
        }
        parts.fit_parts(plan=by_line, by=lantern.amir.user)
        found = look(by_line)
        assert found.gaps() == []
        key = person_key(lantern.asha.person.pk, lantern.one.pk)
        assert found.table.of(key, found.parts[0].pk)[2].commit == 150_000_00
        assert year_of(by_line, unit_key(lantern.root.pk)) == [9 * MILLION, 3 * MILLION]

    def test_refuses_what_has_no_room_and_names_cell_and_amount(self, lantern, by_line):
        whole = look(by_line).plan_sheet.sheet.of(person_key(lantern.asha.person.pk, lantern.one.pk))[2].commit
        self.set(lantern, by_line, lantern.asha, whole + 500_00)
        before = list(PartTarget.objects.order_by("pk").values())
        with pytest.raises(PartsRefused) as refusal:
            parts.fit_parts(plan=by_line, by=lantern.amir.user)
        assert "Asha · Oak" in refusal.value.reason
        assert list(PartTarget.objects.order_by("pk").values()) == before
        parts.fit_parts(plan=by_line, keep_by_hand=False, by=lantern.amir.user)
        assert look(by_line).gaps() == []

    def test_tells_who_saw_another_amount(self, lantern, by_line):
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            self.set(lantern, by_line, lantern.asha, 5, seen=3)

    @pytest.mark.parametrize(("tier", "amount"), [("floor", 10**9), ("stretch", 0), ("commit", -1)])
    def test_refuses_tiers_out_of_order(self, lantern, by_line, tier, amount):
        with pytest.raises(BadTiers):
            self.set(lantern, by_line, lantern.asha, amount, tier=tier)

    def test_is_taken_back_and_done_again(self, lantern, by_line):
        key, user = person_key(lantern.asha.person.pk, lantern.one.pk), lantern.amir.user
        before = year_of(by_line, key)
        self.set(lantern, by_line, lantern.asha, 100_00)
        after = year_of(by_line, key)
        parts.undo_parts(plan=by_line, by=user)
        assert year_of(by_line, key) == before
        parts.undo_parts(plan=by_line, by=user)
        assert year_of(by_line, key) == after

    def test_is_not_taken_back_once_somebody_else_has_changed_it(self, lantern, by_line):
        self.set(lantern, by_line, lantern.asha, 100_00)
        self.set(lantern, by_line, lantern.asha, 200_00, by=lantern.bela.user)
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            parts.undo_parts(plan=by_line, by=lantern.amir.user)


class TestLookedAtThroughALens:
    def rows(self, cast, period=MARCH, **lens):
        window = Window(period, None, Lens(**lens))
        people = [cast.asha.person.pk]
        row = figures_in(metrics=[metric("revenue")], window=window, person_ids=people).get((metric("revenue").pk, people[0]))
        return row and (row.numerator, row.commit)

    def test_shows_the_target_of_the_part_once_it_is_published(self, lantern, by_line):
        sold(lantern.asha, lantern.one, date(2026, 3, 10), lantern.oak, 70_00)
        assert self.rows(lantern, product_line_id=lantern.oak.pk) == (70_00, None)
        plans.publish(plan=by_line, now=NOW, by=lantern.amir.user)
        key, found = person_key(lantern.asha.person.pk, lantern.one.pk), look(by_line)
        oak, pine = (found.table.of(key, part.pk)[2].commit for part in found.parts)
        assert self.rows(lantern, product_line_id=lantern.oak.pk) == (70_00, oak)
        assert self.rows(lantern, product_line_id=lantern.pine.pk) == (0, pine)
        assert self.rows(lantern, basis="territory") == (70_00, oak + pine)

    def test_has_none_for_a_line_and_a_channel_at_once(self, lantern, by_line):
        walk_in = Channel.objects.create(code="w", name="Walk-in")
        plans.publish(plan=by_line, now=NOW, by=lantern.amir.user)
        assert self.rows(lantern, product_line_id=lantern.oak.pk, channel_id=walk_in.pk) is None

    def test_as_known_before_a_change_shows_what_was_asked_then(self, in_january, lantern, by_line):
        found, key = look(by_line), person_key(lantern.asha.person.pk, lantern.one.pk)
        before = found.table.of(key, found.parts[0].pk)[2].commit
        plans.publish(plan=by_line, now=datetime(2026, 1, 10, 4, tzinfo=UTC), by=lantern.amir.user)
        in_january.move_to(datetime(2026, 1, 20, 4, tzinfo=UTC))
        plans.withdraw(plan=by_line, reason="wrong", by=lantern.amir.user)
        parts.divide_parts(plan=by_line, method=PartMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        plans.publish(plan=by_line, now=datetime(2026, 1, 20, 4, tzinfo=UTC), by=lantern.amir.user)
        now = look(by_line).table.of(key, found.parts[0].pk)[2].commit
        assert now != before
        assert self.rows(lantern, product_line_id=lantern.oak.pk) == (0, now)
        assert self.rows(lantern, product_line_id=lantern.oak.pk, known_at=date(2026, 1, 15)) == (0, before)
