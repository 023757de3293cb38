"""Four booths: one with a real window, whose keys are really pressed, and three whose page is the contract-tested fake."""

import threading

from protocol import page
from tests.stage.central import Central
from tests.stage.fake_page import FakeBooth
from tests.stage.screens import AnyScreen
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal
from tests.stage.waiting import boot_s, wait_for

LOOK_S = 0.2
PRESS_AGAIN_S = 1.5


class Hands:
    """The inmates: each presses Start and accepts the rules as soon as the booth asks for it."""

    def __init__(self) -> None:
        self.booths: list[FakeBooth] = []
        self.real: RealBooth | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, name="hands", daemon=True)
        self._pressed: dict[int, float] = {}

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Nobody presses any more."""
        self._done.set()
        self._thread.join(5)

    def _work(self) -> None:
        while not self._done.wait(LOOK_S):
            for booth in self.booths:
                self._press(booth)
            if self.real is not None:
                self.real.press()

    def _press(self, booth: FakeBooth) -> None:
        if boot_s() - self._pressed.get(id(booth), 0) < PRESS_AGAIN_S:
            return
        if isinstance(booth.screen, page.CheckIn):
            booth.press_start()
        elif isinstance(booth.screen, page.Rules):
            booth.accept_rules()
        else:
            return
        self._pressed[id(booth)] = boot_s()


class RealBooth:
    """The booth with a window on a screen; its inmate uses the keyboard."""

    def __init__(self, stage: Stage, central: Central, facility: str, name: str) -> None:
        self.central = central
        self.terminal: Terminal = stage.terminal(name, central=central, facility=facility)
        self.screen: AnyScreen = stage.screen()
        self.terminal.start_shell(self.screen.name)
        self._pressed_s = 0.0

    def wait_for_window(self) -> None:
        """Return when the heartbeat says that the window is up."""
        query = "select body from terminal_status where terminal_id = ? and body like '%\"window_up\":true%'"
        wait_for(
            lambda: self.central.rows(query, self.terminal.id), within_s=40, what="the window to be up", every_s=0.2
        )

    def press(self) -> str:
        """Press the large button, which has the focus of every screen, if the visit asks for it; the state it is in."""
        rows = self.central.rows(
            "select visit_state from sessions where terminal_id = ? and state in ('planned', 'open') "
            "and visit_state <> 'none' order by start_at_ms",
            self.terminal.id,
        )
        state = str(rows[0]["visit_state"]) if rows else ""
        if state in ("check_in", "rules") and boot_s() - self._pressed_s > PRESS_AGAIN_S:
            self.screen.do("key", "Return")
            self._pressed_s = boot_s()
        return state
