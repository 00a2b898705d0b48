"""Locks and blocks of a plan: cells are locked, pasted and taken back as one change; every cell is judged, all or none."""

import json
from datetime import date
from uuid import uuid4

import pytest
from django.utils import translation

from accounts.models import User
from common.periods import Period
from common.tenancy import company_scope
from targets import rules
from targets.models import Metric, Plan, PlanStep, Target
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.rules import MonthMethod, SplitMethod
from targets.services import blocks, plans, splits
from targets.services.blocks import Edit
from targets.services.metrics import add_builtin_metrics

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
Q1 = Period(date(2026, 1, 1), date(2026, 4, 1))
TODAY = date(2026, 1, 5)
MILLION = 1_000_000_00


def month(number):
    return Period(date(2026, number, 1), date(2026 + number // 12, number % 12 + 1, 1))


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with company_scope(cast.lantern), translation.override("en"):
        add_builtin_metrics()
        cast.plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=100, by=cast.amir.user)
        splits.set_year(plan=cast.plan, tiers=12 * MILLION, method=MonthMethod.EQUAL, on=TODAY, by=cast.amir.user)
        splits.split_down(
            plan=cast.plan, unit=cast.root, method=SplitMethod.EQUAL, whole_subtree=True, on=TODAY, by=cast.amir.user
        )
        cast.asha_key, cast.ada_key = person_key(cast.asha.person.pk, cast.one.pk), person_key(cast.ada.person.pk, cast.one.pk)
        yield cast


def sheet(cast):
    return sheet_of(Plan.objects.select_related("metric", "company").get(pk=cast.plan.pk), company=cast.lantern)


def commits(cast, key):
    return [cell.commit for cell in sheet(cast).sheet.of(key)]


def lock(cast, *cells, is_locked=True):
    wanted = {}
    for key, period in cells:
        wanted.setdefault(key, []).append(period)
    return blocks.set_locks(plan=cast.plan, cells=wanted, is_locked=is_locked, by=cast.bela.user)


def paste(cast, *edits, tier="commit"):
    return blocks.set_block(plan=cast.plan, edits=[Edit(*edit) for edit in edits], tier=tier, by=cast.bela.user)


def split(cast, unit, **given):
    return splits.split_down(plan=cast.plan, unit=unit, **{"method": SplitMethod.EQUAL} | given, on=TODAY, by=cast.amir.user)


class TestSentTwice:
    """A phone or a grid that got no answer sends its block again, with the same number of its own."""

    def send(self, cast, ref, amount, seen):
        edits = [Edit(cast.asha_key, month(3), amount, seen)]
        return blocks.set_block(plan=cast.plan, edits=edits, tier="commit", client_ref=ref, by=cast.bela.user)

    def test_is_answered_with_the_first_step(self, lantern):
        ref, before = uuid4(), commits(lantern, lantern.asha_key)[2]
        first = self.send(lantern, ref, 500_00, before)
        version = Plan.objects.get(pk=lantern.plan.pk).version
        assert self.send(lantern, ref, 500_00, before) == first
        assert Plan.objects.get(pk=lantern.plan.pk).version == version

    def test_also_where_somebody_changed_the_cell_in_between(self, lantern):
        ref, before = uuid4(), commits(lantern, lantern.asha_key)[2]
        first = self.send(lantern, ref, 500_00, before)
        self.send(lantern, uuid4(), 700_00, 500_00)
        assert self.send(lantern, ref, 500_00, before) == first
        assert commits(lantern, lantern.asha_key)[2] == 700_00

    def test_also_where_it_was_taken_back(self, lantern):
        ref, before = uuid4(), commits(lantern, lantern.asha_key)[2]
        first = self.send(lantern, ref, 500_00, before)
        splits.undo(plan=lantern.plan, step_id=first.pk, by=lantern.bela.user)
        assert self.send(lantern, ref, 500_00, before) == first
        assert commits(lantern, lantern.asha_key)[2] == before


class TestLocks:
    def test_a_split_keeps_the_locked_row_and_shares_the_rest(self, lantern):
        paste(lantern, (lantern.asha_key, YEAR, 2 * MILLION))
        lock(lantern, (lantern.asha_key, YEAR))
        kept = sheet(lantern).sheet.of(lantern.asha_key)
        split(lantern, lantern.root, whole_subtree=True)
        found = sheet(lantern)
        assert found.sheet.of(lantern.asha_key) == kept
        assert found.sheet.year_of(lantern.ada_key).commit == 4 * MILLION
        assert found.sheet.gaps(found.root.key) == []

    def test_a_month_is_kept_when_the_year_is_spread_anew(self, lantern):
        root = unit_key(lantern.root.pk)
        lock(lantern, (root, month(2)))
        splits.set_year(plan=lantern.plan, tiers=23 * MILLION, method=MonthMethod.EQUAL, on=TODAY, by=lantern.amir.user)
        assert commits(lantern, root)[:3] == [2 * MILLION, MILLION, 2 * MILLION]

    def test_spreading_a_rest_over_all_keeps_it(self, lantern):
        lock(lantern, (lantern.asha_key, month(1)))
        paste(lantern, (lantern.ada_key, month(1), 1_00))
        splits.spread_remainder(plan=lantern.plan, unit=lantern.one, keep_by_hand=False, by=lantern.bela.user)
        assert [commits(lantern, key)[0] for key in (lantern.asha_key, lantern.ada_key)] == [MILLION // 4, MILLION // 4]

    def test_summing_up_keeps_a_locked_unit(self, lantern):
        one = unit_key(lantern.one.pk)
        lock(lantern, (one, month(1)))
        paste(lantern, (lantern.asha_key, month(1), 1_00), (lantern.asha_key, month(2), 1_00))
        splits.sum_up(plan=lantern.plan, by=lantern.amir.user)
        assert commits(lantern, one)[:2] == [MILLION // 2, MILLION // 4 + 1_00]

    def test_what_cannot_be_met_is_refused_with_its_cells_and_changes_nothing(self, lantern):
        lock(lantern, (lantern.asha_key, month(1)), (lantern.ada_key, month(1)))
        paste(lantern, (unit_key(lantern.one.pk), month(1), MILLION))
        before = sheet(lantern).sheet.cells
        with pytest.raises(rules.KeptRefused, match=r"Jan 2026.*Team One.*locked") as refused:
            split(lantern, lantern.one)
        assert {(key, conflict.tier) for conflict in refused.value.conflicts for key, *_rest in conflict.cells} == {
            (key, tier) for key in (lantern.asha_key, lantern.ada_key) for tier in rules.TIER_NAMES
        }
        assert sheet(lantern).sheet.cells == before

    def test_a_cell_must_be_unlocked_before_it_is_changed_by_hand(self, lantern):
        lock(lantern, (lantern.asha_key, month(3)))
        with pytest.raises(plans.PlanRefused, match="Unlock it first"):
            splits.set_cell(
                plan=lantern.plan, key=lantern.asha_key, period=month(3), tier="commit", amount=1, by=lantern.bela.user
            )
        lock(lantern, (lantern.asha_key, month(3)), is_locked=False)
        paste(lantern, (lantern.asha_key, month(3), 5_00))
        assert commits(lantern, lantern.asha_key)[2] == 5_00

    def test_a_quarter_is_what_its_locked_months_and_the_others_add_up_to(self, lantern):
        lock(lantern, (lantern.asha_key, month(1)))
        paste(lantern, (lantern.asha_key, Q1, MILLION))
        assert commits(lantern, lantern.asha_key)[:3] == [MILLION // 4, 375_000_00, 375_000_00]

    def test_a_cell_without_a_target_can_be_locked_at_nothing(self, lantern):
        paste(lantern, (lantern.asha_key, month(1), 0))
        lock(lantern, (lantern.asha_key, month(1)))
        split(lantern, lantern.one)
        assert [commits(lantern, key)[0] for key in (lantern.asha_key, lantern.ada_key)] == [0, MILLION // 2]

    def test_a_lock_is_a_step_that_can_be_undone(self, lantern):
        step = lock(lantern, (lantern.asha_key, month(1)))
        assert (step.verb, step.inputs["names"]) == (PlanStep.Verb.LOCK, ["Asha"])
        splits.undo(plan=lantern.plan, by=lantern.bela.user)
        assert not Target.objects.filter(is_locked=True).exists()

    def test_who_saw_a_cell_unlocked_is_told_before_they_split(self, lantern):
        seen = sheet(lantern).stamp(unit_key(lantern.one.pk))
        lock(lantern, (lantern.asha_key, month(1)))
        with pytest.raises(plans.PlanRefused, match="meanwhile"):
            split(lantern, lantern.one, seen=seen)


class TestBlocks:
    def test_is_one_step_and_one_undo(self, lantern):
        before = sheet(lantern).sheet.cells
        step = paste(lantern, *[(key, month(n), n * 100_00) for key in (lantern.asha_key, lantern.ada_key) for n in (1, 2, 3)])
        assert (step.verb, step.unit) == (PlanStep.Verb.BLOCK, lantern.one)
        assert commits(lantern, lantern.ada_key)[:3] == [100_00, 200_00, 300_00]
        splits.undo(plan=lantern.plan, by=lantern.bela.user)
        assert sheet(lantern).sheet.cells == before

    def test_judges_every_cell_and_takes_none(self, lantern):
        lock(lantern, (lantern.ada_key, month(1)))
        before, steps = sheet(lantern).sheet.cells, PlanStep.objects.count()
        with pytest.raises(blocks.BlockRefused) as refused:
            paste(
                lantern,
                (lantern.asha_key, month(1), 1_00),
                (lantern.asha_key, month(2), 10**16),
                (lantern.ada_key, month(1), 3_00),
                (lantern.ada_key, month(2), 4_00, 77),
                ("p999-1", month(1), 5_00),
            )
        codes = [(fault.number, fault.refusal.code) for fault in refused.value.faults]
        assert codes == [(1, "too_large"), (2, "locked"), (3, "changed"), (4, "not_in_plan")]
        assert (sheet(lantern).sheet.cells, PlanStep.objects.count()) == (before, steps)

    def test_takes_a_row_with_its_sums(self, lantern):
        paste(lantern, (lantern.asha_key, Q1, 6_00), *[(lantern.asha_key, month(n), n * 1_00) for n in (1, 2, 3)])
        assert commits(lantern, lantern.asha_key)[:3] == [1_00, 2_00, 3_00]
        with pytest.raises(blocks.BlockRefused) as refused:
            paste(lantern, (lantern.asha_key, Q1, 7_00), *[(lantern.asha_key, month(n), n * 1_00) for n in (1, 2, 3)])
        assert [(fault.number, fault.refusal.code) for fault in refused.value.faults] == [(0, "parts_differ")]

    def test_keeps_floor_commit_and_stretch_in_order(self, lantern):
        with pytest.raises(blocks.BlockRefused) as refused:
            paste(lantern, (lantern.asha_key, month(1), MILLION), tier="floor")
        assert refused.value.faults[0].refusal.code == "order"

    def test_steps_are_undone_one_by_one_and_done_again(self, lantern):
        for amount in (1_00, 2_00, 3_00):
            paste(lantern, (lantern.asha_key, month(1), amount))
        user, seen = lantern.bela.user, []
        for _press in range(2):
            splits.undo(plan=lantern.plan, by=user)
            seen.append(commits(lantern, lantern.asha_key)[0])
        for _press in range(2):
            _back, again = splits.steps_to_undo(plan=lantern.plan, user=user)
            splits.undo(plan=lantern.plan, step_id=again.pk, by=user)
            seen.append(commits(lantern, lantern.asha_key)[0])
        assert seen == [2_00, 1_00, 2_00, 3_00]
        assert splits.steps_to_undo(plan=lantern.plan, user=user)[1] is None

    def test_a_new_step_leaves_nothing_to_do_again(self, lantern):
        paste(lantern, (lantern.asha_key, month(1), 1_00))
        splits.undo(plan=lantern.plan, by=lantern.bela.user)
        paste(lantern, (lantern.asha_key, month(2), 1_00))
        assert splits.steps_to_undo(plan=lantern.plan, user=lantern.bela.user)[1] is None


class TestThePages:
    @pytest.fixture
    def as_bela(self, client, lantern):
        client.force_login(lantern.bela.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def url(self, cast, path):
        return f"/lantern/targets/{cast.plan.pk}/{path}"

    def send(self, client, cast, *cells):
        return client.post(self.url(cast, "cells/"), {"tier": "commit", "cells": json.dumps(cells)})

    def test_a_refused_block_names_every_cell(self, lantern, as_bela):
        answer = self.send(
            as_bela,
            lantern,
            [lantern.asha_key, "2026-01", "abc", None],
            [lantern.asha_key, "2026-02", "1.2万", None],
            [lantern.ada_key, "2026-01", "-5", None],
            [lantern.ada_key, "2026-02", "1.005", None],
        )
        assert answer.status_code == 422
        assert [fault["number"] for fault in answer.json()["faults"]] == [0, 2, 3]
        assert all(fault["text"] for fault in answer.json()["faults"])

    def test_the_second_manager_is_told_who_changed_what(self, lantern, as_bela):
        seen = commits(lantern, lantern.asha_key)[0]
        blocks.set_block(plan=lantern.plan, edits=[Edit(lantern.asha_key, month(1), 7_00)], tier="commit", by=lantern.dora.user)
        cells = [[lantern.asha_key, "2026-01", "8", seen], [lantern.ada_key, "2026-01", "9", seen]]
        answer = self.send(as_bela, lantern, *cells)
        told = answer.json()
        assert (answer.status_code, [fault["number"] for fault in told["faults"]]) == (409, [0])
        assert told["rows"][lantern.asha_key]["tiers"]["commit"][0] == 7_00
        assert told["by"] == str(lantern.dora.user)
        cells[0][3] = 7_00
        assert self.send(as_bela, lantern, *cells).status_code == 200
        assert [commits(lantern, key)[0] for key in (lantern.asha_key, lantern.ada_key)] == [8_00, 9_00]

    @pytest.mark.parametrize(
        "cells", ["x", "{}", "[1]", "[[]]", '[["p1-1","2026-01","1"]]', '[["p1-1","2026-01","1","2"]]', "[[1,2,3,4]]", "[]", ""]
    )
    def test_a_block_of_another_shape_is_refused(self, lantern, as_bela, cells):
        answer = as_bela.post(self.url(lantern, "cells/"), {"tier": "commit", "cells": cells})
        assert answer.status_code == 422
        assert answer.json()["error"]

    def test_the_grid_shows_what_is_locked(self, lantern, as_bela):
        cells = json.dumps([[lantern.asha_key, "2026-Q1"]])
        answer = as_bela.post(self.url(lantern, "locks/"), {"is_locked": "on", "cells": cells})
        assert answer.json()["rows"][lantern.asha_key]["locked"] == [0, 1, 2]
        shown = {row["key"]: row for row in as_bela.get(self.url(lantern, "")).context["grid"]["rows"]}
        assert shown[lantern.asha_key]["locked"] == [0, 1, 2]

    def test_a_row_is_locked_from_the_page_that_splits_and_what_was_typed_there_stays(self, lantern, as_bela):
        given = {"lock": lantern.asha_key, "unit": lantern.one.pk, "method": "WEIGHTS", f"w_{lantern.ada_key}": "3"}
        answer = as_bela.post(self.url(lantern, "locks/"), given)
        assert answer.status_code == 302
        assert f"units/{lantern.one.pk}/split/?method=WEIGHTS&w_{lantern.ada_key}=3" in answer.url
        page = as_bela.get(answer.url)
        assert {row.node.key: row.locked for row, *_rest in page.context["rows"]} == {lantern.asha_key: 12, lantern.ada_key: 0}

    def test_the_method_chosen_goes_along_to_its_numbers_and_back(self, lantern, as_bela):
        page = as_bela.get(self.url(lantern, f"units/{lantern.one.pk}/split/?method=POTENTIAL"))
        assert page.context["inputs_url"].endswith("/inputs/?method=POTENTIAL")
        inputs = as_bela.get(page.context["inputs_url"])
        kept = as_bela.post(page.context["inputs_url"], {"seen": inputs.context["form"]["seen"].value(), "_split": "1"})
        assert kept.status_code == 302
        assert kept["Location"].endswith("/split/?method=POTENTIAL")

    def test_a_conflict_is_listed_on_the_page_that_splits(self, lantern, as_bela):
        lock(lantern, (lantern.asha_key, YEAR), (lantern.ada_key, YEAR))
        blocks.set_block(
            plan=lantern.plan, edits=[Edit(unit_key(lantern.one.pk), month(1), 1_00)], tier="commit", by=lantern.amir.user
        )
        page = as_bela.get(self.url(lantern, f"units/{lantern.one.pk}/split/"))
        assert "Asha" in page.content.decode()
        assert [row.month for row in page.context["conflicts"]][:1] == ["Jan 2026"]
        posted = as_bela.post(self.url(lantern, f"units/{lantern.one.pk}/split/"), {"method": "EQUAL"})
        assert (posted.status_code, posted.context["refusal"]) == (422, page.context["refusal"])
