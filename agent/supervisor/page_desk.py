"""Talks with the page: hears it, knows whether it lives, and asks the shell for help when it does not."""

import logging
from collections.abc import Callable

from agent.core.events import Event, FaultSeen, Now, PageChanged, QualityReported
from agent.core.state import Visit
from agent.ports import Clock, PageHeard, PageJoined, PageLeft, Shell
from agent.supervisor.closing import CloseWatch
from agent.supervisor.loop import Make
from agent.supervisor.quality import QualityMeans
from agent.supervisor.screen import Presenter
from agent.supervisor.tasks import Spawn
from agent.supervisor.translate import from_page, may_page_say
from protocol.call import FromEnd
from protocol.devices import DevicesMeasured
from protocol.meeting import Meeting
from protocol.page import (
    Alive,
    Call,
    Closed,
    Farewell,
    FirstFrame,
    FromPage,
    Painted,
    QualityFacts,
    Ready,
    ToSignalling,
    Trouble,
)
from protocol.shell import Order, OrderKind

log = logging.getLogger(__name__)

SILENT_S = 3.0
JOIN_S = 10.0
TROUBLE_S = 30.0
TROUBLE_CODE = "LYR-2"
LEASE_RACE_S = 0.25
"""The last lease runs out at the very end: the farewell may be on its way."""


class PageDesk:
    """Everything the page says comes here; `signal` passes its signalling on, `visit` is the one at hand, `tried` hears trials."""

    def __init__(
        self,
        *,
        clock: Clock,
        shell: Shell,
        presenter: Presenter,
        close_watch: CloseWatch,
        feed: Callable[[Make], None],
        signal: Callable[[FromEnd], None],
        visit: Callable[[], Visit | None],
        spawn: Spawn,
        joined: Callable[[], None],
        tried: Callable[[DevicesMeasured], None],
    ) -> None:
        self._clock = clock
        self._shell = shell
        self._presenter = presenter
        self._close_watch = close_watch
        self._feed = feed
        self._signal = signal
        self._visit = visit
        self._spawn = spawn
        self._joined = joined
        self._tried = tried
        self._quality = QualityMeans()
        self._is_ready = False
        self._window_up = False
        self._quiet_since_s = self._looked_s = 0.0
        self._asked: OrderKind | None = None
        self._trouble_s: float | None = None

    # ---- hearing ----

    def heard(self, message: PageHeard) -> None:
        """One message of the page server."""
        match message:
            case PageJoined():
                self._has_joined()
            case PageLeft():
                log.info("page_left")
                self._has_gone("page left")
            case Ready():
                self._is_alive()
                self._set_ready(is_ready=True)
            case Alive(hidden=hidden):
                self._is_alive()
                if hidden:
                    self._shell.send(Order(kind=OrderKind.RAISE_WINDOW))
            case DevicesMeasured(try_id=str()):
                self._tried(message)
            case _:
                self._is_alive()
                self._said(message)

    def _has_joined(self) -> None:
        log.info("page_joined")
        self._has_gone("page joined anew")
        self._is_alive()
        self._presenter.forget()
        self._joined()

    def _has_gone(self, why: str) -> None:
        self._set_ready(is_ready=False)
        self._close_watch.engine_gone(why)

    def _set_ready(self, *, is_ready: bool) -> None:
        if is_ready != self._is_ready:
            self._is_ready = is_ready
            self._feed(lambda now: PageChanged(now=now, up=is_ready))

    def _is_alive(self) -> None:
        self._quiet_since_s = self._clock.now().boot_s
        if self._asked is not None:
            log.info("page_back")
            self._asked = None

    def _said(self, message: FromPage) -> None:
        match message:
            case ToSignalling(message=inner):
                if may_page_say(inner):
                    self._signal(inner)
            case Closed(call_id=call_id, by=by):
                self._closed(call_id, by)
            case Painted(seq=seq):
                self._painted(seq)
            case QualityFacts():
                self._measured(message)
            case FirstFrame(call_id=call_id):
                log.info("first_frame", extra={"call_id": call_id})
            case Trouble(where=where, text=text):
                self._has_trouble(where, text)
            case _:
                self._pass_on(message)

    def _closed(self, call_id: str | None, by: str) -> None:
        log.info("closed", extra={"call_id": call_id, "by": by})
        self._close_watch.closed(call_id, by)
        if by == "lease" and call_id is not None:
            self._spawn(self._bring_back(call_id))

    async def _bring_back(self, call_id: str) -> None:
        """A lease ran out although the visit goes on: the page has taken the call down and needs a new one."""
        await self._clock.wait_until(self._clock.now().boot_s + LEASE_RACE_S)
        visit = self._visit()
        if visit is not None and visit.call_id == call_id and self._is_ready:
            log.warning("lease_ran_out", extra={"call_id": call_id, "then": "call started anew"})
            self._presenter.forget()
            self._set_ready(is_ready=False)
            self._set_ready(is_ready=True)

    def _pass_on(self, message: FromPage) -> None:
        def event(now: Now) -> Event:
            fact = from_page(message, now)
            if fact is None:
                raise TypeError(f"{type(message).__name__} of the page has no meaning for the core")
            return fact

        self._feed(event)

    def _painted(self, seq: int) -> None:
        show = self._presenter.shown
        if show is None or show.seq != seq:
            return
        took_ms = round((self._clock.now().boot_s - self._presenter.sent_boot_s) * 1000)
        kind = type(show.screen).__name__
        level = logging.INFO if isinstance(show.screen, (Call, Meeting, Farewell)) else logging.DEBUG
        log.log(level, "painted", extra={"seq": seq, "screen": kind, "took_ms": took_ms})

    def _measured(self, facts: QualityFacts) -> None:
        visit = self._visit()
        session_id = None if visit is None else visit.session_id
        if session_id != self._quality.session_id:
            self._quality = QualityMeans(session_id=session_id)
        means = self._quality.add(facts)
        self._feed(lambda now: QualityReported(now=now, call_id=facts.call_id, quality=means))

    def _has_trouble(self, where: str, text: str) -> None:
        log.warning("page_trouble", extra={"where": where, "text": text})
        self._trouble_s = self._clock.now().boot_s
        self._feed(lambda now: FaultSeen(now=now, code=TROUBLE_CODE, raised=True, detail=where))

    # ---- watching ----

    def window_is(self, *, up: bool) -> None:
        """What the shell says of the window."""
        if up and not self._window_up:
            self._quiet_since_s = self._clock.now().boot_s
            self._asked = None
        self._window_up = up

    def watch(self) -> None:
        """Once a second: a page that paints nothing loses its renderer, then its window."""
        now_s = self._clock.now().boot_s
        if self._trouble_s is not None and now_s - self._trouble_s >= TROUBLE_S:
            self._trouble_s = None
            self._feed(lambda now: FaultSeen(now=now, code=TROUBLE_CODE, raised=False))
        looked_s, self._looked_s = self._looked_s, now_s
        if now_s - looked_s > SILENT_S:  # this process slept: what the page said meanwhile is unread
            self._quiet_since_s = now_s
        if not self._window_up or now_s - self._quiet_since_s < self._patience_s():
            return
        self._quiet_since_s = now_s
        if self._asked is None and self._is_ready:
            self._order(OrderKind.END_RENDERER)
            self._set_ready(is_ready=False)
        else:
            self._order(OrderKind.RESCUE_WINDOW)

    def _patience_s(self) -> float:
        """A page that was there may be silent for 3 s; one that is being loaded has longer."""
        if self._asked is OrderKind.RESCUE_WINDOW or (self._asked is None and not self._is_ready):
            return JOIN_S
        return SILENT_S

    def _order(self, kind: OrderKind) -> None:
        log.warning("page_silent", extra={"then": str(kind)})
        self._asked = kind
        self._shell.send(Order(kind=kind))
