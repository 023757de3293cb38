"""The kiosk under attack: hands on it, its page's own report, and the look from outside after each attempt."""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from Xlib import X
from Xlib.error import XError
from Xlib.ext import res

from protocol.shell import OrderKind, PageAddress
from tests.escape.hands import Hands
from tests.escape.launcher import PIDS
from tests.kiosk_rig import Kiosk
from tests.screen import VirtualScreen, end, wait_until

STOCK_RC = Path("/etc/xdg/openbox/rc.xml")
WATCH = """(() => {
  if (window.leaks) return 'there';
  window.leaks = [];
  const modifier = /^(Shift|Control|Alt|AltGraph|CapsLock|NumLock)$/;
  const plain = /^(.|Tab|Enter|Escape|Backspace|Delete|Home|End|PageUp|PageDown|Arrow.*|Dead|Unidentified|Process)$/u;
  const held = e => e.ctrlKey || e.altKey || e.metaKey;
  const leak = what => window.leaks.push(what);
  addEventListener('keydown', e => {
    if (!modifier.test(e.key) && !e.code.startsWith('Alt') && (held(e) || !plain.test(e.key))) leak('key reached the page');
  }, true);
  for (const name of ['mousedown', 'click', 'auxclick'])
    addEventListener(name, e => { if (e.button !== 0 || held(e) || e.shiftKey) leak('button reached the page') }, true);
  addEventListener('wheel', e => { if (held(e)) leak('zooming reached the page') }, {capture: true, passive: true});
  for (const name of ['contextmenu', 'cut', 'paste', 'fullscreenchange', 'drop'])
    addEventListener(name, () => leak(name), true);
  addEventListener('dragstart', e => setTimeout(() => { if (!e.defaultPrevented) leak('drag') }, 0));
  return 'new';
})()"""
REPORT = """JSON.stringify({mark: MARK, host: location.host, path: location.pathname, leaks: window.leaks || [],
 size: innerWidth + 'x' + innerHeight, scale: devicePixelRatio, full: !!document.fullscreenElement,
 hash: location.hash, whole: !!document.getElementById('go')})"""


class Ring:
    """One kiosk on one screen. `look` says in words what is wrong; nothing said: all is as it should be."""

    def __init__(self, kiosk: Kiosk, hands: Hands, pids: Path) -> None:
        self.kiosk, self.hands, self.screen = kiosk, hands, kiosk.screen
        self.planted: list[subprocess.Popen[bytes]] = []
        self.clients: list[Hands] = []
        self._pids = pids
        self._mark = 0
        self._files: set[str] = set()
        self.begin()

    @property
    def ours(self) -> int:
        """Our window's X id."""
        return self.screen.find("Bilik") or 0

    def begin(self) -> None:
        """Remember how things are now."""
        self.window_pid, self._starts = self.kiosk.window_pid, self._starts_now()
        self._files = self._all_files()
        self.kiosk.outside.requests.clear()
        self.kiosk.launched.unlink(missing_ok=True)
        self.ask(WATCH)

    def ask(self, code: str, timeout_s: float = 2.5) -> str | None:
        """What the page answers; None if it does not."""
        before = self.kiosk.page.count("ran")
        self.kiosk.page.orders.put({"run": code})
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            said = [words for _, words in list(self.kiosk.page.said) if words.get("ran") == code]
            if said and self.kiosk.page.count("ran") > before:
                return str(said[-1].get("gave"))
            time.sleep(0.005)
        return None

    def wait(self, condition: Callable[[], object], timeout_s: float) -> bool:
        """Whether it came true in time."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    # ---- looking ----------------------------------------------------------------------------------------------------

    def look(self) -> list[str]:
        """Everything that is not as it should be."""
        family = self._family()
        wrong = [*self._screen_wrong(family), *self._processes_wrong(family), *self._trail_wrong()]
        return wrong if "the window's process is another" in wrong else wrong + self._page_wrong()

    def _family(self) -> set[int]:
        with contextlib.suppress(psutil.Error):
            shell = psutil.Process(self.kiosk.shell.pid)
            return {shell.pid, *(child.pid for child in shell.children(recursive=True))}
        return set()

    def _owner(self, window_id: int) -> int | None:
        try:
            asked = [{"client": window_id, "mask": res.LocalClientPIDMask}]
            return next((int(one.value[0]) for one in self.hands.display.res_query_client_ids(asked).ids), None)
        except XError:
            return None

    def _screen_wrong(self, family: set[int]) -> Iterator[str]:
        shown = self.screen.windows()
        managers = {pid for window in shown if (pid := self._owner(window.id)) and _name(pid) == "openbox"}
        for window in shown:
            owner = self._owner(window.id)
            framed_ours = owner in managers and window.name in ("Bilik", "Bilik curtain")
            if not (owner in family or framed_ours):
                yield "a window that is not ours is on the screen"
            elif owner in family and window.name not in ("Bilik", "Bilik curtain"):
                yield "another window of the engine is on the screen"
        top = shown[-1] if shown else None
        if top is None or top.name != "Bilik":
            yield "our window is not on top"
        elif (top.x, top.y, top.width, top.height) != (0, 0, self.screen.width, self.screen.height):
            yield "our window does not cover the screen"
        focus = self.screen.focus()
        if focus in (X.NONE, X.PointerRoot) or self._owner(focus) != self.window_pid:
            yield "the keyboard is not ours"

    def _processes_wrong(self, family: set[int]) -> Iterator[str]:
        fact = self.kiosk.agent.window()
        if fact is None or fact.pid != self.window_pid:
            yield "the window's process is another"
        if any(process.poll() is None for process in self.planted):
            yield "a program that is not ours runs"
        if any(not _name(pid).startswith(("python", "QtWebEngine", "bilik")) for pid in family):
            yield "our programs started another one"

    def _trail_wrong(self) -> Iterator[str]:
        if self.hands.display.get_selection_owner(self.hands.display.intern_atom("CLIPBOARD")) != X.NONE:
            yield "something was copied"
        if self.kiosk.launched.exists():
            yield "another program was asked to open an address"
        if self.kiosk.outside.requests:
            yield "an address elsewhere was asked"
        if self._all_files() - self._files:
            yield "a file was saved"

    def _page_wrong(self) -> list[str]:
        self._mark += 1
        answer = self.ask(REPORT.replace("MARK", str(self._mark)))
        if answer is None or not answer.startswith("{"):
            return ["the page does not answer"]
        told = json.loads(answer)
        wrong = list(dict.fromkeys(told["leaks"]))
        if told["host"] != f"127.0.0.1:{self.kiosk.page.port}" or told["path"] != "/" or not told["whole"]:
            wrong.append("the page is another")
        if (told["size"], told["scale"]) != (f"{self.screen.width}x{self.screen.height}", 1) or told["full"]:
            wrong.append("the page is shown otherwise")
        if told["hash"] not in ("", "#two"):
            wrong.append("the page went back")
        return wrong

    def _all_files(self) -> set[str]:
        skipped = ("programs", ".cache", ".local", ".config", ".pki", "shell.log", "launched")
        return {str(path) for path in self.kiosk.folder.glob("*") if path.name not in skipped}

    # ---- mending ----------------------------------------------------------------------------------------------------

    def plant(self, *command: str | Path) -> None:
        """Start a program of nobody's, where the process guard may see it."""
        process = subprocess.Popen([*command], start_new_session=True, env=self.screen.env, stdout=-3, stderr=-3)
        self.planted.append(process)
        with self._pids.open("a") as listed:
            listed.write(f"{process.pid}\n")

    def clear(self) -> None:
        """Take away what the attempt brought."""
        for process in self.planted:
            end(process, 0.2)
        self.planted.clear()
        for client in self.clients:
            client.__exit__(None, None, None)
        self.clients.clear()
        self.hands.empty_clipboard()
        self.hands.display.sync()

    def mend(self, wrong: list[str]) -> None:
        """After an attempt that came through: everything as at the beginning."""
        self.clear()
        self.hands.chord("Escape", 2)
        if all("reached the page" in word for word in wrong) and self.ask("leaks.length = 0") == "0":
            return
        if not any(sign in word for word in wrong for sign in ("window", "keyboard", "programs")) and self._reload():
            self.begin()
            return
        if self._starts_now() == self._starts:  # otherwise it has ended, and is coming back by itself
            self.kiosk.order(OrderKind.RESTART_WINDOW)
        wait_until(lambda: self._starts_now() > self._starts and self.kiosk.painted(), "the window is back", 25)
        self.begin()

    def _starts_now(self) -> int:
        fact = self.kiosk.agent.window()
        return fact.starts if fact else 0

    def _reload(self) -> bool:
        """Load the page as after a restart of the agent; whether it came."""
        loads = self.kiosk.page.count("loaded")
        self.kiosk.page.token += "x"
        self.kiosk.agent.address = PageAddress(port=self.kiosk.page.port, token=self.kiosk.page.token)
        self.kiosk.agent.say(self.kiosk.agent.address)
        return self.wait(lambda: self.kiosk.page.count("loaded") > loads, 3.0)


def _name(pid: int) -> str:
    try:
        return psutil.Process(pid).name()
    except (psutil.Error, OSError):
        return "python gone"


@contextlib.contextmanager
def ring_on(folder: Path, *, guarded: bool, window_manager: bool) -> Iterator[Ring]:
    """A painted kiosk; without its guards the window manager is as Debian ships it."""
    pids = folder / "programs" / "pids"
    pids.parent.mkdir(parents=True)
    pids.write_text("")
    os.environ[PIDS] = str(pids)
    screen = VirtualScreen(1024, 768, window_manager=window_manager)
    if not guarded:
        screen.openbox_rc = STOCK_RC
    program = ("tests.escape.launcher", "guarded" if guarded else "unguarded", "shell")
    with screen, Kiosk(screen, folder, program=program) as kiosk, Hands(screen.name) as hands:
        yield Ring(kiosk, hands, pids)
