"""In which territory an order lies: of its customer, else where its owner belonged when it began."""

from teams.models import Assignment


def stamp_territories(deals):
    """
    Give new deals that have none their territory: the customer's, else the unit of the owner on the day the deal began.

    From then on it stays, whoever moves or takes over; one query at most.
    """
    bare = []
    for deal in deals:
        if deal.territory_id is None and deal.customer is not None:
            deal.territory_id = deal.customer.territory_id
        if deal.territory_id is None and deal.owner_id is not None:
            bare.append(deal)
    if not bare:
        return
    stations = {}
    rows = Assignment.objects.filter(person_id__in={deal.owner_id for deal in bare})
    for person_id, unit_id, starts_on, ends_before in rows.values_list("person_id", "unit_id", "starts_on", "ends_before"):
        stations.setdefault(person_id, []).append((starts_on, ends_before, unit_id))
    for deal in bare:
        day = deal.opened_on or deal.closed_on
        for starts_on, ends_before, unit_id in stations.get(deal.owner_id, ()) if day else ():
            if starts_on <= day and (ends_before is None or day < ends_before):
                deal.territory_id = unit_id
