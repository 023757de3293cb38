"""What every test shares."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines run on asyncio, as the programs do."""
    return "asyncio"
