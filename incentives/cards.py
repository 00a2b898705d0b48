"""What incentives put on a person's page: their honours."""

from incentives.queries.awards import honour_settings
from incentives.queries.honours import honours, wall
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
