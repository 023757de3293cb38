"""A booth under Wine: agent and bilik-shell as they are on a named pipe, central beside them on Linux, a stand-in for the engine.

The page is made up too (tests/stage/fake_page.py), on the address and with the token that the agent told the shell by the pipe.
"""

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.screen import VirtualScreen
from tests.stage.central import Central
from tests.stage.fake_family import FakeFamily
from tests.stage.fake_page import FakeBooth
from tests.stage.visits import begin_talking, closed_late_s, usage_events, usage_of
from tests.stage.waiting import boot_s, wait_for

PIPE = r"\\.\pipe\bilik-wine-booth"
OURS, PAPER = (0x20, 0x70, 0x40), (0xFA, 0xF6, 0xEF)
START_S = 60.0
TALK_S = 10


class Program:
    """One program inside Wine; `lines` is what it has said."""

    def __init__(self, command: list[str], env: Mapping[str, str], cwd: Path, log: Path) -> None:
        pipe = subprocess.PIPE
        self.popen = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self._log = log
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.popen.stdout is not None
        with self._log.open("a") as log:
            for line in self.popen.stdout:
                self.lines.append(line)
                log.write(line)
                log.flush()

    def said(self, part: str) -> int:
        return sum(part in line for line in self.lines)

    def kill(self) -> None:
        self.popen.kill()
        self.popen.wait(20)


class WineBooth:
    """Everything of one PC; `start` is how Python is started inside Wine with these words."""

    def __init__(self, start: Callable[..., list[str]], env: Mapping[str, str], root: Path, home: Path) -> None:
        self.start, self.root, self.home = start, root, home
        self.state, self.logs, self.orders = home / "state", home / "logs", home / "orders"
        for folder in (self.state, self.logs):
            folder.mkdir(parents=True)
        self.orders.write_text("")
        self.env = {**env, "PYTHONDONTWRITEBYTECODE": "1", "BILIK_STAND_IN": windows_path(self.orders)}
        self.config = home / "agent.toml"
        self.config.write_text(
            f"[agent]\nstate_dir = '{windows_path(self.state)}'\nshell_socket = '{PIPE}'\n[log]\nlevel = 'debug'\n"
        )
        self.central = Central(home, self.logs)

    def python(self, name: str, *words: str) -> Program:
        return Program(self.start(*words), self.env, self.root, self.logs / f"{name}.log")

    def agent_command(self, *words: str) -> list[str]:
        return self.start("-m", "agent", "--config", windows_path(self.config), *words)

    def enrol(self) -> None:
        self.central.start()
        facility = self.central.add_facility(
            "Rutan Wine", check_in="none", check_in_early_s=2, admit="automatic", warn_at_s=[5], farewell_s=2
        )
        self.id, enrolment = self.central.add_terminal("Bilik W", facility)
        done = subprocess.run(
            self.agent_command("enroll", "-"),
            env=self.env,
            cwd=self.root,
            input=enrolment + "\n",
            text=True,
            capture_output=True,
            timeout=START_S,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        print(done.stdout.strip())

    def run_agent(self) -> None:
        self.agent = Program(self.agent_command("run"), self.env, self.root, self.logs / "agent.log")
        wait_for(lambda: self.agent.said("agent_started"), within_s=START_S, what="the agent to start")

    def run_shell(self) -> None:
        self.shell = self.python("shell", "-m", "tests.wine.shell", "--socket", PIPE)

    def status(self) -> dict[str, Any]:
        return dict(json.loads((self.state / "status.json").read_text())["status"])

    def wait_for_window(self, *, up: bool = True) -> None:
        wait_for(
            lambda: self.status()["window_up"] is up,
            within_s=START_S,
            what=f"the agent to know: window {up}",
            every_s=0.2,
        )

    def end(self) -> None:
        for name in ("shell", "agent"):
            program = getattr(self, name, None)
            if program is not None:
                program.kill()
        with contextlib.suppress(AssertionError):
            self.central.stop()


def windows_path(path: Path) -> str:
    """As Wine sees it."""
    return f"Z:{path}".replace("/", "\\")


def colour_in_the_middle(screen: VirtualScreen) -> tuple[int, int, int]:
    return screen.pixel(screen.width // 2, 40)


def until_seen(screen: VirtualScreen, colour: tuple[int, int, int], what: str, within_s: float = START_S) -> None:
    wait_for(lambda: colour_in_the_middle(screen) == colour, within_s=within_s, what=what, every_s=0.05)


@contextlib.contextmanager
def wine_booth(start: Callable[..., list[str]], env: Mapping[str, str], root: Path, home: Path) -> Iterator[WineBooth]:
    booth = WineBooth(start, env, root, home)
    try:
        yield booth
    finally:
        booth.end()


# ---- what is tried ------------------------------------------------------------------------------------------------


def try_the_booth(booth: WineBooth, screen: VirtualScreen, pictures: Path) -> None:
    """From a PC that nobody knows to a call that ends in time."""
    booth.enrol()
    booth.run_agent()
    booth.run_shell()
    until_seen(screen, PAPER, "the curtain")
    screen.screenshot(pictures / "curtain.png")
    until_seen(screen, OURS, "the window in front of the curtain")
    booth.wait_for_window()
    keys = wait_for(lambda: heard(booth, '"event":"keys"'), within_s=20, what="the keys to be told")
    print(f"up: {keys.strip()[:200]}")
    try_strangers(booth, screen)
    try_a_window_that_hangs(booth, screen)
    try_a_window_that_goes(booth, screen)
    try_a_call(booth)
    try_an_agent_that_is_killed(booth, screen)
    try_a_shell_that_is_killed(booth, screen)


def heard(booth: WineBooth, part: str) -> str:
    return next((line for line in reversed(booth.agent.lines) if part in line), "")


def try_strangers(booth: WineBooth, screen: VirtualScreen) -> None:
    """A Notepad is gone from the screen, and its process too."""
    began = boot_s()
    stranger = subprocess.Popen(
        [booth.start()[0], "notepad"], env=booth.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    wait_for(lambda: booth.shell.said("not ours was opened"), within_s=START_S, what="the shell to see it", every_s=0.1)
    stranger.wait(30)
    until_seen(screen, OURS, "our window again", 10)
    print(f"a Notepad: gone {boot_s() - began:.1f} s after it was started")


def try_a_window_that_hangs(booth: WineBooth, screen: VirtualScreen) -> None:
    began = boot_s()
    booth.orders.write_text("hang")
    until_seen(screen, PAPER, "the curtain over a window that hangs", 20)
    covered_s = boot_s() - began
    until_seen(screen, OURS, "a new window")
    print(f"a window that hangs: covered after {covered_s:.1f} s, a new one after {boot_s() - began:.1f} s")
    assert booth.shell.said("no beat for 3 s") == 1


def try_a_window_that_goes(booth: WineBooth, screen: VirtualScreen) -> None:
    began = boot_s()
    booth.orders.write_text("leave")
    wait_for(lambda: booth.shell.said("exit code 5"), within_s=20, what="the shell to see it go")
    until_seen(screen, PAPER, "the curtain where the window was", 10)
    until_seen(screen, OURS, "a new window")
    print(f"a window that goes: a new one after {boot_s() - began:.1f} s")
    booth.wait_for_window()


def try_a_call(booth: WineBooth) -> None:
    """Opened at central, talked, and ended by the agent's own clock; its record arrives once."""
    called = booth.central.add_session(booth.id, "W-1", talk_s=TALK_S)
    made_up, family = FakeBooth(booth.state), FakeFamily(called.link)
    port, token = booth.orders.with_name("address").read_text().split()
    made_up.start_page(port=int(port), token=token)
    try:
        began_s = begin_talking(made_up, family)
        wait_for(lambda: made_up.shut, within_s=30, what="the call to be closed")
        usage = usage_of(booth.central, called)
        late_s = closed_late_s(made_up, began_s, TALK_S, usage)
        print(f"a call: {usage['end_reason']}, closed {late_s * 1000:+.0f} ms after its end, by {made_up.shut[-1].by}")
        assert usage["end_reason"] == "completed"
        assert abs(late_s) < 1
        assert usage_events(booth.central, called) == 1
    finally:
        family.close()
        made_up.stop()


def try_an_agent_that_is_killed(booth: WineBooth, screen: VirtualScreen) -> None:
    booth.agent.kill()
    wait_for(lambda: booth.shell.said("the agent has gone"), within_s=10, what="the shell to miss the agent")
    booth.run_agent()
    booth.wait_for_window()
    until_seen(screen, OURS, "the window, with the new agent", 20)
    assert booth.shell.said("connected with the agent") == 2
    print("an agent that was killed: the shell found the new one")


def try_a_shell_that_is_killed(booth: WineBooth, screen: VirtualScreen) -> None:
    """What it started does not outlive it."""
    booth.shell.kill()
    wait_for(
        lambda: colour_in_the_middle(screen) not in (OURS, PAPER), within_s=10, what="the window to end with its shell"
    )
    booth.run_shell()
    until_seen(screen, OURS, "the window of a new shell")
    booth.wait_for_window()
    print("a shell that was killed: its window went with it, and a new one came")


def try_the_contracts(start: Callable[..., list[str]], env: Mapping[str, str], root: Path) -> None:
    """The shell's line and the token's place keep inside Wine what they keep elsewhere."""
    suites = [f"tests/wine/contract_{name}.py" for name in ("shell", "credentials")]
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--confcutdir=tests/wine", *suites]
    ended = subprocess.run(
        start(*words), env=dict(env), cwd=root, input="", text=True, capture_output=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    print(f"pipe and token: {ended.stdout.strip().splitlines()[-1]}")
