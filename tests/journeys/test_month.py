"""
The month of tests/month.py, as each role walks it: closed, corrected, restated; and every figure opened to where it comes from.
"""

import re
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.journeys.test_stories import choose, send, until
from tests.journeys.visitor import PHONE
from tests.month import (
    DAY_BEFORE,
    MARCH_AS_KNOWN_BEFORE,
    METRICS,
    PEOPLE,
    PRODUCTS,
    THE_FEBRUARY,
    THE_MARCH,
    TODAY,
    figures_of,
)

pytestmark = pytest.mark.journey


class Books:
    """What the director reads: every figure of a table, opened to its credits."""

    def __init__(self, visitor, month):
        self.visitor, self.page, self.month = visitor, visitor.page, month

    def open(self, who, metric, period, **view):
        kind, ids = ("person", self.month.people) if who in PEOPLE else ("unit", self.month.units)
        asked = {"metric": metric, kind: ids[who], "period": period} | view
        self.visitor.goto("/banyue/figures/?" + "&".join(f"{name}={value}" for name, value in asked.items()))

    def figure(self, who, metric, period, **view):
        """Return what a figure's page says; its credits add up to it."""
        self.open(who, metric, period, **view)
        value = self.page.locator(".figures .figure-value").first
        exact = value.locator(".visually-hidden")
        said = amount((exact if exact.count() else value).inner_text())
        credits = self.page.locator(".table-frame tbody td.num").all_inner_texts()
        assert sum(map(amount, credits)) == said, (who, metric, credits)
        assert not credits or amount(self.page.locator(".table-frame tfoot td.num").inner_text()) == said
        return said

    def read(self, table, period, **view):
        """Return the figures of a table, and everything that stands on their pages."""
        figures, texts = {}, {}
        for key in figures_of(table):
            figures[key] = self.figure(*key, period, **view)
            texts[key] = self.page.locator("main").inner_text()
        return figures, texts

    def wait(self):
        """Wait until a worker has added up what people entered."""
        self.open("root", METRICS[0], "2026-03")
        until(self.page, lambda: not self.page.locator("main .alert-info").count())


def amount(text):
    """Return what a written amount or count is; a figure without a value is nothing."""
    text = text.strip().replace("−", "-")
    return Decimal(0) if text == "—" else Decimal(re.sub(r"[¥,\s]", "", text))


@pytest.fixture
def member(stage, visitors):
    """Call it for somebody of the month with their session."""
    return lambda key, **how: visitors(**({"name": key} | how)).enter(stage.month.sessions[key])


def transfer(visitor, person, unit, from_day):
    page = visitor.goto(f"/banyue/people/{person}/transfer/")
    page.locator("#id_unit").select_option(str(unit))
    page.locator("#id_from_day").fill(from_day.isoformat())
    page.locator("main form [type=submit]").last.click()
    page.wait_for_url(re.compile(rf"/people/{person}/$"))


def log_deal(visitor, *, customer, product, day, owner=None):
    page = visitor.goto("/banyue/deals/add/")
    choose(page, "id_customer", customer)
    choose(page, "id_product", PRODUCTS[product][0])
    page.locator("#id_closed_on").fill(day.isoformat())
    if owner:
        page.locator("details.more-fields summary").click()
        page.locator("#id_owner").select_option(label=owner)
    send(page)
    page.wait_for_url(re.compile(r"/deals/\d+/$"))


def pay(visitor, deal, sum_, day):
    page = visitor.goto(f"/banyue/deals/{deal}/pay/")
    page.locator("#id_amount").fill(str(sum_))
    page.locator("#id_on").fill(day.isoformat())
    send(page)
    page.wait_for_url(re.compile(rf"/deals/{deal}/$"))


def test_a_month_is_closed_and_lived_on_and_every_figure_opens_to_what_it_is_made_of(stage, member):
    stage.start_worker()
    month = stage.month
    director, hr, manager = member("fang"), member("he"), member("mei")
    books = Books(director, month)

    # Closing: not what is not over, not for everybody, and not twice.
    page = director.goto("/banyue/figures/closings/")
    page.locator('main a[href$="/closings/close/"]').first.click()
    expect(page.locator("#id_last_day")).to_have_value("2026-02-28")
    page.locator("#id_last_day").fill("2026-03-31")
    page.locator("main form.filter-bar [type=submit]").click()
    expect(page.locator(".invalid-feedback")).to_be_visible()
    expect(page.locator('main form[method="post"]')).to_have_count(0)
    page.locator("#id_last_day").fill("2026-02-28")
    page.locator("main form.filter-bar [type=submit]").click()
    director.shot("month-close", full_page=True)
    page.locator('main form[method="post"] [type=submit]').dblclick()
    page.wait_for_url("**/figures/closings/")
    expect(page.locator("main tbody tr")).to_have_count(1)
    rep = member("cai", device=PHONE)
    rep.forgive("403")
    assert rep.page.goto("/banyue/figures/closings/close/").status == 403
    page.goto("/banyue/figures/closings/close/?last_day=2026-02-28")
    expect(page.locator(".invalid-feedback")).to_be_visible()
    february = books.read(THE_FEBRUARY, "2026-02")
    assert february[0] == figures_of(THE_FEBRUARY)

    # Hire, a transfer entered late, a transfer in time.
    page = hr.goto("/banyue/people/hire/")
    page.locator("#id_name").fill(PEOPLE["ding"])
    page.locator("#id_employee_number").fill("E-ding")
    page.locator("#id_unit").select_option(str(month.units["one"]))
    page.locator("#id_role").select_option("REP")
    page.locator("#id_hired_on").fill("2026-03-02")
    page.locator("main form [type=submit]").last.click()
    page.wait_for_url(re.compile(r"/people/\d+/$"))
    month.people["ding"] = int(re.search(r"/people/(\d+)/", page.url)[1])
    transfer(hr, month.people["bo"], month.units["two"], date(2026, 2, 1))
    transfer(hr, month.people["cai"], month.units["one"], TODAY)

    # Shared credit, with something on top.
    cabinet = month.deals["cabinet"]
    page = manager.goto(f"/banyue/deals/{cabinet}/shares/")
    for row, (who, percent) in enumerate((("an", 60), ("cai", 40), ("ding", 30))):
        page.locator(f"#id_shares-{row}-person").select_option(label=PEOPLE[who])
        page.locator(f"#id_shares-{row}-percent").fill(str(percent))
    page.locator("#id_shares-2-is_overlay").check()
    send(page)
    page.wait_for_url(re.compile(rf"/deals/{cabinet}/$"))

    # The late deal, the deals in time, the return, the payments.
    log_deal(rep, customer="蔡琳的客户", product="slab", day=date(2026, 2, 27))
    rep.shot("month-late-deal", full_page=True)
    log_deal(rep, customer="蔡琳的客户", product="door", day=TODAY)
    log_deal(manager, customer="安宁的客户", product="window", day=DAY_BEFORE, owner=PEOPLE["ding"])
    worktop = month.deals["worktop-an"]
    page = manager.goto(f"/banyue/deals/{worktop}/return/")
    page.locator('input[name^="line_"]').fill("1")
    page.locator("#id_reason").fill("台面开裂")
    page.locator("#id_on").fill("2026-03-12")
    send(page)
    page.wait_for_url(re.compile(rf"/deals/{worktop}/$"))
    pay(manager, cabinet, 200, date(2026, 3, 15))
    pay(manager, month.deals["worktop-cai"], 500, date(2026, 2, 26))

    # A unit is not moved on days that are closed.
    admin = member("wen")
    page = admin.goto(f"/banyue/people/units/{month.units['one']}/move/")
    page.locator("#id_parent").select_option(str(month.units["west"]))
    page.locator("#id_from_day").fill("2026-02-15")
    page.locator("main form [type=submit]").last.click()
    expect(page.locator(".invalid-feedback").first).to_contain_text("2026-03-01")

    # Everything as it must be, opened to the credits; and the day before as it was known then.
    books.wait()
    assert books.read(THE_MARCH, "2026-03")[0] == figures_of(THE_MARCH)
    director.shot("month-lineage", full_page=True)
    known = {"known": DAY_BEFORE.isoformat()}
    assert books.read(MARCH_AS_KNOWN_BEFORE, "2026-03", **known)[0] == figures_of(MARCH_AS_KNOWN_BEFORE)
    assert books.read(THE_FEBRUARY, "2026-02") == february

    # What arrived late is listed and leads to its deal; the books still say that nothing changed.
    page = director.goto("/banyue/figures/closings/")
    expect(page.locator("main tbody .tag.is-on_pace")).to_have_count(1)
    page.locator('main tbody a[href*="/restatements/"]').click()
    late = page.locator("main tbody")
    for text in ("2026-02-27", "2026-02-26", "2026-03-01", "¥300.00", "¥500.00"):
        expect(late.get_by_text(text).first).to_be_visible()
    director.shot("month-restatements", full_page=True)
    late.locator('a[href*="/deals/"]').first.click()
    page.wait_for_url(re.compile(r"/deals/\d+/$"))
    page = director.goto("/banyue/figures/ledger/")
    expect(page.locator("main .is-behind, main .alert-danger")).to_have_count(0)
