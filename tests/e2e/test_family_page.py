"""The family's page in real Chromium against a real central: every state of a link, and the check of the devices."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.phones import (
    INSTAGRAM,
    NO_CAMERA,
    NO_MICROPHONE,
    NO_PERMISSION,
    NOTHING,
    Booths,
    assert_good,
    change,
    go_in,
    wait_for_screen,
)
from tests.stage.central import Central
from tests.stage.waiting import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

HUGE_PX = 32
"""Twice the size of letters that a browser begins with."""


# ---- what the link is good for ------------------------------------------------------------------------------------


def test_looking_at_a_link_tells_all_and_changes_nothing(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    before = central.rows("select * from sessions where id = ?", session.id)
    page = phone()
    page.goto(session.link)
    wait_for_screen(page, "open")
    text = page.inner_text("#open")
    for part in ("Budi S.", "012", "10 menit", "Rutan Kelas IIA Pekalongan", "WIB"):
        assert part in text
    assert_good(page, "open")
    assert central.rows("select * from sessions where id = ?", session.id) == before
    assert page.context.cookies() == []
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": {"standard": HUGE_PX}})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "huge letters make it too wide"
    for every in ("#start", "[data-language=id]", "[data-language=en]"):
        page.click(every, trial=True)


def test_a_link_that_is_too_early_waits_and_opens_by_itself(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+2000")
    page = phone()
    change(central, session, start_at_ms=int(time.time() * 1000) + 900_000 + 6_000)
    page.goto(session.link)
    wait_for_screen(page, "problem")
    assert page.evaluate("document.body.dataset.problem") == "too_early"
    page.wait_for_selector("#problem-left:has-text('0.0')")
    assert_good(page, "too_early")
    wait_for_screen(page, "open")


@pytest.mark.parametrize(
    ("problem", "columns"),
    [
        ("cancelled", {"state": "cancelled", "why": "cancelled"}),
        ("ended", {"state": "ended", "why": "completed", "opened_at_ms": 1}),
        ("too_late", {"state": "ended", "why": "unused"}),
    ],
)
def test_a_link_that_is_over_says_so_and_what_to_do(
    central: Central, new_booth: Booths, phone: Callable[..., Page], problem: str, columns: dict[str, Any]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    change(central, session, **columns)
    page = phone()
    page.goto(session.link)
    wait_for_screen(page, "problem")
    assert page.evaluate("document.body.dataset.problem") == problem
    assert_good(page, problem)


@pytest.mark.parametrize(("fragment", "problem"), [("#nothing-like-a-token", "unknown"), ("", "none")])
def test_a_link_that_is_not_known_or_not_whole_says_so(
    central: Central, phone: Callable[..., Page], fragment: str, problem: str
) -> None:
    page = phone()
    page.goto(f"{central.url}/join{fragment}")
    wait_for_screen(page, "problem")
    assert page.evaluate("document.body.dataset.problem") == problem
    assert_good(page, problem)


def test_a_link_in_use_can_be_taken_over_only_once_the_other_is_gone(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    first, second = phone(), phone()
    go_in(first, session)
    wait_for(
        lambda: central.rows("select claim_hash from sessions where id = ?", session.id)[0]["claim_hash"],
        within_s=5,
        what="the claim",
    )
    second.goto(session.link)
    wait_for_screen(second, "problem")
    assert second.evaluate("document.body.dataset.problem") == "in_use"
    second.click("#use-here")
    second.wait_for_selector("#problem-note:not([hidden])")
    assert_good(second, "in_use")
    first.close()
    wait_for_screen(second, "open")


def test_a_server_that_does_not_answer_is_asked_again(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    page = phone()
    page.route("**/api/v1/join", lambda route: route.abort())
    page.goto(session.link)
    page.wait_for_selector("#offline:not([hidden])")
    assert_good(page, "offline")
    page.unroute("**/api/v1/join")
    wait_for_screen(page, "open")


def test_the_family_of_a_meeting_is_told_the_way_to_it_when_its_time_has_come(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+2000")
    meeting = "https://meet.example.org/room-7"
    change(central, session, call_kind="web_page", call_url=meeting)
    change(central, session, start_at_ms=int(time.time() * 1000) + 900_000 + 3_000)
    page = phone()
    page.goto(session.link)
    wait_for_screen(page, "problem")
    assert meeting not in page.content(), "the link lets its reader into the call"
    wait_for_screen(page, "open")
    text = page.inner_text("#open")
    for part in ("Budi S.", "012", "Buka ruang panggilan", "Masuklah tepat waktu."):
        assert part in text
    assert not page.is_visible("#start")
    assert page.get_attribute("#meeting", "href") == meeting
    assert_good(page, "meeting")
    page.context.route(f"{meeting}**", lambda route: route.fulfill(body="<title>room 7</title>"))
    with page.context.expect_page() as opened:
        page.click("#meeting")
    opened.value.wait_for_url(meeting)
    assert opened.value.evaluate("[document.referrer, window.opener]") == ["", None]
    change(central, session, state="cancelled")
    page.evaluate("dispatchEvent(new Event('hashchange'))")
    wait_for_screen(page, "problem")
    assert page.evaluate("document.body.dataset.problem") == "cancelled"


def test_a_messengers_own_browser_is_told_the_way_to_chrome_before_a_meeting(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    meeting = "https://meet.example.org/room-7"
    change(central, session, call_kind="web_page", call_url=meeting)
    page = phone(agent=INSTAGRAM)
    page.context.route(f"{meeting}**", lambda route: route.fulfill(body="<title>room 7</title>"))
    page.goto(session.link)
    page.click("#meeting")
    wait_for_screen(page, "inapp")
    page.click("#inapp-anyway")
    page.wait_for_url(meeting)


# ---- camera and microphone ----------------------------------------------------------------------------------------


def test_a_messengers_own_browser_is_told_the_way_to_chrome(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    page = phone(agent=INSTAGRAM)
    page.goto(session.link)
    page.click("#start")
    wait_for_screen(page, "inapp")
    token = session.link.split("#")[1]
    address = page.get_attribute("#inapp-open", "href") or ""
    assert address.startswith("intent://")
    assert f"/join#{token}#Intent;scheme=http;package=com.android.chrome;" in address
    page.click("#inapp-copy")
    page.wait_for_selector("#inapp-copied:not([hidden])")
    assert_good(page, "inapp")
    page.click("#inapp-anyway")
    wait_for_screen(page, "check")


def test_the_check_shows_the_own_picture_and_hears_the_own_voice(
    central: Central, new_booth: Booths, phone: Callable[..., Page]
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    page = phone()
    page.goto(session.link)
    page.click("#start")
    page.wait_for_function("() => document.getElementById('own').videoWidth > 0")
    page.wait_for_function("() => document.getElementById('level').value > 0")
    assert_good(page, "check")


@pytest.mark.parametrize(
    ("name", "fake", "can_go"),
    [
        ("refused", NO_PERMISSION, False),
        ("nothing", NOTHING, False),
        ("no_camera", NO_CAMERA, True),
        ("no_microphone", NO_MICROPHONE, True),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    central: Central, new_booth: Booths, phone: Callable[..., Page], name: str, fake: str, can_go: bool
) -> None:
    session = central.add_session(new_booth().id, "012", start="+60")
    page = phone(fake=fake)
    page.goto(session.link)
    page.click("#start")
    page.wait_for_selector("#retry:not([hidden])")
    assert page.is_visible("#go") is can_go
    assert page.is_visible("#how") is (name == "refused")
    assert_good(page, f"check-{name}")
    if can_go:
        page.click("#go")
        wait_for_screen(page, "waiting")
