"""What honours rest on: over which period an award is given, whose a victory is, and whether it still stands."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.money import apportion
from common.periods import PeriodKind

#: A victory is told while it is news: what was won longer ago, as an imported history, makes no report.
NEWS_DAYS = 7


class AwardKind(TextChoices):
    """What people are honoured for."""

    BEST_SELLER = "SELLER", _("Best seller of the month")
    BEST_TEAM = "TEAM", _("Team of the quarter")
    SERVICE = "SERVICE", _("Service prize")
    INNOVATION = "INNOVATION", _("Innovation prize")
    SPECIAL = "SPECIAL", _("Special honour")


#: Proposed from the figures; for the others people are nominated.
PROPOSED_KINDS = (AwardKind.BEST_SELLER, AwardKind.BEST_TEAM)
NOMINATED_KINDS = (AwardKind.SERVICE, AwardKind.INNOVATION, AwardKind.SPECIAL)
ICONS = {
    AwardKind.BEST_SELLER: "crown",
    AwardKind.BEST_TEAM: "trophy",
    AwardKind.SERVICE: "heart-handshake",
    AwardKind.INNOVATION: "bulb",
    AwardKind.SPECIAL: "medal",
}


class Withdrawal(TextChoices):
    """Why a victory report is off the wall."""

    NOT_WON = "NOT_WON", _("the deal is no longer won")
    RETURNED = "RETURNED", _("what was returned brings it below the limit")
    BELOW = "BELOW", _("the target is no longer reached")


def period_kind(kind) -> PeriodKind:
    """Return over what an award is given: a month for the best seller, a quarter for all others."""
    return PeriodKind.MONTH if kind == AwardKind.BEST_SELLER else PeriodKind.QUARTER


def news_since(on):
    """Return the first day on which a deal that is told of may have been won."""
    return on - timedelta(days=NEWS_DAYS - 1)


def lead_of(owner_id, shares):
    """
    Return whose victory a deal is: who has the largest share, the earlier of equals; without shares the owner.

    :param shares: (person id, percent) of the shares that add to 100, in the order in which they were given.
    """
    return max(shares, key=lambda share: share[1])[0] if shares else owner_id


def why_withdrawn(*, is_won, amount, returned, limit):
    """
    Return why the report of a deal no longer stands, "" while it does.

    :param limit: what the deal had to reach when the report was made; all in minor units.
    """
    if not is_won:
        return Withdrawal.NOT_WON
    return Withdrawal.RETURNED if returned and amount - returned < limit else ""


def prize_shares(prize, people):
    """
    Return how a prize is shared among a team: equally, to the cent, the earlier in the order take what is left over.

    :param prize: minor units; :param people: ids in their order. Shares of nothing are left out.
    """
    if not prize or not people:
        return {}
    return {person: part for person, part in zip(people, apportion(prize, [1] * len(people)), strict=True) if part}
