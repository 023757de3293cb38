"""What the end-to-end tests share: a house for a module, a stage for a test, and the logs of those that failed."""

from collections.abc import Iterator

import pytest

from tests.stage.house import House
from tests.stage.stage import OUT, Stage

_stages: list[Stage] = []


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
            stage.save_logs(OUT / "failed" / item.name)
    return report
