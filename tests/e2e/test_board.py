"""The staff board in real Chromium against a real central: live tiles, every act and what became of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from protocol.call import Bye
from protocol.join import JoinState
from protocol.terminal import VisitState
from tests.e2e.office import Office, act, assert_good, commands, open_sheet, tile, wait_for_tile
from tests.stage.fake_family import FakeFamily
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EIGHT = """(id) => {
  document.getElementById('alarms').replaceChildren();
  const [place, one] = [document.getElementById('tiles'), document.getElementById(id)];
  place.replaceChildren(...Array.from({length: 8}, () => one.cloneNode(true)));
  place.classList.add('many');
  const inside = [...place.querySelectorAll('h2, .big b, .state, .names, .act')].filter((each) => each.checkVisibility());
  const size = (each) => parseFloat(getComputedStyle(each).fontSize);
  return {
    bottom: Math.max(...[...place.children].map((each) => each.getBoundingClientRect().bottom)),
    cut: inside.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.textContent),
    names: [...place.querySelectorAll('h2')].map(size),
    times: [...place.querySelectorAll('.big b:not(.turn)')].map(size),
  };
}"""
"""Eight copies of one tile, as central would send them: where they end, which texts are cut, how large booth and time are."""


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


def test_eight_booths_are_seen_in_one_look_and_read_from_three_metres(
    office: Office, desk: Callable[..., Page]
) -> None:
    booth = office.booth()
    office.talking(booth, left_s=4500)
    page = desk()
    page.set_viewport_size({"width": 1366, "height": 768})
    wait_for_tile(page, booth, "74.")
    seen = page.evaluate(EIGHT, f"tile-{booth.id}")
    assert seen["bottom"] <= 768
    assert seen["cut"] == []
    assert min(seen["names"]) >= 50, "a capital is two thirds of it"
    assert min(seen["times"]) >= 60, "a digit is two thirds of it: 40 px are read from three metres"


def test_a_board_without_news_says_so_and_heals(office: Office, desk: Callable[..., Page]) -> None:
    booth = office.booth()
    booth.say_status()
    page = desk()
    wait_for_tile(page, booth, "kosong")
    office.central.stop()
    page.wait_for_selector("#frozen:not([hidden])", timeout=15_000)
    assert "Papan ini tidak menerima kabar sejak" in page.inner_text("#frozen")
    page.evaluate("document.body.append(Object.assign(document.createElement('div'), {style: 'height: 3000px'}))")
    page.evaluate("scrollTo(0, 600)")
    assert page.evaluate("document.getElementById('frozen').getBoundingClientRect().top >= 0"), (
        "whoever scrolled sees it"
    )
    office.central.start()
    page.wait_for_selector("#frozen", state="hidden", timeout=20_000)
    assert page.is_visible(f"#tile-{booth.id}")
