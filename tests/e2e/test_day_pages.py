"""The pages of a day in a real browser: a family on a small phone with and without script, an officer at a desk, both languages."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.office import AXE, SHOTS, VIOLATIONS, Office, log_in
from tests.stage.stage import Stage
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SMALL, DESK = {"width": 360, "height": 640}, {"width": 1280, "height": 800}
CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}")
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(each => each.getClientRects().length && !each.closest('svg') && each.getBoundingClientRect().height < 24)
  .map(each => each.outerHTML)"""


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Stage("day") as stage:
        found = Office(stage, "Rutan Kelas IIA Pekalongan")
        found.central.command(
            "schedule",
            "set",
            found.facility,
            "--open",
            "mon-sun=00:00-24:00",
            "--set",
            "most_by_phone=9",
            "--set",
            "lead_s=0",
        )
        found.booth()
        found.booth()
        yield found
        for booth in found.booths:
            booth.close()


@pytest.fixture
def opened(office: Office) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def page(*, script: bool = True, size: Any = SMALL) -> Page:
        context = office.stage.browsers._browser.new_context(viewport=size, locale="id-ID", java_script_enabled=script)
        contexts.append(context)
        return context.new_page()

    yield page
    for context in contexts:
        context.close()


def assert_good(page: Page, name: str) -> None:
    """On phone and desk, in both languages: nothing that axe finds, nothing too wide or too small; a picture of each."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    for language in ("en", "id"):
        page.click(f".lang [lang={language}]")
        for size, viewport in {"desk": DESK, "phone": SMALL}.items():
            page.set_viewport_size(viewport)  # type: ignore[arg-type]  # width and height
            page.screenshot(path=SHOTS / f"{name}-{language}-{size}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size, language)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(VIOLATIONS) == []
        assert page.evaluate(SMALL_TARGETS) == []
    page.set_viewport_size(before or SMALL)  # type: ignore[arg-type]  # width and height


def fill(page: Page, url: str, *, name: str = "Siti Aminah", phone: str = "0812 3456 7890") -> None:
    page.goto(f"{url}/daftar")
    page.fill("[name=name]", name)
    page.select_option("[name=relation]", "spouse")
    page.fill("[name=phone]", phone)
    page.fill("[name=inmate]", "Budi Santoso")
    page.check("[name=consent]")
    page.click("main [type=submit]")


def test_the_form_is_good_to_everybody_empty_and_with_what_is_wrong(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened()
    page.goto(f"{office.central.url}/daftar")
    assert_good(page, "daftar")
    page.goto(f"{office.central.url}/daftar")
    page.click("main [type=submit]")
    page.wait_for_selector(".wrong")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(VIOLATIONS) == []
    assert page.get_attribute("[name=phone]", "aria-invalid") == "true"
    page.screenshot(path=SHOTS / "daftar-wrong-id-phone.png", full_page=True)


def test_a_family_without_script_is_registered_approved_by_an_officer_and_reads_its_time(
    office: Office, opened: Callable[..., Page]
) -> None:
    phone = opened(script=False)
    fill(phone, office.central.url)
    phone.wait_for_url("**/ikuti*")
    number = phone.inner_text(".follow .large")
    desk = opened(size=DESK)
    log_in(desk, office.central.url, "siti")
    desk.goto(f"{office.central.url}/queue")
    desk.click(f"button[aria-label='Setujui {number}']")
    desk.wait_for_selector("[role=status]")
    assert f"Nomor {number} mendapat giliran" in desk.inner_text("[role=status]")
    assert_good_queue(desk)
    phone.reload()
    assert "Disetujui" in phone.inner_text(".follow")
    assert "Bilik" in phone.inner_text(".follow dl")


def assert_good_queue(desk: Page) -> None:
    """With somebody asking, somebody to tell, and a plan."""
    fill(desk, desk.url.partition("/queue")[0], name="Wati", phone="081200000001")
    desk.goto(desk.url.partition("/ikuti")[0] + "/queue")
    desk.click(".tell summary >> nth=0")
    picture = desk.locator(".tell img").first
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") > 50, within_s=10, what="the QR code to be drawn")
    assert_good(desk, "queue")


def test_a_walk_in_has_a_turn_after_two_names(office: Office, opened: Callable[..., Page]) -> None:
    desk = opened(size=DESK)
    log_in(desk, office.central.url, "siti")
    desk.goto(f"{office.central.url}/queue")
    desk.fill("form[action*=walk_in] [name=name]", "Tamu")
    desk.fill("form[action*=walk_in] [name=inmate]", "Joko")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("[role=status]")
    assert "Joko" in desk.inner_text(".plan")


def test_a_link_opens_the_private_page_on_another_phone_and_leaves_no_code_in_the_address(
    office: Office, opened: Callable[..., Page]
) -> None:
    first, second = opened(), opened()
    fill(first, office.central.url, name="Ani", phone="081200000002")
    first.wait_for_url("**/ikuti*")
    assert_good(first, "ikuti")
    code = CODE.search(first.inner_text(".follow"))
    assert code is not None
    second.goto(f"{office.central.url}/ikuti#{code.group()}")
    second.wait_for_selector(".follow")
    assert code.group() not in second.url
    assert first.inner_text(".follow .large") == second.inner_text(".follow .large")


def test_a_viewer_reads_the_queue_and_can_press_nothing_in_it(office: Office, opened: Callable[..., Page]) -> None:
    desk = opened(size=DESK)
    log_in(desk, office.central.url, "lihat")
    desk.goto(f"{office.central.url}/queue")
    assert desk.locator("form[action*='/queue/acts'], form[action*='/board/acts']").count() == 0
