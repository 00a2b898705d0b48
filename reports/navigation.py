"""Where one can go: the entries of each role, at most seven; the rest is one search away."""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.rules import Permission, Role


@dataclass(frozen=True)
class Place:
    """A page one can go to: its key, label, icon and route, and the right it needs."""

    key: str
    label: str
    icon: str
    route: str
    needs: Permission | None = None
    only: tuple[Role, ...] = ()
    url: str = ""
    active: bool = False


PLACES = {
    place.key: place
    for place in (
        Place("today", _("Today"), "sun", "reports:home", only=(Role.REP,)),
        Place("team", _("Team"), "users-group", "reports:home", only=(Role.MANAGER,)),
        Place("regions", _("Regions"), "map-2", "reports:home", only=(Role.DIRECTOR,)),
        Place("due", _("Due now"), "checklist", "reports:home", only=(Role.HR,)),
        Place("setup", _("Set-up"), "home-cog", "reports:home", only=(Role.ADMIN,)),
        Place("me", _("Me"), "user-circle", "reports:me", only=(Role.REP, Role.MANAGER, Role.DIRECTOR)),
        Place("customers", _("Customers"), "building-store", "customers:list"),
        Place("deals", _("Deals"), "heart-handshake", "deals:list"),
        Place("visits", pgettext_lazy("page", "Visits"), "map-pin", "visits:list"),
        Place("targets", _("Targets"), "target-arrow", "targets:plans"),
        Place(
            "forecast", _("Forecast"), "telescope", "reports:forecast", only=(Role.MANAGER, Role.DIRECTOR, Role.HR, Role.ADMIN)
        ),
        Place("sales", _("Sales analysis"), "chart-bar", "reports:sales"),
        Place("leaderboard", _("Leaderboard"), "trophy", "reports:leaderboard"),
        Place("meetings", _("Meetings"), "calendar-event", "meetings:list"),
        Place("people", _("People"), "users", "teams:people"),
        Place("organisation", _("Organisation"), "sitemap", "teams:organisation"),
        Place("tasks", _("Tasks"), "checkbox", "teams:tasks"),
        Place("calendar", _("Working calendar"), "calendar", "teams:calendar"),
        Place(
            "assessments",
            _("Assessment"),
            "clipboard-check",
            "reports:assessments",
            only=(Role.MANAGER, Role.DIRECTOR, Role.HR, Role.ADMIN),
        ),
        Place("praise", _("Praise"), "confetti", "incentives:praise"),
        Place("products", _("Products"), "package", "deals:products"),
        Place("import", _("Import"), "table-import", "exchange:list", needs=Permission.IMPORT),
        Place("jobs", _("Jobs"), "settings-automation", "jobs:list", needs=Permission.JOBS_RUN),
        Place("closings", _("Closed periods"), "lock", "credits:closings", needs=Permission.PERIODS_CLOSE),
        Place("metrics", _("Metrics"), "ruler-measure", "targets:metrics", needs=Permission.COMPANY_SETTINGS),
        Place("periods", _("Own periods"), "calendar-plus", "targets:periods", needs=Permission.COMPANY_SETTINGS),
        Place("members", _("Members"), "user-shield", "settings:members", needs=Permission.COMPANY_SETTINGS),
        Place("company", _("Company settings"), "settings", "settings:company", needs=Permission.COMPANY_SETTINGS),
        Place("audit", _("Audit trail"), "history", "settings:audit", needs=Permission.AUDIT_READ),
    )
}
#: What the plus offers.
ADDABLE = (
    Place("add-visit", _("Log a visit"), "map-pin-plus", "visits:add", needs=Permission.VISITS_LOG),
    Place("add-deal", _("Log a deal"), "heart-handshake", "deals:add", needs=Permission.DEALS_EDIT),
    Place("add-customer", _("Add a customer"), "building-store", "customers:add", needs=Permission.CUSTOMERS_EDIT),
)
RAIL = {
    Role.REP: ("today", "customers", "deals", "visits", "leaderboard", "meetings", "me"),
    Role.MANAGER: ("team", "targets", "visits", "deals", "leaderboard", "meetings", "people"),
    Role.DIRECTOR: ("regions", "targets", "forecast", "sales", "leaderboard", "meetings", "people"),
    Role.HR: ("due", "people", "assessments", "leaderboard", "organisation", "calendar", "praise"),
    Role.ADMIN: ("setup", "organisation", "metrics", "closings", "import", "jobs", "members"),
}
DOCK = {
    Role.REP: ("today", "customers", "add", "deals", "me"),
    Role.MANAGER: ("team", "deals", "add", "leaderboard", "more"),
    Role.DIRECTOR: ("regions", "forecast", "leaderboard", "people", "more"),
    Role.HR: ("due", "people", "assessments", "leaderboard", "more"),
    Role.ADMIN: ("setup", "organisation", "import", "jobs", "more"),
}
BUTTONS = {
    "add": Place("add", _("Add"), "plus", ""),
    "more": Place("more", _("More"), "dots", ""),
}


def is_open_to(place, membership):
    """Return whether a member may go there."""
    return (not place.only or membership.role in place.only) and (place.needs is None or membership.may(place.needs))


def places_for(membership):
    """Return every place a member may go to, with its address."""
    return _addressed(p for p in (*PLACES.values(), *ADDABLE) if is_open_to(p, membership))


def navigation_for(request):
    """Return what the layout shows: the rail, the phone's dock, and what the plus offers; the current page's entry is active."""
    role = Role(request.membership.role)
    rail, dock = (_addressed(BUTTONS.get(key) or PLACES[key] for key in keys) for keys in (RAIL[role], DOCK[role]))
    return {
        "nav": _marked(rail, request.path),
        "nav_bottom": _marked(dock, request.path),
        "nav_add": _addressed(p for p in ADDABLE if is_open_to(p, request.membership)),
    }


def _addressed(places):
    return [replace(place, url=reverse(place.route) if place.route else "") for place in places]


def _marked(places, path):
    """Mark the place that a page belongs to: the one with the longest address that the page's begins with."""
    home = reverse("reports:home")
    around = [place.url for place in places if place.url and place.url != home and path.startswith(place.url)]
    # Every address begins with the home's; of the pages without a place of their own, only the boards of units are the home's.
    here = max(around, key=len, default=home if path == home or path.startswith(f"{home}units/") else None)
    return [replace(place, active=True) if place.url and place.url == here else place for place in places]
