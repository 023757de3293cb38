"""The kiosk window: loads the agent's page, keeps screen and keyboard, beats, and obeys the shell."""

import logging
import os
import time
from collections import Counter
from typing import Any

from PySide6.QtCore import QByteArray, QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QColor
from PySide6.QtNetwork import QNetworkCookie
from PySide6.QtWebEngineCore import QWebEngineLoadingInfo, QWebEnginePage, QWebEngineProfile
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication, QMainWindow

from kiosk_ui.window.ending import end_at_once
from kiosk_ui.window.focus import take_keyboard
from kiosk_ui.window.hardening import Limits, close_dialogs, encoded, harden_page
from kiosk_ui.window.input_filter import InputFilter
from kiosk_ui.window.meeting_view import MeetingView
from kiosk_ui.window.navigation import is_other_program, may_load, page_origin
from kiosk_ui.window.pipe import Pipe
from protocol.meeting import MeetingLease, MeetingVolume, OpenMeeting
from protocol.shell import Blocked, Load, RendererEnded, ToWindow, WindowBeat, WindowOrder, WindowPainted, WindowUp

log = logging.getLogger(__name__)

COOKIE = "bilik_page"
PAPER = "#faf6ef"
BEAT_MS = 1000
RELOAD_MS = 500
COOKIE_WAIT_MS = 300
BLOCKED_PER_BEAT = 5
FIRST_HTTP_ERROR = 400
_ISOLATED_WORLD = 1
_Load = QWebEngineLoadingInfo.LoadStatus


class KioskWindow(QObject):
    """Everything here runs on the GUI thread, except what the pipe's thread hears: ending a renderer must not wait."""

    _heard = Signal(object)

    def __init__(self, pipe: Pipe, *, video: str) -> None:
        super().__init__()
        self.limits = Limits(self._blocked)
        self._pipe = pipe
        self._video = video
        self._address: Load | None = None
        self._renderer_pid = 0
        self._awaited = False
        self._painted_mark = ""
        self._refused: Counter[str] = Counter()
        self._filter = InputFilter(self._blocked)
        self._heard.connect(self._obey)

    # ---- birth ------------------------------------------------------------------------------------------------------

    def adopt(self, native: Any) -> None:
        """Take over pywebview's window before it is shown. Any failure here ends the process: an open way out is worse."""
        self._native: QMainWindow = native
        self._view: QWebEngineView = native.webview
        self._page: QWebEnginePage = self._view.page()
        self._profile: QWebEngineProfile = native.profile
        self._kept = harden_page(self._view, self._page, self._profile, self.limits)
        self._meeting = MeetingView(native, self._pipe.send, self._blocked)
        native.setAcceptDrops(False)
        self._page.setBackgroundColor(QColor(PAPER))
        self._watch_input()
        self._page.loadStarted.connect(self._watch_input)
        self._page.loadFinished.connect(self._watch_input)
        self._page.loadingChanged.connect(self._loading)
        self._page.windowCloseRequested.connect(self._closed_itself)
        self._page.renderProcessPidChanged.connect(self._renderer_changed)
        self._page.renderProcessTerminated.connect(self._renderer_ended)
        self._profile.cookieStore().cookieAdded.connect(self._cookie_is_set)
        self._screen = QApplication.primaryScreen()
        self._screen.geometryChanged.connect(self._cover_screen)
        self._cookie_timer = self._timer(COOKIE_WAIT_MS, self._go)
        self._reload_timer = self._timer(RELOAD_MS, self._load)
        QTimer.singleShot(0, self._shown)

    def _timer(self, after_ms: int, then: Any) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(then)
        return timer

    def _shown(self) -> None:
        self._cover_screen()
        self._take_keyboard()
        self._pipe.send(WindowUp(pid=os.getpid(), window_id=int(self._native.winId())))
        self._beats = QTimer(self)
        self._beats.timeout.connect(self._beat)
        self._beats.start(BEAT_MS)
        self._beat()
        self._pipe.read(self._hear)

    def _watch_input(self) -> None:
        for widget in (self._native, self._view, self._view.focusProxy()):
            self._filter.watch(widget)

    # ---- orders -----------------------------------------------------------------------------------------------------

    def _hear(self, message: ToWindow) -> None:
        if isinstance(message, WindowOrder) and message.kind == "end_renderer":
            self._end_renderer()
        else:
            self._heard.emit(message)

    def _obey(self, message: ToWindow) -> None:
        if isinstance(message, Load):
            self._address = message
            self._load()
        elif isinstance(message, WindowOrder):
            if message.kind == "raise":
                self._raise()
            elif message.kind == "reload":
                self._load()
        elif isinstance(message, OpenMeeting):
            self._meeting.open(message)
        elif isinstance(message, MeetingLease):
            self._meeting.lease(message.ms)
        elif isinstance(message, MeetingVolume):
            self._meeting.set_volume(message.percent)
        else:
            self._meeting.close()

    def _end_renderer(self) -> None:
        if self._renderer_pid > 0:
            if end_at_once(self._renderer_pid):
                return
            log.info("the renderer had ended already")
        self._heard.emit(WindowOrder(kind="reload"))

    # ---- the page ---------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """Set the cookie, and load when the engine has it: the first request must carry it."""
        address = self._address
        if address is None:
            return
        self._reload_timer.stop()
        self.limits.port = address.port
        cookie = QNetworkCookie(QByteArray(COOKIE.encode()), QByteArray(address.token.encode()))
        cookie.setHttpOnly(True)
        cookie.setPath("/")
        cookie.setSameSitePolicy(QNetworkCookie.SameSite.Strict)
        self._cookie_timer.start()
        self._profile.cookieStore().setCookie(cookie, QUrl(page_origin(address.port) + "/"))

    def _cookie_is_set(self, cookie: QNetworkCookie) -> None:
        if cookie.name().data() == COOKIE.encode() and self._cookie_timer.isActive():
            self._cookie_timer.stop()
            self._go()

    def _go(self) -> None:
        if self._address is not None:
            self._awaited = True
            self._view.setUrl(QUrl(f"{page_origin(self._address.port)}/?video={self._video}"))

    def _loading(self, info: QWebEngineLoadingInfo) -> None:
        """Also told of loads that were refused: those leave the page as it is, and so do we."""
        status, address = info.status(), encoded(info.url())
        if status is _Load.LoadStartedStatus or self._address is None:
            return
        succeeded = status is _Load.LoadSucceededStatus
        if may_load(address, self._address.port):
            if succeeded and info.errorCode() < FIRST_HTTP_ERROR:
                self._loaded()
            elif succeeded or self._awaited:
                self._reload_timer.start()
        elif is_other_program(address):
            self._blocked("scheme")
        elif succeeded:
            self._blocked("navigation")  # about:blank and its like, which nobody is asked about
            self._load()

    def _closed_itself(self) -> None:
        """The page called window.close() and runs no more."""
        self._blocked("navigation")
        self._load()

    def _loaded(self) -> None:
        self._awaited = False
        self._tell_beat()
        self._reload_timer.stop()
        self._take_keyboard()
        self._page.setZoomFactor(1.0)
        self._painted_mark = f"painted {time.monotonic_ns()}"
        frames = f"requestAnimationFrame(() => requestAnimationFrame(() => console.info({self._painted_mark!r})))"
        self._page.runJavaScript(frames, _ISOLATED_WORLD)

    def console(self, level: Any, text: str, line: int, source: str) -> None:
        """A line of the page's console: our own mark, or an error, of which only the place is logged."""
        if self._painted_mark and text == self._painted_mark:
            self._painted_mark = ""
            self._pipe.send(WindowPainted())
        elif level is QWebEnginePage.JavaScriptConsoleMessageLevel.ErrorMessageLevel:
            log.warning("error in the page at %s:%s", QUrl(source).path(), line)

    def _renderer_changed(self, _pid: int) -> None:
        self._tell_beat()

    def _renderer_ended(self, _status: object, code: int) -> None:
        self._renderer_pid = 0
        self._pipe.send(RendererEnded(code=code))
        QTimer.singleShot(0, self._load)

    # ---- screen, keyboard, beat -------------------------------------------------------------------------------------

    def _cover_screen(self) -> None:
        place = self._screen.geometry()
        if self._native.geometry() != place:
            self._native.setGeometry(place)
        self._meeting.place()

    def _raise(self) -> None:
        if self._native.isMinimized() or self._native.isHidden() or not self._native.isFullScreen():
            self._native.showFullScreen()
        self._native.raise_()
        self._cover_screen()
        self._take_keyboard()

    def _take_keyboard(self) -> None:
        self._native.activateWindow()
        if not self._meeting.has_keyboard:
            self._view.setFocus()
        take_keyboard(int(self._native.winId()))

    def _beat(self) -> None:
        self._refused.clear()
        close_dialogs(self.limits)
        self._meeting.beat()
        if self._native.isMinimized() or not self._native.isActiveWindow():
            self._raise()
        self._tell_beat()

    def _tell_beat(self) -> None:
        self._renderer_pid = self._page.renderProcessPid()
        self._pipe.send(WindowBeat(renderer_pid=self._renderer_pid or None))

    def _blocked(self, kind: str) -> None:
        self._refused[kind] += 1
        if self._refused[kind] <= BLOCKED_PER_BEAT:
            self._pipe.send(Blocked(kind=kind))
