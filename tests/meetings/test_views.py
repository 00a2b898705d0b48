"""A review run on its page: by whom it may be, and with nothing lost when somebody closes the minutes meanwhile."""

from datetime import UTC, date, datetime

import pytest

from common.tenancy import company_scope
from meetings import services
from meetings.models import AgendaItem, Decision, Meeting

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)


@pytest.fixture
def review(cast):
    """The review of team One, which Bela leads, with a point of her own."""
    by = cast.bela.user
    with company_scope(cast.lantern):
        meeting = services.call_meeting(unit=cast.one, week_starts_on=date(2026, 11, 16), starts_at=NOW, by=by)
        services.add_point(meeting=meeting, title="Fair", by=by)
        meeting.item = AgendaItem.objects.get(kind="OTHER")
    meeting.path = f"/lantern/meetings/{meeting.pk}/"
    return meeting


@pytest.fixture
def closed(cast, review):
    with company_scope(cast.lantern):
        services.close_minutes(meeting=review, now=NOW, by=cast.bela.user)
    return review


def kept(cast, meeting):
    with company_scope(cast.lantern):
        found = Meeting.objects.get(pk=meeting.pk)
        return found.status, found.minutes, Decision.objects.count(), AgendaItem.objects.filter(meeting=meeting).count()


class TestMinutesClosedMeanwhile:
    @pytest.mark.parametrize(
        ("door", "sent"),
        [
            ("decisions/", {"text": "Call Acorn first", "client_ref": "6f2b1f5e-0000-4000-8000-000000000001"}),
            ("points/", {"title": "Call Acorn first"}),
            ("points/{item}/note/", {"notes": "Call Acorn first"}),
            ("minutes/", {"minutes": "Call Acorn first", "close": "1"}),
        ],
    )
    def test_shows_what_was_written_and_keeps_none_of_it(self, cast, closed, enter, door, sent):
        before = kept(cast, closed)
        answer = enter(cast.bela).post(closed.path + door.format(item=closed.item.pk), sent)
        assert answer.status_code == 409
        assert "Call Acorn first</textarea>" in answer.content.decode()
        assert kept(cast, closed) == before

    @pytest.mark.parametrize("door", ["rewrite/", "points/{item}/remove/"])
    def test_says_so_where_nothing_was_written(self, cast, closed, enter, door):
        before = kept(cast, closed)
        answer = enter(cast.bela).post(closed.path + door.format(item=closed.item.pk), follow=True)
        assert "The minutes of this meeting are closed." in answer.content.decode()
        assert kept(cast, closed) == before

    def test_a_note_kept_by_itself_is_told_beside_its_field(self, cast, closed, enter):
        address = f"{closed.path}points/{closed.item.pk}/note/"
        answer = enter(cast.bela).post(address, {"notes": "Ask Ada"}, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        assert "Not saved. The minutes of this meeting are closed." in answer.content.decode()
        assert "<html" not in answer.content.decode()

    def test_a_note_that_is_too_long_is_told_beside_its_field(self, cast, review, enter):
        address = f"{review.path}points/{review.item.pk}/note/"
        answer = enter(cast.bela).post(address, {"notes": "x" * 5001}, headers={"HX-Request": "true"})
        assert answer.status_code == 422
        assert "5000" in answer.content.decode()
        assert "<html" not in answer.content.decode()


class TestReopen:
    def test_is_refused_to_whoever_does_not_lead_the_unit(self, cast, closed, enter):
        before = kept(cast, closed)
        for who, status in ((cast.asha, 403), (cast.hana, 403)):
            assert enter(who).post(f"{closed.path}reopen/").status_code == status
        assert kept(cast, closed) == before

    def test_opens_closed_minutes_and_leaves_open_ones_as_they_are(self, cast, review, enter):
        client = enter(cast.bela)
        assert client.post(f"{review.path}reopen/").status_code == 302
        assert kept(cast, review)[0] == Meeting.Status.PLANNED
        with company_scope(cast.lantern):
            services.close_minutes(meeting=review, now=NOW, by=cast.bela.user)
        client.post(f"{review.path}reopen/")
        assert kept(cast, review)[0] == Meeting.Status.RUNNING
