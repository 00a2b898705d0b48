"""The pages of plans: who reaches what, what a press does, and what wrong input says."""

import json
from datetime import date
from unittest.mock import patch

import pytest

from accounts.models import User
from accounts.rules import Role
from common.periods import Period, add_months, fiscal_year_of
from common.tables import read_table
from common.tenancy import company_scope
from credits.models import DailyTotal
from credits.rules import Measure
from targets.models import Attainment, Metric, Plan, PlanStep, Target
from targets.queries.plans import person_key, sheet_of, unit_key
from targets.services import plans, splits
from targets.services.metrics import add_builtin_metrics
from teams.models import Assignment, Person
from tests.exchange.importing import counts, refusals, take
from tests.signing_in import BACKEND

MILLION = 1_000_000_00
NEXT_YEAR = date.today().year + 1  # noqa: DTZ011 - any year in which the cast is still there
YEAR = Period(date(NEXT_YEAR, 1, 1), date(NEXT_YEAR + 1, 1, 1))


@pytest.fixture
def lantern(cast):
    User.objects.update(language="en")
    with company_scope(cast.lantern):
        add_builtin_metrics()
    return cast


@pytest.fixture
def plan(lantern):
    """Next year's revenue, split equally from the company to everybody."""
    with company_scope(lantern.lantern):
        made = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=100, by=lantern.amir.user)
        splits.set_year(plan=made, tiers=12 * MILLION, method="EQUAL", on=date(NEXT_YEAR, 1, 1), by=lantern.amir.user)
        splits.split_down(
            plan=made,
            unit=lantern.root,
            method="EQUAL",
            whole_subtree=True,
            on=date(NEXT_YEAR, 1, 1),
            by=lantern.amir.user,
        )
    return made


@pytest.fixture
def sign_in(client):
    def as_member(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return as_member


def url(path, plan=None):
    return f"/lantern/targets/{plan.pk}/{path}" if plan else f"/lantern/targets/{path}"


def table(cast, plan):
    with company_scope(cast.lantern):
        found = Plan.objects.select_related("metric", "company").get(pk=plan.pk)
        return sheet_of(found, company=found.company)


def key_of(member, unit):
    return person_key(member.person.pk, unit.pk)


def cell(cast, *, key=None, period=f"{NEXT_YEAR}-03", amount="300,000", seen=None):
    """What the grid sends for one cell."""
    return {"tier": "commit", "cells": json.dumps([[key or key_of(cast.asha, cast.one), period, amount, seen]])}


class TestTheList:
    def test_shows_plans_with_what_is_split_and_reached(self, lantern, plan, sign_in):
        page = sign_in(lantern.amir).get(url(""))
        assert page.status_code == 200
        [row] = page.context["rows"]
        assert (row.commit, row.split_percent, row.attainment) == (12 * MILLION, 100, None)

    def test_leads_a_rep_to_their_own_targets(self, lantern, plan, sign_in):
        assert sign_in(lantern.asha).get(url("")).url == url("mine/")

    def test_keeps_filters_in_the_address(self, lantern, plan, sign_in):
        page = sign_in(lantern.amir).get(url(f"?year={NEXT_YEAR - 1}"))
        assert page.status_code == 200
        page = sign_in(lantern.amir).get(url(f"?year={NEXT_YEAR}"))
        assert len(page.context["rows"]) == 1

    def test_says_what_to_do_when_there_is_none(self, lantern, sign_in):
        assert b"Start a plan" in sign_in(lantern.amir).get(url("")).content
        assert b"Start a plan" not in sign_in(lantern.bela).get(url("")).content


class TestStarting:
    def test_leads_on_to_setting_the_year(self, lantern, sign_in):
        with company_scope(lantern.lantern):
            metric = Metric.objects.get(code="visits")
        answer = sign_in(lantern.amir).post(
            url("start/"),
            {"metric": metric.pk, "year": NEXT_YEAR, "rounding": 10, "floor_percent": 80, "stretch_percent": 130},
        )
        with company_scope(lantern.lantern):
            made = Plan.objects.get()
        assert answer.url == url("year/", made)
        assert (made.rounding_unit, made.floor_percent) == (10, 80)

    @pytest.mark.parametrize(("code", "rounding_unit"), [("visits", 1), ("revenue", 1000_00)])
    def test_rounds_as_suits_the_metric_when_nobody_says(self, lantern, sign_in, code, rounding_unit):
        with company_scope(lantern.lantern):
            metric = Metric.objects.get(code=code)
        given = {"metric": metric.pk, "year": NEXT_YEAR, "rounding": "", "floor_percent": 80, "stretch_percent": 130}
        sign_in(lantern.amir).post(url("start/"), given)
        with company_scope(lantern.lantern):
            assert Plan.objects.get().rounding_unit == rounding_unit

    @pytest.mark.parametrize(
        ("year", "shown"),
        [("2018", ["2017", "2016", "2015"]), (str(NEXT_YEAR + 1), [str(NEXT_YEAR - back) for back in (1, 2, 3)])],
    )
    def test_shows_the_years_before_the_one_that_is_chosen(self, lantern, sign_in, year, shown):
        page = sign_in(lantern.amir).get(url("start/"), {"year": year}, headers={"HX-Request": "true"})
        assert [code for code, _is_running in page.context["actuals"]["years"]] == shown
        assert [template.name for template in page.templates][0] == "targets/_partials/actuals.html"

    def test_a_second_press_leads_to_the_first_plan(self, lantern, plan, sign_in):
        answer = sign_in(lantern.amir).post(
            url("start/"),
            {"metric": plan.metric_id, "year": NEXT_YEAR, "rounding": 1, "floor_percent": 85, "stretch_percent": 120},
        )
        assert answer.url == url("", plan)

    @pytest.mark.parametrize("wrong", [{"floor_percent": "NaN"}, {"stretch_percent": "1e40"}, {"year": "0"}, {"rounding": "3"}])
    def test_says_what_is_wrong_at_the_field(self, lantern, plan, sign_in, wrong):
        given = {"metric": plan.metric_id, "year": NEXT_YEAR, "rounding": 1, "floor_percent": 85, "stretch_percent": 120}
        page = sign_in(lantern.amir).post(url("start/"), given | wrong)
        assert page.status_code == 422
        assert list(page.context["form"].errors) == list(wrong)


class TestWhoMayWhat:
    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            # own cell of a rep in team One | team One itself | the company's year | publish
            ("asha", (404, 404, 404, 404)),
            ("bela", (200, 403, 403, 403)),
            ("boris", (404, 404, 403, 403)),
            ("dora", (200, 200, 403, 403)),
            ("hana", (403, 403, 403, 403)),
            ("amir", (200, 200, 200, 200)),
        ],
    )
    def test_one_sets_what_is_below_and_who_leads_all_publishes(self, lantern, plan, sign_in, who, expected):
        client = sign_in(getattr(lantern, who))
        statuses = (
            client.post(url("cells/", plan), cell(lantern)).status_code,
            client.post(url("cells/", plan), cell(lantern, key=unit_key(lantern.one.pk))).status_code,
            client.get(url("year/", plan)).status_code,
            client.get(url("publish/", plan)).status_code,
        )
        assert statuses == expected

    def test_a_manager_sees_their_own_part_only(self, lantern, plan, sign_in):
        page = sign_in(lantern.bela).get(url("", plan))
        assert [row["name"] for row in page.context["grid"]["rows"]] == ["Team One", "Ada", "Asha"]
        assert b"Ben" not in page.content
        assert sign_in(lantern.bela).get(url(f"?unit={lantern.two.pk}", plan)).status_code == 404
        assert sign_in(lantern.bela).get(url(f"units/{lantern.two.pk}/split/", plan)).status_code == 404

    def test_hr_reads_and_changes_nothing(self, lantern, plan, sign_in):
        page = sign_in(lantern.hana).get(url("", plan))
        assert page.status_code == 200
        assert not any(row["maySet"] or row["maySplit"] for row in page.context["grid"]["rows"])
        assert sign_in(lantern.hana).get(url(f"units/{lantern.one.pk}/split/", plan)).status_code == 403

    def test_a_rival_finds_nothing(self, lantern, plan, sign_in):
        client = sign_in(lantern.rex)
        assert client.get(url("", plan)).status_code == 404
        assert client.get(f"/rival/targets/{plan.pk}/").status_code == 404
        assert client.post(f"/rival/targets/{plan.pk}/cells/", cell(lantern)).status_code == 404


class TestTheGrid:
    def test_a_cell_answers_with_the_row_as_it_is_now(self, lantern, plan, sign_in):
        answer = sign_in(lantern.bela).post(url("cells/", plan), cell(lantern, seen=25_000_000))
        row = answer.json()["rows"][key_of(lantern.asha, lantern.one)]
        assert row["tiers"]["commit"][2] == 30_000_000
        assert row["byHand"] == [2]

    @pytest.mark.parametrize(
        "amount",
        ["abc", "NaN", "-5", "1e40", "9" * 39, "1.005", "1.5 million", "=1+1", "\x00", "１２３４５６７８９０１２３４５６７"],
    )
    def test_says_what_is_wrong_and_changes_nothing(self, lantern, plan, sign_in, amount):
        before = table(lantern, plan).sheet.cells
        answer = sign_in(lantern.bela).post(url("cells/", plan), cell(lantern, amount=amount))
        assert answer.status_code == 422
        assert answer.json()["error"]
        assert table(lantern, plan).sheet.cells == before

    @pytest.mark.parametrize("period", [f"{NEXT_YEAR - 1}-03", "2026-13", "x", f"{NEXT_YEAR}-03-05", "0000"])
    def test_knows_no_period_outside_the_plan(self, lantern, plan, sign_in, period):
        assert sign_in(lantern.bela).post(url("cells/", plan), cell(lantern, period=period)).status_code == 404

    def test_tells_the_second_editor(self, lantern, plan, sign_in):
        sign_in(lantern.bela).post(url("cells/", plan), cell(lantern, seen=25_000_000))
        answer = sign_in(lantern.dora).post(url("cells/", plan), cell(lantern, amount="1", seen=25_000_000))
        assert answer.status_code == 409
        assert table(lantern, plan).sheet.of(key_of(lantern.asha, lantern.one))[2].commit == 30_000_000

    def test_the_last_step_can_be_undone(self, lantern, plan, sign_in):
        client = sign_in(lantern.bela)
        step = client.post(url("cells/", plan), cell(lantern)).json()["undo"]
        for _press in range(2):
            assert client.post(url("undo/", plan), {"step": step}).status_code == 302
        assert table(lantern, plan).sheet.of(key_of(lantern.asha, lantern.one))[2].commit == 25_000_000

    def test_months_can_be_edited_without_a_script(self, lantern, plan, sign_in):
        client, path = sign_in(lantern.bela), url(f"rows/{key_of(lantern.asha, lantern.one)}/", plan)
        page = client.get(path)
        fields = {name: field.value() for name, field in ((f.name, f) for f in page.context["form"])}
        given = {name: "" if value is None else value for name, value in fields.items()} | {"m2": "123.45"}
        given = {
            name: f"{value / 100:.2f}" if name[0] == "m" and isinstance(value, int) else value for name, value in given.items()
        }
        assert client.post(path, given).status_code == 302
        cells = table(lantern, plan).sheet.of(key_of(lantern.asha, lantern.one))
        assert (cells[1].commit, cells[2].commit) == (25_000_000, 123_45)
        page = client.post(path, given | {"m3": "x"})
        assert page.status_code == 422
        assert list(page.context["form"].errors) == ["m3"]

    def test_costs_the_same_for_three_people_and_for_thirty(self, lantern, plan, sign_in, django_assert_max_num_queries):
        client = sign_in(lantern.amir)
        client.get(url("", plan))
        with company_scope(lantern.lantern):
            for number in range(27):
                person = Person.objects.create(name=f"P{number}", employee_number=f"N-{number}", hired_on=date(2025, 1, 1))
                Assignment.objects.create(person=person, unit=lantern.one, role=Role.REP, starts_on=date(2025, 1, 1))
        with django_assert_max_num_queries(25):
            page = client.get(url("", plan))
        assert len(page.context["grid"]["rows"]) == 35


class TestSetTheYear:
    def given(self, **changes):
        return {
            "commit": "13,000,000",
            "tiers": "PERCENT",
            "floor_percent": "85",
            "stretch_percent": "120",
            "method": "WORKING_DAYS",
        } | changes

    def test_previews_and_sets(self, lantern, plan, sign_in):
        client = sign_in(lantern.amir)
        page = client.get(url("year/", plan), self.given())
        assert page.context["is_preview"]
        assert sum(month.proposed for month in page.context["months"]) == 13 * MILLION
        assert table(lantern, plan).sheet.year_of(unit_key(lantern.root.pk)).commit == 12 * MILLION
        assert client.post(url("year/", plan), self.given(seen=page.context["form"]["seen"].value() or "")).status_code == 302
        assert table(lantern, plan).sheet.year_of(unit_key(lantern.root.pk)).commit == 13 * MILLION

    @pytest.mark.parametrize("season", [(11, "11 whole months before"), (12, "learned from 1 whole year")])
    def test_says_what_the_season_is_learned_from(self, lantern, plan, sign_in, season):
        months, said = season
        history = {add_months(YEAR.starts_on, -back): 100 for back in range(1, months + 1)}
        days = dict.fromkeys([*history, *table(lantern, plan).months], 20)
        with patch("targets.views.splits.season_of", return_value=(history, days)):
            assert said in sign_in(lantern.amir).get(url("year/", plan)).content.decode()
            equal = sign_in(lantern.amir).get(url("year/", plan), self.given(method="EQUAL"))
        assert equal.context["season"] is None

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"commit": "NaN"}, "commit"),
            ({"commit": ""}, "commit"),
            ({"commit": "-1"}, "commit"),
            ({"floor_percent": "101"}, "floor_percent"),
            ({"stretch_percent": "99"}, "stretch_percent"),
            ({"tiers": "TYPED", "floor": "2", "stretch": "1"}, "commit"),
            ({"tiers": "TYPED", "floor": "2", "stretch": ""}, "stretch"),
            ({"method": "WEIGHTS"}, "method"),
            ({"method": "WEIGHTS", "w1": "-1"}, "w1"),
            ({"method": "MOON"}, "method"),
        ],
    )
    def test_says_what_is_wrong_at_the_field(self, lantern, plan, sign_in, wrong, field):
        page = sign_in(lantern.amir).post(url("year/", plan), self.given(**wrong))
        assert page.status_code == 422
        assert field in page.context["form"].errors
        assert table(lantern, plan).sheet.year_of(unit_key(lantern.root.pk)).commit == 12 * MILLION


class TestSplitting:
    def path(self, cast, plan, unit="one"):
        return url(f"units/{getattr(cast, unit).pk}/split/", plan)

    def test_previews_beside_today_and_applies(self, lantern, plan, sign_in):
        client, asha, ada = sign_in(lantern.bela), key_of(lantern.asha, lantern.one), key_of(lantern.ada, lantern.one)
        given = {"method": "WEIGHTS", f"w_{asha}": "3", f"w_{ada}": "1"}
        page = client.get(self.path(lantern, plan), given)
        assert {row.node.name: row.difference for row, *_rest in page.context["rows"]} == {
            "Ada": -150_000_000,
            "Asha": 150_000_000,
        }
        assert table(lantern, plan).sheet.year_of(asha).commit == 3 * MILLION
        assert client.post(self.path(lantern, plan), given).status_code == 302
        assert table(lantern, plan).sheet.year_of(asha).commit == 4_500_000_00

    def test_shows_everybody_further_down_before_it_is_applied(self, lantern, plan, sign_in):
        given = {"method": "EQUAL", "whole_subtree": "on"}
        below = sign_in(lantern.amir).get(self.path(lantern, plan, "root"), given).context["below"]
        assert {row.node.name for row in below} > {"Team One", "Asha", "Ada"}
        asha = next(row for row in below if row.node.name == "Asha")
        assert (asha.today.commit, asha.proposed.commit, asha.difference) == (3 * MILLION, 3 * MILLION, 0)
        only = sign_in(lantern.amir).get(self.path(lantern, plan, "root"), {"method": "EQUAL"})
        assert only.context["below"] == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"method": "WEIGHTS"},
            {"method": "COMBINATION", "equal_share": "0", "history_share": "0", "weights_share": "0"},
            {"method": "COMBINATION", "equal_share": "NaN"},
            {"method": "x"},
        ],
    )
    def test_refuses_what_divides_nothing(self, lantern, plan, sign_in, wrong):
        zero = {f"w_{key_of(member, lantern.one)}": "0" for member in (lantern.asha, lantern.ada)}
        before = table(lantern, plan).sheet.cells
        page = sign_in(lantern.bela).post(self.path(lantern, plan), zero | wrong)
        assert page.status_code == 422
        assert b"is-error" in page.content
        assert table(lantern, plan).sheet.cells == before

    def test_says_who_changed_it_meanwhile(self, lantern, plan, sign_in):
        seen = sign_in(lantern.bela).get(self.path(lantern, plan)).context["form"]["seen"].value()
        sign_in(lantern.dora).post(url("cells/", plan), cell(lantern))
        page = sign_in(lantern.bela).post(self.path(lantern, plan), {"method": "EQUAL", "seen": seen})
        assert page.status_code == 422
        assert "meanwhile" in page.context["refusal"]

    def test_names_an_empty_unit(self, lantern, plan, sign_in):
        sign_in(lantern.amir).post(url("cells/", plan), cell(lantern, key=unit_key(lantern.west.pk)))
        page = sign_in(lantern.amir).get(self.path(lantern, plan, "west"))
        assert "West" in page.context["refusal"]

    def test_spreads_what_is_missing(self, lantern, plan, sign_in):
        client = sign_in(lantern.bela)
        client.post(url("cells/", plan), cell(lantern))
        assert client.post(url(f"units/{lantern.one.pk}/spread/", plan), {"whole_subtree": "on"}).status_code == 302
        found = table(lantern, plan)
        assert found.sheet.gaps(unit_key(lantern.one.pk)) == []
        assert found.sheet.of(key_of(lantern.asha, lantern.one))[2].commit == 30_000_000

    def test_takes_the_sum_from_below(self, lantern, plan, sign_in):
        sign_in(lantern.bela).post(url("cells/", plan), cell(lantern))
        path = url(f"units/{lantern.one.pk}/sum/", plan)
        assert sign_in(lantern.bela).post(path).status_code == 403
        assert sign_in(lantern.dora).post(path).status_code == 302
        assert table(lantern, plan).sheet.of(unit_key(lantern.one.pk))[2].commit == 55_000_000


class TestPublishing:
    def test_lists_what_does_not_add_up(self, lantern, plan, sign_in):
        client = sign_in(lantern.amir)
        client.post(url("cells/", plan), cell(lantern))
        page = client.get(url("publish/", plan))
        ((node, months, tiers, gap),) = page.context["gaps"]
        assert (node.name, months, gap.missing, gap.excess) == ("Team One", ["Mar 2027"], 0, 5_000_000), tiers
        assert client.post(url("publish/", plan)).status_code == 422
        assert table(lantern, plan).plan.status == Plan.Status.DRAFT

    def test_publishes_withdraws_and_shows_the_history(self, lantern, plan, sign_in):
        client = sign_in(lantern.amir)
        page = client.get(url("publish/", plan))
        assert client.post(url("publish/", plan), {"version": page.context["plan"].version}).status_code == 302
        assert client.post(url("cells/", plan), cell(lantern)).status_code == 409
        assert not client.get(url("", plan)).context["grid"]["isOpen"]
        assert client.post(url("withdraw/", plan), {"reason": " "}).status_code == 422
        assert client.post(url("withdraw/", plan), {"reason": "A team is missing"}).status_code == 302
        assert client.post(url("cells/", plan), cell(lantern)).status_code == 200
        history = client.get(url("history/", plan))
        assert [step.verb for step in history.context["page"]] == ["CELL", "SPLIT", "YEAR"]
        titles = [str(event["title"]).split(" · ")[0] for event in history.context["events"]]
        assert titles[:4] == ["Set by hand", "Withdrawn", "Published", "Split"]
        assert titles[-1] == "Plan started"
        assert "A team is missing" in history.content.decode()

    def test_whoever_publishes_saw_the_present_numbers(self, lantern, plan, sign_in):
        version = sign_in(lantern.amir).get(url("publish/", plan)).context["plan"].version
        sign_in(lantern.bela).post(url("cells/", plan), cell(lantern))
        sign_in(lantern.bela).post(url(f"units/{lantern.one.pk}/spread/", plan), {"whole_subtree": "on"})
        page = sign_in(lantern.amir).post(url("publish/", plan), {"version": version})
        assert page.status_code == 422
        assert "meanwhile" in page.context["refusal"]


class TestExport:
    def test_hands_out_a_row_for_each_tier_with_a_column_for_each_month(self, lantern, plan, sign_in):
        answer = sign_in(lantern.bela).get(url("?as=xlsx", plan))
        table = read_table(answer.content, "plan.xlsx")
        assert table.header[6:8] == [f"{NEXT_YEAR}-01", f"{NEXT_YEAR}-02"]
        rows = [dict(zip(table.header, row.values, strict=True)) for row in table]
        assert [(row["Person"] or row["Unit"], row["Tier"]) for row in rows[:4]] == [
            ("East/Team One", "Commit"),
            ("Ada", "Commit"),
            ("Asha", "Commit"),
            ("East/Team One", "Floor"),
        ]
        assert (rows[2]["Total"], rows[2][f"{NEXT_YEAR}-01"]) == ("3000000", "250000")
        assert table.header[9] == f"{NEXT_YEAR}-Q1"
        assert rows[2][f"{NEXT_YEAR}-Q1"] == "750000"

    def test_comes_back_without_a_change(self, lantern, plan, sign_in):
        with company_scope(lantern.lantern):
            july = date(NEXT_YEAR, 7, 1)
            Assignment.objects.filter(person=lantern.ada.person).update(ends_before=july)
            Assignment.objects.create(person=lantern.ada.person, unit=lantern.two, role=Role.REP, starts_on=july)
            Person.objects.create(name="Asha", employee_number="E-other", hired_on=july)
            splits.split_down(plan=plan, unit=lantern.root, method="EQUAL", whole_subtree=True, on=july, by=lantern.amir.user)
        before = table(lantern, plan).sheet.cells
        content = sign_in(lantern.amir).get(url("?as=xlsx", plan)).content
        with company_scope(lantern.lantern):
            done = take("TARGETS", content, by=lantern.amir.user, name="plan.xlsx")
            assert (refusals(done), counts(done)[:2]) == ({}, (0, 0))
            assert counts(done)[2] == 3 * 9
        assert table(lantern, plan).sheet.cells == before

    def test_is_for_who_may_export(self, lantern, plan, sign_in):
        assert sign_in(lantern.asha).get(url("?as=xlsx", plan)).status_code == 404


class TestMine:
    @pytest.fixture
    def published(self, lantern):
        """This year's plan, published, and some of it done."""
        with company_scope(lantern.lantern):
            year = fiscal_year_of(date.today())  # noqa: DTZ011 - the page is about the present year
            made = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=year, rounding_unit=1, by=lantern.amir.user)
            splits.set_year(plan=made, tiers=12 * MILLION, method="EQUAL", on=year.starts_on, by=lantern.amir.user)
            splits.split_down(
                plan=made, unit=lantern.root, method="EQUAL", whole_subtree=True, on=year.starts_on, by=lantern.amir.user
            )
            Plan.objects.update(status=Plan.Status.PUBLISHED, published_at="2020-01-01T00:00Z")
            DailyTotal.objects.create(
                day=year.starts_on, person=lantern.asha.person, unit=lantern.one, measure=Measure.REVENUE, amount=MILLION
            )
            Attainment.objects.create(
                metric=made.metric,
                span="YEAR",
                starts_on=year.starts_on,
                ends_before=year.ends_before,
                person=lantern.asha.person,
                numerator=MILLION,
                commit=3 * MILLION,
            )
        return made

    def test_shows_what_is_asked_and_how_it_was_made(self, lantern, published, sign_in):
        page = sign_in(lantern.asha).get(url("mine/"))
        [card] = page.context["cards"]
        assert [span["commit"] for span in card["spans"]] == [25_000_000, 75_000_000, 3 * MILLION]
        assert round(card["spans"][2]["attainment"], 1) == round(100 / 3 * 1, 1) or card["spans"][2]["actual"] == MILLION
        assert card["made"][0]["source"].share == 50
        assert b"Equal shares" in page.content

    def test_says_so_when_there_is_nothing_yet(self, lantern, sign_in):
        for member in (lantern.asha, lantern.amir):
            page = sign_in(member).get(url("mine/"))
            assert page.status_code == 200
            assert b"No published targets" in page.content

    def test_never_shows_a_draft(self, lantern, plan, sign_in):
        assert sign_in(lantern.asha).get(url(f"mine/?year={NEXT_YEAR}")).context["cards"] == []

    @pytest.mark.parametrize("code", ["x", "0", "99999999", "²"])
    def test_knows_no_other_year(self, lantern, sign_in, code):
        assert sign_in(lantern.asha).get(url(f"mine/?year={code}")).status_code == 404


def test_steps_are_kept_even_for_cells(lantern, plan, sign_in):
    sign_in(lantern.bela).post(url("cells/", plan), cell(lantern))
    with company_scope(lantern.lantern):
        step = PlanStep.objects.first()
        assert (step.verb, step.unit, step.made_by) == ("CELL", lantern.one, lantern.bela.user)
        assert Target.objects.filter(is_by_hand=True).count() == 1


class TestAFormAsItWasShown:
    """The stamp that a form carries back speaks of targets only, not of who else is listed."""

    def test_a_split_whose_form_was_just_shown_is_taken_also_where_somebody_leads_without_selling(self, lantern, plan, sign_in):
        client, address = sign_in(lantern.amir), url(f"units/{lantern.root.pk}/split/", plan)
        form = client.get(address).context["form"]
        answer = client.post(
            address,
            {
                "method": "EQUAL",
                "whole_subtree": "on",
                "seen": form["seen"].value(),
                "client_ref": form["client_ref"].value(),
                **{f"w_{child.key}": "1" for child in form.children},
            },
        )
        assert answer.status_code == 302
        with company_scope(lantern.lantern):
            assert plan.steps.count() == 3

    def test_a_stale_form_keeps_what_was_typed_and_can_be_sent_again(self, lantern, plan, sign_in):
        client, address = sign_in(lantern.amir), url(f"units/{lantern.root.pk}/split/", plan)
        refused = client.post(address, {"method": "EQUAL", "seen": "0" * 16})
        assert refused.status_code == 422
        assert refused.context["rows"]
        form = refused.context["form"]
        again = {"method": "EQUAL", "seen": form["seen"].value(), "client_ref": form["client_ref"].value() or ""}
        assert client.post(address, again).status_code == 302
