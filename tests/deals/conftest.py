"""A shop with deals, and members who enter its pages."""

from decimal import Decimal

import pytest
from django.utils import timezone

from common.tenancy import company_scope
from customers.services import add_customer
from deals import services


@pytest.fixture
def today():
    return timezone.localdate()


@pytest.fixture
def shop(cast, today):
    """Asha has an open and a won deal with Blue House, Ben a won one; the rival has a product and a deal."""
    with company_scope(cast.lantern):
        cast.blue = add_customer(name="Blue House", owner=cast.asha.person, by=None)
        cast.red = add_customer(name="Red House", owner=cast.ben.person, by=None)
        cast.board = services.add_product(code="B1", name="Board", list_price=100, cost=Decimal("61.37"), by=None)
        given = {"customer": cast.blue, "owner": cast.asha.person, "by": None}
        cast.open = services.open_deal(lines=[(cast.board, 2, 95)], opened_on=today, **given)
        cast.won = services.log_deal(lines=[(cast.board, 10, 90)], closed_on=today, **given)
        cast.bens = services.log_deal(
            customer=cast.red, owner=cast.ben.person, lines=[(cast.board, 1, 77)], closed_on=today, by=None
        )
    with company_scope(cast.rival):
        cast.theirs = services.add_product(code="C1", name="Canaryboard", list_price=1, by=None)
    return cast


@pytest.fixture
def lantern(cast):
    """Return a function that asks the database for Lantern."""

    def ask(question):
        with company_scope(cast.lantern):
            return question()

    return ask
