"""A small machine, a step, and the way there and back, for the installer's tests."""

from installer.linux.files import PutFile
from installer.linux.ways import REFRESHES, WAYS
from installer.ports import Account
from installer.steps import Step, perform_all, revert_all
from installer.undo import UndoList
from tests.fake_system import FakeSystem

KIOSK = Account(
    name="kiosk", home="/run/kiosk", shell="/usr/sbin/nologin", comment="", group="kiosk", groups=("video",)
)


def quiet(_: str) -> None:
    """Nobody listens."""


def do(system: FakeSystem, steps: list[Step]) -> int:
    return perform_all(system, steps, UndoList(system), REFRESHES, quiet)


def undo(system: FakeSystem) -> list[str]:
    return [failure.words for failure in revert_all(system, UndoList(system), WAYS, REFRESHES, quiet)]


def machine() -> FakeSystem:
    system = FakeSystem()
    for folder in ("/etc", "/var/lib"):
        system.put(folder)
    return system


def file(path: str = "/etc/a.conf", content: str = "ours", *, refresh: tuple[str, ...] = ()) -> PutFile:
    return PutFile(target=path, content=content, why="a test", refresh=refresh)
