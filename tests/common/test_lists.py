"""Lists read their filters from the address, and say which are on."""

import pytest
from django import forms
from django.core.exceptions import BadRequest
from django.http import QueryDict

from common.lists import FilterForm


class Rows(list):
    """Stands for a queryset: remembers what was asked of it."""

    def none(self):
        return Rows()

    def order_by(self, *fields):
        return fields


class Filter(FilterForm):
    sorts = {"name": ("name", "-age", "pk")}
    default_sort = "name"

    size = forms.ChoiceField(label="Size", choices=[("", "All"), ("S", "Small"), ("L", "Large")])
    least = forms.IntegerField(label="At least")

    def narrow_size(self, rows, size):
        return Rows(row for row in rows if row["size"] == size)

    def narrow_least(self, rows, least):
        return Rows(row for row in rows if row["age"] >= least)


ROWS = Rows([{"size": "S", "age": 3}, {"size": "L", "age": 5}, {"size": "S", "age": 9}])


def read(address):
    return Filter(QueryDict(address))


@pytest.mark.parametrize(
    ("address", "ages"),
    [
        ("", [3, 5, 9]),
        ("size=S", [3, 9]),
        ("size=S&least=4", [9]),
        ("size=&least=", [3, 5, 9]),
        ("size=X", []),
        ("least=a", []),
    ],
)
def test_narrows_by_what_is_said_and_finds_nothing_by_what_cannot_be_read(address, ages):
    assert [row["age"] for row in read(address).narrow(ROWS)] == ages


def test_refuses_what_it_does_not_know():
    with pytest.raises(BadRequest):
        read("size=S&colour=red")
    assert read("size=S&sort=name&page=2&as=csv").narrow(ROWS)


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("", ("name", "-age", "pk")),
        ("sort=name", ("name", "-age", "pk")),
        ("sort=-name", ("-name", "age", "-pk")),
        ("sort=password", ("name", "-age", "pk")),
    ],
)
def test_sorts_only_by_what_is_offered(address, fields):
    assert read(address).sorted(ROWS) == fields


def test_chips_take_their_filter_off_and_nothing_else():
    form = read("size=S&least=4&sort=-name&page=3")
    assert [(chip["label"], chip["value"], chip["remove_url"]) for chip in form.chips()] == [
        ("Size", "Small", "?least=4&sort=-name"),
        ("At least", "4", "?size=S&sort=-name"),
    ]
    assert form.clear_url == "?sort=-name"
