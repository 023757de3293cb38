"""A picture of every page of central in both languages, at a desk and on a phone, as the day left them."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.day.crowd import One
from tests.e2e.office import AXE, VIOLATIONS, log_in

SIZES = {"desk": (1366, 768), "phone": (360, 740)}
STAFF = (
    "/board", "/queue", "/schedule", "/displays", "/reports", "/terminals", "/users", "/settings", "/audit", "/account",
    "/import", "/day-paper", "/day-list",
)  # fmt: skip
OPEN = ("/daftar", "/ikuti", "/login", "/display")
SETTLED_MS = 400


def take(browser: Browser, url: str, name: str, folder: Path, *, cookies: list[dict[str, str]]) -> dict[str, list[str]]:
    """All of them; what axe finds, by page and language. `cookies`: of a family whose page is looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[str]] = {}
    for paths, staff in ((STAFF, True), (OPEN, False)):
        context = browser.new_context(locale="id-ID", timezone_id="Asia/Jakarta")
        page = context.new_page()
        if staff:
            log_in(page, url, name)
        else:
            context.add_cookies(cookies)  # type: ignore[arg-type]  # name, value, url
        for path in paths:
            for language in ("id", "en"):
                _page(page, url, path, language, folder, found)
        context.close()
    return found


def _page(page: Page, url: str, path: str, language: str, folder: Path, found: dict[str, list[str]]) -> None:
    answer = page.goto(f"{url}{path}?lang={language}", wait_until="domcontentloaded", timeout=60_000)
    name = path.strip("/").replace("/", "-")
    if answer is None or answer.status != 200:
        found[f"{name} {language}"] = [f"answered {answer.status if answer else 'nothing'}"]
        return
    _sizes(page, folder, f"{name}-{language}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.setdefault(f"{name} {language}", []).append("is too wide on a phone")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found.setdefault(f"{name} {language}", []).extend(page.evaluate(VIOLATIONS))


def staff(page: Page, url: str, folder: Path) -> Iterator[None]:
    """Board and queue as they are now, for an officer who is logged in; pauses after each."""
    for path in ("/board", "/queue"):
        for language in ("id", "en"):
            page.goto(f"{url}{path}?lang={language}", wait_until="domcontentloaded", timeout=60_000)
            _sizes(page, folder, f"now-{path.strip('/')}-{language}")
            yield


def family(browser: Browser, one: One, folder: Path) -> Iterator[None]:
    """The private page and the call's page of a family that waits for its turn; pauses after each."""
    context = browser.new_context(locale="id-ID", timezone_id="Asia/Jakarta")
    link = one.link()
    context.add_cookies(cookies_of(one))  # type: ignore[arg-type]  # name, value, url
    page = context.new_page()
    for language in ("id", "en"):
        page.goto(f"{one.central.url}/ikuti?lang={language}")
        _sizes(page, folder, f"now-ikuti-{language}")
        yield
        if link is not None:
            page.goto(link)
            page.reload()
            page.click(f"[data-language={language}]")
            page.wait_for_selector("#expected:not([hidden])", timeout=20_000)
            _sizes(page, folder, f"now-join-{language}")
            yield
    context.close()


def cookies_of(one: One) -> list[dict[str, str]]:
    """What the family's phone keeps, for a browser."""
    url = f"{one.central.url}/ikuti"
    return [{"name": each.name, "value": each.value or "", "url": url} for each in one.http.cookies.jar]


def _sizes(page: Page, folder: Path, name: str) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(SETTLED_MS)
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
