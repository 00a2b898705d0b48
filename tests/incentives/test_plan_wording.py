"""A plan in words: what a salesperson reads must say what is paid."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import translation

from incentives.rules.plan_rows import Part
from incentives.rules.terms import Kind
from incentives.rules.wording import Names, differences, tell
from tests.incentives.test_plan_checking import CASH, REVENUE, VISITS, Component, Gate, in_places, rows

NAMES = Names(
    counted={
        one.code: one
        for one in (replace(CASH, label="回款额"), replace(REVENUE, label="销售额"), replace(VISITS, label="拜访数"))
    },
    metrics={1: "销售额", 2: "应收账款回收率"},
    metric_kinds={1: "MONEY", 2: "PERCENT"},
    lines={7: "木门"},
    components={UUID(int=9): "回款提成"},
)


def said(component, steps, parts=(), language="zh-hans", gates=()):
    with translation.override(language):
        return tell(component, steps=steps, parts=list(parts), names=NAMES, gates=in_places(gates))


class TestHeadline:
    @pytest.mark.parametrize(
        ("values", "steps", "expected"),
        [
            ({}, rows((0, None, 5)), "销售额的 5 %"),
            ({"measure": "VISITS"}, rows((0, None, 20)), "拜访数：每单位 ¥20"),
            (
                {"measure": "CASH_COLLECTED", "steps_read": "MARGINAL"},
                rows((0, 50000, 2), (50000, 100000, "2.5"), (100000, None, 5)),
                "回款额，分段计提：¥50,000 以内 2 %；¥50,000 至 ¥100,000 的部分 2.5 %；超过 ¥100,000 的部分 5 %",
            ),
            ({}, rows((0, 50000, 2), (50000, None, 3)), "销售额，全额按达到的档位：不足 ¥50,000 为 2 %；¥50,000 及以上 3 %"),
            (
                {"pays": "AMOUNT"},
                rows((100000, 200000, 1000), (200000, None, 3000)),
                "销售额，按达到档位的奖金：¥100,000 起、不足 ¥200,000 为 ¥1,000；¥200,000 及以上 ¥3,000",
            ),
            (
                {"pays": "AMOUNT", "steps_read": "MARGINAL"},
                rows((100000, 200000, 1000), (200000, None, 2000)),
                "销售额，达到的各档奖金累计：¥100,000 及以上 ¥1,000；¥200,000 及以上 ¥2,000",
            ),
            (
                {"chosen_by": "ATTAINMENT", "metric_id": 1, "steps_read": "MARGINAL", "measure": "CASH_COLLECTED"},
                rows((0, 100, 5), (100, None, 8)),
                "回款额的 5 %，目标（销售额）以内；以上部分 8 %",
            ),
            (
                {"chosen_by": "ATTAINMENT", "metric_id": 1},
                rows((0, 100, 5), (100, None, 8)),
                "销售额的 5 %；达到目标（销售额）后全部按 8 %",
            ),
            (
                {"chosen_by": "VALUE", "metric_id": 1, "measure": "CASH_COLLECTED"},
                rows((0, 500000, 2), (500000, None, 3)),
                "回款额，按销售额、全额按达到的档位：不足 ¥500,000 为 2 %；¥500,000 及以上 3 %",
            ),
            (
                {"kind": Kind.POOL, "chosen_by": "VALUE", "metric_id": 2, "sharing": "VALUE"},
                rows((0, 80, 1), (80, None, 2)),
                "每月团队奖金池（销售额，按应收账款回收率、全额按达到的档位：不足 80 % 为 1 %；80 % 及以上 2 %），"
                "分配方式：按应收账款回收率",
            ),
            (
                {"kind": Kind.BONUS, "amount": 300000, "metric_id": 1, "steps_read": "INTERPOLATED"},
                rows((80, 100, 50), (100, None, 100), use="CURVE"),
                "每月 ¥3,000 × 发放比例，按销售额达成率：80 % 时 50 %；100 % 时 100 %，各点之间按直线",
            ),
            (
                {"kind": Kind.BONUS, "base_pay_factor": Decimal("2.0000"), "metric_id": 1, "span": "QUARTER"},
                rows((100, None, 100), use="CURVE"),
                "每季度 月底薪 × 2 × 发放比例，按销售额达成率：100 % 及以上 100 %",
            ),
            (
                {"kind": Kind.DRAW, "amount": 300000, "draw": "NON_REC", "draw_months": 3},
                [],
                "每月至少 ¥3,000，不足部分补足且不追回，限入职后前 3 个月",
            ),
        ],
    )
    def test_says_what_is_paid(self, values, steps, expected):
        assert said(Component(**values), steps).headline == expected

    def test_names_the_more_specific_first(self):
        steps = rows((0, None, 3)) + rows((0, None, 6), product_line_id=7, customers="NEW")
        assert said(Component(), steps).headline == "销售额，按产品、渠道和客户区分：木门 · 仅新客户 6 %；其余 3 %"

    def test_is_english_in_english(self):
        steps = rows((0, 50000, 2), (50000, None, 3))
        assert (
            said(Component(), steps, language="en").headline
            == "销售额, everything at the rate that is reached: below ¥50,000: 2 %; from ¥50,000 on: 3 %"
        )


class TestDetails:
    @pytest.mark.parametrize("reads", ["FLAT", "MARGINAL"])
    def test_speak_of_product_lines_only_where_the_table_does(self, reads):
        by_total = Component(chosen_by="TOTAL", steps_read=reads)
        by_line = rows((0, None, 3)) + rows((0, None, 6), product_line_id=7)
        by_customer = rows((0, None, 3)) + rows((0, None, 6), customers="NEW")
        said_of = ["".join(said(by_total, steps).details) for steps in (by_line, by_customer)]
        assert ["产品线" in text for text in said_of] == [True, False]

    def test_tell_gate_holding_and_cap(self):
        steps = rows((0, None, 5)) + rows((0, 70, 0), (70, None, 100), use="GATE")
        told = said(Component(paid_at_once=Decimal(80), release="YEAR_END", cap=1000000), steps, gates=[Gate(2)])
        assert "门槛：按应收账款回收率决定发放比例，不足 70 % 为 0 %；70 % 及以上 100 %。" in told.details
        assert "当期发放 80 %，其余随财年最后一个月发放。" in told.details
        assert "每月封顶 ¥10,000。" in told.details

    def test_tell_a_multiplier_and_write_values_as_their_metric_does(self):
        steps = rows((0, None, 5)) + rows((0, 50000, 75), (50000, None, 125), use="GATE")
        assert (
            "倍率：按销售额，不足 ¥50,000 为 × 75 %；¥50,000 及以上 × 125 %。"
            in said(Component(), steps, gates=[Gate(1)]).details
        )

    def test_tell_the_component_that_a_gate_waits_for(self):
        gates = [Gate(awaits=UUID(int=9))]
        assert "“回款提成”有发放时才发。" in said(Component(), rows((0, None, 5)), gates=gates).details

    def test_tell_each_of_several_gates_and_that_all_decide(self):
        steps = [
            *rows((0, None, 5)), *rows((0, 80, 0), (80, None, 100), use="GATE"),
            *rows((0, 40, 50), (40, None, 100), use="GATE", gate=1),
        ]  # fmt: skip
        told = said(Component(), steps, gates=[Gate(2), Gate(1, by_attainment=True), Gate(awaits=UUID(int=9))]).details
        at = told.index("门槛：按应收账款回收率决定发放比例，不足 80 % 为 0 %；80 % 及以上 100 %。")
        assert told[at + 1 : at + 4] == (
            "门槛：按销售额达成率决定发放比例，不足 40 % 为 50 %；40 % 及以上 100 %。",
            "“回款提成”有发放时才发。",
            "每道门槛作用于其他门槛放行的部分：任何一道未放行的都不发放。",
        )

    def test_tell_that_each_persons_base_pay_counts(self):
        component = Component(kind=Kind.KPI, base_pay_factor=Decimal("0.2000"))
        told = said(component, rows((100, None, 100), use="CURVE"), parts=[Part(1, 60), Part(2, 40)])
        assert told.headline.startswith("每月 底薪 × 20 % × 发放比例，按加权达成率（销售额 60、应收账款回收率 40）")
        assert "底薪取本人标准，按月内每个工作日有效的数额计算。" in told.details

    def test_tell_decay_by_days(self):
        steps = rows((0, None, 5)) + rows((0, 30, 100), (30, None, 50), use="DECAY")
        assert any(
            "不足 30 天 为 100 %；30 天 及以上 50 %" in text
            for text in said(Component(measure="CASH_COLLECTED"), steps).details
        )


class TestDifferences:
    def test_name_what_is_new_gone_and_changed(self):
        before = [
            said(Component(key=UUID(int=1)), rows((0, None, 5))),
            said(Component(key=UUID(int=2), name="Old"), rows((0, None, 1))),
        ]
        after = [
            said(Component(key=UUID(int=1)), rows((0, None, 6))),
            said(Component(key=UUID(int=3), name="New"), rows((0, None, 1))),
        ]
        changed, new, gone = differences(before, after)
        assert (changed.what, changed.before, changed.after) == ("CHANGED", ("销售额的 5 %",), ("销售额的 6 %",))
        assert (new.what, new.name, gone.what, gone.name) == ("NEW", "New", "GONE", "Old")

    def test_are_none_between_the_same(self):
        told = [said(Component(), rows((0, None, 5)))]
        assert differences(told, told) == []
