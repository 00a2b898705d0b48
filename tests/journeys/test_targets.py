"""
A year's targets in the company of tests/month.py, as its people walk them: set, split, two locked, one talked about, published, adjusted.

Fang directs, Mei leads An and Bo, Mo leads Cai.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.test_month import amount
from tests.journeys.visitor import PHONE
from tests.month import PEOPLE

pytestmark = pytest.mark.journey


class Grid:
    """A plan's grid, as it is read and pressed."""

    def __init__(self, visitor, plan):
        self.visitor, self.page, self.plan = visitor, visitor.page, plan

    def open(self):
        self.visitor.goto(f"/nianlun/targets/{self.plan}/")
        expect(self.page.locator(".tabulator-row").first).to_be_visible()

    def year_of(self, name):
        return self.page.locator(".tabulator-row", has_text=name).first.locator('.tabulator-cell[tabulator-field="y"]')

    def read(self):
        """Return what everybody is asked for in the year."""
        self.open()
        return {who: amount(self.year_of(name).inner_text()) for who, name in PEOPLE.items() if who in {"an", "bo", "cai"}}

    def lock(self, name):
        self.year_of(name).click()
        with self.page.expect_response(re.compile("/locks/")):
            self.page.locator("[data-lock]").click()

    def refuses(self, name, text):
        """Type what is no amount: it stands in its cell as it was typed, and nothing else changes."""
        cell = self.year_of(name)
        cell.click()
        self.page.keyboard.press("F2")
        self.page.keyboard.insert_text(text)
        with self.page.expect_response(re.compile("/cells/")):
            self.page.keyboard.press("Enter")
        expect(cell).to_have_text(text)
        self.page.locator("[data-pending-drop]").click()
        expect(cell).not_to_have_text(text)


def press(page, leads_to=None):
    page.locator('main form[method="post"] button.btn-primary[type="submit"]').last.click()
    page.wait_for_url(leads_to or re.compile(r"/targets/"))


def test_a_year_is_split_locked_talked_about_published_and_adjusted(stage, visitors):
    story = stage.year
    fang, mei = (visitors(name=who).enter(story.sessions[who]) for who in ("fang", "mei"))
    fang.forgive("422")  # what is no amount is refused
    bo = visitors(PHONE, name="bo").enter(story.sessions["bo"])
    mei.forgive("htmx:(afterRequest|sendAbort)")  # a preview that was asked for is overtaken by the next
    page = fang.page
    fang.goto("/nianlun/targets/start/")
    page.locator("#id_metric").select_option(label="销售额")
    page.locator("#id_year").select_option("2026")
    page.locator("#id_rounding").select_option("1")
    press(page, re.compile(r"/targets/\d+/year/"))
    plan = re.search(r"/targets/(\d+)/", page.url)[1]
    page.locator("#id_commit").fill("90000.05")
    page.locator('main form button[type="submit"]:not([formmethod])').first.click()
    page.wait_for_url(re.compile(rf"/targets/{plan}/(\?|#|$)"))
    fang.goto(f"/nianlun/targets/{plan}/units/{story.units['root']}/split/")
    page.locator('[name="method"][value="EQUAL"]').check(force=True)
    page.locator("#id_whole_subtree").check(force=True)
    expect(page.locator(".split-below tbody tr")).not_to_have_count(0)
    page.locator("form.split .split-actions button.btn-primary").click()
    page.wait_for_url(re.compile(rf"/targets/{plan}/(\?|#|$)"))
    grid = Grid(fang, plan)
    split = grid.read()
    assert sum(split.values()) == amount("90,000.05")
    grid.refuses(PEOPLE["bo"], "<b>7</b>")
    for who in ("an", "cai"):
        grid.lock(PEOPLE[who])
    fang.shot("targets-locked")

    # Bo is asked, offers less on the phone, and is met; An beside him is locked, so the company's year is lower by as much.
    mei.goto(f"/nianlun/targets/{plan}/units/{story.units['one']}/propose/")
    press(mei.page, re.compile("/talks/"))
    bo.goto("/nianlun/")
    bo.page.locator('main a[href*="/targets/talks/"]').first.click()
    bo.page.wait_for_url(re.compile(r"/talks/\d+/$"))
    talk = re.search(r"/talks/(\d+)/", bo.page.url)[1]
    bo.page.locator("details.talk-act summary").last.click()
    bo.page.locator("#id_year").fill("20000")
    bo.page.locator("#id_reason").fill("两个楼盘推迟交房，客户要等到明年")
    bo.shot("targets-counter")
    bo.page.locator('form[action$="/counter/"] button[type="submit"]').click()
    expect(bo.page.locator("main")).to_contain_text("20,000.00")
    mei.goto(f"/nianlun/targets/talks/{talk}/")
    mei.page.locator("form.talk-form button[type=submit]").click()
    mei.page.wait_for_url(re.compile(rf"/talks/(?!{talk}/)\d+/$"))
    fang.goto(f"/nianlun/targets/{plan}/publish/")
    expect(page.locator('main form[method="post"]')).to_have_count(0)  # what Bo is spared is nobody's yet
    # Everybody else keeps theirs: the units become what is below them.
    agreed = split | {"bo": amount("20,000.00")}
    for unit in ("one", "east", "root"):
        fang.goto(f"/nianlun/targets/{plan}/units/{story.units[unit]}/split/")
        page.locator('form[action$="/sum/"] button').click()
        page.locator("#confirm [data-confirm-yes]").click()
        page.wait_for_url(re.compile(rf"/targets/{plan}/(\?|#|$)"))
    assert grid.read() == agreed
    fang.goto(f"/nianlun/targets/{plan}/publish/")
    press(page, re.compile(rf"/targets/{plan}/$"))

    # An adjustment leaves the locked ones alone: the others cannot take it up, the units above can.
    row = f"p{story.people['bo']}-{story.units['one']}"
    mei.goto(f"/nianlun/targets/{plan}/adjust/{row}/?balance=SIBLINGS")
    form = mei.page
    form.locator("#id_from_on").fill("2026-06-01")
    form.locator("#id_reason").fill("新楼盘提前开盘")
    form.locator(".month-fields input").nth(5).fill("9000")
    expect(form.locator("#effects .notice.is-error")).to_contain_text("锁定")
    form.locator('[name="balance"][value="PARENTS"]').check(force=True)
    expect(form.locator("#effects tbody tr")).not_to_have_count(0)
    press(form, re.compile(r"/adjustments/\d+/$"))
    fang.goto(re.sub(r"^https?://[^/]+", "", form.url))
    page.locator('form[action$="/approve/"] button.btn-primary').click()
    page.wait_for_load_state()
    after = grid.read()
    assert {who: after[who] for who in ("an", "cai")} == {who: split[who] for who in ("an", "cai")}
    assert after["bo"] > agreed["bo"]
    assert amount(grid.year_of("半月家居").inner_text()) == sum(after.values())
    fang.goto(f"/nianlun/targets/{plan}/history/")
    for words in ("采纳其金额", "新楼盘提前开盘", f"申请人：{PEOPLE['mei']}", PEOPLE["cai"]):
        expect(page.locator("main")).to_contain_text(words)
    fang.shot("targets-history", full_page=True)
