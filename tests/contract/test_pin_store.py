"""What every PinStore keeps: the fake and the one with a process of its own."""

from pathlib import Path

import pytest

from agent.adapters.pin_store import FilePinStore
from agent.ports import PinOutcome, PinStore
from tests.fakes import MemoryPinStore

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["fake", "file"])
def pins(request: pytest.FixtureRequest, tmp_path: Path) -> PinStore:
    return MemoryPinStore() if request.param == "fake" else FilePinStore(tmp_path / "state")


async def test_without_a_pin_every_one_is_unset(pins: PinStore) -> None:
    assert await pins.check("90817263") is PinOutcome.UNSET


async def test_the_newest_pin_is_right_and_every_other_is_wrong(pins: PinStore) -> None:
    await pins.write("11223344")
    await pins.write("90817263")
    assert await pins.check("90817263") is PinOutcome.RIGHT
    assert await pins.check("11223344") is PinOutcome.WRONG
