"""What is done to a booth in the middle of a call; after each the two must talk again, with the same end."""

from collections.abc import Callable

from tests.install.booth import Booth, Call
from tests.install.box import Box
from tests.install.ledger import Ledger
from tests.stage.waiting import boot_s, wait_for

AGENT = "bilik-agent.service"
SHELL = "kiosk_ui.shell"
WINDOW = "kiosk_ui.window"


class Mischief:
    """Each act is one step of the ledger."""

    def __init__(self, box: Box, booth: Booth, ledger: Ledger) -> None:
        self._box = box
        self._booth = booth
        self._ledger = ledger

    def all(self, call: Call) -> None:
        """One after the other in the same call."""
        self._window_killed(call)
        self._shell_killed(call)
        self._agent_killed(call)
        self._agent_hung(call)
        self._screen_crashed(call)
        self._screen_hung(call)
        self._plug_pulled(call)

    def _window_killed(self, call: Call) -> None:
        with self._ledger.step("window killed: back without a new X server") as row:
            screen = self._booth.pid_of("Xorg")
            row.note(back_s=self._back(call, lambda: self._kill(self._booth.pid_running(WINDOW))))
            row.expect(self._booth.pid_of("Xorg") == screen, "the X server was restarted")

    def _shell_killed(self, call: Call) -> None:
        with self._ledger.step("bilik-shell killed: back without a new X server") as row:
            screen = self._booth.pid_of("Xorg")
            row.note(back_s=self._back(call, lambda: self._kill(self._booth.pid_running(SHELL))))
            row.expect(self._booth.pid_of("Xorg") == screen, "the X server was restarted")

    def _agent_killed(self, call: Call) -> None:
        with self._ledger.step("agent killed: systemd starts it again") as row:
            row.note(back_s=self._back(call, lambda: self._kill(self._box.main_pid(AGENT))))

    def _agent_hung(self, call: Call) -> None:
        with self._ledger.step("agent hung (SIGSTOP): the watchdog ends it") as row:
            pid = self._box.main_pid(AGENT)
            row.note(back_s=self._back(call, lambda: self._box.run("kill", "-STOP", str(pid))))
            row.expect("watchdog" in self._box.journal(f"--unit={AGENT}", "--boot").lower(), "no word of the watchdog")
            row.expect(self._box.main_pid(AGENT) != pid, "the same process goes on")

    def _screen_crashed(self, call: Call) -> None:
        with self._ledger.step("X server crashed: the session is started anew") as row:
            row.note(back_s=self._back(call, lambda: self._kill(self._booth.pid_of("Xorg"))))

    def _screen_hung(self, call: Call) -> None:
        with self._ledger.step("X server hung (SIGSTOP): the agent has the session started anew") as row:
            pid, began_s = self._booth.pid_of("Xorg"), boot_s()
            self._box.run("kill", "-STOP", str(pid))
            wait_for(
                lambda: self._booth.pid_of("Xorg") not in {0, pid}, within_s=60, what="a new X server", every_s=0.2
            )
            screen_s = boot_s()
            row.note(screen_s=round(screen_s - began_s, 2))
            row.note(back_s=round(call.wait_back(since_s=screen_s) - began_s, 2))

    def _plug_pulled(self, call: Call) -> None:
        with self._ledger.step("plug pulled and booted again in the call: it resumes") as row:
            began_s = boot_s()
            self._box.pull_plug()
            off_s = boot_s()
            booted_s = self._box.boot()
            row.note(off_s=round(off_s - began_s, 2), boot_s=round(booted_s, 2))
            row.note(back_s=round(call.wait_back(since_s=off_s, within_s=150.0) - off_s, 2))

    def _back(self, call: Call, act: Callable[[], object]) -> float:
        """How long until they talk again."""
        since_s = boot_s()
        act()
        return round(call.wait_back(since_s=since_s) - since_s, 2)

    def _kill(self, pid: int) -> None:
        assert pid, "there is no such process"
        self._box.run("kill", "-KILL", str(pid))
