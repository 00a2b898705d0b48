"""A quarter at Lantern: targets are published, deals are won, the ledger is rolled up. Today is 20 March 2026."""

from datetime import date

import pytest
import time_machine

from common.tenancy import company_scope
from credits import services as credits
from reports.services import add_builtin_assessment
from targets import rollups
from targets.services.metrics import add_builtin_metrics
from tests.credits.stories import make_customer, make_deal, make_payment, make_visit
from tests.signing_in import BACKEND
from tests.targets.test_rollups import ask

MARCH = date(2026, 3, 1)


@pytest.fixture
def today():
    with time_machine.travel("2026-03-20T09:00:00+08:00", tick=False):
        yield date(2026, 3, 20)


@pytest.fixture
def as_(client):
    """Sign a member of the cast in and return the client."""

    def sign_in(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def lantern(cast, today):
    """Lantern with its metrics and indicators, active."""
    with company_scope(cast.lantern):
        add_builtin_metrics()
        add_builtin_assessment()
        yield cast


@pytest.fixture
def quarter_story(lantern):
    """
    Asha reaches 120 % of her revenue target and half of her visits; Ada 50 % of her revenue; Ben has no target.

    Team One is asked for 1,500, and makes 1,450.
    """
    asha, ada, ben = (getattr(lantern, name).person for name in ("asha", "ada", "ben"))
    ask("revenue", MARCH, commit=1_000_00, person=asha, within=lantern.one)
    ask("revenue", MARCH, commit=500_00, person=ada, within=lantern.one)
    ask("revenue", MARCH, commit=1_500_00, unit=lantern.one)
    ask("visits", MARCH, commit=4, person=asha, within=lantern.one)
    customer = make_customer(owner=asha)
    won = make_deal(asha, amount=1_200, cost=700, customer=customer)
    make_deal(ada, amount=250, cost=100)
    make_deal(ben, amount=800, cost=100)
    make_payment(won, 300, date(2026, 3, 10))
    for _n in range(2):
        make_visit(asha, customer)
    roll_up()
    return lantern


def roll_up():
    credits.post_all()
    rollups.refresh_everything()
