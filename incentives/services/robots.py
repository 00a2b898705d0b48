"""Group robots: set up, tried, and given what is news; each piece is posted once, and never twice."""

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.services import change, record
from common.outgoing import NotSent, Unclear, post_json
from common.repeats import made_before
from common.sealing import Unreadable, seal, unseal
from incentives.models import GroupRobot, RobotMessage
from incentives.queries.robots import news_for, text_of
from incentives.rules.robots import MOST_AT_ONCE, NEWS_SPAN, TOO_MANY, TRIED_AGAIN, code_of, fault_of, message_for, read_address

Status = RobotMessage.Status


@transaction.atomic
def add_robot(*, name, address, secret="", topics, shows_amounts=False, language, client_ref=None, now, by) -> GroupRobot:
    """
    Add a robot; the same `client_ref` again gives the same one. It posts what happens from now on.

    :param secret: with which messages are signed, where the robot asks for it.
    :raises BadAddress: if it is none of a known service.
    """
    if made := made_before(GroupRobot.objects, client_ref):
        return made
    robot = GroupRobot(since=now, client_ref=client_ref, **_said(name, topics, shows_amounts, language))
    _take_address(robot, address, secret)
    robot.save()
    record("incentives.robot.added", about=robot, by=by, after=_said(name, topics, shows_amounts, language))
    return robot


@transaction.atomic
def change_robot(*, robot, name, address="", secret="", topics, shows_amounts, language, is_active, now, by) -> GroupRobot:
    """
    Change a robot. Without an address it keeps the one it has; what happened while it did not post is not posted later.

    :raises BadAddress: if it is none of a known service.
    """
    robot = GroupRobot.objects.select_for_update(of=("self",)).get(pk=robot.pk)
    if address:
        _take_address(robot, address, secret)
        robot.save(update_fields=["kind", "token", "secret", "ending"])
        # What waits was meant for the group that it had.
        robot.messages.filter(status=Status.WAITING).update(status=Status.DROPPED)
        record("incentives.robot.replaced", about=robot, by=by)
    if is_active and not robot.is_active:
        robot.since = now
        robot.save(update_fields=["since"])
    change(robot, action="incentives.robot.changed", by=by, is_active=is_active, **_said(name, topics, shows_amounts, language))
    return robot


@transaction.atomic
def remove_robot(*, robot, by):
    """Remove a robot with what it was given to post."""
    record("incentives.robot.removed", about=robot, by=by, before={"name": robot.name})
    robot.delete()


def _said(name, topics, shows_amounts, language):
    return {"name": name.strip(), "topics": sorted(topics), "shows_amounts": shows_amounts, "language": language}


def _take_address(robot, address, secret):
    robot.kind, token = read_address(address)
    robot.token, robot.secret, robot.ending = seal(token), seal(secret.strip()), token[-4:]


@transaction.atomic
def try_robot(*, robot, now, by):
    """Post a test message; return what the service had against it, "" if it took it."""
    with translation.override(robot.language):
        text = f"【{robot.company.name}】" + _("This is a test. News of the company will be posted here.")
    try:
        fault = _post(robot, text, now=now)
    except (NotSent, Unclear, Unreadable) as error:
        fault = _named(error)
    record("incentives.robot.tried", about=robot, by=by)
    return fault


@transaction.atomic
def collect(*, on, now):
    """Write down for every robot what is news, and settle what broke off on its way; return the ids of what is due to leave."""
    RobotMessage.objects.filter(status=Status.LEAVING).update(status=Status.UNCLEAR)
    RobotMessage.objects.filter(status=Status.WAITING, next_at__lt=now - NEWS_SPAN).update(status=Status.DROPPED)
    robots = list(GroupRobot.objects.filter(is_active=True))
    RobotMessage.objects.bulk_create(
        [
            RobotMessage(robot=robot, topic=topic, subject_id=pk, edition=edition, next_at=now)
            for robot in robots
            for topic, pk, edition in news_for(robot, on=on, now=now)
        ],
        ignore_conflicts=True,
    )
    return list(due(now=now).order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])


def due(*, now):
    """Return the messages that are to leave by now."""
    return RobotMessage.objects.filter(Q(next_at=None) | Q(next_at__lte=now), status=Status.WAITING, robot__is_active=True)


def is_anything_due(*, on, now):
    """Return whether a robot has something to post."""
    robots = list(GroupRobot.objects.filter(is_active=True))
    return bool(robots) and (due(now=now).exists() or any(news_for(robot, on=on, now=now) for robot in robots))


@transaction.atomic
def let_leave(*, message_id):
    """Mark a message as leaving; to be committed before it leaves. Returns whether it waited."""
    return bool(RobotMessage.objects.filter(pk=message_id, status=Status.WAITING).update(status=Status.LEAVING))


@transaction.atomic
def deliver(*, message_id, on, now):
    """Post a message that was let leave, and keep what became of it; nothing happens to any other."""
    rows = RobotMessage.objects.select_for_update(of=("self",)).filter(pk=message_id, status=Status.LEAVING)
    if (message := rows.select_related("robot__company").first()) is None:
        return None
    company = message.robot.company
    with translation.override(message.robot.language):
        text = text_of(message, company=company, on=on)
    message.attempts += 1
    message.next_at = None
    if text is None or message.topic not in message.robot.topics:
        return _keep(message, Status.DROPPED)
    try:
        fault = _post(message.robot, text, now=now)
    except NotSent as error:
        if message.attempts <= len(TRIED_AGAIN):
            message.next_at = now + TRIED_AGAIN[message.attempts - 1]
            return _keep(message, Status.WAITING, _named(error))
        return _keep(message, Status.FAILED, _named(error))
    except Unclear as error:
        return _keep(message, Status.UNCLEAR, _named(error))
    except Unreadable as error:
        return _keep(message, Status.FAILED, _named(error))
    if fault:
        return _keep(message, Status.FAILED, fault)
    message.sent_at = now
    return _keep(message, Status.SENT)


@transaction.atomic
def post_again(*, message, now, by):
    """Let a message that was not posted, or may not have been, leave once more; pressed twice, it is once."""
    message = RobotMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if message.status in (Status.FAILED, Status.UNCLEAR):
        message.attempts, message.next_at = 0, now
        _keep(message, Status.WAITING)
        record("incentives.robot.reopened", about=message.robot, by=by, after={"topic": message.topic})
    return message


#: Without an answer of the service's own these say nothing of the message: it may have arrived.
OK, SERVER_ERROR = 200, 500


class TooMany(NotSent):
    """The service answered that too much comes at once."""


def _post(robot, text, *, now):
    host, path, body = message_for(robot.kind, token=unseal(robot.token), secret=unseal(robot.secret), text=text, now=now)
    status, said = post_json(host, path, body)
    if code_of(said) in TOO_MANY:
        raise TooMany(fault_of(status, said))
    if code_of(said) is None and (status == OK or status >= SERVER_ERROR):
        raise Unclear(str(status))
    return fault_of(status, said)


def _named(error):
    return type(error).__name__


def _keep(message, status, error=""):
    message.status, message.error = status, error
    message.save(update_fields=["status", "error", "attempts", "next_at", "sent_at"])
    return message
