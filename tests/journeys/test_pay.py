"""Pay from the plan to the payout, as HR, a manager and a rep walk it, in the company of tests/month.py: February's cash, 5 %."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_stories import until
from tests.journeys.visitor import PHONE
from tests.month import PEOPLE

pytestmark = pytest.mark.journey

FEBRUARY = "/banyue/pay/?month=2026-02"
QUESTION = "二月二十日的尾款好像没算进来，请核对。"


@pytest.fixture
def member(stage, visitors):
    """Call it for somebody of the company with their session."""
    return lambda key, **how: visitors(**({"name": key} | how)).enter(stage.month.sessions[key])


def bring_all(visitor, verb):
    """Press the button that brings the whole list further, and say yes."""
    page = visitor.goto(FEBRUARY)
    default, other = (
        f'button[name="scope"][value="all"]{rest}' for rest in (":not([formaction])", f'[formaction$="/{verb}/"]')
    )
    page.locator(default if verb == "approve" else other).click()
    page.locator("#confirm [data-confirm-yes]").click()
    expect(page.locator(".notice.is-success").first).to_be_visible()
    return page


def set_up_plan(hr):
    """Set a plan up that pays reps 5 % of the cash, and publish it; a table with a gap is refused at its field."""
    page = hr.goto("/banyue/pay/plans/start/")
    page.locator("#id_name").fill("回款提成")
    page.locator("#id_starts_on").fill("2026-02-01")
    page.locator("#plan-start [type=submit]").click()
    page.locator('main a[href$="/add/commission/"]').click()
    expect(page.locator("#component-preview")).to_contain_text("5 %")
    rows = page.locator('[data-steps="RATE"] [data-step-row]')
    rows.nth(0).locator('[name$="-end"]').fill("1000")
    rows.nth(1).locator('[name$="-start"]').fill("2000")
    rows.nth(1).locator('[name$="-value"]').fill("8")
    hr.forgive("422")
    page.locator("#component-form [type=submit]").click()
    expect(rows.nth(1).locator(".invalid-feedback")).to_contain_text("1,000")
    for name in ("start", "value"):
        rows.nth(1).locator(f'[name$="-{name}"]').fill("")
    rows.nth(0).locator('[name$="-end"]').fill("")
    page.locator("#component-form [type=submit]").click()
    page.locator('main a[href$="/whom/"]').first.click()
    page.locator('[name="roles"][value="REP"]').check()
    page.locator("main form.plan-form [type=submit]").click()
    page.locator('a[href$="/publish/"]').first.click()
    hr.shot("pay-checks")
    page.locator("main form [type=submit]").click()
    expect(page.locator(".notice.is-success").first).to_be_visible()


def test_pay_goes_from_the_plan_to_the_payout_and_a_question_is_answered(stage, member):
    stage.start_worker()
    hr, manager, rep = member("he"), member("mei"), member("an", device=PHONE)
    set_up_plan(hr)

    page = hr.goto(FEBRUARY)
    page.locator('form[action$="/pay/calculate/"] button').click()
    until(page, lambda: page.locator("#statements tbody tr").count() > 0)
    of_an = page.locator("#statements tbody tr", has_text=PEOPLE["an"])
    expect(of_an.locator("td.num").first).to_have_text("¥20.00")
    assert rep.page.goto(of_an.locator("th a").get_attribute("href")).status == 404, "a draft is nobody's business"
    rep.forgive("404")

    bring_all(manager, "approve")
    bring_all(hr, "check")
    page = bring_all(hr, "publish")

    phone = rep.goto("/banyue/")
    phone.locator('main a[href*="/pay/statements/"]').first.click()
    phone.locator("details.statement-line summary").first.click()
    expect(phone.locator(".statement-steps").first).to_have_text("400 × 5 % = 20")
    rep.shot("pay-statement", full_page=True)
    phone.locator('.statement-links a[href*="/pay/lines/"]').first.click()
    expect(phone.locator("main a[href*='/deals/']").first).to_be_visible()
    phone.go_back()
    phone.locator("details.statement-line summary").first.click()
    phone.locator('a[href$="/ask/"]').first.click()
    phone.locator("#id_text").fill(QUESTION)
    phone.locator("main form [type=submit]").dblclick()
    phone.wait_for_url(re.compile(r"/pay/questions/\d+/$"))

    page = hr.goto("/banyue/")
    page.locator('main a[href$="/pay/questions/"]').click()
    page.locator("main tbody a").first.click()
    expect(page.locator(".pay-talk")).to_contain_text(QUESTION)
    settle = page.locator('form[action$="/settle/"]')
    settle.locator('[value="GRANT"]').check()
    settle.locator('[name="amount"]').fill("15")
    settle.locator('[name="text"]').fill("补计尾款")
    settle.locator("[type=submit]").dblclick()
    expect(page.locator("main")).to_contain_text("¥15.00")

    page = hr.goto(FEBRUARY)
    page.locator('form[action$="/pay/many/pay/"] [type=submit]').click()
    page.locator("#confirm [data-confirm-yes]").click()
    expect(page.locator("#statements tbody tr", has_text=PEOPLE["an"])).to_contain_text("已发放")
    hr.shot("pay-month", full_page=True)

    phone = rep.goto("/banyue/")
    phone.locator('main a[href*="/pay/questions/"]').first.click()
    expect(phone.locator("main")).to_contain_text("2026-03")
    phone = rep.goto("/banyue/pay/mine/")
    # The running month holds what was granted.
    expect(phone.locator(".pay-latest").first).to_contain_text("¥15.00")
