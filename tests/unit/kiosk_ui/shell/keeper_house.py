"""A keeper with a made-up window, curtain and clock, that a test speaks for."""

import asyncio
from collections.abc import Callable

from kiosk_ui.shell.escapes import EscapeTally
from kiosk_ui.shell.keeper import Keeper
from protocol.shell import (
    FromShell,
    FromWindow,
    Order,
    OrderKind,
    RendererEnded,
    ToWindow,
    WindowBeat,
    WindowFact,
    WindowPainted,
    WindowPhase,
    WindowUp,
)

KILLED = -9


class FakeCurtain:
    """Remembers whether it covers."""

    covers = False

    def show(self) -> None:
        self.covers = True

    def lower(self) -> None:
        self.covers = False


class FakeWindow:
    """A window that the test speaks for; it loads a page whenever its renderer ended, unless it is stuck."""

    def __init__(self, pid: int, heard: Callable[[FromWindow], None]) -> None:
        self.pid = pid
        self.say = heard
        self.told: list[ToWindow] = []
        self.stuck = False
        self._end: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.ended = asyncio.ensure_future(self._wait())

    async def _wait(self) -> int:
        return await self._end

    def send(self, message: ToWindow) -> None:
        self.told.append(message)

    def exit(self, code: int) -> None:
        if not self._end.done():
            self._end.set_result(code)

    def kill(self) -> None:
        self.exit(KILLED)

    def kill_member(self, pid: int) -> bool:
        if not self.stuck:
            asyncio.get_running_loop().call_soon(self.say, RendererEnded(code=9))
        return pid == self.pid + 1

    def paint(self) -> None:
        self.say(WindowUp(pid=self.pid, window_id=1))
        self.say(WindowBeat(renderer_pid=self.pid + 1))
        self.say(WindowPainted())


class House:
    """A keeper with its made-up neighbours and a clock that the test moves."""

    def __init__(self) -> None:
        self.windows: list[FakeWindow] = []
        self.told: list[FromShell] = []
        self.curtain = FakeCurtain()
        self.now_s = 1000.0
        self.lines: frozenset[int] = frozenset()
        self.keeper = Keeper(
            curtain=self.curtain,
            tell=self.told.append,
            attempt=EscapeTally(self.told.append).add,
            start=self._start,
            now_s=lambda: self.now_s,
            open_lines=lambda _group, _port: self.lines,
        )
        self.task: asyncio.Task[None]

    async def _start(self, heard: Callable[[FromWindow], None]) -> FakeWindow:
        self.windows.append(FakeWindow(1000 * (len(self.windows) + 1), heard))
        return self.windows[-1]

    async def __aenter__(self) -> "House":
        self.task = asyncio.create_task(self.keeper.run())
        await self.until(lambda: self.windows)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.001)

    @property
    def window(self) -> FakeWindow:
        return self.windows[-1]

    def order(self, kind: OrderKind) -> None:
        self.keeper.hear_agent(Order(kind=kind))

    def facts(self) -> list[tuple[WindowPhase, str | None]]:
        return [(fact.phase, fact.why) for fact in self.told if isinstance(fact, WindowFact)]
