"""Whoever runs the place, in a browser of their own: hours and talk times, the television's link, the guest's code."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from central.credentials import family_code
from tests.stage.browsers import Officer
from tests.stage.central import Central
from tests.stage.stage import PASSWORD, Stage

LOADED_MS = 60_000
TALK = {
    "floor_s": "10 s",
    "default_s": "14 s",
    "ceiling_s": "18 s",
    "change_over_s": "5",
    "notice_s": "1",
    "grace_s": "3",
    "lead_s": "0",
}
TELEVISION = {"width": 1920, "height": 1080}


class Office:
    """An admin who is logged in."""

    def __init__(self, stage: Stage, central: Central) -> None:
        self.stage, self.central = stage, central
        someone = Officer(stage.browsers, central.url)
        someone.log_in("ketua", PASSWORD)
        self.page: Page = someone.page
        self.page.set_default_timeout(LOADED_MS)

    def set_hours(self, begins: str) -> None:
        """Open today from then until midnight, with talk times of seconds."""
        self.page.goto(f"{self.central.url}/schedule")
        today = datetime.now(ZoneInfo("Asia/Jakarta")).weekday()
        for name, typed in (TALK | {f"week_{today}": f"{begins}-24.00"}).items():
            self.page.fill(f"[name={name}]", typed)
        with self.page.expect_navigation():
            self.page.click("main form button[type=submit]")
        said = self.page.wait_for_selector(".notice[role]")
        assert said is not None
        assert said.get_attribute("role") == "status", self.page.inner_text("main")

    def television(self, name: str) -> Page:
        """The screen of the waiting block, opened with the link that is shown once."""
        self.page.goto(f"{self.central.url}/displays")
        self.page.fill("form[action*='/acts/add'] [name=name]", name)
        with self.page.expect_navigation():
            self.page.click("form[action*='/acts/add'] button[type=submit]")
        link = self.page.inner_text("p.linkbox").strip()
        screen = self.stage.browsers.browser.new_context(viewport=TELEVISION).new_page()  # type: ignore[arg-type]
        screen.goto(link)
        screen.wait_for_selector("#clock")
        return screen

    def code_of(self, name: str) -> str:
        """What is on the slip that a guest is given: the code behind the picture on the officer's page."""
        found = self.central.rows("select id from registrations where visitor_name = ?", name)
        secret = self.central.rows("select value from \"values\" where name = 'link_secret'")[0]["value"]
        code = family_code(str(secret), str(found[0]["id"]))
        assert re.fullmatch(r"[2-9A-Z-]+", code)
        return code
