"""What visits tell on a customer's page."""

from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.timeline import Event, Told, tells_of_customers
from visits.models import Visit, VisitPlan
from visits.queries import visits_in_sight

_ICONS = {Visit.Kind.PHONE: "phone", Visit.Kind.JOINT: "users", Visit.Kind.COLLECTION: "cash", Visit.Kind.AFTER_SALE: "tool"}


@tells_of_customers
def tell_visits(*, customer, sight, today, limit):
    """Tell the latest visits by anybody, and when the next one is planned; visits out of sight are told without a link."""
    visits = list(Visit.objects.filter(customer=customer).select_related("person")[:limit])
    seen = set(visits_in_sight(sight).filter(pk__in=[visit.pk for visit in visits]).values_list("pk", flat=True))
    plan = VisitPlan.objects.filter(customer=customer, visit=None, planned_on__gte=today).order_by("planned_on").first()
    facts = [(_("Next planned visit"), plan.planned_on, "DAY", "")] if plan else []
    return Told([_event(visit, visit.pk in seen) for visit in visits], facts)


def _event(visit, is_seen):
    text = visit.outcome
    if visit.next_step:
        text = f"{text}\n{_('Next step')}: {visit.next_step}".strip()
    title = visit.get_kind_display()
    if not visit.is_valid:
        title = _("%(kind)s – not counted: %(reason)s") % {"kind": title, "reason": visit.get_invalid_reason_display()}
    at = visit.checked_in_at or timezone.make_aware(datetime.combine(visit.visited_on, time(12)))
    return Event(
        at=at,
        title=title,
        text=text,
        by=visit.person.name,
        icon=_ICONS.get(visit.kind, "map-pin"),
        tone="accent" if visit.is_valid else "",
        url=reverse("visits:visit", args=[visit.pk]) if is_seen else "",
        is_day=visit.checked_in_at is None,
    )
