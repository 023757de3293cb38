"""The staff board in real Chromium against a real central: live tiles, every act and what became of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from protocol.call import Bye
from protocol.join import JoinState
from protocol.terminal import CommandOutcome, Mode, VisitState
from tests.e2e.office import Office, act, answer, assert_good, commands, open_sheet, tile, wait_for_tile
from tests.stage.fake_family import FakeFamily
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


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


def test_a_face_that_is_not_the_familys_is_turned_away_and_the_right_one_takes_over(
    office: Office, desk: Callable[..., Page]
) -> None:
    booth = office.booth()
    session = office.central.add_session(booth.id, "041", start="+1")
    booth.open(session.id)
    page = desk()
    booth.say_status(visit=VisitState.WAITING, session_id=session.id)
    wrong, right = FakeFamily(session.link), FakeFamily(session.link)
    wrong.join()
    wait_for_tile(page, booth, "menunggu izin Anda", "Tolak")
    open_sheet(page, booth, "refuse")
    assert_good(page, "refuse")
    act(page, booth, "refuse")
    assert wrong.wait_for(Bye, within_s=5).why == "refused"
    assert wrong.ask(claim=True).state is JoinState.REFUSED
    right.join()
    booth.say_status(visit=VisitState.WAITING, session_id=session.id)
    act(page, booth, "admit")
    open_sheet(page, booth, "release")
    act(page, booth, "release")
    assert right.wait_for(Bye, within_s=5).why == "taken_over"
    for family in (wrong, right):
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


def test_a_facility_has_ready_messages_of_its_own(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    office.talking(booth)
    office.central.command("facility", "set", office.facility, "--set", "canned_id=Mohon tenang.\nSebentar lagi tutup.")
    page = desk()
    wait_for_tile(page, booth, "Pesan")
    options = page.locator(f"#tile-{booth.id} form[data-act=message] option").all_text_contents()
    assert options[1:3] == ["Mohon tenang.", "Sebentar lagi tutup."]
    assert "Please speak politely." in options, "the other language has those that come with it"
    office.central.command("facility", "set", office.facility, "--set", "canned_id=")


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


def test_a_technician_is_let_in_during_a_call_and_it_is_told_and_noted(
    office: Office, desk: Callable[..., Page]
) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "+2 menit")
    open_sheet(page, booth, "let_technician_in")
    assert_good(page, "board-technician")
    assert commands(booth) == [], "asked first"
    act(page, booth, "let_technician_in")
    (command,) = wait_for(lambda: commands(booth), within_s=5, what="the leave")
    assert (command.kind, command.session_id, command.issued_by) == ("let_technician_in", session.id, "siti")
    wait_for_tile(page, booth, "Izin teknisi: terkirim, menunggu jawaban bilik.")
    answer(booth, command.id, CommandOutcome.REFUSED, "there is no call: a technician needs no leave")
    wait_for_tile(page, booth, "Izin teknisi: ditolak bilik. Tidak ada panggilan; teknisi dapat masuk tanpa izin.")
    notes = office.central.rows("select user from audit where act = 'let_technician_in' and subject = ?", booth.id)
    assert notes == [{"user": "siti"}]


def test_the_loudness_of_a_booth_is_set_from_the_board(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    session = office.talking(booth)
    page = desk()
    wait_for_tile(page, booth, "+2 menit")
    open_sheet(page, booth, "volume")
    level = f"#tile-{booth.id} form[data-act=volume] [name=level]"
    assert page.input_value(level) == "80"
    page.focus(level)
    page.keyboard.press("ArrowRight")
    act(page, booth, "volume")
    (command,) = wait_for(lambda: commands(booth), within_s=5, what="the loudness")
    assert (command.kind, command.level, command.session_id) == ("volume", 90, session.id)
    answer(booth, command.id, CommandOutcome.DONE)
    wait_for_tile(page, booth, "Volume: selesai.")


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
    page.focus("details.stop > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert [commands(booth) for booth in booths] == [[], []], "two presses of the same key stop nothing"
    page.click("details.stop > summary")
    assert page.is_disabled("form[data-act=emergency] [type=submit]"), "nor do two quick clicks"
    assert_good(page, "board-emergency")
    page.click("form[data-act=emergency] [type=submit]")
    for booth in booths:
        found = wait_for(lambda booth=booth: commands(booth), within_s=5, what="the stop")
        assert [one.kind for one in found] == ["emergency_stop"]
    answer(booths[0], commands(booths[0])[0].id, CommandOutcome.DONE)
    booths[0].say_status(mode=Mode.LOCKED)
    names = [f"Bilik {len(office.booths) - 1}", f"Bilik {len(office.booths)}"]
    page.wait_for_selector(f".stopped li:has-text('{names[0]} berhenti dan ditutup')")
    page.wait_for_selector(f".stopped li:has-text('{names[1]} menunggu jawaban')")
    assert "oleh siti" in page.inner_text(".stopped")
    assert_good(page, "board-stopped")
    page.click("form[data-act=unlock_all] [type=submit]")
    found = wait_for(lambda: commands(booths[0]), within_s=5, what="the order to open")
    assert [one.kind for one in found] == ["unlock"]


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
