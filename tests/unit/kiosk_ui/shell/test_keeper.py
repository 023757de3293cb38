"""The keeper with a made-up window: what it starts, ends, covers and tells."""

import asyncio

import pytest

from protocol.shell import (
    Blocked,
    EscapeFact,
    LeaseOver,
    Load,
    OrderKind,
    PageAddress,
    RendererEnded,
    RendererFact,
    ShellLease,
    WindowOrder,
    WindowPainted,
    WindowPhase,
    WindowUp,
)
from tests.unit.kiosk_ui.shell.keeper_house import House

pytestmark = pytest.mark.anyio


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
