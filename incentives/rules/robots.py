"""Robots of groups: which addresses there are, what each wants to be sent, and what stands in a message without amounts."""

import hmac
import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from urllib.parse import parse_qsl, quote_plus, urlsplit

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.refusals import Refusal

#: People are told of news by day only, by the company's clock: from this hour on, and before that one.
FROM_HOUR, BEFORE_HOUR = 8, 21
#: What is older is no news any more: it is never posted, however long a robot was out of order.
NEWS_SPAN = timedelta(days=2)
#: After how long a message that could not leave is tried again.
TRIED_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
#: With these a service says that too much comes at once: it is tried again. (DingTalk, WeCom, Feishu.)
TOO_MANY = frozenset({130101, 410100, 45009, 11232, 9499})
#: So many messages leave in one go; the services take about twenty a minute.
MOST_AT_ONCE = 8
#: Why a message did not arrive, where the service itself said nothing.
FAULTS = {
    "NotSent": _("The service could not be reached."),
    "TooMany": _("The service takes no more messages for now."),
    "Unclear": _("The service did not answer; it may have arrived. Look into the group before you post it again."),
    "Unreadable": _("The address cannot be read any more. Enter it again."),
}
#: The services take about two thousand bytes at least; a sign is up to four.
MOST_SIGNS = 500
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,128}")
_NUMBER = r"\d(?:[\d,，.’']|\s(?=\d))*"
_UNIT = (
    r"\s*(?:[多余来]|[wWkKmM](?![A-Za-z])|[万萬亿億千百]|million|thousand|yuan|[美港欧日]?元|[美港]币|块钱?|人民币"
    r"|RMB|CNY|USD|HKD|EUR|[¥￥$€£])"
)
#: Numbers that may say how much: with a sign or unit of money, of two digits and more, or in Chinese with a unit.
_AMOUNT = re.compile(
    rf"(?:RMB|CNY|USD|HKD|EUR|[¥￥$€£])\s*{_NUMBER}(?:{_UNIT})*"
    rf"|{_NUMBER}(?:{_UNIT})+"
    r"|\d(?:[\d,，.’']|\s(?=\d))*\d"
    r"|[一二两三四五六七八九十百千万萬亿億零〇]+[多余来]?(?:[万萬亿億]元?|[美港欧日]?元|[美港]币|块钱?)"
)


class RobotKind(TextChoices):
    """Whose robot it is."""

    DINGTALK = "DINGTALK", _("DingTalk")
    WECOM = "WECOM", _("WeCom")
    FEISHU = "FEISHU", _("Feishu")
    LARK = "LARK", _("Lark")


class Topic(TextChoices):
    """What a robot posts."""

    VICTORY = "VICTORY", _("Victory reports")
    CONTEST = "CONTEST", _("Contests: start, standing on Mondays, result")
    AWARD = "AWARD", _("Awards")
    PRAISE = "PRAISE", _("Praise")


#: Of each kind the host, the path, and the parameter that holds the secret; where it is None the path ends with it.
PLACES = {
    RobotKind.DINGTALK: ("oapi.dingtalk.com", "/robot/send", "access_token"),
    RobotKind.WECOM: ("qyapi.weixin.qq.com", "/cgi-bin/webhook/send", "key"),
    RobotKind.FEISHU: ("open.feishu.cn", "/open-apis/bot/v2/hook/", None),
    RobotKind.LARK: ("open.larksuite.com", "/open-apis/bot/v2/hook/", None),
}


class BadAddress(Refusal):
    """No address of a robot that is known here."""

    sentences = {
        "address": _(
            "This is no address of a group robot. Copy it from DingTalk, WeCom or Feishu as a whole; it begins with https://."
        )
    }


def read_address(text):
    """
    Return whose robot an address is and its secret; only that is kept, and the address is put together anew for each message.

    :raises BadAddress:
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise BadAddress("address") from None
    if parts.scheme != "https" or parts.username is not None or port not in (None, 443):
        raise BadAddress("address")
    for kind, (host, path, parameter) in PLACES.items():
        if parts.hostname != host:
            continue
        if parameter is None:
            token = parts.path.removeprefix(path) if parts.path.startswith(path) else ""
        else:
            token = dict(parse_qsl(parts.query)).get(parameter, "") if parts.path == path else ""
        if _TOKEN.fullmatch(token):
            return kind, token
    raise BadAddress("address")


def message_for(kind, *, token, secret, text, now):
    """Return host, path and body that a robot of this kind is sent; signed where it has a secret for that."""
    host, path, parameter = PLACES[kind]
    path = f"{path}?{parameter}={token}" if parameter else f"{path}{token}"
    if kind in (RobotKind.FEISHU, RobotKind.LARK):
        body = {"msg_type": "text", "content": {"text": text}}
        if secret:
            stamp = str(int(now.timestamp()))
            body |= {"timestamp": stamp, "sign": _signed(f"{stamp}\n{secret}", "")}
        return host, path, body
    if kind == RobotKind.DINGTALK and secret:
        stamp = str(int(now.timestamp() * 1000))
        sign = _signed(secret, f"{stamp}\n{secret}")
        path += f"&timestamp={stamp}&sign={quote_plus(sign)}"
    return host, path, {"msgtype": "text", "text": {"content": text}}


def _signed(key, text):
    return b64encode(hmac.new(key.encode(), text.encode(), sha256).digest()).decode()


def code_of(said):
    """Return the number with which a service answers, 0 for taken; None where there is none."""
    code = said.get("errcode", said.get("code", said.get("StatusCode")))
    return code if isinstance(code, int) else None


def fault_of(status, said):
    """Return what a service had against a message, in its own words; "" if it took it."""
    code = code_of(said)
    if status == 200 and code == 0:
        return ""
    words = said.get("errmsg") or said.get("msg") or said.get("StatusMessage") or ""
    return f"{code if code is not None else status} {words}".strip()[:200]


def without_amounts(text):
    """Return what somebody wrote without the numbers that say how much."""
    return _AMOUNT.sub("…", text)


def is_time_to_post(hour):
    """Return whether people may be told of news at an hour of the company's day."""
    return FROM_HOUR <= hour < BEFORE_HOUR
