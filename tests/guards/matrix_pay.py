"""Who may take which route of pay; statuses as in `tests/guards/matrix.py`."""

from tests.guards.bodies import REF
from tests.guards.routes import row

EVERYBODY = "200 200 200 200 200"
OFFICE, OFFICE_DONE = "403 403 403 200 200", "403 403 403 302 302"
ABOVE_DONE = "403 302 302 302 302"
DAY = "2026-03-18"

PAY = {
    # Whoever reviews nobody is led to their own pay; the admin has none.
    "incentives:pay": row("302 200 200 200 200"),
    "incentives:my_pay": row("200 200 200 200 404"),
    "incentives:pay_so_far": row("200 200 200 200 404"),
    "incentives:pay_calculate": row(post=OFFICE_DONE, body={"month": "2026-03"}),
    "incentives:calculation": row("403 403 403 404 404", of="job"),  # the world's job calculates no pay
    "incentives:pay_many": row(
        of="pay_verb", post="403 302 302 302 302", body=lambda it: {"statements": it("draft_statement")}
    ),
    "incentives:statement": row(EVERYBODY, of="statement"),
    "incentives:statement_paper": row(EVERYBODY, of="statement"),
    "incentives:statement_workbook": row(EVERYBODY, of="statement"),
    # Nobody confirms for somebody else; one's own draft is not to be seen.
    "incentives:statement_act": row(of="statement statement_verb", post="302 403 403 403 403"),
    "incentives:statement_send_back": row(of="draft_statement", post="404 302 302 302 302", body={"reason": "Order 7"}),
    "incentives:statement_pay": row(
        of="statement", post=OFFICE_DONE, body={"amount": "0.01", "paid_on": DAY, "client_ref": REF}
    ),
    "incentives:payout_take_back": row(of="payout", post=OFFICE_DONE),
    "incentives:pay_line": row(EVERYBODY, of="pay_line"),
    "incentives:question_ask": row(
        "200 403 403 403 403", of="pay_line", post="302 403 403 403 403", body={"text": "Why?", "client_ref": REF}
    ),
    "incentives:questions": row(EVERYBODY),
    "incentives:question": row(
        EVERYBODY, of="dispute", post="302 302 302 302 302", body={"text": "Order 7", "client_ref": REF}
    ),
    "incentives:question_settle": row(
        of="dispute", post=ABOVE_DONE, body={"outcome": "GRANT", "amount": "12.50", "text": "Order 7"}
    ),
    "incentives:question_withdraw": row(of="dispute", post="302 403 403 403 403"),
    "incentives:corrections": row(
        OFFICE,
        post=OFFICE_DONE,
        body=lambda it: {
            "person": it("person"),
            "month": "2026-04-01",
            "amount": "-5",
            "reason": "Order 7",
            "client_ref": REF,
        },
    ),
    "incentives:pay_terms": row(
        OFFICE, post=OFFICE_DONE, body=lambda it: {"person": it("person"), "starts_on": DAY, "base_pay": "4000"}
    ),
    "incentives:pay_settings": row(
        OFFICE,
        post=OFFICE_DONE,
        body={"rounding": 1, "deduction_percent": "20", "minimum_wage": "2000", "dispute_days": 5, "answer_days": 5},
    ),
    "incentives:payroll": row(post=OFFICE_DONE, body={"month": "2026-02-01", "ending": "xlsx", "client_ref": REF}),
    "incentives:payroll_file": row(OFFICE, of="pay_export"),
}
