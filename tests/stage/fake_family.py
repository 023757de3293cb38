"""A family without a browser: claims its link, joins the signalling and answers, all over HTTP and WebSocket."""

import contextlib
import threading
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from protocol import call
from protocol.join import JoinAnswer, JoinRequest, JoinState
from tests.stage.waiting import boot_s, wait_for


class FakeFamily:
    """One browser's worth of a family: its own cookie jar. `heard` are central's and the agent's messages with their moments."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._token = parts.fragment
        self._http = httpx.Client(base_url=self._base, timeout=10)
        self._socket: ClientConnection | None = None
        self._open = contextlib.ExitStack()
        self._reader: threading.Thread | None = None
        self.heard: list[tuple[float, Any]] = []
        self.session_id = ""

    def ask(self, *, claim: bool) -> JoinAnswer:
        """What the link is good for; with `claim` this browser is bound to the call."""
        body = msgspec.json.encode(JoinRequest(token=self._token, claim=claim))
        answer = self._http.post("/api/v1/join", content=body, headers={"Content-Type": "application/json"})
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=JoinAnswer)

    def join(self, *, ready: bool = True) -> None:
        """Claim the link, open the signalling socket and say that camera and microphone work."""
        answer = self.ask(claim=True)
        assert answer.state is JoinState.OPEN, answer.state
        self.session_id = answer.session_id
        self.connect(ready=ready)

    def connect(self, *, ready: bool = True) -> None:
        """Open the signalling socket with the cookie of an earlier claim."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        url = f"{self._base.replace('http', 'ws', 1)}/api/v1/calls/{self.session_id}"
        opening = connect(url, additional_headers={"Cookie": cookies}, origin=self._base, open_timeout=10)  # type: ignore[arg-type]
        self._open = contextlib.ExitStack()
        self._socket = self._open.enter_context(opening)
        self._reader = threading.Thread(target=self._read, args=(self._socket,), name="fake-family", daemon=True)
        self._reader.start()
        if ready:
            self.say(call.FamilyReady(camera=True, microphone=True))

    def is_refused(self) -> bool:
        """Whether the signalling socket is not for this browser: no socket at all, or a Bye as the first word."""
        try:
            self.connect(ready=False)
        except InvalidStatus:
            return True
        wait_for(lambda: self.heard, within_s=5, what="central's first word")
        return isinstance(self.heard[0][1], call.Bye)

    def say(self, message: call.FromEnd) -> None:
        """Send one message."""
        assert self._socket is not None
        self._socket.send(msgspec.json.encode(message).decode())

    def hang_up(self) -> None:
        """The family's confirmed End."""
        self.say(call.HangUp())

    def leave(self) -> None:
        """Close the tab: the socket goes, nothing is said."""
        if self._socket is not None:
            self._open.close()
            self._socket = None
        if self._reader is not None:
            self._reader.join(5)

    def close(self) -> None:
        """Leave and forget the cookie."""
        self.leave()
        self._http.close()

    def last(self, kind: type) -> Any:
        """The latest message of this kind, or None."""
        return next((message for _, message in reversed(self.heard) if isinstance(message, kind)), None)

    def wait_for(self, kind: type, *, within_s: float = 20.0) -> Any:
        """Some message of this kind."""
        return wait_for(lambda: self.last(kind), within_s=within_s, what=f"the family to hear {kind.__name__}")

    def _read(self, socket: ClientConnection) -> None:
        try:
            for text in socket:
                message = msgspec.json.decode(text, type=call.ToEnd)
                self.heard.append((boot_s(), message))
                if isinstance(message, call.Offer):
                    socket.send(msgspec.json.encode(call.Answer(call_id=message.call_id, sdp="v=0\r\n")).decode())
        except ConnectionClosed:
            return
