import pytest

from exchange import rules
from exchange.kinds import KINDS

FIELDS = KINDS["PRODUCTS"].fields
COLUMNS = ["product", "price", "made by"]


def normal(given):
    return rules.normal_mapping(given, columns=COLUMNS, fields=FIELDS)


def test_a_columns_name_alone_is_enough():
    assert normal({"name": "product", "list_price": "price"}) == {
        "name": {"column": "product"},
        "list_price": {"column": "price"},
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": "product", "list_price": "cost"}, "no_such_column"),
        ({"name": "product", "list_price": {"template": "{cost}"}}, "no_such_column"),
        ({"name": "product", "colour": "price"}, "no_such_field"),
        ({"name": "product"}, "missing"),
        ({}, "nothing"),
        ({"name": "product", "list_price": {"column": "price", "value": "5"}}, "malformed"),
        ({"name": "product", "list_price": {"column": "price", "replace": ["a"]}}, "malformed"),
        ({"name": "product", "list_price": {"value": ""}}, "malformed"),
        ({"name": "product", "list_price": 5}, "malformed"),
    ],
)
def test_a_mapping_that_cannot_be_right_is_refused(given, code):
    with pytest.raises(rules.BadMapping) as refusal:
        normal(given)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"column": "product"}, ("Pump", None)),
        ({"column": "made by"}, ("", None)),
        ({"column": "product", "replace": {"Pump": "Pumps"}}, ("Pumps", "Pump")),
        ({"column": "product", "replace": {"pump": "Pumps"}}, ("Pump", None)),
        ({"value": "always"}, ("always", None)),
        ({"template": "{product} by {made by}"}, ("Pump by –", None)),
        ({"template": "made by {made by}"}, ("", None)),
    ],
)
def test_what_a_source_says_for_a_row(source, value):
    assert rules.value_of(source, {"product": "Pump", "made by": ""}) == value


def test_the_same_columns_in_another_order_are_the_same_columns():
    assert rules.columns_hash(["a", "b"]) == rules.columns_hash(["b", "a"])
    assert rules.columns_hash(["a", "b"]) != rules.columns_hash(["ab"])


def test_the_columns_that_a_mapping_reads():
    mapping = {"name": {"column": "product"}, "code": {"template": "{made by}-{product}"}, "cost": {"value": "1"}}
    assert rules.used_columns(mapping) == {"product", "made by"}
