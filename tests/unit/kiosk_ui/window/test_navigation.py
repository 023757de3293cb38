"""The addresses the window may show and fetch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.window.navigation import (
    MeetingRules,
    is_near,
    is_other_program,
    may_fetch,
    may_load,
    may_meeting_fetch,
    may_meeting_show,
    origin_of,
    page_origin,
)

PORT = 41234
OURS = f"http://127.0.0.1:{PORT}/"
ELSEWHERE = [
    "",
    "about:blank",
    "chrome://version/",
    "data:text/html,<b>hi",
    "file:///etc/passwd",
    "ftp://127.0.0.1:41234/",
    "http://127.0.0.1/",
    f"http://127.0.0.1:{PORT}",
    f"http://127.0.0.1:{PORT}.evil.example/",
    f"http://127.0.0.1:{PORT}1/",
    f"http://127.0.0.1:{PORT}@evil.example/",
    f"http://user@127.0.0.1:{PORT}/",
    f"http://localhost:{PORT}/",
    f"http://[::1]:{PORT}/",
    f"http://127.0.0.2:{PORT}/",
    f"https://127.0.0.1:{PORT}/",
    f"HTTP://127.0.0.1:{PORT}/",
    "http://evil.example/?http://127.0.0.1:41234/",
    "javascript:alert(1)",
    "mailto:someone@example.org",
    f"view-source:http://127.0.0.1:{PORT}/",
    f"blob:http://127.0.0.1:{PORT}/1-2",
]


@pytest.mark.parametrize("path", ["", "?video=native", "index.html#here", "%2e%2e/x"])
def test_the_agents_page_may_load(path: str) -> None:
    assert may_load(OURS + path, PORT)


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_else_may_load(url: str) -> None:
    assert not may_load(url, PORT)


def test_nothing_loads_or_is_fetched_before_the_agent_has_said_its_port() -> None:
    assert not may_load(OURS, None)
    assert not may_fetch(OURS, None, "image")


def test_the_usual_port_is_not_spelled() -> None:
    assert page_origin(80) == "http://127.0.0.1"
    assert may_load("http://127.0.0.1/", 80)


@given(st.text(max_size=60))
def test_any_other_text_is_refused(text: str) -> None:
    assert may_load(text, PORT) == text.startswith(OURS)


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        (OURS + "style.css", "stylesheet"),
        (f"ws://127.0.0.1:{PORT}/ws", "websocket"),
        ("data:image/png;base64,AA==", "image"),
        ("data:font/woff2;base64,AA==", "fontresource"),
        (f"blob:{OURS}12-34", "media"),
    ],
)
def test_a_page_may_fetch_what_is_ours_and_what_it_carries(url: str, resource: str) -> None:
    assert may_fetch(url, PORT, resource)


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        ("http://example.org/x.png", "image"),
        ("ws://127.0.0.1:1/ws", "websocket"),
        (f"wss://127.0.0.1:{PORT}/ws", "websocket"),
        ("data:text/javascript,alert(1)", "script"),
        ("data:text/html,x", "subframe"),
        (f"blob:{OURS}12-34", "script"),
        ("blob:http://example.org/12-34", "media"),
    ],
)
def test_a_page_may_fetch_nothing_else(url: str, resource: str) -> None:
    assert not may_fetch(url, PORT, resource)


@pytest.mark.parametrize(
    ("url", "other"), [("mailto:a@b.c", True), ("zoommtg://x", True), ("http://x/", False), ("javascript:1", False)]
)
def test_an_address_for_another_program_is_told_apart(url: str, other: bool) -> None:
    assert is_other_program(url) is other


# ---- a meeting's page -----------------------------------------------------------------------------------------------

ROOM = "https://meet.example.org/room"
RULES = MeetingRules(
    ROOM, (ROOM, "https://app.example.org/wc/"), ("meet.example.org", "*.cdn.example.org", "vc.example.org:8443")
)


@pytest.mark.parametrize(
    "url", [ROOM, f"{ROOM}/", f"{ROOM}?pwd=1", f"{ROOM}#x", f"{ROOM}/prejoin", "https://app.example.org/wc/9"]
)
def test_the_meetings_own_addresses_may_be_shown(url: str) -> None:
    assert may_meeting_show(url, RULES, is_main_frame=True)
    assert may_meeting_fetch(url, RULES, "mainframe")


@pytest.mark.parametrize(
    "url",
    [
        *ELSEWHERE,
        OURS,
        "https://meet.example.org/",
        "https://meet.example.org/room2",
        "https://meet.example.org.evil.example/room",
        "https://evil.example/https://meet.example.org/room",
        "https://user@meet.example.org/room",
        "http://meet.example.org/room",
        "about:srcdoc",
        "blob:https://meet.example.org/1-2",
    ],
)
def test_nothing_else_may_take_the_meetings_place(url: str) -> None:
    assert not may_meeting_show(url, RULES, is_main_frame=True)
    assert not may_meeting_fetch(url, RULES, "mainframe")


@pytest.mark.parametrize(
    "url",
    [
        "https://meet.example.org/x",
        "https://a.cdn.example.org/x",
        "about:blank",
        "about:srcdoc",
        "blob:https://meet.example.org/1-2",
    ],
)
def test_frames_of_the_meetings_hosts_may_be_in_it(url: str) -> None:
    assert may_meeting_show(url, RULES, is_main_frame=False)


@pytest.mark.parametrize(
    "url",
    [
        OURS,
        "https://evil.example/",
        "https://cdn.example.org/",
        "data:text/html,x",
        "blob:https://evil.example/1",
        "file:///etc/passwd",
        "https://meet.example.org@evil.example/",
    ],
)
def test_frames_of_others_may_not(url: str) -> None:
    assert not may_meeting_show(url, RULES, is_main_frame=False)


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        ("https://meet.example.org/x.js", "script"),
        ("wss://meet.example.org/socket", "websocket"),
        ("https://vc.example.org:8443/x", "xhr"),
        ("https://MEET.example.org/x", "image"),
        ("data:image/png;base64,x", "image"),
        ("blob:https://meet.example.org/1-2", "worker"),
        ("blob:https://meet.example.org/1-2", "subframe"),
    ],
)
def test_the_meeting_fetches_from_its_hosts(url: str, resource: str) -> None:
    assert may_meeting_fetch(url, RULES, resource)


@pytest.mark.parametrize(
    ("url", "resource"),
    [
        (OURS, "xhr"),
        (f"ws://127.0.0.1:{PORT}/ws", "websocket"),
        ("http://meet.example.org/x.js", "script"),
        ("ws://meet.example.org/socket", "websocket"),
        ("https://vc.example.org/x", "xhr"),
        ("https://evil.example/x.js", "script"),
        ("data:text/html,x", "subframe"),
        ("blob:https://evil.example/1-2", "subframe"),
        ("blob:https://meet.example.org/1-2", "mainframe"),
        ("file:///etc/passwd", "image"),
    ],
)
def test_the_meeting_fetches_from_nowhere_else(url: str, resource: str) -> None:
    assert not may_meeting_fetch(url, RULES, resource)


@given(st.text(max_size=60))
def test_any_other_text_is_no_meeting(text: str) -> None:
    assert not may_meeting_show(text, RULES, is_main_frame=True)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://meet.example.org/room?x", "https://meet.example.org"),
        ("https://vc.example.org:8443", "https://vc.example.org:8443"),
        ("https://user@meet.example.org/", ""),
        ("about:blank", ""),
        ("https:///x", ""),
    ],
)
def test_an_origin_is_scheme_and_host(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        OURS,
        "ws://127.0.0.1/ws",
        "https://192.168.1.1/",
        "http://[::1]:80/",
        "http://localhost/",
        "http://printer/",
        "http://x.local/",
    ],
)
def test_addresses_of_this_pc_and_its_network_are_near(url: str) -> None:
    assert is_near(url)


@pytest.mark.parametrize("url", ["https://example.org/", "https://8.8.8.8/x", "https://[2001:4860:4860::8888]/"])
def test_others_are_not_near(url: str) -> None:
    assert not is_near(url)
