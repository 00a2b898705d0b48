"""Where targets are judged: pages, who sees them, the preview, and the command that says whether chances come true."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.rules import Role
from common.periods import Period, add_months
from common.tenancy import company_scope
from credits.models import DailyTotal
from credits.rules import Measure
from targets import rules
from targets.models import Metric, Plan, Target
from targets.queries.judgement import Judge, by_risk
from targets.queries.plans import sheet_of
from targets.rules.judgement import Verdict
from targets.services import plans, splits
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from tests.targets.test_plans_pages import key_of, sign_in, url  # noqa: F401 - one is a fixture

TODAY = date(2026, 1, 15)
YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
FIRST = date(2024, 6, 1)
THOUSAND = 1000_00


@pytest.fixture
def lantern(cast):
    """Eight reps with nineteen months each, better or worse, in good and bad months; a ninth has just begun."""
    with time_machine.travel(TODAY, tick=False):
        User.objects.update(language="en")
        with company_scope(cast.lantern):
            add_builtin_metrics()
            sellers = [cast.asha.person, cast.ada.person, cast.ben.person]
            hired = {"role": Role.REP, "hired_on": date(2022, 1, 1), "by": None}
            sellers += [teams.hire(name=f"Peer{i}", employee_number=f"P{i}", unit=cast.two, **hired) for i in range(5)]
            for place, person in enumerate(sellers):
                for i in range(19):
                    amount = THOUSAND * (10 + 2 * place) * (60 + (i * 7 + place * 11) % 80) // 100
                    _did(person, cast.one, add_months(FIRST, i), amount)
            teams.hire(name="Nova", employee_number="N1", unit=cast.one, role=Role.REP, hired_on=date(2026, 1, 2), by=None)
        yield cast


def _did(person, unit, month, amount):
    worth = {
        Measure.REVENUE: amount,
        Measure.VISITS: 60,
        Measure.DAYS_WORKED: 20,
        Measure.DEALS_WON: 6,
        Measure.DEALS_CLOSED: 10,
    }
    for measure, value in worth.items():
        DailyTotal.objects.create(measure=measure, person=person, unit=unit, day=month.replace(day=3), amount=value)


@pytest.fixture
def plan(lantern):
    """A draft for 2026 of 120,000 a head, split equally."""
    with company_scope(lantern.lantern):
        made = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=100, by=lantern.amir.user)
        splits.set_year(plan=made, tiers=9 * 120 * THOUSAND, method="EQUAL", on=TODAY, by=lantern.amir.user)
        ways = {"shares": {rules.SplitMethod.HEADCOUNT: 1}, "whole_subtree": True, "on": TODAY, "by": lantern.amir.user}
        splits.split_down(plan=made, unit=lantern.root, **ways)
    return made


def judged(cast, plan, on=TODAY, **also):
    with company_scope(cast.lantern):
        found = Plan.objects.select_related("metric", "company").get(pk=plan.pk)
        sheet = sheet_of(found, company=found.company)
        judge = Judge(sheet, company=found.company, on=on, **also)
        return {node.name: judge.judge(node) for node in sheet.nodes.values() if node.is_person}


def publish(cast, plan):
    with company_scope(cast.lantern):
        plan.refresh_from_db()
        plans.publish(plan=plan, now="2026-01-15T00:00:00Z", by=cast.amir.user)


class TestJudging:
    def test_who_did_more_reaches_the_same_target_more_likely(self, lantern, plan):
        found = judged(lantern, plan)
        chances = [found[name].chances.commit for name in ("Asha", "Ben", "Peer4")]
        assert chances == sorted(chances)
        assert chances[0] < chances[2]
        for row in found.values():
            assert row.chances.floor >= row.chances.commit >= row.chances.stretch

    def test_a_draft_of_a_year_that_is_over_is_judged_as_when_it_began(self, lantern, plan):
        at_its_beginning = judged(lantern, plan, on=YEAR.starts_on)["Asha"]
        assert judged(lantern, plan, on=date(2028, 5, 1))["Asha"] == at_its_beginning
        assert at_its_beginning.verdict != Verdict.OVER
        publish(lantern, plan)
        assert judged(lantern, plan, on=date(2028, 5, 1))["Asha"].verdict == Verdict.OVER

    def test_a_newcomer_is_judged_by_comparable_people(self, lantern, plan):
        row = judged(lantern, plan)["Nova"]
        assert (row.basis, row.own_months, row.own_level) == ("peers", 0, None)
        assert row.chances.commit is not None
        assert "new" in {finding.code for finding in row.findings}

    def test_what_nobody_ever_did_is_too_high_and_a_trifle_too_low(self, lantern, plan):
        key = key_of(lantern.asha, lantern.one)
        for commit, verdict, tone in (
            (1000 * THOUSAND, Verdict.TOO_HIGH, "behind"),
            (THOUSAND, Verdict.TOO_LOW, "at_risk"),
        ):
            cells = (rules.derive_tiers(commit),) * 12
            row = judged(lantern, plan, cells={key: cells})["Asha"]
            assert (row.verdict, row.tone) == (verdict, tone)

    def test_every_verdict_that_says_something_has_a_colour(self, lantern, plan):
        row = judged(lantern, plan)["Asha"]
        tones = {verdict: replace(row, verdict=verdict).tone for verdict in Verdict}
        assert {verdict for verdict, tone in tones.items() if tone == "neutral"} == {Verdict.UNKNOWN, Verdict.OVER}

    def test_capacity_is_the_product_of_what_the_last_year_shows(self, lantern, plan):
        capacity = judged(lantern, plan)["Asha"].capacity
        factors = dict(capacity.factors)
        assert (factors["visits_per_day"], factors["win_rate"]) == (3, Fraction(3, 5))
        with company_scope(lantern.lantern):
            done = DailyTotal.objects.filter(person=lantern.asha.person, measure="REVENUE", day__gte=date(2025, 1, 1))
            assert factors["average_order"] * 72 == sum(row.amount for row in done)

    def test_the_ratchet_compares_with_what_was_asked_a_year_ago(self, lantern, plan):
        with company_scope(lantern.lantern):
            last = plans.start_plan(
                metric=Metric.objects.get(code="revenue"),
                year=Period(date(2025, 1, 1), date(2026, 1, 1)),
                rounding_unit=100,
                by=lantern.amir.user,
            )
            for member, commit in ((lantern.asha, 5 * THOUSAND), (lantern.ada, 10 * THOUSAND)):
                for i in range(12):
                    Target.objects.create(
                        plan=last,
                        person=member.person,
                        within=lantern.one,
                        month=add_months(date(2025, 1, 1), i),
                        floor=0,
                        commit=commit,
                        stretch=commit,
                    )
            Plan.objects.filter(pk=last.pk).update(status="PUBLISHED", published_at="2025-01-01T00:00:00Z")
        row = judged(lantern, plan)["Asha"]
        assert row.last_asked == 60 * THOUSAND
        assert row.ratchet.growth == row.year.commit - 60 * THOUSAND
        assert row.ratchet.over == row.last_done - 60 * THOUSAND
        assert 0 < row.ratchet.carried <= row.ratchet.over

    def test_does_not_know_without_anything_on_record(self, lantern, plan):
        with company_scope(lantern.lantern):
            DailyTotal.objects.all().delete()
        found = judged(lantern, plan)
        assert {row.verdict for row in found.values()} == {Verdict.UNKNOWN}
        assert {row.chances.commit for row in found.values()} == {None}

    def test_what_needs_a_look_comes_first(self, lantern, plan):
        cells = {key_of(lantern.asha, lantern.one): (rules.derive_tiers(THOUSAND),) * 12}
        rows = by_risk(judged(lantern, plan, cells=cells).values())
        order = [Verdict.values.index(row.verdict) for row in rows]
        assert order == sorted(order)

    def test_asks_as_often_for_one_as_for_all(self, lantern, plan):
        with company_scope(lantern.lantern):
            found = Plan.objects.select_related("metric", "company").get(pk=plan.pk)
            sheet = sheet_of(found, company=found.company)
            people = [node for node in sheet.nodes.values() if node.is_person]
            counts = []
            for some in (people[:1], people):
                with CaptureQueriesContext(connection) as asked:
                    judge = Judge(sheet, company=found.company, on=TODAY)
                    for node in some:
                        judge.judge(node)
                counts.append(len(asked))
        assert counts[0] == counts[1] <= 12


class TestThePages:
    def test_list_a_unit_and_open_to_a_person(self, lantern, plan, sign_in):  # noqa: F811
        browser = sign_in(lantern.bela)
        page = browser.get(url(f"units/{lantern.one.pk}/judgement/", plan))
        assert {row.name for row in page.context["rows"]} == {"Asha", "Ada", "Nova"}
        page = browser.get(url(f"people/{lantern.asha.person.pk}/judgement/", plan))
        assert page.status_code == 200
        assert len(page.context["periods"]) == 17
        assert "3.00 visits a day × 60.0% won" in page.content.decode()

    def test_a_rep_sees_their_own_once_it_is_published_and_nobody_elses_name(self, lantern, plan, sign_in):  # noqa: F811
        browser, own = sign_in(lantern.asha), url(f"people/{lantern.asha.person.pk}/judgement/", plan)
        assert browser.get(own).status_code == 404
        publish(lantern, plan)
        page = browser.get(own)
        assert page.status_code == 200
        text = page.content.decode()
        assert "Peer" not in text
        assert lantern.ada.person.name not in text.replace(lantern.asha.person.name, "")
        assert browser.get(url(f"people/{lantern.ada.person.pk}/judgement/", plan)).status_code == 404
        assert browser.get(url(f"units/{lantern.one.pk}/judgement/", plan)).status_code == 404

    def test_the_preview_says_how_likely_each_proposed_target_is(self, lantern, plan, sign_in):  # noqa: F811
        page = sign_in(lantern.amir).get(url(f"units/{lantern.one.pk}/split/?method=EQUAL", plan))
        rows = {row.node.name: (chances, judged) for row, _weight, _given, chances, judged in page.context["rows"]}
        assert all(chances.commit is not None and judged for chances, judged in rows.values())
        page = sign_in(lantern.amir).get(url(f"units/{lantern.root.pk}/split/?method=EQUAL", plan))
        assert all(judged is None for *_rest, judged in page.context["rows"])
        assert any(chances.commit is not None for *_rest, chances, _judged in page.context["rows"])

    def test_rates_are_not_judged(self, lantern, plan, sign_in):  # noqa: F811
        with company_scope(lantern.lantern):
            Plan.objects.filter(pk=plan.pk).update(metric=Metric.objects.get(code="win_rate"))
        assert sign_in(lantern.amir).get(url(f"units/{lantern.one.pk}/judgement/", plan)).status_code == 404

    def test_a_unit_of_no_part_in_the_plan_is_not_found(self, lantern, plan, sign_in):  # noqa: F811
        assert sign_in(lantern.bela).get(url(f"units/{lantern.two.pk}/judgement/", plan)).status_code == 404


class TestTheCommand:
    def test_prints_how_often_targets_were_met(self, lantern):
        out = StringIO()
        call_command("calibrate_targets", company="lantern", stdout=out)
        text = out.getvalue()
        assert "Periods of 1 month" in text
        row = next(line.split() for line in text.splitlines() if line.strip().startswith("70 %"))
        assert 0.4 <= float(row[3].rstrip("%")) / 100 <= 0.95

    def test_says_when_there_is_too_little(self, lantern):
        with company_scope(lantern.lantern):
            DailyTotal.objects.filter(day__lt=date(2025, 11, 1)).delete()
        out = StringIO()
        call_command("calibrate_targets", company="lantern", stdout=out)
        assert "Not enough data" in out.getvalue()

    @pytest.mark.parametrize("asked", [{"company": "nobody"}, {"company": "lantern", "metric": "win_rate"}])
    def test_refuses_what_it_cannot_judge(self, lantern, asked):
        with pytest.raises(CommandError):
            call_command("calibrate_targets", **asked)
