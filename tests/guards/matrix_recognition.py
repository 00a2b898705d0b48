"""Who may take which route of recognition and of the team's rules; statuses as in `tests/guards/matrix.py`."""

from tests.guards.bodies import HONOURS, REF, ROBOT, RULE
from tests.guards.routes import row

EVERYBODY = "200 200 200 200 200"
ADMIN = "403 403 403 403 {0}"
CHAIN = "403 {0} {0} {0} {0}"


def form(who, *, body, of="", **also):
    """Return the row of a form: the page for whoever may send it, and onward once it is sent."""
    return row(who.format(200), of=of, post=who.format(302), body=body, **also)


def deed(who, *, of, **also):
    """Return the row of a button: it takes POST only."""
    return row(of=of, post=who.format(302), **also)


def page(who=EVERYBODY, **also):
    return row(who.format(200), **also)


RECOGNITION = {
    "incentives:praise": form(
        "{0} {0} {0} {0} 200", body=lambda it: {"to": it("colleague"), "text": "Well done", "client_ref": REF}
    ),
    "incentives:take_back": deed("302 403 403 403 403", of="praise", peer=403, far="403 403 403"),
    "incentives:honours": page(),
    "incentives:honours_latest": page(),
    "incentives:honours_screen": page(),
    "incentives:honour_settings": form(ADMIN, body=HONOURS),
    "incentives:robots": page(ADMIN),
    "incentives:robot_new": form(ADMIN, body=ROBOT | {"client_ref": REF}),
    "incentives:robot": form(ADMIN, of="robot", body=ROBOT | {"address": ""}),
    "incentives:robot_remove": deed(ADMIN, of="robot"),
    "incentives:robot_try": deed(ADMIN, of="robot"),
    "incentives:robot_again": deed(ADMIN, of="robot_message"),
    "incentives:nominate": form(
        "{0} {0} {0} {0} 200",
        body=lambda it: {
            "kind": "SPECIAL",
            "quarter": "2026-Q1",
            "person": it("colleague"),
            "reason": "Helped",
            "client_ref": REF,
        },
    ),  # fmt: skip
    "incentives:take_back_nomination": deed("302 403 403 403 403", of="nomination", peer=403, far="403 403 403"),
    "incentives:victory": page(of="victory", peer=200, far="200 200 200"),
    "incentives:victory_picture": page(of="victory", peer=200, far="200 200 200"),
    "incentives:awards": page(CHAIN),
    "incentives:award_give": form(
        CHAIN, of="award_verb", body=lambda it: {"winner": f"p{it('person')}", "reason": "Helped", "prize": "0"}
    ),
    "incentives:award": page(of="award", peer=200, far="200 200 200"),
    "incentives:award_withdraw": form(CHAIN, of="award", far="403 403 403", body={"reason": "By mistake"}),
    "incentives:team_rules": page(),
    "incentives:team_rule_new": form("403 403 {0} {0} {0}", body=lambda it: RULE | {"unit": it("unit")}),
    "incentives:team_rule": page(of="open_case_rule"),
    "incentives:team_rule_write": form("403 403 403 {0} {0}", of="open_case_rule", body=RULE),
    "incentives:team_rule_publish": form("404 404 404 {0} {0}", of="draft_rule", body={"holds_from": "2026-04-01"}),
    "incentives:team_rule_retire": deed("403 403 403 {0} {0}", of="open_case_rule"),
    "incentives:team_rule_acknowledge": deed("{0} {0} {0} {0} {0}", of="open_case_rule"),
    "incentives:cases": page(),
    "incentives:case_open": form(
        "403 {0} {0} {0} {0}",
        body=lambda it: {
            "person": it("person"),
            "rule": it("open_case_rule"),
            "happened_on": "2026-03-16",
            "account": "Came late",
            "client_ref": REF,
        },
    ),
    "incentives:case": page("404 {0} {0} {0} {0}", of="open_case"),
    "incentives:case_decide": form("404 {0} {0} {0} {0}", of="open_case", body={"answer": "drop", "reason": "On leave"}),
    "incentives:case_appeal": form("{0} 403 403 403 403", of="decided_case", body={"words": "I was there"}),
    "incentives:case_answer": form("403 403 {0} {0} {0}", of="appealed_case", body={"answer": "lift", "words": "Right"}),
    "incentives:certificate": page(of="award", peer=403, far="403 403 403"),
}
