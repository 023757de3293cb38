"""A Windows PC in memory on its way to a booth, for the installer's tests."""

from installer.answers import Given
from installer.windows.booth import Planned, WindowsBooth
from installer.windows.plan import Place
from tests.fake_windows import FakePc

GIVEN = Given(enrolment="https://central.example.org#ABCD-EFGH", pin="27182818", turn=[], meetings=False)
PLACE = Place(programs=r"C:\Program Files\Bilik")
KIOSK = "bilik-kiosk"


def quiet(_: str) -> None:
    """Nobody listens."""


def booth(pc: FakePc) -> WindowsBooth:
    return WindowsBooth(pc, PLACE)


def install(pc: FakePc, given: Given = GIVEN) -> Planned:
    planned = booth(pc).plan(given)
    booth(pc).install(planned, quiet)
    return planned


def locked(edition: str = "Professional") -> FakePc:
    pc = FakePc(edition)
    pc.needs_restart = False
    install(pc)
    return pc
