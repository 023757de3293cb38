"""What the kiosk page says on each screen, read off one page that is shown one screen after the other."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from protocol import page as said
from protocol.outcome import EndReason, FaultParty
from tests.kiosk_browser import SCREENS, call, farewell, kiosk
from tests.page_stage import PageStage

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(scope="module")
def shown(browser: Browser, stage: PageStage) -> Iterator[Page]:
    with kiosk(browser, stage) as page:
        yield page


@pytest.fixture
def glass(stage: PageStage, shown: Page) -> Iterator[Page]:
    """The one page, with nothing heard of it yet."""
    stage.forget()
    yield shown
    assert not stage.all(said.Trouble)


@pytest.mark.parametrize(
    "name", ["not-enrolled", "connecting", "idle", "check-in", "pin", "officer", "rules", "waiting", "locked"]
)
def test_the_language_changes_at_once_on_every_screen_before_the_call(stage: PageStage, glass: Page, name: str) -> None:
    stage.show(SCREENS[name])
    before = glass.inner_text("#glass")
    glass.get_by_role("button", name="English").click()
    assert glass.inner_text("#glass") != before
    assert glass.locator("html").get_attribute("lang") == "en"
    assert stage.wait_for(said.LanguageChosen).language == "en"


@pytest.mark.parametrize(
    ("reason", "party", "delivered_s", "told"),
    [
        (EndReason.COMPLETED, FaultParty.NONE, 599.6, ["Panggilan selesai", "10.00", "dari 10 menit"]),
        (EndReason.ENDED_BY_INMATE, FaultParty.NONE, 200, ["3.20", "Anda mengakhiri panggilan ini."]),
        (EndReason.ENDED_BY_FAMILY, FaultParty.NONE, 200, ["Keluarga Anda mengakhiri panggilan ini."]),
        (EndReason.ENDED_BY_OFFICER, FaultParty.FACILITY, 200, ["Petugas mengakhiri", "Sisa waktu Anda 6.40 tersimpan"]),
        (EndReason.HARD_STOP, FaultParty.NETWORK, 580, ["lama terputus", "0.20 tersimpan"]),
        (EndReason.CLOSING_TIME, FaultParty.FACILITY, 300, ["Jam layanan", "5.00 tersimpan"]),
        (EndReason.CONNECTION_LOST, FaultParty.NETWORK, 350, ["sambungan tidak pulih", "4.10 tersimpan"]),
        (EndReason.TERMINAL_FAULT, FaultParty.TERMINAL, 349.5, ["5.49", "Maaf, ada gangguan pada bilik ini.", "4.11 tersimpan"]),
        (EndReason.EMERGENCY_STOP, FaultParty.FACILITY, 10, ["dihentikan petugas", "tersimpan"]),
        (EndReason.MOVED, FaultParty.TERMINAL, 100, ["dipindah ke bilik lain"]),
        (EndReason.CANCELLED, FaultParty.FACILITY, 0, ["tidak berlangsung", "dibatalkan"]),
        (EndReason.NO_SHOW_FAMILY, FaultParty.FAMILY, 0, ["tidak berlangsung", "Keluarga Anda belum bergabung"]),
        (EndReason.NO_SHOW_INMATE, FaultParty.INMATE, 0, ["tidak berlangsung", "Giliran ini lewat"]),
    ],
)  # fmt: skip
def test_the_farewell_says_what_was_given_why_it_ended_and_what_is_kept(
    stage: PageStage, glass: Page, reason: EndReason, party: FaultParty, delivered_s: float, told: list[str]
) -> None:
    stage.show(farewell(reason, party, delivered_s))
    text = glass.inner_text("#glass")
    assert not [part for part in told if part not in text], text
    assert ("tersimpan" in text) == any("tersimpan" in part for part in told)


def test_a_talk_of_less_than_a_minute_is_counted_in_the_seconds_it_was_promised_in(
    stage: PageStage, glass: Page
) -> None:
    stage.show(farewell(EndReason.COMPLETED, FaultParty.NONE, 54.9, talk_s=55))
    assert glass.inner_text(".got").split() == ["55", "dari", "55", "detik", "waktu", "bicara"]


@pytest.mark.parametrize(
    ("notice", "sentence"),
    [
        (said.Notice(kind="warning", value=300), "5 menit lagi."),
        (said.Notice(kind="warning", value=120, sound=True), "2 menit lagi."),
        (said.Notice(kind="warning", value=60, sound=True), "Satu menit lagi. Waktunya berpamitan."),
        (said.Notice(kind="warning", value=30), "30 detik lagi. Waktunya berpamitan."),
        (said.Notice(kind="extended", value=120), "Petugas menambah 2 menit."),
        (said.Notice(kind="message", text="Mohon tenang.", sound=True), "Mohon tenang."),
        (said.Notice(kind="connected"), "Tersambung. Waktu bicara Anda berjalan."),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_said_over_the_call_is_seen_and_read_aloud(
    stage: PageStage, glass: Page, notice: said.Notice, sentence: str
) -> None:
    stage.show(call())
    stage.send(notice)
    glass.locator(".call [aria-live=polite]").get_by_text(sentence).wait_for(timeout=3000)
