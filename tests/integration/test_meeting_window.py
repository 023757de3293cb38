"""A meeting's page on real screens: below our strip, under its lease, gone at its end whatever it does, and nothing kept of it."""

import os
import signal
import time
from collections.abc import Iterator

import msgspec
import psutil
import pytest

from protocol.meeting import MeetingPhase, MeetingVolume
from tests.length import IS_LONG
from tests.meeting_rig import MeetingKiosk, meeting_kiosk
from tests.screen import wait_until

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.shortened]
long_only = pytest.mark.skipif(not IS_LONG, reason="make test-long")

HUNG = "setTimeout(() => { for (;;); }, 0)"
GONE_S = 1.0


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeetingKiosk]:
    with meeting_kiosk(tmp_path_factory.mktemp("kiosk"), 1024, 768) as meeting:
        yield meeting


def renderers(meeting: MeetingKiosk) -> set[int]:
    """The window's processes that draw."""
    family = psutil.Process(meeting.kiosk.window_pid).children(recursive=True)
    zygotes = {process.pid for process in family if "--type=zygote" in process.cmdline()}
    return {process.pid for process in family if process.ppid() in zygotes and not process.children()}


def end(meeting: MeetingKiosk) -> None:
    at_s = meeting.order_close()
    meeting.wait_told(MeetingPhase.CLOSED, at_s)
    wait_until(meeting.is_gone, "our page is where the meeting was", GONE_S)


def test_it_lies_below_our_strip_and_takes_what_is_typed(meeting: MeetingKiosk) -> None:
    meeting.open()
    assert meeting.run("innerWidth + 'x' + innerHeight") == f"{meeting.screen.width}x{meeting.screen.height - 112}"
    meeting.kiosk.type("7")
    wait_until(lambda: meeting.site.last("typed") == "7", "the meeting was typed into")
    meeting.screen.take_keyboard_away()
    wait_until(lambda: _types(meeting), "the keyboard is back in the meeting", 5.0)
    end(meeting)
    assert meeting.kiosk.typing_reaches_the_page()


def _types(meeting: MeetingKiosk) -> bool:
    before = meeting.site.count("typed")
    meeting.kiosk.type("8")
    return meeting.site.count("typed") > before


def test_nothing_is_kept_from_one_meeting_for_the_next(meeting: MeetingKiosk) -> None:
    for call_id in ("s1-1", "s2-1"):
        meeting.open(meeting.site.meeting(call_id))
        kept = str(meeting.site.last("kept"))
        assert kept.startswith("0,,")
        end(meeting)


def test_the_same_meeting_under_another_call_is_not_loaded_again(meeting: MeetingKiosk) -> None:
    meeting.open()
    loads = meeting.site.count("loaded")
    meeting.open(meeting.site.meeting("s1-2"))
    assert meeting.site.count("loaded") == loads
    end(meeting)


def test_a_lease_that_runs_out_takes_it_from_the_glass(meeting: MeetingKiosk) -> None:
    opened_s = meeting.open(leased=False)
    assert meeting.wait_told(MeetingPhase.CLOSED, opened_s, 4.0).why == "lease"
    assert time.monotonic() - opened_s < 2.5
    wait_until(meeting.is_gone, "our page is where the meeting was", 0.5)
    assert meeting.kiosk.painted()


def test_a_hung_meeting_is_closed_at_its_end(meeting: MeetingKiosk) -> None:
    meeting.open()
    meeting.run(HUNG)
    before = renderers(meeting)
    at_s = meeting.order_close()
    wait_until(meeting.is_gone, "our page is where the meeting was", GONE_S)
    meeting.wait_told(MeetingPhase.CLOSED, at_s, GONE_S)
    wait_until(lambda: len(renderers(meeting)) < len(before), "its renderer has ended", GONE_S)


@long_only
def test_a_stopped_window_is_ended_soon_after_the_lease(meeting: MeetingKiosk) -> None:
    before = meeting.kiosk.agent.window()
    assert before is not None
    meeting.open()
    meeting.stop_leases()
    stopped_s = meeting.kiosk.signal_window(signal.SIGSTOP)
    wait_until(lambda: not psutil.pid_exists(before.pid or 0), "the window has ended", 4.0)
    assert time.monotonic() - stopped_s < 2.9
    meeting.kiosk.wait_painted(starts=before.starts + 1)


def test_a_crash_of_its_renderer_is_told_and_leaves_our_page(meeting: MeetingKiosk) -> None:
    ours = renderers(meeting)
    at_s = meeting.open()
    os.kill((renderers(meeting) - ours).pop(), signal.SIGKILL)
    assert meeting.wait_told(MeetingPhase.LOST, at_s).why == "crashed"
    wait_until(meeting.is_gone, "our page is where the meeting was", GONE_S)


def test_our_own_renderer_may_go_and_come_back_above_it(meeting: MeetingKiosk) -> None:
    ours = meeting.kiosk.renderer_pid()
    meeting.open()
    loads = meeting.kiosk.page.count("loaded")
    os.kill(ours, signal.SIGKILL)
    wait_until(lambda: meeting.kiosk.page.count("loaded") > loads and meeting.kiosk.painted(), "our page is back")
    wait_until(meeting.is_shown, "the strip is above the meeting")
    assert meeting.run("1 + 1") == "2"
    end(meeting)


@pytest.mark.parametrize(("path", "why"), [("/missing", "refused"), ("/redirect", "refused"), (None, "failed")])
def test_a_link_that_leads_nowhere_is_told_and_never_shown(meeting: MeetingKiosk, path: str | None, why: str) -> None:
    at_s = time.monotonic()
    wanted = meeting.site.meeting(path=path or "/room")
    if path is None:
        url = "https://nothing.localhost:1/room"
        wanted = msgspec.structs.replace(wanted, url=url, pages=(url,), hosts=("nothing.localhost:1",))
    meeting.kiosk.agent.say(wanted)
    assert meeting.wait_told(MeetingPhase.LOST, at_s).why == why
    assert meeting.is_gone()


def test_the_loudness_reaches_what_plays_in_it(meeting: MeetingKiosk) -> None:
    meeting.open()
    meeting.run("document.body.append(window.sound = document.createElement('audio'))")
    for percent, volume in ((30, "0.3"), (100, "1")):
        meeting.kiosk.agent.say(MeetingVolume(percent=percent))
        wait_until(lambda volume=volume: meeting.run("sound.volume") == volume, f"the volume is {volume}")
    end(meeting)


@long_only
def test_a_list_that_opens_by_itself_does_not_cover_the_strip_for_long(meeting: MeetingKiosk) -> None:
    meeting.open()
    options = "<option>x" * 60
    meeting.run(
        f"go.innerHTML = '<select style=\"position:fixed;bottom:0;left:40%;font-size:30px\">{options}</select>'"
    )
    meeting.screen.click(int(meeting.screen.width * 0.4) + 30, meeting.screen.height - 20)
    wait_until(lambda: len(meeting.screen.windows()) > 2, "the list is open", 3.0)
    wait_until(meeting.strip_is_ours, "the strip is ours", 2.5)
    end(meeting)
