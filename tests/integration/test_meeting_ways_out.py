"""Every way out of somebody else's meeting page: tried by a real click, looked at from outside, and told by kind."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.length import IS_LONG
from tests.meeting_rig import MeetingKiosk, meeting_kiosk
from tests.meeting_site import CDN
from tests.screen import wait_until

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.shortened]

LINK = "((link) => { link.href = %s; %s; document.body.append(link); link.click() })(document.createElement('a'))"
FRAME = "((frame) => { frame.src = %s; document.body.append(frame) })(document.createElement('iframe'))"
PICKER = "((input) => { input.type = %s; document.body.append(input); input.click() })(document.createElement('input'))"
FORM = "((form) => { form.action = %s; document.body.append(form); form.submit() })(document.createElement('form'))"
META = "document.head.insertAdjacentHTML('beforeend', '<meta http-equiv=refresh content=\"0;url=%s\">')"

WAYS = {
    "mailto": ("location.href = 'mailto:someone@example.org'", "scheme"),
    "a program's own scheme": ("location.href = 'zoommtg://example.org/join'", "scheme"),
    "an intent": ("location.href = 'intent://x#Intent;end'", "scheme"),
    "the address of elsewhere": ("location.href = 'ELSEWHERE/'", "navigation"),
    "the top from a link": (LINK % ("'ELSEWHERE/'", "link.target = '_top'"), "navigation"),
    "another room": ("location.href = '/other'", "navigation"),
    "another address without a load": ("history.pushState(0, '', '/')", "navigation"),
    "a redirect": ("location.href = '/room/../redirect'", "navigation"),
    "a refresh": (META % "ELSEWHERE/", "navigation"),
    "a form for elsewhere": (FORM % "'ELSEWHERE/'", "navigation"),
    "a frame from elsewhere": (FRAME % "'ELSEWHERE/'", "navigation"),
    "a data address": (FRAME % "'data:text/html,x'", "navigation"),
    "a window on elsewhere": ("window.open('ELSEWHERE/')", "new_window"),
    "a window on nothing": ("window.open('')", "new_window"),
    "a link with a new window": (LINK % ("'ELSEWHERE/'", "link.target = '_blank'"), "new_window"),
    "a file chooser": (PICKER % "'file'", "file_chooser"),
    "the newer file chooser": ("showOpenFilePicker()", "file_chooser"),
    "a link to save": (LINK % ("URL.createObjectURL(new Blob(['x']))", "link.download = 'x.bin'"), "download"),
    "a file that is no page": (LINK % ("'/room/file'", "link.download = 'x.bin'"), "download"),
    "alert": ("alert('x')", "dialog"),
    "confirm": ("confirm('x')", "dialog"),
    "prompt": ("prompt('x')", "dialog"),
    "print": ("print()", "dialog"),
    "where am I": ("void navigator.geolocation.getCurrentPosition(() => 0)", "permission"),
    "notifications": ("void Notification.requestPermission()", "permission"),
    "the screen": ("void navigator.mediaDevices.getDisplayMedia().catch(() => 0)", "permission"),
    "the pointer": ("void document.body.requestPointerLock()", "permission"),
    "a key of the booth": (
        "void navigator.credentials.create({publicKey: {rp: {name: 'x'}, user: {id: new Uint8Array(8), name: 'x', displayName: 'x'},"
        "challenge: new Uint8Array(8), pubKeyCredParams: [{type: 'public-key', alg: -7}]}}).catch(() => 0)",
        None,
    ),
    "full screen": ("void document.documentElement.requestFullscreen().catch(() => 0)", None),
    "closing itself": ("window.close()", None),
    "a file of this PC": ("location.href = 'file:///etc/passwd'", None),
    "a page of the engine": ("location.href = 'chrome://version'", None),
    "the source": ("location.href = 'view-source:' + location.href", None),
    "a script as an address": ("location.href = 'javascript:void(document.title = 1)'", None),
    "a blob in our place": ("location.href = URL.createObjectURL(new Blob(['x'], {type: 'text/html'}))", None),
    "back": ("history.back(); history.go(-1)", None),
    "the agent's page": ("fetch('LOOPBACK/', {mode: 'no-cors', credentials: 'include'}).catch(() => 0)", "fetch"),
    "the agent's socket": ("void new WebSocket('LOOPBACK/ws'.replace('http', 'ws'))", "fetch"),
    "another server here": ("void (new Image().src = 'OTHER/x.png')", "fetch"),
    "a beacon here": ("navigator.sendBeacon('OTHER/x', 'x')", "fetch"),
    "a script from elsewhere": ("import('ELSEWHERE/x.js').catch(() => 0)", None),
    "a beacon to elsewhere": ("navigator.sendBeacon('ELSEWHERE/x', 'x')", None),
    "a form in a frame for this PC": (FRAME % "'OTHER/'", "navigation"),
}


@pytest.fixture(scope="module")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeetingKiosk]:
    with meeting_kiosk(tmp_path_factory.mktemp("kiosk"), window_manager=True) as meeting:
        meeting.open()
        yield meeting


@pytest.fixture(scope="module")
def tried() -> Counter[str]:
    return Counter()


def mixed() -> list[str]:
    """The ways in an order in which those of one kind do not come all at once: so many a second are told."""
    seen: Counter[str | None] = Counter()
    places = {}
    for way, (_, kind) in WAYS.items():
        seen[kind] += 1
        places[way] = seen[kind] / sum(one == kind for _, one in WAYS.values())
    return sorted(WAYS, key=places.__getitem__)


def few() -> list[str]:
    """One of each kind."""
    kinds = {kind: way for way, (_, kind) in reversed(WAYS.items())}
    return ["a redirect", "another address without a load", *kinds.values()]


@pytest.mark.parametrize("way", mixed() if IS_LONG else few())
def test_a_way_out_of_the_meeting_leads_nowhere(meeting: MeetingKiosk, tried: Counter[str], way: str) -> None:
    code, kind = WAYS[way]
    code = meeting.with_places(code)
    meeting.click_runs(code)
    tried.update([] if kind is None else [f"meeting_{kind}"])
    wait_until(lambda: meeting.is_shown() and meeting.run("1 + 1") == "2", "the meeting is there and answers", 4.0)
    assert meeting.wrong() == []


def test_all_that_was_refused_was_told_by_kind(meeting: MeetingKiosk, tried: Counter[str]) -> None:
    wait_until(lambda: tried <= meeting.told(), f"told {meeting.told()} of {tried}", 4.0)


def test_typing_reaches_the_meeting_and_shortcuts_do_not(meeting: MeetingKiosk) -> None:
    meeting.run(
        "typed.value = ''; typed.focus(); addEventListener('keydown', event => say({key: event.code + event.ctrlKey}))"
    )
    meeting.screen.do("key", "7")
    wait_until(lambda: meeting.site.last("typed") == "7", "the meeting was typed into")
    meeting.screen.do("key", "ctrl+s", "ctrl+p", "F5", "F11", "F12", "alt+Left", "ctrl+shift+i", "Menu", "8")
    wait_until(lambda: meeting.site.last("typed") == "78", "the meeting was typed into again")
    keys = {words["key"] for _, words in meeting.site.said if "key" in words}
    assert keys <= {
        "Digit7false",
        "Digit8false",
        "ControlLeftfalse",
        "ControlLefttrue",
        "ShiftLefttrue",
        "AltLeftfalse",
    }
    assert meeting.wrong() == []


@pytest.mark.parametrize("button", [2, 3, 8])
def test_other_buttons_of_the_mouse_do_nothing_in_the_meeting(meeting: MeetingKiosk, button: int) -> None:
    meeting.screen.click(640, 500, button)
    assert meeting.wrong() == []


def test_the_clipboard_is_out_of_the_meetings_reach(meeting: MeetingKiosk) -> None:
    assert "NotAllowed" in meeting.run("navigator.clipboard.readText()")
    assert "NotAllowed" in meeting.run("navigator.clipboard.writeText('x')")
    meeting.click_runs("typed.value = 'x'; typed.select(); document.execCommand('copy')")
    code = "typed.value = ''; typed.focus(); document.execCommand('paste'); typed.value"
    wait_until(lambda: meeting.run(code) == "", "nothing was copied")


def test_camera_and_microphone_are_the_meetings_but_not_a_frames(meeting: MeetingKiosk) -> None:
    ask = "navigator.mediaDevices.getUserMedia({audio: true, video: true}).then(s => s.getTracks().map(t => t.kind + t.readyState).join())"
    assert meeting.run(ask) == "audiolive,videolive"
    frame = (
        "new Promise(done => { const frame = document.createElement('iframe'); frame.allow = 'camera *; microphone *';"
        f"frame.src = '{meeting.site.url('/frame', CDN)}'; onmessage = event => done(event.data); document.body.append(frame) }})"
    )
    assert meeting.run(frame) in ("NotAllowedError", "AbortError")


def test_a_service_worker_reaches_no_further_than_the_page(meeting: MeetingKiosk) -> None:
    code = (
        "navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready).then(() => new Promise(done => {"
        "navigator.serviceWorker.onmessage = event => done(event.data);"
        "navigator.serviceWorker.ready.then(one => one.active.postMessage(['LOOPBACK/', 'ELSEWHERE/x', 'OTHER/']))}))"
    )
    assert meeting.run(meeting.with_places(code)) == "refused,refused,refused"
    assert meeting.wrong() == []


def test_it_has_no_bridge_into_the_window(meeting: MeetingKiosk) -> None:
    assert meeting.run("typeof window.pywebview + typeof window.qt + typeof window.QWebChannel") == "undefined" * 3


def test_it_takes_the_engine_for_the_browser_that_it_is(meeting: MeetingKiosk) -> None:
    assert "Chrome/" in meeting.run("navigator.userAgent")
    assert "QtWebEngine" not in meeting.run("navigator.userAgent")
