"""What the end-to-end tests share: a house for a module, a stage for a test, and the logs of those that failed."""

from collections.abc import Callable, Iterator

import pytest

from tests.stage.house import House
from tests.stage.stage import OUT, Stage

_stages: list[Stage] = []


@pytest.fixture(scope="session")
def keep_logs_of() -> Callable[[Stage], None]:
    """Give it a stage, and the logs of its processes are kept when a test fails."""
    return _stages.append


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A running central for all tests of a module."""
    with Stage("e2e") as stage:
        _stages.append(stage)
        yield House(stage)
        _stages.remove(stage)


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A stage of the test's own."""
    with Stage(request.node.name) as stage:
        _stages.append(stage)
        yield stage
        _stages.remove(stage)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep the logs of all processes beside a failed test's name."""
    report = yield
    if report.failed:
        for stage in _stages:
            if stage.logs.exists():
                stage.save_logs(OUT / "failed" / item.name)
    return report
