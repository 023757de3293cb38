"""The page is told what changed, and only then."""

from pathlib import Path

import pytest

from agent.core.events import Now
from agent.supervisor.screen import wall_clock
from protocol.page import Alive, LanguageChosen, Show, Trouble, Waiting
from protocol.shell import OrderKind, PageAddress
from protocol.terminal import VisitState
from tests.agent_rig import Rig, running_rig
from tests.fakes import NINE_O_CLOCK_MS


def shows(rig: Rig) -> list[Show]:
    return [message for message in rig.page.sent if isinstance(message, Show)]


@pytest.mark.parametrize(
    ("timezone", "zone", "offset_min"),
    [
        ("Asia/Jakarta", "WIB", 420),
        ("Asia/Pontianak", "WIB", 420),
        ("Asia/Makassar", "WITA", 480),
        ("Asia/Jayapura", "WIT", 540),
        ("Europe/Berlin", "CET", 60),
        ("No/Where", "UTC", 0),
    ],
)
def test_the_clock_is_the_facilitys(timezone: str, zone: str, offset_min: int) -> None:
    clock = wall_clock(Now(1.0, NINE_O_CLOCK_MS), timezone)
    assert clock is not None
    assert (clock.zone, clock.offset_min, clock.now_ms) == (zone, offset_min, NINE_O_CLOCK_MS)


def test_without_centrals_time_there_is_no_clock() -> None:
    assert wall_clock(Now(1.0, None), "Asia/Jakarta") is None


@pytest.mark.anyio
async def test_an_idle_screen_is_sent_again_once_a_minute_for_its_clock(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(10)
        before = len(shows(rig))
        await rig.clock.advance(600)
        assert len(shows(rig)) - before == 10


@pytest.mark.anyio
async def test_a_call_is_drawn_once_and_then_only_leased(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=600)
        await rig.come_to(VisitState.TALKING)
        before = len(shows(rig))
        await rig.clock.advance(50)
        assert len(shows(rig)) - before <= 1


@pytest.mark.anyio
async def test_a_waiting_screen_is_not_sent_again_while_its_time_runs_down(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5)
        await rig.come_to(VisitState.WAITING)
        await rig.clock.advance(1)
        assert isinstance(rig.shown.screen, Waiting)
        assert rig.shown.screen.left_to_join_ms is not None
        before = len(shows(rig))
        await rig.clock.advance(30)
        assert len(shows(rig)) - before <= 1


@pytest.mark.anyio
async def test_a_new_page_is_shown_the_screen_and_the_call_anew(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5, talk_s=60)
        await rig.come_to(VisitState.TALKING)
        rig.is_connected = False
        started = len(rig.started)
        rig.page.leave()
        await rig.clock.advance(1)
        assert rig.state is VisitState.INTERRUPTED
        sent = len(rig.page.sent)
        await rig.show_window()
        await rig.clock.advance(1)
        assert isinstance(rig.page.sent[sent], Show)
        assert len(rig.started) == started + 1
        assert len(set(rig.started)) == len(rig.started)


@pytest.mark.anyio
async def test_the_language_an_inmate_chose_is_shown_at_once(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.plan(in_s=5)
        await rig.come_to(VisitState.CHECK_IN)
        rig.page.say(LanguageChosen(language="en"))
        assert rig.shown.language == "en"


@pytest.mark.anyio
async def test_a_silent_page_loses_its_renderer_then_its_window(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        await rig.clock.advance(5)
        assert OrderKind.END_RENDERER not in rig.shell.orders()
        rig.is_page_well = False
        await rig.clock.advance(5)
        assert rig.shell.orders() == [OrderKind.END_RENDERER]
        assert not rig.supervisor.loop.booth.page_up
        await rig.clock.advance(3)
        assert rig.shell.orders() == [OrderKind.END_RENDERER, OrderKind.RESCUE_WINDOW]


@pytest.mark.anyio
async def test_a_page_that_is_back_is_left_alone(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.is_page_well = False
        await rig.clock.advance(5)
        rig.page.leave()
        rig.is_page_well = True
        await rig.show_window()
        await rig.clock.advance(20)
        assert rig.shell.orders() == [OrderKind.END_RENDERER]
        assert rig.supervisor.loop.booth.page_up


@pytest.mark.anyio
async def test_a_hidden_window_is_raised(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.page.say(Alive(hidden=True))
        assert rig.shell.orders() == [OrderKind.RAISE_WINDOW]


@pytest.mark.anyio
async def test_trouble_in_the_page_is_a_fault_for_half_a_minute(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.page.say(Trouble(where="call", text="it broke"))
        assert "LYR-2" in rig.supervisor.loop.booth.faults
        await rig.clock.advance(40)
        assert "LYR-2" not in rig.supervisor.loop.booth.faults


@pytest.mark.anyio
async def test_the_shell_is_told_where_the_page_is(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        rig.shell.join()
        assert rig.shell.sent == [PageAddress(port=4242, token="page-token")]


@pytest.mark.anyio
async def test_a_shell_that_stays_away_has_its_session_restarted_once(tmp_path: Path) -> None:
    async with running_rig(tmp_path) as rig:
        await rig.show_window()
        rig.shell.leave()
        await rig.clock.advance(12)
        assert "restart_kiosk" not in rig.services.told
        await rig.clock.advance(10)
        assert rig.services.told.count("restart_kiosk") == 1
