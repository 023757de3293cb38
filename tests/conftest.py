"""What every test shares, and the order of the tests: what takes longest begins first, so that no worker ends alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Postgres, postgres

HERE = Path(__file__).parent
LONGEST_FIRST = (
    *("e2e/test_visit_window.py", "e2e/test_chaos.py", "e2e/test_faults_booth.py", "integration/test_shell.py"),
    *("e2e/page/test_kiosk_call.py", "e2e/test_faults_central.py", "e2e/test_revoked.py", "e2e/test_escape.py"),
    *(
        "e2e/test_family_call.py",
        "integration/test_supervisor.py",
        "e2e/page/test_page_use.py",
        "e2e/page/test_pages.py",
    ),
    *("e2e", "integration/test_window.py", "integration", "contract"),
)
"""Files and folders below tests/; all others come after them. What computes stands beside what waits."""


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines run on asyncio, as the programs do."""
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """The one PostgreSQL of this process, started when the first test asks for it; each has a database of its own there."""
    with postgres() as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; within a file nothing changes."""
    ranks = {path: _rank(path) for path in {item.path for item in items}}
    items.sort(key=lambda item: ranks[item.path])


def _rank(path: Path) -> int:
    name = path.relative_to(HERE).as_posix()
    found = (rank for rank, first in enumerate(LONGEST_FIRST) if name == first or name.startswith(first + "/"))
    return next(found, len(LONGEST_FIRST))
