"""Thirty families on their own phones: each registers, follows its own page, joins when its number is called."""

import re
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from protocol import call
from tests.day.ways import PLAIN, Way
from tests.stage.browsers import Family
from tests.stage.central import Central
from tests.stage.fake_family import FakeFamily
from tests.stage.stage import Stage

SMALL = ViewportSize(width=360, height=740)
LOADED_MS = 60_000
JOIN = re.compile(r'href="(/join#[^"]+)"')
MAKE_UP = re.compile(r'action="/ikuti\?lang=(?:id|en)"><input type="hidden" name="code" value="([^"]+)"')
CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}")


class One:
    """One family. What it looks at is a page of Chromium; that it looks again and again is only asked for, with its cookies."""

    def __init__(
        self,
        stage: Stage,
        central: Central,
        name: str,
        inmate: str,
        phone: str,
        *,
        way: Way = PLAIN,
        comes: bool = True,
    ) -> None:
        self.stage, self.central, self.way = stage, central, way
        self.name, self.inmate, self.phone, self.comes = name, inmate, phone, comes
        self.ends: dict[str, FakeFamily | Family] = {}
        self.context = self._phone(script=way.has_script)

    def _phone(self, *, script: bool) -> BrowserContext:
        browser: Browser = self.stage.browsers.browser
        context = browser.new_context(
            viewport=SMALL,
            locale=f"{self.way.language}-{'ID' if self.way.language == 'id' else 'GB'}",
            timezone_id="Asia/Jakarta",
            java_script_enabled=script,
            permissions=["camera", "microphone"],
        )
        context.set_default_timeout(LOADED_MS)
        return context

    # ---- before the call ------------------------------------------------------------------------------------------

    def register(self, day: str) -> str:
        """Fill in the form the way this family does; the number that its private page shows."""
        page = self.context.new_page()
        page.goto(f"{self.central.url}/daftar")
        if self.way.language == "en":
            page.press(".lang [lang=en]", "Enter")
            page.wait_for_selector("html[lang=en]")
        self.way.fill(page, {"name": self.name, "phone": self.phone, "inmate": self.inmate, "day": day})
        page.wait_for_selector(".follow.waiting")
        number = page.inner_text(".follow dd.large")
        code = CODE.search(page.inner_text(".follow .code"))
        page.close()
        assert code is not None
        if not self.way.has_script:
            self.take_another_phone(code.group())
        return number

    def take_another_phone(self, code: str) -> None:
        """Open the private page elsewhere with the code, typed as it was written down."""
        self.context.close()
        self.context = self._phone(script=True)
        page = self.context.new_page()
        page.goto(f"{self.central.url}/ikuti")
        page.fill("#code", code.lower())
        page.press("#code", "Enter")
        page.wait_for_selector(".follow")
        page.close()

    def look(self) -> Page:
        """Its private page, opened; a turn that makes up for a broken call is opened too, by its button."""
        page = self.context.new_page()
        page.goto(f"{self.central.url}/ikuti?lang={self.way.language}")
        for _ in range(2):
            button = page.query_selector(".follow form[action^='/ikuti?'] button")
            if button is None or page.locator(".follow").count() > 1:
                break
            button.click()
            page.wait_for_function("document.querySelectorAll('.follow').length > 1")
        return page

    # ---- the call -------------------------------------------------------------------------------------------------

    def link(self) -> str | None:
        """The call's link, from its own page; the newest registration comes first."""
        found = JOIN.search(self._asked())
        return None if found is None else f"{self.central.url}{found.group(1)}"

    def _asked(self) -> str:
        text = self.context.request.get(f"{self.central.url}/ikuti").text()
        offered = MAKE_UP.search(text)
        if offered is not None and text.count('class="card follow') == 1:
            self.look().close()
            text = self.context.request.get(f"{self.central.url}/ikuti").text()
        return text

    def join(self, session_id: str, *, really: bool) -> bool:
        """Open the call from the own page, with a real browser or without; whether it did."""
        link = self.link()
        if link is None or session_id in self.ends:
            return session_id in self.ends
        if really:
            phone = Family(self.stage.browsers, link, language=self.way.language)
            phone.open()
            phone.go_in()
            self.ends[session_id] = phone
            return True
        family = FakeFamily(link)
        self.stage.ends(family.close)
        family.join()
        self.ends[session_id] = family
        return True

    def was_told(self, session_id: str) -> Any:
        """What its end of a call heard at last, for a family without a browser."""
        family = self.ends.get(session_id)
        return family.last(call.Ended) if isinstance(family, FakeFamily) else None
