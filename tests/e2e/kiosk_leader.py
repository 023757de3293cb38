"""A booth of one test: enrolled over HTTP, its signalling in a thread, its end of the call in a bare page of Chromium."""

import contextlib
import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec
from playwright.sync_api import Page
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from protocol import call
from protocol.terminal import (
    EnrolmentAnswer,
    EnrolmentRequest,
    EventBatch,
    MachineFacts,
    Mode,
    OpenRequest,
    OutboxEvent,
    OutboxRow,
    SyncAnswer,
    SyncRequest,
    TerminalStatus,
    VisitState,
)
from tests.stage.central import Central
from tests.stage.waiting import wait_for

SCRIPT = (Path(__file__).parent / "kiosk_leader.js").read_text(encoding="utf-8")
BOOT = "boot-1"
T = TypeVar("T")


class KioskLeader:
    """One terminal that says whatever the test wants it to say."""

    def __init__(self, central: Central, name: str, facility: str, *, at: str | None = None) -> None:
        self.id, enrolment = central.add_terminal(name, facility)
        self._central = central
        self._at = at or central.url
        self._http = httpx.Client(base_url=self._at, timeout=10)
        facts = MachineFacts(hostname=name, operating_system="test", machine_key="k", agent_version="0")
        body = EnrolmentRequest(protocol=1, code=enrolment.split("#")[1].split("~")[0], machine=facts)
        answer = self._http.post("/api/v1/enrolment", content=msgspec.json.encode(body))
        answer.raise_for_status()
        self._token = msgspec.json.decode(answer.content, type=EnrolmentAnswer).device_token
        self._http.headers["Authorization"] = f"Bearer {self._token}"
        self._heard: queue.Queue[dict[str, Any]] = queue.Queue()
        self.heard: list[dict[str, Any]] = []
        self._socket: ClientConnection | None = None
        self._ends = contextlib.ExitStack()
        self.page: Page | None = None
        self._last: TerminalStatus | None = None
        self._seq = 0

    def move_to(self, at: str) -> None:
        """From now on it asks at this address."""
        self._at = at
        self._http.base_url = at

    def say_status(self, **fields: Any) -> None:
        """One heartbeat."""
        known: dict[str, Any] = {"mode": Mode.IN_SERVICE, "visit": VisitState.NONE, "window_up": True, "shell_up": True}
        self._last = TerminalStatus(**(known | fields))
        self.sync()

    def sync(self) -> SyncAnswer:
        """What central answers at once."""
        status = TerminalStatus(mode=Mode.IN_SERVICE, visit=VisitState.NONE) if self._last is None else self._last
        body = SyncRequest(protocol=1, boot_id=BOOT, revision=0, hold=False, status=status)
        answer = self._http.post("/api/v1/terminal/sync", content=msgspec.json.encode(body)).raise_for_status()
        return msgspec.json.decode(answer.content, type=SyncAnswer)

    def report(self, event: OutboxEvent) -> None:
        """One row of the outbox."""
        self._seq += 1
        batch = EventBatch(protocol=1, boot_id=BOOT, rows=(OutboxRow(seq=self._seq, at_ms=None, event=event),))
        self._http.post("/api/v1/terminal/events", content=msgspec.json.encode(batch)).raise_for_status()

    def unsay(self) -> None:
        """The last row was not acknowledged: the next one has its number."""
        self._seq -= 1

    def open(self, session_id: str) -> None:
        """Take the grant of a session and come into its room."""
        body = msgspec.json.encode(OpenRequest(protocol=1, boot_id=BOOT))
        self._http.post(f"/api/v1/terminal/sessions/{session_id}/open", content=body).raise_for_status()
        url = f"{self._at.replace('http', 'ws', 1)}/api/v1/calls/{session_id}"
        headers = {"Authorization": f"Bearer {self._token}"}
        self._socket = self._ends.enter_context(connect(url, additional_headers=headers, open_timeout=10))
        threading.Thread(target=self._read, args=(self._socket,), name="kiosk-leader", daemon=True).start()

    def _read(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            for text in socket:
                self._heard.put(msgspec.json.decode(text))

    def say(self, message: call.FromEnd | dict[str, Any]) -> None:
        """Send one message to the family or to central."""
        assert self._socket is not None
        self._socket.send(msgspec.json.encode(message).decode())

    def clock(self, phase: call.CallPhase, left_s: float, *, running: bool, talk_s: int = 600) -> None:
        """Say the time left."""
        self.say(call.Clock(phase=phase, left_ms=int(left_s * 1000), running=running, talk_s=talk_s))

    # ---- the call -------------------------------------------------------------------------------------------------

    def lead(self, page: Page, call_id: str = "call-1", **how: Any) -> None:
        """Make the peer connection in this page and offer; `relays`: over these servers alone."""
        self.page = page
        page.goto(f"{self._central.url}/login")
        page.evaluate(SCRIPT)
        page.evaluate("([id, how]) => leader.start(id, how)", [call_id, how])

    def lead_anew(self, call_id: str) -> None:
        """Another peer connection, as after a reload of the family's page."""
        assert self.page is not None
        self.page.evaluate("id => leader.start(id)", call_id)

    def pump(self) -> None:
        """Carry messages between socket and page."""
        while not self._heard.empty():
            message = self._heard.get()
            self.heard.append(message)
            if self.page is not None:
                self.page.evaluate("message => leader.hear(message)", message)
        if self.page is not None:
            for message in self.page.evaluate("leader.out.splice(0)"):
                self.say(message)

    def facts(self) -> dict[str, Any]:
        """What the booth's end sees of the call."""
        assert self.page is not None
        return dict(self.page.evaluate("leader.facts()"))

    def told(self, device: str) -> bool | None:
        """What the family's page said of this device last, on the data channel."""
        assert self.page is not None
        return self.page.evaluate("device => leader.told[device] ?? null", device)

    def until(self, condition: Callable[[], T], what: str, *, within_s: float = 20.0) -> T:
        """Pump until it is so."""

        def pumped() -> T:
            self.pump()
            return condition()

        return wait_for(pumped, within_s=within_s, what=what, every_s=0.05)

    def said(self, kind: str) -> dict[str, Any] | None:
        """The last message of this kind from family or central."""
        return next((message for message in reversed(self.heard) if message["type"] == kind), None)

    def close(self) -> None:
        """Leave."""
        self._ends.close()
        self._http.close()
