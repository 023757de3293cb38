"""A page that says that its call is closed is believed when its lines are gone."""

import asyncio

import pytest

from protocol.shell import LeaseOver, PageAddress, RendererFact, ShellLease, WindowPhase
from tests.unit.kiosk_ui.shell.keeper_house import House

pytestmark = pytest.mark.anyio


async def talked(house: House) -> None:
    """A page was painted, a call was leased, and the page says that it closed it."""
    house.keeper.hear_agent(PageAddress(port=1, token="a"))
    house.window.paint()
    house.keeper.hear_agent(ShellLease(ms=2000))
    house.keeper.hear_agent(LeaseOver())


async def test_a_page_that_says_closed_and_keeps_its_lines_loses_its_renderer_then_its_window() -> None:
    async with House() as house:
        await talked(house)
        house.lines = frozenset({77})
        for _ in range(3):
            house.now_s += 0.4
            await asyncio.sleep(0.12)
        assert RendererFact(why="its call went on after the end") in house.told
        assert house.curtain.covers
        for _ in range(3):
            house.now_s += 0.4
            await asyncio.sleep(0.12)
        assert (WindowPhase.GONE, "its call went on after the end") in house.facts()


async def test_lines_that_were_open_before_the_call_or_belong_to_a_call_that_is_leased_cost_nothing() -> None:
    async with House() as house:
        house.lines = frozenset({5})
        await talked(house)
        for _ in range(3):
            house.now_s += 0.4
            await asyncio.sleep(0.12)
        house.keeper.hear_agent(ShellLease(ms=60_000))
        house.lines = frozenset({5, 6})
        for _ in range(3):
            house.now_s += 0.4
            await asyncio.sleep(0.12)
        assert not [fact for fact in house.told if isinstance(fact, RendererFact)]
        assert len(house.windows) == 1
