"""One central and one facility that several tests share; every test brings its own terminal and visit."""

from collections.abc import Mapping

from protocol import page
from tests.stage.central import Central
from tests.stage.fake_page import FakeBooth
from tests.stage.stage import Stage
from tests.stage.terminal import Terminal


class House:
    """A running central, and a facility whose families need no officer to be let in."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.central: Central = stage.central()
        self.facility = self.central.add_facility(
            "Rutan Uji", admit="automatic", warn_at_s=[5], farewell_s=2, check_in="none", check_in_early_s=2
        )

    def booth(self, name: str, *, env: Mapping[str, str] | None = None) -> tuple[Terminal, FakeBooth]:
        """A new terminal with a shell and page that have no screen, ready for its first visit."""
        terminal = self.stage.terminal(name, central=self.central, facility=self.facility, env=env)
        booth = self.stage.booth(terminal)
        booth.wait_for_screen(page.Idle)
        return terminal, booth
