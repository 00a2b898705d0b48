"""A row's plain values are looked at once more before it is written, whoever writes it."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from common.cleaning import clean_values
from visits.models import Visit


def visit(**values):
    return Visit(company_id=1, person_id=1, customer_id=1, **{"visited_on": date(2026, 3, 10)} | values)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"outcome": "a\x00b"}, "outcome"),
        ({"outcome": "x" * 2001}, "outcome"),
        ({"next_step": "x" * 201}, "next_step"),
        ({"kind": "TEA"}, "kind"),
        ({"visited_on": date(1, 1, 1)}, "visited_on"),
        ({"next_on": date(9999, 12, 31)}, "next_on"),
        ({"visited_on": None}, "visited_on"),
    ],
)
def test_a_value_that_does_not_fit_is_named(values, field):
    with pytest.raises(ValidationError) as caught:
        clean_values(visit(**values))
    assert list(caught.value.message_dict) == [field]


def test_references_are_left_to_the_database():
    clean_values(visit(outcome="x" * 2000))
