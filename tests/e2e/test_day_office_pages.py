"""The pages around a day in a real browser: the picture of the day, screens, file, paper, hours; both languages, desk and phone."""

import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.office import AXE, SHOTS, VIOLATIONS, Office, log_in
from tests.length import IS_LONG
from tests.stage.stage import PASSWORD, Stage

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.shortened]

LANGUAGES = ("en", "id") if IS_LONG else ("id",)
PHONE, DESK, TV = {"width": 360, "height": 640}, {"width": 1366, "height": 768}, {"width": 1920, "height": 1080}
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(each => each.getClientRects().length && !each.closest('svg') && each.getBoundingClientRect().height < 24)
  .map(each => each.outerHTML)"""


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Stage("office-pages") as stage:
        found = Office(stage, "Rutan Kelas IIA Pekalongan")
        found.central.command("schedule", "set", found.facility, "--open", "mon-sun=00:00-24:00", "--set", "lead_s=0")
        found.central.add_user("ketua", PASSWORD, role="supervisor")
        for _ in range(3):
            found.booth()
        yield found
        for booth in found.booths:
            booth.close()


@pytest.fixture
def opened(office: Office) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def page(*, script: bool = True, size: Any = DESK, user: str = "ketua") -> Page:
        context = office.browser.new_context(viewport=size, locale="id-ID", java_script_enabled=script)
        contexts.append(context)
        made = context.new_page()
        if user:
            log_in(made, office.central.url, user)
        return made

    yield page
    for context in contexts:
        context.close()


def assert_good(page: Page, path: str, name: str, *, sizes: dict[str, Any] | None = None) -> None:
    """Nothing that axe finds, nothing too wide or too small, in both languages; a picture of each."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    base = "/".join(page.url.split("/")[:3])
    for language in LANGUAGES:
        page.goto(f"{base}{path}{'&' if '?' in path else '?'}lang={language}")
        for size, viewport in (sizes or {"desk": DESK, "phone": PHONE}).items():
            page.set_viewport_size(viewport)
            page.screenshot(path=SHOTS / f"{name}-{language}-{size}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size, language)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate(VIOLATIONS) == []
        assert page.evaluate(SMALL_TARGETS) == []


def add(page: Page, url: str, name: str, inmate: str) -> None:
    page.goto(f"{url}/queue")
    page.fill("form[action*=walk_in] [name=name]", name)
    page.fill("form[action*=walk_in] [name=inmate]", inmate)
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")


def test_the_day_is_seen_by_booth_and_a_turn_is_moved_with_and_without_script(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened()
    for number in range(7 if IS_LONG else 3):
        add(page, office.central.url, f"Keluarga {number}", f"Warga {number}")
    block = page.locator("#line a.block").first
    session, other = block.get_attribute("data-session"), page.locator("#line g[data-terminal]").nth(2)
    page.locator("#line").evaluate("each => each.scrollIntoView({block: 'center'})")
    at, lane = block.bounding_box(), other.bounding_box()
    assert at is not None
    assert lane is not None
    page.mouse.move(at["x"] + 10, at["y"] + 20)
    page.mouse.down()
    page.mouse.move(at["x"] + 11, lane["y"] + 30, steps=4)
    page.mouse.up()
    form = page.locator(f"#turn-{session} form[action*=move]")
    assert form.locator("[name=terminal]").input_value() == other.get_attribute("data-terminal")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status]")
    assert page.locator(f"#line .pin[data-session='{session}']").count() == 1
    assert_good(page, "/queue", "queue-line")
    plain = opened(script=False)
    plain.goto(f"{office.central.url}/queue")
    second = plain.locator(".plan details").nth(1)
    second.locator("summary").click()
    second.locator("select[name=terminal]").select_option(index=2)
    second.get_by_role("button").first.click()
    assert plain.locator("[role=status], [role=alert]").count() == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/displays", "displays"),
        ("/import", "import"),
        ("/day-paper", "paper"),
        ("/schedule", "schedule"),
        ("/day-list?phones=1", "list"),
    ],
)
def test_each_page_is_good_to_everybody(office: Office, opened: Callable[..., Page], path: str, name: str) -> None:
    page = opened()
    if name == "displays":
        page.goto(f"{office.central.url}/displays")
        page.fill("[name=name]", "Ruang tunggu blok A")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
    assert_good(page, path, name)
    if name == "list" and IS_LONG:
        page.emulate_media(media="print")
        page.pdf(path=SHOTS / "list.pdf", format="A4")


def test_the_screen_of_the_waiting_block_calls_with_a_chime_and_says_when_it_hears_nothing(
    office: Office, opened: Callable[..., Page]
) -> None:
    desk, screen = opened(), opened(size=TV, user="")
    add(desk, office.central.url, "Tamu", "Joko")
    desk.goto(f"{office.central.url}/displays")
    desk.fill("[name=name]", "Blok B")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("[role=status]")
    screen.goto(desk.locator(".linkbox").last.inner_text())
    screen.wait_for_selector("#clock")
    assert "#" not in screen.url
    desk.goto(f"{office.central.url}/queue")
    desk.get_by_role("button", name="Panggil berikutnya").first.click()
    screen.wait_for_selector("#calls li.new", timeout=3000)
    screen.wait_for_selector("body[data-chimes='1']", timeout=3000)
    assert "Keluarga" not in screen.inner_text("body")
    assert_good(screen, "/display", "display", sizes={"tv": TV, "desk": DESK, "phone": PHONE})
    screen.set_viewport_size(TV)  # type: ignore[arg-type]  # width and height
    assert office.central.process is not None
    office.central.process.signal(signal.SIGSTOP)
    try:
        screen.wait_for_selector("#lost:not([hidden])", timeout=12_000)
        screen.screenshot(path=SHOTS / "display-lost-id-tv.png")
    finally:
        office.central.process.signal(signal.SIGCONT)
    screen.wait_for_selector("#lost", state="hidden", timeout=12_000)
