"""The addresses the window may show and fetch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_ui.window.navigation import is_other_program, may_fetch, may_load, page_origin

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
