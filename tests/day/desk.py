"""An officer at the desk in a real browser: the board in one tab, the queue in another, a form where only figures are asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from tests.stage.browsers import Officer
from tests.stage.central import Central

LOADED_MS = 60_000
ADMIT_MS = 3_000
FAST_MS = 15_000


class Desk:
    """One officer who is logged in. `meanwhile` is called between two presses of a long task: the day goes on."""

    def __init__(self, officer: Officer, central: Central, meanwhile: Callable[[], None]) -> None:
        self.central, self.meanwhile = central, meanwhile
        self.board: Page = officer.page
        self.queue: Page = officer.context.new_page()
        self.request = officer.context.request
        for page in (self.board, self.queue):
            page.set_default_timeout(LOADED_MS)

    # ---- the queue ------------------------------------------------------------------------------------------------

    def open_queue(self, **query: str) -> None:
        """Go to the page of the queue, as by its entry in the menu."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.queue.goto(f"{self.central.url}/queue{'?' if asked else ''}{asked}", wait_until="domcontentloaded")

    def approve(self, row: Mapping[str, Any], *, minutes: str = "", reason: str = "") -> None:
        """Match the inmate as it was written, and give a turn."""
        form = self._asking(row, "approve")
        if minutes:
            self.queue.click(f"{form} summary")
            self.queue.fill(f"{form} [name=exempt_minutes]", minutes)
            self.queue.fill(f"{form} [name=exempt_reason]", reason)
        self._press(f"{form} button[type=submit]", f"{row['number']:03}")

    def refuse(self, row: Mapping[str, Any], reason: str) -> None:
        """With a reason that the family reads."""
        form = self._asking(row, "refuse")
        self.queue.click(f"details:has(> {form}) > summary")
        self.queue.fill(f"{form} [name=reason]", reason)
        self._press(f"{form} button[type=submit]", f"{row['number']:03}")

    def _asking(self, row: Mapping[str, Any], act: str) -> str:
        return f"form[action*='/acts/{act}?']:has([name=registration][value='{row['id']}'])"

    def tell_all(self) -> int:
        """Send every message that is ready, as a thumb would; how many."""
        self.open_queue()
        sent = 0
        while (number := self._next_to_tell()) is not None:
            self._press("section[aria-labelledby=tell-name] form button[type=submit]", number)
            sent += 1
            self.meanwhile()
        return sent

    def tell(self, row: Mapping[str, Any]) -> None:
        """Send one family its message out of turn."""
        form = f"section[aria-labelledby=tell-name] form:has([name=registration][value='{row['id']}'])"
        self._press(f"{form} button[type=submit]", f"{row['number']:03}")

    def _next_to_tell(self) -> str | None:
        """Whose news comes first; its message is ready for the messenger, or it has no phone."""
        row = self.queue.query_selector("section[aria-labelledby=tell-name] li.row")
        if row is None:
            return None
        number = row.query_selector("b.num")
        chat = row.query_selector("a[href^='https://wa.me/62']")
        assert number is not None
        assert chat is not None or "+62" not in row.inner_text()
        return number.inner_text()

    def move_later(self, row: Mapping[str, Any], at: datetime) -> None:
        """Put a turn at another time by hand."""
        place = f"details[id='turn-{row['session_id']}']"
        self.queue.click(f"{place} > summary")
        self.queue.fill(f"{place} [name=time]", f"{at:%H:%M}")
        self._press(f"{place} form[action*='/acts/move?'] button[type=submit]", f"{row['number']:03}")

    def walk_in(self, name: str, inmate: str) -> None:
        """A guest at the counter, by keyboard."""
        self.open_queue()
        self.queue.fill("form[action*=walk_in] [name=name]", name)
        self.queue.keyboard.press("Tab")
        self.queue.keyboard.type(inmate)
        with self.queue.expect_navigation(wait_until="domcontentloaded"):
            self.queue.keyboard.press("Enter")
        self.queue.wait_for_selector(".notice[role=status]")

    def _press(self, button: str, number: str) -> None:
        """Press it, and read that it was done for this number."""
        with self.queue.expect_navigation(wait_until="domcontentloaded"):
            self.queue.locator(button).first.click()
        said = self.queue.wait_for_selector(".notice[role]")
        assert said is not None
        assert (said.get_attribute("role"), number in said.inner_text()) == ("status", True), said.inner_text()

    # ---- the board ------------------------------------------------------------------------------------------------

    def open_board(self) -> None:
        """Go to the board, which keeps itself fresh."""
        self.board.goto(f"{self.central.url}/board", wait_until="domcontentloaded")

    def admit_all(self) -> None:
        """Let in every family that waits in front of an open booth; who is not on the board yet waits for the next look."""
        rows = self.central.rows(
            "select id from sessions where state = 'open' and claim_hash is not null and admitted_at_ms is null"
        )
        for row in rows:
            form = f"form[data-act=admit]:has([name=session][value='{row['id']}'])"
            try:
                self.board.locator(f"{form} button[type=submit]").first.click(timeout=ADMIT_MS)
            except PlaywrightError:
                continue

    def end(self, terminal_id: str, party: str) -> bool:
        """End the call at a booth with whose fault it was; whether the board still let it be done."""
        form = f"#tile-{terminal_id} form[data-act=end]"
        try:
            self.board.click(
                f"#tile-{terminal_id} details:has({form[form.index('form') :]}) > summary", timeout=FAST_MS
            )
            self.board.select_option(f"{form} [name=party]", party, timeout=FAST_MS)
            self.board.click(f"{form} button[type=submit]", timeout=FAST_MS)
        except PlaywrightError:
            return False
        return True
