"""What fails again and again is tried again ever more slowly, then given up."""

import asyncio

import pytest

from protocol.shell import OrderKind, WindowPhase
from tests.unit.kiosk_ui.shell.keeper_house import House

pytestmark = pytest.mark.anyio


async def test_a_window_that_never_shows_a_living_page_is_given_up_without_end_to_its_rescues() -> None:
    async with House() as house:
        for n in range(21):
            house.window.paint()
            house.order(OrderKind.RESCUE_WINDOW)
            await house.until(lambda n=n: len(house.facts()) >= 4 * (n + 1))
            house.now_s += 10
            if house.keeper.fact.phase is WindowPhase.GIVEN_UP:
                break
            house.order(OrderKind.RESTART_WINDOW)  # ends the pause, so that the test need not wait for it
            await house.until(lambda n=n: len(house.windows) == n + 2)
        await house.until(lambda: house.keeper.fact.phase is WindowPhase.GIVEN_UP)
        assert len(house.windows) == 21
        house.order(OrderKind.RESCUE_WINDOW)
        await asyncio.sleep(0.05)
        assert len(house.windows) == 21
        assert (WindowPhase.GONE, "showed no page that lives") in house.facts()


async def test_renderers_that_hang_again_and_again_cost_the_window_however_they_ended() -> None:
    async with House() as house:
        for _ in range(5):
            house.window.paint()
            house.order(OrderKind.END_RENDERER)
            await asyncio.sleep(0.01)
            house.now_s += 3
        await house.until(lambda: len(house.windows) == 2)
        assert (WindowPhase.GONE, "its renderer ends again and again") in house.facts()
