"""The family's packets: when a packet of the booth's sound came by, seen on the cable, and how much talk that is."""

import ctypes
import itertools
import socket
import struct
import threading
from collections.abc import Sequence

from tests.stage.waiting import boot_s

ALL_PACKETS = 0x0003
OUTGOING = 4
OPUS = 111
CONNECTED_S = 1.5
NOTICED_S = 3.0
HEAD = 64
SO_ATTACH_FILTER = 26
SHORT_UDP = (
    (0x28, 0, 0, 12),  # the type of the frame
    (0x15, 0, 5, 0x0800),
    (0x30, 0, 0, 23),  # the protocol in it
    (0x15, 0, 3, 17),
    (0x80, 0, 0, 0),  # its length
    (0x25, 1, 0, 400),
    (0x06, 0, 0, HEAD),
    (0x06, 0, 0, 0),
)
"""A filter in the kernel (classic BPF), so that only short UDP packets wake this program: sound is short, a picture is not."""


def is_sound(frame: bytes, source: bytes) -> bool:
    """Whether this Ethernet frame is an RTP packet of Opus from that IPv4 address."""
    if len(frame) < 44 or frame[12:14] != b"\x08\x00" or frame[23] != 17 or frame[26:30] != source:
        return False
    payload = 14 + 4 * (frame[14] & 0x0F) + 8
    return len(frame) > payload + 1 and frame[payload] >> 6 == 2 and frame[payload + 1] & 0x7F == OPUS


def given_s(moments: Sequence[float], since_s: float, until_s: float, gap_s: float = CONNECTED_S) -> float:
    """How long sound came in between these moments: pauses longer than a gap do not count, shorter ones do, as for the clock.

    Sound up to less than a gap before `until_s`, the end of the talk, was there to the end.
    """
    inside = [at for at in moments if since_s <= at <= until_s]
    if inside and until_s - inside[-1] <= gap_s:
        inside.append(until_s)
    return sum(later - sooner for sooner, later in itertools.pairwise(inside) if later - sooner <= gap_s)


def unheard_s(moments: Sequence[float], since_s: float, until_s: float, *, to_the_end: bool) -> float:
    """How long no sound came while the clock ran from `since_s` until `until_s`, in pauses too long to have been overlooked.

    The pause before `until_s` counts only `to_the_end` of the talk: before an interruption the clock is set back by it.
    """
    inside = [since_s, *(at for at in moments if since_s <= at <= until_s), *([until_s] if to_the_end else [])]
    return sum(later - sooner for sooner, later in itertools.pairwise(inside) if later - sooner > NOTICED_S)


class Sniffer:
    """Listens on the family's side of a cable, from a thread of its own."""

    def __init__(self, card: str, booth: str) -> None:
        self._card = card
        self._source = socket.inet_aton(booth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"sniffer-{card}", daemon=True)
        self.moments: list[float] = []

    def start(self) -> None:
        """Begin to listen."""
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PACKETS))
        self._socket.bind((self._card, 0))
        self._socket.settimeout(0.5)
        code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in SHORT_UDP))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, _short_udp(code))
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                frame, about = self._socket.recvfrom(HEAD)
            except TimeoutError:
                continue
            except OSError:
                return
            if about[2] != OUTGOING and is_sound(frame, self._source):
                self.moments.append(boot_s())


def _short_udp(held: "ctypes.Array[ctypes.c_char]") -> bytes:
    """The filter as the kernel takes it; `held` must live until it has."""
    return struct.pack("HL", len(SHORT_UDP), ctypes.addressof(held))
