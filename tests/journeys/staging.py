"""
`python -m tests.journeys.staging <file>`: fill the journeys' database, and write down who can enter and what can be opened.

There are the demo's companies, smaller than in the demo, the world of the guards, and the company of the month, twice.
"""

import json
import sys
from pathlib import Path

import django


def main(file):
    django.setup()
    from accounts.models import Company, User
    from accounts.rules import Role
    from accounts.services import add_member
    from common.tenancy import company_scope
    from demo.seed import Size, seed
    from tests.guards.world import ROLES, TODAY, make_world
    from tests.month import make_month

    seed(until=TODAY, size=Size(working_days=60, teams=3))
    # Somebody who works for both companies, to switch between them.
    with company_scope(Company.objects.get(slug="beichen")):
        add_member(user=User.objects.get(email="admin@jincheng.example"), role=Role.DIRECTOR, by=None)
    world = make_world()
    # The same once more, for a year that is planned: what is lived through in a month would be in its way.
    month, year = make_month(), make_month(slug="nianlun")
    User.objects.filter(email__endswith="example.com").update(language="zh-hans")
    sessions = {role: world.clients[who].cookies["sessionid"].value for role, who in ROLES.items()}
    told = {"things": world.things, "sessions": sessions, "month": _told(month), "year": _told(year)}
    Path(file).write_text(json.dumps(told, default=str))


def _told(month):
    """Return the ids of a month's people, units and deals, and a session for each member."""
    from django.test import Client

    from tests.signing_in import BACKEND

    ids = {kind: {key: thing.pk for key, thing in getattr(month, kind).items()} for kind in ("people", "units", "deals")}
    sessions = {}
    for key, member in month.members.items():
        client = Client()
        client.force_login(member.user, backend=BACKEND)
        sessions[key] = client.cookies["sessionid"].value
    return ids | {"sessions": sessions}


if __name__ == "__main__":
    main(sys.argv[1])
