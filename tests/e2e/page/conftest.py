"""The kiosk page in real Chromium before an agent that says what a test wants: one browser and one agent a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.call_pair import Pair, paired
from tests.kiosk_browser import chromium, kiosk
from tests.page_stage import PageStage


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def stage() -> Iterator[PageStage]:
    with PageStage() as started:
        yield started


@pytest.fixture
def glass(browser: Browser, stage: PageStage) -> Iterator[Page]:
    with kiosk(browser, stage) as page:
        yield page


@pytest.fixture
def pair(browser: Browser, stage: PageStage) -> Iterator[Pair]:
    with paired(browser, stage) as both:
        yield both
