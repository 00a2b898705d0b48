"""The demo's contests: one that runs, one that is over with its prizes awarded, and one that is coming."""

from datetime import timedelta

from django.utils import timezone, translation

from accounts.models import Membership
from accounts.rules import Role
from common.money import to_minor
from common.periods import PeriodKind, iso_week_of, month_of, previous
from demo import names
from incentives.models import Contest
from incentives.rules.contest_kinds import Form, Leagues, TieRule, Yardstick
from incentives.rules.contest_terms import Wanted
from incentives.rules.contests import Prize
from incentives.services import contest_results as results
from incentives.services import contests as services
from targets.models import Metric

DAY = timedelta(days=1)
#: What one leg of the relay asks for.
LEG_VISITS = 20


def hold_contests(*, until, tell):
    """Announce, fix and award contests around the last day of the story."""
    hr = Membership.objects.select_related("user").filter(role=Role.HR).order_by("pk").first()
    by = hr and hr.user
    now = timezone.now()
    with translation.override("zh-hans"):
        month = month_of(until)
        before = previous(month, PeriodKind.MONTH)
        _announced(_steps(month), on=month.starts_on, now=now, by=by)
        over = _announced(_ranking(before), on=before.starts_on, now=now, by=by)
        results.freeze_contest(contest=over, on=until, now=now, by=None)
        if results.changed_lines(Contest.objects.get(pk=over.pk), until=now):
            results.rerank_contest(contest=over, reason=names.CONTEST_PUT_RIGHT, on=until, now=now, by=by)
        results.award_contest(contest=over, on=until, by=by)
        monday = iso_week_of(until + 7 * DAY).starts_on
        _announced(_relay(monday, monday + 14 * DAY), on=until, now=now, by=by)
    tell("three contests are held")


def _announced(wanted, *, on, now, by):
    contest = services.draft_contest(wanted=wanted, by=by)
    return services.announce_contest(contest=contest, on=on, now=now, by=by)


def _wanted(named, form, metric, *, days, prizes, **facts):
    usual = {"yardstick": Yardstick.NONE, "leagues": Leagues.NONE, "tie_rule": TieRule.SHARE, "roles": [Role.REP]}
    (name, purpose), (starts_on, ends_before) = named, days
    about = {"name": name, "purpose": purpose, "form": form, "metric": Metric.objects.get(code=metric)}
    return Wanted(usual | about | {"starts_on": starts_on, "ends_before": ends_before} | facts, prizes)


def _steps(month):
    steps = ((800, 200), (1000, 500), (1200, 1000))
    prizes = tuple(Prize(n, to_minor(pays), "", from_) for n, (from_, pays) in enumerate(steps, start=1))
    days = (month.starts_on, month.ends_before)
    return _wanted(names.CONTEST_STEPS, Form.STEPS, "revenue", days=days, prizes=prizes, yardstick=Yardstick.TARGET)


def _ranking(month):
    prizes = (Prize(1, to_minor(1500)), Prize(2, to_minor(1000)), Prize(3, to_minor(500), names.CONTEST_THING))
    days = (month.starts_on, month.ends_before)
    return _wanted(
        names.CONTEST_RANKING, Form.RANK, "revenue", days=days, prizes=prizes, leagues=Leagues.STAGE, returns_days=60
    )


def _relay(starts_on, ends_before):
    prizes = (Prize(1, to_minor(3000)), Prize(2, to_minor(1800)), Prize(3, 0, names.CONTEST_TEAM_THING))
    days = (starts_on, ends_before)
    return _wanted(names.CONTEST_RELAY, Form.RELAY, "visits", days=days, prizes=prizes, minimum=LEG_VISITS)
