"""How the demo company honours: awards with their nominations, and the reports of large deals and targets reached."""

import random
from datetime import timedelta

from accounts.models import User
from common.money import to_minor
from common.periods import PeriodKind, month_of, period_of, previous
from deals.models import Deal
from demo import names
from incentives.queries.awards import proposal
from incentives.rules.honours import AwardKind
from incentives.services import honours, victories
from teams.models import Person, Unit

#: A deal of this amount is worth a report: about every second week of a team's work.
DEAL_LIMIT = 60_000
DAYS_TOLD = 60
MONTHS_AWARDED = 3


def honour(*, company, until):
    """Tell what was won lately, nominate in both quarters, and give the awards of the last months."""
    by = User.objects.filter(email=f"hr@{company.slug}.example").first()
    honours.change_settings(deal_limit=to_minor(DEAL_LIMIT), by=by)
    _tell_of_deals(until)
    for day in (month_of(until).starts_on, until):
        victories.follow_targets(on=day, first_month=company.fiscal_year_starts_in)
    chance = random.Random(f"{company.slug}-honours")
    quarter = period_of(until, PeriodKind.QUARTER, company.fiscal_year_starts_in)
    last = previous(quarter, PeriodKind.QUARTER)
    present = list(Person.objects.employed_on(until).filter(hired_on__lt=last.starts_on).order_by("employee_number"))
    for each, day in ((last, last.last_day - timedelta(days=6)), (quarter, until)):
        _nominate(chance, each, present, on=day, first_month=company.fiscal_year_starts_in)
    _award(until, last, by=by)


def _tell_of_deals(until):
    """Follow the days one by one, so that each large deal was news on its own."""
    ids = {}
    since = until - timedelta(days=DAYS_TOLD)
    won = Deal.objects.filter(status=Deal.Status.WON, closed_on__range=(since, until), amount__gte=DEAL_LIMIT)
    for deal_id, day in won.order_by("closed_on", "pk").values_list("pk", "closed_on"):
        ids.setdefault(day, []).append(deal_id)
    for day, deal_ids in ids.items():
        victories.follow_deals(deal_ids, on=day)


def _nominate(chance, quarter, present, *, on, first_month):
    for kind, reasons in ((AwardKind.SERVICE, names.SERVICE_REASONS), (AwardKind.INNOVATION, names.INNOVATION_REASONS)):
        favourite, *others = chance.sample(present, 5)
        for nominator, reason in zip(others, reasons, strict=False):
            honours.nominate(
                kind=kind,
                quarter=quarter,
                person=favourite if nominator != others[-1] else others[0],
                nominator=nominator,
                reason=reason,
                on=on,
                first_month=first_month,
                by=None,
            )


def _award(until, quarter, *, by):
    periods, month = [], month_of(until)
    for _back in range(MONTHS_AWARDED):
        month = previous(month, PeriodKind.MONTH)
        periods.append((AwardKind.BEST_SELLER, month, 800))
    periods += [(kind, quarter, prize) for kind, prize in ((AwardKind.BEST_TEAM, 3000), (AwardKind.SERVICE, 500))]
    for kind, period, prize in periods:
        found = proposal(kind=kind, period=period, among=None, on=until)
        if not found.candidates:
            continue
        first = found.candidates[0]
        rows = Person.objects if first.key[0] == "p" else Unit.objects
        honours.give_award(
            kind=kind,
            period=period,
            winner=rows.get(pk=int(first.key[1:])),
            reason=first.reasons[0][1] if first.reasons else names.AWARD_REASONS[kind],
            on=min(period.ends_before + timedelta(days=3), until),
            metric=found.metric,
            value=first.numerator,
            prize=prize,
            by=by,
        )
