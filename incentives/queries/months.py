"""A month of pay as lists and pages show it: its rows, the one before, and who has no statement, with the reason."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.utils.translation import pgettext

from common.period_names import name_of
from common.periods import PeriodKind, add_months, month_of, previous
from incentives.models import PayTerms, Statement
from incentives.queries import statements as queries
from incentives.queries.base_pays import without_base_pay
from incentives.rules.statements import change_percent
from incentives.rules.terms import Status
from teams.queries import people_in_sight

#: A change against the month before of so many per cent stands out.
STANDS_OUT = 30


@dataclass(frozen=True)
class Month:
    """A month of pay in sight: its sums, the sums of the month before, and what waits."""

    period: object
    name: str
    sums: queries.MonthSum
    before: queries.MonthSum
    before_name: str

    @property
    def change(self):
        """By how much the total differs from that of the month before, in minor units; None without one."""
        return self.sums.total - self.before.total if self.before.count else None

    @property
    def change_percent(self):
        return change_percent(self.sums.total, self.before.total) if self.before.count else None

    @property
    def parts(self):
        """What the progress bar shows: (state, how many, per cent of all)."""
        count = self.sums.count or 1
        steps = ("published", "checked", "approved", "draft")
        return [(step.upper(), n, n * 100 / count) for step in steps if (n := getattr(self.sums, step))]


def month_in_sight(sight, period):
    """Return a month of what a member reviews."""
    before = previous(period, PeriodKind.MONTH)
    rows = queries.statements_led(sight)
    return Month(
        period,
        name_of(period),
        queries.sum_of(rows.filter(starts_on=period.starts_on)),
        queries.sum_of(rows.filter(starts_on=before.starts_on)),
        name_of(before),
    )


def rows_of(sight, period):
    """Return the statements of a month that a member reviews, with what a list shows beside them."""
    rows = queries.with_marks(queries.statements_led(sight).filter(starts_on=period.starts_on))
    return rows.annotate(change=F("total") - F("before")).select_related("person", "unit")


def without_statement(sight, period, *, on):
    """Return the people of a month in sight who have no statement of it, by name."""
    have = Statement.objects.filter(starts_on=period.starts_on).values("person")
    people = people_in_sight(sight).exclude(pk__in=have).exclude(pk=sight.person_id or 0)
    there = people.filter(hired_on__lt=period.ends_before).exclude(left_on__lte=period.starts_on)
    return list(there.order_by("name", "pk").values_list("pk", "name"))


def without_base_pay_in_sight(sight, period, *, company):
    """Return (id, name) of the people in sight whose bonus is a share of a base pay that is not on record, by name."""
    lacking = without_base_pay(month=period, company=company)
    people = people_in_sight(sight).filter(pk__in=lacking) if lacking else []
    return people and list(people.order_by("name", "pk").values_list("pk", "name"))


def waiting_for(sight, period):
    """Return (who leads, how many drafts of a month wait for them), the most first; drafts that only HR can approve are left out."""
    drafts = queries.statements_led(sight).filter(starts_on=period.starts_on, status=Status.DRAFT)
    places = list(drafts.values_list("person_id", "unit_id"))
    if not places:
        return []
    reviewers = queries.Reviewers(period.ends_before)
    named = [reviewers.of(person_id=person_id, unit_id=unit_id) for person_id, unit_id in places]
    return Counter(pgettext("between names", ", ").join(names) for names in named if names).most_common()


def listed(rows):
    """Return what a narrowed list holds in each state: {status: (how many, minor units)}."""
    sums = rows.order_by().values("status").annotate(count=Count("pk"), sum=Sum("total"))
    return {row["status"]: (row["count"], row["sum"]) for row in sums}


def last_month(sight, *, today):
    """Return the month that a page begins with: the latest with statements in sight, else the one that is over."""
    latest = queries.statements_led(sight).order_by("-starts_on").values_list("starts_on", flat=True).first()
    return month_of(latest) if latest else previous(month_of(today), PeriodKind.MONTH)


def months_around(day, *, count):
    """Return (ISO first day, name) of the months round a day, so many before and after it, the latest first."""
    first = month_of(day).starts_on
    starts = [add_months(first, offset) for offset in range(count, -count - 1, -1)]
    return [(start.isoformat(), name_of(month_of(start))) for start in starts]


def terms_of(people, *, on):
    """Annotate people with the terms of pay that hold for them on a day: from when, base pay, minimum wage."""
    rows = PayTerms.objects.filter(person=OuterRef("pk"), starts_on__lte=on).order_by("-starts_on", "-pk")
    return people.annotate(
        terms_from=Subquery(rows.values("starts_on")[:1]),
        base_pay=Subquery(rows.values("base_pay")[:1]),
        minimum_wage=Subquery(rows.values("minimum_wage")[:1]),
    )
