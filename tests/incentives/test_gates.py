"""Several gates of one component: each stops, lets a part through, or multiplies what the others let through."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest

from accounts.models import AuditEntry
from common.tenancy import company_scope
from incentives.models import PayPlanVersion, StatementLine
from incentives.queries.ahead import Ahead
from incentives.queries.metric_names import metric_names
from incentives.queries.plans import counted_measures, faults_of, names_for, terms_of, told
from incentives.rules import earning, telling
from incentives.rules.tables import Row
from incentives.rules.terms import Use
from incentives.services import components, plans
from incentives.services.components import draft_of
from targets.models import Attainment, Metric
from targets.rollups import refresh_everything
from targets.services.metrics import add_builtin_metrics
from tests.guards.world_plans import commission
from tests.incentives.paying import MARCH, make_component, make_version, pay, sell
from tests.properties import given, st
from tests.signing_in import BACKEND

#: Below 80 % nothing, from 80 % half of it, from 90 % everything.
COLLECTED = [(0, 80, 0), (80, 90, 50), (90, None, 100)]
#: Below 40 visits nothing; from 60 on 120 %.
VISITS = [(0, 40, 0), (40, 60, 100), (60, None, 120)]


@pytest.fixture
def lantern(cast):
    with company_scope(cast.lantern):
        add_builtin_metrics()
        yield cast


def metric(code):
    return Metric.objects.get(code=code)


def reached(cast, *, collected, visits):
    """Let Asha have sold 10,000, collected so many per cent of what fell due, and made so many visits."""
    sell(cast.asha.person, 10_000)
    refresh_everything()
    about = {"person": cast.asha.person, "span": "MONTH", "starts_on": MARCH.starts_on}
    values = {"collection_rate": (collected, 100), "visits": (visits, None)}
    for code, (numerator, denominator) in values.items():
        given = {"ends_before": MARCH.ends_before, "numerator": numerator, "denominator": denominator}
        Attainment.objects.update_or_create(metric=metric(code), **about, defaults=given)


def gated(version=None, **also):
    gates = [({"metric": metric("collection_rate")}, COLLECTED), ({"metric": metric("visits")}, VISITS)]
    return make_component(version or make_version(), (0, None, 3), gates=gates, **also)


def line_of(member):
    return StatementLine.objects.get(statement__person=member.person, statement__starts_on=MARCH.starts_on)


class TestPay:
    @pytest.mark.parametrize(
        ("collected", "visits", "amount"),
        [(85, 50, 150), (95, 50, 300), (95, 65, 360), (85, 65, 180), (79, 65, 0), (95, 39, 0), (79, 39, 0)],
    )
    def test_is_what_all_gates_together_let_through(self, lantern, collected, visits, amount):
        gated()
        reached(lantern, collected=collected, visits=visits)
        pay(by=lantern.hana.user)
        assert line_of(lantern.asha).amount == amount * 100

    def test_says_of_each_gate_what_was_measured_and_where_it_opens(self, lantern):
        gated()
        reached(lantern, collected=85, visits=39)
        pay(by=lantern.hana.user)
        facts = line_of(lantern.asha).facts
        assert telling.tell(facts, metric_names([facts]))[1:] == [
            "Gate Collection rate at 85 %: × 50 % (from 90 % on × 100 %)",
            "Multiplier Visits at 39: × 0 % (from 40 on × 100 %)",
            "Earned: 0",
        ]

    def test_waits_for_all_the_components_that_it_asks_for(self, lantern):
        version = make_version()
        first = make_component(version, (0, None, 1), name="Base")
        second = make_component(version, (50_000, None, 1), name="Stretch")
        gates = [({"awaits": first.key}, ()), ({"awaits": second.key}, ())]
        make_component(version, (0, None, 2), name="Extra", gates=gates)
        sell(lantern.asha.person, 10_000)
        pay(by=lantern.hana.user)
        line = StatementLine.objects.get(statement__person=lantern.asha.person, name="Extra")
        assert (line.amount, telling.tell(line.facts)[1:]) == (0, ["Gate: “Stretch” earned nothing, so × 0 %", "Earned: 0"])

    def test_of_older_lines_is_read_as_it_was_written(self):
        facts = {
            "formula": "commission", "groups": [], "earned": 100_00, "exact": 50_00, "entitled": 50_00,
            "gate": {"metric": "回款率", "value": 85, "passes": 50},
        }  # fmt: skip
        assert telling.tell(facts) == ["Gate 回款率 at 85 %: × 50 %", "Earned: 50"]


class TestWhatIf:
    def test_tells_which_gate_is_missing_and_from_where_on_it_opens(self, lantern, client):
        gated(name="Commission")
        reached(lantern, collected=95, visits=39)
        shut = Ahead(person=lantern.asha.person, on=date(2026, 3, 18), company=lantern.lantern).gates
        assert [(name, gate["metric"], gate["passes"], says.strip()) for name, gate, says in shut] == [
            ("Commission", "Visits", 0, "(from 40 on × 100 %)")
        ]

    def test_names_each_of_them(self, lantern):
        gated()
        reached(lantern, collected=85, visits=39)
        shut = Ahead(person=lantern.asha.person, on=date(2026, 3, 18), company=lantern.lantern).gates
        assert [gate["metric"] for _name, gate, _says in shut] == ["Collection rate", "Visits"]


@pytest.fixture
def draft(lantern, client):
    client.force_login(lantern.hana.user, backend=BACKEND)
    return plans.start_plan(name="Gated", starts_on=date(2026, 5, 1), by=lantern.hana.user).versions.get()


def typed(**also):
    body = {
        "measure": "REVENUE", "base": "PERIOD", "span": "MONTH", "chosen_by": "AMOUNT", "steps_read": "FLAT", "pays": "RATE",
        "whose": "OWN", "RATE-TOTAL_FORMS": 1, "RATE-INITIAL_FORMS": 0, "RATE-0-start": "0", "RATE-0-value": "3",
        "DECAY-TOTAL_FORMS": 1, "DECAY-INITIAL_FORMS": 0,
    }  # fmt: skip
    return body | also


def table(prefix, *rows):
    body = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0}
    for at, (start, value) in enumerate(rows):
        body |= {f"{prefix}-{at}-start": start, f"{prefix}-{at}-value": value}
    return body


class TestForm:
    def add(self, client, version, **also):
        return client.post(f"/lantern/pay/plans/drafts/{version.pk}/add/commission/", typed(**also))

    def two(self, *, second="collection_rate", rows=(("0", "0"), ("80", "100"))):
        first = {"gate_metric": metric("visits").pk} | table("GATE", ("0", "0"), ("40", "100"))
        return first | {"gate_metric_2": metric(second).pk} | table("GATE2", *rows)

    def test_takes_several_and_shows_them_again(self, draft, client):
        assert self.add(client, draft, **self.two()).status_code == 302
        component = draft.components.get()
        assert [gate.metric.code for gate in component.gates.order_by("position")] == ["visits", "collection_rate"]
        steps = component.steps.filter(use=Use.GATE).order_by("gate", "position")
        assert list(steps.values_list("gate", "starts_at", "value")) == [(0, 0, 0), (0, 40, 100), (1, 0, 0), (1, 80, 100)]
        page = client.get(f"/lantern/pay/plans/drafts/{draft.pk}/components/{component.pk}/").content.decode()
        assert 'name="GATE2-1-start" value="80"' in page and 'name="gate_metric_3"' in page

    def test_closes_the_gap_that_an_empty_one_leaves(self, draft, client):
        given = {"gate_metric_3": metric("visits").pk} | table("GATE3", ("0", "0"), ("40", "100"))
        assert self.add(client, draft, **given).status_code == 302
        component = draft.components.get()
        assert list(component.gates.values_list("position", flat=True)) == [0]
        assert set(component.steps.filter(use=Use.GATE).values_list("gate", flat=True)) == {0}

    @pytest.mark.parametrize(
        ("second", "rows", "said"),
        [
            ("visits", (("0", "0"), ("40", "100")), "It is asked for by another gate already."),
            ("collection_rate", (("0", "500"),), "as a multiplier it pays up to 300 %"),
            ("collection_rate", (), "Say in the table from which value on"),
        ],
    )
    def test_says_what_is_wrong_at_the_gate_that_it_is_wrong_with(self, draft, client, second, rows, said):
        answer = self.add(client, draft, **self.two(second=second, rows=rows))
        assert answer.status_code == 422 and not draft.components.exists()
        page = answer.content.decode()
        assert said in page[page.index("gate_metric_2") : page.index("gate_metric_3")]

    def test_says_of_what_was_typed_what_it_pays(self, draft, client):
        answer = client.post(f"/lantern/pay/plans/drafts/{draft.pk}/preview/commission/", typed(**self.two()))
        said = answer.content.decode()
        assert "by Visits" in said and "by Collection rate" in said and "Each of them decides" in said

    def test_changed_elsewhere_and_removed_are_kept_apart(self, draft, lantern):
        by = lantern.hana.user
        first = components.add_component(version=draft, draft=commission("REVENUE", 3), by=by)
        given = commission("CASH_COLLECTED", 5)
        given.gates = [{"awaits": first.key}, {"metric": metric("visits")}]
        given.steps += [{"use": Use.GATE, "gate": 1, "starts_at": Decimal(40), "ends_before": None, "value": Decimal(100)}]
        second = components.add_component(version=draft, draft=given, by=by)
        components.remove_component(component=first, by=by)
        kept = draft_of(second)
        assert [gate["metric"] and gate["metric"].code for gate in kept.gates] == ["visits"]
        assert [step["gate"] for step in kept.steps if step["use"] == Use.GATE] == [0]
        # What is left says and asks what it did, whatever went before it.
        terms = terms_of([draft])[draft.pk]
        assert any("by Visits" in text for one in told(terms, names=names_for(lantern.lantern)) for text in one.details)
        assert not [finding for one, finding in faults_of(terms, counted=counted_measures()) if one.key == second.key]

    def test_asking_for_the_attainment_instead_is_a_change_like_any_other(self, draft, lantern):
        given = commission("CASH_COLLECTED", 5)
        given.gates = [{"metric": metric("visits")}]
        given.steps += [{"use": Use.GATE, "gate": 0, "starts_at": Decimal(40), "ends_before": None, "value": Decimal(100)}]
        component = components.add_component(version=draft, draft=given, by=lantern.hana.user)
        assert AuditEntry.objects.get(action="incentives.component.added").after["steps"] == ["0–: 5", "GATE 1 40–: 100"]
        given.gates = [{"metric": metric("visits"), "by_attainment": True}]
        before = PayPlanVersion.objects.get(pk=draft.pk).revision
        components.change_component(component=component, draft=given, by=lantern.hana.user)
        assert PayPlanVersion.objects.get(pk=draft.pk).revision > before
        entry = AuditEntry.objects.get(action="incentives.component.changed")
        name = metric("visits").label
        assert (entry.before, entry.after) == (
            {"name": component.name, "gates": [name]},
            {"name": component.name, "gates": [f"{name} ATTAINMENT"]},
        )


PERCENTS = st.lists(st.integers(0, 300), max_size=4)


class TestRule:
    @given(passes=PERCENTS)
    def test_the_order_of_gates_is_nothing_to_what_is_paid(self, passes):
        assert len({earning.pass_all(order) for order in permutations(passes)}) == 1

    @given(passes=PERCENTS, place=st.integers(0, 4))
    def test_one_that_is_shut_stops_everything_and_an_open_one_nothing(self, passes, place):
        assert earning.pass_all([*passes[:place], 0, *passes[place:]]) == 0
        assert earning.pass_all([*passes[:place], 100, *passes[place:]]) == earning.pass_all(passes)

    def test_says_the_nearest_step_that_lets_more_through(self):
        rows = [Row(Fraction(0), Fraction(80), Fraction(0)), Row(Fraction(80), None, Fraction(100))]
        assert earning.next_opening(rows, Fraction(79)).starts_at == 80
        assert earning.next_opening(rows, Fraction(80)) is None and earning.next_opening(rows, None) is None
