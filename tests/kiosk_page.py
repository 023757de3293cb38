"""The agent's page server, made up: one page that does what the test says, one cookie, and what the page said."""

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from typing import Any

# The test hands code to the page; a real click runs it, so that the engine sees a person's gesture.
PAGE = b"""<!doctype html><meta charset=utf-8><title>page</title>
<style>body { margin: 0; background: rgb(0, 160, 0) } #go { position: fixed; inset: 100px; background: rgb(0, 160, 0) }</style>
<input id=typed autofocus><div id=go></div><video id=video></video>
<script>
const say = what => fetch("/said", {method: "POST", body: JSON.stringify(what)})
const typed = document.getElementById("typed"), go = document.getElementById("go")
typed.oninput = () => say({typed: typed.value})
document.addEventListener("click", () => typed.focus())
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
addEventListener("load", () => { say({loaded: location.href, storage: localStorage.length, cookie: document.cookie}); obey() })
</script>"""


class Page:
    """The agent's page server, made up: one page, one cookie, and what the page said."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.requests: list[tuple[str, str]] = []
        self.said: list[tuple[float, dict[str, Any]]] = []
        self.orders: Queue[dict[str, str]] = Queue()
        self.closed = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def next_order(self, asker: socket.socket) -> dict[str, str]:
        """Wait for the test's next word to the page; nothing when the page that asked has gone."""
        while not self.closed:
            try:
                order = self.orders.get(timeout=0.02)
            except Empty:
                asker.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    if not asker.recv(1, socket.MSG_PEEK):
                        return {}
            else:
                return order
            finally:
                asker.setblocking(True)
        return {}

    def hear(self, path: str, cookie: str, body: bytes) -> tuple[int, bytes]:
        """What the page says; what anybody else sends is only noted."""
        if f"bilik_page={self.token}" not in cookie:
            self.requests.append((path, cookie))
            return 403, b"no"
        self.said.append((time.monotonic(), json.loads(body)))
        return 204, b""

    def close(self) -> None:
        self.closed = True
        self._server.shutdown()
        self._server.server_close()

    def last(self, key: str) -> Any:
        """What the page said last under this key."""
        return next((words[key] for _, words in reversed(self.said) if key in words), None)

    def count(self, key: str) -> int:
        """How often the page said something under this key."""
        return sum(1 for _, words in self.said if key in words)


def _handler(page: "Page") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.requests.append((self.path, self.headers.get("Cookie", "")))
            if f"bilik_page={page.token}" not in self.headers.get("Cookie", ""):
                self.answer(403, b"no")
            elif self.path.startswith("/order"):
                self.answer(200, json.dumps(page.next_order(self.connection)).encode(), "application/json")
            elif self.path.startswith("/file"):
                self.answer(200, b"x" * 100, "application/octet-stream")
            else:
                self.answer(200, PAGE)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.answer(*page.hear(self.path, self.headers.get("Cookie", ""), body))

        def answer(self, status: int, body: bytes, kind: str = "text/html") -> None:
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
