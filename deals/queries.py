"""Reads about deals: who sees which, and what is still open."""

from django.db.models import Count, Q, Sum

from customers.queries import seen_person_ids
from deals.models import Deal, DealShare


def deals_in_sight(sight):
    """Return the deals that the people a member sees own or share; who sees everybody also sees those without an owner."""
    ids = seen_person_ids(sight)
    if ids is None:
        return Deal.objects.all()
    shared = list(DealShare.objects.filter(person_id__in=ids).values_list("deal_id", flat=True))
    return Deal.objects.filter(Q(owner_id__in=ids) | Q(pk__in=shared))


def open_pipeline(deals):
    """
    Return what is open per stage: dicts of `stage`, `deals` (count) and `amount`, in the order of the stages; all stages.

    :param deals: the deals to look at, e.g. `deals_in_sight(sight)`.
    """
    found = {
        row["stage"]: row for row in deals.open().order_by().values("stage").annotate(deals=Count("pk"), amount=Sum("amount"))
    }
    return [found.get(stage, {"stage": stage, "deals": 0, "amount": 0}) for stage in Deal.Stage.values]
