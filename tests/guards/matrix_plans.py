"""Who may take which route of pay plans; statuses as in `tests/guards/matrix.py`."""

from tests.guards.bodies import REF
from tests.guards.routes import row

EVERYBODY = "200 200 200 200 200"
OFFICE, OFFICE_DONE = "403 403 403 200 200", "403 403 403 302 302"

COMPONENT = {
    "measure": "REVENUE",
    "base": "PERIOD",
    "span": "MONTH",
    "chosen_by": "AMOUNT",
    "steps_read": "FLAT",
    "RATE-0-start": "0",
    "RATE-0-value": "5",
} | {f"{use}-{name}_FORMS": count for use in ("RATE", "GATE", "DECAY") for name, count in (("TOTAL", 1), ("INITIAL", 0))}

PLANS = {
    "incentives:plans": row(EVERYBODY),
    "incentives:plan": row(EVERYBODY, of="pay_plan"),
    "incentives:plan_people": row("404 200 200 200 200", of="pay_plan"),
    "incentives:plan_start": row(
        OFFICE, post=OFFICE_DONE, body={"name": "New plan", "starts_on": "2026-04-01", "begin": "EMPTY", "client_ref": REF}
    ),
    "incentives:plan_rename": row(OFFICE, of="pay_plan", post=OFFICE_DONE, body={"name": "New name"}),
    "incentives:plan_end": row(OFFICE, of="pay_plan", post=OFFICE_DONE, body={"last_day": "2026-03-31"}),
    "incentives:plan_archive": row(of="ended_plan", post=OFFICE_DONE),
    "incentives:plan_new_version": row(of="pay_plan", post=OFFICE_DONE),
    "incentives:plan_whom": row(OFFICE, of="plan_draft", post=OFFICE_DONE, body={"starts_on": "2026-04-01", "roles": "REP"}),
    "incentives:plan_publish": row(OFFICE, of="plan_draft", post=OFFICE_DONE),
    "incentives:plan_discard": row(of="plan_draft", post=OFFICE_DONE),
    "incentives:plan_trial": row(OFFICE, of="plan_draft", post=OFFICE_DONE),
    "incentives:plan_trial_progress": row("403 403 403 404 404", of="plan_trial"),  # no job works the world's out
    "incentives:component_add": row(OFFICE, of="plan_draft kind_verb", post=OFFICE_DONE, body=COMPONENT),
    "incentives:component_preview": row(of="plan_draft kind_verb", post=OFFICE, body=COMPONENT),
    "incentives:component": row(OFFICE, of="plan_draft plan_component", post=OFFICE_DONE, body=COMPONENT),
    "incentives:component_move": row(of="plan_draft plan_component move_verb", post=OFFICE_DONE),
    "incentives:component_remove": row(of="plan_draft plan_component", post=OFFICE_DONE),
}
