"""Which links a facility allows, and what the page of one may show and fetch."""

import pytest

from central.meetings import WrongMeeting, allowed, meeting

MEET = "https://meet.google.com/abc-defg-hij"


def refused(url: str, *entries: str) -> str:
    with pytest.raises(WrongMeeting) as caught:
        meeting(url, entries)
    return str(caught.value)


def test_google_meet_shows_its_one_meeting_and_fetches_from_google() -> None:
    found = meeting(f"{MEET}?authuser=0", ("*.zoom.us", "meet.google.com"))
    assert found.pages == (MEET,)
    assert "*.gstatic.com" in found.hosts
    assert "ends in its code" in refused("https://meet.google.com/new", "meet.google.com")


def test_zoom_shows_its_one_meeting_in_its_own_ways() -> None:
    found = meeting("https://us02web.zoom.us/j/12345678901?pwd=x", ("*.zoom.us",))
    assert found.pages[:2] == ("https://us02web.zoom.us/j/12345678901", "https://us02web.zoom.us/wc/12345678901")
    assert "https://app.zoom.us/wc/12345678901" in found.pages
    assert "has its number" in refused("https://zoom.us/signin", "zoom.us")


def test_jitsi_and_any_other_show_the_room_and_what_is_below_it() -> None:
    assert meeting("https://meet.jit.si/Bilik3", ("meet.jit.si",)).pages == ("https://meet.jit.si/Bilik3",)
    own = meeting("https://VC.example.org:8443/Rooms/a/?x=1#y", ("vc.example.org:8443/rooms+cdn.example.net",))
    assert own.pages == ("https://vc.example.org:8443/Rooms/a",)
    assert own.hosts == ("vc.example.org:8443", "cdn.example.net")


@pytest.mark.parametrize(
    "url",
    [
        "http://vc.example.org/a",
        "https://user:word@vc.example.org/a",
        "https://vc.example.org\\@evil.example/a",
        "https://vc.example.org/a b",
        "https://vc.example.org/é",
        "https://vc.example.org/a\n",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_no_plain_https_address_is_refused(url: str) -> None:
    assert "needs the https:// address" in refused(url, "vc.example.org")


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://vc.example.org.evil.example/a", "vc.example.org"),
        ("https://evilvc.example.org/a", "*.vc.example.org"),
        ("https://vc.example.org:444/a", "vc.example.org"),
        ("https://vc.example.org/roomsmore/a", "vc.example.org/rooms"),
        ("https://zoom.us/j/12345678901", "*.zoom.us"),
    ],
)
def test_a_host_or_beginning_that_is_not_listed_is_refused_by_name(url: str, entry: str) -> None:
    assert f"meeting_hosts of this facility: {entry}" in refused(url, entry)


@pytest.mark.parametrize(
    ("url", "entry"),
    [("https://vc.example.org/", "vc.example.org"), ("https://vc.example.org/rooms/", "vc.example.org/rooms")],
)
def test_a_link_without_a_room_is_refused(url: str, entry: str) -> None:
    assert "names no meeting" in refused(url, entry)


def test_a_facility_without_hosts_is_told_how_to_allow_one() -> None:
    assert "--set meeting_hosts=meet.google.com" in refused(MEET)


@pytest.mark.parametrize(
    "entry", ["", "localhost", "*", "*.", "https://zoom.us", "zoom.us/../x", "zoom.us+", "zoom us", "zoom.us?x"]
)
def test_an_entry_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(WrongMeeting, match="is no host of meetings"):
        allowed(entry)
