"""Terms that nobody could be paid by, as plain values; each is refused at the row and field where it is to be mended."""

from dataclasses import dataclass, replace
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest

from incentives.rules.checking import check_component
from incentives.rules.gate_circles import check_gates
from incentives.rules.plan_rows import Counted, Part
from incentives.rules.terms import Kind

CASH = Counted("CASH_COLLECTED", "Cash", True, False, True, True, is_cash=True)
REVENUE = Counted("REVENUE", "Revenue", True, True, True, True)
VISITS = Counted("VISITS", "Visits", False, False, True, False)
COUNTED = {one.code: one for one in (CASH, REVENUE, VISITS)}


@dataclass
class Step:
    starts_at: Decimal
    ends_before: Decimal | None
    value: Decimal
    use: str = "RATE"
    product_line_id: int | None = None
    channel_id: int | None = None
    customers: str = "ALL"
    metric_id: int | None = None
    gate: int = 0


@dataclass
class Gate:
    metric_id: int | None = None
    by_attainment: bool = False
    awaits: UUID | None = None
    position: int = 0


@dataclass
class Component:
    kind: str = Kind.COMMISSION
    name: str = "Commission"
    key: UUID = UUID(int=1)
    measure: str = "REVENUE"
    metric_id: int | None = None
    metric: object = None
    whose: str = "OWN"
    credited: str = "SHARES"
    base: str = "PERIOD"
    span: str = "MONTH"
    steps_read: str = "FLAT"
    chosen_by: str = "AMOUNT"
    pays: str = "RATE"
    amount: int | None = None
    base_pay_factor: Decimal | None = None
    cap: int | None = None
    paid_at_once: Decimal = Decimal(100)
    release: str = "NONE"
    clawback: str = "PAID"
    clawback_months: int | None = None
    draw: str = ""
    draw_months: int | None = None
    sharing: str = ""
    is_prorated: bool = False
    is_ramped: bool = False


def rows(*given, **also):
    return [Step(Decimal(start), None if end is None else Decimal(end), Decimal(value), **also) for start, end, value in given]


def in_places(gates):
    """Return gates as they stand below one another."""
    return [replace(gate, position=place) for place, gate in enumerate(gates)]


def codes(component, steps, parts=(), gates=()):
    found = check_component(component, steps=steps, parts=list(parts), counted=COUNTED, gates=in_places(gates))
    return [(finding.refusal.code, finding.field, finding.row) for finding in found]


class TestTables:
    def test_take_tiers_without_gaps_in_any_order(self):
        assert codes(Component(), rows((50, None, 5), (0, 50, 3))) == []

    def test_take_amounts_that_are_no_percentages(self):
        assert codes(Component(pays="AMOUNT"), rows((0, 50, 300), (50, None, 500))) == []

    def test_take_a_threshold_below_which_nothing_is_paid(self):
        assert codes(Component(), rows((50, None, 5))) == []

    @pytest.mark.parametrize(
        ("steps", "expected"),
        [
            (rows((0, 50, 3), (60, None, 5)), ("gap", "starts_at", 1)),
            (rows((0, 50, 3), (40, None, 5)), ("overlap", "starts_at", 1)),
            (rows((0, None, 3), (40, None, 5)), ("not_last", "ends_before", 0)),
            (rows((0, 50, 3), (50, 80, 5)), ("open_end", "ends_before", 1)),
            (rows((0, None, 101)), ("above_hundred", "value", 0)),
            (rows((0, None, -1)), ("negative", "value", 0)),
            (rows((50, 40, 3)), ("backwards", "ends_before", 0)),
            ([], ("no_rows", "steps", None)),
        ],
    )
    def test_refuse_what_leaves_a_question(self, steps, expected):
        assert expected in codes(Component(), steps)

    def test_say_the_row_that_people_see_and_not_the_one_within_its_product_line(self):
        steps = rows((0, None, 2)) + rows((0, 50, 3), (60, None, 5), product_line_id=7)
        (finding,) = check_component(Component(), steps=steps, parts=[], counted=COUNTED)
        assert (finding.row, finding.refusal.params["number"], finding.refusal.params["before"]) == (2, 3, 2)

    def test_say_of_rows_that_begin_together_that_they_do(self):
        assert codes(Component(), rows((0, None, 3), (0, None, 5))) == [("same_point", "starts_at", 1)]

    def test_take_money_per_piece_of_a_count_above_a_hundred(self):
        assert codes(Component(measure="VISITS"), rows((0, None, 150))) == []

    def test_refuse_a_line_of_what_knows_no_lines(self):
        assert codes(Component(measure="CASH_COLLECTED"), rows((0, None, 3), product_line_id=1)) == [
            ("no_lines", "product_line", 0)
        ]

    def test_ask_for_two_points_of_a_straight_line(self):
        assert ("one_point", "steps", None) in codes(Component(steps_read="INTERPOLATED"), rows((0, None, 3)))

    def test_take_a_payout_above_a_hundred_but_no_slip_of_the_pen(self):
        bonus = Component(kind=Kind.BONUS, amount=100, metric_id=1, measure="")
        assert codes(bonus, rows((80, None, 300), use="CURVE")) == []
        assert ("payout", "value", 0) in codes(bonus, rows((80, None, 3000), use="CURVE"))


class TestComponents:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            ({"measure": "NOTHING"}, ("measure", "measure")),
            ({"chosen_by": "ATTAINMENT"}, ("metric", "metric")),
            ({"chosen_by": "DISCOUNT"}, ("no_discount", "base")),
            ({"chosen_by": "DISCOUNT", "base": "DEAL", "steps_read": "MARGINAL"}, ("slices_of_discount", "steps_read")),
            ({"chosen_by": "MARGIN"}, ("no_margin", "base")),
            ({"chosen_by": "MARGIN", "base": "LINE", "steps_read": "INTERPOLATED"}, ("slices_of_margin", "steps_read")),
            ({"measure": "VISITS", "base": "DEAL"}, ("no_deals", "base")),
            ({"measure": "CASH_COLLECTED", "base": "LINE"}, ("lines_of_whole", "base")),
            ({"paid_at_once": Decimal(80)}, ("release", "release")),
            ({"release": "YEAR_END"}, ("all_at_once", "paid_at_once")),
            ({"paid_at_once": Decimal(120)}, ("percentage", "paid_at_once")),
            ({"paid_at_once": Decimal("NaN")}, ("percentage", "paid_at_once")),
            ({"measure": "VISITS", "paid_at_once": Decimal(50), "release": "COLLECTION"}, ("no_collection", "release")),
            ({"clawback": "UNSERVED"}, ("months", "clawback_months")),
            ({"cap": -1}, ("negative", "cap")),
            ({"cap": 0}, ("amount", "cap")),
            ({"chosen_by": "VALUE"}, ("metric_value", "metric")),
            ({"chosen_by": "VALUE", "metric_id": 1, "steps_read": "MARGINAL"}, ("slices_of_value", "steps_read")),
            ({"kind": Kind.POOL, "sharing": "VALUE"}, ("metric_value", "metric")),
        ],
    )
    def test_are_refused_at_the_field(self, values, expected):
        found = codes(Component(**values), rows((0, None, 5)))
        assert expected in [(code, where) for code, where, _row in found]

    @pytest.mark.parametrize(
        ("gate", "expected"),
        [
            (Gate(3), ("gate_rows", "steps", None)),
            (Gate(3, awaits=UUID(int=2)), ("gate_twice", "gate_key", None)),
            (Gate(), ("gate_idle", "gate_metric", None)),
        ],
    )
    def test_a_gate_asks_for_one_thing_and_says_how_much_goes_through(self, gate, expected):
        assert codes(Component(), rows((0, None, 5)), gates=[gate]) == [expected]

    def test_a_gate_may_multiply_but_not_by_a_slip_of_the_pen(self):
        steps = rows((0, None, 5)) + rows((0, 80, 50), (80, None, 150), use="GATE")
        assert codes(Component(), steps, gates=[Gate(3)]) == []
        steps = rows((0, None, 5)) + rows((0, 80, 50), (80, None, 850), use="GATE")
        assert codes(Component(), steps, gates=[Gate(3)]) == [("factor", "value", 1)]

    def test_each_of_several_gates_has_its_own_table(self):
        tables = rows((0, 80, 0), (80, None, 100), use="GATE"), rows((0, 40, 50), (50, None, 100), use="GATE", gate=1)
        found = check_component(
            Component(),
            steps=[*rows((0, None, 5)), *tables[0], *tables[1]],
            parts=[],
            counted=COUNTED,
            gates=in_places([Gate(3), Gate(4)]),
        )
        assert [(finding.refusal.code, finding.place, finding.row) for finding in found] == [("gap", 1, 1)]

    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            (Gate(3), Gate(3), ["gate_same"]),
            (Gate(3), Gate(3, by_attainment=True), []),
            (Gate(awaits=UUID(int=5)), Gate(awaits=UUID(int=5)), ["gate_same"]),
            (Gate(awaits=UUID(int=5)), Gate(awaits=UUID(int=6)), []),
        ],
    )
    def test_nothing_is_asked_for_twice(self, one, other, expected):
        steps = [
            step
            for place, gate in enumerate((one, other))
            if gate.metric_id
            for step in rows((0, None, 100), use="GATE", gate=place)
        ]
        assert [code for code, *_rest in codes(Component(), rows((0, None, 5)) + steps, gates=[one, other])] == expected

    def test_a_pool_is_not_shared_by_the_value_of_what_is_better_the_less_there_is(self):
        def found(*, sharing, is_lower_better):
            metric = SimpleNamespace(is_lower_better=is_lower_better)
            pool = Component(kind=Kind.POOL, sharing=sharing, metric_id=7, metric=metric)
            return [(code, field) for code, field, *_rest in codes(pool, rows((0, None, 5)))]

        assert found(sharing="VALUE", is_lower_better=True) == [("lower_shares", "metric")]
        assert found(sharing="VALUE", is_lower_better=False) == found(sharing="ATTAIN", is_lower_better=True) == []

    def test_decay_only_with_cash(self):
        steps = rows((0, None, 5)) + rows((0, 30, 100), (30, None, 50), use="DECAY")
        assert codes(Component(measure="CASH_COLLECTED"), steps) == []
        assert ("no_decay", "steps", 0) in codes(Component(), steps)

    def test_of_a_kpi_bonus_need_each_metric_once_with_a_weight(self):
        kpi = Component(kind=Kind.KPI, amount=100, measure="")
        curve = rows((80, None, 100), use="CURVE")
        assert codes(kpi, curve, [Part(1, Decimal(60)), Part(2, Decimal(40))]) == []
        assert ("twice", "metric", 1) in codes(kpi, curve, [Part(1, Decimal(60)), Part(1, Decimal(40))])
        assert ("amount", "weight", 0) in codes(kpi, curve, [Part(1, Decimal("NaN"))])
        assert ("weights", "parts", None) in codes(kpi, curve)


def waiting(**awaited):
    """Return components by name and for what each waits, numbers being their keys: ``waiting(One=(1, 2), Two=(2,))``."""
    components = [Component(name=name, key=UUID(int=own)) for name, (own, *_others) in awaited.items()]
    waits = {UUID(int=own): {UUID(int=key): at for at, key in enumerate(keys)} for own, *keys in awaited.values()}
    return components, waits


def wrong(**awaited):
    return [
        (component.name, finding.refusal.code, finding.place, finding.refusal.params.get("names"))
        for component, finding in check_gates(*waiting(**awaited))
    ]


class TestGates:
    def test_in_a_circle_are_refused_once_with_their_names(self):
        assert wrong(Three=(3, 1), One=(1, 2), Two=(2, 1)) == [("One", "circle", 0, "One → Two → One")]

    def test_close_a_circle_also_by_the_second_of_them(self):
        assert wrong(One=(1, 4, 2), Two=(2, 3), Three=(3, 4, 1), Four=(4,)) == [("One", "circle", 1, "One → Two → Three → One")]

    def test_in_two_circles_are_both_told(self):
        assert [code for _name, code, *_rest in wrong(One=(1, 2), Two=(2, 1), Three=(3, 4), Four=(4, 3))] == [
            "circle",
            "circle",
        ]

    def test_cannot_wait_for_themselves_or_for_what_is_gone(self):
        assert [code for _name, code, *_rest in wrong(Itself=(1, 1), Lost=(3, 9))] == ["circle", "gate_gone"]

    def test_in_a_row_or_for_the_same_are_fine(self):
        assert wrong(One=(1,), Two=(2, 1), Three=(3, 1, 2)) == []
