"""The technician's way in on a real screen: keys of a keyboard, the real shell, window, agent and argon2."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.screen import VirtualScreen
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import boot_s, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.gui, pytest.mark.slow]

PIN, WRONG = "90817263", "55667780"
CHORD = [f"ctrl+alt+shift+{letter}" for letter in "bilik"]


class Booth:
    """A call PC that is not enrolled: a technician is wanted there most of all."""

    def __init__(self, stage: Stage) -> None:
        self.terminal: Terminal = stage.bare_terminal("Bilik 3")
        self.screen: VirtualScreen = stage.screen()
        self.logs = stage.logs

    def set_pin(self) -> None:
        command = self.terminal._agent_command("set-pin")
        subprocess.run(command, input=f"{PIN}\n", text=True, check=True, capture_output=True, timeout=60)

    def wait_for(self, event: str, *, since_s: float, **details: object) -> None:
        def is_there() -> bool:
            return any(
                line.get("event") == event
                and line.get("boot_s", 0) >= since_s
                and all(line.get(key) == value for key, value in details.items())
                for line in self.terminal.agent_log()
            )

        wait_for(is_there, within_s=30, what=f"{event} {details} in the agent's log", every_s=0.1)

    def press_chord(self) -> None:
        since_s = boot_s()
        self.screen.do("key", *CHORD)
        self.wait_for("painted", since_s=since_s, screen="TechnicianPin")

    def type_pin(self, pin: str) -> float:
        since_s = boot_s()
        self.screen.do("type", "--delay", "30", pin)
        self.screen.do("key", "Return")
        return since_s


@pytest.fixture
def booth(stage: Stage) -> Iterator[Booth]:
    booth = Booth(stage)
    booth.set_pin()
    booth.terminal.start_agent()
    booth.terminal.start_shell(booth.screen.name)
    booth.wait_for("painted", since_s=0.0, screen="NotEnrolled")
    return booth


def test_the_right_pin_opens_the_maintenance_screen_and_guesses_wait_even_if_the_agent_is_killed(booth: Booth) -> None:
    come_and_go(booth)
    guess_and_kill(booth)


def come_and_go(booth: Booth) -> None:
    booth.press_chord()
    since_s = booth.type_pin(PIN)
    booth.wait_for("painted", since_s=since_s, screen="Maintenance")
    booth.wait_for("state", since_s=since_s, mode="maintenance")
    kept = [file for file in (*booth.terminal.home.rglob("*"), *booth.logs.iterdir()) if file.is_file()]
    assert {"technician_pin", "journal.sqlite3", "status.json"} <= {file.name for file in kept}
    assert not [file.name for file in kept if PIN.encode() in file.read_bytes()]
    since_s = boot_s()
    for _ in range(9):  # heading, two languages, then the buttons, the last of which ends it
        booth.screen.do("key", "Tab")
    booth.screen.do("key", "Return")
    booth.wait_for("painted", since_s=since_s, screen="NotEnrolled")
    booth.wait_for("state", since_s=since_s, mode="unenrolled")


def guess_and_kill(booth: Booth) -> None:
    booth.screen.do("key", *CHORD[:4], "ctrl+alt+b", CHORD[4])
    booth.press_chord()
    assert sum(line.get("event") == "technician_chord" for line in booth.terminal.agent_log()) == 2
    for _ in range(5):
        since_s = booth.type_pin(WRONG)
        booth.wait_for("technician_pin", since_s=since_s, outcome="wrong")
        booth.wait_for("painted", since_s=since_s, screen="TechnicianPin")
    assert any(line.get("event") == "fault" and line.get("code") == "TEK-1" for line in booth.terminal.agent_log())
    assert booth.terminal.agent is not None
    booth.terminal.agent.kill()
    killed_s = boot_s()
    booth.terminal.start_agent()
    booth.wait_for("painted", since_s=killed_s, screen="TechnicianPin")
    looked = booth.type_pin(PIN)
    wait_for(lambda: boot_s() > looked + 1.5, within_s=5, what="the time that a look would take")
    since_kill = [line for line in booth.terminal.agent_log() if line.get("boot_s", 0) > killed_s]
    assert not [line for line in since_kill if line.get("event") == "technician_pin"], "nobody looked at it"
