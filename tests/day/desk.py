"""The officer's desk by plain forms, as fast as a hand that knows the page; what is looked at is done in a real browser."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from tests.stage.central import Central
from tests.stage.stage import PASSWORD

CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class Desk:
    """One officer who is logged in."""

    def __init__(self, central: Central, name: str) -> None:
        self.central = central
        self.http = httpx.Client(base_url=central.url, timeout=30, headers={"accept": "text/html"})
        answer = self.http.post("/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.status_code
        found = CSRF.search(self.http.get("/queue").text)
        assert found is not None
        self.csrf = found.group(1)

    def act(self, path: str, **fields: str) -> httpx.Response:
        """Press one button."""
        return self.http.post(path, data={"csrf": self.csrf} | fields)

    def approve(self, registration: Mapping[str, Any], **fields: str) -> None:
        """Match the inmate as it was written, and give a turn."""
        answer = self.act(
            "/queue/acts/approve?lang=en",
            registration=registration["id"],
            inmate=registration["inmate_said"],
            **fields,
        )
        assert answer.status_code == 200, answer.text[-600:]

    def tell_all(self) -> int:
        """Send every message that is ready, as a thumb would; how many."""
        waiting = self.central.rows("select id from registrations where to_tell is not null")
        for row in waiting:
            self.act("/queue/acts/sent", registration=row["id"])
        return len(waiting)

    def admit_all(self) -> None:
        """Let in every family that waits in front of an open booth."""
        rows = self.central.rows(
            "select id from sessions where state = 'open' and claim_hash is not null and admitted_at_ms is null"
        )
        for row in rows:
            self.act("/board/acts/admit", session=row["id"])
