"""What an officer does from the staff board in real Chromium: each act, its question, and what became of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from protocol.terminal import CommandOutcome, Mode
from tests.e2e.office import Office, act, answer, assert_good, commands, open_sheet, wait_for_tile
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


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
