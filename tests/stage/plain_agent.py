"""The agent's own page server and nothing behind it, for a page that is to be looked at by itself."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import fontpkg_atkinson_hyperlegible

from agent.adapters.page_server import PageServer
from agent.ports import PageHeard
from protocol import page
from protocol.page import Ready
from protocol.terminal import IcePolicy
from tests.stage.fake_central import now_ms
from tests.stage.waiting import boot_s, wait_for

PAGES = Path(__file__).resolve().parents[2] / "kiosk_ui" / "pages"
FONTS = Path(fontpkg_atkinson_hyperlegible.__file__).parent / "files"


class PlainAgent:
    """The agent's own page server and nothing behind it: shows one screen, and leases a countdown if asked to."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.server = PageServer(PAGES, fonts=FONTS)
        self._screen: page.Screen = page.Idle(next=())
        self.seq = 0
        self._pages = 0
        self._leases: asyncio.Task[None] | None = None
        self.heard: list[PageHeard] = []

    def start(self) -> None:
        """Serve."""
        self._thread.start()
        self._run(self.server.start(self._hear))

    def stop(self) -> None:
        """Stop serving."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def show(self, screen: page.Screen, *, counting: bool) -> None:
        """Draw this on whatever page is or comes."""
        self._run(self._show(screen, counting=counting))

    def wait_for_page(self, within_s: float = 20.0) -> None:
        """Return when a page that was opened since the last call is drawn."""
        wait_for(lambda: len(self.said(Ready)) > self._pages, within_s=within_s, what="the page to be ready")
        self._pages = len(self.said(Ready))

    def said(self, kind: type) -> list[Any]:
        """What the page said of this kind, oldest first."""
        return [message for message in self.heard if isinstance(message, kind)]

    def lease(self, ms: int) -> None:
        """One lease and no other after it."""
        self._run(self._send(page.Lease(ms=ms, left_ms=60_000, running=True)))

    def start_call(self, call_id: str) -> None:
        """Let the page make its peer connection."""
        self._run(self._send(page.StartCall(call_id=call_id, servers=(), policy=IcePolicy.ALL)))

    async def _send(self, message: page.ToPage) -> None:
        self.server.send(message)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _close(self) -> None:
        if self._leases is not None:
            self._leases.cancel()
        await self.server.close()

    def _hear(self, message: PageHeard) -> None:
        self.heard.append(message)
        if isinstance(message, Ready):
            self._send_screen()

    def _send_screen(self) -> None:
        self.seq += 1
        self.server.send(
            page.Show(
                seq=self.seq,
                screen=self._screen,
                language="id",
                terminal_name="Bilik 3",
                facility_name="Rutan Contoh",
                clock=page.WallClock(now_ms=now_ms(), offset_min=420, zone="WIB"),
                online=True,
            )
        )

    async def _show(self, screen: page.Screen, *, counting: bool) -> None:
        self._screen = screen
        self._send_screen()
        if self._leases is not None:
            self._leases.cancel()
        self._leases = asyncio.create_task(self._lease()) if counting else None

    async def _lease(self) -> None:
        ends_s = boot_s() + 600
        while True:
            left_ms = int((ends_s - boot_s()) * 1000)
            self.server.send(page.Lease(ms=2000, left_ms=left_ms, running=True))
            await asyncio.sleep(0.5)
