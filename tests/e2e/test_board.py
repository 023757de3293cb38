"""The staff's pages in real Chromium against a real central: log-in, the live board, every act and what became of it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from protocol.terminal import CommandAnswered, CommandOutcome, SyncAnswer, VisitState
from tests.e2e.kiosk_leader import KioskLeader
from tests.stage.central import Called, Central
from tests.stage.fake_family import FakeFamily
from tests.stage.stage import PASSWORD, Stage
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).parent.parent.parent
SHOTS = ROOT / "out" / "central"
AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
VIOLATIONS = """async () => (await axe.run()).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))"""
SIZES = {"phone": (390, 844), "desk": (1280, 800), "wall": (1920, 1080)}
FORM = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


class Office:
    """One facility with booths, an officer and a viewer."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.central: Central = stage.central()
        self.facility = self.central.add_facility(name, admit="officer", extend_step_s=120)
        self.central.add_user("siti", PASSWORD)
        self.central.add_user("lihat", PASSWORD, role="viewer")
        self.booths: list[KioskLeader] = []

    def booth(self) -> KioskLeader:
        self.booths.append(KioskLeader(self.central, f"Bilik {len(self.booths) + 1}", self.facility))
        return self.booths[-1]

    def talking(self, booth: KioskLeader, number: str = "012", left_s: float = 300) -> Called:
        """A session that runs on this booth."""
        session = self.central.add_session(booth.id, number, start="+1")
        booth.open(session.id)
        self.say_talking(booth, session, left_s)
        return session

    def say_talking(self, booth: KioskLeader, session: Called, left_s: float) -> None:
        booth.say_status(
            visit=VisitState.TALKING, session_id=session.id, talk_left_ms=int(left_s * 1000), talk_running=True
        )


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with Stage("board") as stage:
        found = Office(stage, "Rutan Kelas IIA Pekalongan")
        yield found
        for booth in found.booths:
            booth.close()


@pytest.fixture
def desk(office: Office) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def opened(name: str = "siti", *, script: bool = True) -> Page:
        context = office.stage.browsers._browser.new_context(
            viewport={"width": 1280, "height": 800}, locale="id-ID", java_script_enabled=script
        )
        contexts.append(context)
        page = context.new_page()
        log_in(page, office.central.url, name)
        return page

    yield opened
    for context in contexts:
        context.close()


def log_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    page.goto(f"{url}/login")
    page.fill("[name=name]", name)
    page.fill("[name=password]", password)
    page.click("[type=submit]")
    page.wait_for_url("**/board*")


def tile(page: Page, booth: KioskLeader) -> str:
    return re.sub(r"\s+", " ", page.inner_text(f"#tile-{booth.id}"))


def wait_for_tile(page: Page, booth: KioskLeader, *parts: str, within_s: float = 15) -> None:
    def shown() -> bool:
        text = tile(page, booth)
        return all(part in text for part in parts)

    wait_for(shown, within_s=within_s, what=f"the tile to show {parts}", every_s=0.1)


def act(page: Page, booth: KioskLeader, name: str) -> None:
    page.click(f"#tile-{booth.id} form[data-act={name}] button[type=submit]")


def open_sheet(page: Page, booth: KioskLeader, name: str) -> None:
    page.click(f"#tile-{booth.id} details:has(form[data-act={name}]) > summary")


def commands(booth: KioskLeader) -> list[Any]:
    """What central asks of the booth now."""
    answer: SyncAnswer = booth.sync()
    return list(answer.commands)


def answer(booth: KioskLeader, command_id: str, outcome: CommandOutcome, why: str | None = None) -> None:
    booth.report(CommandAnswered(command_id=command_id, outcome=outcome, why=why))


def assert_good(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    assert page.evaluate(VIOLATIONS) == []
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide at {size}"
        page.screenshot(path=SHOTS / f"{name}-{size}.png")


# ---- the door -----------------------------------------------------------------------------------------------------


def test_the_board_is_for_those_who_logged_in(office: Office) -> None:
    with httpx.Client(base_url=office.central.url) as client:
        answer = client.get("/board", headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?again=1")
        assert client.get("/board/events").status_code == 401
        assert client.post("/board/acts/end", headers=FORM).status_code == 303
        assert "set-cookie" not in answer.headers


def test_a_login_is_a_fresh_random_cookie_of_which_only_the_hash_is_kept(office: Office) -> None:
    with httpx.Client(base_url=office.central.url, cookies={"bilik_staff": "chosen-by-somebody"}) as client:
        answer = client.post("/login", data={"name": "siti", "password": PASSWORD}, headers={"Accept": "text/html"})
        cookie = answer.headers["set-cookie"]
    assert answer.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    value = cookie.split("=", 1)[1].split(";")[0]
    assert len(value) >= 43
    kept = office.central.rows("select id_hash from staff_sessions")
    assert value not in str(kept)
    assert "chosen-by-somebody" not in str(kept)


def test_wrong_passwords_lock_a_name_for_longer_and_longer_known_or_not(office: Office) -> None:
    office.central.add_user("dikunci", PASSWORD)
    for name in ("dikunci", "tidak-ada"):
        with httpx.Client(base_url=office.central.url) as client:
            said = [client.post("/login", data={"name": name, "password": "salah"}) for _ in range(6)]
            good = client.post("/login", data={"name": name, "password": PASSWORD})
        assert [one.status_code for one in said] == [403] * 4 + [429] * 2
        assert 1 <= int(said[-1].headers["retry-after"]) <= 15
        assert good.status_code == 429


def test_a_form_from_elsewhere_or_without_its_token_does_nothing(office: Office) -> None:
    with httpx.Client(base_url=office.central.url) as client:
        client.post("/login", data={"name": "siti", "password": PASSWORD})
        before = office.central.rows("select count(*) as n from commands")
        without = client.post("/board/acts/emergency", headers=FORM)
        wrong = client.post("/board/acts/emergency", headers=FORM | {"x-csrf-token": "x" * 43})
        foreign = client.post("/board/acts/emergency", headers=FORM | {"Origin": "https://elsewhere.example"})
        login = client.post(
            "/login", data={"name": "siti", "password": PASSWORD}, headers={"Sec-Fetch-Site": "cross-site"}
        )
    assert [one.status_code for one in (without, wrong, foreign, login)] == [403] * 4
    assert office.central.rows("select count(*) as n from commands") == before


def test_a_viewer_sees_but_cannot_act(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk("lihat")
    wait_for_tile(page, booth, "berbicara", "012")
    assert page.locator("form[data-act]").count() == 0
    csrf = page.get_attribute("[name=csrf]", "value") or ""
    fields = {"csrf": csrf, "terminal": booth.id, "session": session.id}
    refused = page.request.post(f"{office.central.url}/board/acts/end", form=fields, headers={"Accept": "text/html"})
    assert refused.status == 403
    assert office.central.rows("select id from commands where terminal_id = ?", booth.id) == []


def test_logging_out_ends_the_login_on_the_server(office: Office, desk: Callable[..., Page]) -> None:
    page = desk()
    cookie = {c["name"]: c["value"] for c in page.context.cookies()}["bilik_staff"]
    page.click("form[action='/logout'] button")
    page.wait_for_url("**/login*")
    with httpx.Client(base_url=office.central.url, cookies={"bilik_staff": cookie}) as client:
        assert client.get("/board", headers={"Accept": "text/html"}).status_code == 303


# ---- the board ----------------------------------------------------------------------------------------------------


def test_the_board_tells_of_each_booth_live_and_counts_by_itself(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    page = desk()
    wait_for_tile(page, booth, "belum pernah terhubung")
    booth.say_status()
    wait_for_tile(page, booth, "kosong")
    office.talking(booth, left_s=258)
    wait_for_tile(page, booth, "berbicara", "012", "Budi S. · Ibu Siti")
    wait_for_tile(page, booth, "4.15")
    wait_for_tile(page, booth, "4.13")


def test_faults_come_first_with_what_to_do(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    booth.say_status(faults=("KAM-1", "MIK-1"))
    page = desk()
    text = page.inner_text("#alarms")
    assert text.index("Mikrofon tidak ditemukan.") < text.index("Kamera tidak ditemukan.")
    assert "Periksa kabel headset, lalu tunggu 5 detik." in text
    wait_for_tile(page, booth, "Periksa: Kamera, Mikrofon")
    booth.say_status()
    wait_for(lambda: "Mikrofon" not in page.inner_text("#alarms"), within_s=5, what="the fault to go")


def test_a_silent_booth_is_late_then_gone(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "berbicara")
    wait_for_tile(page, booth, "terlambat", within_s=14)
    wait_for_tile(page, booth, "tidak terhubung", within_s=8)
    assert f"Bilik {len(office.booths)} tidak terhubung sejak" in page.inner_text("#alarms")


def test_a_face_is_admitted_and_the_family_hears_of_it(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.central.add_session(booth.id, "021", start="+1")
    booth.open(session.id)
    booth.say_status(visit=VisitState.WAITING, session_id=session.id)
    page = desk()
    family = FakeFamily(session.link)
    family.join()
    wait_for_tile(page, booth, "menunggu izin Anda", "021")
    act(page, booth, "admit")
    page.wait_for_selector("#toast:has-text('Keluarga diizinkan masuk.')")
    wait_for(
        lambda: (
            office.central.rows("select admitted_by from sessions where id = ?", session.id)[0]["admitted_by"] == "siti"
        ),
        within_s=5,
        what="the admission",
    )
    wait_for_tile(page, booth, "menunggu keluarga")
    notes = office.central.rows("select * from audit where act = 'admit' and subject = ?", session.id)
    assert [note["user"] for note in notes] == ["siti"]
    family.close()


def test_time_is_added_and_the_tile_tells_what_became_of_it(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "+2 menit")
    act(page, booth, "extend")
    wait_for_tile(page, booth, "Tambah waktu: terkirim, menunggu jawaban bilik.")
    (command,) = commands(booth)
    assert (command.kind, command.add_s, command.session_id, command.issued_by) == ("extend", 120, session.id, "siti")
    answer(booth, command.id, CommandOutcome.DONE)
    wait_for_tile(page, booth, "Tambah waktu: selesai.")


def test_a_refusal_is_told_with_its_reason(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "+2 menit")
    act(page, booth, "extend")
    (command,) = wait_for(lambda: commands(booth), within_s=5, what="the command")
    answer(booth, command.id, CommandOutcome.REFUSED, "closing time leaves no room")
    wait_for_tile(page, booth, "Tambah waktu: ditolak bilik. Jam tutup tidak menyisakan waktu.")


def test_a_message_starts_from_a_ready_one_and_survives_news_while_it_is_written(
    office: Office, desk: Callable[..., Page]
) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "Pesan")
    open_sheet(page, booth, "message")
    sheet = f"#tile-{booth.id} form[data-act=message]"
    page.select_option(f"{sheet} select", "Mohon duduk di depan kamera.")
    page.fill(f"{sheet} textarea", "Mohon duduk dekat kamera.")
    office.say_talking(booth, session, 200)
    page.wait_for_function(f"() => /3.[12]/.test(document.querySelector('#tile-{booth.id} [data-zero]').textContent)")
    assert page.input_value(f"{sheet} textarea") == "Mohon duduk dekat kamera."
    assert_good(page, "board-message")
    page.click(f"{sheet} [type=submit]")
    (command,) = wait_for(lambda: commands(booth), within_s=5, what="the message")
    assert (command.kind, command.text) == ("message", "Mohon duduk dekat kamera.")


def test_end_is_asked_twice_with_a_reason_and_works_by_keyboard(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "Akhiri")
    summary = f"#tile-{booth.id} details:has(form[data-act=end]) > summary"
    page.focus(summary)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#tile-{booth.id} details[open]")
    assert_good(page, "board-end")
    page.keyboard.press("Escape")
    assert page.locator("details[open]").count() == 0
    assert commands(booth) == []
    page.keyboard.press("Enter")
    page.select_option(f"#tile-{booth.id} form[data-act=end] select", "family")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    (command,) = wait_for(lambda: commands(booth), within_s=5, what="the end")
    assert (command.kind, command.session_id) == ("end", session.id)
    assert (command.reason, command.fault_party) == ("ended_by_officer", "family")


def test_a_free_booth_is_closed_and_opened(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    booth.say_status()
    page = desk()
    wait_for_tile(page, booth, "Tutup bilik")
    act(page, booth, "lock")
    (command,) = wait_for(lambda: commands(booth), within_s=5, what="the lock")
    assert command.kind == "lock"


def test_the_emergency_stop_reaches_every_booth(office: Office, desk: Callable[..., Page]) -> None:
    booths = [office.booth(), office.booth()]
    for booth in booths:
        office.talking(booth)
    page = desk()
    page.click("details.stop > summary")
    page.click("form[data-act=emergency] [type=submit]")
    for booth in booths:
        found = wait_for(lambda booth=booth: commands(booth), within_s=5, what="the stop")
        assert [one.kind for one in found] == ["emergency_stop"]


def test_the_queue_gives_the_familys_link_and_notes_who_asked(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.central.add_session(booth.id, "077", start="+1800")
    page = desk()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(f"#turn-{session.id} form[data-act=link] button")
    page.wait_for_selector("#toast:has-text('Tautan nomor 077 disalin.')")
    assert page.evaluate("() => navigator.clipboard.readText()") == session.link
    assert "Budi" not in page.inner_text(f"#turn-{session.id}")
    notes = office.central.rows("select user from audit where act = 'link' and subject = ?", session.id)
    assert notes == [{"user": "siti"}]


def test_the_board_works_without_a_script(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    office.talking(booth)
    page = desk(script=False)
    assert "berbicara" in tile(page, booth)
    assert page.locator("noscript meta[http-equiv=refresh]").count() == 1
    act(page, booth, "extend")
    page.wait_for_url("**/board*")
    assert "Tambah waktu: terkirim" in tile(page, booth)
    open_sheet(page, booth, "end")
    page.click(f"#tile-{booth.id} form[data-act=end] [type=submit]")
    page.wait_for_url("**/board*")
    assert sorted(command.kind for command in commands(booth)) == ["end", "extend"]


def test_the_board_in_both_languages_is_good_for_everybody(office: Office, desk: Callable[..., Page]) -> None:
    booth, broken = office.booth(), office.booth()
    office.talking(booth)
    broken.say_status(faults=("MIK-1",))
    page = desk()
    assert_good(page, "board-id")
    page.goto(f"{office.central.url}/board?lang=en")
    wait_for_tile(page, booth, "talking", "left")
    assert_good(page, "board-en")
    page.goto(f"{office.central.url}/login")
    page.context.clear_cookies()
    for language in ("id", "en"):
        page.goto(f"{office.central.url}/login?lang={language}")
        assert_good(page, f"login-{language}")


def test_a_board_without_news_says_so_and_heals(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    booth.say_status()
    page = desk()
    wait_for_tile(page, booth, "kosong")
    office.central.stop()
    page.wait_for_selector("#frozen:not([hidden])", timeout=15_000)
    assert "Papan ini tidak menerima kabar sejak" in page.inner_text("#frozen")
    office.central.start()
    page.wait_for_selector("#frozen", state="hidden", timeout=20_000)
    assert page.is_visible(f"#tile-{booth.id}")
