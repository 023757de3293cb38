"""Sound without a call: numbered packets that look like the sound of one, on the same cable, both ways."""

import contextlib
import socket
import struct
import threading
import zlib
from typing import NamedTuple

from tests.stage.waiting import boot_s, pause

EVERY_S = 0.04
PORT = 40_000
HEAD = struct.Struct("!BBHIIII")


def tag_of(call_id: str) -> int:
    """What packets of this call are marked with."""
    return zlib.crc32(call_id.encode())


class Packet(NamedTuple):
    """One packet: to which call it belongs, and how many its sender has heard of that call."""

    tag: int
    heard: int

    def encode(self) -> bytes:
        """As it looks on the cable: RTP of Opus to whoever does not look closer."""
        return HEAD.pack(0x80, 111, 0, 0, 0, self.tag, self.heard)


def decode(data: bytes) -> Packet | None:
    """None where it is none of ours."""
    if len(data) != HEAD.size:
        return None
    *_, tag, heard = HEAD.unpack(data)
    return Packet(tag, heard)


def open_socket(address: str, port: int = PORT) -> socket.socket:
    """One end of the path, in the network of the thread that asks."""
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setblocking(False)
    one.bind((address, port))
    return one


def received(one: socket.socket) -> list[Packet]:
    """Everything that has come in since the last look."""
    found = []
    while True:
        try:
            packet = decode(one.recv(64))
        except OSError:
            return found
        if packet is not None:
            found.append(packet)


class FamilySound:
    """The family's end: sends and counts while a call is on, from a thread of its own."""

    def __init__(self, address: str, booth: tuple[str, int], port: int = PORT) -> None:
        self._socket = open_socket(address, port)
        self._booth = booth
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="family-sound", daemon=True)
        self._tag = 0
        self._heard = 0
        self.is_on = False
        self.moments: list[float] = []

    def start(self) -> None:
        """Begin; nothing is sent until a call is taken."""
        self._thread.start()

    def take(self, call_id: str) -> None:
        """Be in this call from now on."""
        if self._tag != tag_of(call_id):
            self._tag, self._heard = tag_of(call_id), 0

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for packet in received(self._socket):
                if packet.tag == self._tag and self.is_on:
                    self._heard += 1
                    self.moments.append(boot_s())
            if self.is_on and self._tag:
                with contextlib.suppress(OSError):
                    self._socket.sendto(Packet(self._tag, self._heard).encode(), self._booth)
            pause(EVERY_S)


class BoothSound:
    """The booth's end: what has been heard of one call, here and there."""

    def __init__(self, one: socket.socket, family: tuple[str, int]) -> None:
        self._socket = one
        self._family = family
        self._call_id: str | None = None
        self._tag = 0
        self._count = 0
        self._here_s: float | None = None
        self._there: tuple[int, float] | None = None

    def turn(self, call_id: str | None) -> None:
        """Hear what came, and send one packet if there is a call."""
        if call_id != self._call_id:
            self._call_id, self._tag = call_id, tag_of(call_id or "")
            self._count, self._here_s, self._there = 0, None, None
        for packet in received(self._socket):
            if packet.tag == self._tag and call_id is not None:
                self._hear(packet)
        if call_id is not None:
            try:
                self._socket.sendto(Packet(self._tag, self._count).encode(), self._family)
            except OSError:
                return

    def _hear(self, packet: Packet) -> None:
        self._count += 1
        self._here_s = boot_s()
        if packet.heard and (self._there is None or packet.heard != self._there[0]):
            self._there = (packet.heard, boot_s())

    def silent_ms(self) -> tuple[int, int] | None:
        """How long it has been silent here and there; None until both were heard once in this call."""
        if self._here_s is None or self._there is None:
            return None
        now_s = boot_s()
        return round(1000 * (now_s - self._here_s)), round(1000 * (now_s - self._there[1]))

    def close(self) -> None:
        """Let go of the path."""
        self._socket.close()
