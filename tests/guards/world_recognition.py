"""Honours, rules of the team and their cases, as the guards' world has them."""

from datetime import UTC, date, datetime, timedelta

from common.periods import quarter_of
from incentives.models import RobotMessage, RuleCase, TeamRule
from incentives.rules.robots import Topic
from incentives.services import honours, penalties, robots
from teams.queries import calendar_of

#: Kinds of cases, each under a rule of its own.
CASES = ("open_case", "decided_case", "appealed_case")


def write_rules(world, *, whose, word, by):
    """Rules that hold for everybody since January, and a draft."""
    said = {"effect": "PENALTY", "applies_to": "ALL", "consequence": f"{word} talk", "text": f"{word} asks", "by": by}
    for kind in (*CASES, "draft"):
        version = penalties.write_rule(title=f"{word} {kind}", trigger="IDLE_DAYS", threshold=1, amount=100, **said)
        if kind != "draft":
            penalties.publish_rule(version=version, holds_from=date(2026, 1, 1), on=date(2025, 12, 1), by=by)
        world.keep(whose, **{f"{kind}_rule": version.rule_id})


def set_up_robot(world, *, whose, word, by):
    """A robot of a group, and a message that did not arrive."""
    address = "https://oapi.dingtalk.com/robot/send?access_token=a1b2c3d4e5"
    robot = robots.add_robot(
        name=f"{word} group", address=address, topics=[Topic.PRAISE], language="en", now=datetime(2026, 3, 1, tzinfo=UTC), by=by
    )
    message = RobotMessage.objects.create(robot=robot, topic=Topic.PRAISE, subject_id=0, status="FAILED", error=f"{word} fault")
    world.keep(whose, robot=robot, robot_message=message)


def judge(world, *, whose, person, word, today, by):
    """Let the person have read the rules, and February show that they made no visit: one case of every state."""
    company = "rival" if whose == "rival" else "near"
    rules = {kind: TeamRule.objects.get(pk=world.id_of(f"{kind}_rule", company)) for kind in CASES}
    for rule in rules.values():
        penalties.acknowledge(version=rule.versions.get(), person=person, on=date(2025, 12, 2), by=by)
    penalties.propose_cases(on=today, calendar=calendar_of(person.company))
    cases = {kind: RuleCase.objects.get(person=person, rule=rule) for kind, rule in rules.items()}
    for kind in CASES[1:]:
        penalties.decide_case(case=cases[kind], is_confirmed=True, reason=f"{word} reason", decider=None, on=today, by=by)
    penalties.appeal(case=cases["appealed_case"], words=f"{word} appeal", on=today, by=by)
    world.keep(whose, **cases)


def honour(person, colleague, *, word, today, by):
    """Give the person an award of the last quarter, and let them nominate the colleague in the running one."""
    quarter = quarter_of(today)
    award = honours.give_award(
        kind="SERVICE",
        period=quarter_of(quarter.starts_on - timedelta(days=1)),
        winner=person,
        reason=f"{word} service",
        on=today,
        prize=50,
        by=by,
    )
    nomination = honours.nominate(
        kind="INNOVATION",
        quarter=quarter,
        person=colleague,
        nominator=person,
        reason=f"{word} nominee",
        on=today,
        first_month=1,
        by=by,
    )
    return award, nomination
