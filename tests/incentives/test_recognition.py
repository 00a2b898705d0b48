"""Thanking somebody."""

from datetime import date

import pytest
from django.forms import ModelChoiceField

from common.fields import SearchedSelect
from incentives.forms.recognition import GivePraise
from incentives.models import Praise
from incentives.services import recognition as services
from teams.models import Person

TODAY = date(2026, 11, 20)
REF = "6f2b1f5e-0000-4000-8000-000000000002"


def thank(cast, to, **kwargs):
    return services.praise(
        to=to, giver=cast.asha.person, text=kwargs.pop("text", "Covered my visits"), given_on=TODAY, by=cast.asha.user, **kwargs
    )


def test_pressed_twice_thanks_once(lantern):
    assert thank(lantern, lantern.ada.person, client_ref=REF) == thank(lantern, lantern.ada.person, client_ref=REF)
    assert Praise.objects.count() == 1


@pytest.mark.parametrize(("who", "text"), [("asha", "Me"), ("ada", "   ")])
def test_refuses_oneself_and_empty_words(lantern, who, text):
    with pytest.raises(services.PraiseRefused):
        thank(lantern, getattr(lantern, who).person, text=text)
    assert not Praise.objects.exists()


def test_refuses_who_has_left(lantern):
    person = lantern.ada.person
    person.left_on = TODAY
    person.save()
    with pytest.raises(services.PraiseRefused):
        thank(lantern, person)
    assert not Praise.objects.exists()


def test_whom_is_found_by_name_among_those_offered(lantern):
    offered = Person.objects.filter(pk=lantern.ada.person.pk)
    field = str(GivePraise(people=offered)["to"])
    assert "data-searched" in field
    assert "Ada<" in field
    assert lantern.ada.person.employee_number not in field, "everybody is offered, also who is out of sight"
    among_those_in_sight = ModelChoiceField(offered, widget=SearchedSelect)
    assert f'data-note="{lantern.ada.person.employee_number}">Ada<' in among_those_in_sight.widget.render("person", None)
    for to, is_good in ((lantern.ada, True), (lantern.asha, False)):
        assert GivePraise({"to": to.person.pk, "text": "Thanks", "client_ref": REF}, people=offered).is_valid() is is_good
