"""
One way to look at the ledger differently: as of a day, as known on another, by territory, by product line or channel.

Every figure takes a lens. `PLAIN` is what everybody sees without choosing anything.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Exists, F, Q, TextChoices
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from credits.models import Credit, DailyTotal
from credits.rules import Measure
from teams.models import Unit
from teams.queries import below_during

_DAY = timedelta(days=1)
#: How an address writes a moment, in UTC.
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
#: Measures that are posted by product line; all others are of a deal, visit or task as a whole.
BY_LINE = frozenset({Measure.REVENUE, Measure.GROSS_PROFIT, Measure.UNITS_SOLD})


class Basis(TextChoices):
    """Whose a unit's figure is."""

    PERSON = "person", _("By who sold it")
    TERRITORY = "territory", _("By the order’s territory")


@dataclass(frozen=True, slots=True)
class Lens:
    """
    What is looked at.

    :ivar as_of: what counts later than this day is left out.
    :ivar known_at: what was recorded after the end of this day, by the company's clock, is left out.
    :ivar until: what was recorded from this moment on is left out: when a ranking was published, an agenda written.
    :ivar basis: units by the person's unit, or by the order's territory; what has no territory lies where its person belonged.
    :ivar product_line_id: only what was credited for this product line; likewise `channel_id`.
    """

    as_of: date | None = None
    known_at: date | None = None
    basis: str = Basis.PERSON
    product_line_id: int | None = None
    channel_id: int | None = None
    until: datetime | None = None

    @property
    def is_plain(self):
        return self == PLAIN

    @property
    def is_by_territory(self):
        return self.basis == Basis.TERRITORY

    @property
    def is_as_known(self):
        """Whether something that is known now is left out."""
        return self.known_at is not None or self.until is not None

    @property
    def needs_ledger(self):
        """Whether daily totals cannot answer: they do not know since when, for what and where."""
        return bool(self.is_as_known or self.is_by_territory or self.product_line_id or self.channel_id)

    @property
    def has_targets(self):
        """Targets are set for everything together, or for its product lines or its channels; never for both at once."""
        return not (self.product_line_id and self.channel_id)

    @property
    def counts_before(self):
        """The first day that is left out; None if none is."""
        return None if self.as_of is None else self.as_of + _DAY

    @property
    def known_before(self) -> datetime | None:
        """The moment from which on nothing is known: a midnight in the company's time zone, or `until`; None if everything is."""
        midnight = None if self.known_at is None else timezone.make_aware(datetime.combine(self.known_at + _DAY, time.min))
        return min((moment for moment in (midnight, self.until) if moment is not None), default=None)

    @property
    def last_known(self) -> datetime | None:
        """The last moment of which something is known; None if everything is."""
        return self.known_before - timedelta(microseconds=1) if self.is_as_known else None

    def on(self, today):
        """Return the day on which one stands: the earliest of today and the days looked back to."""
        until = self.until and timezone.localdate(self.until)
        return min(day for day in (today, self.as_of, self.known_at, until) if day is not None)

    def carries(self, measures):
        """Return whether all of these measures can be looked at: what belongs to no product line cannot by one."""
        return not self.product_line_id or all(measure in BY_LINE for measure in measures)

    def parameters(self):
        """Return what stands in an address for this lens; nothing for what is plain."""
        given = {
            "as_of": self.as_of and self.as_of.isoformat(),
            "known": self.known_at and self.known_at.isoformat(),
            "basis": self.basis if self.is_by_territory else None,
            "line": self.product_line_id,
            "channel": self.channel_id,
            "until": self.until and self.until.astimezone(UTC).strftime(MOMENT),
        }
        return {name: value for name, value in given.items() if value}


PLAIN = Lens()


def credits_through(lens):
    """Return the credits that a lens lets through, each with `place_id`, the unit that it lies in."""
    place = Coalesce("territory_id", "unit_id") if lens.is_by_territory else F("unit_id")
    credits = Credit.objects.settled().annotate(place_id=place)
    if lens.as_of is not None:
        credits = credits.filter(counts_on__lte=lens.as_of)
    if lens.is_as_known:
        credits = credits.filter(recorded_at__lt=lens.known_before)
    if lens.product_line_id is not None:
        credits = credits.filter(product_line_id=lens.product_line_id)
    if lens.channel_id is not None:
        credits = credits.filter(channel_id=lens.channel_id)
    return credits


def days_through(lens, *, measures, period):
    """
    Return what counts in a period, day by day: rows with `on` (the day), `place_id`, `person_id`, `measure`, `is_overlay`, `amount`.

    Daily totals where they can answer, else the credits.
    """
    if lens.needs_ledger:
        rows = credits_through(lens).counting_in(period).annotate(on=F("counts_on"))
    else:
        rows = DailyTotal.objects.filter(day__gte=period.starts_on, day__lt=period.ends_before)
        rows = rows.annotate(on=F("day"), place_id=F("unit_id"))
        if lens.as_of is not None:
            rows = rows.filter(day__lte=lens.as_of)
    return rows.filter(measure__in=list(measures)).order_by()


def lies_in(unit_ids, period, *, lens=PLAIN, day="counts_on"):
    """
    Return the condition that rows with a `place_id` count in a period for any of these units or below, as the tree was on their day.

    The company's own unit, the root, has everything, also what lies in no unit. One query whatever the number of units.

    :param day: the field that is the day on which a row counts.
    """
    found = Q(Exists(Unit.objects.filter(pk__in=unit_ids, parent=None)), place_id=None)
    for part, ids in below_during(unit_ids, period, known_at=lens.last_known):
        found |= Q(**{f"{day}__gte": part.starts_on, f"{day}__lt": part.ends_before}, place_id__in=ids)
    return found
