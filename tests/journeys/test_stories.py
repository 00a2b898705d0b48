"""The main job as each role walks it, in the demo company, by nothing but what stands on the pages."""

import re

import pytest
from playwright.sync_api import expect

from tests.guards.world import TODAY
from tests.journeys.visitor import PHONE

pytestmark = pytest.mark.journey


def until(page, holds, *, reloads=40):
    """Load a page again until what a worker does in the background has arrived."""
    for _ in range(reloads):
        if holds():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{page.url} did not come to it")


def choose(page, field, text):
    """Type into a picker, once the page listens, and take what it offers first."""
    expect(page.locator("[data-waiting-pill][data-ready]")).to_be_attached()
    page.locator(f"#{field}_text").fill(text)
    page.locator(f"#{field}_list [role=option]").first.click()


def send(page):
    page.locator("button.submit-bar-main").click()


def test_a_rep_adds_a_customer_logs_a_visit_and_a_deal_and_sees_the_pace_change(stage, visitors):
    stage.start_worker()
    rep = visitors(PHONE, name="rep")
    page = rep.page
    page.goto("/accounts/login/")
    page.locator('[data-sign-in="rep@jincheng.example"]').click()
    page.wait_for_url("**/jincheng/")
    pace = page.locator(".pace-percent").inner_text()
    rep.shot("rep-today")

    page.locator(".dock-plus").click()
    page.locator('#add-sheet a[href$="/customers/add/"]').click()
    page.locator("#id_name").fill("云栖小镇 8-1201 沈女士")
    page.locator("#id_phone").fill("139 0000 8811")
    page.locator("button.submit-bar-main").dblclick()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    customer = re.search(r"/customers/(\d+)/", page.url)[1]
    rep.goto("/jincheng/customers/?q=云栖小镇")
    expect(page.locator(f'a[href="/jincheng/customers/{customer}/"]').first).to_be_visible()
    assert len(set(re.findall(r"/customers/(\d+)/", page.locator("main").inner_html()))) == 1

    rep.goto(f"/jincheng/visits/add/?customer={customer}")
    page.locator("#id_outcome").fill("看了样板间，下周量尺")
    send(page)
    page.wait_for_url(re.compile(r"/visits/\d+/$"))
    expect(page.locator("main")).to_contain_text("看了样板间")

    rep.goto(f"/jincheng/deals/add/?customer={customer}")
    choose(page, "id_product", "岩板")
    rep.shot("rep-deal")
    page.locator("button.submit-bar-main").dblclick()
    page.wait_for_url(re.compile(r"/deals/\d+/$"))
    rep.goto(f"/jincheng/customers/{customer}/")
    assert len(set(re.findall(r"/deals/(\d+)/", page.locator("main").inner_html()))) == 1

    rep.goto("/jincheng/")
    until(page, lambda: page.locator(".pace-percent").inner_text() != pace)


def test_a_manager_goes_from_the_board_to_a_person_to_the_meeting_and_its_decision(visitors):
    manager = visitors(name="manager").sign_in("manager@jincheng.example")
    page = manager.page
    manager.shot("manager-board")
    page.locator('main table a[href*="/figures-of/"]').first.click()
    page.wait_for_url(re.compile(r"/figures-of/\d+/"))
    manager.shot("manager-person")

    manager.goto("/jincheng/meetings/call/")
    page.locator("#id_day").fill("2026-03-26")
    page.locator("#id_time").fill("09:00")
    page.locator("#id_place").fill("三楼会议室")
    page.locator('main form button[type="submit"]').first.click()
    page.wait_for_url(re.compile(r"/meetings/\d+/"))
    expect(page.locator("ol.agenda > li")).not_to_have_count(0)
    decide = page.locator("#decisions form.decide-form")
    decide.locator('[name="text"]').fill("本周每人至少补访两位逾期客户")
    decide.locator('[name="owner"]').select_option(index=1)
    decide.locator('button[type="submit"]').dblclick()
    expect(page.locator("#decisions").get_by_text("本周每人至少补访两位逾期客户")).to_have_count(1)
    manager.shot("manager-agenda", full_page=True)

    page.emulate_media(media="print")
    expect(page.locator(".signatures")).to_be_visible()
    expect(page.locator("nav#rail, .rail").first).to_be_hidden()
    expect(page.locator("#decisions form.decide-form")).to_be_hidden()
    manager.shot("manager-agenda-print", full_page=True)


def test_a_director_splits_a_year_down_to_the_people_and_publishes_it(visitors):
    director = visitors(name="director").sign_in("director@jincheng.example")
    page = director.page
    director.goto("/jincheng/targets/start/")
    page.locator("#id_metric").select_option(label="成交单数")
    page.locator("#id_year").select_option("2026")
    page.locator("#id_rounding").select_option("1")
    page.locator('main form button[type="submit"]').first.click()
    page.wait_for_url(re.compile(r"/targets/(\d+)/year/"))
    plan = re.search(r"/targets/(\d+)/", page.url)[1]
    page.locator("#id_commit").fill("3600")
    page.locator('main form button[type="submit"]:not([formmethod])').first.click()
    page.wait_for_url(re.compile(rf"/targets/{plan}/(\?|#|$)"))
    page.goto(page.locator('a[href*="/split/"]').first.get_attribute("href"))
    page.locator('[name="method"][value="EQUAL"]').check(force=True)
    page.locator("#id_whole_subtree").check(force=True)
    director.shot("director-split")
    page.locator("form.split button.btn-primary").click()
    page.wait_for_url(re.compile(rf"/targets/{plan}/(\?|#|$)"))
    director.shot("director-plan")
    director.goto(f"/jincheng/targets/{plan}/publish/")
    page.locator('main form[method="post"] button[type="submit"]').click()
    page.wait_for_url(re.compile(rf"/targets/{plan}/$"))
    director.goto(f"/jincheng/targets/{plan}/publish/")
    expect(page).to_have_url(re.compile(rf"/targets/{plan}/$"))  # there is nothing left to publish


def test_scores_are_given_and_hr_takes_the_workbook_away(visitors, tmp_path):
    manager = visitors(name="manager").sign_in("manager@jincheng.example")
    manager.goto("/jincheng/assessments/scores/")
    score = manager.page.locator('input[name^="score-"]').first
    score.fill("91.5")
    name = score.get_attribute("name")
    manager.page.locator('main form[method="post"] button[type="submit"]').last.click()
    manager.page.wait_for_load_state()
    expect(manager.page.locator(f'[name="{name}"]')).to_have_value(re.compile("91.5"))

    hr = visitors(name="hr").sign_in("hr@jincheng.example")
    page = hr.page
    hr.goto("/jincheng/assessments/")
    page.locator("form.workbook-form button[type=submit]").dblclick()
    page.wait_for_load_state()
    kept = page.locator('#workbooks a[href*="/workbooks/"]')
    until(page, lambda: kept.count() > 0)
    assert kept.count() == 1
    hr.shot("hr-assessment")
    with page.expect_download() as download:
        kept.first.click()
    file = tmp_path / "assessment.xlsx"
    download.value.save_as(file)
    assert len(_sheets_of(file)) > 10
    assert "<f>" in _text_of(file)


def test_an_admin_invites_a_colleague_who_joins_by_the_link(visitors):
    admin = visitors(name="admin").sign_in("admin@jincheng.example")
    admin.goto("/jincheng/people/invite/")
    admin.page.locator("#id_name").fill("许诺")
    admin.page.locator("#id_role").select_option("HR")
    admin.page.locator("#id_email").fill("xunuo@jincheng.example")
    admin.page.locator('main form [type="submit"]').first.click()
    link = admin.page.locator("#invitation-link").input_value()

    guest = visitors(PHONE, name="guest")
    guest.page.goto(link)
    for field in ("#id_password", "#id_password_again"):
        guest.page.locator(field).fill("a-long-and-quiet-river-7")
    guest.page.locator('main form [type="submit"]').first.click()
    guest.page.wait_for_url("**/jincheng/**")
    guest.shot("guest-joined")
    again = visitors(name="latecomer")
    again.forgive(r"4\d\d")
    again.page.goto(link)
    expect(again.page.locator("#id_password")).to_have_count(0)


def test_an_admin_imports_a_file_and_gets_back_the_rows_that_were_not_taken(stage, visitors, tmp_path):
    stage.start_worker()
    admin = visitors(name="admin").sign_in("admin@jincheng.example")
    page = admin.page
    file = tmp_path / "客户.csv"
    rows = [f"进口客户{number},1370000{number:04d},B" for number in range(300)]
    file.write_bytes("\n".join(["客户名称,电话,等级", *rows, "坏行,13700009999,特级"]).encode("gbk"))
    admin.goto("/jincheng/exchange/new/?kind=CUSTOMERS")
    page.locator('input[type="file"]').set_input_files(file)
    page.locator("form.import-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/exchange/\d+/columns/"))
    admin.shot("admin-columns")
    page.locator("form.import-form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/exchange/\d+/$"))
    until(page, lambda: page.locator('form[action$="/start/"]').count() > 0)
    admin.shot("admin-preview", full_page=True)
    page.locator('form[action$="/start/"] button').dblclick()
    page.wait_for_load_state()
    until(page, lambda: page.locator('a[href*="/customers/"].btn-primary').count() > 0)
    admin.shot("admin-imported", full_page=True)
    with page.expect_download() as download:
        page.locator('a[href$="/rejected/"]').first.click()
    rejected = download.value.path().read_text(encoding="utf-8-sig")
    assert "坏行" in rejected
    assert "进口客户7" not in rejected
    admin.goto("/jincheng/customers/?q=进口客户299")
    expect(page.locator("main").get_by_text("进口客户299").first).to_be_visible()


def test_somebody_of_two_companies_switches_and_chooses_language_and_theme(visitors):
    both = visitors(name="both").sign_in("admin@jincheng.example")
    page = both.page
    both.goto("/jincheng/")
    page.locator("a.topbar-company").click()
    page.wait_for_url("**/companies/")
    page.locator('a[href="/beichen/"]').click()
    page.wait_for_url("**/beichen/")
    page.locator('button[name="language"][value="en"]').first.click()
    page.wait_for_load_state()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.locator('[name="language"][value="zh-hans"]').count()
    for _ in range(3):
        if page.locator("html").get_attribute("data-bs-theme") == "dark":
            break
        page.locator("[data-theme-toggle]").first.click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    both.shot("both-english-dark")
    page.goto("/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        page.locator("#id_password").fill("demo-sales-2026")
        page.locator('main form [type="submit"]').first.click()
    expect(page.locator("#id_code")).to_be_visible()
    page.locator('button[name="language"][value="zh-hans"]').first.click()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh", re.IGNORECASE))


def _text_of(file):
    import zipfile

    with zipfile.ZipFile(file) as book:
        return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist() if name.endswith(".xml"))


def _sheets_of(file):
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(file).sheet_names


def test_the_stories_happen_on_their_own_day(visitors):
    rep = visitors(PHONE, name="rep").sign_in("rep@jincheng.example")
    expect(rep.page.locator("h1").first).to_contain_text(f"{TODAY.month}月{TODAY.day}日")
