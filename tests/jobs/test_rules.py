from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from jobs.rules import Daily, Weekly

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


class TestDaily:
    @pytest.mark.parametrize(
        ("now", "slot"),
        [("2026-03-05T01:59", "2026-03-04"), ("2026-03-05T02:00", "2026-03-05"), ("2026-03-05T23:59", "2026-03-05")],
    )
    def test_is_due_from_its_time_on(self, now, slot):
        assert Daily(time(2)).last_slot(at(now)) == date.fromisoformat(slot)

    def test_comes_again_tomorrow(self):
        assert Daily(time(2)).next_run(at("2026-03-05T02:00")) == at("2026-03-06T02:00")
        assert Daily(time(2)).next_run(at("2026-03-05T01:00")) == at("2026-03-05T02:00")

    def test_has_one_slot_on_days_with_an_hour_too_many_or_too_few(self):
        # Clocks in Berlin leap from 2:00 to 3:00 on 29 March 2026 and go back from 3:00 to 2:00 on 25 October.
        for day in ("2026-03-29", "2026-10-25"):
            instants = [at(f"{day}T01:30", BERLIN), at(f"{day}T02:30", BERLIN), at(f"{day}T02:30", BERLIN).replace(fold=1)]
            slots = {Daily(time(2)).last_slot(instant) for instant in [*instants, at(f"{day}T12:00", BERLIN)]}
            assert len(slots) == 2


class TestWeekly:
    @pytest.mark.parametrize(
        ("now", "slot"),
        [
            ("2026-03-09T05:59", "2026-03-02"),
            ("2026-03-09T06:00", "2026-03-09"),
            ("2026-03-15T23:00", "2026-03-09"),
            ("2026-03-08T23:00", "2026-03-02"),
        ],
    )
    def test_is_due_on_its_weekday_from_its_time_on(self, now, slot):
        assert Weekly(1, time(6)).last_slot(at(now)) == date.fromisoformat(slot)

    def test_comes_again_next_week(self):
        assert Weekly(1, time(6)).next_run(at("2026-03-11T12:00")) == at("2026-03-16T06:00")
