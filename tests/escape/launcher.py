"""Starts bilik-shell for `make escape`: guarded as it is, or with the guards of keys, screen, processes and page taken off.

`python -m tests.escape.launcher guarded|unguarded shell|window [--socket ...]`. The product knows nothing of it.
"""

import functools
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PIDS = "BILIK_ESCAPE_PIDS"
"""The file with the ids of the processes that the guard may look at: as root it would see those of everybody."""


class _NoGuard:
    """In place of a guard; it is there and does nothing."""

    fact = None

    def __init__(self, **_: object) -> None:
        pass

    def attend(self, _: Callable[[], None]) -> None:
        pass

    def close(self) -> None:
        pass


def _shell(mode: str) -> None:
    from kiosk_ui.shell import __main__ as program
    from kiosk_ui.shell.child import WindowProcess
    from protocol.shell import KeysFact

    changed: Any = program
    pids = lambda: {int(line) for line in Path(os.environ[PIDS]).read_text().split()}  # noqa: E731 - read anew each time
    changed.ProcessGuard = functools.partial(program.ProcessGuard, only=pids)
    if mode == "guarded":
        sys.argv += ["--account", pwd.getpwuid(os.getuid()).pw_name]
    else:
        _NoGuard.fact = KeysFact(held=0)  # type: ignore[assignment] # what the shell greets the agent with
        changed.key_guard = changed.ScreenWatch = _NoGuard
        start: Any = WindowProcess.start
        start.__func__.__defaults__ = ((sys.executable, "-m", __spec__.name, "unguarded", "window"),)
    program.main()


def _window() -> None:
    import webview

    from kiosk_ui.window import __main__ as program
    from kiosk_ui.window import hardening, window

    def nothing(*_: object) -> list[object]:
        return []

    hard, win, view = hardening, window, webview  # type: Any, Any, Any
    hard.harden_classes = win.harden_page = win.close_dialogs = nothing
    win.InputFilter.watch = win.KioskWindow._raise = win.KioskWindow._closed_itself = nothing
    win.may_load = lambda *_: True
    _take_meeting_guards_off(nothing)
    start = view.start

    def start_without_veto(**options: object) -> None:
        for shown in view.windows:
            shown.events.closing._items.clear()
        start(**options)

    view.start = start_without_veto
    program.main()


def _take_meeting_guards_off(nothing: Callable[..., object]) -> None:
    """A meeting's page as the engine would have it; what it opens is a window of its own."""
    from PySide6.QtWebEngineWidgets import QWebEngineView

    from kiosk_ui.window import meeting_page, meeting_view

    page, view = meeting_page, meeting_view  # type: Any, Any
    view.harden_page = view.MeetingView._left = nothing
    page.may_meeting_fetch = page.may_meeting_show = view.may_meeting_show = lambda *_, **__: True
    for name in ("acceptNavigationRequest", "chooseFiles", "javaScriptAlert", "javaScriptConfirm", "javaScriptPrompt"):
        delattr(page.MeetingPage, name)
    page.MeetingPage._permission = lambda _, wanted: wanted.grant()
    page.MeetingPage._new_window = nothing
    opened: list[QWebEngineView] = []

    def create_window(_page: object, _kind: object) -> object:
        opened.append(QWebEngineView())
        opened[-1].show()
        return opened[-1].page()

    page.MeetingPage.createWindow = create_window


def main() -> None:
    """Take our own words off the command line and start the program."""
    mode, what = sys.argv[1:3]
    del sys.argv[1:3]
    if what == "shell":
        _shell(mode)
    else:
        _window()


if __name__ == "__main__":
    main()
