"""The pages of reports in a real browser: full and empty, both languages, desk and phone, and the sheet to sign as it is printed."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from central.store.engine import Database
from protocol.outcome import EndReason, FaultParty
from tests.central_rig import NOON_MS
from tests.e2e.office import AXE, SHOTS, VIOLATIONS, Office, log_in
from tests.report_rig import House
from tests.stage.stage import PASSWORD, Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
NOVEMBER, SUNDAY = "from=2026-11-01&to=2026-11-30", "from=2026-11-22&to=2026-11-22"
FAULT = {"end_reason": EndReason.CONNECTION_LOST, "fault_party": FaultParty.NETWORK, "talk_delivered_ms": 250_000}
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 24).map(each => each.outerHTML)"""


async def a_month(url: str) -> None:
    """Two facilities, the first with four booths and calls on most days."""
    database = Database(url)
    try:
        house = House(database)
        place = await house.facility("Rutan Kelas IIA Pekalongan", booths=4)
        await house.facility("Lapas Kelas IIB Jayapura", timezone="Asia/Jayapura")
        for number in range(36):
            start_at_ms = NOON_MS - (number % 18 + 1) * DAY_MS + number % 5 * HOUR_MS - 4 * HOUR_MS
            session_id = await house.session(place, booth=number % 4, start_at_ms=start_at_ms, admitted_by="siti")
            await house.held(session_id, provisional=number == 7, **(FAULT if number % 6 == 0 else {}))
        await house.session(place, start_at_ms=NOON_MS - DAY_MS, state="ended", why="unused")
    finally:
        await database.close()


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Stage("reports") as stage:
        found = Office(stage, "Rutan Kosong")
        found.central.add_user("kepala", PASSWORD, role="supervisor")
        with ThreadPoolExecutor(1) as thread:  # a browser's driver may have its loop on ours
            thread.submit(asyncio.run, a_month(f"sqlite:///{found.central.database}")).result(60)
        yield found


@pytest.fixture
def opened(office: Office) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def page(name: str = "kepala") -> Page:
        context = office.browser.new_context(viewport=DESK, locale="id-ID", java_script_enabled=True)  # type: ignore[arg-type]  # width and height
        contexts.append(context)
        fresh = context.new_page()
        log_in(fresh, office.central.url, name)
        return fresh

    yield page
    for context in contexts:
        context.close()


def place_of(office: Office, name: str) -> str:
    return str(office.central.rows("select id from facilities where name like ?", f"%{name}")[0]["id"])


def assert_good(page: Page, name: str) -> None:
    """At the desk and on a phone: nothing too wide or too small, nothing that axe finds in the one language; a picture of each."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    language = page.get_attribute("html", "lang")
    for size, viewport in {"desk": DESK, "phone": PHONE}.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]  # width and height
        page.screenshot(path=SHOTS / f"{name}-{language}-{size}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size, language)
        assert page.evaluate(SMALL_TARGETS) == [], (name, size, language)
    if language == "id":
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(VIOLATIONS) == [], name
    page.set_viewport_size(DESK)  # type: ignore[arg-type]  # width and height


def test_every_page_of_reports_is_good_in_both_languages(office: Office, opened: Callable[..., Page]) -> None:
    page, place = opened(), place_of(office, "Pekalongan")
    pages = {
        "reports": (f"/reports?facility={place}&{NOVEMBER}", ("en", "id")),
        "reports-empty": (f"/reports?facility={place}&{SUNDAY}", ("id",)),
        "reports-all": (f"/reports?facility=all&{NOVEMBER}", ("en",)),
        "reports-print": (f"/reports/print?facility={place}&{NOVEMBER}", ("en", "id")),
    }
    for name, (path, languages) in pages.items():
        for language in languages:
            page.goto(f"{office.central.url}{path}&lang={language}")
            assert_good(page, name)


def test_an_officer_comes_from_the_menu_to_last_month_and_to_its_sheet(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened()
    page.goto(f"{office.central.url}/queue?facility={place_of(office, 'Pekalongan')}")
    page.click("nav.top .wide a[href^='/reports']")
    page.fill("[name='from']", "2026-11-01")
    page.fill("[name='to']", "2026-11-30")
    page.click("form.pick [type=submit]")
    assert page.inner_text("h2.period span") == "November 2026"
    assert "37" in page.inner_text(".facts")
    page.click("a[href^='/reports/print']")
    assert page.inner_text(".letterhead").casefold() == "rutan kelas iia pekalongan"
    assert "siti" in page.inner_text("main")


def test_the_printed_sheet_has_the_signatures_and_nothing_of_the_screen(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened("lihat")
    page.goto(f"{office.central.url}/reports/print?facility={place_of(office, 'Pekalongan')}&{NOVEMBER}")
    page.emulate_media(media="print")
    assert page.is_visible(".signatures")
    assert not page.is_visible("nav.screen")
    assert "siti" not in page.inner_text("main")
    printed: Any = page.pdf(path=SHOTS / "reports-print.pdf", prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    assert 2 <= printed.count(b"/Type /Page\n") <= 4
