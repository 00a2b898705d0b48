"""Group robots: news is posted once and never twice, by day, without amounts unless the company turns them on."""

import json
from base64 import b64decode
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from accounts.models import AuditEntry
from common import outgoing
from common.money import to_minor
from common.periods import Period
from common.sealing import Unreadable, seal, unseal
from common.tenancy import company_scope
from credits import services as credits
from incentives import tasks
from incentives.models import Award, GroupRobot, Praise, RobotMessage, VictoryReport
from incentives.rules.robots import BadAddress, RobotKind, Topic, message_for, read_address, without_amounts
from incentives.services import contest_results, contests, honours, recognition
from incentives.services import robots as services
from jobs.services import do_now
from targets import rollups
from targets.services.metrics import add_builtin_metrics
from tests.cast import make_cast
from tests.credits.stories import make_deal, make_product
from tests.incentives.test_contests import wanted
from tests.signing_in import browser
from tests.together import at_once

TOKEN = "a1b2c3d4e5f6a7b8c9d0"
ADDRESSES = {
    RobotKind.DINGTALK: f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}",
    RobotKind.WECOM: f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN}",
    RobotKind.FEISHU: f"https://open.feishu.cn/open-apis/bot/v2/hook/{TOKEN}",
    RobotKind.LARK: f"https://open.larksuite.com/open-apis/bot/v2/hook/{TOKEN}",
}
#: Wednesday, ten o'clock in Shanghai.
NOW, ON = datetime(2026, 3, 18, 2, tzinfo=UTC), date(2026, 3, 18)
ALL = [topic.value for topic in Topic]


class Service:
    """A service that takes messages, or says what it is told to say."""

    def __init__(self):
        self.posted, self.says, self.status, self.is_deaf, self.hangs_up = [], {"errcode": 0}, 200, False, False

    @property
    def texts(self):
        return [
            body.get("text", body.get("content", {})).get("content", body.get("content", {}).get("text"))
            for _, body in self.posted
        ]


@pytest.fixture
def service(monkeypatch):
    """Stand in for all services: what would leave to them over HTTPS arrives here."""
    it = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            it.posted.append((self.headers["Host"] + self.path, body))
            if it.hangs_up:
                self.close_connection = True
                self.connection.close()
                return
            said = json.dumps(it.says).encode()
            self.send_response(it.status)
            self.send_header("Content-Length", str(len(said)))
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()

    class Link(HTTPConnection):
        def __init__(self, host, *, timeout, context):
            assert context.check_hostname, "whoever answers has to be who was asked"
            super().__init__(host, timeout=timeout)

        def connect(self):
            if it.is_deaf:
                raise OSError("unreachable")
            self.host, self.port, asked = "127.0.0.1", server.server_port, self.host
            super().connect()
            self.host, self.port = asked, 443

    monkeypatch.setattr(outgoing, "HTTPSConnection", Link)
    yield it
    server.shutdown()
    server.server_close()


@pytest.fixture
def lantern(cast, time_machine):
    time_machine.move_to(NOW)
    with company_scope(cast.lantern):
        yield cast


def add(cast, *, kind=RobotKind.DINGTALK, topics=ALL, now=NOW - timedelta(hours=1), **also):
    return services.add_robot(
        name="Sales", address=ADDRESSES[kind], topics=topics, now=now, by=cast.amir.user, **{"language": "en"} | also
    )


def post_all(*, now=NOW, on=ON):
    """Do what the job does, step by step."""
    for pk in services.collect(on=on, now=now):
        services.let_leave(message_id=pk)
        services.deliver(message_id=pk, on=on, now=now)


def praise(cast, text="Helped me with the offer"):
    return recognition.praise(to=cast.asha.person, giver=cast.ada.person, text=text, given_on=ON, by=cast.ada.user)


class TestAddresses:
    @pytest.mark.parametrize("kind", RobotKind)
    def test_of_each_service_are_read_and_put_together_again(self, kind):
        assert read_address(f" {ADDRESSES[kind]} ") == (kind, TOKEN)
        host, path, _body = message_for(kind, token=TOKEN, secret="", text="x", now=NOW)
        assert f"https://{host}{path}" == ADDRESSES[kind]

    @pytest.mark.parametrize(
        "address",
        [
            "", "x", "http://oapi.dingtalk.com/robot/send?access_token=a1b2c3d4e5", "https://oapi.dingtalk.com/robot/send",
            "https://127.0.0.1/robot/send?access_token=a1b2c3d4e5", "https://oapi.dingtalk.com.evil.cn/robot/send?access_token=a1b2c3d4e5",
            "https://oapi.dingtalk.com@10.0.0.1/robot/send?access_token=a1b2c3d4e5", "https://oapi.dingtalk.com:8443/robot/send?access_token=a1b2c3d4e5",
            "https://a:b@oapi.dingtalk.com/robot/send?access_token=a1b2c3d4e5", "https://oapi.dingtalk.com/other?access_token=a1b2c3d4e5",
            "https://oapi.dingtalk.com/robot/send?access_token=a%0d%0aHost:x", "https://open.feishu.cn/open-apis/bot/v2/hook/../../x",
            "https://[::1]/robot/send?access_token=a1b2c3d4e5", "https://[bad/robot", "file:///etc/passwd", "https://oapi.dingtalk.com:x/robot/send",
        ],
    )  # fmt: skip
    def test_of_anywhere_else_are_refused(self, address):
        with pytest.raises(BadAddress):
            read_address(address)

    def test_are_kept_sealed_and_out_of_the_trail(self, lantern):
        robot = add(lantern, secret="SECabcdef")
        robot.refresh_from_db()
        assert TOKEN not in robot.token and unseal(robot.token) == TOKEN and unseal(robot.secret) == "SECabcdef"
        told = str(list(AuditEntry.objects.filter(action__startswith="incentives.robot").values("before", "after")))
        assert TOKEN not in told and "SEC" not in told and robot.token not in told

    def test_sealed_under_another_key_are_unreadable(self, settings):
        sealed = seal(TOKEN)
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
        with pytest.raises(Unreadable):
            unseal(sealed)
        settings.SECRET_KEY_FALLBACKS = [old]
        assert unseal(sealed) == TOKEN

    def test_are_signed_as_each_service_wants_it(self):
        _host, path, _body = message_for(RobotKind.DINGTALK, token=TOKEN, secret="S", text="x", now=NOW)
        asked = parse_qs(urlsplit(path).query)
        assert asked["timestamp"] == [str(int(NOW.timestamp()) * 1000)] and len(b64decode(asked["sign"][0])) == 32
        _host, path, body = message_for(RobotKind.FEISHU, token=TOKEN, secret="S", text="x", now=NOW)
        assert body["timestamp"] == str(int(NOW.timestamp())) and len(b64decode(body["sign"])) == 32 and "sign" not in path


class TestPosting:
    @pytest.mark.parametrize("kind", RobotKind)
    def test_news_arrives_once_in_words(self, lantern, service, kind):
        service.says = {"code": 0} if kind in (RobotKind.FEISHU, RobotKind.LARK) else {"errcode": 0}
        add(lantern, kind=kind)
        praise(lantern)
        post_all()
        post_all()
        assert service.texts == ["【Lantern Ltd.】Praise\nAda thanks Asha\nHelped me with the offer"]
        assert RobotMessage.objects.get().status == "SENT"

    def test_speaks_the_language_that_was_chosen(self, lantern, service):
        add(lantern, language="zh-hans")
        praise(lantern)
        post_all()
        assert service.texts[0].startswith("【Lantern Ltd.】表扬\n")

    def test_what_was_before_the_robot_or_is_old_is_no_news(self, lantern, service):
        praise(lantern)
        Praise.objects.update(created_at=NOW - timedelta(hours=2))
        add(lantern)
        praise(lantern)
        Praise.objects.filter(created_at__gt=NOW - timedelta(hours=1)).update(created_at=NOW)
        post_all(now=NOW + timedelta(days=3))
        assert service.posted == []

    def test_posts_only_what_it_is_for_and_nothing_while_it_is_paused(self, lantern, service):
        robot = add(lantern, topics=["AWARD"])
        praise(lantern)
        post_all()
        given = {"name": "Sales", "topics": ["PRAISE"], "shows_amounts": False, "language": "en", "by": lantern.amir.user}
        services.change_robot(robot=robot, is_active=False, now=NOW, **given)
        post_all()
        services.change_robot(robot=robot, is_active=True, now=NOW + timedelta(minutes=1), **given)
        post_all(now=NOW + timedelta(minutes=2))
        assert service.posted == []

    def test_what_was_taken_back_meanwhile_is_not_posted(self, lantern, service):
        add(lantern)
        given = praise(lantern)
        (pk,) = services.collect(on=ON, now=NOW)
        recognition.take_back(given=given, by=lantern.ada.user)
        services.let_leave(message_id=pk)
        services.deliver(message_id=pk, on=ON, now=NOW)
        assert service.posted == [] and RobotMessage.objects.get().status == "DROPPED"

    def test_a_service_that_cannot_be_reached_is_tried_again_and_then_left(self, lantern, service):
        add(lantern)
        praise(lantern)
        service.is_deaf = True
        now = NOW
        post_all()
        message = RobotMessage.objects.get()
        assert (message.status, message.next_at) == ("WAITING", NOW + timedelta(minutes=1))
        assert services.collect(on=ON, now=NOW) == []
        for _attempt in range(6):
            now += timedelta(hours=3)
            post_all(now=now)
        message.refresh_from_db()
        assert (message.status, message.attempts) == ("FAILED", 5)
        assert message.fault == "The service could not be reached."
        service.is_deaf = False
        services.post_again(message=message, now=now, by=lantern.amir.user)
        post_all(now=now)
        assert len(service.posted) == 1

    def test_what_a_service_refuses_says_so_and_is_not_tried_again(self, lantern, service):
        add(lantern)
        praise(lantern)
        service.says = {"errcode": 310000, "errmsg": "keywords not in content"}
        post_all()
        post_all(now=NOW + timedelta(hours=5))
        assert RobotMessage.objects.get().fault == "310000 keywords not in content"
        assert len(service.posted) == 1

    def test_a_service_that_sends_elsewhere_is_not_followed(self, lantern, service):
        add(lantern)
        praise(lantern)
        service.status = 302
        post_all()
        assert RobotMessage.objects.get().status == "FAILED" and len(service.posted) == 1

    def test_a_message_that_left_without_an_answer_is_never_sent_twice(self, lantern, service):
        add(lantern)
        praise(lantern)
        service.hangs_up = True
        post_all()
        service.hangs_up = False
        post_all(now=NOW + timedelta(hours=5))
        assert RobotMessage.objects.get().status == "UNCLEAR" and len(service.posted) == 1

    def test_what_waited_too_long_is_no_news_any_more(self, lantern, service):
        robot = add(lantern)
        praise(lantern)
        services.collect(on=ON, now=NOW)
        GroupRobot.objects.filter(pk=robot.pk).update(is_active=False)
        post_all(now=NOW + timedelta(days=3))
        GroupRobot.objects.filter(pk=robot.pk).update(is_active=True)
        post_all(now=NOW + timedelta(days=3))
        assert RobotMessage.objects.get().status == "DROPPED" and service.posted == []

    def test_what_a_robot_posts_no_more_is_not_posted(self, lantern, service):
        robot = add(lantern)
        praise(lantern)
        services.collect(on=ON, now=NOW)
        GroupRobot.objects.filter(pk=robot.pk).update(topics=["AWARD"])
        post_all()
        assert service.posted == []

    def test_an_answer_that_says_nothing_leaves_it_unclear(self, lantern, service):
        add(lantern)
        praise(lantern)
        service.status, service.says = 502, []
        post_all()
        assert RobotMessage.objects.get().status == "UNCLEAR"

    def test_a_worker_that_died_after_posting_does_not_post_again(self, lantern, service):
        add(lantern)
        praise(lantern)
        (pk,) = services.collect(on=ON, now=NOW)
        services.let_leave(message_id=pk)
        post_all()
        assert RobotMessage.objects.get().status == "UNCLEAR" and service.posted == []

    def test_by_day_only(self, lantern, time_machine):
        add(lantern)
        praise(lantern)
        assert tasks._is_news()
        time_machine.move_to(datetime(2026, 3, 18, 13, 30, tzinfo=UTC))  # half past nine in the evening
        assert not tasks._is_news()

    def test_a_contest_is_told_from_start_to_result(self, lantern, service):
        add_builtin_metrics()
        robot = add(lantern, topics=["CONTEST"])
        contest = contests.draft_contest(
            wanted=wanted(lantern.one, starts_on=date(2026, 3, 1), ends_before=date(2026, 3, 20)), by=None
        )
        contests.announce_contest(contest=contest, on=date(2026, 3, 1), now=NOW, by=None)
        for member, amount in ((lantern.asha, 900), (lantern.ada, 500)):
            make_deal(member.person, lines=[(make_product(), 1, amount, 0)], closed_on=date(2026, 3, 12))
        credits.post_all()
        rollups.refresh_everything()
        post_all()
        monday = date(2026, 3, 16)
        post_all(on=monday)
        post_all(on=monday)
        contest_results.freeze_contest(contest=contest, on=date(2026, 3, 20), now=datetime(2040, 1, 1, tzinfo=UTC), by=None)
        post_all()
        assert [text.split("\n")[0] for text in service.texts] == [
            "【Lantern Ltd.】A contest begins", "【Lantern Ltd.】Standing of the contest", "【Lantern Ltd.】The contest is over",
        ]  # fmt: skip
        assert service.texts[1].endswith("Spring race\n1. Asha\n2. Ada")
        assert not any(number in text for text in service.texts for number in ("900", "500", "1,000", "400"))
        GroupRobot.objects.filter(pk=robot.pk).update(shows_amounts=True)
        RobotMessage.objects.all().delete()
        post_all(on=monday)
        assert service.texts[3].endswith("1. Asha · ¥1,000.00\n2. Ada · ¥400.00")


class TestAmounts:
    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("帮我拿下50万的单", "帮我拿下…的单"),
            ("签了 1,280,000 元！", "签了 …！"),
            ("谢谢！奖金￥888.00已请大家喝茶", "谢谢！奖金…已请大家喝茶"),
            ("成交128800", "成交…"),
            ("五十万大单", "…大单"),
            ("恭喜签下50w大单", "恭喜签下…大单"),
            ("50多万、五十多万，500美元", "…、…，…"),
            ("RMB 500 or 500 yuan or 1.5 million", "… or … or …"),
            ("奖金500，又 1 200 000", "奖金…，又 …"),
            ("拜访了 3 次，第 2 名", "拜访了 3 次，第 2 名"),
            ("Saved the 12.5k order worth $9", "Saved the … order worth …"),
        ],
    )
    def test_are_taken_out_of_what_people_wrote(self, text, left):
        assert without_amounts(text) == left

    @pytest.fixture
    def news(self, lantern):
        """One of everything, each with an amount of its own in every place that could hold one."""
        add_builtin_metrics()
        deal = make_deal(lantern.asha.person, lines=[(make_product(), 1, 765432, 0)], closed_on=ON)
        VictoryReport.objects.create(deal=deal, person=lantern.asha.person, amount=to_minor(765432), limit=1, happened_on=ON)
        praise(lantern, "Won 765432 for us")
        honours.give_award(
            kind="SERVICE", period=Period(date(2026, 1, 1), date(2026, 3, 1)), winner=lantern.asha.person,
            reason="Brought ¥7,654.32", on=ON, prize=7654, by=lantern.hana.user,
        )  # fmt: skip
        contest = contests.draft_contest(wanted=wanted(lantern.one, name="76万冲刺"), by=None)
        contests.announce_contest(contest=contest, on=date(2026, 3, 1), now=NOW, by=None)

    def test_none_gets_out_with_the_switch_off(self, lantern, service, news):
        assert not add(lantern).shows_amounts, "off unless it is turned on"
        post_all()
        assert len(service.posted) == 4
        said = "\n".join(service.texts)
        assert not any(amount in said for amount in ("765", "7,654", "7654", "76", "1,000", "400", "¥"))

    def test_they_stand_there_once_it_is_turned_on(self, lantern, service, news):
        add(lantern, shows_amounts=True)
        post_all()
        said = "\n".join(service.texts)
        assert all(amount in said for amount in ("¥765,432.00", "Won 765432", "¥7,654.00", "76万冲刺", "¥1,000.00"))
        assert Award.objects.get().prize == to_minor(7654)


class TestPages:
    def post(self, member, path, **given):
        return browser(member).post(f"/lantern/robots/{path}", given)

    def test_an_admin_sets_one_up_tries_and_changes_it_and_the_address_is_never_shown(self, lantern, service):
        given = {
            "name": "Sales",
            "address": ADDRESSES[RobotKind.WECOM],
            "topics": ["PRAISE"],
            "language": "en",
            "client_ref": uuid4(),
        }
        assert [self.post(lantern.amir, "new/", **given).status_code for _ in range(2)] == [302, 302]
        robot = GroupRobot.objects.get()
        assert (robot.kind, robot.shows_amounts) == ("WECOM", False)
        client = browser(lantern.amir)
        client.post(f"/lantern/robots/{robot.pk}/try/")
        assert service.texts == ["【Lantern Ltd.】This is a test. News of the company will be posted here."]
        for page in ("/lantern/robots/", f"/lantern/robots/{robot.pk}/"):
            shown = client.get(page).content.decode()
            assert TOKEN not in shown and robot.token not in shown and "Sales" in shown
        client.post(
            f"/lantern/robots/{robot.pk}/",
            {"name": "All", "topics": ["AWARD"], "shows_amounts": "on", "language": "en", "is_active": "on"},
        )
        robot.refresh_from_db()
        assert (robot.name, robot.topics, robot.shows_amounts, unseal(robot.token)) == ("All", ["AWARD"], True, TOKEN)

    def test_a_wrong_address_is_said_beside_its_field_and_nothing_is_asked(self, lantern, service):
        given = {
            "name": "x",
            "address": "https://169.254.169.254/latest",
            "topics": ["PRAISE"],
            "language": "en",
            "client_ref": uuid4(),
        }
        answer = self.post(lantern.amir, "new/", **given)
        assert answer.status_code == 422 and "no address of a group robot" in answer.content.decode()
        assert not GroupRobot.objects.exists() and service.posted == []

    def test_what_went_wrong_stands_on_the_page_and_can_be_posted_again(self, lantern, service):
        add(lantern)
        praise(lantern)
        service.says = {"errcode": 310000, "errmsg": "<b>keywords</b>"}
        post_all()
        client = browser(lantern.amir)
        assert "310000 &lt;b&gt;keywords&lt;/b&gt;" in client.get("/lantern/robots/").content.decode()
        client.post(f"/lantern/robots/messages/{RobotMessage.objects.get().pk}/again/")
        assert RobotMessage.objects.get().status == "WAITING"

    def test_a_test_that_fails_says_why(self, lantern, service):
        robot = add(lantern)
        service.is_deaf = True
        client = browser(lantern.amir)
        client.post(f"/lantern/robots/{robot.pk}/try/")
        assert "The service could not be reached." in client.get("/lantern/robots/").content.decode()


class TestJob:
    def test_posts_in_the_background_once_though_two_do_it(self, committed, service, time_machine):
        time_machine.move_to(NOW)
        cast = make_cast()
        with company_scope(cast.lantern):
            add(cast)
            praise(cast)
        assert do_now("incentives.robots", company=cast.lantern, by=None).result == {"messages": 1}
        assert do_now("incentives.robots", company=cast.lantern, by=None).result == {"messages": 0}
        assert len(service.posted) == 1

    def test_of_two_who_collect_at_once_each_piece_leaves_once(self, committed, service):
        cast = make_cast()
        with company_scope(cast.lantern):
            add(cast, now=NOW - timedelta(days=200))
            praise(cast)
            now = Praise.objects.get().created_at + timedelta(minutes=1)

        def leave():
            return [services.let_leave(message_id=pk) for pk in services.collect(on=ON, now=now)]

        left = at_once(cast.lantern, leave, leave)
        assert sum(map(sum, left)) == 1
