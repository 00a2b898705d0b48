"""What the forms of the matrix are sent, where several rows send alike or a row would be too long."""

REF = "6f1c1a1e-0000-4000-8000-000000000001"


#: A robot that cannot be reached: nothing leaves a test.
ROBOT = {
    "name": "Sales",
    "address": "https://oapi.dingtalk.com/robot/send?access_token=a1b2c3d4e5",
    "topics": ["PRAISE"],
    "language": "en",
}


def lines(it):
    return {
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-product": it("product"),
        "lines-0-quantity": 2,
        "lines-0-price": 90,
    }


def shares(it):
    return {"shares-TOTAL_FORMS": 1, "shares-INITIAL_FORMS": 0, "shares-0-person": it("person"), "shares-0-percent": 100}


PERSON = {
    "name": "Nora",
    "employee_number": "E-nora",
    "phone": "13800138000",
    "email": "n@example.com",
    "birthday": "1990-05-01",
}
CUSTOMER = {"client_ref": REF, "name": "New customer", "phone": "13800138000", "grade": "B", "credit_days": 30}


def contest_body(it):
    return {
        "name": "Spring race",
        "form": "STEPS",
        "metric": it("metric"),
        "starts_on": "2026-03-20",
        "last_day": "2026-03-31",
        "units": [it("unit")],
        "roles": ["REP"],
        "yardstick": "NONE",
        "threshold_1": "100",
        "amount_1": "50",
        "returns_days": 30,
        "client_ref": REF,
    }


METRIC = {"N-measure": "REVENUE", "N-role": "LEAD", "N-customers": "ALL", "D-role": "SHARES", "D-customers": "ALL"}
PERIOD = {"name": "Summer", "kind": "QUOTA", "starts_on": "2026-05-31", "last_day": "2026-08-30"}
PRODUCT = {"code": "N-1", "name": "New product", "list_price": "12.50", "cost": "3", "is_active": "on"}
COMPANY = {
    "name": "Lantern Ltd.",
    "currency": "CNY",
    "time_zone": "Asia/Shanghai",
    "fiscal_year_starts_in": 1,
    "working_weekdays": [1, 2, 3],
    "country": "CN",
    "review_weekday": 1,
    "visit_minimum_minutes": 5,
    "span_of_control_from": 3,
    "span_of_control_to": 9,
    "complaint_weights": "1, 2, 3",
    "ranking_minimum": 3,
    "adjustment_approval": "NEXT",
}
HONOURS = {
    "deal_limit": "5000",
    "reports_targets": "on",
    "prize_limit": "100",
    "contest_limit": "10000",
    "appeal_days": 7,
}
RULE = {
    "title": "Be there",
    "text": "Every day",
    "effect": "PENALTY",
    "applies_to": "REPS",
    "consequence": "A talk",
    "amount": "0",
}
