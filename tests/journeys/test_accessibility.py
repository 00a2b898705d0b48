"""
Every page, for the first role that has it: axe-core finds nothing serious, on a desktop and on a phone, in light and dark;
nothing slides sideways on the phone; no script fails, and the content security policy holds.
"""

import json
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.guards.matrix import MATRIX
from tests.guards.routes import address
from tests.guards.source import nothing
from tests.guards.world import ROLES, World
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

pytestmark = pytest.mark.journey
#: The home is another page for every role.
VISITS = [("reports:home", role) for role in ROLES] + [
    (name, next(role for role, status in zip(ROLES, row.get, strict=True) if status == 200))
    for name, row in sorted(MATRIX.items())
    if row.get and 200 in row.get and name != "reports:home"
]
OUTSIDE = ["/accounts/login/", "/companies/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/logout/"]
WEIGHTY = {"serious", "critical"}
AXE = Axe()
SCRIPT = AXE.axe_script


@pytest.fixture(scope="module")
def members(stage, browser):
    """A browser window for each role, signed in; what it loaded once it keeps."""
    members = {
        role: Visitor(browser, stage.address, DESKTOP, name=role).enter(session) for role, session in stage.sessions.items()
    }
    yield members
    for member in members.values():
        member.context.close()


@pytest.fixture(scope="module")
def world(stage):
    return World(SimpleNamespace(), stage.world.things)


def findings(page, *rules):
    """Return what axe-core finds that weighs, one line for each rule."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": rules}} if rules else {})
    page.evaluate(SCRIPT)
    found = page.evaluate(f"axe.run(document, {json.dumps(options)})")["violations"]
    return [
        f"{rule['impact']}: {rule['id']} ({len(rule['nodes'])}×) {rule['nodes'][0]['html'][:160]} {rule['nodes'][0]['target']}"
        for rule in found
        if rule["impact"] in WEIGHTY
    ]


def look_at(member, where):
    """Return everything that is wrong with a page in any of its forms."""
    page, faults = member.page, []
    page.set_viewport_size(DESKTOP["viewport"])
    page.goto(where, wait_until="load")
    faults += [f"desktop: {finding}" for finding in findings(page)]
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    faults += [f"dark: {finding}" for finding in findings(page, "color-contrast")]
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    page.set_viewport_size(PHONE["viewport"])
    faults += [f"phone: {finding}" for finding in findings(page)]
    if wide := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
        faults.append(f"phone: slides {wide} px sideways")
    faults += member.unforgiven()
    member.faults.clear()
    return faults


@pytest.mark.parametrize(("name", "role"), VISITS)
def test_a_page_can_be_used_by_everybody(members, world, name, role):
    member, where = members[role], address(name, world, MATRIX[name])
    answer = member.context.request.get(where)
    if not answer.headers["content-type"].startswith("text/html") or "<html" not in answer.text():
        return  # a file, or a part of a page
    nothing(look_at(member, where))


@pytest.mark.parametrize("where", OUTSIDE)
def test_a_page_outside_of_companies_can_be_used_by_everybody(members, browser, stage, where):
    if "login" in where:
        guest = Visitor(browser, stage.address, DESKTOP, name="guest")
        nothing(look_at(guest, where))
        guest.context.close()
    else:
        nothing(look_at(members["admin"], where))


def test_a_planted_fault_is_found(members):
    page = members["admin"].page
    page.set_content(
        '<html lang="en"><title>x</title><main><img src="data:,"><p style="color:#ccc;background:#fff">pale</p></main>'
    )
    assert {finding.split()[1] for finding in findings(page)} >= {"image-alt", "color-contrast"}
    members["admin"].faults.clear()
