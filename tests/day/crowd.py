"""Thirty families: each registers, follows its own page, joins when its number is called, and goes where it is told."""

import re
from typing import Any

import httpx

from protocol import call
from tests.stage.browsers import Family
from tests.stage.central import Central
from tests.stage.fake_family import FakeFamily
from tests.stage.stage import Stage

NONCE = re.compile(r'name="nonce" value="([^"]+)"')
JOIN = re.compile(r'href="(/join#[^"]+)"')
MAKE_UP = re.compile(r'action="/ikuti\?lang=id"><input type="hidden" name="code" value="([^"]+)"')


class One:
    """One family on its own phone. `number` is what its page says."""

    def __init__(self, central: Central, name: str, inmate: str, phone: str, *, comes: bool = True) -> None:
        self.central = central
        self.name, self.inmate, self.phone, self.comes = name, inmate, phone, comes
        self.http = httpx.Client(base_url=central.url, timeout=20, headers={"accept": "text/html"})
        self.ends: dict[str, FakeFamily | Family] = {}

    def register(self, day: str) -> None:
        """Fill in the form, as a phone without script does; the private page opens."""
        form = self.http.get("/daftar?lang=id").text
        found = NONCE.search(form)
        assert found is not None, form[:500]
        wish = {"name": self.name, "relation": "spouse", "phone": self.phone, "inmate": self.inmate, "day": day}
        answer = self.http.post("/daftar?lang=id", data=wish | {"consent": "yes", "nonce": found.group(1)})
        assert answer.status_code == 303, (answer.status_code, answer.text[:400])

    def page(self) -> str:
        """What its page says now; a turn that makes up for a broken call is opened as soon as it is offered."""
        text = self.http.get("/ikuti?lang=id").text
        offered = MAKE_UP.search(text)
        if offered is not None:
            self.http.post("/ikuti?lang=id", data={"code": offered.group(1)})
            text = self.http.get("/ikuti?lang=id").text
        return text

    def link(self) -> str | None:
        """The call's link, from its own page; the newest registration comes first."""
        found = JOIN.search(self.page())
        return None if found is None else f"{self.central.url}{found.group(1)}"

    def join(self, session_id: str, stage: Stage, *, really: bool) -> bool:
        """Open the link, with a real browser or without; whether it did."""
        link = self.link()
        if link is None or session_id in self.ends:
            return session_id in self.ends
        if really:
            phone = Family(stage.browsers, link)
            phone.open()
            phone.go_in()
            self.ends[session_id] = phone
            return True
        family = FakeFamily(link)
        stage.ends(family.close)
        family.join()
        self.ends[session_id] = family
        return True

    def was_told(self, session_id: str) -> Any:
        """What its end of a call heard at last, for a family without a browser."""
        family = self.ends.get(session_id)
        return family.last(call.Ended) if isinstance(family, FakeFamily) else None

    def close(self) -> None:
        """Forget the cookie."""
        self.http.close()
