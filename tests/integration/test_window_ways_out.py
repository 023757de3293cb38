"""Every way out of the page that an engine offers: tried by a real click, refused, and told."""

import time
from collections.abc import Iterator

import pytest

from protocol.shell import EscapeFact
from tests.kiosk_rig import Kiosk, kiosk_on
from tests.screen import wait_until

pytestmark = [pytest.mark.gui, pytest.mark.slow]

LINK = "((link) => { link.href = %s; %s; document.body.append(link); link.click() })(document.createElement('a'))"


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    with kiosk_on(tmp_path_factory.mktemp("kiosk"), window_manager=True) as kiosk:
        yield kiosk


def outside(kiosk: Kiosk, code: str) -> str:
    return code.replace("OUTSIDE", f"http://127.0.0.1:{kiosk.outside.port}/")


def refused(kiosk: Kiosk, kind: str, since_s: float) -> None:
    """It was told by this kind, and the page is where it was with nothing new on the screen."""
    kiosk.wait_fact(lambda fact: isinstance(fact, EscapeFact) and fact.kind == kind, since_s, f"{kind} is told", 4.0)
    nothing_happened(kiosk)


def anew(kiosk: Kiosk) -> None:
    """The page as after a start: nothing of other tests on it, and no gesture seen yet."""
    loads = kiosk.page.count("loaded")
    kiosk.run("location.reload()", wait=False)
    wait_until(lambda: kiosk.page.count("loaded") > loads, "the page is loaded anew")


def nothing_happened(kiosk: Kiosk) -> None:
    assert kiosk.run("location.host") == f"127.0.0.1:{kiosk.page.port}"
    assert [window.name for window in kiosk.screen.windows()][-2:] == ["Bilik curtain", "Bilik"]
    assert kiosk.outside.requests == []
    assert not kiosk.launched.exists()
    assert kiosk.painted()


WAYS = {
    "mailto": ("location.href = 'mailto:someone@example.org'", "scheme"),
    "tel": ("location.href = 'tel:123'", "scheme"),
    "a program's own scheme": ("location.href = 'zoommtg://example.org/join'", "scheme"),
    "a link elsewhere": (LINK % ("'OUTSIDE'", ""), "navigation"),
    "the address of elsewhere": ("location.href = 'OUTSIDE'", "navigation"),
    "a form for elsewhere": (
        "((form) => { form.action = 'OUTSIDE'; document.body.append(form); form.submit() })(document.createElement('form'))",
        "navigation",
    ),
    "a frame from elsewhere": (
        "((frame) => { frame.src = 'OUTSIDE'; document.body.append(frame) })(document.createElement('iframe'))",
        "navigation",
    ),
    "a data address in a frame": (
        "((frame) => { frame.src = 'data:text/html,x'; document.body.append(frame) })(document.createElement('iframe'))",
        "navigation",
    ),
    "a link with a new window": (LINK % ("'OUTSIDE'", "link.target = '_blank'"), "new_window"),
    "a new window on ourselves": ("window.open(location.href)", "new_window"),
    "a new window elsewhere": ("window.open('OUTSIDE')", "new_window"),
    "a file chooser": (
        "((input) => { input.type = 'file'; document.body.append(input); input.click() })(document.createElement('input'))",
        "file_chooser",
    ),
    "the newer file chooser": ("showOpenFilePicker()", "file_chooser"),
    "a folder chooser": ("showDirectoryPicker()", "file_chooser"),
    "a link to save": (LINK % ("'/file'", "link.download = 'x.bin'"), "download"),
    "a file that is no page": ("location.href = '/file'", "download"),
    "alert": ("alert('x')", "dialog"),
    "confirm": ("confirm('x')", "dialog"),
    "prompt": ("prompt('x')", "dialog"),
    "print": ("print()", "dialog"),
    "the choice of a colour": (
        "((input) => { input.type = 'color'; document.body.append(input); input.click() })(document.createElement('input'))",
        "dialog",
    ),
    "where am I": ("void navigator.geolocation.getCurrentPosition(() => 0)", "permission"),
    "notifications": ("void Notification.requestPermission()", "permission"),
    "the screen": ("void navigator.mediaDevices.getDisplayMedia().catch(() => 0)", "permission"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_way_out_is_refused_and_told(kiosk: Kiosk, way: str) -> None:
    code, kind = WAYS[way]
    at_s = time.monotonic()
    kiosk.click_runs(outside(kiosk, code))
    refused(kiosk, kind, at_s)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "chrome://version", "view-source:http://127.0.0.1", "about:blank"]
)
def test_an_address_of_the_engine_leads_nowhere(kiosk: Kiosk, address: str) -> None:
    kiosk.click_runs(f"location.href = '{address}'")
    nothing_happened(kiosk)


@pytest.mark.parametrize(
    "code",
    [
        "fetch('OUTSIDE', {mode: 'no-cors'}).catch(() => 'refused')",
        "new Promise(done => { const i = new Image(); i.onerror = () => done('refused'); i.src = 'OUTSIDE' })",
        "new Promise(done => { const w = new WebSocket('OUTSIDE'.replace('http', 'ws')); w.onerror = () => done('refused') })",
        "import('OUTSIDE').catch(() => 'refused')",
    ],
)
def test_nothing_is_fetched_from_elsewhere(kiosk: Kiosk, code: str) -> None:
    assert kiosk.run(outside(kiosk, code)) == "refused"
    assert kiosk.outside.requests == []


@pytest.mark.parametrize("button", [2, 3, 8, 9])
def test_other_buttons_of_the_mouse_do_nothing(kiosk: Kiosk, button: int) -> None:
    kiosk.run("history.pushState(1, '', '#one'), history.pushState(2, '', '#two'), 1")
    at_s = time.monotonic()
    kiosk.screen.click(640, 400, button)
    refused(kiosk, "pointer", at_s)
    assert kiosk.run("location.hash") == "#two"


@pytest.mark.parametrize("key", ["ctrl", "shift", "alt"])
def test_a_click_with_a_key_held_does_nothing(kiosk: Kiosk, key: str) -> None:
    at_s = time.monotonic()
    kiosk.screen.do("mousemove", 640, 400, "keydown", key, "click", 1, "keyup", key)
    refused(kiosk, "pointer", at_s)


def test_the_page_cannot_be_made_larger(kiosk: Kiosk) -> None:
    at_s = time.monotonic()
    before = kiosk.run("innerWidth")
    kiosk.screen.do("mousemove", 640, 400, "keydown", "ctrl", "click", 4, "click", 4, "keyup", "ctrl")
    refused(kiosk, "pointer", at_s)
    kiosk.screen.do("key", "ctrl+plus")
    assert kiosk.run("innerWidth") == before


def test_the_clipboard_is_out_of_reach(kiosk: Kiosk) -> None:
    at_s = time.monotonic()
    kiosk.screen.do("key", "ctrl+v", "ctrl+c")
    refused(kiosk, "shortcut", at_s)
    assert "NotAllowed" in kiosk.run("navigator.clipboard.readText()")


def test_what_a_script_copies_does_not_stay(kiosk: Kiosk) -> None:
    at_s = time.monotonic()
    kiosk.click_runs("typed.value = 'x'; typed.select(); document.execCommand('copy')")
    refused(kiosk, "clipboard", at_s)
    assert kiosk.run("typed.value = ''; typed.focus(); document.execCommand('paste'); typed.value") == ""


def test_full_screen_and_close_are_not_the_pages_to_say(kiosk: Kiosk) -> None:
    kiosk.click_runs("document.documentElement.requestFullscreen()")
    wait_until(lambda: "requestFullscreen" in str(kiosk.page.last("ran")), "it was tried")
    kiosk.click_runs("window.close()")
    nothing_happened(kiosk)


def test_dragging_a_link_about_leads_nowhere(kiosk: Kiosk) -> None:
    anew(kiosk)
    code = (
        "((link) => { link.href = 'OUTSIDE'; link.textContent = 'L'.repeat(20);"
        "link.style = 'position:fixed;left:300px;top:300px;font-size:60px;z-index:9';"
        "addEventListener('dragstart', event => say({dragged: event.defaultPrevented}));"
        "document.body.append(link) })(document.createElement('a'))"
    )
    kiosk.run(outside(kiosk, code))
    kiosk.screen.do("mousemove", 400, 330, "mousedown", 1)
    for step in range(10):
        kiosk.screen.do("mousemove", 400 + 20 * step, 330 + 20 * step)
    wait_until(lambda: kiosk.page.last("dragged") is not None, "the page is dragged")
    assert kiosk.page.last("dragged") is True
    assert kiosk.screen.windows()[-1].name == "Bilik"
    kiosk.screen.do("mouseup", 1)
    nothing_happened(kiosk)
    assert kiosk.typing_reaches_the_page()


def test_the_page_has_no_bridge_into_the_window(kiosk: Kiosk) -> None:
    assert kiosk.run("typeof window.pywebview + typeof window.qt + typeof window.QWebChannel") == "undefined" * 3


def test_camera_and_microphone_are_granted_to_our_page(kiosk: Kiosk) -> None:
    code = "navigator.mediaDevices.getUserMedia({audio: true, video: true}).then(s => s.getTracks().map(t => t.kind + t.readyState).join())"
    assert kiosk.run(code) == "audiolive,videolive"


def test_sound_needs_no_click(kiosk: Kiosk) -> None:
    anew(kiosk)
    code = "(() => { const a = new AudioContext(); return new Promise(d => setTimeout(() => d(a.state), 100)) })()"
    assert kiosk.run(code) == "running"


def test_what_the_page_may_not_read(kiosk: Kiosk) -> None:
    assert kiosk.run("document.cookie") == ""
    assert ("/?video=native", "bilik_page=first-token") in kiosk.page.requests
