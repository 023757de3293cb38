"""Central without a socket, on a clock that the test moves; modules that need it otherwise have a `rig` of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.central_rig import MovedClock, Rig, in_process


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
async def rig(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Rig]:
    async with in_process(tmp_path, clock=clock) as found:
        yield found
