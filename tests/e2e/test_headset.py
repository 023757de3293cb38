"""A headset that is unplugged in a call: a real sound server, the real window, a family in Chromium and an officer's board."""

import json
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.stage.kiosk import Kiosk, Visit
from tests.stage.sound import Headset
from tests.stage.stage import Stage
from tests.stage.terminal import engine_flags
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(180)]

TALK_S = 10
TOLD_S = 3.0
AWAY_S = 2.5
PAPER = (0xFA, 0xF6, 0xEF)


@pytest.fixture(scope="module")
def headset_and_kiosk(keep_logs_of: Callable[[Stage], None]) -> Iterator[tuple[Headset, Kiosk]]:
    """A booth without a camera and with a headset of this test's."""
    with Stage("headset") as stage:
        keep_logs_of(stage)
        headset = Headset(stage.home, stage.logs)
        stage.ends(headset.process.end)
        headset.plug_in()
        yield headset, Kiosk(stage, env=headset.env, engine=engine_flags(made_up_devices=False))


def family_is_told(visit: Visit) -> bool:
    return "Mikrofon di bilik terputus" in visit.family.text()


def panel_is_on_the_glass(kiosk: Kiosk) -> bool:
    """Beside its words, left of the middle: the picture of a call is nowhere that light."""
    return kiosk.screen.pixel(kiosk.screen.width // 2 - 270, int(kiosk.screen.height * 0.47)) == PAPER


def everybody_told(kiosk: Kiosk, visit: Visit, *, since_s: float) -> dict[str, float]:
    """Who was told after how many seconds; the clock is one of them."""
    told = {
        "the inmate": lambda: panel_is_on_the_glass(kiosk),
        "the family": lambda: family_is_told(visit),
        "the officer": lambda: "Mikrofon" in kiosk.officer.text(),
        "the clock": lambda: visit.was_interrupted(),
    }
    took: dict[str, float] = {}

    def all_told() -> bool:
        for who, is_so in told.items():
            if who not in took and is_so():
                took[who] = boot_s() - since_s
        return len(took) == len(told)

    wait_for(all_told, within_s=TOLD_S + 3, what="everybody to be told")
    return took


def doctor(kiosk: Kiosk) -> set[str]:
    """What `bilik-agent doctor --json` finds."""
    command = kiosk.terminal._agent_command("doctor", "--json")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return {one["finding"] for one in json.loads(done.stdout)["found"]}


def test_a_headset_unplugged_in_a_call_is_told_pauses_the_clock_and_heals_when_it_is_back(
    headset_and_kiosk: tuple[Headset, Kiosk],
) -> None:
    headset, kiosk = headset_and_kiosk
    assert kiosk.officer.page, "the board is open before the headset goes"
    visit = kiosk.begin(talk_s=TALK_S)
    kiosk.talking_since_s(visit)
    wait_for(headset.plays, within_s=5, what="the family's voice in the ears", every_s=0.2)
    wait_for(lambda: not panel_is_on_the_glass(kiosk), within_s=3, what="the call alone on the glass")

    unplugged_s = boot_s()
    headset.unplug()
    took = everybody_told(kiosk, visit, since_s=unplugged_s)
    assert max(took.values()) <= TOLD_S, took

    wait_for(lambda: boot_s() >= unplugged_s + AWAY_S, within_s=AWAY_S, what="some seconds without a headset")
    headset.plug_in()
    plugged_s = boot_s()
    kiosk.wait_for_entry("state", since_s=plugged_s, within_s=TOLD_S + 2, visit="talking")
    back_s = boot_s() - plugged_s
    wait_for(lambda: not family_is_told(visit), within_s=TOLD_S, what="the family's page to be as before")
    wait_for(headset.plays, within_s=TOLD_S, what="the family's voice in the ears again", every_s=0.1)
    print(f"told after {took}, back after {back_s:.2f} s")
    visit.wait_closed(within_s=TALK_S + 20)
    usage = visit.usage()
    assert usage["end_reason"] == "completed"
    assert usage["talk_delivered_ms"] == pytest.approx(TALK_S * 1000, abs=500)
    assert usage["interruptions"] == 1
    assert AWAY_S - 1 <= usage["interrupted_ms"] / 1000 <= AWAY_S + TOLD_S


def test_the_doctor_hears_its_own_tone_through_the_real_window_where_the_ears_leak(
    headset_and_kiosk: tuple[Headset, Kiosk],
) -> None:
    headset, kiosk = headset_and_kiosk
    headset.unplug()
    headset.plug_in()
    headset.leak()
    found: set[str] = set()

    def is_tried() -> bool:
        found.clear()
        found.update(doctor(kiosk))
        return "speaker.heard" in found

    wait_for(is_tried, within_s=40, every_s=0.5, what="the doctor to hear its tone")
    assert {"camera.missing", "microphone.works"} <= found, found
