"""
A page that is shown again is what its view would say: to everybody, in both languages, at any time of the day.

Complete by construction: whatever view is marked `shown_again` is asked by every role, again and again, while another one's
pages are kept in the same process.
"""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.urls import get_resolver

from accounts.models import User
from common import again, questions
from common.tenancy import company_scope
from customers.models import Customer
from deals.models import Deal
from teams.models import Person
from tests.guards.matrix import MATRIX
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.test_kept import WHO
from tests.guards.world import NOW
from tests.signing_in import BACKEND


def marked():
    """Return the route and mark of every view that may be shown again."""
    found, left = {}, [("", get_resolver("salesforce_mgmt.company_urls"))]
    while left:
        namespace, resolver = left.pop()
        for entry in resolver.url_patterns:
            if hasattr(entry, "url_patterns"):
                left.append((f"{namespace}{entry.namespace}:" if entry.namespace else namespace, entry))
            elif mark := getattr(entry.callback, "shown_again", None):
                found[f"{namespace}{entry.name}"] = mark
    return dict(sorted(found.items()))


MARKED = marked()
TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")


def asked(world, names=MARKED, times=1):
    """Return every marked page as everybody sees it after so many times: {(who, page): text}."""
    found = {}
    for _time in range(times):
        for name in names:
            for who, company in WHO.items():
                where = address(name, world, MATRIX[name], "rival" if company == "rival" else "near", company=company)
                response = world.clients[who].get(where)
                if response.status_code == 200:
                    found[who, name] = TOKEN.sub("", response.content.decode())
    return found


def speak(languages):
    for number, user in enumerate(User.objects.order_by("pk")):
        User.objects.filter(pk=user.pk).update(language=languages[number % 2])


@pytest.fixture
def counted(monkeypatch):
    """How many pages were shown again."""
    found, show = [], again._again
    monkeypatch.setattr(again, "_again", lambda *given: found.append(1) or show(*given))
    again.pages.clear()
    yield found
    again.pages.clear()


def test_there_are_pages_that_are_shown_again():
    assert len(MARKED) > 10


def test_everybody_is_shown_again_what_would_be_worked_out(world, counted):
    wrong = []
    with transaction.atomic():
        for languages in (("en", "zh-hans"), ("zh-hans", "en")):
            speak(languages)
            warm = asked(world, times=2)
            again.pages.clear()
            kept = asked(world)
            again.pages.clear()
            questions.kept.clear()
            cold = asked(world)
            wrong += [key for key in cold if kept[key] != cold[key]]
            wrong += [key for key in cold if warm[key] != cold[key]]
        transaction.set_rollback(True)
    nothing(sorted(wrong))
    assert len(counted) >= 2 * len(cold)


def test_a_page_that_forgot_whose_it_is_would_be_seen(world, counted, monkeypatch):
    monkeypatch.setattr(again, "_values", lambda _row: None)
    with transaction.atomic():
        warm = asked(world, times=2)
        transaction.set_rollback(True)
    again.pages.clear()
    monkeypatch.undo()
    assert any(asked(world)[key] != text for key, text in warm.items())


def test_a_page_says_the_same_at_any_time_of_the_day_or_the_minute(world, counted):
    """What a marked view says follows from no clock but that of its mark."""
    wrong = []
    for each_minute, later in ((False, timedelta(hours=9, minutes=31)), (True, timedelta(seconds=47))):
        names = [name for name, mark in MARKED.items() if mark.each_minute is each_minute]
        first = asked(world, names, times=3)
        again.pages.clear()
        with time_machine.travel(NOW + later, tick=False):
            second = asked(world, names)
        again.pages.clear()
        wrong += [key for key in first if first[key] != second[key]]
    nothing(sorted(wrong))


def test_nothing_is_shown_again_that_has_changed(world, counted):
    """After names and amounts have changed everywhere, every page that is shown is what would be worked out."""
    with transaction.atomic():
        before = asked(world)
        with company_scope(world.cast.lantern):
            Person.objects.update(name="Renamed")
            Customer.objects.update(name="Renamed too")
            Deal.objects.update(amount=77_700)
        warm = asked(world)
        again.pages.clear()
        questions.kept.clear()
        cold = asked(world)
        transaction.set_rollback(True)
    nothing(sorted(key for key in cold if warm[key] != cold[key]))
    assert sum(before[key] != warm[key] for key in warm) > len(MARKED)


def test_a_page_that_is_worked_out_again_reads_nothing_twice(world, counted):
    """What is asked in vain, because something has changed, is not sent once more for the view."""
    sent = []

    def note(execute, sql, *given):
        sent.append(sql)
        return execute(sql, *given)

    where = address("customers:list", world, MATRIX["customers:list"], company="lantern")
    with transaction.atomic(), connection.execute_wrapper(note):
        world.clients["amir"].get(where)
        first, sent[:] = len(sent), []
        with company_scope(world.cast.lantern):
            Customer.objects.update(name="Renamed")
        sent.clear()
        world.clients["amir"].get(where)
        transaction.set_rollback(True)
    assert not counted
    assert len(sent) == first


def test_the_token_of_a_page_that_is_shown_again_is_good(world, counted):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.cast.amir.user, backend=BACKEND)
    where = address("jobs:list", world, MATRIX["jobs:list"])
    with transaction.atomic():
        first, second = (client.get(where).content.decode() for _time in range(2))
        tokens = [re.search(r'name="csrf-token" content="(\w{64})"', page)[1] for page in (first, second)]
        answers = [
            client.post("/lantern/jobs/start/unknown/", headers={"X-CSRFToken": token}).status_code
            for token in (*tokens, "x" * 64)
        ]
        transaction.set_rollback(True)
    assert counted
    assert tokens[0] != tokens[1]
    assert answers == [404, 404, 403]


def test_a_message_is_shown_once_on_a_page_that_was_kept_without_it(world, counted):
    client, where = world.clients["amir"], address("customers:list", world, MATRIX["customers:list"])
    with transaction.atomic():
        plain = client.get(where).content.decode()
        note = Message(constants.SUCCESS, "Well done, canary of messages")
        request = HttpRequest()
        client.cookies["messages"] = CookieStorage(request)._encode([note])
        pages = [client.get(where).content.decode() for _time in range(3)]
        transaction.set_rollback(True)
    assert ["canary of messages" in page for page in (plain, *pages)] == [False, True, False, False]
    assert len(counted) == 2
