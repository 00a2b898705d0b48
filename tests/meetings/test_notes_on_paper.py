"""What is noted without loading the page again is also what is printed."""

from datetime import UTC, date, datetime

from common.tenancy import company_scope
from meetings import services
from meetings.models import AgendaItem


def test_a_kept_note_replaces_the_printed_one(cast, client):
    by = cast.bela.user
    now = datetime(2026, 11, 16, 1, tzinfo=UTC)
    with company_scope(cast.lantern):
        meeting = services.call_meeting(unit=cast.one, week_starts_on=date(2026, 11, 16), starts_at=now, by=by)
        services.add_point(meeting=meeting, title="Fair", by=by)
        item = AgendaItem.objects.get(kind="OTHER")
    client.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = f"/lantern/meetings/{meeting.pk}/"
    assert f'id="notes-{item.pk}"' in client.get(page).content.decode()
    answer = client.post(f"{page}points/{item.pk}/note/", {"notes": "Ask Ada"}, headers={"HX-Request": "true"}).content.decode()
    assert f'id="notes-{item.pk}" hx-swap-oob="true"><p>Ask Ada</p></div>' in answer
