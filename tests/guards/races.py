"""The contests of the world."""

from datetime import UTC, date, datetime

from accounts.rules import Role
from incentives.rules.contest_terms import Wanted
from incentives.rules.contests import Prize
from incentives.services import contest_results as results
from incentives.services import contests
from targets.models import Metric

#: When everything that the world did is known, whatever the clock said meanwhile.
LATER = datetime(2040, 1, 1, tzinfo=UTC)


def race(*, whose, unit, person, today, now):
    """Return contests that run, are drafted and are over: of the whole team for who is near, else of the one person."""
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
    over = facts | {"starts_on": date(2026, 2, 2), "ends_before": date(2026, 3, 2)}
    wanted = Wanted(over, (Prize(1, 50_00, "", 100_00),), *who)
    contest = contests.draft_contest(wanted=wanted, by=None)
    contests.announce_contest(contest=contest, on=over["starts_on"], now=now, by=None)
    results.freeze_contest(contest=contest, on=today, now=LATER, by=None)
    return made | {"over_contest": results.award_contest(contest=contest, on=today, by=None)}
