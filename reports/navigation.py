"""Where one can go: the entries of each role, at most seven; the rest is one search away."""

from dataclasses import dataclass, replace
from functools import lru_cache

from django.urls import get_script_prefix, reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.rules import Permission, Role, may


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
        Place("complaints", _("Complaints"), "message-report", "customers:complaints"),
        Place("surveys", _("Satisfaction"), "mood-smile", "customers:surveys"),
        Place("deals", _("Deals"), "heart-handshake", "deals:list"),
        Place("visits", pgettext_lazy("page", "Visits"), "map-pin", "visits:list"),
        Place("expenses", _("Expenses"), "receipt", "visits:expenses"),
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
        Place(
            "what-if", _("What a deal pays"), "telescope", "incentives:what_if", only=(Role.REP, Role.MANAGER, Role.DIRECTOR)
        ),
        Place("contests", _("Contests"), "flag", "incentives:contests"),
        Place("pay", pgettext_lazy("page", "Pay"), "receipt-2", "incentives:pay"),
        Place("pay_plans", _("Pay plans"), "report-money", "incentives:plans"),
        Place("praise", _("Praise"), "confetti", "incentives:praise"),
        Place("honours", _("Wall of honours"), "medal", "incentives:honours"),
        Place("team_rules", _("Rules of the team"), "gavel", "incentives:team_rules"),
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
    Place(
        "add-complaint", _("Enter a complaint"), "message-report", "customers:complaint_add", needs=Permission.CUSTOMERS_EDIT
    ),
    Place("add-expense", _("Claim an expense"), "receipt", "visits:expense_add", needs=Permission.VISITS_LOG),
    Place("add-customer", _("Add a customer"), "building-store", "customers:add", needs=Permission.CUSTOMERS_EDIT),
)
RAIL = {
    Role.REP: ("today", "customers", "deals", "visits", "leaderboard", "meetings", "me"),
    Role.MANAGER: ("team", "targets", "visits", "deals", "leaderboard", "meetings", "people"),
    Role.DIRECTOR: ("regions", "targets", "forecast", "sales", "leaderboard", "meetings", "people"),
    Role.HR: ("due", "people", "assessments", "pay", "leaderboard", "organisation", "calendar"),
    Role.ADMIN: ("setup", "organisation", "metrics", "closings", "import", "jobs", "audit"),
}
DOCK = {
    Role.REP: ("today", "customers", "add", "deals", "me"),
    Role.MANAGER: ("team", "deals", "add", "leaderboard", "more"),
    Role.DIRECTOR: ("regions", "forecast", "leaderboard", "people", "more"),
    Role.HR: ("due", "people", "pay", "assessments", "more"),
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


@dataclass(frozen=True, eq=False)
class Navigation:
    """What the layout shows: the rail, the phone's dock, what the plus offers. One object for all pages that show the same."""

    rail: tuple[Place, ...]
    dock: tuple[Place, ...]
    add: tuple[Place, ...]


def navigation_for(request):
    """Return the navigation of the member's role; the current page's entries are active."""
    role = Role(request.membership.role)
    return _navigation(
        role, _here(role, RAIL, request.path), _here(role, DOCK, request.path), get_language(), get_script_prefix()
    )


@lru_cache(maxsize=2000)
def _navigation(role, here_in_rail, here_in_dock, _language, _prefix):
    """Put the navigation together, once for each language and company: labels and addresses are theirs."""

    def entries(keys, here):
        places = _addressed(BUTTONS.get(key) or PLACES[key] for key in keys)
        return tuple(replace(p, label=str(p.label), active=bool(p.url) and p.url == here) for p in places)

    addable = _addressed(p for p in ADDABLE if p.needs is None or may(role, p.needs))
    return Navigation(
        entries(RAIL[role], here_in_rail),
        entries(DOCK[role], here_in_dock),
        tuple(replace(p, label=str(p.label)) for p in addable),
    )


def _addressed(places):
    return [replace(place, url=reverse(place.route) if place.route else "") for place in places]


def _here(role, entries, path):
    """Return the address of the entry that a page belongs to, or None: the longest one that the page's begins with."""
    home, *around = _addresses(role, entries is RAIL, get_script_prefix())
    # Every address begins with the home's; of the pages without a place of their own, only the boards of units are the home's.
    here = max((url for url in around if path.startswith(url)), key=len, default=None)
    return here or (home if path == home or path.startswith(f"{home}units/") else None)


@lru_cache(maxsize=2000)
def _addresses(role, is_rail, _prefix):
    """Return the address of the home, then those of the other entries."""
    home = reverse("reports:home")
    routes = [PLACES[key].route for key in (RAIL if is_rail else DOCK)[role] if key in PLACES]
    return [home, *(url for url in map(reverse, routes) if url != home)]
