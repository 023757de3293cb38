"""The view of a meeting's page below our strip: opened by order, closed by order or when its lease runs out."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QRect, QTimer, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWebEngineCore import QWebEngineLoadingInfo, QWebEngineProfile
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from kiosk_ui.window.ending import end_at_once
from kiosk_ui.window.hardening import Limits, encoded, harden_page
from kiosk_ui.window.input_filter import InputFilter
from kiosk_ui.window.meeting_page import MeetingGuard, MeetingPage, new_profile
from kiosk_ui.window.navigation import MeetingRules, is_other_program, may_meeting_show
from protocol.meeting import MeetingFact, MeetingPhase, OpenMeeting

log = logging.getLogger(__name__)

STRIP_PX = 112
"""The height of our strip above it; kiosk_ui/pages/style/meeting.css has the same."""
FIRST_LEASE_MS = 2000
HUNG_BEATS = 10
FIRST_HTTP_ERROR = 400
_ISOLATED_WORLD = 1
_NIGHT = "#0d1514"
_Load = QWebEngineLoadingInfo.LoadStatus
_VOLUME = """(level => {
  const set = element => { element.volume = level; };
  window.meetingVolume?.abort();
  window.meetingVolume = new AbortController();
  addEventListener("play", event => set(event.target), { capture: true, signal: window.meetingVolume.signal });
  document.querySelectorAll("video, audio").forEach(set);
})(%s)"""


class Shown:
    """One meeting's page with all that belongs to it; a profile is never used for two."""

    def __init__(self, wanted: OpenMeeting, parent: QWidget, blocked: Callable[[str], None]) -> None:
        self.rules = MeetingRules(wanted.url, wanted.pages, wanted.hosts)
        self.profile: QWebEngineProfile = new_profile()
        self.page = MeetingPage(self.profile, self.rules, blocked)
        self.view = QWebEngineView(parent)
        self.view.setPage(self.page)
        self.guard = MeetingGuard(self.rules, blocked)
        self._kept = harden_page(self.view, self.page, self.profile, Limits(blocked), self.guard)
        self.page.setBackgroundColor(QColor(_NIGHT))
        self.is_loaded = False
        self.silent_beats = 0

    def begin(self) -> None:
        """Load the meeting, visible for the page but not yet for people."""
        self.view.lower()
        self.view.show()
        self.page.setUrl(QUrl.fromEncoded(self.rules.url.encode()))

    def answered(self, _: object) -> None:
        """Its script runs."""
        self.silent_beats = 0

    def is_still_here(self) -> bool:
        """Is it where it may be? A script can change its address without being asked about."""
        return may_meeting_show(encoded(self.page.url()), self.rules, is_main_frame=True)

    def end(self) -> None:
        """Off the glass first; its renderer is ended rather than asked, and camera and microphone with it."""
        self.view.hide()
        self.page.blockSignals(True)
        if (pid := self.page.renderProcessPid()) > 0:
            end_at_once(pid)
        for part in (self.view, self.page, self.profile):  # in this order: a page must not outlive its profile
            part.deleteLater()


class MeetingView(QObject):
    """At most one meeting's page in `window`; `tell` brings what became of it, `blocked` what it was refused, by kind."""

    def __init__(self, window: QWidget, tell: Callable[[MeetingFact], None], blocked: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window = window
        self._tell = tell
        self._blocked: Callable[[str], None] = lambda kind: blocked(f"meeting_{kind}")
        self._filter = InputFilter(self._blocked)
        self._wanted: OpenMeeting | None = None
        self._shown: Shown | None = None
        self._volume = 100
        self._lease = QTimer(self)
        self._lease.setSingleShot(True)
        self._lease.timeout.connect(lambda: self.close("lease"))
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.timeout.connect(self._load)

    # ---- orders -----------------------------------------------------------------------------------------------------

    def open(self, wanted: OpenMeeting) -> None:
        """Show this meeting; one that is on the glass already only gets its new call id."""
        before, self._wanted = self._wanted, wanted
        self._volume = wanted.volume_percent
        self._lease.start(FIRST_LEASE_MS)
        if before is not None and before.url == wanted.url and self._shown is not None and self._shown.is_loaded:
            self._say(MeetingPhase.LOADED)
        else:
            self._load()

    def lease(self, ms: int) -> None:
        """It may stay for `ms` more."""
        if self._wanted is not None:
            self._lease.start(ms)

    def set_volume(self, percent: int) -> None:
        """Loudness of whatever the page plays as a picture or sound of its own; none at all is none of anything."""
        self._volume = percent
        if self._shown is not None:
            self._shown.page.setAudioMuted(percent == 0)
            self._shown.page.runJavaScript(_VOLUME % (percent / 100), _ISOLATED_WORLD)

    def close(self, why: str = "ordered") -> None:
        """Take it from the glass, and say so even if there was none."""
        wanted = self._wanted
        self._drop()
        call_id = None if wanted is None else wanted.call_id
        self._tell(MeetingFact(phase=MeetingPhase.CLOSED, call_id=call_id, why=why))

    def place(self) -> None:
        """All of the window below the strip."""
        if self._shown is not None:
            size = self._window.size()
            self._shown.view.setGeometry(QRect(0, STRIP_PX, size.width(), max(1, size.height() - STRIP_PX)))

    @property
    def has_keyboard(self) -> bool:
        """Do people type into it?"""
        owner: QWidget | None = self._window.focusWidget()
        return owner is not None and self._shown is not None and self._shown.view.isAncestorOf(owner)

    # ---- the page ---------------------------------------------------------------------------------------------------

    def _load(self) -> None:
        """A page of its own for each try: nothing of the one before is left."""
        self._end_shown()
        if self._wanted is None:
            return
        self._shown = shown = Shown(self._wanted, self._window, self._blocked)
        self._watch_input()
        shown.page.loadStarted.connect(self._watch_input)
        shown.page.loadFinished.connect(self._watch_input)
        shown.page.loadingChanged.connect(self._loading)
        shown.page.urlChanged.connect(self._moved)
        shown.page.windowCloseRequested.connect(self._left)
        shown.page.renderProcessTerminated.connect(lambda *_: self._lose("crashed"))
        self.place()
        shown.begin()

    def _watch_input(self) -> None:
        if self._shown is not None:
            for widget in (self._shown.view, self._shown.view.focusProxy()):
                self._filter.watch(widget)

    def _loading(self, info: QWebEngineLoadingInfo) -> None:
        """Also told of loads that were refused: those leave the page as it is."""
        shown, status, address = self._shown, info.status(), encoded(info.url())
        if shown is None or status is _Load.LoadStartedStatus:
            return
        if not may_meeting_show(address, shown.rules, is_main_frame=True):
            if is_other_program(address):  # the engine refused it before anybody was asked
                self._blocked("scheme")
            elif not shown.is_loaded and address.startswith("http"):  # the link leads away from itself
                self._lose("refused")
        elif info.errorCode() >= FIRST_HTTP_ERROR:
            self._lose("refused")
        elif status is _Load.LoadFailedStatus:
            self._lose("failed")
        elif status is _Load.LoadSucceededStatus:
            self._loaded(shown)

    def _loaded(self, shown: Shown) -> None:
        self.set_volume(self._volume)
        shown.silent_beats = 0
        if not shown.is_loaded:
            shown.is_loaded = True
            shown.view.raise_()
            shown.view.setFocus()
            self._say(MeetingPhase.LOADED)

    def _moved(self, _: QUrl) -> None:
        if self._shown is not None and self._shown.is_loaded and not self._shown.is_still_here():
            self._left()

    def _left(self) -> None:
        """It went where it may not be, or closed itself: back to the meeting."""
        self._blocked("navigation")
        self._back.start(0)

    def _lose(self, why: str) -> None:
        self._say(MeetingPhase.LOST, why)
        self._drop()

    # ---- the beat ---------------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """Once a second: is it in its place, and does it still answer?"""
        shown = self._shown
        self.place()
        if shown is None or not shown.is_loaded:
            return
        shown.silent_beats += 1
        if shown.silent_beats > HUNG_BEATS:
            self._lose("hung")
        else:
            shown.page.runJavaScript("1", _ISOLATED_WORLD, shown.answered)

    # ---- the end ----------------------------------------------------------------------------------------------------

    def _say(self, phase: MeetingPhase, why: str | None = None) -> None:
        if self._wanted is not None:
            self._tell(MeetingFact(phase=phase, call_id=self._wanted.call_id, why=why))

    def _drop(self) -> None:
        self._lease.stop()
        self._wanted = None
        self._end_shown()

    def _end_shown(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            shown.end()
