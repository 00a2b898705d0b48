"""What a statement is stored as, and known by."""

import json
from datetime import date

from common.periods import month_of
from incentives.queries.drafts import Draft, Heads, Line, Written
from incentives.rules.terms import LineKind

MARCH = month_of(date(2026, 3, 1))


def written(amount=100, **facts):
    line = Line(LineKind.EARNED, "Rate", amount, facts, key="a", span=MARCH)
    return Written(Draft(1, 2, [line]), Heads())


class TestWhatIsWritten:
    def test_facts_are_one_line_of_json(self):
        facts = {"formula": "commission", "label": "第一\n档", "exact": "0.5", "parts": [1, None, True]}
        (_head, _base, _amount, text), *_rest = written(**facts).lines
        assert json.loads(text) == facts
        assert b"\n" not in text

    def test_a_number_of_any_length_is_written(self):
        (_head, _base, _amount, text), *_rest = written(exact=2**70, label="第一\n档").lines
        assert json.loads(text) == {"exact": 2**70, "label": "第一\n档"}
        assert b"\n" not in text


class TestWhatItIsKnownBy:
    def test_the_same_figures_have_the_same_digest(self):
        assert written(rate=3).digest == written(rate=3).digest

    def test_another_amount_fact_or_head_has_another(self):
        other = Written(Draft(1, 2, [Line(LineKind.HELD, "Rate", 100, {"rate": 3}, key="a", span=MARCH)]), Heads())
        digests = {written(rate=3).digest, written(101, rate=3).digest, written(rate=4).digest, other.digest}
        assert len(digests) == 4
