"""A disk that does not answer, breaks or cannot be written: the end comes on time, the booth stays closed, staff are told."""

import json
from typing import Any

import pytest

from protocol import page
from tests.length import IS_LONG
from tests.stage.disk import Disk, needs_disk
from tests.stage.fake_page import FakeBooth
from tests.stage.house import House
from tests.stage.terminal import Terminal
from tests.stage.visits import begin_talking, closed_late_s, usage_events, usage_of
from tests.stage.waiting import boot_s, pause, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

TALK_S = 10
LATE_S = 0.3
HANGS_S = 5.0


def booth_on_a_disk(house: House, name: str) -> tuple[Terminal, FakeBooth, Disk]:
    """A terminal whose state directory is a disk of its own."""
    needs_disk()
    terminal = house.stage.bare_terminal(name)
    disk = Disk(terminal.home / "state")
    house.stage.ends(disk.remove)
    house.stage.ends(terminal.stop)
    terminal.id, enrolment = house.central.add_terminal(name, house.facility)
    terminal.enroll(enrolment)
    terminal.start_agent()
    booth = house.stage.booth(terminal)
    booth.wait_for_screen(page.Idle)
    return terminal, booth, disk


def heartbeat(house: House, terminal: Terminal) -> dict[str, Any]:
    """What central last heard of this booth."""
    rows = house.central.rows("select body from terminal_status where terminal_id = ?", terminal.id)
    return dict(json.loads(rows[0]["body"]) if rows else {"faults": []})


def test_a_disk_that_hangs_for_five_seconds_over_the_end_delays_nothing_and_loses_nothing(house: House) -> None:
    terminal, booth, disk = booth_on_a_disk(house, "Bilik 41")
    planned = house.central.add_session(terminal.id, "141", talk_s=TALK_S)
    began_s = begin_talking(booth, house.stage.fake_family(planned))
    wait_for(lambda: boot_s() > began_s + TALK_S - HANGS_S + 1, within_s=TALK_S, what="the last seconds", every_s=0.005)
    disk.freeze()
    frozen_s = boot_s()
    house.central.order("extend", terminal.id, "--session", planned.id, "--add", "60")
    booth.wait_for_screen(page.Farewell, within_s=HANGS_S)
    assert booth.shut[-1].at_s - (began_s + TALK_S) <= LATE_S
    wait_for(lambda: boot_s() > frozen_s + HANGS_S, within_s=HANGS_S, what="the disk to have hung for 5 s")
    disk.thaw()
    usage = usage_of(house.central, planned)
    assert abs(closed_late_s(booth, began_s, TALK_S, usage)) <= LATE_S
    assert (usage["end_reason"], usage["talk_extended_s"]) == ("completed", 0)
    assert usage_events(house.central, planned) == 1


def test_a_disk_that_breaks_in_a_call_lets_it_end_and_takes_the_booth_out_of_service(house: House) -> None:
    terminal, booth, disk = booth_on_a_disk(house, "Bilik 42")
    planned = house.central.add_session(terminal.id, "142", talk_s=TALK_S)
    begin_talking(booth, house.stage.fake_family(planned))
    disk.break_down()
    house.central.order("message", terminal.id, "--session", planned.id, "--text", "Halo")
    wait_for(lambda: "JRN-1" in heartbeat(house, terminal)["faults"], within_s=8, what="JRN-1 at central", every_s=0.1)
    assert booth.view_open, "a call that runs is not cut for it"
    booth.hang_up()
    booth.wait_for_screen(page.Farewell, within_s=1)
    assert booth.wait_for_screen(page.OutOfService, within_s=10).code == "JRN-1"
    wait_for(lambda: heartbeat(house, terminal)["mode"] == "out_of_service", within_s=5, what="the mode at central")
    assert terminal.agent is not None
    assert terminal.agent.alive


@pytest.mark.shortened
@pytest.mark.skipif(not IS_LONG, reason="waits until the agent no longer hopes for its disk")
def test_the_record_of_a_disk_that_stays_broken_is_sent_from_memory_and_outlives_the_agent(house: House) -> None:
    terminal, booth, disk = booth_on_a_disk(house, "Bilik 44")
    planned = house.central.add_session(terminal.id, "144", talk_s=TALK_S)
    begin_talking(booth, house.stage.fake_family(planned))
    disk.break_down()
    house.central.order("message", terminal.id, "--session", planned.id, "--text", "Halo")
    wait_for(lambda: "JRN-1" in heartbeat(house, terminal)["faults"], within_s=8, what="JRN-1 at central", every_s=0.1)
    booth.hang_up()
    usage = usage_of(house.central, planned, within_s=45)
    assert usage["end_reason"] == "ended_by_inmate"
    assert terminal.agent is not None
    terminal.agent.kill()
    assert usage_events(house.central, planned) == 1


def test_a_disk_that_is_read_only_at_start_keeps_the_booth_closed_and_the_agent_alive_until_it_is_mended(
    house: House,
) -> None:
    terminal, booth, disk = booth_on_a_disk(house, "Bilik 43")
    assert terminal.agent is not None
    terminal.agent.end()
    disk.make_read_only()
    planned = house.central.add_session(terminal.id, "143", talk_s=TALK_S)
    agent = terminal.start_agent()
    shown = booth.wait_for_screen(page.OutOfService, within_s=15)
    assert shown.code == "JRN-1"
    wait_for(
        lambda: heartbeat(house, terminal)["faults"] == ["JRN-1"], within_s=10, what="JRN-1 at central", every_s=0.1
    )
    said = [line for line in terminal.agent_log() if line["event"] == "journal_cannot_be_written"]
    assert "check the state directory" in said[-1]["why"]
    pause(2)
    assert agent.alive
    assert not booth.view_open
    disk.make_read_only(read_only=False)
    booth.wait_for_screen(page.CheckIn, within_s=30)
    begin_talking(booth, house.stage.fake_family(planned))
    booth.hang_up()
    assert usage_of(house.central, planned)["end_reason"] == "ended_by_inmate"
