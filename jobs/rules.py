"""When a scheduled job is due: plain values, the company's local time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

#: A job whose worker died so often is given up: it may be what kills the worker.
MOST_ATTEMPTS = 5


@dataclass(frozen=True)
class Daily:
    """Once on each local day, from a time on."""

    at: time

    def last_slot(self, local_now: datetime) -> date:
        """Return the day of the latest run that is due by now."""
        return local_now.date() - timedelta(days=local_now.time() < self.at)

    def next_run(self, local_now: datetime) -> datetime:
        """Return the local time of the next run after now."""
        return datetime.combine(self.last_slot(local_now) + timedelta(days=1), self.at, local_now.tzinfo)


@dataclass(frozen=True)
class Weekly:
    """Once in each week, from a time on one weekday (1 is Monday) on."""

    weekday: int
    at: time

    def last_slot(self, local_now: datetime) -> date:
        """Return the day of the latest run that is due by now."""
        since = (local_now.isoweekday() - self.weekday) % 7
        if since == 0 and local_now.time() < self.at:
            since = 7
        return local_now.date() - timedelta(days=since)

    def next_run(self, local_now: datetime) -> datetime:
        """Return the local time of the next run after now."""
        return datetime.combine(self.last_slot(local_now) + timedelta(days=7), self.at, local_now.tzinfo)
