"""The life of a pay plan: a draft changes, a published version does not; two who edit one draft are told; checks before it holds."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import translation

from accounts.models import AuditEntry
from accounts.rules import Role
from incentives.models import Component, PayPlan, PayPlanVersion, Step
from incentives.queries.plan_checks import checks_of
from incentives.queries.plan_people import everybody_on, member_rows, members_of, whom_in_words
from incentives.queries.plans import terms_of
from incentives.rules.plan_templates import TEMPLATES
from incentives.rules.terms import Release, Status, Use
from incentives.services import components, plans
from incentives.services.components import TermsRefused
from incentives.services.plan_templates import start_from_template
from incentives.services.plans import NotReady, PlanRefused
from targets.models import Metric
from targets.services.metrics import add_builtin_metrics
from teams import services as teams
from tests.guards.world_plans import commission
from tests.incentives import payslips

JANUARY, FEBRUARY, APRIL = date(2026, 1, 1), date(2026, 2, 1), date(2026, 4, 1)
NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)


@pytest.fixture
def by(lantern):
    return lantern.hana.user


@pytest.fixture
def version(lantern, by):
    """The draft of a plan for Team One's reps that pays 5 % of cash collected."""
    return plan_for(lantern.one, by)


def plan_for(unit, by, *, name="Retail", starts_on=JANUARY, measure="CASH_COLLECTED"):
    found = plans.start_plan(name=name, starts_on=starts_on, by=by).versions.get()
    plans.set_people(version=found, starts_on=starts_on, roles=["REP"], units=[unit], by=by)
    components.add_component(version=found, draft=commission(measure, 5), by=by)
    return PayPlanVersion.objects.get(pk=found.pk)


def publish(version, by):
    return plans.publish(version=version, now=NOW, by=by)


def wrong(version):
    return {check.code for check in checks_of(version) if check.is_in_the_way}


class TestDraft:
    def test_begun_twice_by_one_press_is_one_plan(self, lantern, by):
        ref = uuid4()
        one = plans.start_plan(name="Retail", starts_on=JANUARY, client_ref=ref, by=by)
        assert plans.start_plan(name="Retail", starts_on=JANUARY, client_ref=ref, by=by) == one
        assert PayPlan.objects.count() == 1

    def test_cannot_have_the_name_of_another(self, version, by):
        with pytest.raises(PlanRefused, match="already"):
            plans.start_plan(name="Retail", starts_on=JANUARY, by=by)

    def test_of_a_plan_tells_the_second_of_two_editors_and_loses_nothing(self, version, lantern, by):
        seen = version.revision
        components.add_component(version=version, seen=seen, draft=commission("REVENUE", 3), by=by)
        with pytest.raises(PlanRefused) as told:
            plans.set_people(version=version, seen=seen, starts_on=FEBRUARY, roles=["MANAGER"], by=by)
        assert told.value.code == "changed"
        version.refresh_from_db()
        assert (version.starts_on, version.roles) == (JANUARY, ["REP"])
        plans.set_people(version=version, seen=version.revision, starts_on=FEBRUARY, roles=["MANAGER"], by=by)

    def test_is_for_whom_roles_units_and_names_say(self, version, lantern, by):
        plans.set_people(
            version=version, starts_on=JANUARY, roles=["REP"], units=[lantern.one],
            people=[lantern.ben.person], left_out=[lantern.ada.person], by=by,
        )  # fmt: skip
        said = terms_of([version])[version.pk]
        assert [person.name for person in members_of(said, everybody_on(JANUARY))] == ["Asha", "Ben"]
        with translation.override("en"):
            assert whom_in_words(said) == "Rep · Team One; also Ben; without Ada"

    def test_names_since_when_and_until_when_somebody_is_in_it(self, version, lantern, by):
        teams.transfer(person=lantern.ada.person, unit=lantern.two, role=Role.REP, from_day=FEBRUARY, by=by)
        rows = member_rows(terms_of([version])[version.pk], on=APRIL)
        assert [(row.person.name, row.stays[0].first, row.stays[0].last) for row in rows] == [
            ("Asha", JANUARY, None),
            ("Ada", JANUARY, date(2026, 1, 31)),
        ]

    def test_leaves_a_trace_of_each_change(self, version, by):
        component = version.components.get()
        components.change_component(component=component, draft=commission("CASH_COLLECTED", 6), by=by)
        entry = AuditEntry.objects.get(action="incentives.component.changed")
        assert (entry.before["steps"], entry.after["steps"]) == (["0–: 5"], ["0–: 6"])

    def test_saved_as_it_is_leaves_no_trace_and_stays_the_draft_that_others_look_at(self, version, by):
        typed = commission("CASH_COLLECTED", 5)
        typed.values |= {"paid_at_once": Decimal(80), "release": Release.YEAR_END}
        typed.steps += [{"use": Use.DECAY, "starts_at": Decimal(0), "ends_before": None, "value": Decimal(100)}]
        component = components.add_component(version=version, draft=typed, by=by)
        seen = PayPlanVersion.objects.get(pk=version.pk).revision
        components.change_component(component=component, draft=typed, by=by)
        assert not AuditEntry.objects.filter(action="incentives.component.changed").exists()
        assert PayPlanVersion.objects.get(pk=version.pk).revision == seen

    def test_is_the_same_draft_where_it_is_for_the_same_people(self, version, lantern, by):
        for unit, changes in ((lantern.one, 0), (lantern.two, 1), (lantern.two, 1)):
            plans.set_people(version=version, starts_on=JANUARY, roles=["REP"], units=[unit], by=by)
            assert PayPlanVersion.objects.get(pk=version.pk).revision == version.revision + changes

    def test_leaves_a_trace_of_what_a_component_says_no_more(self, version, by):
        component, capped = version.components.get(), commission("CASH_COLLECTED", 5)
        capped.values["cap"] = 300_00
        components.change_component(component=component, draft=capped, by=by)
        seen = PayPlanVersion.objects.get(pk=version.pk).revision
        components.change_component(component=component, draft=commission("CASH_COLLECTED", 5), by=by)
        entry = AuditEntry.objects.filter(action="incentives.component.changed").latest("pk")
        assert (entry.before.get("cap"), entry.after.get("cap")) == ("30000", None)
        # Whoever looked at it with the cap does not publish it without.
        with pytest.raises(PlanRefused) as refused:
            plans.publish(version=version, seen=seen, now=NOW, by=by)
        assert refused.value.code == "changed"


class TestComponent:
    def test_added_twice_by_one_press_is_one(self, version, by):
        key = uuid4()
        for _press in range(2):
            components.add_component(version=version, key=key, draft=commission("REVENUE", 3), by=by)
        assert version.components.count() == 2

    def test_that_nobody_could_be_paid_by_is_refused_and_nothing_stored(self, version, by):
        with pytest.raises(TermsRefused):
            components.add_component(version=version, draft=commission("REVENUE", 101), by=by)
        assert version.components.count() == 1

    def test_keeps_its_rows_from_below_to_above_in_whatever_order_they_were_typed(self, version, by):
        draft = commission("REVENUE", 3)
        draft.steps = [
            {"use": Use.RATE, "starts_at": Decimal(start), "ends_before": end and Decimal(end), "value": Decimal(value)}
            for start, end, value in ((50, None, 5), (0, 50, 3))
        ]
        component = components.add_component(version=version, draft=draft, by=by)
        assert list(component.steps.order_by("position").values_list("value", flat=True)) == [3, 5]

    def test_cannot_close_a_circle_of_gates(self, version, by):
        first = version.components.get()
        gated = commission("REVENUE", 3)
        gated.gates = [{"awaits": first.key}]
        second = components.add_component(version=version, draft=gated, by=by)
        back = commission("CASH_COLLECTED", 5)
        back.gates = [{"awaits": second.key}]
        with pytest.raises(TermsRefused, match="wait for one another"):
            components.change_component(component=first, draft=back, by=by)

    def test_that_was_a_gate_leaves_no_gate_behind_when_it_goes(self, version, by):
        first = version.components.get()
        gated = commission("REVENUE", 3)
        gated.gates = [{"awaits": first.key}]
        second = components.add_component(version=version, draft=gated, by=by)
        components.remove_component(component=first, by=by)
        assert not second.gates.exists()

    def test_moves_up_in_the_order_people_read(self, version, by):
        second = components.add_component(version=version, draft=commission("REVENUE", 3), by=by)
        components.move_component(component=second, up=True, by=by)
        assert version.components.order_by("position").first() == second


class TestPublishing:
    def test_makes_a_version_hold_and_never_change_again(self, version, by):
        component = version.components.get()
        publish(version, by)
        for change in (
            lambda: components.change_component(component=component, draft=commission("REVENUE", 9), by=by),
            lambda: components.add_component(version=version, draft=commission("REVENUE", 9), by=by),
            lambda: components.remove_component(component=component, by=by),
            lambda: plans.set_people(version=version, starts_on=FEBRUARY, by=by),
            lambda: plans.discard_draft(version=version, by=by),
        ):
            with pytest.raises(PlanRefused) as told:
                change()
            assert told.value.code == "not_draft"
        assert Step.objects.get().value == 5

    def test_is_refused_without_people_or_components(self, lantern, by):
        empty = plans.start_plan(name="Empty", starts_on=JANUARY, by=by).versions.get()
        with pytest.raises(NotReady):
            publish(empty, by)
        assert wrong(empty) == {"components", "people"}

    def test_is_refused_in_the_middle_of_a_span_and_names_the_day_that_fits(self, version, by):
        draft = commission("REVENUE", 3)
        draft.values["span"] = "QUARTER"
        components.add_component(version=version, draft=draft, by=by)
        plans.set_people(version=version, starts_on=FEBRUARY, roles=["REP"], by=by)
        version.refresh_from_db()
        (check,) = [check for check in checks_of(version) if check.is_in_the_way]
        assert check.code == "start" and "2026-01-01" in check.text and "2026-04-01" in check.text

    def test_warns_of_another_plan_that_pays_the_same_people_for_the_same(self, version, lantern, by):
        publish(version, by)
        other = plan_for(lantern.east, by, name="Another")
        (check,) = [check for check in checks_of(other) if check.code == "twice"]
        assert "Asha" in check.text and "Retail" in check.text and not check.is_in_the_way
        elsewhere = plan_for(lantern.two, by, name="Elsewhere")
        assert not [check for check in checks_of(elsewhere) if check.code == "twice"]

    def test_is_refused_to_who_saw_older_checks(self, version, by):
        with pytest.raises(PlanRefused):
            plans.publish(version=version, seen=version.revision - 1, now=NOW, by=by)


class TestVersions:
    def test_follow_one_another_without_a_gap_and_keep_the_keys(self, version, by):
        publish(version, by)
        second = plans.begin_version(plan=version.plan, starts_on=APRIL, by=by)
        assert second.components.get().key == version.components.get().key
        components.change_component(component=second.components.get(), draft=commission("CASH_COLLECTED", 6), by=by)
        publish(second, by)
        version.refresh_from_db()
        assert (version.ends_before, version.components.get().steps.get().value) == (APRIL, 5)

    def test_have_one_draft_at_a_time(self, version, by):
        publish(version, by)
        plans.begin_version(plan=version.plan, starts_on=APRIL, by=by)
        with pytest.raises(PlanRefused, match="draft already"):
            plans.begin_version(plan=version.plan, starts_on=APRIL, by=by)

    def test_cannot_begin_before_one_that_is_published(self, version, by):
        publish(version, by)
        second = plans.begin_version(plan=version.plan, starts_on=JANUARY, by=by)
        assert wrong(second) == {"later"}

    def test_cannot_begin_in_months_that_were_published_by_the_one_before(self, version, lantern, by):
        publish(version, by)
        statement = payslips.draft(lantern.asha.person, lantern.one, month=APRIL)
        statement.lines.update(component=version.components.get())
        payslips.bring(statement, Status.PUBLISHED, now=payslips.NOW + timedelta(days=30), by=by)
        second = plans.begin_version(plan=version.plan, starts_on=APRIL, by=by)
        assert wrong(second) == {"paid"}
        plans.discard_draft(version=second, by=by)
        with pytest.raises(PlanRefused, match="2026-05-01"):
            plans.end_plan(plan=version.plan, ends_before=APRIL, by=by)

    def test_copied_into_another_plan_have_keys_of_their_own_and_gates_among_themselves(self, version, by):
        gated = commission("REVENUE", 3)
        gated.gates = [{"awaits": version.components.get().key}]
        components.add_component(version=version, draft=gated, by=by)
        publish(version, by)
        copy = plans.start_plan(name="Copy", starts_on=APRIL, like=version, by=by).versions.get()
        first, second = copy.components.order_by("position")
        assert [gate.awaits for gate in second.gates.all()] == [first.key]
        assert first.key not in version.components.values_list("key", flat=True)


class TestEnding:
    def test_lets_a_plan_go_to_the_archive(self, version, by):
        publish(version, by)
        with pytest.raises(PlanRefused, match="still pays"):
            plans.archive_plan(plan=version.plan, on=FEBRUARY, by=by)
        plans.end_plan(plan=version.plan, ends_before=FEBRUARY, by=by)
        plans.archive_plan(plan=version.plan, on=FEBRUARY, by=by)
        assert PayPlan.objects.get().is_archived

    def test_of_a_draft_alone_archives_the_plan(self, version, by):
        plans.discard_draft(version=version, by=by)
        assert PayPlan.objects.get().is_archived


class TestTemplates:
    @pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.code)
    def test_can_be_published_as_they_are(self, lantern, by, template):
        add_builtin_metrics()
        plan = start_from_template(template=template, name=template.code, starts_on=JANUARY, by=by)
        assert wrong(plan.versions.get()) == set()

    def test_leave_out_a_gate_on_what_is_not_counted(self, lantern, by):
        add_builtin_metrics()
        Metric.objects.filter(code="collection_rate").update(is_active=False)
        (b2b,) = [template for template in TEMPLATES if template.code == "B2B"]
        plan = start_from_template(template=b2b, name="B2B", starts_on=JANUARY, by=by)
        component = Component.objects.get(version__plan=plan)
        assert not component.gates.exists() and not component.steps.filter(use=Use.GATE).exists()

    def test_leave_out_gates_and_scores_of_what_is_not_counted_and_keep_the_others_in_their_place(self, lantern, by):
        add_builtin_metrics()
        Metric.objects.filter(code__in=["collection_rate", "complaints"]).update(is_active=False)
        by_code = {template.code: template for template in TEMPLATES}
        total, kpi = (
            start_from_template(template=by_code[code], name=code, starts_on=JANUARY, by=by).versions.get()
            for code in ("B2B_TOTAL", "KPI")
        )
        gates = total.components.get().gates.order_by("position")
        assert [(gate.position, gate.metric.code) for gate in gates] == [(0, "gross_profit"), (1, "satisfaction")]
        assert set(total.components.get().steps.filter(use=Use.GATE, gate=1).values_list("value", flat=True)) == {90, 100, 110}
        bonus = kpi.components.get(kind="KPI")
        assert {part.metric.code for part in bonus.parts.all()} == {"revenue", "visits"}
        assert {step.metric.code for step in bonus.steps.filter(use=Use.SCORE)} == {"revenue"}
        assert wrong(total) == wrong(kpi) == set()
