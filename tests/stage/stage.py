"""The whole stage as one context manager: what is started on it is ended in the opposite order, and told about on failure."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.screen import VirtualScreen
from tests.stage.browsers import Browsers, Family, Officer
from tests.stage.central import Called, Central
from tests.stage.fake_family import FakeFamily
from tests.stage.fake_page import FakeBooth
from tests.stage.forwarder import UdpForwarder
from tests.stage.network import own_address
from tests.stage.terminal import Terminal
from tests.stage.turn import Turn

OUT = Path(__file__).resolve().parents[2] / "out"
PASSWORD = "seribu-langkah-12"


class Stage:
    """`with Stage("demo") as stage:` and then central, turn, terminals, screens, families and officers as they are needed."""

    def __init__(self, name: str, *, keep: Path | None = None) -> None:
        self.name = name
        self._keep = keep
        self._ends = contextlib.ExitStack()
        self._browsers: Browsers | None = None
        self.home = Path()
        self.logs = Path()

    def __enter__(self) -> Self:
        self.home = Path(tempfile.mkdtemp(prefix=f"bilik-{self.name[:20]}-"))
        self._ends.callback(shutil.rmtree, self.home, ignore_errors=True)
        self.logs = self.home / "logs"
        self.logs.mkdir()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.ExitStack() as last:
            last.callback(self._ends.close)
            if error is not None or self._keep is not None:
                self.save_logs(self._keep or OUT / "failed" / self.name)

    def save_logs(self, folder: Path) -> None:
        """Copy the logs of all processes there."""
        folder.mkdir(parents=True, exist_ok=True)
        for log in self.logs.iterdir():
            shutil.copy2(log, folder / log.name)

    def ends(self, end: Callable[[], object]) -> None:
        """Call this at the end, before what was started earlier is ended."""
        self._ends.callback(end)

    # ---- the network ----------------------------------------------------------------------------------------------

    def turn(self) -> Turn:
        """A relay on this machine's own address."""
        turn = Turn(address=own_address(), home=self.home, logs=self.logs)
        self._ends.callback(turn.process.end)
        turn.wait_ready()
        return turn

    def forwarder(self, turn: Turn) -> UdpForwarder:
        """A path to the relay that can be cut."""
        forwarder = UdpForwarder(listen_on=turn.host, to=(turn.host, turn.port))
        forwarder.start()
        self._ends.callback(forwarder.stop)
        return forwarder

    # ---- central and terminals ------------------------------------------------------------------------------------

    def central(self, *, turn: Turn | None = None, turn_at: tuple[str, int] | None = None) -> Central:
        """A running central; with a relay its families and booths are told of it, at `turn_at` if given."""
        serve: tuple[str, ...] = ()
        if turn is not None:
            host, port = turn_at or (turn.host, turn.port)
            serve = ("--turn-url", f"turn:{host}:{port}?transport=udp", "--turn-secret-file", str(turn.secret_file))
            serve += ("--turn-cli", f"127.0.0.1:{turn.cli_port}")
            serve += ("--turn-cli-password-file", str(turn.cli_password_file))
        central = Central(self.home, self.logs, serve=serve)
        central.start()
        self._ends.callback(central.stop)
        return central

    def terminal(
        self, name: str, *, central: Central, facility: str, env: Mapping[str, str] | None = None, run: bool = True
    ) -> Terminal:
        """An enrolled terminal whose agent runs."""
        terminal = Terminal(name, self.home, self.logs, env=env)
        terminal.id, enrolment = central.add_terminal(name, facility)
        terminal.enroll(enrolment)
        self._ends.callback(terminal.stop)
        if run:
            terminal.start_agent()
        return terminal

    def bare_terminal(self, name: str, *, env: Mapping[str, str] | None = None) -> Terminal:
        """A terminal that is not enrolled and whose agent does not run yet."""
        terminal = Terminal(name, self.home, self.logs, env=env)
        self._ends.callback(terminal.stop)
        return terminal

    def booth(self, terminal: Terminal) -> FakeBooth:
        """A shell and page without a screen for this terminal."""
        booth = FakeBooth(terminal.shell_socket)
        booth.start()
        self._ends.callback(booth.stop)
        return booth

    def screen(self, width: int = 1366, height: int = 768) -> VirtualScreen:
        """A virtual screen."""
        return self._ends.enter_context(VirtualScreen(width, height))

    # ---- people ---------------------------------------------------------------------------------------------------

    def fake_family(self, session: Called) -> FakeFamily:
        """A family without a browser."""
        family = FakeFamily(session.link)
        self._ends.callback(family.close)
        return family

    def family(self, session: Called, *, language: str = "id-ID") -> Family:
        """A family with a phone, its link not opened yet."""
        return Family(self.browsers, session.link, language=language)

    def officer(self, central: Central, name: str = "siti", *, facility: str | None = None) -> Officer:
        """An officer, logged in, looking at the board."""
        central.add_user(name, PASSWORD, facility=facility)
        officer = Officer(self.browsers, central.url)
        officer.log_in(name, PASSWORD)
        return officer

    @property
    def browsers(self) -> Browsers:
        """The one Chromium of this stage."""
        if self._browsers is None:
            self._browsers = Browsers()
            self._ends.callback(self._browsers.close)
        return self._browsers
