"""A booth without a screen: speaks protocol/shell.py and protocol/page.py as bilik-shell and the kiosk page would.

It decides nothing, as the page: it draws what it is told (into a list), beats, answers `Closed`, and gives the call up when its
lease runs out. There is no WebRTC: what each end hears is made up by the test.
"""

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from protocol import page, shell
from protocol.call import Offer
from protocol.devices import Speaker, TryDevices
from tests.fakes import MEASURED
from tests.stage.waiting import boot_s, wait_for

AUDIO_EVERY_S = 0.5
BEAT_EVERY_S = 1.0
RETRY_S = 0.1
COOKIE = "bilik_page"
VIEWS = (page.Waiting, page.Call)


class Seen(NamedTuple):
    """A screen that was drawn, and when."""

    at_s: float
    show: page.Show


class Shut(NamedTuple):
    """A call view that was closed: when, and by what (show, lease, or lost when the page was loaded anew)."""

    at_s: float
    by: str


class FakeBooth:
    """Shell and page in one thread. Start it before or after the agent: it keeps trying, as the real ones do."""

    def __init__(self, shell_socket: Path) -> None:
        self._socket = shell_socket
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-booth", daemon=True)
        self._tasks: list[asyncio.Task[None]] = []
        self._page: ClientConnection | None = None
        self._page_task: asyncio.Task[None] | None = None
        self._address: shell.PageAddress | None = None
        self._lease_until_s: float | None = None
        self._call_id: str | None = None
        self.hears_since_s: float | None = None
        self.heard_from_agent: list[tuple[float, Any]] = []
        self.seen: list[Seen] = []
        self.shut: list[Shut] = []
        self.orders: list[shell.OrderKind] = []
        self.view_open = False
        self.frames = 0

    # ---- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to knock at the agent's shell socket."""
        self._thread.start()
        self._run(self._spawn(self._keep_shell(), self._watch_lease(), self._report_audio()))

    def start_page(self, *, port: int, token: str) -> None:
        """Be a page alone, without a shell, at this address."""
        self._thread.start()
        self._address = shell.PageAddress(port=port, token=token)
        self._run(self._load_anew("lost"))
        self._run(self._spawn(self._watch_lease(), self._report_audio()))

    def stop(self) -> None:
        """Close everything and end the thread."""
        if not self._thread.is_alive():
            return
        self._run(self._cancel())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    # ---- eyes -----------------------------------------------------------------------------------------------------

    @property
    def screen(self) -> page.Screen | None:
        """What is drawn at this moment."""
        return self.seen[-1].show.screen if self.seen else None

    def wait_for_screen(self, kind: type, *, within_s: float = 20.0) -> Any:
        """The first moment that a screen of this kind is the one that is drawn."""
        return wait_for(
            lambda: self.screen if isinstance(self.screen, kind) else None,
            within_s=within_s,
            what=f"the {kind.__name__} screen instead of {type(self.screen).__name__}",
        )

    def wait_for_phase(self, phase: str, *, within_s: float = 20.0) -> page.Call:
        """The call screen in this phase."""
        return wait_for(
            lambda: self.screen if isinstance(self.screen, page.Call) and self.screen.phase == phase else None,
            within_s=within_s,
            what=f"the call to be {phase}",
        )

    # ---- hands ----------------------------------------------------------------------------------------------------

    def press_start(self) -> None:
        """The large button."""
        self._say(page.Start())

    def enter_pin(self, pin: str) -> None:
        """The inmate's PIN."""
        self._say(page.Pin(pin=pin))

    def accept_rules(self) -> None:
        """I understand and agree."""
        self._say(page.RulesAccepted())

    def hang_up(self) -> None:
        """The inmate's confirmed End."""
        self._say(page.HungUp())

    def hear_nothing(self) -> None:
        """From now on no audio packet comes in at this end."""
        self.hears_since_s = boot_s()

    def hear_again(self) -> None:
        """Audio packets come in again."""
        self.hears_since_s = None

    def lose_page(self) -> None:
        """The renderer is gone: its socket closes, the shell loads the page anew at once."""
        self._run(self._load_anew("lost"))

    # ---- inside ---------------------------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _spawn(self, *work: Coroutine[Any, Any, None]) -> None:
        self._tasks.extend(asyncio.create_task(one) for one in work)

    async def _cancel(self) -> None:
        tasks = [*self._tasks, *([self._page_task] if self._page_task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _say(self, message: page.FromPage) -> None:
        self._run(self._send(message))

    async def _send(self, message: page.FromPage) -> None:
        if self._page is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._page.send(msgspec.json.encode(message).decode())

    async def _keep_shell(self) -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._be_shell()
            await asyncio.sleep(RETRY_S)

    async def _be_shell(self) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket))

        def tell(fact: shell.FromShell) -> None:
            writer.write(msgspec.json.encode(fact) + b"\n")

        tell(shell.ShellHello(version="0", pid=os.getpid(), screen="none"))
        tell(shell.WindowFact(phase=shell.WindowPhase.UP, pid=os.getpid(), starts=1))
        try:
            while line := await reader.readline():
                await self._obey(msgspec.json.decode(line, type=shell.ToShell), tell)
        finally:
            writer.close()

    async def _obey(self, order: shell.ToShell, tell: Callable[[shell.FromShell], None]) -> None:
        if isinstance(order, shell.PageAddress) and order != self._address:
            self._address = order
            await self._load_anew("lost")
            tell(shell.WindowFact(phase=shell.WindowPhase.PAINTED, pid=os.getpid(), starts=1))
        if isinstance(order, shell.Order):
            self.orders.append(order.kind)
            if order.kind not in (shell.OrderKind.SHOW_CURTAIN, shell.OrderKind.RAISE_WINDOW):
                tell(shell.WindowFact(phase=shell.WindowPhase.STARTING, starts=2))
                await self._load_anew("lost")
                tell(shell.WindowFact(phase=shell.WindowPhase.PAINTED, pid=os.getpid(), starts=2))

    async def _load_anew(self, why: str) -> None:
        if self._page_task is not None:
            self._page_task.cancel()
            await asyncio.gather(self._page_task, return_exceptions=True)
        self._shut_view(why)
        self._call_id = None
        self._page_task = asyncio.create_task(self._keep_page())

    async def _keep_page(self) -> None:
        while True:
            with contextlib.suppress(OSError, ConnectionClosed, TimeoutError):
                await self._be_page()
            self._page = None
            await asyncio.sleep(RETRY_S)

    async def _be_page(self) -> None:
        assert self._address is not None
        origin = f"http://127.0.0.1:{self._address.port}"
        headers = {"Cookie": f"{COOKIE}={self._address.token}"}
        url = f"ws://127.0.0.1:{self._address.port}/ws"
        async with connect(url, origin=origin, additional_headers=headers, compression=None) as socket:  # type: ignore[arg-type]
            self._page = socket
            await self._send(page.Ready())
            await self._send(page.Devices(camera=True, microphone=True))
            beat = asyncio.create_task(self._beat())
            try:
                async for text in socket:
                    await self._draw(msgspec.json.decode(text, type=page.ToPage))
            finally:
                beat.cancel()

    async def _beat(self) -> None:
        while True:
            await self._send(page.Alive(hidden=False))
            await asyncio.sleep(BEAT_EVERY_S)

    async def _draw(self, message: page.ToPage) -> None:
        self.heard_from_agent.append((boot_s(), message))
        if isinstance(message, page.Show):
            await self._show(message)
        elif isinstance(message, page.Lease):
            self._lease_until_s = boot_s() + message.ms / 1000
        elif isinstance(message, page.StartCall) and message.call_id != self._call_id:
            self._call_id = message.call_id
            offer = Offer(call_id=message.call_id, sdp="v=0\r\n")
            await self._send(page.ToSignalling(message=offer))
            await self._send(page.FirstFrame(call_id=message.call_id))
        elif isinstance(message, TryDevices):
            speaker = Speaker.PLAYED if message.tone else Speaker.UNTRIED
            await self._send(msgspec.structs.replace(MEASURED, try_id=message.try_id, speaker=speaker))

    async def _show(self, show: page.Show) -> None:
        left = bool(self.seen) and isinstance(self.screen, VIEWS) and not isinstance(show.screen, VIEWS)
        self.seen.append(Seen(boot_s(), show))
        if isinstance(show.screen, VIEWS):
            self.view_open = True
        elif left or self.view_open:
            await self._close("show")
        await self._send(page.Painted(seq=show.seq))

    async def _close(self, by: str) -> None:
        self._shut_view(by)
        await self._send(page.Closed(call_id=self._call_id, by=by))
        self._call_id = None

    def _shut_view(self, by: str) -> None:
        if self.view_open:
            self.view_open = False
            self.shut.append(Shut(boot_s(), by))
        self._lease_until_s = None

    async def _watch_lease(self) -> None:
        while True:
            if self._lease_until_s is not None and boot_s() >= self._lease_until_s and self.view_open:
                await self._close("lease")
            await asyncio.sleep(0.01)

    async def _report_audio(self) -> None:
        while True:
            if self._call_id is not None:
                silent_ms = 0 if self.hears_since_s is None else int((boot_s() - self.hears_since_s) * 1000)
                self.frames += 12
                await self._send(
                    page.AudioFacts(
                        call_id=self._call_id, here_silent_ms=silent_ms, there_silent_ms=silent_ms, frames=self.frames
                    )
                )
            await asyncio.sleep(AUDIO_EVERY_S)
