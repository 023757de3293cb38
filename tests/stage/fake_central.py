"""A central that answers what a test wants it to: for an agent that has to live with nonsense."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests.stage.waiting import boot_s


class Reply(NamedTuple):
    """One HTTP answer; `cut` closes the connection after that many bytes of the body."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None


class Asked(NamedTuple):
    """One request that came in."""

    at_s: float
    path: str
    body: Any


def now_ms() -> int:
    """Central's time: this machine's."""
    return time.time_ns() // 1_000_000


def as_json(value: object) -> bytes:
    """A JSON body."""
    return json.dumps(value).encode()


SETTINGS = {"terminal_name": "Bilik 1", "facility_name": "Rutan Uji", "timezone": "Asia/Jakarta", "language": "id"}


def sync_body(
    *, sessions: list[dict[str, Any]] | None = None, revision: int = 1, hold_s: float = 0.5
) -> dict[str, Any]:
    """A sound answer to a sync; with `sessions` it carries assignments."""
    assignments = None if sessions is None else {"sessions": sessions, "settings": SETTINGS}
    return {
        "received_at_ms": now_ms(),
        "answered_at_ms": now_ms(),
        "revision": revision,
        "hold_s": hold_s,
        "commands": [],
        "assignments": assignments,
    }


def session(
    number: str, *, start_in_s: float, talk_s: int = 60, name: str | None = None, **more: Any
) -> dict[str, Any]:
    """One assigned session as it looks on the wire."""
    return {
        "id": name or f"ses-{number}",
        "number": number,
        "start_at_ms": now_ms() + int(start_in_s * 1000),
        "talk_s": talk_s,
        **more,
    }


class FakeCentral:
    """Serves on loopback. `sync` answers every sync with the request's body; everything else is answered soundly."""

    def __init__(self, sync: Callable[[Any], Reply]) -> None:
        self.sync = sync
        self.asked: list[Asked] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fake-central", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def enrolment(self) -> str:
        """A string that `bilik-agent enroll` takes."""
        return f"{self.url}#ABCD-EFGH"

    def start(self) -> None:
        """Serve from a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def syncs(self, since_s: float = 0.0) -> list[Asked]:
        """The syncs that came in since that moment."""
        return [one for one in self.asked if one.path.endswith("/sync") and one.at_s >= since_s]

    def answer(self, path: str, body: Any) -> Reply:
        """What a request is answered."""
        self.asked.append(Asked(boot_s(), path, body))
        if path.endswith("/sync"):
            return self.sync(body)
        if path.endswith("/enrolment"):
            return Reply(body=as_json({"terminal_id": "trm-1", "device_token": "t" * 43, "settings": SETTINGS}))
        if path.endswith("/events"):
            return Reply(body=as_json({"acknowledged_through": max(row["seq"] for row in body["rows"])}))
        return Reply(status=404, body=as_json({"status": 404, "title": "not here", "code": "not_found"}))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        central = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                reply = central.answer(self.path, json.loads(raw) if raw else None)
                self.send_response(reply.status)
                for name, value in (("Content-Type", reply.content_type), *reply.headers):
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body if reply.cut is None else reply.body[: reply.cut])
                self.close_connection = reply.cut is not None

            def log_message(self, *_: object) -> None:
                return

        return Handler
