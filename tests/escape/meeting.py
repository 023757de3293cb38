"""The ways out of somebody else's meeting page, with its guards off and on: the same acts as in the tests, looked at in the same way."""

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from protocol.shell import OrderKind
from tests.escape.attempts import Attempt
from tests.escape.launcher import PIDS
from tests.integration.test_meeting_ways_out import WAYS, mixed
from tests.kiosk_rig import Kiosk
from tests.meeting_rig import MeetingKiosk
from tests.meeting_site import meeting_site
from tests.screen import VirtualScreen

EFFECT_S = 0.3
HEAL_S = 3.0


def _not_for_the_ring(_: object) -> None:
    """These are acts on the meeting's page; `tried` does them."""


ATTEMPTS = [Attempt(f"meeting page: {WAYS[way][1] or 'other'}", way, _not_for_the_ring) for way in mixed()]


@contextlib.contextmanager
def _kiosk(folder: Path, *, guarded: bool) -> Iterator[MeetingKiosk]:
    program = ("tests.escape.launcher", "guarded" if guarded else "unguarded", "shell")
    screen = VirtualScreen(1024, 768, window_manager=True)
    with meeting_site() as site, screen, Kiosk(screen, folder, program=program, flags=site.flag) as kiosk:
        meeting = MeetingKiosk(kiosk, site)
        try:
            yield meeting
        finally:
            meeting.close()


def tried(*, guarded: bool) -> dict[Attempt, list[str]]:
    """What is wrong a moment after each attempt."""
    found: dict[Attempt, list[str]] = {}
    with tempfile.TemporaryDirectory(prefix="bilik-escape-", ignore_cleanup_errors=True) as place:
        folder = Path(place) / "kiosk"
        (folder / "programs").mkdir(parents=True)
        (folder / "programs" / "pids").write_text("")
        os.environ[PIDS] = str(folder / "programs" / "pids")
        with _kiosk(folder, guarded=guarded) as meeting:
            meeting.open()
            for attempt in ATTEMPTS:
                found[attempt] = _after(meeting, attempt, patient=guarded)
                if found[attempt]:
                    _begin_anew(meeting)
    return found


def _after(meeting: MeetingKiosk, attempt: Attempt, *, patient: bool) -> list[str]:
    meeting.click_runs(meeting.with_places(WAYS[attempt.name][0]))
    deadline = time.monotonic() + (HEAL_S if patient else EFFECT_S)
    time.sleep(EFFECT_S)
    while (wrong := _looked(meeting.wrong)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return wrong


def _looked(look: Callable[[], list[str]]) -> list[str]:
    try:
        return look()
    except AssertionError:
        return ["the meeting does not answer"]


def _begin_anew(meeting: MeetingKiosk) -> None:
    """After an attempt that came through: another window, and nothing remembered."""
    meeting.stop_leases()
    fact = meeting.kiosk.agent.window()
    meeting.kiosk.order(OrderKind.RESTART_WINDOW)
    meeting.kiosk.wait_painted(starts=(fact.starts if fact else 0) + 1)
    meeting.site.forget()
    meeting.kiosk.page.requests[:] = [one for one in meeting.kiosk.page.requests if "bilik_page" in one[1]]
    meeting.kiosk.outside.requests.clear()
    meeting.kiosk.launched.unlink(missing_ok=True)
    meeting.open()
