"""The pages of booths, users, settings and the trail in a real browser: both languages, desk and phone, with and without script."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from protocol.diagnosis import Found
from protocol.terminal import CommandAnswered, CommandOutcome, DiagnosisMade, FaultChanged
from tests.e2e.office import AXE, SHOTS, VIOLATIONS, Office, log_in
from tests.stage.stage import PASSWORD, Stage
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DESK, PHONE = {"width": 1366, "height": 768}, {"width": 360, "height": 740}
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
  .filter(each => each.getClientRects().length && each.getBoundingClientRect().height < 24).map(each => each.outerHTML)"""
FOUND = (
    Found(finding="central.reached", gaps={"ms": 38}),
    Found(finding="relay.silent", gaps={"answered": 1, "of": 2}),
    Found(finding="disk.low", gaps={"mb": 412}),
    Found(finding="camera.black"),
    Found(finding="speaker.played"),
    Found(finding="engine.is", gaps={"engine": "QtWebEngine 6.11.3"}),
)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Stage("office") as stage:
        found = Office(stage, "Rutan Kelas I Depok")
        found.central.add_user("kepala", PASSWORD, role="admin")
        booth = found.booth()
        booth.say_status(faults=("KAM-1",), escape_attempts={"shortcut": 3, "process": 1})
        yield found
        for each in found.booths:
            each.close()


@pytest.fixture
def opened(office: Office) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def page(name: str = "kepala", *, script: bool = True, size: Any = DESK) -> Page:
        context = office.browser.new_context(viewport=size, locale="id-ID", java_script_enabled=script)
        contexts.append(context)
        fresh = context.new_page()
        log_in(fresh, office.central.url, name)
        return fresh

    yield page
    for context in contexts:
        context.close()


def assert_good(page: Page, name: str) -> None:
    """What is shown, at the desk and on a phone: nothing that axe finds, nothing too wide or too small."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    language = page.get_attribute("html", "lang")
    for size, viewport in {"desk": DESK, "phone": PHONE}.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]  # width and height
        page.screenshot(path=SHOTS / f"{name}-{language}-{size}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, size, language)
        assert page.evaluate(SMALL_TARGETS) == [], (name, size, language)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(VIOLATIONS) == [], (name, language)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]  # width and height


def test_every_page_is_good_in_both_languages_at_the_desk_and_on_a_phone(
    office: Office, opened: Callable[..., Page]
) -> None:
    booth = office.booths[0]
    command = office.central.order("run_diagnosis", booth.id)
    booth.report(FaultChanged(code="KAM-1", raised=True))
    booth.report(DiagnosisMade(command_id=command, found=FOUND))
    booth.report(CommandAnswered(command_id=command, outcome=CommandOutcome.DONE))
    page = opened()
    pages = {"terminals": "/terminals", "terminal": f"/terminals/{booth.id}", "users": "/users", "account": "/account"}
    for name, path in (pages | {"settings": "/settings", "audit": "/audit"}).items():
        for language in ("en", "id"):
            page.goto(f"{office.central.url}{path}?lang={language}")
            assert_good(page, name)
    assert "Hubungi teknisi: disk hampir penuh." in opened().goto(f"{office.central.url}/terminals/{booth.id}").text()  # type: ignore[union-attr]  # it answers


def test_a_first_time_officer_finds_every_place_from_the_menu_and_no_place_that_is_closed(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened("siti", size=PHONE)
    page.click(".narrow summary")
    assert_good(page, "menu")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # width and height
    links = page.locator(".narrow li a")
    places = {link.inner_text(): link.get_attribute("href") or "" for link in links.all()}
    assert {"Papan", "Antrean", "Jadwal", "Laporan", "Bilik", "Akun saya"} <= set(places)
    assert not {"Pengguna", "Pengaturan", "Jejak audit"} & set(places)
    for name, path in places.items():
        answer = page.goto(f"{office.central.url}{path}")
        assert answer is not None
        assert answer.status == 200, name
        assert page.locator(".wide [aria-current=page]").inner_text() == name


def test_a_booth_is_added_on_a_phone_without_script_and_enrolled_by_its_code(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened(script=False, size=PHONE)
    page.goto(f"{office.central.url}/terminals")
    page.fill("form[action^='/terminals'] [name=name]", "Bilik Baru")
    page.click("form[action^='/terminals'] button")
    text = page.inner_text("#enrolment")
    assert text.startswith(f"{office.central.url}#")
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", text.partition("#")[2])
    assert page.locator(".enrol img").get_attribute("src", timeout=1000).startswith("data:image/svg+xml")  # type: ignore[union-attr]  # it has one
    page.screenshot(path=SHOTS / "enrolment-id-phone.png", full_page=True)
    page.click("main a.act")
    assert "belum didaftarkan" in page.inner_text("main")
    with_script = opened()
    with_script.goto(f"{office.central.url}/terminals")
    with_script.click("a:has-text('Bilik Baru')")
    with_script.click("form[action$='/enrol'] button")
    assert_good(with_script, "enrolment")


def test_a_diagnosis_appears_by_itself_on_the_page_that_asked(office: Office, opened: Callable[..., Page]) -> None:
    booth = office.booths[0]
    page = opened("siti")
    page.goto(f"{office.central.url}/terminals/{booth.id}")
    page.click("form[action$='/run_diagnosis'] button")
    page.wait_for_selector("text=menunggu jawaban")
    waiting = "select id from commands where kind = 'run_diagnosis' and state = 'pending'"
    (row,) = office.central.rows(waiting)
    booth.report(DiagnosisMade(command_id=row["id"], found=(Found(finding="disk.room", gaps={"mb": 77_777}),)))
    booth.report(CommandAnswered(command_id=row["id"], outcome=CommandOutcome.DONE))
    page.wait_for_selector("text=Sisa 77777 MB.")
    wait_for(lambda: page.locator("script[src*='again.js']").count() == 0, within_s=10, what="the page to rest")


def test_a_new_user_is_led_to_an_own_password_without_script(office: Office, opened: Callable[..., Page]) -> None:
    boss = opened(script=False)
    boss.goto(f"{office.central.url}/users")
    boss.fill("form[action='/users'] [name=name]", "baru")
    boss.click("form[action='/users'] button")
    once = boss.inner_text(".linkbox")
    fresh = boss.context.browser.new_context(java_script_enabled=False).new_page()  # type: ignore[union-attr]  # it has one
    fresh.goto(f"{office.central.url}/login")
    fresh.fill("[name=name]", "baru")
    fresh.fill("[name=password]", once)
    fresh.click("[type=submit]")
    fresh.wait_for_url("**/account")
    fresh.fill("[name=old]", once)
    fresh.fill("[name=new]", "kata-sandi-baru")
    fresh.fill("[name=again]", "kata-sandi-baru")
    fresh.click("form[action*=password] button")
    assert "sudah diganti" in fresh.inner_text("[role=status]")
    fresh.goto(f"{office.central.url}/board")
    assert fresh.locator("h1").inner_text().startswith("Rutan Kelas I Depok")
    fresh.context.close()


def test_settings_are_filled_in_by_keyboard_and_what_is_wrong_is_led_to(
    office: Office, opened: Callable[..., Page]
) -> None:
    page = opened()
    page.goto(f"{office.central.url}/settings")
    page.focus("#s-credit_s")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("banyak")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    assert_good(page, "settings-wrong")
    page.click("a[href='#s-credit_s']")
    assert page.input_value("#s-credit_s") == "banyak"
    page.fill("#s-credit_s", "150")
    page.press("#s-credit_s", "Enter")
    page.wait_for_selector("[role=status]")
    assert page.input_value("#s-credit_s") == "150"
