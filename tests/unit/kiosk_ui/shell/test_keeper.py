"""The keeper with a made-up window: what it starts, ends, covers and tells."""

import asyncio
from collections.abc import Callable

import pytest

from kiosk_ui.shell.escapes import EscapeTally
from kiosk_ui.shell.keeper import Keeper
from protocol.shell import (
    Blocked,
    EscapeFact,
    FromShell,
    FromWindow,
    LeaseOver,
    Load,
    Order,
    OrderKind,
    PageAddress,
    RendererEnded,
    RendererFact,
    ShellLease,
    ToWindow,
    WindowBeat,
    WindowFact,
    WindowOrder,
    WindowPainted,
    WindowPhase,
    WindowUp,
)

pytestmark = pytest.mark.anyio
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
        self.keeper = Keeper(
            curtain=self.curtain,
            tell=self.told.append,
            attempt=EscapeTally(self.told.append).add,
            start=self._start,
            now_s=lambda: self.now_s,
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


async def test_the_curtain_covers_until_the_page_is_painted() -> None:
    async with House() as house:
        assert house.curtain.covers
        house.window.say(WindowUp(pid=1, window_id=1))
        assert house.curtain.covers
        house.window.say(WindowPainted())
        assert not house.curtain.covers
        phases = [phase for phase, _ in house.facts()]
        assert phases == [WindowPhase.STARTING, WindowPhase.UP, WindowPhase.PAINTED]


async def test_a_window_is_told_the_page_whether_it_or_the_agent_was_first() -> None:
    async with House() as house:
        house.keeper.hear_agent(PageAddress(port=1, token="a"))
        house.keeper.hear_agent(PageAddress(port=1, token="a"))
        assert house.window.told == [Load(port=1, token="a")]
        house.window.exit(1)
        await house.until(lambda: len(house.windows) == 2)
        assert house.window.told == [Load(port=1, token="a")]
        house.keeper.hear_agent(PageAddress(port=1, token="b"))
        assert house.window.told[-1] == Load(port=1, token="b")


async def test_a_window_that_ends_is_covered_started_anew_and_told_with_the_reason() -> None:
    async with House() as house:
        house.window.paint()
        house.window.exit(-11)
        await house.until(lambda: len(house.windows) == 2)
        assert house.curtain.covers
        assert (WindowPhase.GONE, "ended by SIGSEGV") in house.facts()
        await house.until(lambda: house.keeper.fact.starts == 2)


async def test_a_window_that_ends_again_and_again_is_given_up_and_an_order_tries_once_more() -> None:
    async with House() as house:
        for n in range(20):
            house.window.exit(1)
            await house.until(lambda n=n: house.facts().count((WindowPhase.GONE, "exit code 1")) == n + 1)
            house.order(OrderKind.RESTART_WINDOW)  # ends the pause, so that the test need not wait for it
            await house.until(lambda n=n: len(house.windows) == n + 2)
        house.window.exit(1)
        await house.until(lambda: house.keeper.fact.phase is WindowPhase.GIVEN_UP)
        assert house.curtain.covers
        house.order(OrderKind.RESTART_WINDOW)
        await house.until(lambda: house.keeper.fact.phase is WindowPhase.STARTING)


async def test_an_ordered_restart_is_not_counted_and_a_fresh_window_is_kept() -> None:
    async with House() as house:
        for n in range(30):
            house.order(OrderKind.RESTART_WINDOW)
            assert len(house.windows) == n + 1
            house.window.paint()
            house.order(OrderKind.RESTART_WINDOW)
            await house.until(lambda n=n: len(house.windows) == n + 2)
        assert (WindowPhase.GONE, "ordered") in house.facts()


async def test_a_window_that_shows_nothing_is_restarted_by_order_once_it_had_its_time() -> None:
    async with House() as house:
        house.now_s += 6
        house.order(OrderKind.RESTART_WINDOW)
        await house.until(lambda: len(house.windows) == 2)


async def test_a_page_whose_renderer_has_just_ended_is_not_as_good_as_new() -> None:
    async with House() as house:
        house.window.paint()
        house.window.say(RendererEnded(code=9))
        house.order(OrderKind.RESTART_WINDOW)
        await house.until(lambda: len(house.windows) == 2)


async def test_a_lease_that_ran_out_covers_the_view_and_ends_the_renderer() -> None:
    async with House() as house:
        house.window.paint()
        house.keeper.hear_agent(ShellLease(ms=500))
        house.now_s += 0.79
        await asyncio.sleep(0.15)
        assert not house.curtain.covers
        house.now_s += 0.01
        await house.until(lambda: RendererFact(why="lease ran out") in house.told)
        assert house.curtain.covers
        house.now_s += 10
        house.window.paint()
        await asyncio.sleep(0.15)
        assert len(house.windows) == 1


async def test_a_window_that_does_not_lose_its_renderer_is_ended_itself() -> None:
    async with House() as house:
        house.window.paint()
        house.window.stuck = True
        house.keeper.hear_agent(ShellLease(ms=0))
        house.now_s += 0.31
        await house.until(lambda: house.curtain.covers)
        house.now_s += 0.61
        await house.until(lambda: len(house.windows) == 2)
        assert (WindowPhase.GONE, "lease ran out, the renderer did not end") in house.facts()


async def test_a_call_that_the_page_closed_is_left_alone() -> None:
    async with House() as house:
        house.window.paint()
        house.keeper.hear_agent(ShellLease(ms=500))
        house.keeper.hear_agent(LeaseOver())
        house.now_s += 60
        await asyncio.sleep(0.15)
        assert not house.curtain.covers
        assert len(house.windows) == 1


async def test_a_renderer_that_ended_by_itself_is_covered_and_told() -> None:
    async with House() as house:
        house.window.paint()
        house.window.say(RendererEnded(code=139))
        assert house.curtain.covers
        assert RendererFact(why="ended by itself, code 139") in house.told


async def test_a_renderer_that_keeps_ending_costs_the_window() -> None:
    async with House() as house:
        for _ in range(6):
            house.window.say(RendererEnded(code=139))
        await house.until(lambda: len(house.windows) == 2)
        assert (WindowPhase.GONE, "its renderer ends again and again") in house.facts()


async def test_an_unknown_renderer_is_ended_by_the_window() -> None:
    async with House() as house:
        house.order(OrderKind.END_RENDERER)
        assert WindowOrder(kind="end_renderer") in house.window.told


async def test_the_curtain_shown_by_order_goes_when_the_window_is_raised() -> None:
    async with House() as house:
        house.window.paint()
        house.order(OrderKind.SHOW_CURTAIN)
        assert house.curtain.covers
        house.order(OrderKind.RAISE_WINDOW)
        assert not house.curtain.covers
        assert WindowOrder(kind="raise") in house.window.told


async def test_raising_a_window_without_a_page_keeps_the_curtain() -> None:
    async with House() as house:
        house.order(OrderKind.RAISE_WINDOW)
        assert house.curtain.covers


async def test_attempts_to_get_out_are_told_at_once_and_then_summed() -> None:
    async with House() as house:
        for _ in range(5):
            house.window.say(Blocked(kind="key"))
        await house.until(lambda: EscapeFact(kind="key", count=4) in house.told)
        assert [fact for fact in house.told if isinstance(fact, EscapeFact)] == [
            EscapeFact(kind="key", count=1),
            EscapeFact(kind="key", count=4),
        ]
