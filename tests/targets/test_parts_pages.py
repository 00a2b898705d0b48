"""The pages of a divided plan: what they show, what a press does, what wrong input says; and publishing and adjusting it."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import User
from common.periods import Period
from common.tables import read_table
from common.tenancy import company_scope
from deals.models import ProductLine
from targets.models import Metric, PartTarget, Plan, PlanPart
from targets.queries.adjusting import propose_change
from targets.queries.part_pages import own_parts
from targets.queries.parts import divided
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.rules import Balance
from targets.rules.parts import PartMethod
from targets.services import parts, plans, splits
from targets.services.adjustments import approve, request_adjustment
from targets.services.metrics import add_builtin_metrics
from teams.queries import calendar_of
from tests.signing_in import BACKEND

MILLION = 1_000_000_00
START = date(date.today().year + 1, 1, 1)  # noqa: DTZ011 - any year in which the cast is still there
YEAR = Period(START, START.replace(year=START.year + 1))
MARCH = Period(START.replace(month=3), START.replace(month=4))
NOW = datetime(START.year, 1, 5, 1, tzinfo=UTC)


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with company_scope(cast.lantern):
        add_builtin_metrics()
        cast.oak, cast.pine = (ProductLine.objects.create(name=name) for name in ("Oak", "Pine"))
    return cast


@pytest.fixture
def plan(lantern):
    """Next year's revenue, split equally, divided three to one between Oak and Pine."""
    with company_scope(lantern.lantern):
        about = {"on": START, "by": lantern.amir.user}
        made = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=100, by=lantern.amir.user)
        splits.set_year(plan=made, tiers=12 * MILLION, method="EQUAL", **about)
        splits.split_down(plan=made, unit=lantern.root, method="EQUAL", whole_subtree=True, **about)
        chosen = [(lantern.oak.pk, None), (lantern.pine.pk, None)]
        parts.choose_parts(plan=made, dimension=PlanPart.Dimension.LINE, chosen=chosen, by=lantern.amir.user)
        oak, pine = PlanPart.objects.all()
        parts.divide_parts(plan=made, method=PartMethod.WEIGHTS, weights={oak.pk: 3, pine.pk: 1}, **about)
    return made


@pytest.fixture
def sign_in(client):
    def as_member(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return as_member


def page(plan, rest=""):
    return f"/lantern/targets/{plan.pk}/parts/{rest}"


def look(cast, plan):
    with company_scope(cast.lantern):
        found = Plan.objects.select_related("metric", "company").get(pk=plan.pk)
        return divided(sheet_of(found, company=found.company))


def oak_of(cast):
    with company_scope(cast.lantern):
        return PlanPart.objects.get(product_line=cast.oak).pk


def cell(cast, member, amount, **also):
    key = person_key(member.person.pk, cast.one.pk)
    return {"key": key, "part": oak_of(cast), "period": f"{START.year}-03", "tier": "commit", "amount": amount} | also


class TestLooking:
    def test_shows_the_parts_across_and_what_is_left_over(self, lantern, plan, sign_in):
        body = sign_in(lantern.amir).get(page(plan)).content.decode()
        assert "9,000,000" in body
        assert "Adds up" in body

    def test_shows_the_months_of_one_part(self, lantern, plan, sign_in):
        response = sign_in(lantern.amir).get(page(plan, f"?part={oak_of(lantern)}"))
        assert [len(row.cells) for row in response.context["rows"]] == [12] * len(response.context["rows"])
        assert response.context["rows"][0].target == 9 * MILLION

    def test_begins_with_what_a_manager_leads(self, lantern, plan, sign_in):
        rows = sign_in(lantern.bela).get(page(plan)).context["rows"]
        assert [row.node.name for row in rows] == ["Team One", "Ada", "Asha"]
        assert [any(cell.may_set for cell in row.cells) for row in rows] == [False, True, True]

    @pytest.mark.parametrize("asked", ["?period=2031", "?period=x", "?part=9999999999999999999", "?tier=gold", "?unit=0"])
    def test_knows_no_other_period_part_tier_or_unit(self, lantern, plan, sign_in, asked):
        assert sign_in(lantern.amir).get(page(plan, asked)).status_code == 404

    def test_hands_out_a_row_for_each_part_and_tier(self, lantern, plan, sign_in):
        response = sign_in(lantern.amir).get(page(plan, "?as=csv"))
        table = read_table(response.content, name="parts.csv")
        assert table.header[:6] == ["Unit", "Person", "Metric", "Part", "Tier", "Total"]
        assert len(list(table)) == len(look(lantern, plan).nodes) * 2 * 3


class TestTyping:
    def test_saves_at_once_and_shows_what_does_not_add_up(self, lantern, plan, sign_in):
        response = sign_in(lantern.bela).post(page(plan, "cells/"), cell(lantern, lantern.asha, "150,000"))
        assert response.status_code == 200
        assert "The parts of Asha" in response.content.decode()
        found = look(lantern, plan)
        assert found.table.of(person_key(lantern.asha.person.pk, lantern.one.pk), oak_of(lantern))[2].commit == 150_000_00

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ({"amount": "abc"}, "is-error"),
            ({"amount": "-5"}, "is-error"),
            ({"seen": "1"}, "meanwhile"),
            ({"part": "999999"}, "not divided into this"),
            ({"part": ""}, "required"),
        ],
    )
    def test_says_at_the_table_what_is_wrong_and_keeps_the_amount(self, lantern, plan, sign_in, wrong, told):
        before = look(lantern, plan).stamp(unit_key(lantern.root.pk))
        response = sign_in(lantern.bela).post(page(plan, "cells/"), cell(lantern, lantern.asha, **{"amount": "5"} | wrong))
        assert response.status_code == 422
        assert told.lower() in response.content.decode().lower()
        assert look(lantern, plan).stamp(unit_key(lantern.root.pk)) == before

    def test_leaves_a_managers_own_team_to_who_leads_above(self, lantern, plan, sign_in):
        given = cell(lantern, lantern.asha, "5", key=unit_key(lantern.one.pk))
        assert sign_in(lantern.bela).post(page(plan, "cells/"), given).status_code == 403


class TestDividing:
    def test_previews_without_changing_and_applies_when_sent(self, lantern, plan, sign_in):
        before, client = look(lantern, plan), sign_in(lantern.amir)
        address = page(plan, f"units/{lantern.root.pk}/divide/")
        shown = client.get(address, {"method": "EQUAL"})
        assert [row.proposed for row, _weight in shown.context["rows"]] == [6 * MILLION, 6 * MILLION]
        assert look(lantern, plan).stamp(before.plan_sheet.root.key) == before.stamp(before.plan_sheet.root.key)
        assert client.post(address, {"method": "EQUAL"}).status_code == 302
        assert look(lantern, plan).gaps() == []
        assert client.post(page(plan, "undo/"), {"step": last(lantern)}).status_code == 302
        assert look(lantern, plan).stamp(before.plan_sheet.root.key) == before.stamp(before.plan_sheet.root.key)

    def test_says_when_all_weights_are_zero(self, lantern, plan, sign_in):
        given = {"method": "WEIGHTS"} | {f"w_{part.pk}": 0 for part in look(lantern, plan).parts}
        response = sign_in(lantern.amir).post(page(plan, f"units/{lantern.root.pk}/divide/"), given)
        assert response.status_code == 422
        assert "All weights are zero" in response.content.decode()

    def test_chooses_others_and_begins_anew(self, lantern, plan, sign_in):
        client = sign_in(lantern.amir)
        given = {
            "dimension": "LINE",
            f"LINE-{lantern.oak.pk}": "on",
            f"LINE-{lantern.oak.pk}-due": "2026-02-30",
            "LINE-rest": "on",
        }
        assert client.post(page(plan, "choose/"), given).status_code == 422
        given[f"LINE-{lantern.oak.pk}-due"] = "2026-02-28"
        assert client.post(page(plan, "choose/"), given).status_code == 302
        assert [(part.name, part.due_on) for part in look(lantern, plan).parts] == [
            ("Oak", date(2026, 2, 28)),
            ("All others", None),
        ]


def last(cast):
    with company_scope(cast.lantern):
        return parts.last_part_step(plan=Plan.objects.get(), user=cast.amir.user).pk


class TestPublishing:
    def test_refuses_parts_that_do_not_add_up_and_names_them(self, lantern, plan, sign_in):
        client = sign_in(lantern.amir)
        client.post(page(plan, "cells/"), cell(lantern, lantern.asha, "150,000"))
        response = client.post(f"/lantern/targets/{plan.pk}/publish/")
        assert response.status_code == 422
        assert "The parts of Asha" in response.content.decode()
        with company_scope(lantern.lantern):
            assert Plan.objects.get().status == Plan.Status.DRAFT
        client.post(page(plan, f"units/{lantern.root.pk}/fit/"))
        assert client.post(f"/lantern/targets/{plan.pk}/publish/").status_code == 302

    def test_refuses_parts_after_the_targets_changed(self, lantern, plan):
        with company_scope(lantern.lantern):
            about = {"plan": plan, "by": lantern.amir.user}
            splits.set_year(tiers=13 * MILLION, method="EQUAL", on=START, **about)
            splits.split_down(unit=lantern.root, method="EQUAL", whole_subtree=True, on=START, **about)
            with pytest.raises(plans.PartsDoNotAddUp):
                plans.publish(now=NOW, **about)
            parts.fit_parts(**about)
            plans.publish(now=NOW, **about)
        assert look(lantern, plan).gaps() == []

    def test_follows_an_adjustment_and_lets_what_was_typed_give_way(self, lantern, plan):
        key = person_key(lantern.asha.person.pk, lantern.one.pk)
        with company_scope(lantern.lantern):
            about = {"plan": plan, "by": lantern.amir.user}
            given = {"key": key, "part_id": oak_of(lantern), "period": MARCH, "tier": "commit"}
            was = look(lantern, plan).table.of(key, oak_of(lantern))[2].commit
            parts.set_part(amount=was + 100, **given, **about)
            parts.fit_parts(**about)
            plans.publish(now=NOW, **about)
            sheet = look(lantern, plan).plan_sheet
            # All but little of Asha's March goes to the others of her team.
            given = {"balance": Balance.SIBLINGS, "from_on": START}
            calendar = calendar_of(sheet.plan.company)
            proposed = propose_change(sheet, key, wanted={2: 100_00}, with_below=True, calendar=calendar, **given)
            told = {"reason": "She is ill", "about": "Asha", "now": NOW, "today": START}
            asked = request_adjustment(plan=plan, proposed=proposed, by=lantern.bela.user, **given, **told)
            approve(adjustment=asked, now=NOW, today=START, by=lantern.dora.user)
        after = look(lantern, plan)
        assert after.gaps() == []
        assert after.table.of(key, oak_of(lantern))[2].commit <= 100_00


class TestMine:
    def test_says_what_is_asked_of_each_part(self, lantern, plan, sign_in):
        with company_scope(lantern.lantern):
            plans.publish(plan=plan, now=NOW, by=lantern.amir.user)
            [oak, pine] = own_parts(lantern.asha.person, year=YEAR, periods=[MARCH, YEAR])[plan.pk]
            months = PartTarget.objects.filter(person=lantern.asha.person, part=oak.part)
            assert oak.spans[1].tiers.commit == sum(row.commit for row in months)
        assert oak.spans[1].tiers.commit == 3 * pine.spans[1].tiers.commit
        body = sign_in(lantern.asha).get(f"/lantern/targets/mine/?year={START.year}").content.decode()
        assert "Of this, by product line" in body
        assert "Oak" in body
