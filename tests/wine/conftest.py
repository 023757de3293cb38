"""For what pytest runs inside Wine, which sees no other conftest: those of the tree ask for a database."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
