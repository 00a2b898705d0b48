"""The contests of the world."""

from datetime import date

from accounts.rules import Role
from incentives.rules.contest_terms import Wanted
from incentives.rules.contests import Prize
from incentives.services import contests
from targets.models import Metric


def race(*, whose, unit, person, today, now):
    """Return a contest that runs and one that is drafted: of the whole team for who is near, else of the one person alone."""
    facts = {
        "name": f"{person.name}'s race",
        "form": "STEPS",
        "metric": Metric.objects.get(code="revenue"),
        "yardstick": "NONE",
        "leagues": "NONE",
        "tie_rule": "SHARE",
        "starts_on": date(2026, 3, 2),
        "ends_before": date(2026, 4, 1),
        "roles": [Role.REP],
        "is_open": False,
    }
    who = ((unit,), ()) if whose == "near" else ((), (person,))
    made = {}
    for kind, is_announced in (("contest", True), ("draft_contest", False)):
        contest = contests.draft_contest(wanted=Wanted(facts, (Prize(1, 50_00, "", 100_00),), *who), by=None)
        if is_announced:
            contests.announce_contest(contest=contest, on=today, now=now, by=None)
        made[kind] = contest
    return made
