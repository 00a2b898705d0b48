"""The pages of talks: what each side sees and presses, and what wrong input says at the field."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from common.periods import Period
from common.tenancy import company_scope
from targets.models import Metric, NegotiationRound, Pledge
from targets.queries.plans import person_key, year_of
from targets.services import blocks, negotiation, plans, splits
from targets.services.metrics import add_builtin_metrics
from tests.signing_in import BACKEND

YUAN = 100
NEXT = date.today().year + 1  # noqa: DTZ011 - any year in which the cast is still there
YEAR = Period(date(NEXT, 1, 1), date(NEXT + 1, 1, 1))
REASON = "Two of my shops close in spring"


@pytest.fixture
def world(cast):
    """Next year's revenue, proposed to everybody: 300,000 each to Asha and Ada."""
    User.objects.update(language="en")
    today = timezone.localdate()
    with company_scope(cast.lantern):
        add_builtin_metrics()
        plan = plans.start_plan(metric=Metric.objects.get(code="revenue"), year=YEAR, rounding_unit=YUAN, by=cast.amir.user)
        splits.set_year(plan=plan, tiers=1_200_000 * YUAN, method="EQUAL", on=today, by=cast.amir.user)
        splits.split_down(plan=plan, unit=cast.root, method="EQUAL", whole_subtree=True, on=today, by=cast.amir.user)
        due = today + timedelta(days=7)
        negotiation.propose(plan=plan, unit=cast.root, answer_by=due, now=timezone.now(), today=today, by=cast.amir.user)
        cast.plan, cast.due = plan, due
        yield cast


@pytest.fixture
def sign_in(client):
    def as_member(member):
        client.force_login(member.user, backend=BACKEND)
        return client

    return as_member


def round_of(world, member):
    return NegotiationRound.objects.live().get(person=member.person)


def url(found, verb=""):
    return f"/lantern/targets/talks/{found.pk}/{verb}"


def counter(world, sign_in, **changes):
    found = round_of(world, world.asha)
    body = {"per": "YEAR", "year": "200,000", "reason": REASON} | changes
    return sign_in(world.asha).post(url(found, "counter/"), body)


class TestThePerson:
    def test_is_told_on_the_first_page_and_answers_there(self, world, sign_in):
        home = sign_in(world.asha).get("/lantern/")
        assert [asked.round for asked in home.context["asked"]] == [round_of(world, world.asha)]
        page = sign_in(world.asha).get(url(round_of(world, world.asha)))
        assert page.context["accept"] and page.context["counter"] and not page.context["answer"]
        assert "Asha" in page.context["wording"] and "300,000" in page.context["wording"]

    def test_signs_and_gets_the_pledge(self, world, sign_in):
        found = round_of(world, world.asha)
        answer = sign_in(world.asha).post(url(found, "accept/"), {"signed_name": "Asha", "agree": "on"})
        pledge = Pledge.objects.get(round=found)
        assert answer.url == f"/lantern/targets/pledges/{pledge.pk}/"
        page = sign_in(world.asha).get(answer.url)
        assert page.context["is_valid"] and "300,000.00" in pledge.wording

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"signed_name": "Ada", "agree": "on"}, "signed_name"),
            ({"signed_name": "", "agree": "on"}, "signed_name"),
            ({"signed_name": "Asha"}, "agree"),
        ],
    )
    def test_is_told_at_the_field_what_is_missing_for_a_signature(self, world, sign_in, body, field):
        page = sign_in(world.asha).post(url(round_of(world, world.asha), "accept/"), body)
        assert (page.status_code, list(page.context["accept"].errors)) == (422, [field])
        assert not Pledge.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"year": "NaN"}, "year"),
            ({"year": "-5"}, "year"),
            ({"year": ""}, "year"),
            ({"year": "0"}, "year"),
            ({"year": "300000"}, "year"),
            ({"reason": "no"}, "reason"),
            ({"per": "QUARTERS", "q1": "1", "q2": "x", "q3": "1", "q4": "1"}, "q2"),
            ({"per": "DAY"}, "per"),
        ],
    )
    def test_is_told_at_the_field_what_is_wrong_with_a_counter(self, world, sign_in, changes, field):
        page = counter(world, sign_in, **changes)
        assert (page.status_code, list(page.context["counter"].errors)) == (422, [field])
        assert round_of(world, world.asha).status == "PROPOSED"

    def test_is_told_above_the_page_when_the_numbers_have_changed(self, world, sign_in):
        key = next(iter(round_of(world, world.asha).figures))
        month = Period(date(NEXT, 1, 1), date(NEXT, 2, 1))
        splits.set_cell(plan=world.plan, key=key, period=month, tier="commit", amount=100, by=world.amir.user)
        page = sign_in(world.asha).post(url(round_of(world, world.asha), "accept/"), {"signed_name": "Asha", "agree": "on"})
        assert page.status_code == 422
        assert "numbers have changed" in page.context["refusals"][0]


class TestTheManager:
    def test_sees_who_waits_and_what_adds_up_from_below(self, world, sign_in):
        counter(world, sign_in)
        page = sign_in(world.bela).get(f"/lantern/targets/{world.plan.pk}/talks/")
        assert [row["talk"].state for row in page.context["rows"]] == ["COUNTERED", "PROPOSED"]
        assert page.context["rows"][0]["reason"] == REASON and page.context["rows"][0]["form"]
        assert page.context["tally"].difference == -100_000 * YUAN
        assert sign_in(world.bela).get("/lantern/").context["talks"][0].countered == 1

    def test_is_told_when_locked_months_leave_no_room_to_adopt(self, world, sign_in):
        counter(world, sign_in)
        found = round_of(world, world.asha)
        key, year = person_key(world.asha.person.pk, found.unit_id), year_of(world.plan)
        blocks.set_locks(plan=world.plan, cells={key: [year]}, is_locked=True, by=world.amir.user)
        answer = sign_in(world.bela).post(url(found, "answer/"), {"verb": "ADOPT", "answer_by": world.due.isoformat()})
        assert answer.status_code == 422
        assert "Closed and locked months" in answer.context["answer"].non_field_errors()[0]

    def test_adopts_in_place_and_is_told_what_is_missing(self, world, sign_in):
        counter(world, sign_in)
        body = {"verb": "ADOPT", "answer_by": world.due.isoformat(), "from": "talks"}
        answer = sign_in(world.bela).post(url(round_of(world, world.asha), "answer/"), body, follow=True)
        told = [str(message) for message in answer.context["messages"]][-1]
        assert "200,000.00" in told and "100,000.00 missing" in told
        assert round_of(world, world.asha).number == 2
        history = sign_in(world.amir).get(f"/lantern/targets/{world.plan.pk}/history/")
        assert "Asha · Counter adopted: ¥300,000.00 → ¥200,000.00" in [event["text"] for event in history.context["events"]]

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"verb": "OFFER", "amount": "", "answer_by": "2100-01-01"}, "amount"),
            ({"verb": "OFFER", "amount": "9", "answer_by": "2100-01-01"}, "answer_by"),
            ({"verb": "OFFER", "amount": "9"}, "answer_by"),
            ({"verb": "HOLD", "reason": "no"}, "reason"),
            ({"verb": "SHOUT"}, "verb"),
        ],
    )
    def test_is_told_at_the_field_what_is_wrong_with_an_answer(self, world, sign_in, body, field):
        counter(world, sign_in)
        page = sign_in(world.bela).post(url(round_of(world, world.asha), "answer/"), body)
        assert (page.status_code, list(page.context["answer"].errors)) == (422, [field])
        assert round_of(world, world.asha).status == "COUNTERED"

    def test_who_has_not_accepted_is_said_before_publishing(self, world, sign_in):
        where = f"/lantern/targets/{world.plan.pk}/publish/"

        def listed(query=""):
            page = sign_in(world.amir).get(f"{where}{query}")
            return {unit.name: [node.name for node in people] for unit, people in page.context["not_accepted"]}

        assert listed() == {"Team One": ["Ada", "Asha"], "Team Two": ["Ben"]}
        assert listed("?find=ash") == {"Team One": ["Asha"]}
        assert listed("?find=team two") == {"Team Two": ["Ben"]}
        page = sign_in(world.amir).get(f"{where}?find=%00<nobody>")
        assert page.status_code == 200
        assert page.context["not_accepted_count"] == 3

    def test_hr_reads_and_does_not_talk(self, world, sign_in):
        page = sign_in(world.hana).get(f"/lantern/targets/{world.plan.pk}/talks/")
        assert not page.context["may_talk"]
        assert not sign_in(world.hana).get(url(round_of(world, world.asha))).context["answer"]
