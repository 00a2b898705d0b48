"""What incentives put on the pages of people and deals: honours, cases under rules, and what a deal would pay."""

from deals.cards import Card as DealCard
from deals.models import Deal
from incentives.access.ahead import may_look_ahead
from incentives.queries.awards import honour_settings
from incentives.queries.honours import honours, wall
from incentives.queries.penalties import cases_in_sight
from teams.cards import Card

SHOWN = 6


def honours_card(*, request, person):
    """Return a person's latest honours; nothing for somebody without any."""
    rows = list(wall(person=person)[:SHOWN])
    if not rows:
        return None
    first_month, shows_amounts = request.company.fiscal_year_starts_in, honour_settings().shows_amounts
    found = honours(rows, first_month=first_month, shows_amounts=shows_amounts)
    return Card("incentives/_partials/person_honours.html", {"honours": found, "person": person, "today": request.sight.on})


def ahead_card(*, request, person):
    """Return the way to what somebody would earn; nothing for who does not see their pay."""
    if not may_look_ahead(request, person):
        return None
    return Card("incentives/_partials/person_ahead.html", {"person": person})


def deal_card(*, request, deal):
    """Return the place where an open deal says what it would pay; that is worked out once the page is there."""
    if deal.status != Deal.Status.OPEN:
        return None
    return DealCard("incentives/_partials/deal_card.html", {"deal": deal})


def cases_card(*, request, person):
    """Return a person's latest cases under rules of the team, for who sees them; nothing where there is none."""
    rows = list(cases_in_sight(request.sight).filter(person=person)[:SHOWN])
    return Card("incentives/_partials/person_cases.html", {"cases": rows}) if rows else None
