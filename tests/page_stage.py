"""The agent's side of the kiosk page for tests: the real page server, but a test says which screen and when.

So the page meets the very headers, cookie and socket it has in a booth. Everything runs on a thread of its own, beside Playwright.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from agent.adapters.page_server import PageServer, font_directory
from agent.ports import PageHeard, PageJoined
from protocol import page
from tests.stage.waiting import boot_s, wait_for

PAGES = Path(__file__).parent.parent / "kiosk_ui" / "pages"
NOW_MS = 1_780_886_280_000
"""Monday 8 June 2026, 09.38 in Jakarta."""
WIB = page.WallClock(now_ms=NOW_MS, offset_min=420, zone="WIB")
LEASE_EVERY_S = 0.5
LEASE_MS = 2000

Heard = TypeVar("Heard")


class PageStage:
    """One page at a time. `heard` are the page's messages with their moments (boot seconds)."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="page-stage", daemon=True)
        self._server = PageServer(PAGES, fonts=font_directory())
        self._seq = 0
        self._leases: Future[None] | None = None
        self.heard: list[tuple[float, PageHeard]] = []

    def __enter__(self) -> "PageStage":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.start(self._hear), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_leases()
        asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.port}/"

    @property
    def cookie(self) -> dict[str, str | bool]:
        """What the window would set before it loads the page, as Playwright wants it."""
        return {
            "name": "bilik_page",
            "value": self._server.token,
            "url": self.url,
            "httpOnly": True,
            "sameSite": "Strict",
        }

    def _hear(self, message: PageHeard) -> None:
        self.heard.append((boot_s(), message))

    # ---- agent to page --------------------------------------------------------------------------------------------

    def send(self, message: page.ToPage) -> None:
        """Queue a message for the page."""
        self._loop.call_soon_threadsafe(self._server.send, message)

    def show(
        self,
        screen: page.Screen,
        *,
        language: str = "id",
        online: bool = True,
        clock: page.WallClock | None = WIB,
        call_id: str | None = None,
        painted: bool = True,
    ) -> int:
        """Send a screen; with `painted`, return when it is on the glass. Returns its seq."""
        self._seq += 1
        seq = self._seq
        self.send(
            page.Show(
                seq=seq,
                screen=screen,
                language=language,
                terminal_name="Bilik 3",
                facility_name="Rutan Kelas IIA Pekalongan",
                clock=clock,
                online=online,
                call_id=call_id,
            )
        )
        if painted:
            wait_for(
                lambda: any(m.seq == seq for m in self.all(page.Painted)), within_s=10, what=f"{screen} to be painted"
            )
        return seq

    def lease_last(self, ms: int, *, then: page.Farewell) -> None:
        """The last lease before an end in time, which says what follows."""
        self.stop_leases()
        self.send(page.Lease(ms=ms, left_ms=ms, running=True, then=then))

    def lease(self, *, left_ms: int, running: bool = True) -> None:
        """Lease the call every 500 ms until `stop_leases`, as the agent does; the talk time runs down by this thread's clock."""
        self.stop_leases()
        started_s = boot_s()

        async def go_on() -> None:
            while True:
                gone_ms = int((boot_s() - started_s) * 1000) if running else 0
                self._server.send(page.Lease(ms=LEASE_MS, left_ms=max(0, left_ms - gone_ms), running=running))
                await asyncio.sleep(LEASE_EVERY_S)

        self._leases = asyncio.run_coroutine_threadsafe(go_on(), self._loop)

    def stop_leases(self) -> None:
        """As an agent that died: no more leases."""
        if self._leases is not None:
            self._leases.cancel()
            self._leases = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Stop serving, as an agent that died; afterwards serve again on the same port with the same cookie."""
        port, token = self._server.port, self._server.token
        asyncio.run_coroutine_threadsafe(self._server.close(), self._loop).result(10)
        yield
        self._server = PageServer(PAGES, fonts=font_directory(), port=port)
        self._server._token = token
        asyncio.run_coroutine_threadsafe(self._server.start(self._hear), self._loop).result(10)

    # ---- page to agent --------------------------------------------------------------------------------------------

    def all(self, kind: type[Heard]) -> list[Heard]:
        """Every message of a kind so far."""
        return [message for _, message in list(self.heard) if isinstance(message, kind)]

    def wait_for(self, kind: type[Heard], *, within_s: float = 10) -> Heard:
        """The newest message of a kind, waiting for the first."""
        return wait_for(lambda: self.all(kind), within_s=within_s, what=f"the page to say {kind.__name__}")[-1]

    def forget(self) -> None:
        """Forget what was heard."""
        self.heard.clear()

    def is_joined(self) -> bool:
        """Whether a page has connected since the last `forget`."""
        return bool(self.all(PageJoined))
