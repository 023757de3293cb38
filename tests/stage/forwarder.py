"""A UDP forwarder in front of the relay: the path between the ends of a call, which can be cut without root."""

import selectors
import socket
import threading
from typing import NamedTuple

from tests.stage.waiting import boot_s


class _Way(NamedTuple):
    client: tuple[str, int]
    upstream: socket.socket


class UdpForwarder:
    """Passes datagrams of any number of clients to one address and back, from a thread of its own.

    `cut()` drops everything both ways until `mend()`. `passed` and `dropped` count datagrams.
    """

    def __init__(self, *, listen_on: str, to: tuple[str, int]) -> None:
        self._to = to
        self._selector = selectors.DefaultSelector()
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind((listen_on, 0))
        self._front.setblocking(False)
        self._wake, self._waker = socket.socketpair()
        self._ways: dict[tuple[str, int], _Way] = {}
        self._is_cut = False
        self._thread = threading.Thread(target=self._run, name="udp-forwarder", daemon=True)
        self.passed = 0
        self.dropped = 0

    @property
    def address(self) -> tuple[str, int]:
        """Where clients send to."""
        host, port = self._front.getsockname()
        return host, port

    def start(self) -> None:
        """Begin to pass datagrams."""
        self._selector.register(self._front, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._thread.start()

    def cut(self) -> float:
        """Drop everything from now on; returns the moment in boot seconds."""
        self._is_cut = True
        return boot_s()

    def mend(self) -> float:
        """Pass datagrams again; returns the moment in boot seconds."""
        self._is_cut = False
        return boot_s()

    def stop(self) -> None:
        """End the thread and close every socket."""
        if self._thread.is_alive():
            self._waker.send(b"x")
            self._thread.join(5)
        for way in self._ways.values():
            way.upstream.close()
        for one in (self._front, self._wake, self._waker):
            one.close()
        self._selector.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._wake:
                    return
                if key.fileobj is self._front:
                    self._inward()
                else:
                    self._outward(key.data)

    def _inward(self) -> None:
        data, client = self._front.recvfrom(65_535)
        if self._counts_as_dropped():
            return
        way = self._ways.get(client) or self._new_way(client)
        self._send(way.upstream, data, self._to)

    def _outward(self, way: _Way) -> None:
        try:
            data = way.upstream.recv(65_535)
        except OSError:
            return
        if not self._counts_as_dropped():
            self._send(self._front, data, way.client)

    def _counts_as_dropped(self) -> bool:
        if self._is_cut:
            self.dropped += 1
        else:
            self.passed += 1
        return self._is_cut

    def _new_way(self, client: tuple[str, int]) -> _Way:
        upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        upstream.bind((self._to[0], 0))
        upstream.setblocking(False)
        way = _Way(client, upstream)
        self._ways[client] = way
        self._selector.register(upstream, selectors.EVENT_READ, way)
        return way

    @staticmethod
    def _send(through: socket.socket, data: bytes, to: tuple[str, int]) -> None:
        try:
            through.sendto(data, to)
        except OSError:
            return  # a datagram may be lost: that is what UDP promises
