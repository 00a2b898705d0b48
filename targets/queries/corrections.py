"""What became known of a published week since: whose place or figure would be another, and what was entered."""

from dataclasses import dataclass

from django.db.models import Sum, Window

from common.periods import iso_week_of
from credits.models import Credit
from targets.models import Ranking
from targets.queries.attainment import value_of
from teams.models import Person, Unit

Subject = Ranking.Subject


@dataclass(frozen=True, slots=True)
class CorrectedLine:
    """Somebody whose place or figure in a published ranking is another by what is known now; None for no place."""

    subject_id: int
    name: str
    was: int | None
    would_be: int | None
    value_was: object
    value_is: object

    @property
    def is_figure(self):
        """Whether the own figure changed; else it is the others who moved."""
        return self.value_was != self.value_is


def correction_of(ranking, *, metric):
    """Return (when it was found, its lines) of the latest correction of a published ranking; (None, []) if it still holds."""
    correction = ranking and ranking.corrections.first()
    if not correction or not correction.lines:
        return None, []
    about = Person if ranking.subject == Subject.PERSON else Unit
    key = "person" if ranking.subject == Subject.PERSON else "unit"
    names = dict(about.objects.filter(pk__in=[line[key] for line in correction.lines]).values_list("pk", "name"))

    def value(figures):
        return None if figures[1] is None else value_of(metric.kind, figures[1], figures[2])

    return correction.found_at, [
        CorrectedLine(line[key], names.get(line[key], ""), line["was"][0], line["is"][0], value(line["was"]), value(line["is"]))
        for line in correction.lines
    ]


def entered_since(ranking, *, metric):
    """
    Return the credits of a metric that arrived after a ranking was published, for days that it is about; latest first.

    What adds up to nothing there is left out, as of a deal that only moved to another day of the same span.
    """
    fact = ["source", "source_id", "person_id", "unit_id", "measure", "is_overlay"]
    credits = Credit.objects.filter(
        recorded_at__gte=ranking.published_at,
        day__gte=ranking.starts_on,
        day__lt=iso_week_of(ranking.week_starts_on).ends_before,
        measure__in=metric.measures,
    )
    return credits.annotate(of_fact=Window(Sum("amount"), partition_by=fact)).exclude(of_fact=0).order_by("-recorded_at", "-pk")
