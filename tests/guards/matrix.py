"""
Who may take which route: the one table that a new route has to enter.

Statuses stand in the order rep, manager, director, HR, admin, for a thing of the rep's own. For things out of somebody's
sight 404 is expected unless the row says otherwise, and for another company's always.
"""

import json

from tests.guards.bodies import COMPANY, CUSTOMER, METRIC, PERIOD, PERSON, PRODUCT, REF, contest_body, lines, shares
from tests.guards.matrix_pay import PAY
from tests.guards.matrix_plans import PLANS
from tests.guards.matrix_recognition import RECOGNITION
from tests.guards.routes import row

EVERYBODY = "200 200 200 200 200"
ADMIN = "403 403 403 403 {0}"
OFFICE = "403 403 403 {0} {0}"  # HR and admin
SELLING = "{0} {0} {0} 403 {0}"  # everybody but HR
LEADING = "403 {0} {0} 403 {0}"
CHAIN = "403 {0} {0} {0} {0}"
OUTSIDE = "{0} {0} {0} 403 403"  # who calls on customers
SEEN, DONE = 200, 302


def form(who, *, of="", body=None, **also):
    """Return the row of a form: the page for whoever may send it, and onward once it is sent."""
    return row(who.format(SEEN), of=of, post=who.format(DONE), body=body, **also)


def deed(who, *, of="", body=None, **also):
    """Return the row of a button: it takes POST only."""
    return row(of=of, post=who.format(DONE), body=body, **also)


def page(who=EVERYBODY, **also):
    return row(who.format(SEEN), **also)


#: Pages that hand their rows out with `?as=xlsx` or `csv`: statuses of rep, manager, director, HR and admin.
FILES = {
    "customers:complaints": "403 200 200 200 200",
    "customers:list": "403 200 200 200 200",
    "customers:surveys": "403 200 200 200 200",
    "deals:list": "403 200 200 200 200",
    "incentives:pay_terms": "403 403 403 200 200",
    "reports:home": "200 200 200 200 200",
    "reports:leaderboard": "403 200 200 200 200",
    "reports:sales": "403 200 200 200 200",
    "reports:unit": "404 200 200 200 200",
    "settings:audit": "403 403 403 403 200",
    "targets:inputs_file": "404 200 200 403 200",
    "targets:parts": "404 200 200 200 200",
    "targets:plan": "404 200 200 200 200",
    "targets:versions": "404 200 200 200 200",
    "targets:rates": "404 200 200 200 200",
    "teams:people": "403 200 200 200 200",
    "visits:expenses": "403 200 200 200 200",
    "visits:list": "403 200 200 200 200",
}

MATRIX = {
    # Homes, boards, search
    "reports:home": page(),
    "reports:search": page(),
    "reports:forecast": page(),
    "reports:leaderboard": page(),
    "reports:wall": page(),
    "reports:unit": page("404 200 200 200 200", of="unit"),
    "reports:person": page(of="person"),
    "reports:me": page(),
    "reports:sales": page(),
    "reports:sales_figure": page(),
    # Assessment
    "reports:assessments": page("403 {0} {0} {0} {0}"),
    "reports:assessment_sheet": page(of="person"),
    "reports:assessment_paper": page("403 {0} {0} {0} {0}"),
    "reports:assessment_score": form(LEADING, body=lambda it: {f"score-{it('person')}-{it('attitude')}": "80.5"}),
    "reports:assessment_indicators": form(
        OFFICE,
        body={"form": "grades", "grade-TOTAL_FORMS": 1, "grade-INITIAL_FORMS": 0, "grade-0-name": "A", "grade-0-percent": 100},
    ),
    "reports:assessment_export": deed(OFFICE, body={"client_ref": REF}),
    "reports:assessment_workbook": page(OFFICE, of="export"),
    "reports:assessment_progress": page("403 403 403 404 404", of="job"),  # the world's job makes no workbook
    # The company itself
    "settings:company": form(ADMIN, body=COMPANY),
    "settings:members": page(ADMIN),
    "settings:change_role": deed(ADMIN, of="membership", body={"role": "MANAGER"}),
    "settings:change_sign_in": form(ADMIN, of="membership", body={"email": "other@example.com"}),
    "settings:deactivate": deed(ADMIN, of="membership"),
    "settings:reactivate": deed(ADMIN, of="membership"),
    "settings:password_link": row(of="membership", post=ADMIN.format(200)),
    "settings:withdraw_invitation": deed(ADMIN, of="invitation"),
    "settings:audit": page(ADMIN),
    # People
    "teams:people": page(),
    "teams:hire": form(OFFICE, body=lambda it: PERSON | {"unit": it("unit"), "role": "REP", "hired_on": "2026-03-01"}),
    "teams:invite": row(
        ADMIN.format(200), post=ADMIN.format(200), body={"name": "Nora", "role": "REP", "email": "n@example.com"}
    ),
    "teams:me": page(),
    "teams:edit_own": row("200 200 200 200 302", post="302 302 302 302 302", body={"hobbies": "chess"}),
    "teams:person": page(of="person"),
    "teams:edit": form(OFFICE, of="person", body=PERSON),
    "teams:transfer": form(OFFICE, of="person", body=lambda it: {"unit": it("root"), "role": "REP", "from_day": "2026-08-01"}),
    "teams:transfer_preview": page(OFFICE, of="person"),
    "teams:leave": form(OFFICE, of="person", body={"last_day": "2026-09-30", "reason": "moved away"}),
    "teams:rehire": form(
        "404 403 403 {0} {0}", of="leaver", body=lambda it: {"unit": it("unit"), "role": "REP", "from_day": "2026-08-01"}
    ),
    "teams:withdraw_transfer": deed(OFFICE, of="assignment"),
    "teams:organisation": page(),
    "teams:add_unit": form(ADMIN, body=lambda it: {"name": "Team Four", "kind": "TEAM", "parent": it("root")}),
    "teams:unit": page("404 200 200 200 200", of="unit"),
    "teams:rename_unit": form("404 403 403 403 {0}", of="unit", body={"name": "Team Uno"}),
    "teams:move_unit": form("404 403 403 403 {0}", of="unit", body=lambda it: {"parent": it("root"), "from_day": "2026-05-01"}),
    "teams:close_unit": form("404 403 403 403 {0}", of="empty_unit", body={"closed_on": "2027-01-01"}),
    "teams:reopen_unit": deed("404 403 403 403 {0}", of="unit"),
    "teams:calendar": page(),
    "teams:set_exception": deed(ADMIN, body={"day": "2026-05-10", "is_working": "working", "name": "Fair"}),
    "teams:remove_exception": deed(ADMIN, of="exception"),
    "teams:tasks": page(),
    # HR gives tasks to herself only.
    "teams:add_task": row(
        EVERYBODY,
        post="302 302 302 200 302",
        body=lambda it: {"title": "Call", "owner": it("person"), "due_on": "2026-04-01", "client_ref": REF},
    ),
    "teams:task_act": deed("302 302 302 403 302", of="task task_verb"),
    # Customers
    "customers:list": page(),
    "customers:add": form(SELLING, body=CUSTOMER),
    "customers:pick": page(),
    "customers:similar": page(SELLING),
    "customers:reassign": deed(LEADING, body=lambda it: {"customers": it("customer"), "owner": it("person")}),
    "customers:customer": page(of="customer"),
    "customers:change": form(SELLING, of="customer", body=CUSTOMER),
    "customers:archive": deed(SELLING, of="customer"),
    "customers:restore": deed(SELLING, of="customer"),
    "customers:complaints": page(),
    "customers:complaint_add": form(
        SELLING,
        body=lambda it: {
            "client_ref": REF,
            "customer": it("customer"),
            "severity": "MINOR",
            "what": "It jams",
            "raised_on": "2026-03-18",
        },  # fmt: skip
    ),
    "customers:complaint": page(of="complaint"),
    "customers:complaint_answer": form(SELLING, of="complaint", body={"answer": "Planed", "answered_on": "2026-03-18"}),
    "customers:complaint_judge": form(LEADING, of="complaint", body={"severity": "SEVERE", "raised_on": "2026-03-18"}),
    "customers:complaint_act": deed(LEADING, of="complaint complaint_verb"),
    "customers:surveys": page(),
    "customers:survey": page(of="survey"),
    "customers:ask": row(of="customer", post=SELLING.format(SEEN)),
    # Deals, products, channels
    "deals:list": page(),
    "deals:pipeline": page(),
    "deals:add": form(
        SELLING,
        body=lambda it: (
            lines(it)
            | {"client_ref": REF, "customer": it("customer"), "owner": it("person"), "status": "WON", "closed_on": "2026-03-18"}
        ),
    ),
    "deals:products": page(),
    "deals:product_add": form(ADMIN, body=PRODUCT),
    "deals:pick_product": page(SELLING),
    "deals:product_change": form(ADMIN, of="product", body=PRODUCT),
    "deals:lines": page(),
    "deals:line_add": form(ADMIN, body={"name": "New line"}),
    "deals:line_change": form(ADMIN, of="line", body={"name": "Other line"}),
    "deals:channels": page(),
    "deals:channel_add": form(ADMIN, body={"name": "Fair", "code": "fair", "position": 3}),
    "deals:channel_change": form(ADMIN, of="channel", body={"name": "Fair", "code": "fair", "position": 3}),
    "deals:api_queue": row("405 405 405 403 405", post="415 415 415 403 415"),
    "deals:deal": page(of="deal"),
    "deals:change": form(
        SELLING,
        of="deal",
        body=lambda it: {"customer": it("customer"), "owner": it("person"), "stage": "NEED", "opened_on": "2026-02-01"},
    ),
    "deals:deal_lines": form(SELLING, of="deal", body=lines),
    "deals:stage": deed(SELLING, of="deal", body={"stage": "NEED"}),
    "deals:win": form(SELLING, of="deal", body={"on": "2026-03-18"}),
    "deals:lose": form(SELLING, of="deal", body={"reason": "price", "on": "2026-03-18"}),
    "deals:cancel": form(LEADING, of="unpaid_deal", body={"reason": "mistake", "on": "2026-03-18"}),
    "deals:reopen": deed(LEADING, of="lost_deal"),
    "deals:pay": form(SELLING, of="won_deal", body={"client_ref": REF, "amount": "10", "on": "2026-03-18"}),
    "deals:unpay": form(SELLING, of="won_deal payment", body={"reason": "mistyped"}),
    "deals:return": form(
        LEADING,
        of="won_deal",
        body=lambda it: {"client_ref": REF, f"line_{it('won_line')}": 1, "reason": "broken", "on": "2026-03-18"},
    ),
    "deals:shares": form(LEADING, of="deal", body=shares),
    # Visits
    "visits:list": page(),
    "visits:add": form(
        OUTSIDE, body=lambda it: {"client_ref": REF, "customer": it("customer"), "kind": "PHONE", "visited_on": "2026-03-18"}
    ),
    "visits:day": page(),
    "visits:plan": form(OUTSIDE, body=lambda it: {"customer": it("customer"), "planned_on": "2026-03-20"}),
    "visits:drop_plan": deed("302 403 403 403 403", of="visit_plan"),
    "visits:api_queue": row("405 405 405 403 403", post="415 415 415 403 403"),
    "visits:visit": page(of="visit"),
    "visits:end": form("{0} 403 403 403 403", of="begun_visit", body={"kind": "FOLLOW_UP", "outcome": "friendly"}),
    "visits:expenses": page(),
    "visits:expense": page(of="expense"),
    "visits:expense_add": form(
        OUTSIDE, body=lambda it: {"client_ref": REF, "amount": "9.90", "category": it("category"), "spent_on": "2026-03-18"}
    ),
    "visits:expense_decline": form(LEADING, of="expense", body={"reason": "No receipt"}),
    "visits:expense_act": deed(LEADING, of="expense expense_verb"),
    "visits:categories": form(ADMIN, body={"name": "Fairs"}),
    "visits:switch_category": deed(ADMIN, of="category"),
    # Figures and what they come from
    "figures:figure": page(asks="person", query={"metric": "revenue"}),
    "figures:rest": page("404 200 200 200 200", asks="unit", query={"metric": "revenue", "rows": "people"}),
    "figures:view": page(),
    "figures:periods": page(),
    "credits:reconciliation": page("403 403 {0} {0} {0}"),
    "credits:uncredited": page("403 403 {0} {0} {0}"),
    "credits:closings": page("403 403 {0} {0} {0}"),
    "credits:close": form("403 403 {0} 403 {0}", body={"last_day": "2026-01-31"}),
    "credits:restatements": page("403 403 {0} {0} {0}"),
    # Jobs
    "jobs:list": page("403 403 {0} 403 {0}"),
    "jobs:start": deed("403 403 {0} 403 {0}", of="job_verb"),
    "jobs:retry": deed("403 403 {0} 403 {0}", of="job"),
    "jobs:progress": page("404 404 {0} 404 {0}", of="job"),
    # Targets: a rep sees her own page only; a unit's own target is set by whoever leads the unit above
    "targets:plans": page("302 200 200 200 200"),
    "targets:mine": page(),
    "targets:start": form(
        "403 403 403 403 {0}",
        body=lambda it: {"metric": it("profit"), "year": 2026, "rounding": 1, "floor_percent": 85, "stretch_percent": 120},
    ),
    # A talk: the person answers for themselves, whoever leads them for the company.
    "targets:talk": page(of="round"),
    "targets:accept": deed("{0} 403 403 403 403", of="round", body={"signed_name": "Asha", "agree": "on"}),
    "targets:counter": deed(
        "{0} 403 403 403 403", of="round", body={"per": "YEAR", "year": "9", "reason": "fewer shops here", "client_ref": REF}
    ),
    "targets:answer": deed("403 {0} {0} 403 {0}", of="round", body={"verb": "WITHDRAW", "client_ref": REF}),
    "targets:pledge": page(of="pledge"),
    # How a target is to be reached: one's own, or as whoever sets targets.
    "targets:actions": row(
        EVERYBODY,
        of="plan about",
        post="302 302 302 403 302",
        body=lambda it: {"prospects": "two communities", f"visits_{it('channel')}": 20, f"orders_{it('channel')}": 5},
    ),
    "targets:add_action_task": deed(
        "302 302 302 403 302",
        of="plan about",
        body=lambda it: {"title": "Call them", "owner": it("person"), "due_on": "2026-04-01", "client_ref": REF},
    ),
    "targets:talks": page("404 {0} {0} {0} {0}", of="draft_plan"),
    "targets:propose": form("404 {0} {0} 403 {0}", of="draft_plan unit", body={"answer_by": "2026-04-01", "client_ref": REF}),
    "targets:remind": deed("404 {0} {0} 403 {0}", of="draft_plan unit"),
    "targets:deadline": deed("404 {0} {0} 403 {0}", of="draft_plan unit", body={"answer_by": "2026-04-01"}),
    "targets:metrics": page(ADMIN),
    "targets:add_metric": form(ADMIN, body=METRIC | {"name": "Doors", "is_lower_better": "", "starts_on": "2026-01-01"}),
    "targets:metric_preview": row(post=ADMIN.format(SEEN), body=METRIC | {"figures": "1"}),
    "targets:metric": form(ADMIN, of="metric", body={"name": "Sales", "is_active": "on"}),
    "targets:metric_version": form(ADMIN, of="own_metric", body=METRIC | {"starts_on": "2026-02-01"}),
    "targets:move_metric": deed(ADMIN, of="metric move_verb"),
    "targets:periods": page(ADMIN),
    "targets:add_period": form(ADMIN, body=PERIOD),
    "targets:change_period": form(ADMIN, of="quota_period", body=PERIOD),
    "targets:remove_period": deed(ADMIN, of="quota_period"),
    "targets:plan": page("404 {0} {0} {0} {0}", of="plan"),
    "targets:cells": deed(
        "404 404 404 403 200",
        of="draft_plan",
        body=lambda it: {"tier": "commit", "cells": json.dumps([[it("root_key"), "2026-01", "120000", None]])},
    ),
    "targets:lock": deed(
        "404 404 404 403 200",
        of="draft_plan",
        body=lambda it: {"is_locked": "on", "cells": json.dumps([[it("root_key"), "2026-01"]])},
    ),
    "targets:row": form(
        "404 {0} {0} 403 {0}", of="draft_plan key", body={"tier": "commit"} | {f"m{n}": 900 for n in range(12)}
    ),
    "targets:rates": page("404 {0} {0} {0} {0}", of="rate_plan"),
    "targets:rate": form("404 {0} {0} 403 {0}", of="rate_plan key", body={"tier": "commit"} | {f"m{n}": 60 for n in range(12)}),
    "targets:weights": page("404 {0} {0} {0} {0}"),
    "targets:choose_weights": page("403 302 302 403 302"),
    "targets:unit_weights": form("404 403 {0} 403 {0}", of="unit", body={}),
    "targets:person_weights": form("403 {0} {0} 403 {0}", of="person", body={}),
    "targets:undo": deed("404 {0} {0} 403 {0}", of="draft_plan", body={"step": 1}),
    "targets:year": form(
        "404 403 403 403 {0}",
        of="draft_plan",
        body={"tiers": "PERCENT", "method": "EQUAL", "commit": "240000", "floor_percent": 85, "stretch_percent": 120},
    ),
    "targets:split": form("404 {0} {0} 403 {0}", of="draft_plan unit", body={"method": "EQUAL"}),
    "targets:inputs": form("404 {0} {0} 403 {0}", of="draft_plan unit", body={"pasted": ""}),
    "targets:inputs_file": row("404 200 200 403 200", of="draft_plan unit", post="404 422 422 403 422"),  # without a file
    "targets:intentions": form("404 {0} {0} 403 {0}", of="draft_plan unit about", body={"count": 0}),
    "targets:judgement": page("404 200 200 200 200", of="draft_plan unit"),
    "targets:person_judgement": page(of="plan person"),
    "targets:spread": deed("404 {0} {0} 403 {0}", of="draft_plan unit"),
    "targets:sum_up": deed("404 403 {0} 403 {0}", of="draft_plan unit"),
    "targets:parts": page("404 {0} {0} {0} {0}", of="draft_plan"),
    "targets:choose_parts": form("404 403 403 403 {0}", of="draft_plan", body={"dimension": ""}),
    "targets:part_cells": deed(
        "404 404 404 403 200",
        of="draft_plan",
        body=lambda it: {"key": it("root_key"), "part": it("part"), "period": "2026-01", "tier": "commit", "amount": "90"},
    ),
    "targets:undo_parts": deed("404 {0} {0} 403 {0}", of="draft_plan", body={"step": 1}),
    "targets:divide_parts": form("404 {0} {0} 403 {0}", of="draft_plan unit", body={"method": "EQUAL"}),
    "targets:fit_parts": deed("404 {0} {0} 403 {0}", of="draft_plan unit"),
    "targets:stages": row(
        "404 200 200 200 200", of="plan", post="404 403 403 403 302", body=lambda it: {"own": it("quota_period")}
    ),
    "targets:stage_plan": page("404 {0} {0} {0} {0}", of="stage_plan"),
    "targets:stage_cells": deed(
        "404 404 404 403 200",
        of="stage_plan",
        body=lambda it: {"tier": "commit", "cells": json.dumps([[it("root_key"), "all", "120000", None]])},
    ),
    "targets:stage_locks": deed(
        "404 404 404 403 200",
        of="stage_plan",
        body=lambda it: {"is_locked": "on", "cells": json.dumps([[it("root_key"), "all"]])},
    ),
    "targets:undo_stages": deed("404 {0} {0} 403 {0}", of="stage_plan", body={"step": 1}),
    "targets:settle_stages": deed("404 {0} {0} 403 {0}", of="stage_plan unit"),
    "targets:stage_life": deed("404 403 403 403 {0}", of="stage_plan stage_verb", body={"reason": "wrong"}),
    "targets:settings": form(
        "404 403 403 403 {0}",
        of="draft_plan",
        body={"floor_percent": 85, "stretch_percent": 120, "over_company": 0, "over_region": 3, "over_team": 0},
    ),
    "targets:publish": form("404 403 403 403 {0}", of="draft_plan", body={}),
    "targets:withdraw": form("404 403 403 403 {0}", of="plan", body={"reason": "wrong"}),
    "targets:adjustments": page("404 {0} {0} {0} {0}", of="plan"),
    "targets:adjust": form(
        "404 {0} {0} 403 {0}",
        of="plan key",
        body={"from_on": "2026-03-18", "balance": "DIFFERENCE", "reason": "ill", "m3": "12"},
    ),
    "targets:changes": page("404 {0} {0} 403 {0}", of="plan"),
    "targets:change": row("404 302 302 403 302", of="plan case", post="404 302 302 403 302"),  # the world's cases are settled
    "targets:exempt": deed("404 302 302 403 302", of="plan case", body={"reason": "sits in the office"}),
    "targets:lift_exemption": deed("404 {0} {0} 403 {0}", of="exemption"),
    "targets:copy": form("404 403 403 403 {0}", of="plan", body={"growth": "8"}),
    "targets:carry": row("404 200 200 403 200", of="plan", post="404 422 422 403 422"),  # no quarter is over yet
    "targets:adjustment": page("404 {0} {0} {0} {0}", of="adjustment"),
    "targets:note_change": deed("{0} 403 403 403 403", of="round"),
    "targets:decide_adjustment": deed("404 403 {0} 403 {0}", of="adjustment decision_verb", body={"answer": "yes"}),
    "targets:versions": page("404 {0} {0} {0} {0}", of="plan"),
    "targets:cell_history": page("404 {0} {0} {0} {0}", of="plan key"),
    "targets:own_history": page("200 404 404 404 403", of="plan"),
    "targets:history": page("404 {0} {0} {0} {0}", of="plan"),
    # Imports
    # HR for base pay, and for nothing else.
    "exchange:list": page(OFFICE),
    "exchange:add": row(OFFICE.format(200), post=OFFICE.format(422), body={"kind": "CUSTOMERS"}),  # a file is missing
    "exchange:template": page(ADMIN, of="template_verb"),
    "exchange:show": page(ADMIN, of="ready_upload"),
    "exchange:columns": form(ADMIN, of="upload", body={"column_name": "0", "column_phone": "1", "column_grade": "2"}),
    "exchange:progress": page(ADMIN, of="upload"),
    "exchange:start": deed(ADMIN, of="ready_upload"),
    "exchange:again": deed(ADMIN, of="upload"),
    "exchange:rejected": page(ADMIN, of="ready_upload"),
    "exchange:guesses": page(ADMIN, of="ready_upload"),
    **PAY,
    **RECOGNITION,
    **PLANS,
    # What something would pay
    "incentives:what_if": page(),
    "incentives:deal_ahead": page(of="deal"),
    # Contests
    "incentives:contests": page(),
    "incentives:contest": page(of="contest"),
    "incentives:add_contest": form("403 {0} {0} {0} {0}", body=contest_body),
    "incentives:change_contest": form("404 {0} {0} {0} {0}", of="draft_contest", body=contest_body),
    "incentives:announce_contest": form("404 {0} {0} {0} {0}", of="draft_contest"),
    "incentives:remove_contest": deed("404 {0} {0} {0} {0}", of="draft_contest"),
    "incentives:withdraw_contest": deed("403 {0} {0} {0} {0}", of="contest", body={"reason": "sold out"}),
    "incentives:fix_contest": deed("403 {0} {0} {0} {0}", of="contest"),
    "incentives:award_contest": deed("403 {0} {0} {0} {0}", of="contest"),
    "incentives:rerank_contest": deed("403 {0} {0} {0} {0}", of="contest", body={"reason": "a return"}),
    "incentives:contest_certificate": page(of="over_contest", asks="person"),
    # Meetings
    "meetings:list": page(),
    "meetings:call": form(LEADING, body=lambda it: {"unit": it("unit"), "day": "2026-03-23", "time": "09:00", "place": "room"}),
    "meetings:meeting": page(of="meeting"),
    "meetings:rewrite": deed(LEADING, of="meeting"),
    "meetings:add_point": deed(LEADING, of="meeting", body={"title": "A hard case"}),
    "meetings:note": deed(LEADING, of="meeting item", body={"notes": "talk to them"}),
    "meetings:remove_point": deed(LEADING, of="meeting item"),
    "meetings:decide": deed(LEADING, of="meeting", body={"text": "Call all of them", "client_ref": REF}),
    "meetings:withdraw": deed(LEADING, of="meeting decision"),
    "meetings:minutes": deed(LEADING, of="meeting", body={"minutes": "All agreed", "keep": "1"}),
    "meetings:reopen": deed(LEADING, of="closed_meeting"),
}
