"""Somebody else's meeting site for the tests: an https server of its own, whose page does what the test says."""

import base64
import contextlib
import hashlib
import json
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.meeting import OpenMeeting

HOST, CDN, ELSEWHERE = "meet.localhost", "cdn.localhost", "elsewhere.localhost"
"""The engine takes every name below localhost for this machine, without asking anybody."""
BLUE, RED = (20, 60, 160), (200, 30, 30)
PAGE = """<!doctype html><meta charset=utf-8><title>meeting</title>
<style>html { height: 100% } body { margin: 0; background: rgb(COLOUR) }
#go { position: fixed; inset: 60px; font: 40px sans-serif; color: #fff }</style>
<input id=typed autofocus><div id=go>Ruang pertemuan</div>
<script>
const say = what => fetch("/said", {method: "POST", body: JSON.stringify({...what, at: location.pathname})})
const typed = document.getElementById("typed"), go = document.getElementById("go")
typed.oninput = () => say({typed: typed.value})
const run = async code => {
  try { await say({ran: code, gave: String(await eval(code))}) } catch (error) { await say({ran: code, gave: String(error)}) }
}
const obey = async () => {
  for (;;) {
    const order = await (await fetch("/order")).json()
    if (order.run) run(order.run)
    if (order.click) { go.onclick = () => run(order.click); await say({armed: order.click}) }
  }
}
addEventListener("load", () => {
  say({loaded: location.href, kept: [localStorage.length, document.cookie, performance.now() | 0].join(), agent: navigator.userAgent})
  localStorage.setItem("was", "here"); document.cookie = "was=here; max-age=9999; secure"; obey()
})
</script>"""

WORKER = b"""addEventListener('activate', event => event.waitUntil(clients.claim()))
addEventListener('message', async event => {
  const tries = event.data.map(url => fetch(url, {mode: 'no-cors'}).then(() => 'fetched', () => 'refused'))
  event.source.postMessage((await Promise.all(tries)).join())
})"""
FRAME = b"""<!doctype html><script>
const tell = words => parent.postMessage(words, '*')
navigator.mediaDevices.getUserMedia({audio: true, video: true}).then(() => tell('granted'), error => tell(error.name))
</script>"""


class MeetingSite:
    """Listens on loopback under three names; `requests` are (host, path) in order, but for what the page itself needs."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.said: list[tuple[float, dict[str, Any]]] = []
        self.orders: Queue[dict[str, str]] = Queue()
        self.closed = threading.Event()
        self.down = False
        authority = trustme.CA()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": self}))
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.spki, context = _certificate(authority)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def flag(self) -> str:
        """What makes an engine believe this site's certificate, and no other."""
        return f"--ignore-certificate-errors-spki-list={self.spki}"

    def url(self, path: str = "/room", host: str = HOST) -> str:
        """An address of it."""
        return f"https://{host}:{self.port}{path}"

    def meeting(self, call_id: str = "s1-1", path: str = "/room") -> OpenMeeting:
        """The order to show it."""
        hosts = (f"{HOST}:{self.port}", f"{CDN}:{self.port}")
        return OpenMeeting(call_id=call_id, url=self.url(path), pages=(self.url(path),), hosts=hosts, volume_percent=80)

    def last(self, key: str) -> Any:
        """What the page said last under this key."""
        return next((words[key] for _, words in reversed(self.said) if key in words), None)

    def count(self, key: str) -> int:
        """How often the page said something under this key."""
        return sum(1 for _, words in self.said if key in words)

    def answer_for(self, host: str, path: str) -> tuple[int, bytes, str, str | None]:
        """Status, body, content type and where to go instead."""
        plain = {
            "/redirect": (302, b"", "text/html", self.url("/stolen", ELSEWHERE)),
            "/file": (200, b"x" * 100, "application/octet-stream", None),
            "/worker.js": (200, WORKER, "text/javascript", None),
            "/frame": (200, FRAME, "text/html", None),
            "/missing": (404, b"no", "text/html", None),
        }
        colour = ", ".join(map(str, RED if host == ELSEWHERE else BLUE))
        page = (200, PAGE.replace("COLOUR", colour).encode(), "text/html", None)
        return (503, b"down", "text/html", None) if self.down else plain.get(path, page)

    def forget(self) -> None:
        """As if nobody had asked for anything yet."""
        self.requests.clear()

    def next_order(self) -> dict[str, str]:
        """The test's next word to the page, or nothing for now."""
        with contextlib.suppress(Empty):
            return self.orders.get(timeout=0.2)
        return {}

    def close(self) -> None:
        """Serve no more."""
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()


def _certificate(authority: trustme.CA) -> tuple[str, ssl.SSLContext]:
    """The hash of its key, and what to listen with."""
    issued = authority.issue_cert(HOST, CDN, ELSEWHERE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    key = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_key()
    packed = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(packed).digest()).decode(), context


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: MeetingSite

    @property
    def host(self) -> str:
        """The name it was asked under."""
        return str(self.headers.get("Host", "")).partition(":")[0]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/order":
            self.answer(200, json.dumps(self.site.next_order()).encode(), "application/json")
            return
        self.site.requests.append((self.host, self.path))
        if path == "/slow":
            self.site.closed.wait()
        else:
            self.answer(*self.site.answer_for(self.host, path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/said":
            self.site.said.append((time.monotonic(), json.loads(body)))
        else:
            self.site.requests.append((self.host, self.path))
        self.answer(200, b"{}")

    def answer(self, status: int, body: bytes, kind: str = "text/html", location: str | None = None) -> None:
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if location is not None:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    def handle(self) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def meeting_site() -> Iterator[MeetingSite]:
    """A site that listens."""
    site = MeetingSite()
    try:
        yield site
    finally:
        site.close()
