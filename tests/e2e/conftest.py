"""What the end-to-end tests share: openings for a module or for a test, and the logs of those that failed."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.office import DESK, Office, log_in
from tests.e2e.phones import SMALL, Booths
from tests.stage.central import Central
from tests.stage.house import House
from tests.stage.stage import OUT, Stage

_stages: list[Stage] = []
PLACE = "Rutan Kelas IIA Pekalongan"


@pytest.fixture(scope="session")
def keep_logs_of() -> Callable[[Stage], None]:
    """Give it a stage, and the logs of its processes are kept when a test fails."""
    return _stages.append


@pytest.fixture(scope="module")
def module_stage() -> Iterator[Stage]:
    """One stage for all tests of a module."""
    with Stage("e2e") as stage:
        _stages.append(stage)
        yield stage
        _stages.remove(stage)


@pytest.fixture(scope="module")
def house(module_stage: Stage) -> House:
    """A running central and a facility without officers, for all tests of a module."""
    return House(module_stage)


# ---- families -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def central(module_stage: Stage) -> Central:
    """A running central for all tests of a module."""
    return module_stage.central()


@pytest.fixture(scope="module")
def new_booth(central: Central) -> Iterator[Booths]:
    """Booths that say what the test wants them to say, at a facility whose officers admit."""
    booths = Booths(central, central.add_facility(PLACE, admit="officer"))
    yield booths
    for booth in booths.made:
        booth.close()


@pytest.fixture
def phone(module_stage: Stage) -> Iterator[Callable[..., Page]]:
    """A phone; `fake` is put into the page before anything else."""
    contexts: list[BrowserContext] = []

    def opened(*, language: str = "id-ID", size: dict[str, int] = SMALL, fake: str = "", agent: str = "") -> Page:
        context = module_stage.browsers.person(size=size, phone=True, language=language)
        contexts.append(context)
        page = context.new_page()
        if fake:
            page.add_init_script(fake)
        if agent:
            page.add_init_script(f"Object.defineProperty(navigator, 'userAgent', {{get: () => {agent!r}}})")
        return page

    yield opened
    for context in contexts:
        context.close()


# ---- staff --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(module_stage: Stage) -> Iterator[Office]:
    """A facility with an officer and a viewer."""
    found = Office(module_stage, PLACE)
    yield found
    for booth in found.booths:
        booth.close()


@pytest.fixture
def desk(office: Office) -> Iterator[Callable[..., Page]]:
    """The board, somebody logged in at it."""
    contexts: list[BrowserContext] = []

    def opened(name: str = "siti", *, script: bool = True) -> Page:
        context = office.browser.new_context(viewport=DESK, locale="id-ID", java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        log_in(page, office.central.url, name)
        return page

    yield opened
    for context in contexts:
        context.close()


# ---- a test's own -------------------------------------------------------------------------------------------------


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
