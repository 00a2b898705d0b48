"""The wall of honours: awards, victory reports and praise in one order, ready for pages, pictures and certificates."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import CharField, F, Q, Value
from django.utils.translation import gettext as _

from common.period_names import name_of
from common.periods import Period
from incentives.models import Award, Praise, VictoryReport
from incentives.rules.honours import ICONS

AWARD, VICTORY, PRAISE = "award", "victory", "praise"


@dataclass(frozen=True)
class Honour:
    """One honour: whose, for what, when; `url` is its own page, "" for praise. `amount` (minor units) may be shown."""

    kind: str
    pk: int
    icon: str
    title: str
    who: str
    text: str
    on: date
    by: str = ""
    amount: int | None = None
    attainment: Decimal | None = None
    person_id: int | None = None


def wall(*, period=None, person=None, kind=""):
    """
    Return (kind, id, day) of all honours that stand, newest first, as a queryset that can be counted and sliced.

    :param period: only those of these days.
    :param person: only this person's own.
    :param kind: only AWARD, VICTORY or PRAISE.
    """
    sources = {
        AWARD: (Award.objects.standing(), "decided_on", Q(person=person)),
        VICTORY: (VictoryReport.objects.standing(), "happened_on", Q(person=person)),
        PRAISE: (Praise.objects.all(), "given_on", Q(to=person)),
    }
    parts = []
    for name, (rows, day, own) in sources.items():
        if kind and kind != name:
            continue
        if period is not None:
            rows = rows.filter(**{f"{day}__gte": period.starts_on, f"{day}__lt": period.ends_before})
        if person is not None:
            rows = rows.filter(own)
        told = rows.order_by().annotate(what=Value(name, CharField()), key=F("pk"), on=F(day))
        parts.append(told.values_list("what", "key", "on"))
    first, *others = parts
    return first.union(*others, all=True).order_by("-on", "what", "-key") if others else first.order_by("-on", "-key")


def honours(rows, *, first_month, shows_amounts):
    """Return the honours of (kind, id, day) rows in their order; three queries at most, whatever their number."""
    ids = {kind: [pk for what, pk, _on in rows if what == kind] for kind in (AWARD, VICTORY, PRAISE)}
    found = {}
    if ids[AWARD]:
        awards = Award.objects.filter(pk__in=ids[AWARD]).select_related("person", "unit", "among", "decided_by")
        found |= {(AWARD, award.pk): told_award(award, first_month=first_month) for award in awards}
    if ids[VICTORY]:
        for report in VictoryReport.objects.filter(pk__in=ids[VICTORY]).select_related("person", "unit", "metric"):
            found[VICTORY, report.pk] = told_victory(report, first_month=first_month, shows_amounts=shows_amounts)
    if ids[PRAISE]:
        for given in Praise.objects.filter(pk__in=ids[PRAISE]).select_related("to", "by"):
            found[PRAISE, given.pk] = _told_praise(given)
    return [found[what, pk] for what, pk, _on in rows if (what, pk) in found]


def told_award(award, *, first_month):
    """Return an award as the wall shows it."""
    period = name_of(Period(award.starts_on, award.ends_before), first_month)
    among = f" · {award.among}" if award.among_id else ""
    return Honour(
        AWARD,
        award.pk,
        ICONS[award.kind],
        f"{award.get_kind_display()} · {period}{among}",
        str(award.winner),
        award.reason,
        award.decided_on,
        by=str(award.decided_by) if award.decided_by else "",
        person_id=award.person_id,
    )


def told_victory(report, *, first_month, shows_amounts):
    """Return a victory report as the wall shows it; the amount only where the company shows it."""
    return Honour(
        VICTORY,
        report.pk,
        "speakerphone" if report.deal_id else "target-arrow",
        _("Large deal won") if report.deal_id else _("Target reached"),
        str(report.winner),
        victory_words(report, first_month=first_month),
        report.happened_on,
        amount=report.amount if shows_amounts else None,
        attainment=None if report.deal_id else Decimal(100 * report.amount) / report.limit,
        person_id=report.person_id,
    )


def victory_words(report, *, first_month):
    """Say what was reached, without an amount."""
    if report.deal_id:
        return _("Another large deal is in. Congratulations!")
    period = name_of(Period(report.starts_on, report.ends_before), first_month)
    return _("%(metric)s target of %(period)s reached") % {"metric": report.metric.label, "period": period}


def _told_praise(given):
    return Honour(
        PRAISE,
        given.pk,
        "confetti",
        _("Praise"),
        given.to.name,
        given.text,
        given.given_on,
        given.by.name,
        person_id=given.to_id,
    )


def people_honoured():
    """Return (id, name) of everybody with an honour on the wall, by name."""
    own = [
        Award.objects.standing().filter(person__isnull=False).values_list("person_id", "person__name"),
        VictoryReport.objects.standing().filter(person__isnull=False).values_list("person_id", "person__name"),
        Praise.objects.values_list("to_id", "to__name"),
    ]
    return sorted({pair for rows in own for pair in rows.order_by().distinct()}, key=lambda pair: (pair[1], pair[0]))


def first_honoured_on():
    """Return the day of the oldest honour, None while there is none."""
    oldest = [
        Award.objects.standing().order_by("decided_on").values_list("decided_on", flat=True).first(),
        VictoryReport.objects.standing().order_by("happened_on").values_list("happened_on", flat=True).first(),
        Praise.objects.order_by("given_on").values_list("given_on", flat=True).first(),
    ]
    return min((day for day in oldest if day), default=None)
