"""What people try, by class: each attempt is one act on a running kiosk."""

import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from Xlib import X

from tests.escape.hands import Hands
from tests.escape.ring import Ring

MIDDLE = (512, 400)


class Attempt(NamedTuple):
    """`do` acts and returns at once; what comes of it is looked at from outside."""

    kind: str
    name: str
    do: Callable[[Ring], object]


# ---- keys -------------------------------------------------------------------------------------------------------

F_KEYS = [f"F{number}" for number in range(1, 25)]
LETTERS = list("abcdefghijklmnopqrstuvwxyz")
ALONE = [
    *F_KEYS, "Print", "Pause", "Scroll_Lock", "Menu", "Super_L", "Super_R", "Insert", "Help", "Undo", "Find", "Cancel",
    *("XF86_AudioMute", "XF86_AudioRaiseVolume", "XF86_AudioPlay", "XF86_WWW", "XF86_Mail", "XF86_Calculator"),
    *("XF86_HomePage", "XF86_Back", "XF86_Forward", "XF86_Refresh", "XF86_Search", "XF86_Favorites", "XF86_MyComputer"),
    *("XF86_PowerOff", "XF86_Sleep", "XF86_WakeUp", "XF86_Eject", "XF86_Tools", "XF86_Close", "XF86_Copy", "XF86_Paste"),
    *("XF86_Open", "XF86_Cut", "XF86_New", "XF86_Save", "XF86_Launch1", "XF86_Explorer", "XF86_ScreenSaver", "XF86_Reload"),
]  # fmt: skip
CHORDS = [
    *(f"ctrl+alt+F{number}" for number in range(1, 13)),
    *(f"alt+F{number}" for number in range(1, 13)),
    *(f"ctrl+F{number}" for number in (1, 4, 5, 6, 10)),
    *("shift+F10", "shift+F5", "ctrl+shift+F12", "shift+alt+F4", "ctrl+alt+shift+F2", "super+F1", "shift+F3"),
    *(f"ctrl+alt+{key}" for key in ("BackSpace", "Delete", "End", "t", "l", "d", "Left", "Right", "Up", "Down", "Tab")),
    *(f"alt+{key}" for key in ("Tab", "Escape", "space", "Left", "Right", "Up", "Home", "Return", "d", "e", "f", "s")),
    *("alt+shift+Tab", "alt+shift+Escape", "alt+Print", "shift+Print", "ctrl+Print", "alt+shift+Left", "alt+shift+Up"),
    *("ctrl+Escape", "ctrl+shift+Escape", "alt+Sys_Req", "alt+Print+b", "shift+Insert", "ctrl+Insert", "shift+Delete"),
    *(f"super+{key}" for key in (*"lderxpisagkvtfmn1290", "Tab", "Left", "Right", "Up", "Down", "space", "Return", "Print")),
    *("super+plus", "super+minus", "super+ctrl+d", "super+ctrl+F4", "super+ctrl+Return", "super+ctrl+shift+b", "super+shift+s"),
    *(f"ctrl+{key}" for key in LETTERS),
    *(f"ctrl+{key}" for key in (*"0123456789", "plus", "minus", "Tab", "Return", "BackSpace", "Delete", "Home", "End")),
    *(f"ctrl+{key}" for key in ("Left", "Right", "Prior", "Next", "comma", "period", "slash", "bracketleft", "space")),
    *(f"ctrl+shift+{key}" for key in (*"ijctnopqrvwmbdkz", "Tab", "Delete", "Return", "Home")),
    *(f"ctrl+alt+shift+{key}" for key in (*"tixd", "Delete", "Tab")),
    *(f"meta+{key}" for key in (*"qwr", "Tab")),
    *("altgr+ctrl+t", "altgr+alt+Tab", "altgr+F4", "ctrl+KP_Add", "ctrl+KP_Subtract", "ctrl+alt+KP_Add", "alt+KP_Enter"),
    *("shift+alt+Num_Lock", "shift+alt+Print", "Caps_Lock+alt+F4+Caps_Lock", "Num_Lock+alt+Tab+Num_Lock"),
]  # fmt: skip


def _key(chord: str, times: int = 1) -> Attempt:
    name = chord if times == 1 else f"{chord} {times} times"

    def do(ring: Ring) -> None:
        if ring.hands.has(chord):
            ring.hands.chord(chord, times)

    return Attempt("key alone" if "+" not in chord else "key chord", name, do)


def keys() -> Iterator[Attempt]:
    """Everything of a keyboard that X can send."""
    yield from map(_key, [*ALONE, *CHORDS])
    yield from (_key(chord, 7) for chord in ("ctrl+alt+Delete", "super+d", "alt+Tab"))
    yield _key("Shift_L", 5)


# ---- pointer ----------------------------------------------------------------------------------------------------

LINKED = (
    "((a) => { a.href = 'OUTSIDE'; a.textContent = 'LINK'; a.id = 'out'; a.draggable = true;"
    "a.style = 'position:fixed;inset:120px;z-index:9;font-size:90px'; document.body.append(a) })(document.createElement('a'))"
)


def _on_link(act: Callable[[Ring], object]) -> Callable[[Ring], object]:
    def do(ring: Ring) -> None:
        ring.ask(_outside(ring, LINKED))
        act(ring)
        ring.ask("document.getElementById('out')?.remove()", 0.5)

    return do


def pointer() -> Iterator[Attempt]:
    """Buttons, wheels, clicks with keys held, drags; on the page and on a link that leads elsewhere."""
    for button in (2, 3, 8, 9, 10):
        yield Attempt("button", f"button {button}", lambda ring, button=button: ring.hands.click(button, *MIDDLE))
        yield Attempt(
            "button", f"button {button} on a link", _on_link(lambda ring, b=button: ring.hands.click(b, *MIDDLE))
        )
    yield Attempt("button", "back, after the page has moved", _back)
    for held in ("ctrl", "shift", "alt", "super", "ctrl+shift", "ctrl+alt", "alt+shift", "meta"):
        click = _on_link(lambda ring, held=held: ring.hands.click(1, *MIDDLE, held))
        yield Attempt("modifier click", f"{held}+click on a link", click)
        for button in (3, 4, 5):
            do = lambda ring, b=button, h=held: ring.hands.click(b, *MIDDLE, h, 3)  # noqa: E731 - one line says it
            yield Attempt("modifier click", f"{held}+button {button}", do)
    yield Attempt("drag", "a link dragged about", _on_link(lambda ring: ring.hands.drag(MIDDLE, (900, 700))))
    yield Attempt("drag", "a link dragged out", _on_link(lambda ring: ring.hands.drag(MIDDLE, (1023, 0))))
    for held in ("alt", "super", "ctrl+alt"):
        for button in (1, 3):
            do = lambda ring, b=button, h=held: ring.hands.drag(MIDDLE, (700, 600), b, h)  # noqa: E731 - as above
            yield Attempt("drag", f"the window dragged with {held} and button {button}", do)


def _back(ring: Ring) -> None:
    ring.ask("history.pushState(1, '', '#one'), history.pushState(2, '', '#two'), 1")
    ring.hands.click(8, *MIDDLE)


# ---- page -------------------------------------------------------------------------------------------------------

ELEMENT = (
    "((e) => { %s; document.body.append(e); %s; setTimeout(() => e.remove(), 300) })(document.createElement('%s'))"
)
PAGE = {
    "scheme": [
        *(f"location.href = '{scheme}'" for scheme in (
            "mailto:a@example.org", "tel:123", "sms:123", "zoommtg://example.org", "ms-settings:x", "search-ms:x", "news:x",
            "telnet://127.0.0.1", "ftp://127.0.0.1", "ssh://127.0.0.1", "intent://x", "file:///etc/passwd", "chrome://version",
            "chrome://gpu", "devtools://devtools", "view-source:http://127.0.0.1", "about:blank", "data:text/html,x", "qrc:/x",
            "blob:null/x", "\\\\\\\\127.0.0.1\\\\c$", "shell:x", "res://x", "x-own:y")),
    ],
    "navigation": [
        "location.href = 'OUTSIDE'", "location.replace('OUTSIDE')", "location.assign('OUTSIDE')",
        "location.href = '//' + 'OUTSIDE'.split('//')[1]", "location.href = 'OUTSIDE'.replace('127.0.0.1', 'localhost')",
        ELEMENT % ("e.href = 'OUTSIDE'", "e.click()", "a"), ELEMENT % ("e.action = 'OUTSIDE'", "e.submit()", "form"),
        ELEMENT % ("e.src = 'OUTSIDE'", "", "iframe"), ELEMENT % ("e.data = 'OUTSIDE'", "", "object"),
        ELEMENT % ("e.src = 'OUTSIDE'", "", "embed"), ELEMENT % ("e.srcdoc = '<script>top.location=`OUTSIDE`</script>'", "", "iframe"),
        ELEMENT % ("e.httpEquiv = 'refresh'; e.content = '0;url=OUTSIDE'", "", "meta"), "history.back()", "history.go(-2)",
        "navigation.navigate('OUTSIDE')", "window.close()",
    ],
    "new window": [
        "window.open('OUTSIDE')", "window.open(location.href)", "window.open('about:blank', 'x', 'popup,width=300')",
        "window.open('OUTSIDE', '_top')", ELEMENT % ("e.href = 'OUTSIDE'; e.target = '_blank'", "e.click()", "a"),
        ELEMENT % ("e.action = 'OUTSIDE'; e.target = '_blank'", "e.submit()", "form"),
        "documentPictureInPicture.requestWindow()", "new SharedWorker('OUTSIDE')",
    ],
    "dialog": [
        "setTimeout(() => alert('x'))", "setTimeout(() => confirm('x'))", "setTimeout(() => prompt('x'))", "print()",
        ELEMENT % ("e.type = 'color'", "e.click()", "input"), ELEMENT % ("", "e.showModal()", "dialog"),
        "(onbeforeunload = () => 'x', setTimeout(() => onbeforeunload = null, 300), location.href = 'OUTSIDE')",
    ],
    "file": [
        ELEMENT % ("e.type = 'file'", "e.click()", "input"), ELEMENT % ("e.type = 'file'; e.multiple = true", "e.click()", "input"),
        ELEMENT % ("e.type = 'file'; e.webkitdirectory = true", "e.click()", "input"), "void showOpenFilePicker()",
        "void showDirectoryPicker()", "void showSaveFilePicker()", ELEMENT % ("e.type = 'file'", "e.showPicker()", "input"),
    ],
    "download": [
        ELEMENT % ("e.href = '/file'; e.download = 'x.bin'", "e.click()", "a"), "location.href = '/file'",
        ELEMENT % ("e.href = URL.createObjectURL(new Blob(['x'])); e.download = 'x.html'", "e.click()", "a"),
        ELEMENT % ("e.href = 'data:text/plain,x'; e.download = 'x.txt'", "e.click()", "a"),
    ],
    "fullscreen and devices": [
        "void document.documentElement.requestFullscreen()", "document.documentElement.requestPointerLock()",
        "void navigator.mediaDevices.getDisplayMedia()", "void Notification.requestPermission()",
        "void navigator.geolocation.getCurrentPosition(() => 0)", "navigator.registerProtocolHandler('web+x', location.href + '%s')",
        "void navigator.keyboard.lock()", "void navigator.usb.requestDevice({filters: []})", "moveTo(50, 50); resizeTo(200, 200)",
        "void navigator.clipboard.readText().then(() => leaks.push('clipboard read'))",
        "void navigator.clipboard.writeText('x').then(() => leaks.push('clipboard written'))",
        "typed.value = 'x'; typed.select(); document.execCommand('copy')",
    ],
    "fetch": [
        "void fetch('OUTSIDE', {mode: 'no-cors'})", "navigator.sendBeacon('OUTSIDE')", "new Image().src = 'OUTSIDE'",
        "new WebSocket('OUTSIDE'.replace('http', 'ws'))", "new EventSource('OUTSIDE')", "void import('OUTSIDE')",
        ELEMENT % ("e.rel = 'stylesheet'; e.href = 'OUTSIDE'", "", "link"), ELEMENT % ("e.src = 'OUTSIDE'", "", "script"),
        ELEMENT % ("e.href = '#'; e.ping = 'OUTSIDE'", "e.click()", "a"), "new Worker(URL.createObjectURL(new Blob(['fetch(`OUTSIDE`)'])))",
    ],
}  # fmt: skip


def _outside(ring: Ring, code: str) -> str:
    return code.replace("OUTSIDE", f"http://127.0.0.1:{ring.kiosk.outside.port}/")


def _by_click(code: str) -> Callable[[Ring], object]:
    def do(ring: Ring) -> None:
        """A real click runs it, so that the engine sees a person's gesture."""
        before = ring.kiosk.page.count("armed")
        ring.kiosk.page.orders.put({"click": _outside(ring, code)})
        ring.wait(lambda: ring.kiosk.page.count("armed") > before, 2.0)
        ring.hands.click(1, *MIDDLE)

    return do


def page() -> Iterator[Attempt]:
    """What a page, a link or a script of it can ask of the engine."""
    for kind, codes in PAGE.items():
        for code in codes:
            yield Attempt(f"page: {kind}", code, _by_click(code))


# ---- screen and processes ---------------------------------------------------------------------------------------


def _foreign(**options: Any) -> Callable[[Ring], object]:
    """By a client of its own: the guard may cut its line."""

    def do(ring: Ring) -> None:
        client = Hands(ring.screen.name)
        ring.clients.append(client)
        client.show(**options)

    return do


def screen() -> Iterator[Attempt]:
    """What any other program on the screen may do to it."""
    yield Attempt("foreign window", "a window", _foreign())
    yield Attempt("foreign window", "a window as large as the screen", _foreign(x=0, y=0, width=1024, height=768))
    yield Attempt("foreign window", "a window no manager touches", _foreign(override_redirect=True))
    yield Attempt("foreign window", "an unseen window over all", _foreign(
        x=0, y=0, width=1024, height=768, override_redirect=True, input_only=True))  # fmt: skip
    yield Attempt("foreign window", "a window named as ours", _foreign(name="Bilik"))
    for kind in ("DOCK", "NOTIFICATION", "DIALOG", "SPLASH", "DESKTOP", "TOOLTIP", "MENU"):
        yield Attempt("foreign window", f"a window of the kind {kind}", _foreign(kind=kind))
    for name, target in (("nobody", X.NONE), ("whoever is under the pointer", X.PointerRoot)):
        yield Attempt("focus", f"the keyboard given to {name}", lambda ring, target=target: ring.hands.focus(target))
    for name, values in {
        "moved": {"x": 300, "y": 200}, "moved out": {"x": 5000}, "made small": {"width": 200, "height": 150},
        "made large": {"width": 3000, "height": 3000}, "lowered": {"stack_mode": X.Below}, "one pixel": {"width": 1, "height": 1},
    }.items():  # fmt: skip
        do = lambda ring, values=values: ring.hands.configure(ring.ours, **values)  # noqa: E731 - one line says it
        yield Attempt("our window", name, do)
    yield Attempt(
        "our window", "unmapped", lambda ring: (ring.hands.window(ring.ours).unmap(), ring.hands.display.sync())
    )
    for name, words in {
        "minimised": ("WM_CHANGE_STATE", 3), "closed": ("_NET_CLOSE_WINDOW",), "to another desktop": ("_NET_WM_DESKTOP", 1),
        "no longer full": ("_NET_WM_STATE", 0, "_NET_WM_STATE_FULLSCREEN"), "below": ("_NET_WM_STATE", 1, "_NET_WM_STATE_BELOW"),
        "hidden": ("_NET_WM_STATE", 1, "_NET_WM_STATE_HIDDEN"), "shaded": ("_NET_WM_STATE", 1, "_NET_WM_STATE_SHADED"),
        "another desktop shown": ("_NET_CURRENT_DESKTOP", 1), "the desktop shown": ("_NET_SHOWING_DESKTOP", 1),
    }.items():  # fmt: skip
        do = lambda ring, words=words: ring.hands.message(ring.ours, *words)  # noqa: E731 - one line says it
        yield Attempt("our window", f"asked of the manager: {name}", do)


WINDOW_OF_ITS_OWN = (
    "from Xlib.display import Display; d = Display(); w = d.screen().root.create_window(0, 0, 500, 500, 0, 0); w.map();"
    "d.sync()\nwhile True: d.next_event()"
)


def processes() -> Iterator[Attempt]:
    """Programs that nobody of ours started."""
    yield Attempt("process", "a program", lambda ring: ring.plant("/usr/bin/sleep", "60"))
    yield Attempt("process", "a command line", lambda ring: ring.plant("/bin/sh", "-c", "while :; do sleep 1; done"))
    yield Attempt(
        "process", "a python of ours", lambda ring: ring.plant(sys.executable, "-c", "import time; time.sleep(60)")
    )
    yield Attempt(
        "process",
        "another shell of ours",
        lambda ring: ring.plant(sys.executable, "-ic", "import time; time.sleep(60)"),
    )
    yield Attempt("process", "a program under an allowed name", _renamed)
    yield Attempt(
        "process", "a program with a window", lambda ring: ring.plant(sys.executable, "-c", WINDOW_OF_ITS_OWN)
    )
    yield Attempt("process", "a message on the screen", lambda ring: ring.plant("/usr/bin/xmessage", "x"))


def _renamed(ring: Ring) -> None:
    program = ring.kiosk.folder / "programs" / "openbox"
    shutil.copy("/usr/bin/sleep", program)
    ring.plant(program, "60")


def every() -> list[Attempt]:
    """All of them; what may leave a window manager in a state of its own comes last."""
    return [*page(), *screen(), *processes(), *pointer(), *keys()]
