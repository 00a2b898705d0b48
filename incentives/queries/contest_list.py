"""The list of contests: what runs, what comes, what is over."""

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from incentives.models import Contest

Status = Contest.Status
#: The tabs of the list by their key.
TABS = {
    "running": pgettext_lazy("contests", "Running"),
    "coming": pgettext_lazy("contests", "Coming"),
    "over": pgettext_lazy("contests", "Over"),
    "drafts": _("Drafts"),
}


def _conditions(on):
    announced = Q(status=Status.ANNOUNCED)
    return {
        # What is being counted is looked at as before.
        "running": announced & Q(starts_on__lte=on),
        "coming": announced & Q(starts_on__gt=on),
        "over": Q(status__in=[Status.FROZEN, Status.DECIDED, Status.WITHDRAWN]),
        "drafts": Q(status=Status.DRAFT),
    }


def in_tab(contests, tab, *, on):
    """Narrow contests to a tab: what ends first comes first; of what is over the latest."""
    order = ("-ends_before", "-pk") if tab == "over" else ("ends_before", "pk")
    return contests.filter(_conditions(on)[tab]).order_by(*order).prefetch_related("prizes", "scopes__unit", "scopes__person")


def tab_counts(contests, *, on):
    """Return how many contests each tab has; one query."""
    conditions = _conditions(on)
    return contests.order_by().aggregate(**{tab: Count("pk", filter=conditions[tab]) for tab in TABS})
