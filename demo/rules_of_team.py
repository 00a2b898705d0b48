"""The demo team's rules: published long ago and read by nearly everybody, last month's cases decided, one under appeal."""

import random
from datetime import timedelta

from accounts.models import Membership, User
from common.money import to_minor
from common.periods import PeriodKind, month_of, previous
from demo import names
from incentives.models import RuleCase
from incentives.queries.penalties import bound_by
from incentives.rules.penalties import CaseStatus, Effect
from incentives.services import penalties
from teams.queries import calendar_of, people_in_sight, sight_of

MONTHS_AGO = 4
#: Of those for whom a rule holds, one in so many has not read it yet.
UNREAD_ONE_IN = 15


def hold(*, company, until):
    """Publish the rules, let people read them, and follow what last month's records set off."""
    by = User.objects.filter(email=f"hr@{company.slug}.example").first()
    since = month_of(until)
    for _month in range(MONTHS_AGO):
        since = previous(since, PeriodKind.MONTH)
    chance = random.Random(f"{company.slug}-rules")
    written_on = since.starts_on - timedelta(days=10)
    for title, text, effect, applies_to, trigger, threshold, consequence, yuan in names.TEAM_RULES:
        version = penalties.write_rule(
            title=title, text=text, effect=effect, applies_to=applies_to, trigger=trigger, threshold=threshold,
            amount=to_minor(yuan), consequence=consequence, by=by,
        )  # fmt: skip
        version = penalties.publish_rule(version=version, holds_from=since.starts_on, on=written_on, by=by)
        for person in bound_by(version, on=until):
            if chance.randrange(UNREAD_ONE_IN):
                penalties.acknowledge(version=version, person=person, on=max(written_on, person.hired_on), by=None)
    penalties.propose_cases(on=until, calendar=calendar_of(company))
    _decide(company, until)


def _decide(company, until):
    """Let the director decide the first cases of the region: rewards given, one dropped, one under appeal; the others still wait."""
    month = month_of(until)
    membership = Membership.objects.select_related("user").get(user__email=f"director@{company.slug}.example")
    by, led = membership.user, people_in_sight(sight_of(membership=membership, on=until)).values("pk")
    decided_on = min(month.starts_on + timedelta(days=4), until)
    cases = RuleCase.objects.filter(status=CaseStatus.PROPOSED, person__in=led).select_related("version").order_by("pk")
    for case in [case for case in cases if case.version.effect == Effect.REWARD][:3]:
        penalties.decide_case(case=case, is_confirmed=True, reason=case.version.consequence, decider=None, on=decided_on, by=by)
    warned = [case for case in cases if case.version.effect == Effect.PENALTY]
    for case, is_confirmed, reason in zip(
        warned, (True, False, True), (names.CASE_REASON, names.CASE_DROPPED, names.CASE_REASON), strict=False
    ):
        penalties.decide_case(case=case, is_confirmed=is_confirmed, reason=reason, decider=None, on=decided_on, by=by)
    if warned:
        appealed_on = min(decided_on + timedelta(days=3), until)
        penalties.appeal(case=warned[0], words=names.CASE_APPEAL, on=appealed_on, by=by)
    penalties.settle_cases(on=until)
