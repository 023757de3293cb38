"""The made-up booth of a chaos run: real packets instead of made-up hearing, and a page and shell that can break."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from protocol import page, shell
from protocol.call import Offer
from tests.chaos.network import Link
from tests.chaos.sound import EVERY_S, PORT, BoothSound, open_socket
from tests.stage.fake_page import AUDIO_EVERY_S, FakeBooth
from tests.stage.waiting import boot_s

SHELL_LATE_S = 0.3
COLD_S = 0.8
PRESS_S = 0.5
OFFER_S = 3.0
CONNECTED_MS = 1500


def is_silent(silent_ms: tuple[int, int] | None) -> bool:
    """Whether the call has to be tried anew, as the real page does every three seconds while it is not connected."""
    return silent_ms is None or max(silent_ms) >= CONNECTED_MS


class PacketBooth(FakeBooth):
    """Its windows, pages and sound live in the terminal's own network. Faults may be called from any thread."""

    def __init__(self, shell_socket: Path, link: Link | None, family: tuple[str, int], port: int = PORT) -> None:
        super().__init__(shell_socket)
        self._link = link
        self._path = ("127.0.0.1" if link is None else link.addresses.booth, port)
        self._to_family = family
        self._sound: BoothSound | None = None
        self._hung_until_s = 0.0
        self._shell_lease_s: float | None = None
        self._tell: Callable[[shell.FromShell], None] | None = None
        self._changing = asyncio.Lock()
        self.says_twice = False
        self.opened_s: list[float] = []

    # ---- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin, in the terminal's network."""
        if self._link is not None:
            self._loop.call_soon(self._link.enter)
        super().start()
        self._run(self._spawn(self._watch_shell_lease(), self._press()))

    def stop(self) -> None:
        """End it all."""
        super().stop()
        if self._sound is not None:
            self._sound.close()

    def views(self) -> list[tuple[float, float]]:
        """When a call view was on the glass: from, until (or now)."""
        shut = [one.at_s for one in self.shut]
        return [(since, until) for since, until in zip(self.opened_s, [*shut, boot_s()], strict=False)]

    # ---- faults ---------------------------------------------------------------------------------------------------

    def hang(self, seconds: float) -> None:
        """The page's script does not return for so long: nothing is drawn, nothing is said, no lease is watched."""
        self._hung_until_s = boot_s() + seconds

    def lose_window(self) -> None:
        """The window is gone; a new one is up after a cold start."""
        self._run(self._lose_window())

    def power_off(self) -> None:
        """Everything of it is gone at once."""
        self._run(self._power_off())

    def power_on(self) -> None:
        """It begins as after a boot."""
        self._run(self._spawn(self._keep_shell(), self._watch_lease(), self._report_audio()))
        self._run(self._spawn(self._watch_shell_lease(), self._press()))

    # ---- inside ---------------------------------------------------------------------------------------------------

    @property
    def _hangs(self) -> bool:
        return boot_s() < self._hung_until_s

    async def _lose_window(self) -> None:
        self._say_window(shell.WindowPhase.GONE)
        await self._drop_page()
        await asyncio.sleep(COLD_S)
        self._say_window(shell.WindowPhase.STARTING)
        if self._address is not None:
            await self._load_anew("lost")
            self._say_window(shell.WindowPhase.PAINTED)

    def _say_window(self, phase: shell.WindowPhase) -> None:
        if self._tell is not None:
            with contextlib.suppress(OSError, RuntimeError):
                self._tell(shell.WindowFact(phase=phase, pid=os.getpid(), starts=2))

    async def _drop_page(self) -> None:
        async with self._changing:
            if self._page_task is not None:
                self._page_task.cancel()
                await asyncio.gather(self._page_task, return_exceptions=True)
                self._page_task = None
            self._page = None
        self._shut_view("lost")
        self._call_id = None

    async def _power_off(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._drop_page()
        self._address, self._tell, self._shell_lease_s = None, None, None

    async def _load_anew(self, why: str) -> None:
        async with self._changing:
            self._hung_until_s = 0.0
            self._shell_lease_s = None
            await super()._load_anew(why)

    async def _obey(self, order: shell.ToShell, tell: Callable[[shell.FromShell], None]) -> None:
        self._tell = tell
        if isinstance(order, shell.ShellLease):
            self._shell_lease_s = boot_s() + order.ms / 1000 + SHELL_LATE_S
        elif isinstance(order, shell.LeaseOver):
            self._shell_lease_s = None
        await super()._obey(order, tell)

    async def _press(self) -> None:
        """The inmate's hand."""
        while True:
            if isinstance(self.screen, page.CheckIn) and not self.screen.busy:
                await self._send(page.Start())
            elif isinstance(self.screen, page.Rules):
                await self._send(page.RulesAccepted())
            await asyncio.sleep(PRESS_S)

    async def _watch_shell_lease(self) -> None:
        while True:
            if self._shell_lease_s is not None and boot_s() >= self._shell_lease_s and self._address is not None:
                self._shell_lease_s = None
                if self._tell is not None:
                    with contextlib.suppress(OSError, RuntimeError):
                        self._tell(shell.RendererFact(why="lease ran out"))
                await self._load_anew("shell")
            await asyncio.sleep(0.02)

    async def _watch_lease(self) -> None:
        while True:
            due = self._lease_until_s is not None and boot_s() >= self._lease_until_s
            if due and self.view_open and not self._hangs:
                await self._close("lease")
            await asyncio.sleep(0.01)

    async def _draw(self, message: page.ToPage) -> None:
        await asyncio.sleep(max(0.0, self._hung_until_s - boot_s()))
        was_open = self.view_open
        await super()._draw(message)
        if self.view_open and not was_open:
            self.opened_s.append(boot_s())

    async def _send(self, message: page.FromPage) -> None:
        if not self._hangs:
            await super()._send(message)
            if self.says_twice:
                await super()._send(message)

    async def _report_audio(self) -> None:
        if self._sound is None:
            self._sound = BoothSound(open_socket(*self._path), self._to_family)
        said_s = offered_s = boot_s()
        while True:
            self._sound.turn(None if self._hangs else self._call_id)
            silent = self._sound.silent_ms()
            if self._call_id is not None and boot_s() - offered_s >= OFFER_S and is_silent(silent):
                offered_s = boot_s()
                await self._send(page.ToSignalling(message=Offer(call_id=self._call_id, sdp="v=0\r\n")))
            if silent is not None and self._call_id is not None and boot_s() - said_s >= AUDIO_EVERY_S:
                said_s = boot_s()
                self.frames += 12
                await self._send(
                    page.AudioFacts(
                        call_id=self._call_id, here_silent_ms=silent[0], there_silent_ms=silent[1], frames=self.frames
                    )
                )
            await asyncio.sleep(EVERY_S)
