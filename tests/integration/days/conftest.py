"""Central without a socket, as a family's and an officer's browser see it: pages instead of JSON, over HTTPS."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.central_rig import MovedClock, Rig, in_process


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with in_process(tmp_path, clock=MovedClock(), public_url="https://bilik.example") as found:
        found.client.headers["accept"] = "text/html"
        found.client.base_url = httpx.URL("https://central.test")
        yield found
