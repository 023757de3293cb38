"""A picture of every page of central in both languages, at a desk and on a phone, as the day left them."""

import re
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from tests.day.crowd import One
from tests.e2e.office import AXE, VIOLATIONS

SIZES = {"desk": (1366, 768), "phone": (360, 740)}
STAFF = (
    "/board", "/queue", "/schedule", "/displays", "/reports", "/reports/print", "/terminals", "/users", "/settings", "/audit",
    "/account", "/import", "/day-paper", "/day-list",
)  # fmt: skip
LANGUAGES = ("id", "en")
OPEN = ("/daftar", "/ikuti", "/login", "/display")
SETTLED = """() => document.fonts.ready.then(() =>
  new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"""


def take(officer: Page, one: One, folder: Path, *, more: tuple[str, ...]) -> dict[str, list[str]]:
    """All of them, as somebody sees them who may see everything and a family; what axe finds, by page and language."""
    found: dict[str, list[str]] = {}
    phone = one.context.new_page()
    for page, paths in ((officer, STAFF + more), (phone, OPEN)):
        for path in paths:
            for language in LANGUAGES:
                _page(page, one.central.url, path, language, folder, found)
    phone.close()
    return found


def _page(page: Page, url: str, path: str, language: str, folder: Path, found: dict[str, list[str]]) -> None:
    answer = page.goto(f"{url}{path}?lang={language}", wait_until="domcontentloaded", timeout=60_000)
    name = re.sub("[^a-z]+", "-", re.sub("/t-.*", "-one", path)).strip("-")
    if answer is None or answer.status != 200:
        found[f"{name} {language}"] = [f"answered {answer.status if answer else 'nothing'}"]
        return
    _sizes(page, folder, f"{name}-{language}")
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.setdefault(f"{name} {language}", []).append("is too wide on a phone")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found.setdefault(f"{name} {language}", []).extend(page.evaluate(VIOLATIONS))


def staff(page: Page, url: str, folder: Path) -> Iterator[None]:
    """Board and queue as they are now, for somebody who is logged in; pauses after each."""
    for path in ("/board", "/queue"):
        for language in LANGUAGES:
            page.goto(f"{url}{path}?lang={language}", wait_until="domcontentloaded", timeout=60_000)
            _sizes(page, folder, f"now-{path.strip('/')}-{language}")
            yield


def family(one: One, folder: Path) -> Iterator[None]:
    """The private page and the call's page of a family that waits for its turn; pauses after each."""
    link = one.link()
    page = one.context.new_page()
    for language in LANGUAGES:
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
    page.close()


def sent_back(one: One, folder: Path) -> None:
    """The form of registration with everything wrong that can be."""
    page = one.context.new_page()
    for language in LANGUAGES:
        page.goto(f"{one.central.url}/daftar?lang={language}")
        page.click("form.wish [type=submit]")
        page.wait_for_selector(".wrong")
        _sizes(page, folder, f"daftar-wrong-{language}")
    page.close()


def _sizes(page: Page, folder: Path, name: str) -> None:
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate(SETTLED)
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)
