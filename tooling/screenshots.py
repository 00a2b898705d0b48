"""
Take the README's pictures from a running demo: `bin/screenshots http://localhost:8000`.

Chinese on a desktop and a phone, one page in English in the dark. Files go to docs/screenshots/.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Picture:
    """One picture: its file's name, who looks, at which page of the demo company."""

    name: str
    login: str
    path: str
    viewport: dict
    is_dark: bool = False
    is_english: bool = False
    opens: str = ""  # the first of these is followed, to a page whose address is not known beforehand


PICTURES = (
    Picture("rep-today-phone", "rep", "", PHONE),
    Picture("rep-deal-phone", "rep", "deals/add/", PHONE),
    Picture("manager-team", "manager", "", DESKTOP),
    Picture("director-regions", "director", "", DESKTOP),
    Picture("leaderboard", "manager", "leaderboard/", DESKTOP),
    Picture("assessment", "hr", "assessments/", DESKTOP),
    Picture("targets", "director", "targets/", DESKTOP, opens="tbody th a"),
    Picture(
        "pay-plan",
        "hr",
        "pay/plans/",
        DESKTOP,
        opens="main a[href*='/pay/plans/']:not([href$='/plans/']):not([href$='/start/'])",
    ),
    Picture("pay-statement-phone", "rep", "pay/mine/", PHONE),
    Picture("honours", "director", "honours/", DESKTOP),
    Picture("import", "admin", "exchange/", DESKTOP),
    Picture("leaderboard-dark-english", "director", "leaderboard/", DESKTOP, is_dark=True, is_english=True),
)


def main(arguments):
    if len(arguments) != 1:
        sys.stderr.write("Usage: bin/screenshots <address of a running demo>\n")
        return 2
    from playwright.sync_api import sync_playwright

    from accounts.rules import DEMO_PASSWORD

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for picture in PICTURES:
            take(browser, arguments[0].rstrip("/"), picture, DEMO_PASSWORD)
        browser.close()
    return 0


def take(browser, address, picture, password):
    """Sign in as the one who looks, open the page, wait until it is drawn, keep the picture; leave the language as it was."""
    context = browser.new_context(viewport=picture.viewport, color_scheme="dark" if picture.is_dark else "light")
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", f"{picture.login}@jincheng.example")
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{address}/jincheng/")
    if picture.is_english:
        page.click("button:text-is('EN')")
        page.wait_for_selector("button:text-is('中')")
    page.goto(f"{address}/jincheng/{picture.path}")
    if picture.opens:
        page.locator(picture.opens).first.click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(800)
    page.screenshot(path=FOLDER / f"{picture.name}.png")
    if picture.is_english:
        page.click("button:text-is('中')")
        page.wait_for_selector("button:text-is('EN')")
    context.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
