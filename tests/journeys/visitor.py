"""Somebody at a browser, whose every error is noted."""

import os
import re
from pathlib import Path

from demo.people import PASSWORD

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Visitor:
    """
    One person with one device.

    `faults` holds what went wrong unasked: errors in the console (a broken content security policy says so there), scripts
    that failed, requests that failed or were answered with an error. A story that provokes one `forgives` it.
    """

    def __init__(self, browser, address, device, *, name):
        self.context = browser.new_context(
            **device, base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        self.context.set_default_timeout(15_000)
        self.address, self.name = address, name
        self.faults, self._forgiven = [], []
        self.page = self.context.new_page()
        self.page.on("console", lambda m: m.type == "error" and self._note(f"console: {m.text} {m.location.get('url', '')}"))
        self.page.on("pageerror", lambda error: self._note(f"script: {error}"))
        self.page.on("requestfailed", lambda r: self._note(f"failed: {r.method} {r.url} {r.failure}"))
        self.page.on("response", lambda r: r.status >= 400 and self._note(f"{r.status}: {r.request.method} {r.url}"))

    def _note(self, fault):
        # A page left before all of it had come is nobody's fault.
        if "net::ERR_ABORTED" not in fault:
            self.faults.append(f"{self.name} at {self.page.url}: {fault}")

    def forgive(self, pattern):
        """Let pass what matches a pattern, before or after."""
        self._forgiven.append(pattern)

    def unforgiven(self):
        faults = dict.fromkeys(self.faults)
        return [fault for fault in faults if not any(re.search(pattern, fault) for pattern in self._forgiven)]

    def sign_in(self, login, *, password=PASSWORD):
        """Sign in by the form."""
        self.page.goto("/accounts/login/")
        self.page.locator("#id_login").fill(login)
        self.page.locator("#id_password").fill(password)
        self.page.locator("form[data-sign-in-form] button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return self

    def enter(self, session):
        """Come in with a session that is there already."""
        self.context.add_cookies([{"name": "sessionid", "value": session, "url": self.address}])
        return self

    def goto(self, path):
        response = self.page.goto(path, wait_until="load")
        assert response.ok, f"{path}: {response.status}"
        return self.page

    def shot(self, name, **how):
        """Keep a picture if pictures are wanted."""
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png", **how)
